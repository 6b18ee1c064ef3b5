//! Between the contract's exports and the author's function; the attributes write what calls this.

use schemars::Schema;
use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::contract::plugin::{self, Example, Failure, Manifest};
use crate::{Error, Island, Result};

/// A scenario, as [`#[insula::scenario]`](crate::scenario) makes it of a function.
pub trait Scenario {
    /// What the scenario says of itself.
    fn manifest() -> Manifest;

    /// The params of the scenario that this one extends, from its own; both in JSON.
    ///
    /// # Errors
    /// When they cannot be read, or written as JSON.
    fn base_params(_params: &str) -> Result<String> {
        Ok("{}".into())
    }

    /// Builds the island from params in JSON, and gives the outputs in JSON.
    ///
    /// # Errors
    /// What the author's function returns.
    fn run(params: &str) -> Result<String>;
}

/// What a scenario returns, so that callers have its schema. [`#[insula::outputs]`](crate::outputs) implements it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no schema, which callers of the scenario would see",
    note = "put #[insula::outputs] on the type; or let the function return Result<impl Serialize>, which may be anything"
)]
pub trait Outputs: Serialize + schemars::JsonSchema {}

impl<T: Serialize + schemars::JsonSchema> Outputs for T {}

/// What a scenario takes. [`#[insula::params]`](crate::params) implements it.
pub trait Params: DeserializeOwned + schemars::JsonSchema {}

impl<T: Scenario> plugin::Guest for T {
    fn describe() -> Manifest {
        T::manifest()
    }

    fn base_params(params: String) -> Result<String, Failure> {
        Ok(T::base_params(&params)?)
    }

    fn build(params: String) -> Result<String, Failure> {
        // A trap alone would not say where the scenario panicked.
        std::panic::set_hook(Box::new(|panic| crate::host::log(crate::Level::Warn, &panic.to_string())));
        Ok(T::run(&params)?)
    }
}

/// A scenario without params takes an empty object, and no example is needed to show it.
pub fn schema_of_none() -> String {
    r#"{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","additionalProperties":false}"#.into()
}

/// The JSON Schema of a scenario's params, draft 2020-12.
pub fn schema_of<P: Params>() -> String {
    let mut params = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<P>();
    Bounds.transform(&mut params);
    schema(params)
}

/// Says how far an integer's type goes where the author said nothing else, so that what is beyond it is refused with its
/// place.
struct Bounds;

impl Transform for Bounds {
    fn transform(&mut self, schema: &mut Schema) {
        let bounds: Option<(serde_json::Number, serde_json::Number)> =
            match schema.get("format").and_then(|format| format.as_str()) {
                Some("int32") => Some((i32::MIN.into(), i32::MAX.into())),
                Some("uint32") => Some((u32::MIN.into(), u32::MAX.into())),
                Some("int64") => Some((i64::MIN.into(), i64::MAX.into())),
                Some("uint64") => Some((u64::MIN.into(), u64::MAX.into())),
                Some("int") => Some((isize::MIN.into(), isize::MAX.into())),
                Some("uint") => Some((usize::MIN.into(), usize::MAX.into())),
                _ => None,
            };
        if let Some((least, most)) = bounds {
            for (keyword, exclusive, bound) in
                [("minimum", "exclusiveMinimum", least), ("maximum", "exclusiveMaximum", most)]
            {
                if schema.get(keyword).is_none() && schema.get(exclusive).is_none() {
                    schema.insert(keyword.into(), bound.into());
                }
            }
        }
        transform_subschemas(self, schema);
    }
}

/// The JSON Schema of what a scenario's function returns, draft 2020-12; nothing where it may be anything.
pub fn outputs_schema<A, O: Outputs>(
    _build: impl FnOnce(&'static mut Island, A) -> Result<O>,
) -> Option<String> {
    returned_schema::<O>()
}

/// The same for a function without params.
pub fn outputs_schema_of_none<O: Outputs>(
    _build: impl FnOnce(&'static mut Island) -> Result<O>,
) -> Option<String> {
    returned_schema::<O>()
}

fn returned_schema<O: Outputs>() -> Option<String> {
    let schema_of =
        SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<O>();
    if schema_of.get("type").is_some_and(|it| it == "null") {
        return Some(schema_of_none());
    }
    let says_nothing =
        schema_of.as_object().is_none_or(|it| it.keys().all(|key| key == "$schema" || key == "title"));
    (!says_nothing).then(|| schema(schema_of))
}

fn schema(mut schema: Schema) -> String {
    // The Rust type's name says nothing to a caller.
    schema.remove("title");
    schema.as_value().to_string()
}

/// The author's examples, or the one that needs no words: all defaults.
pub fn examples_or_default(examples: Vec<Example>, params_schema: &str) -> Vec<Example> {
    if examples.is_empty() && !params_schema.contains("\"required\":[") {
        return vec![Example { title: "With defaults".into(), params: "{}".into() }];
    }
    examples
}

/// Reads params, which have passed their schema.
///
/// # Errors
/// When they do not fit their type all the same.
pub fn read<P: Params>(params: &str) -> Result<P> {
    serde_json::from_str(params).map_err(|error| {
        let rule = "params".into();
        Error::Rejected(crate::Rejection { index: None, field: None, rule, message: error.to_string() })
    })
}

/// The island that the run builds. It has no size, so keeping it for ever costs nothing, and what a scenario
/// returns may borrow it.
pub fn island() -> &'static mut Island {
    Box::leak(Box::new(Island::new()))
}

/// The params of the base, in JSON, from one's own.
///
/// # Errors
/// When they cannot be read, or written as JSON.
pub fn base_params<P: Params, B: Serialize>(params: &str, with: impl FnOnce(&P) -> B) -> Result<String> {
    Ok(serde_json::to_string(&with(&read(params)?))?)
}

/// The params of the base, in JSON, of a scenario that has none itself.
///
/// # Errors
/// When they cannot be written as JSON.
pub fn base_params_of_none<B: Serialize>(with: impl FnOnce() -> B) -> Result<String> {
    Ok(serde_json::to_string(&with())?)
}

/// What the function returned, in JSON. `Ok(())` is no outputs.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn outputs(returned: &impl Serialize) -> Result<String> {
    let json = serde_json::to_string(returned)?;
    Ok(if json == "null" { "{}".into() } else { json })
}
