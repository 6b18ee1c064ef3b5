//! Loads plugins without a host, to learn what they are.

use insula_engine::{CatalogError, PluginSource};
use insula_sandbox::{Sandbox, SandboxConfig};

use crate::config;
use crate::failure::{Exit, Failure};
use crate::host;

/// Loads one plugin after the other. One that was changed a little is compiled faster than it was at first.
pub struct Loader(Sandbox);

impl Loader {
    /// Sets it up.
    pub fn new() -> Result<Self, Failure> {
        let config = SandboxConfig { cache: config::cache(), rebuilds: true, ..host::one_shot() };
        Sandbox::new(config).map(Self).map_err(|reason| {
            Failure::because(Exit::Unavailable, "scenarios cannot be run on this machine", &reason)
        })
    }

    /// What a plugin says of itself, as JSON. It is loaded as a host would load it.
    pub async fn manifest(&self, source: &PluginSource) -> Result<Vec<u8>, Failure> {
        let plugin = self.0.load(&source.wasm).await.map_err(|reason| {
            let reason = CatalogError::Load { origin: source.origin.clone(), reason };
            Failure::because(Exit::Usage, "this plugin cannot be loaded", &reason)
        })?;
        serde_json::to_vec(plugin.manifest())
            .map_err(|reason| Failure::because(Exit::Failed, "the manifest is not JSON", &reason))
    }
}
