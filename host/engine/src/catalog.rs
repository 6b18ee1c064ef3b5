//! The catalog: the scenarios that a host has loaded, by name and version, as they are at one moment.

mod live;
mod source;
mod take;
mod versions;

use std::collections::HashMap;
use std::sync::Arc;

use insula_domain::{Digest, Manifest};
use insula_sandbox::{Plugin, Quotas};
use insula_store::PluginRecord;
use jsonschema::Validator;
use schemars::JsonSchema;
use semver::VersionReq;
use serde::Serialize;

use crate::error::EngineError;

pub use live::CatalogChanges;
pub(crate) use live::{LOOK, LiveCatalog};
pub use source::{CatalogError, PluginSource};
pub(crate) use take::Taker;
pub(crate) use versions::Versions;

/// A scenario that can run.
pub(crate) struct Scenario {
    pub(crate) plugin: Plugin,
    pub(crate) params: Validator,
    /// What it returns has to fit this.
    pub(crate) outputs: Option<Validator>,
    pub(crate) quotas: Quotas,
    pub(crate) origin: String,
    /// Where the database holds it: what it says of that.
    pub(crate) record: Option<PluginRecord>,
}

impl Scenario {
    pub(crate) fn manifest(&self) -> &Manifest {
        self.plugin.manifest()
    }

    pub(crate) fn info(&self) -> ScenarioInfo {
        ScenarioInfo {
            manifest: self.manifest().clone(),
            digest: self.plugin.digest(),
            origin: self.origin.clone(),
        }
    }
}

/// A plugin that the database holds.
#[derive(Clone)]
pub(crate) struct Stored {
    pub(crate) record: PluginRecord,
    /// What it became, or why this host does not take it.
    pub(crate) loaded: Result<Arc<Scenario>, String>,
}

/// A plugin that the database holds and this host does not take.
pub(crate) struct Refused {
    pub(crate) record: PluginRecord,
    pub(crate) reason: String,
}

/// A scenario in a list.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ScenarioSummary {
    /// Its name.
    pub name: String,
    /// Other names that it answers to.
    pub aliases: Vec<String>,
    /// The version that callers get who ask for none.
    pub version: String,
    /// All versions, the newest first; pre-releases come last.
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

/// All scenarios of a host. It never changes: another takes its place.
#[derive(Default)]
pub(crate) struct Catalog {
    by_name: HashMap<String, Versions>,
    aliases: HashMap<String, String>,
    /// What the database holds and this host does not take.
    refused: Vec<Refused>,
    rolled_back: Vec<(String, String)>,
}

impl Catalog {
    /// The host's own plugins, and after them those of the database. Of two with one name and version the host's own
    /// counts: who started it said so.
    ///
    /// # Errors
    /// When two of the host's own cannot stand side by side.
    pub(crate) fn assemble(
        own: &[Arc<Scenario>],
        stored: &[Stored],
        rolled_back: &[(String, String)],
    ) -> Result<Self, CatalogError> {
        let mut catalog = Self { rolled_back: rolled_back.to_vec(), ..Self::default() };
        for scenario in own {
            catalog.add(scenario)?;
        }
        for Stored { record, loaded } in stored {
            let added = match loaded {
                Ok(scenario) => catalog.add(scenario).map_err(|reason| reason.to_string()),
                Err(reason) => Err(reason.clone()),
            };
            if let Err(reason) = added {
                catalog.refused.push(Refused { record: record.clone(), reason });
            }
        }
        Ok(catalog)
    }

    /// Whether another plugin can stand beside those that are there.
    ///
    /// # Errors
    /// Why not.
    pub(crate) fn has_room_for(&self, scenario: &Scenario) -> Result<(), CatalogError> {
        let manifest = scenario.manifest();
        let origin = scenario.origin.clone();
        for name in std::iter::once(&manifest.name).chain(&manifest.aliases) {
            let taken =
                self.aliases.get(name).or_else(|| self.by_name.get_key_value(name).map(|(name, _)| name));
            if let Some(other) = taken.filter(|other| **other != manifest.name) {
                let (scenario, name, other) = (manifest.name.clone(), name.clone(), other.clone());
                return Err(CatalogError::Name { origin, scenario, name, other });
            }
        }
        let there = self.by_name.get(&manifest.name).and_then(|versions| versions.get(&manifest.version));
        match there {
            // The same one from two places is still one.
            Some(other) if other.scenario.plugin.digest() != scenario.plugin.digest() => {
                Err(CatalogError::Duplicate {
                    origin,
                    scenario: manifest.name.clone(),
                    version: manifest.version.to_string(),
                    other: other.scenario.origin.clone(),
                })
            }
            _ => Ok(()),
        }
    }

    fn add(&mut self, scenario: &Arc<Scenario>) -> Result<(), CatalogError> {
        self.has_room_for(scenario)?;
        let Manifest { name, aliases, version, .. } = scenario.manifest();
        let rolled_back = self
            .rolled_back
            .iter()
            .any(|(rolled_back, which)| rolled_back == name && *which == version.to_string());
        let versions = self.by_name.entry(name.clone()).or_default();
        if versions.get(version).is_none() {
            versions.add(Arc::clone(scenario), rolled_back);
        }
        self.aliases.extend(aliases.iter().map(|alias| (alias.clone(), name.clone())));
        Ok(())
    }

    /// Tells the log what cannot run as long as what it extends is not there.
    pub(crate) fn warn_of_missing_bases(&self) {
        for offered in self.by_name.values().flat_map(Versions::all) {
            if let Err(problem) = self.bases(&offered.scenario) {
                let manifest = offered.scenario.manifest();
                tracing::warn!(scenario = manifest.name, version = %manifest.version, "it {problem}");
            }
        }
    }

    /// The newest version of a scenario that fits a requirement and was not rolled back, or else the newest that fits.
    pub(crate) fn find(&self, name: &str, wanted: Option<&str>) -> Result<Arc<Scenario>, EngineError> {
        let versions = self.versions(name)?;
        let found = match wanted {
            None => versions.default(),
            Some(wanted) => {
                let requirement = VersionReq::parse(wanted).map_err(|reason| EngineError::Request {
                    field: "version",
                    problem: format!(
                        "{wanted:?} is no version requirement ({reason}); write one such as \"^1\" or \"=1.2.3\""
                    ),
                })?;
                versions.find(&requirement)
            }
        };
        let found = found.map(|offered| Arc::clone(&offered.scenario));
        found.ok_or_else(|| EngineError::NoVersion {
            scenario: self.name_of(name).to_owned(),
            wanted: wanted.unwrap_or("*").to_owned(),
            known: versions.all().iter().map(|offered| offered.version().to_string()).collect(),
            refused: self.refusals(name),
        })
    }

    /// The versions of a scenario: at least one.
    pub(crate) fn versions(&self, name: &str) -> Result<&Versions, EngineError> {
        self.by_name.get(self.name_of(name)).ok_or_else(|| EngineError::UnknownScenario {
            name: name.to_owned(),
            known: self.summaries().into_iter().map(|summary| summary.name).collect(),
            refused: self.refusals(name),
        })
    }

    /// What the database holds of a scenario and this host does not take.
    pub(crate) fn refused<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Refused> {
        let name = self.name_of(name);
        self.refused.iter().filter(move |refused| refused.record.scenario == name)
    }

    fn refusals(&self, name: &str) -> Vec<String> {
        self.refused(name).map(|refused| refused.reason.clone()).collect()
    }

    /// A scenario's own name, of any that it answers to.
    pub(crate) fn name_of<'a>(&'a self, name: &'a str) -> &'a str {
        self.aliases.get(name).map_or(name, String::as_str)
    }

    pub(crate) fn summaries(&self) -> Vec<ScenarioSummary> {
        let mut summaries: Vec<ScenarioSummary> = self
            .by_name
            .values()
            .filter_map(|versions| {
                let default = versions.default()?.scenario.manifest();
                Some(ScenarioSummary {
                    name: default.name.clone(),
                    aliases: default.aliases.clone(),
                    version: default.version.to_string(),
                    versions: versions.all().iter().map(|offered| offered.version().to_string()).collect(),
                    title: default.title.clone(),
                })
            })
            .collect();
        summaries.sort_by(|one, other| one.name.cmp(&other.name));
        summaries
    }
}
