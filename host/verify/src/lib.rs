//! The proof of isolation: it tries to get from one island to another, and tells where it got through.
//!
//! Of each scenario two islands are made, the second while the first is in use. Every text of the second is then marked, and
//! every call of the application's OpenAPI document is made for the second's things, with the first one's tokens and with
//! forged ones. No mark and no id of the second may ever come back, and no row of it may change. The calls come from the
//! document, and what the prover cannot fill in is a finding: a new call or parameter cannot be forgotten.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod attempt;
mod clinics;
mod events;
mod fill;
mod forged;
mod operation;
mod prove;
mod report;
mod tricks;
mod wire;
mod world;

pub use prove::{Subject, isolation};
pub use report::{Check, Finding, Proof, VerifyError};
