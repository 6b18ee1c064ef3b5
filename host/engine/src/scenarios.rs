//! Use cases of the catalog: what there is, and how it is changed while the host runs.

use insula_domain::Digest;
use insula_store::{CatalogChange, NewPlugin, PluginRecord};
use jiff::Timestamp;
use schemars::JsonSchema;
use semver::Version;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::catalog::{CatalogChanges, CatalogError, PluginSource, ScenarioInfo, ScenarioSummary};
use crate::engine::Engine;
use crate::error::EngineError;
use crate::refusals::Asked;

/// A version of a scenario that was added.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Added {
    /// The scenario's name.
    pub scenario: String,
    /// Its version.
    pub version: String,
    /// The hash of the plugin.
    pub digest: Digest,
    /// Whether it was added now; false when it was there already.
    pub added: bool,
    /// The version that callers get now who ask for none.
    pub default: String,
}

/// A version of a scenario that was removed from the database.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Removed {
    /// The scenario's name.
    pub scenario: String,
    /// Its version.
    pub version: String,
    /// The version that callers get now who ask for none; nothing when it was the last one.
    pub default: Option<String>,
}

/// Which version is to be the default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RollbackRequest {
    /// This one, also if it is newer; the version before the default one where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

/// A scenario that was rolled back.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RolledBack {
    /// The scenario's name.
    pub scenario: String,
    /// The version that was the default one before.
    pub from: String,
    /// The version that callers get now who ask for none.
    pub default: String,
    /// The versions that are passed over.
    pub passed_over: Vec<String>,
}

/// The versions of a scenario, the newest first; pre-releases come last.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ScenarioVersions {
    /// The scenario's name.
    pub scenario: String,
    /// The version that callers get who ask for none; nothing where this host takes none.
    pub default: Option<String>,
    /// The versions.
    pub versions: Vec<VersionInfo>,
}

/// One version of a scenario.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct VersionInfo {
    /// The version.
    pub version: String,
    /// The hash of the plugin.
    pub digest: Digest,
    /// Where it is from.
    pub origin: String,
    /// Whether it was rolled back: only who asks for this very version gets it, or whom no other fits.
    pub rolled_back: bool,
    /// Who added it to the database, and when; nothing for what the host brings along itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept: Option<Kept>,
    /// Why this host does not take it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// Who added a plugin to the database, and when.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Kept {
    /// Who.
    pub by: String,
    /// When.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub at: Timestamp,
}

impl From<&PluginRecord> for Kept {
    fn from(record: &PluginRecord) -> Self {
        Self { by: record.actor.clone(), at: record.added_at }
    }
}

impl Engine {
    /// The scenarios, by name.
    pub fn scenarios(&self) -> Vec<ScenarioSummary> {
        self.inner.catalog.now().summaries()
    }

    /// One scenario, whole: the newest version that fits the requirement.
    ///
    /// # Errors
    /// When there is none.
    pub async fn scenario(&self, name: &str, version: Option<&str>) -> Result<ScenarioInfo, EngineError> {
        self.inner.catalog.find(name, version).await.map(|scenario| scenario.info())
    }

    /// The versions of a scenario, also those that this host does not take.
    ///
    /// # Errors
    /// When there is none of that name, or the database does not answer.
    pub async fn versions(&self, name: &str) -> Result<ScenarioVersions, EngineError> {
        self.inner.catalog.look().await?;
        let catalog = self.inner.catalog.now();
        let refused = catalog.refused(name).map(|refused| VersionInfo {
            version: refused.record.version.clone(),
            digest: refused.record.digest,
            origin: refused.record.origin.clone(),
            rolled_back: false,
            kept: Some(Kept::from(&refused.record)),
            refused: Some(refused.reason.clone()),
        });
        let refused: Vec<VersionInfo> = refused.collect();
        let (mut versions, mut default) = (Vec::new(), None);
        match catalog.versions(name) {
            Ok(taken) => {
                default = taken.default().map(|offered| offered.version().to_string());
                versions.extend(taken.all().iter().map(|offered| VersionInfo {
                    version: offered.version().to_string(),
                    digest: offered.scenario.plugin.digest(),
                    origin: offered.scenario.origin.clone(),
                    rolled_back: offered.rolled_back,
                    kept: offered.scenario.record.as_ref().map(Kept::from),
                    refused: None,
                }));
            }
            Err(_) if !refused.is_empty() => {}
            Err(reason) => return Err(reason),
        }
        versions.extend(refused);
        Ok(ScenarioVersions { scenario: catalog.name_of(name).to_owned(), default, versions })
    }

    /// Adds a version of a scenario to the database, where every host that shares it finds it. It is checked whole before
    /// anybody sees it. The same plugin again changes nothing.
    ///
    /// Where `wanted` names a scenario and a version, it must be that.
    ///
    /// # Errors
    /// When the plugin is not taken, or another has its version; then nothing is changed.
    pub async fn add_scenario(
        &self,
        source: PluginSource,
        wanted: Option<(&str, &str)>,
    ) -> Result<Added, EngineError> {
        let (scenario, version) = wanted.unzip();
        let asked = json!({ "scenario": scenario, "version": version, "from": source.origin });
        let added = self.add_now(source, wanted).await;
        self.told(Asked::new("add_scenario", asked), added).await
    }

    async fn add_now(
        &self,
        source: PluginSource,
        wanted: Option<(&str, &str)>,
    ) -> Result<Added, EngineError> {
        if source.origin.chars().count() > 500 || source.origin.contains('\0') {
            let problem = "it has at most 500 letters, none of them U+0000".to_owned();
            return Err(EngineError::Request { field: "from", problem });
        }
        let catalog = &self.inner.catalog;
        catalog.look().await?;
        let scenario = catalog.check(&source).await.map_err(|reason| match reason {
            CatalogError::Duplicate { scenario, version, other, .. } => {
                EngineError::VersionTaken { scenario, version, other }
            }
            reason => EngineError::Plugin(reason),
        })?;
        let manifest = scenario.manifest();
        let (name, version) = (manifest.name.clone(), manifest.version.clone());
        if let Some((wanted_name, wanted_version)) = wanted
            && (wanted_name != name || wanted_version != version.to_string())
        {
            return Err(EngineError::Plugin(CatalogError::Other {
                origin: source.origin,
                scenario: name,
                version: version.to_string(),
                wanted: format!("{wanted_name} {wanted_version}"),
            }));
        }
        let digest = scenario.plugin.digest();
        let there = catalog.now().versions(&name).is_ok_and(|there| there.get(&version).is_some());
        // What the host has of its own needs no other.
        let added = !there && {
            let plugin = NewPlugin {
                scenario: name.clone(),
                version: version.to_string(),
                digest,
                signature: source.signature,
                origin: source.origin,
                wasm: source.wasm.as_ref().into(),
            };
            self.change_catalog(CatalogChange::Add(plugin)).await?
        };
        let default = catalog.find(&name, None).await?.manifest().version.to_string();
        Ok(Added { scenario: name, version: version.to_string(), digest, added, default })
    }

    /// Removes a version of a scenario from the database. Runs that began with it finish with it.
    ///
    /// # Errors
    /// When the database does not hold it, or does not answer.
    pub async fn remove_scenario(&self, name: &str, version: &str) -> Result<Removed, EngineError> {
        let removed = self.remove_now(name, version).await;
        let asked = json!({ "scenario": name, "version": version });
        self.told(Asked::new("remove_scenario", asked), removed).await
    }

    async fn remove_now(&self, name: &str, version: &str) -> Result<Removed, EngineError> {
        let found = self.versions(name).await?;
        let Some(which) = found.versions.iter().find(|found| found.version == version) else {
            return Err(EngineError::NoVersion {
                scenario: found.scenario,
                wanted: version.to_owned(),
                known: found.versions.into_iter().map(|found| found.version).collect(),
                refused: Vec::new(),
            });
        };
        let scenario = found.scenario;
        let change = CatalogChange::Remove { scenario: scenario.clone(), version: version.to_owned() };
        // This host may bring along itself what another has added to the database.
        if !self.change_catalog(change).await? && which.kept.is_none() {
            return Err(EngineError::NotKept {
                scenario,
                version: version.to_owned(),
                origin: which.origin.clone(),
            });
        }
        let default = match self.versions(&scenario).await {
            Ok(left) => left.default,
            Err(EngineError::UnknownScenario { .. }) => None,
            Err(reason) => return Err(reason),
        };
        Ok(Removed { scenario, version: version.to_owned(), default })
    }

    /// Makes another version of a scenario the default: the one before, or the one that is asked for. The versions that are
    /// newer than that are passed over from now on; one that is added later is not.
    ///
    /// # Errors
    /// When there is no such version, or none before.
    pub async fn roll_back(&self, name: &str, request: RollbackRequest) -> Result<RolledBack, EngineError> {
        let asked = json!({ "scenario": name, "to": request.to });
        let rolled_back = self.roll_back_now(name, &request).await;
        self.told(Asked::new("roll_back", asked), rolled_back).await
    }

    async fn roll_back_now(&self, name: &str, request: &RollbackRequest) -> Result<RolledBack, EngineError> {
        self.inner.catalog.look().await?;
        let catalog = self.inner.catalog.now();
        let versions = catalog.versions(name)?;
        let scenario = catalog.name_of(name).to_owned();
        let from = versions.default().map(|default| default.version().to_string()).unwrap_or_default();
        let to = match &request.to {
            None => versions.before_default().ok_or_else(|| EngineError::NothingBefore {
                scenario: scenario.clone(),
                version: from.clone(),
            })?,
            Some(wanted) => {
                let exact = Version::parse(wanted).ok().and_then(|version| versions.get(&version));
                exact.ok_or_else(|| EngineError::NoVersion {
                    scenario: scenario.clone(),
                    wanted: wanted.clone(),
                    known: versions.all().iter().map(|offered| offered.version().to_string()).collect(),
                    refused: Vec::new(),
                })?
            }
        };
        let passed_over = versions.passed_over_for(to.version());
        let default = to.version().to_string();
        let change = CatalogChange::RollBack {
            scenario: scenario.clone(),
            to: default.clone(),
            versions: passed_over.clone(),
        };
        self.change_catalog(change).await?;
        Ok(RolledBack { scenario, from, default, passed_over })
    }

    /// Takes a plugin of the host's own in the place of the one that came from the same place before, also with the same
    /// version; or nothing in its place. It is for development: the database is not touched.
    ///
    /// # Errors
    /// When it cannot be taken; then all is as it was.
    pub async fn swap(
        &self,
        origin: &str,
        source: Option<&PluginSource>,
    ) -> Result<Option<ScenarioInfo>, CatalogError> {
        let taken = self.inner.catalog.swap(origin, source).await?;
        Ok(taken.map(|scenario| scenario.info()))
    }

    /// Tells when the scenarios change, whoever changes them.
    pub fn catalog_changes(&self) -> CatalogChanges {
        self.inner.catalog.changes()
    }

    /// Takes in what other hosts change in the database's scenarios, for as long as the engine is open.
    pub async fn follow(self) {
        let mut away = false;
        loop {
            tokio::time::sleep(crate::catalog::LOOK).await;
            match self.inner.catalog.look().await {
                Ok(()) => away = false,
                Err(EngineError::ShuttingDown) => return,
                // Said once: the requests say it as well.
                Err(reason) if !away => {
                    tracing::warn!(%reason, "whether scenarios have changed cannot be seen; trying again");
                    away = true;
                }
                Err(_) => {}
            }
        }
    }

    async fn change_catalog(&self, change: CatalogChange) -> Result<bool, EngineError> {
        let changed = self.inner.store.change_catalog(change, self.actor()).await?;
        if changed {
            self.inner.bell.ring();
        }
        self.inner.catalog.look().await?;
        Ok(changed)
    }
}
