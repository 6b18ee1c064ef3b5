//! What may stand where a document gives a value.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::budget::size;

/// A value, or an expression that gives it when the scenario runs.
#[derive(Clone, Debug)]
pub enum Field<T> {
    /// It stands in the document, where it has so many bytes.
    Fixed(T, usize),
    /// It is computed.
    Computed(Template),
}

/// A text with expressions: `{{ params.patients }}`, `Room {{ n }}`.
#[derive(Clone, Debug)]
pub struct Template(pub(crate) String);

/// Whether a text holds an expression.
pub(crate) fn is_template(text: &str) -> bool {
    text.contains("{{")
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(text) if is_template(&text) => Ok(Self::Computed(Template(text))),
            value => {
                let size = size(&value);
                T::deserialize(whole(value)).map(|it| Self::Fixed(it, size)).map_err(D::Error::custom)
            }
        }
    }
}

/// Who writes 30.0 means 30, to JSON Schema as well.
pub(crate) fn whole(value: Value) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match value.as_f64() {
        Some(number) if value.is_f64() && number.fract() == 0.0 && number.abs() <= EXACT => {
            (number as i64).into()
        }
        _ => value,
    }
}

impl<T: JsonSchema> JsonSchema for Field<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("{}OrExpression", T::schema_name()).into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let fixed = generator.subschema_for::<T>();
        // A plain text takes expressions as well, and needs no second branch to say so.
        if fixed.get("type") == Some(&Value::from("string")) && fixed.get("pattern").is_none() {
            return fixed;
        }
        let expression = generator.subschema_for::<Expression>();
        json_schema!({ "anyOf": [fixed, expression] })
    }
}

/// Only its schema is used.
struct Expression;

impl JsonSchema for Expression {
    fn schema_name() -> Cow<'static, str> {
        "Expression".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "An expression over the params and the number of the repetition, such as `{{ params.patients }}` or `{{ n * 2 }}`; at most 1000 bytes.",
            "type": "string",
            "pattern": r"\{\{",
            "examples": ["{{ params.patients }}", "{{ n * 2 }}", "{{ choose(['female', 'male']) }}"],
        })
    }
}

/// A JSON object whose texts may hold expressions.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct Object(pub(crate) serde_json::Map<String, Value>);

/// The name of something in this document: its `as` or `named`. One of a repeated entry is `name/1`, `name/2`, ….
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct Reference(pub(crate) String);

/// An amount of money in hundredths, written with at most two decimals.
#[derive(Clone, Copy, Debug)]
pub struct Money(pub(crate) i64);

const MOST_MONEY: f64 = 10_000_000_000.0;

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let amount = f64::deserialize(deserializer)?;
        let cents = (amount * 100.0).round();
        // Doubles hold hundredths of what is allowed to within a ten-thousandth of a cent.
        if !(0.0..=MOST_MONEY).contains(&amount) || (amount * 100.0 - cents).abs() > 1e-3 {
            return Err(D::Error::custom(format!(
                "{amount} is no amount of money: write 0 to 10000000000 with at most two decimals, such as 12.50"
            )));
        }
        Ok(Self(cents as i64))
    }
}

impl JsonSchema for Money {
    fn schema_name() -> Cow<'static, str> {
        "Money".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number", "minimum": 0, "maximum": MOST_MONEY as i64, "multipleOf": 0.01 })
    }
}
