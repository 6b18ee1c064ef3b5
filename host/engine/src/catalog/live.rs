//! A catalog that changes while the host runs.
//!
//! Whoever looks for a scenario looks into the catalog as it is at that moment, and waits for nobody; a run keeps the
//! scenario that it began with. Changes come one after the other: each makes another catalog, and that takes the
//! place of the one before.
//!
//! What the database holds is known by its generation. A host looks at that once a second, and at once when it is asked for
//! what it does not know; so it is never behind another host by more than that second and what the new plugins take to load.

use std::sync::Arc;
use std::time::Duration;

use insula_sandbox::LoadError;
use insula_store::{PluginRecord, Store};
use tokio::sync::{Mutex, watch};

use super::{Catalog, CatalogError, PluginSource, Scenario, Stored, Taker};
use crate::engine::StartError;
use crate::error::EngineError;

/// How often a host looks for what others have changed.
pub(crate) const LOOK: Duration = Duration::from_secs(1);

/// The catalog of a host.
pub(crate) struct LiveCatalog {
    taker: Taker,
    /// Where scenarios are kept; nothing for a host that goes by its own alone.
    store: Option<Store>,
    now: watch::Sender<Arc<Catalog>>,
    parts: Mutex<Parts>,
}

/// Tells when another catalog has taken the place of the one before.
pub struct CatalogChanges(watch::Receiver<Arc<Catalog>>);

impl CatalogChanges {
    /// Comes when the catalog has changed since it came last, or since this was made; never once the engine is gone.
    pub async fn next(&mut self) {
        if self.0.changed().await.is_err() {
            std::future::pending().await
        }
    }
}

/// What the catalog is made of.
#[derive(Default)]
struct Parts {
    own: Vec<Arc<Scenario>>,
    stored: Vec<Stored>,
    rolled_back: Vec<(String, String)>,
    /// Of what was read from the database last.
    generation: Option<i64>,
}

impl Parts {
    fn assemble(&self) -> Result<Catalog, CatalogError> {
        Catalog::assemble(&self.own, &self.stored, &self.rolled_back)
    }
}

impl LiveCatalog {
    /// Loads the host's own plugins.
    ///
    /// # Errors
    /// When one of them cannot be taken.
    pub(crate) async fn load(taker: Taker, sources: &[PluginSource]) -> Result<Self, CatalogError> {
        let mut parts = Parts::default();
        for source in sources {
            parts.own.push(Arc::new(taker.take(source).await?));
        }
        let now = watch::Sender::new(Arc::new(parts.assemble()?));
        Ok(Self { taker, store: None, now, parts: Mutex::new(parts) })
    }

    /// The same with what a database holds, now and from now on.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn with(self, store: Option<Store>) -> Result<Self, StartError> {
        let catalog = Self { store, ..self };
        match catalog.look().await {
            Ok(()) => Ok(catalog),
            Err(EngineError::Store(reason)) => Err(reason.into()),
            Err(reason) => Err(StartError::Kept(reason)),
        }
    }

    /// The catalog as it is at this moment.
    pub(crate) fn now(&self) -> Arc<Catalog> {
        Arc::clone(&self.now.borrow())
    }

    /// Tells of catalogs that take the place of this one.
    pub(crate) fn changes(&self) -> CatalogChanges {
        CatalogChanges(self.now.subscribe())
    }

    /// As [`Catalog::find`]; looks into the database before it says that there is no such scenario.
    pub(crate) async fn find(&self, name: &str, wanted: Option<&str>) -> Result<Arc<Scenario>, EngineError> {
        match self.now().find(name, wanted) {
            Err(EngineError::UnknownScenario { .. } | EngineError::NoVersion { .. }) => {
                self.look().await?;
                self.now().find(name, wanted)
            }
            found => found,
        }
    }

    /// Checks a plugin that is to be kept, beside those that there are.
    pub(crate) async fn check(&self, source: &PluginSource) -> Result<Scenario, CatalogError> {
        let scenario = self.taker.take(source).await?;
        self.now().has_room_for(&scenario)?;
        Ok(scenario)
    }

    /// Takes in what others have changed in the database.
    ///
    /// # Errors
    /// When the database does not answer, or no sandbox is free.
    pub(crate) async fn look(&self) -> Result<(), EngineError> {
        let Some(store) = &self.store else { return Ok(()) };
        let mut parts = self.parts.lock().await;
        if Some(store.catalog_generation().await?) == parts.generation {
            return Ok(());
        }
        let found = store.catalog().await?;
        let mut stored = Vec::with_capacity(found.plugins.len());
        for record in found.plugins {
            let known = parts.stored.iter().find(|known| known.record == record);
            stored.push(match known {
                Some(known) => known.clone(),
                None => self.fetch(store, record).await?,
            });
        }
        parts.stored = stored;
        parts.rolled_back = found.rolled_back;
        parts.generation = Some(found.generation);
        self.publish(parts.assemble().map_err(EngineError::Plugin)?);
        Ok(())
    }

    fn publish(&self, catalog: Catalog) {
        // What is only tried here need not have all that it extends beside it.
        if self.store.is_some() {
            catalog.warn_of_missing_bases();
        }
        self.now.send_replace(Arc::new(catalog));
    }

    /// Loads a plugin from the database, whose content another program may have changed.
    async fn fetch(&self, store: &Store, record: PluginRecord) -> Result<Stored, EngineError> {
        let PluginRecord { scenario, version, .. } = &record;
        let origin = format!("{scenario} {version} in the database, from {}", record.origin);
        // It was removed since it was listed: the next look sees that.
        let wasm = store.plugin(scenario, version).await?.unwrap_or_default();
        let source = PluginSource::new(origin.clone(), wasm).signed(record.signature.clone());
        let wanted = format!("{scenario} {version} with the digest {}", record.digest);
        let loaded = match self.taker.take(&source).await {
            Err(CatalogError::Load { reason: LoadError::Busy { waited }, .. }) => {
                return Err(EngineError::Busy { what: "a sandbox", waited });
            }
            Err(reason) => Err(reason.to_string()),
            Ok(loaded) => {
                let manifest = loaded.manifest();
                let is = format!("{} {}", manifest.name, manifest.version);
                if is == format!("{scenario} {version}") && loaded.plugin.digest() == record.digest {
                    Ok(Arc::new(Scenario { record: Some(record.clone()), ..loaded }))
                } else {
                    let digest = loaded.plugin.digest();
                    Err(format!("{origin}: it is {is} with the digest {digest}, and not {wanted}"))
                }
            }
        };
        if let Err(reason) = &loaded {
            tracing::warn!(%reason, "a scenario of the database is not taken");
        }
        Ok(Stored { record, loaded })
    }

    /// Takes a plugin of the host's own in the place of what came from the same place before; or nothing in its place.
    ///
    /// # Errors
    /// When it cannot be taken; then all is as it was.
    pub(crate) async fn swap(
        &self,
        origin: &str,
        source: Option<&PluginSource>,
    ) -> Result<Option<Arc<Scenario>>, CatalogError> {
        let taken = match source {
            Some(source) => Some(Arc::new(self.taker.take(source).await?)),
            None => None,
        };
        let mut parts = self.parts.lock().await;
        let before = parts.own.clone();
        let place = parts.own.iter().position(|scenario| scenario.origin == origin);
        match (place, &taken) {
            (Some(place), Some(taken)) => parts.own[place] = Arc::clone(taken),
            (Some(place), None) => drop(parts.own.remove(place)),
            (None, Some(taken)) => parts.own.push(Arc::clone(taken)),
            (None, None) => return Ok(None),
        }
        match parts.assemble() {
            Ok(catalog) => {
                self.publish(catalog);
                Ok(taken)
            }
            Err(reason) => {
                parts.own = before;
                Err(reason)
            }
        }
    }
}
