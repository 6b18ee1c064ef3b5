//! Where JSON does not fit a schema, in words.

use jsonschema::error::ValidationErrorKind;
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
        .map(|error| Violation { pointer: error.instance_path().to_string(), message: message(&error, json) })
        .collect()
}

fn message(error: &ValidationError<'_>, json: &Value) -> String {
    if let Some(unexpected) = unexpected(error, json) {
        return clip(&format!("nothing is taken here, and {unexpected:?} was given"), LONGEST).into_owned();
    }
    let whole = error.to_string();
    if whole.len() <= LONGEST { whole } else { clip(&error.masked().to_string(), LONGEST).into_owned() }
}

/// The first property of an object that takes none: of that the error says only that it is false.
fn unexpected<'a>(error: &ValidationError<'_>, json: &'a Value) -> Option<&'a String> {
    let takes_none = matches!(error.kind(), ValidationErrorKind::FalseSchema)
        && error.schema_path().as_str().ends_with("/additionalProperties");
    let object = json.pointer(error.instance_path().as_str()).filter(|_| takes_none)?.as_object()?;
    object.keys().next()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_an_object_does_not_take_is_named() {
        let of = |schema: Value, given: Value| {
            let found = violations(&jsonschema::draft202012::new(&schema).unwrap(), &given);
            found.into_iter().map(|violation| (violation.pointer, violation.message)).collect::<Vec<_>>()
        };
        let none = json!({ "type": "object", "additionalProperties": false });
        let said = |pointer: &str, message: &str| vec![(pointer.to_owned(), message.to_owned())];
        let expected = "nothing is taken here, and \"days\" was given";
        assert_eq!(of(none.clone(), json!({ "days": 3 })), said("", expected));
        let inner = json!({ "properties": { "room": none } });
        assert_eq!(of(inner, json!({ "room": { "days": 3 } })), said("/room", expected));
        let never = json!({ "properties": { "room": false } });
        assert_eq!(of(never, json!({ "room": 3 })), said("/room", "False schema does not allow 3"));
    }
}
