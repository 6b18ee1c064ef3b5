//! Where a command is carried out: by an engine in this process, or by a server.
//!
//! Both give the same JSON, and both fail with the same problem documents, so that a command neither knows nor
//! shows which of them did the work.

mod backups;
mod remote;

use std::net::SocketAddr;
use std::time::Duration;

use insula_domain::IslandId;
use insula_engine::{
    BackupName, BackupRequest, EndQuery, EndSessionQuery, Engine, EngineConfig, EngineError, EventsQuery,
    IslandsQuery, PlanRequest, PluginSource, ResetQuery, RollbackRequest, ScenarioSummary, SeedRequest,
    SessionId, SessionRequest, Settings, SigningKey, StartError, VerifyQuery,
};
use insula_sandbox::SandboxConfig;
use insula_server::Problem;
use insula_store::{StoreConfig, StoreError, Synchronous};
use serde::Serialize;
use serde_json::Value;

use crate::args::ExportFormat;
use crate::config::{self, HostConfig, Place};
use crate::failure::{Exit, Failure};
use remote::Remote;

pub use backups::Keeper;

/// A host on this machine that does not answer in this time is stuck.
const PATIENCE: Duration = Duration::from_secs(2);

/// The sandbox of a command that runs one scenario: memory for one is not worth reserving.
pub fn one_shot() -> SandboxConfig {
    SandboxConfig { slots: 1, pooling: false, ..SandboxConfig::default() }
}

/// The sandboxes of a server.
pub fn many(settings: &Settings) -> SandboxConfig {
    let usual = SandboxConfig::default();
    SandboxConfig { slots: settings.sandboxes.unwrap_or(usual.slots), ..usual }
}

/// Carries out commands.
pub enum Host {
    /// An engine in this process.
    Direct(Engine),
    /// A server.
    Remote(Remote),
}

impl Host {
    /// Opens the database, or gets ready to ask the server.
    pub async fn open(place: Place) -> Result<Self, Failure> {
        match place {
            Place::Here(config) => {
                Ok(Self::Direct(engine(*config, one_shot()).await?.acting_for("command line")))
            }
            Place::Server(address) => Remote::new(address).map(Self::Remote),
        }
    }

    /// The catalog.
    pub async fn scenarios(&self) -> Result<Value, Failure> {
        match self {
            Self::Direct(engine) => Ok(serde_json::json!({ "scenarios": engine.scenarios() })),
            Self::Remote(server) => server.get(&["scenarios"], &[]).await,
        }
    }

    /// One scenario, whole.
    pub async fn scenario(&self, name: &str, version: Option<&str>) -> Result<Value, Failure> {
        match self {
            Self::Direct(engine) => answer(engine.scenario(name, version).await),
            Self::Remote(server) => {
                server.get(&["scenarios", name], &[("version", version.map(str::to_owned))]).await
            }
        }
    }

    /// The versions of a scenario.
    pub async fn versions(&self, name: &str) -> Result<Value, Failure> {
        match self {
            Self::Direct(engine) => answer(engine.versions(name).await),
            Self::Remote(server) => server.get(&["scenarios", name, "versions"], &[]).await,
        }
    }

    /// Adds a version of a scenario to the database.
    pub async fn add(&self, name: &str, version: &str, source: PluginSource) -> Result<Value, Failure> {
        match self {
            Self::Direct(engine) => answer(engine.add_scenario(source, Some((name, version))).await),
            Self::Remote(server) => {
                let PluginSource { origin, wasm, signature, .. } = source;
                let path = ["scenarios", name, "versions", version];
                server.put_plugin(&path, &[("from", Some(origin))], wasm.into_owned(), signature).await
            }
        }
    }

    /// Removes a version of a scenario from the database.
    pub async fn remove(&self, name: &str, version: &str) -> Result<Value, Failure> {
        match self {
            Self::Direct(engine) => answer(engine.remove_scenario(name, version).await),
            Self::Remote(server) => server.delete(&["scenarios", name, "versions", version], &[]).await,
        }
    }

    /// Makes another version of a scenario the default.
    pub async fn roll_back(&self, name: &str, request: RollbackRequest) -> Result<Value, Failure> {
        match self {
            Self::Direct(engine) => answer(engine.roll_back(name, request).await),
            Self::Remote(server) => server.post(&["scenarios", name, "rollback"], &request, None).await,
        }
    }

    /// Runs a scenario and commits its island.
    pub async fn seed(&self, request: SeedRequest, key: Option<&str>) -> Result<Value, Failure> {
        match self {
            Self::Direct(engine) => answer(engine.seed(request, key).await),
            Self::Remote(server) => server.post(&["seed"], &request, key).await,
        }
    }

    /// Runs a scenario without the commit.
    pub async fn plan(&self, name: &str, request: PlanRequest) -> Result<Value, Failure> {
        match self {
            Self::Direct(engine) => answer(engine.plan(name, request).await),
            Self::Remote(server) => server.post(&["scenarios", name, "plan"], &request, None).await,
        }
    }

    /// What exists.
    pub async fn islands(&self, query: IslandsQuery) -> Result<Value, Failure> {
        match self {
            Self::Direct(engine) => answer(engine.islands(query).await),
            Self::Remote(server) => server.get(&["islands"], &pairs(query)).await,
        }
    }

    /// One island, whole.
    pub async fn island(&self, id: IslandId) -> Result<Value, Failure> {
        match self {
            Self::Direct(engine) => answer(engine.island(id).await),
            Self::Remote(server) => server.get(&["islands", &id.to_string()], &[]).await,
        }
    }

    /// Removes an island.
    pub async fn end(&self, id: IslandId) -> Result<Value, Failure> {
        match self {
            Self::Direct(engine) => answer(engine.end(id).await),
            Self::Remote(server) => server.delete(&["islands", &id.to_string()], &[]).await,
        }
    }

    /// Removes all islands.
    pub async fn reset(&self, query: ResetQuery) -> Result<Value, Failure> {
        match self {
            Self::Direct(engine) => answer(engine.reset_alone(query).await),
            Self::Remote(server) => server.post_nothing(&["reset"], &[("force", flag(query.force))]).await,
        }
    }

    /// Takes a backup.
    pub async fn backup(&self, request: BackupRequest) -> Result<Value, Failure> {
        match self {
            Self::Direct(engine) => answer(engine.backup(request).await),
            Self::Remote(server) => server.post(&["backups"], &request, None).await,
        }
    }

    /// Removes a backup.
    pub async fn remove_backup(&self, name: BackupName) -> Result<Value, Failure> {
        match self {
            Self::Direct(engine) => answer(engine.remove_backup(name).await),
            Self::Remote(server) => server.delete(&["backups", name.as_str()], &[]).await,
        }
    }

    /// The backups.
    pub async fn backups(&self) -> Result<Value, Failure> {
        match self {
            Self::Direct(engine) => answer(engine.backups().await),
            Self::Remote(server) => server.get(&["backups"], &[]).await,
        }
    }

    /// Begins a session.
    pub async fn begin_session(&self, request: SessionRequest) -> Result<Value, Failure> {
        match self {
            Self::Direct(engine) => answer(engine.begin_session(request).await),
            Self::Remote(server) => server.post(&["sessions"], &request, None).await,
        }
    }

    /// Ends a session.
    pub async fn end_session(&self, id: SessionId, query: EndSessionQuery) -> Result<Value, Failure> {
        match self {
            Self::Direct(engine) => answer(engine.end_session(id, query).await),
            Self::Remote(server) => {
                let EndSessionQuery { hybrid, force } = query;
                let pairs = [("hybrid", flag(hybrid)), ("force", flag(force))];
                server.delete(&["sessions", &id.to_string()], &pairs).await
            }
        }
    }

    /// Removes the islands that a query leaves.
    pub async fn end_all(&self, query: EndQuery) -> Result<Value, Failure> {
        match self {
            Self::Direct(engine) => answer(engine.end_all(query).await),
            Self::Remote(server) => {
                let EndQuery { label, scenario, older_than } = query;
                let pairs = [("label", label), ("scenario", scenario), ("older_than", older_than)];
                server.delete(&["islands"], &pairs).await
            }
        }
    }

    /// What happened.
    pub async fn events(&self, island: Option<IslandId>, query: EventsQuery) -> Result<Value, Failure> {
        match self {
            Self::Direct(engine) => answer(engine.past_events(island, query).await),
            Self::Remote(server) => {
                let after = query.after.map(|after| after.to_string());
                let pairs = [("after", after), ("limit", query.limit.map(|limit| limit.to_string()))];
                match island {
                    Some(id) => server.get(&["islands", &id.to_string(), "events"], &pairs).await,
                    None => server.get(&["events", "past"], &pairs).await,
                }
            }
        }
    }

    /// What an island's runs did.
    pub async fn explain(&self, id: IslandId) -> Result<Value, Failure> {
        match self {
            Self::Direct(engine) => answer(engine.explain(id).await),
            Self::Remote(server) => server.get(&["islands", &id.to_string(), "explain"], &[]).await,
        }
    }

    /// An island as it is now, written down.
    pub async fn export(&self, id: IslandId, format: ExportFormat) -> Result<String, Failure> {
        let id_text = id.to_string();
        let path = ["islands", &id_text, "export"];
        let query = |word: &str| [("format", Some(word.to_owned()))];
        match (self, format) {
            (Self::Direct(engine), ExportFormat::Sql) => engine.export_sql(id).await.map_err(failure),
            (Self::Direct(engine), ExportFormat::Json) => answer(engine.export_json(id).await).map(lines),
            (Self::Remote(server), ExportFormat::Sql) => server.get_text(&path, &query("sql")).await,
            (Self::Remote(server), ExportFormat::Json) => server.get(&path, &query("json")).await.map(lines),
        }
    }

    /// What a run did that was refused.
    pub async fn explain_refusal(&self, event: i64) -> Result<Value, Failure> {
        match self {
            Self::Direct(engine) => answer(engine.explain_refusal(event).await),
            Self::Remote(server) => server.get(&["events", &event.to_string(), "explain"], &[]).await,
        }
    }

    /// Whether clean-up left nothing behind.
    pub async fn verify_cleanup(&self, query: VerifyQuery) -> Result<Value, Failure> {
        match self {
            Self::Direct(engine) => answer(engine.verify_cleanup(query).await),
            Self::Remote(server) => {
                let island = query.island.map(|island| island.to_string());
                server.get(&["verify", "cleanup"], &[("island", island)]).await
            }
        }
    }

    /// Finishes what is being written.
    pub async fn close(self) -> Result<(), Failure> {
        match self {
            Self::Direct(engine) => engine.close().await.map_err(failure),
            Self::Remote(_) => Ok(()),
        }
    }
}

/// Starts an engine.
pub async fn engine(config: HostConfig, sandbox: SandboxConfig) -> Result<Engine, Failure> {
    let store = store(&config)?;
    let sandbox = SandboxConfig { cache: Some(config.cache.clone()), ..sandbox };
    let name = config.database.name().unwrap_or_default();
    let HostConfig { plugins, trusted, kept, schemas, settings, signing_key, .. } = config;
    let config = EngineConfig { store, sandbox, plugins, trusted, kept, schemas, settings, signing_key };
    Engine::start(config).await.map_err(|reason| start_failure(reason, &name))
}

/// Loads plugins as a host would, and tells what they are.
pub async fn try_plugins(plugins: Vec<PluginSource>) -> Result<Vec<ScenarioSummary>, Failure> {
    let engine = trial(plugins).await?;
    let scenarios = engine.scenarios();
    engine.close().await.map_err(failure)?;
    Ok(scenarios)
}

/// An engine for these plugins alone, which keeps nothing.
pub async fn trial(plugins: Vec<PluginSource>) -> Result<Engine, Failure> {
    let config = EngineConfig {
        store: StoreConfig::new("sqlite::memory:"),
        // Two runs of one scenario at once show what depends on more than its inputs.
        sandbox: SandboxConfig { slots: 2, cache: config::cache(), ..one_shot() },
        plugins,
        trusted: None,
        kept: false,
        schemas: Vec::new(),
        settings: Settings::default(),
        // Nothing is signed with it.
        signing_key: SigningKey::Hs256(vec![0; 32]),
    };
    Engine::start(config).await.map_err(|reason| start_failure(reason, ""))
}

/// Whether what answers at an address is an Insula.
pub async fn is_insula(address: SocketAddr) -> bool {
    let ask = async || {
        let client = reqwest::Client::builder().timeout(PATIENCE).build()?;
        client.get(format!("http://{address}/openapi.json")).send().await?.json::<Value>().await
    };
    let title =
        ask().await.ok().and_then(|document| Some(document.get("info")?.get("title")?.as_str()?.to_owned()));
    title.is_some_and(|title| title.contains("Insula"))
}

fn store(config: &HostConfig) -> Result<StoreConfig, Failure> {
    let adopt = match &config.adopt {
        None => false,
        Some(wanted) if Some(wanted) == config.database.name().as_ref() => true,
        Some(wanted) => {
            let what = format!("--adopt-database names {wanted:?}, but the database is {}", config.database);
            return Err(Failure::new(Exit::Usage, what)
                .mend("give the name of the database's file, without directories; of a PostgreSQL, the database's name"));
        }
    };
    let synchronous = if config.relaxed_durability { Synchronous::Relaxed } else { Synchronous::default() };
    Ok(StoreConfig {
        adopt,
        synchronous,
        backups: config.backups.clone(),
        ..StoreConfig::new(config.database.url())
    })
}

/// Why an engine did not start on the database of this name.
fn start_failure(reason: StartError, name: &str) -> Failure {
    match &reason {
        StartError::Store(StoreError::NotMarked { .. }) => {
            Failure::because(Exit::Unavailable, "the database is not marked as one for tests", &reason)
                .mend(format!("if it holds nothing but test data: --adopt-database {name}"))
        }
        StartError::Store(_) => Failure::because(Exit::Unavailable, "the database cannot be used", &reason),
        _ => Failure::because(Exit::Usage, "the host cannot start", &reason),
    }
}

fn answer<T: Serialize>(answer: Result<T, EngineError>) -> Result<Value, Failure> {
    json(&answer.map_err(failure)?)
}

fn json<T: Serialize>(answer: &T) -> Result<Value, Failure> {
    serde_json::to_value(answer)
        .map_err(|reason| Failure::because(Exit::Failed, "the answer is not JSON", &reason))
}

/// The problem document that a server would have sent.
pub fn failure(reason: EngineError) -> Failure {
    match json(&Problem::from(reason)) {
        Ok(Value::Object(problem)) => Failure::problem(problem),
        Ok(other) => Failure::new(Exit::Failed, other.to_string()),
        Err(failure) => failure,
    }
}

/// JSON as people read it.
fn lines(value: Value) -> String {
    format!("{value:#}\n")
}

/// A yes as it stands in a URL.
fn flag(yes: bool) -> Option<String> {
    yes.then(|| "true".to_owned())
}

/// A query as it stands in a URL.
fn pairs(query: IslandsQuery) -> [(&'static str, Option<String>); 5] {
    let IslandsQuery { label, scenario, older_than, limit, after } = query;
    [
        ("label", label),
        ("scenario", scenario),
        ("older_than", older_than),
        ("limit", limit.map(|limit| limit.to_string())),
        ("after", after.map(|after| after.to_string())),
    ]
}
