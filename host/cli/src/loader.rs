//! Loads plugins without a host, to learn what they are.

use insula_build::Script;
use insula_engine::{CatalogError, PluginSource};
use insula_sandbox::{Plugin, Sandbox, SandboxConfig};
use tokio::sync::OnceCell;

use crate::config;
use crate::failure::{Exit, Failure};
use crate::host;

/// Loads one plugin after the other. One that was changed a little is compiled faster than it was at first.
///
/// Its sandbox is set up for the first of them: descriptions in YAML need none.
#[derive(Default)]
pub struct Loader(OnceCell<Sandbox>);

impl Loader {
    /// What a plugin says of itself, as JSON. It is loaded as a host would load it.
    pub async fn manifest(&self, source: &PluginSource) -> Result<Vec<u8>, Failure> {
        let plugin = self.load(source).await?;
        serde_json::to_vec(plugin.manifest())
            .map_err(|reason| Failure::because(Exit::Failed, "the manifest is not JSON", &reason))
    }

    /// Leaves a plugin in the cache, where a host finds it: of one that was changed a little, in no time.
    pub async fn cache(&self, source: &PluginSource) -> Result<(), Failure> {
        self.load(source).await.map(drop)
    }

    async fn load(&self, source: &PluginSource) -> Result<Plugin, Failure> {
        self.sandbox().await?.load(&source.wasm).await.map_err(|reason| {
            let reason = CatalogError::Load { origin: source.origin.clone(), reason };
            Failure::because(Exit::Usage, "this plugin cannot be loaded", &reason)
        })
    }

    /// The plugin that an interpreter is when it has read a scenario's script.
    pub async fn interpret(&self, script: &Script) -> Result<Vec<u8>, Failure> {
        let read = self.sandbox().await?.snapshot(&script.interpreter, &script.text).await;
        read.map_err(|reason| {
            Failure::because(Exit::Failed, format!("{} cannot be built", script.file.display()), &reason)
        })
    }

    async fn sandbox(&self) -> Result<&Sandbox, Failure> {
        let config = || SandboxConfig { cache: config::cache(), rebuilds: true, ..host::one_shot() };
        self.0.get_or_try_init(async || Sandbox::new(config())).await.map_err(|reason| {
            Failure::because(Exit::Unavailable, "scenarios cannot be run on this machine", &reason)
        })
    }
}
