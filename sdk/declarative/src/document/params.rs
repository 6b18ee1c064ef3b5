use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Number, Value};

/// What a param may be: the keywords of JSON Schema that most params need.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Param {
    /// What kind of value it is.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"integer")]
    pub kind: Option<ParamType>,
    /// What it is called where people fill it in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"Patients")]
    pub title: Option<String>,
    /// What it means, for those who call the scenario.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"How many patients wait.")]
    pub description: Option<String>,
    /// What it is when it is left out, which the other keys must allow. Without a default it must be given; with `null`
    /// it is none.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Value", example = 12)]
    pub default: Option<Value>,
    /// The values of which it is one.
    #[serde(rename = "enum", skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1), example = serde_json::json!(["morning", "evening"]))]
    pub choices: Option<Vec<Value>>,
    /// The least number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = 1)]
    pub minimum: Option<Number>,
    /// The largest number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = 500)]
    pub maximum: Option<Number>,
    /// How short a text may be.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = 1)]
    pub min_length: Option<u32>,
    /// How long a text may be.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = 100)]
    pub max_length: Option<u32>,
    /// The regular expression that a text must match.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"^[A-Z]{3}$")]
    pub pattern: Option<String>,
    /// What the elements of a list are.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = serde_json::json!({ "type": "string" }))]
    pub items: Option<Box<Param>>,
    /// How short a list may be.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = 1)]
    pub min_items: Option<u32>,
    /// How long a list may be.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = 10)]
    pub max_items: Option<u32>,
}

/// The types of JSON Schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ParamType {
    /// A text.
    String,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// True or false.
    Boolean,
    /// A list.
    Array,
    /// An object.
    Object,
}

/// `default: null` is a default; no `default` is none.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}
