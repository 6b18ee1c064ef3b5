//! Plugins that were loaded.

use std::fmt;
use std::sync::Arc;

use insula_domain::{Digest, Manifest};
use tokio::sync::OnceCell;

use crate::contract::Bound;

/// A plugin that keeps the contract, compiled and ready to run. Copies share the code.
#[derive(Clone)]
pub struct Plugin(pub(crate) Arc<Loaded>);

pub(crate) struct Loaded {
    pub(crate) code: Code,
    pub(crate) manifest: Manifest,
    pub(crate) digest: Digest,
    pub(crate) contract: String,
    pub(crate) imports: Vec<String>,
}

/// A plugin's code, tied to the host's functions.
pub(crate) enum Code {
    Here(Box<dyn Bound>),
    /// It is made of a part of this program when it first runs.
    Later(&'static [u8], OnceCell<Box<dyn Bound>>),
}

impl Plugin {
    /// What the scenario says of itself.
    pub fn manifest(&self) -> &Manifest {
        &self.0.manifest
    }

    /// The SHA-256 of the plugin's bytes.
    pub fn digest(&self) -> Digest {
        self.0.digest
    }

    /// The version of the contract for which it was made.
    pub fn contract(&self) -> &str {
        &self.0.contract
    }

    /// The interfaces that it imports, with their versions.
    pub fn imports(&self) -> &[String] {
        &self.0.imports
    }
}

impl fmt::Debug for Plugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Loaded { manifest, digest, .. } = &*self.0;
        write!(f, "Plugin({} {} {digest})", manifest.name, manifest.version)
    }
}
