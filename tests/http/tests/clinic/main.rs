//! The clinic application, as its users meet it: over HTTP, on a real database.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "in tests a failure is to be seen at once"
)]

mod admins;
mod calendar;
mod dates;
mod desk;
mod property;
mod refusals;
mod roles;
mod rooms;
mod sessions;
mod user;
