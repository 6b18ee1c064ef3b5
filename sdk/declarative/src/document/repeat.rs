use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::field::Field;

/// How often an entry is made, and what its repetitions know.
#[derive(Clone, Debug)]
pub enum Repeat {
    /// So many times.
    Times(Field<u32>),
    /// Once for each element of a list.
    Each(Each),
}

/// Goes through a list.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Each {
    /// The list.
    #[schemars(example = serde_json::json!(["Mon", "Tue"]), example = &"{{ params.rooms }}")]
    pub over: Field<Vec<Value>>,
    /// What an element is called in expressions.
    #[serde(default = "item")]
    #[schemars(regex(pattern = "^[a-z][a-z0-9_]*$"), example = &"room")]
    pub var: String,
}

fn item() -> String {
    "item".to_owned()
}

// Untagged, serde would say no more than that nothing matched.
impl<'de> Deserialize<'de> for Repeat {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            value @ Value::Object(_) => {
                let each: Each = serde_json::from_value(value).map_err(D::Error::custom)?;
                let is_name = each.var.starts_with(|first: char| first.is_ascii_lowercase())
                    && each.var.chars().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_');
                if !is_name {
                    return Err(D::Error::custom(format!(
                        "`{}` is no name for a variable: use a to z, 0 to 9 and _",
                        each.var
                    )));
                }
                Ok(Self::Each(each))
            }
            value => serde_json::from_value(value)
                .map(Self::Times)
                .map_err(|error| D::Error::custom(format!("{error}: how often, or a list as `over: […]`"))),
        }
    }
}

impl JsonSchema for Repeat {
    fn schema_name() -> Cow<'static, str> {
        "Repeat".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut times = Field::<u32>::json_schema(generator);
        times.insert(
            "description".to_owned(),
            "So many times; `n` counts from 1. All repetitions of a run together are at most 1,000,000."
                .into(),
        );
        let each = generator.subschema_for::<Each>();
        json_schema!({ "anyOf": [times, each] })
    }
}
