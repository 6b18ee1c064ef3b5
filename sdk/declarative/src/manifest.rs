//! What a document says of itself, as every scenario does.

use insula::{Base, Example, Manifest};
use serde_json::{Map, Value, json};

use crate::Document;
use crate::document::{Param, Params};
use crate::field::is_template;

impl Document {
    /// The manifest.
    pub fn manifest(&self) -> Manifest {
        let mut examples: Vec<Example> = self
            .examples
            .iter()
            .map(|it| Example {
                title: it.title.clone(),
                params: Value::Object(it.params.clone()).to_string(),
            })
            .collect();
        if examples.is_empty() && required(&self.params).next().is_none() {
            examples.push(Example { title: "With defaults".to_owned(), params: "{}".to_owned() });
        }
        Manifest {
            name: self.name.clone(),
            aliases: self.aliases.clone(),
            version: self.version.clone(),
            title: self.title.clone(),
            description: self.description.trim_end().to_owned(),
            params_schema: self.params_schema().to_string(),
            examples,
            outputs_schema: Some(self.outputs_schema().to_string()),
            extends: self
                .extends
                .as_ref()
                .map(|base| Base { scenario: base.scenario.clone(), version: base.version.clone() }),
        }
    }

    /// The JSON Schema of the outputs, draft 2020-12: their names, and what can be known of what is computed.
    fn outputs_schema(&self) -> Value {
        let properties: Map<String, Value> =
            self.outputs.iter().map(|(name, value)| (name.clone(), schema_of(value))).collect();
        let mut schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "additionalProperties": false,
        });
        if !properties.is_empty() {
            schema["required"] = properties.keys().map(String::as_str).collect();
            schema["properties"] = properties.into();
        }
        schema
    }

    /// The same as the JSON that stands in a plugin and that a host shows (`schemas/scenario-manifest.schema.json`).
    pub fn manifest_json(&self) -> Value {
        let Manifest { name, aliases, version, title, description, examples, extends, .. } = self.manifest();
        let params = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
        let examples: Vec<Value> =
            examples.iter().map(|it| json!({ "title": it.title, "params": params(&it.params) })).collect();
        let mut manifest = json!({
            "name": name, "aliases": aliases, "version": version, "title": title, "description": description,
            "params_schema": self.params_schema(), "examples": examples,
            "outputs_schema": self.outputs_schema(),
        });
        if let Some(Base { scenario, version }) = extends {
            manifest["extends"] = json!({ "scenario": scenario });
            if let Some(version) = version {
                manifest["extends"]["version"] = version.into();
            }
        }
        manifest
    }

    /// The JSON Schema of the params, draft 2020-12.
    pub fn params_schema(&self) -> Value {
        let properties: Map<String, Value> =
            self.params.iter().map(|(name, param)| (name.clone(), json!(param))).collect();
        let mut schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "additionalProperties": false,
        });
        if !properties.is_empty() {
            schema["properties"] = properties.into();
        }
        let required: Vec<&str> = required(&self.params).collect();
        if !required.is_empty() {
            schema["required"] = required.into();
        }
        schema
    }

    /// What expressions know as `params`: what was given, and defaults for the rest.
    pub(crate) fn complete(&self, mut given: Map<String, Value>) -> Value {
        for (name, param) in &self.params {
            if let (None, Some(default)) = (given.get(name), &param.default) {
                given.insert(name.clone(), default.clone());
            }
        }
        Value::Object(given)
    }
}

/// What is known of an output before it is computed.
fn schema_of(output: &Value) -> Value {
    match output {
        // An expression alone has a value of any type; one in a text is a part of the text.
        Value::String(text) if is_template(text) && text.starts_with("{{") && text.ends_with("}}") => {
            json!({})
        }
        Value::String(_) => json!({ "type": "string" }),
        Value::Array(_) => json!({ "type": "array" }),
        Value::Object(_) => json!({ "type": "object" }),
        fixed => json!({ "const": fixed }),
    }
}

/// The params that have no default.
fn required(params: &Params) -> impl Iterator<Item = &str> {
    let has_none = |(_, param): &(&String, &Param)| param.default.is_none();
    params.iter().filter(has_none).map(|(name, _)| name.as_str())
}
