//! The store against real SQLite.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod ending;
mod keys;
mod life;
mod lists;
mod opening;
mod other_layout;
mod parts;
mod property;
mod round_trip;
mod support;
mod together;
