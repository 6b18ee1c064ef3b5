//! The program as its users meet it: the built binary, in a directory of its own.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "these are tests")]
#![cfg(unix)]

mod answers;
mod authoring;
mod backup;
mod build;
mod catalog;
mod clock;
mod crash;
mod database;
mod ending;
mod environment;
mod events;
mod exit_codes;
mod explain;
mod extends;
mod help;
mod killed;
mod postgres;
mod program;
mod publish;
mod readme;
mod reset;
mod schemas;
mod server;
mod suite;
mod typescript;
mod verify;
mod watch;
