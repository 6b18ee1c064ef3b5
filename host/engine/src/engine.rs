//! The engine: what all use cases share.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use insula_domain::{Defaults, Draft, DraftLimits, EntitySchemas, NewClinic, Refusal, SchemaError, Setup};
use insula_sandbox::{Sandbox, SandboxError};
use insula_store::{Events, Store, StoreError};

use crate::catalog::{CatalogError, LiveCatalog, Taker};
use crate::config::{EngineConfig, Settings};
use crate::error::EngineError;
use crate::events::{Answered, Bell};
use crate::reaper::{Alarm, ReapersTurn};
use crate::tokens::{TokenError, TokenIssuer};
use crate::traced::Traced;
use crate::turns::Turns;

/// An engine could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The sandbox.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// A plugin.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The scenarios in the database cannot be read.
    #[error(transparent)]
    Kept(EngineError),
    /// A team's schema.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// The signing key or the claims.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// A setting.
    #[error("{field} in the configuration: {problem}")]
    Setting {
        /// Which setting.
        field: String,
        /// What is wrong and what to do.
        problem: String,
    },
}

/// Runs the use cases. Cheap to clone: all clones are one engine.
#[derive(Clone)]
pub struct Engine {
    pub(crate) inner: Arc<Inner>,
    actor: Arc<str>,
}

pub(crate) struct Inner {
    pub(crate) store: Store,
    pub(crate) sandbox: Arc<Sandbox>,
    pub(crate) catalog: LiveCatalog,
    pub(crate) setup: Arc<Setup>,
    pub(crate) tokens: TokenIssuer,
    pub(crate) bell: Bell,
    pub(crate) answered: Answered,
    pub(crate) traced: Traced,
    pub(crate) alarm: Alarm,
    pub(crate) turn: ReapersTurn,
    /// How long ended islands are remembered.
    pub(crate) remember: Duration,
    /// How many runs are under way.
    pub(crate) running: AtomicUsize,
    pub(crate) turns: Turns,
}

impl Engine {
    /// Opens the database, loads all plugins, and is ready to run them.
    ///
    /// # Errors
    /// When the database, a plugin, a schema or a setting cannot be used.
    pub async fn start(config: EngineConfig) -> Result<Self, StartError> {
        let EngineConfig { store, mut sandbox, plugins, trusted, kept, schemas, settings, signing_key } =
            config;
        let defaults = defaults(&settings)?;
        settings.check()?;
        let schemas = Arc::new(EntitySchemas::tightened(schemas)?);
        let tokens = TokenIssuer::new(&signing_key, &settings.tokens)?;
        sandbox.quotas = settings.quotas.apply(sandbox.quotas);
        let sandbox = Arc::new(Sandbox::new(sandbox)?);
        let taker = Taker::new(Arc::clone(&sandbox), &settings, trusted);
        // A plugin that cannot be taken is told before the database is touched.
        let own = LiveCatalog::load(taker, &plugins).await?;
        let store = Store::open(store).await?;
        let catalog = own.with(kept.then(|| store.clone())).await?;
        for name in settings.scenarios.keys() {
            let now = catalog.now();
            let problem = match now.find(name, None) {
                // Whoever runs a scenario looks for its quotas by this name.
                Ok(found) if found.manifest().name == *name => continue,
                Ok(found) => {
                    let own = &found.manifest().name;
                    format!("it is another name that {own} answers to; write [scenarios.{own}]")
                }
                Err(_) => "no scenario of that name is loaded; `insula scenarios` lists them".to_owned(),
            };
            return Err(StartError::Setting { field: format!("scenarios.{name}"), problem });
        }
        let setup = Arc::new(Setup { schemas, defaults });
        let traced = Traced::begin(&store).await?;
        let engine = Self {
            actor: "host".into(),
            inner: Arc::new(Inner {
                store,
                sandbox,
                catalog,
                setup,
                tokens,
                bell: Bell::default(),
                answered: Answered::default(),
                traced,
                alarm: Alarm::default(),
                turn: ReapersTurn::default(),
                remember: settings.ending.remember()?,
                running: AtomicUsize::new(0),
                turns: Turns::default(),
            }),
        };
        engine.tell_of_answers();
        engine.trace_events().await;
        Ok(engine)
    }

    /// The same engine for somebody else: certificates and events say who did a thing.
    #[must_use]
    pub fn acting_for(&self, actor: &str) -> Self {
        Self { inner: Arc::clone(&self.inner), actor: actor.into() }
    }

    pub(crate) fn actor(&self) -> Arc<str> {
        Arc::clone(&self.actor)
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ready(&self) -> Result<(), EngineError> {
        self.inner.store.ping().await.map_err(EngineError::Store)
    }

    /// Finishes what is being written and closes the database.
    ///
    /// # Errors
    /// When the database cannot be closed in order; what was acknowledged is kept all the same.
    pub async fn close(&self) -> Result<(), EngineError> {
        self.inner.tell_answered(&self.actor).await;
        self.release().await;
        // There is no later for those before which others may still be written.
        self.inner.trace(Events::After).await;
        self.inner.store.close().await.map_err(EngineError::Store)
    }
}

/// The defaults of clinics, tried on one, so that a wrong setting is told at the start and not blamed on a scenario.
fn defaults(settings: &Settings) -> Result<Defaults, StartError> {
    let builtin = Defaults::default();
    let defaults = Defaults {
        time_zone: settings.time_zone.clone().unwrap_or(builtin.time_zone),
        locale: settings.locale.clone().unwrap_or(builtin.locale),
    };
    let setup = Arc::new(Setup::builtin(defaults.clone())?);
    match Draft::new(setup, DraftLimits::default()).create_clinic(NewClinic::named("trial")) {
        Ok(_) => Ok(defaults),
        Err(Refusal::Rejected(rejection)) => Err(StartError::Setting {
            field: rejection.field.unwrap_or_default(),
            problem: rejection.message,
        }),
        Err(full) => Err(StartError::Setting { field: "quotas".to_owned(), problem: full.to_string() }),
    }
}
