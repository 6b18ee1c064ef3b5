//! The catalog: the scenarios that a host has loaded, by name and version.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use insula_domain::{Digest, Manifest};
use insula_sandbox::{LoadError, Plugin, Quotas, Sandbox};
use jsonschema::Validator;
use schemars::JsonSchema;
use semver::VersionReq;
use serde::Serialize;

use crate::config::Settings;
use crate::error::EngineError;

/// A plugin's bytes and where they are from.
#[derive(Clone)]
pub struct PluginSource {
    /// A file's path, or that it is built in.
    pub origin: String,
    /// The component.
    pub wasm: Cow<'static, [u8]>,
}

impl std::fmt::Debug for PluginSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PluginSource({}, {} bytes)", self.origin, self.wasm.len())
    }
}

/// A plugin cannot be taken into the catalog.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// It is no plugin of this host's contract.
    #[error("{origin}: {reason}")]
    Load {
        /// Where it is from.
        origin: String,
        /// Why not.
        reason: LoadError,
    },
    /// One of its schemas does not compile.
    #[error("{origin}: the {of} schema of {scenario} is no JSON Schema (draft 2020-12): {reason}")]
    Schema {
        /// Where it is from.
        origin: String,
        /// The scenario.
        scenario: String,
        /// Whose: that of the params, or of the outputs.
        of: &'static str,
        /// Why not.
        reason: String,
    },
    /// One of its examples does not fit its own schema.
    #[error("{origin}: the example {example:?} of {scenario} does not fit its params schema: {reason}")]
    Example {
        /// Where it is from.
        origin: String,
        /// The scenario.
        scenario: String,
        /// The example's title.
        example: String,
        /// Where it does not fit.
        reason: String,
    },
    /// Another plugin has the name and version.
    #[error(
        "{origin}: {scenario} {version} was loaded from {other} already; raise the version or remove one of them"
    )]
    Duplicate {
        /// Where it is from.
        origin: String,
        /// The scenario.
        scenario: String,
        /// The version.
        version: String,
        /// Where the other is from.
        other: String,
    },
    /// Another scenario answers to the name.
    #[error("{origin}: {scenario} wants to answer to {name:?}, but that is a name of {other}")]
    Name {
        /// Where it is from.
        origin: String,
        /// The scenario.
        scenario: String,
        /// The name.
        name: String,
        /// The scenario that has it.
        other: String,
    },
}

/// A scenario that can run.
pub(crate) struct Scenario {
    pub(crate) plugin: Plugin,
    pub(crate) params: Validator,
    /// What it returns has to fit this.
    pub(crate) outputs: Option<Validator>,
    pub(crate) quotas: Quotas,
    origin: String,
}

impl Scenario {
    pub(crate) fn manifest(&self) -> &Manifest {
        self.plugin.manifest()
    }

    fn info(&self) -> ScenarioInfo {
        ScenarioInfo {
            manifest: self.manifest().clone(),
            digest: self.plugin.digest(),
            origin: self.origin.clone(),
        }
    }
}

/// A scenario in a list.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ScenarioSummary {
    /// Its name.
    pub name: String,
    /// Other names that it answers to.
    pub aliases: Vec<String>,
    /// The newest version.
    pub version: String,
    /// All versions, the newest first.
    pub versions: Vec<String>,
    /// What it is, in a few words.
    pub title: String,
}

/// A scenario, whole.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ScenarioInfo {
    /// What it says of itself.
    #[serde(flatten)]
    pub manifest: Manifest,
    /// The hash of the plugin.
    pub digest: Digest,
    /// Where the plugin is from.
    pub origin: String,
}

/// All scenarios of a host. The versions of one are sorted, the newest first.
#[derive(Default)]
pub(crate) struct Catalog {
    by_name: HashMap<String, Vec<Arc<Scenario>>>,
    aliases: HashMap<String, String>,
}

impl Catalog {
    /// Loads plugins, each checked whole before it is taken.
    pub(crate) async fn load(
        sandbox: &Sandbox,
        sources: &[PluginSource],
        quotas: Quotas,
        settings: &Settings,
    ) -> Result<Self, CatalogError> {
        let mut catalog = Self::default();
        for source in sources {
            let origin = source.origin.clone();
            let plugin = sandbox
                .load(&source.wasm)
                .await
                .map_err(|reason| CatalogError::Load { origin: origin.clone(), reason })?;
            let manifest = plugin.manifest();
            let params = params_schema(&origin, manifest)?;
            let outputs = manifest.outputs_schema.as_ref();
            let outputs = outputs.map(|schema| compile(&origin, manifest, "outputs", schema)).transpose()?;
            let own = settings.scenarios.get(&manifest.name);
            let quotas = own.map_or(quotas, |own| own.quotas.apply(quotas));
            catalog.add(Scenario { plugin, params, outputs, quotas, origin })?;
        }
        catalog.warn_of_missing_bases();
        Ok(catalog)
    }

    fn add(&mut self, scenario: Scenario) -> Result<(), CatalogError> {
        let manifest = scenario.manifest().clone();
        let origin = scenario.origin.clone();
        for name in std::iter::once(&manifest.name).chain(&manifest.aliases) {
            let taken =
                self.aliases.get(name).or_else(|| self.by_name.get_key_value(name).map(|(name, _)| name));
            if let Some(other) = taken.filter(|other| **other != manifest.name) {
                let (scenario, name, other) = (manifest.name.clone(), name.clone(), other.clone());
                return Err(CatalogError::Name { origin, scenario, name, other });
            }
        }
        let versions = self.by_name.entry(manifest.name.clone()).or_default();
        if let Some(other) = versions.iter().find(|other| other.manifest().version == manifest.version) {
            return Err(CatalogError::Duplicate {
                origin,
                scenario: manifest.name,
                version: manifest.version.to_string(),
                other: other.origin.clone(),
            });
        }
        versions.push(Arc::new(scenario));
        versions.sort_by(|one, other| other.manifest().version.cmp(&one.manifest().version));
        self.aliases.extend(manifest.aliases.into_iter().map(|alias| (alias, manifest.name.clone())));
        Ok(())
    }

    /// Tells the log what cannot run as long as what it extends is not there.
    fn warn_of_missing_bases(&self) {
        for scenario in self.by_name.values().flatten() {
            if let Err(problem) = self.bases(scenario) {
                let manifest = scenario.manifest();
                tracing::warn!(scenario = manifest.name, version = %manifest.version, "it {problem}");
            }
        }
    }

    /// The newest version of a scenario that fits a requirement.
    pub(crate) fn find(&self, name: &str, wanted: Option<&str>) -> Result<Arc<Scenario>, EngineError> {
        let versions = self.versions(name)?;
        let Some(wanted) = wanted else { return Ok(Arc::clone(&versions[0])) };
        let requirement = VersionReq::parse(wanted).map_err(|reason| EngineError::Request {
            field: "version",
            problem: format!(
                "{wanted:?} is no version requirement ({reason}); write one such as \"^1\" or \"=1.2.3\""
            ),
        })?;
        let found = versions.iter().find(|scenario| requirement.matches(&scenario.manifest().version));
        found.cloned().ok_or_else(|| EngineError::NoVersion {
            scenario: versions[0].manifest().name.clone(),
            wanted: wanted.to_owned(),
            known: versions.iter().map(|scenario| scenario.manifest().version.to_string()).collect(),
        })
    }

    /// The versions of a scenario: at least one.
    fn versions(&self, name: &str) -> Result<&[Arc<Scenario>], EngineError> {
        let name = self.aliases.get(name).map_or(name, String::as_str);
        self.by_name.get(name).map(Vec::as_slice).ok_or_else(|| EngineError::UnknownScenario {
            name: name.to_owned(),
            known: self.summaries().into_iter().map(|summary| summary.name).collect(),
        })
    }

    pub(crate) fn summaries(&self) -> Vec<ScenarioSummary> {
        let mut summaries: Vec<ScenarioSummary> = self
            .by_name
            .values()
            .filter_map(|versions| {
                let newest = versions.first()?.manifest();
                Some(ScenarioSummary {
                    name: newest.name.clone(),
                    aliases: newest.aliases.clone(),
                    version: newest.version.to_string(),
                    versions: versions
                        .iter()
                        .map(|scenario| scenario.manifest().version.to_string())
                        .collect(),
                    title: newest.title.clone(),
                })
            })
            .collect();
        summaries.sort_by(|one, other| one.name.cmp(&other.name));
        summaries
    }

    pub(crate) fn info(&self, name: &str, version: Option<&str>) -> Result<ScenarioInfo, EngineError> {
        self.find(name, version).map(|scenario| scenario.info())
    }
}

fn compile(
    origin: &str,
    manifest: &Manifest,
    of: &'static str,
    schema: &serde_json::Value,
) -> Result<Validator, CatalogError> {
    jsonschema::draft202012::new(schema).map_err(|reason| CatalogError::Schema {
        origin: origin.to_owned(),
        scenario: manifest.name.clone(),
        of,
        reason: reason.to_string(),
    })
}

/// Compiles the params schema and holds the manifest's own examples against it.
fn params_schema(origin: &str, manifest: &Manifest) -> Result<Validator, CatalogError> {
    let validator = compile(origin, manifest, "params", &manifest.params_schema)?;
    for example in &manifest.examples {
        if let Some(violation) = insula_domain::violations(&validator, &example.params).first() {
            return Err(CatalogError::Example {
                origin: origin.to_owned(),
                scenario: manifest.name.clone(),
                example: example.title.clone(),
                reason: format!("{} at {:?}", violation.message, violation.pointer),
            });
        }
    }
    Ok(validator)
}
