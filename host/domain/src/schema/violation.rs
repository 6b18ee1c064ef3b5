//! Where JSON does not fit a schema, in words.

use jsonschema::{ValidationError, Validator};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::rejection::clip;

/// A message that is longer shows the value that is wrong no more.
const LONGEST: usize = 300;

/// A place where JSON does not fit its schema.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Violation {
    /// Where, as a JSON Pointer (RFC 6901).
    pub pointer: String,
    /// What is wrong there.
    pub message: String,
}

/// All places where `json` does not fit a compiled schema.
pub fn violations(validator: &Validator, json: &Value) -> Vec<Violation> {
    validator
        .iter_errors(json)
        .map(|error| Violation { pointer: error.instance_path().to_string(), message: message(&error) })
        .collect()
}

fn message(error: &ValidationError<'_>) -> String {
    let whole = error.to_string();
    if whole.len() <= LONGEST { whole } else { clip(&error.masked().to_string(), LONGEST).into_owned() }
}
