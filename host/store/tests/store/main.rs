//! The store against real SQLite.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod support;

mod round_trip;
