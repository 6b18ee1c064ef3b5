//! What the tests of this crate share.

use std::sync::Arc;
use std::time::Duration;

use insula_domain::{Defaults, Draft, Setup};
use insula_sandbox::{Built, LoadError, Plugin, Quotas, Run, RunError, Sandbox, SandboxConfig};
use insula_test_guests::guest;

/// Sandboxes, and drafts for their runs.
pub struct Host {
    pub sandbox: Sandbox,
    setup: Arc<Setup>,
    pub quotas: Quotas,
}

impl Host {
    /// A host that can run two at once.
    pub fn new() -> Self {
        Self::with(SandboxConfig { slots: 2, ..SandboxConfig::default() })
    }

    pub fn with(config: SandboxConfig) -> Self {
        let setup = Arc::new(Setup::builtin(Defaults::default()).unwrap());
        // No time that a slow machine could run out of: fuel ends what does not end.
        let quotas = Quotas { wall: Duration::from_secs(600), ..config.quotas };
        Self { sandbox: Sandbox::new(config).unwrap(), setup, quotas }
    }

    pub async fn load(&self, name: &str) -> Result<Plugin, LoadError> {
        self.sandbox.load(&guest(name)).await
    }

    pub async fn run(&self, plugin: &Plugin, quotas: &Quotas) -> Result<Built, RunError> {
        let run = Run { params: "{}", seed: 42, clock: jiff::Timestamp::UNIX_EPOCH, quotas, journal: false };
        self.sandbox.run(plugin, run, Draft::new(Arc::clone(&self.setup), quotas.draft)).await
    }

    /// Loads a guest and runs it.
    pub async fn try_guest(&self, name: &str) -> Result<Built, RunError> {
        let plugin = self.load(name).await.unwrap();
        self.run(&plugin, &self.quotas).await
    }

    /// Asserts that nothing is left of what went before.
    pub async fn still_works(&self) {
        let built = self.try_guest("good").await.unwrap();
        assert_eq!(built.draft.entities().total(), 1);
    }
}
