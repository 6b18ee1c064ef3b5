//! What a scenario says of itself.

use schemars::JsonSchema;
use semver::{Version, VersionReq};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A scenario's manifest, checked.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Manifest {
    /// The name by which callers ask for it: `^[a-z][a-z0-9_]*$`, at most 64 letters.
    pub name: String,
    /// Other names that callers may use.
    pub aliases: Vec<String>,
    /// Its version, by Semantic Versioning 2.0.0.
    #[schemars(with = "String")]
    pub version: Version,
    /// What a list of scenarios shows.
    pub title: String,
    /// What it builds.
    pub description: String,
    /// The JSON Schema (draft 2020-12) of its params.
    pub params_schema: Value,
    /// Params that work.
    pub examples: Vec<Example>,
    /// The JSON Schema (draft 2020-12) of what it returns; anything where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outputs_schema: Option<Value>,
    /// The scenario that it extends, and that is built before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extends: Option<Base>,
}

/// A scenario that another one extends.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Base {
    /// Its name.
    pub scenario: String,
    /// Which of its versions will do; the newest where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

impl std::fmt::Display for Base {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.scenario)?;
        self.version.as_ref().map_or(Ok(()), |version| write!(f, " {version}"))
    }
}

/// Params that work, with what they show.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Example {
    /// What it shows.
    pub title: String,
    /// The params.
    pub params: Value,
}

/// A manifest cannot be used.
#[derive(Debug, thiserror::Error, PartialEq)]
#[error("the manifest's {field} {problem}")]
pub struct ManifestError {
    /// Which field.
    pub field: &'static str,
    /// What is wrong with it.
    pub problem: String,
}

impl Manifest {
    /// Checks what a scenario said of itself.
    ///
    /// # Errors
    /// When a name, the version or a JSON text is not what it has to be.
    pub fn parse(raw: RawManifest) -> Result<Self, ManifestError> {
        for name in std::iter::once(&raw.name).chain(&raw.aliases) {
            check_name(name)?;
        }
        if !raw.name.starts_with(|first: char| first.is_ascii_lowercase())
            || raw.name.contains(char::is_uppercase)
        {
            return Err(error("name", format!("is {:?}; use lower case letters, digits and _", raw.name)));
        }
        let version = Version::parse(&raw.version).map_err(|reason| {
            error("version", format!("is {:?}: {reason}; write one like 1.0.0", raw.version))
        })?;
        if raw.title.trim().is_empty() || raw.title.chars().count() > 200 {
            return Err(error("title", "must have 1 to 200 letters".to_owned()));
        }
        let params_schema = schema("params schema", &raw.params_schema)?;
        let outputs_schema =
            raw.outputs_schema.map(|outputs| schema("outputs schema", &outputs)).transpose()?;
        let extends = raw.extends.map(|(scenario, version)| Base::parse(scenario, version)).transpose()?;
        let examples = raw
            .examples
            .into_iter()
            .map(|(title, params)| Ok(Example { title, params: json("example", &params)? }))
            .collect::<Result<_, ManifestError>>()?;
        Ok(Self {
            name: raw.name,
            aliases: raw.aliases,
            version,
            title: raw.title,
            description: raw.description,
            params_schema,
            examples,
            outputs_schema,
            extends,
        })
    }
}

impl Base {
    fn parse(scenario: String, version: Option<String>) -> Result<Self, ManifestError> {
        let bad = |problem| ManifestError { field: "extends", problem };
        check_name(&scenario).map_err(|error| bad(error.problem))?;
        if let Some(version) = &version {
            VersionReq::parse(version).map_err(|reason| {
                bad(format!("wants the version {version:?}: {reason}; write one like ^1"))
            })?;
        }
        Ok(Self { scenario, version })
    }
}

/// What a scenario said of itself, as it said it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each is the field of that name of a manifest")]
pub struct RawManifest {
    pub name: String,
    pub aliases: Vec<String>,
    pub version: String,
    pub title: String,
    pub description: String,
    pub params_schema: String,
    /// Title and params.
    pub examples: Vec<(String, String)>,
    pub outputs_schema: Option<String>,
    /// Name and version requirement.
    pub extends: Option<(String, Option<String>)>,
}

fn check_name(name: &str) -> Result<(), ManifestError> {
    let fits = (1..=64).contains(&name.len())
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    if fits {
        return Ok(());
    }
    Err(error("name", format!("is {name:?}; use at most 64 letters, digits and _, beginning with a letter")))
}

fn schema(field: &'static str, text: &str) -> Result<Value, ManifestError> {
    let schema = json(field, text)?;
    if schema.is_object() { Ok(schema) } else { Err(error(field, "must be a JSON object".to_owned())) }
}

fn json(field: &'static str, text: &str) -> Result<Value, ManifestError> {
    serde_json::from_str(text).map_err(|reason| error(field, format!("is not JSON: {reason}")))
}

fn error(field: &'static str, problem: String) -> ManifestError {
    ManifestError { field, problem }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw() -> RawManifest {
        RawManifest {
            name: "standard".to_owned(),
            version: "1.0.0".to_owned(),
            title: "A clinic".to_owned(),
            params_schema: "{}".to_owned(),
            ..RawManifest::default()
        }
    }

    #[test]
    fn a_sound_manifest_is_taken() {
        assert_eq!(Manifest::parse(raw()).unwrap().version, Version::new(1, 0, 0));
    }

    #[test]
    fn each_unsound_field_is_named() {
        let field = |change: &dyn Fn(&mut RawManifest)| {
            let mut raw = raw();
            change(&mut raw);
            Manifest::parse(raw).unwrap_err().field
        };
        assert_eq!(field(&|raw| raw.name = "Standard".to_owned()), "name");
        assert_eq!(field(&|raw| raw.name = "a/../b".to_owned()), "name");
        assert_eq!(field(&|raw| raw.aliases.push(String::new())), "name");
        assert_eq!(field(&|raw| raw.version = "1".to_owned()), "version");
        assert_eq!(field(&|raw| raw.title = " ".to_owned()), "title");
        assert_eq!(field(&|raw| raw.params_schema = "[]".to_owned()), "params schema");
        assert_eq!(field(&|raw| raw.examples.push((String::new(), "{".to_owned()))), "example");
        assert_eq!(field(&|raw| raw.outputs_schema = Some("7".to_owned())), "outputs schema");
        assert_eq!(field(&|raw| raw.extends = Some((String::new(), None))), "extends");
        let extends = |version: &str| Some(("standard".to_owned(), Some(version.to_owned())));
        assert_eq!(field(&|raw| raw.extends = extends("newest")), "extends");
    }
}
