//! The store against real SQLite and PostgreSQL.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod support;

mod away;
mod backup;
mod catalog;
mod circles;
mod clock;
mod compared;
mod damaged;
mod ending;
mod events;
mod export;
mod holds;
mod keeping;
mod keys;
mod life;
mod lists;
mod load;
mod opening;
mod other_layout;
mod parts;
mod property;
mod reach;
mod reaping;
mod resets;
mod round_trip;
mod tls;
mod together;
mod waiting;
