//! An engine with the built-in scenarios on a fresh database.

#![allow(dead_code, reason = "each test binary uses a part of it")]

use insula_domain::Kind;
use insula_engine::{Engine, EngineConfig, PluginSource, SeedRequest, Settings, SigningKey, StartError};
use insula_sandbox::SandboxConfig;
use insula_store::StoreConfig;
use serde_json::{Value, json};

pub const SECRET: &[u8] = b"a secret of thirty-two bytes ...";

/// An engine and the folder of its database, which goes with it.
pub struct Host {
    pub engine: Engine,
    _folder: tempfile::TempDir,
}

pub async fn host() -> Host {
    host_with(Settings::default()).await
}

pub async fn host_with(settings: Settings) -> Host {
    start(settings, Vec::new()).await.expect("the engine starts")
}

pub async fn host_signing(signing_key: SigningKey, settings: Settings) -> Host {
    start_signing(signing_key, settings, Vec::new()).await.expect("the engine starts")
}

pub async fn start(settings: Settings, schemas: Vec<(Kind, Value)>) -> Result<Host, StartError> {
    start_signing(SigningKey::Hs256(SECRET.to_vec()), settings, schemas).await
}

async fn start_signing(
    signing_key: SigningKey,
    settings: Settings,
    schemas: Vec<(Kind, Value)>,
) -> Result<Host, StartError> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let plugins =
        insula_plugins::BUILTINS.iter().map(|builtin| PluginSource::built_in(builtin.name, builtin.wasm));
    let config = EngineConfig {
        store: StoreConfig::new(folder.path().join("insula.db").to_string_lossy()),
        sandbox: SandboxConfig { pooling: false, slots: 8, ..SandboxConfig::default() },
        plugins: plugins.chain([guest("good")]).collect(),
        trusted: None,
        kept: true,
        schemas,
        settings,
        signing_key,
    };
    Ok(Host { engine: Engine::start(config).await?, _folder: folder })
}

/// A plugin that is there for tests.
fn guest(name: &str) -> PluginSource {
    PluginSource::new(format!("test guest {name}"), insula_test_guests::guest(name))
}

/// A request with everything fixed that could differ from run to run.
pub fn fixed(scenario: &str, params: Value) -> SeedRequest {
    let request =
        json!({ "scenario": scenario, "params": params, "seed": 42, "clock": "2026-01-05T09:00:00Z" });
    serde_json::from_value(request).expect("a request")
}

pub fn json(answer: &impl serde::Serialize) -> Value {
    serde_json::to_value(answer).expect("an answer")
}
