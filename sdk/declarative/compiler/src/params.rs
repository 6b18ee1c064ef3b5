//! What a document's params must be, and its examples by them.

use insula_declarative::{Document, Param, ParamType};
use jsonschema::Validator;
use serde_json::{Number, Value, json};

use crate::error::{CompileError, Mistake};
use crate::source::{Source, step};

/// Holds defaults against the params that have them, and examples against all.
pub(crate) fn check(source: &Source, document: &Document) -> Result<(), CompileError> {
    let validator = match jsonschema::draft202012::new(&document.params_schema()) {
        Ok(validator) => validator,
        Err(error) => {
            let message = format!("the params are no JSON Schema: {error}");
            return Err(CompileError::Mistakes(vec![source.mistake(source.span("/params"), message)]));
        }
    };
    let mut mistakes = Vec::new();
    for (name, param) in &document.params {
        let pointer = format!("/params/{}", step(name));
        one(source, param, &pointer, &mut mistakes);
    }
    for (index, example) in document.examples.iter().enumerate() {
        let pointer = format!("/examples/{index}/params");
        refusals(source, &validator, &Value::Object(example.params.clone()), &pointer, &mut mistakes);
    }
    if mistakes.is_empty() { Ok(()) } else { Err(CompileError::Mistakes(mistakes)) }
}

/// A param that nothing fits, or not its own default.
fn one(source: &Source, param: &Param, pointer: &str, mistakes: &mut Vec<Mistake>) {
    let before = mistakes.len();
    for (key, message) in empty_bounds(param) {
        mistakes.push(source.mistake(source.span(&format!("{pointer}/{key}")), message));
    }
    if let Some(items) = &param.items {
        one(source, items, &format!("{pointer}/items"), mistakes);
    }
    // A default does not fit bounds that nothing fits.
    let Some(validator) =
        jsonschema::draft202012::new(&json!(param)).ok().filter(|_| mistakes.len() == before)
    else {
        return;
    };
    if param.choices.as_ref().is_some_and(|choices| !choices.iter().any(|it| validator.is_valid(it))) {
        let message = "none of these is allowed by the param's other keys";
        mistakes.push(source.mistake(source.span(&format!("{pointer}/enum")), message));
    } else if let Some(default) = param.default.as_ref().filter(|default| !default.is_null()) {
        // `null` says that there is none, and is not for callers to give.
        refusals(source, &validator, default, &format!("{pointer}/default"), mistakes);
    }
}

/// The bounds between which there is nothing, and what to say.
fn empty_bounds(param: &Param) -> Vec<(&'static str, String)> {
    let number = |bound: &Option<Number>| bound.as_ref().and_then(Number::as_f64);
    let length = |bound: Option<u32>| bound.map(f64::from);
    let mut empty = Vec::new();
    for (low, least, high, most) in [
        ("minimum", number(&param.minimum), "maximum", number(&param.maximum)),
        ("minLength", length(param.min_length), "maxLength", length(param.max_length)),
        ("minItems", length(param.min_items), "maxItems", length(param.max_items)),
    ] {
        let (Some(least), Some(most)) = (least, most) else { continue };
        if least > most {
            empty.push((high, format!("nothing fits: {low} is {least}, and {high} is {most}")));
        } else if low == "minimum" && param.kind == Some(ParamType::Integer) && least.ceil() > most.floor() {
            empty.push((high, format!("nothing fits: there is no whole number from {least} to {most}")));
        }
    }
    empty
}

fn refusals(
    source: &Source,
    validator: &Validator,
    value: &Value,
    pointer: &str,
    mistakes: &mut Vec<Mistake>,
) {
    mistakes.extend(validator.iter_errors(value).map(|error| {
        let place = format!("{pointer}{}", error.instance_path());
        source.mistake(source.span(&place), error.to_string())
    }));
}
