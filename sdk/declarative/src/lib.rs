//! Scenarios that are described, not programmed.
//!
//! A [`Document`] says what an island holds; [`run`] builds it with the SDK. The same code runs in the guest, which
//! carries its document as JSON, and natively in the compiler, which tries a document before it makes a plugin of it.
//! The compiler reads the YAML: a guest needs no parser of it.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod budget;
mod choice;
mod document;
mod expression;
mod field;
mod manifest;
mod moment;
mod operators;
mod run;

pub use choice::{AppointmentStatus, Gender, PatientCreator, Role, Subscription, Weekday};
pub use document::*;
pub use field::{Field, Money, Object, Reference, Template};
pub use moment::{Day, Hours, Moment};
pub use run::{base_params, place_of, run};

/// The expressions in a document's JSON that cannot be read.
pub fn check_expressions(document: &serde_json::Value) -> Vec<Fault> {
    expression::check(document).into_iter().map(Fault::from).collect()
}
