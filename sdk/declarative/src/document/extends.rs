use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use crate::field::Object;

/// The scenario that another one extends: its name, or with more to say.
#[derive(Clone, Debug)]
pub struct Extends {
    /// Its name.
    pub scenario: String,
    /// Which of its versions will do.
    pub version: Option<String>,
    /// What it is asked for.
    pub params: Object,
}

/// A scenario with what it is asked for.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Base {
    /// Its name.
    #[schemars(regex(pattern = "^[A-Za-z][A-Za-z0-9_]{0,63}$"), example = &"busy_calendar")]
    scenario: String,
    /// Which of its versions will do, by Semantic Versioning; the newest where it is left out.
    #[schemars(example = &"^1", example = &">=1.2, <3")]
    version: Option<String>,
    /// The params that it gets; texts may hold expressions over this scenario's params.
    #[serde(default)]
    #[schemars(example = json!({ "appointments": "{{ params.appointments }}" }))]
    params: Object,
}

// Untagged, serde would say no more than that nothing matched.
impl<'de> Deserialize<'de> for Extends {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(scenario) => Ok(Self { scenario, version: None, params: Object::default() }),
            value @ Value::Object(_) => {
                let base: Base = serde_json::from_value(value).map_err(D::Error::custom)?;
                Ok(Self { scenario: base.scenario, version: base.version, params: base.params })
            }
            _ => Err(D::Error::custom("a scenario's name is wanted here, or `scenario: …` with `params: …`")),
        }
    }
}

impl JsonSchema for Extends {
    fn schema_name() -> Cow<'static, str> {
        "Extends".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let base = generator.subschema_for::<Base>();
        json_schema!({
            "anyOf": [
                { "description": "Its name.", "type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_]{0,63}$" },
                base,
            ],
        })
    }
}
