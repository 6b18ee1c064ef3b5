//! Plugins before they are taken, and why one is not.

use std::borrow::Cow;

use insula_sandbox::LoadError;

use crate::trust::TrustError;

/// A plugin's bytes and where they are from.
#[derive(Clone)]
pub struct PluginSource {
    /// A file's path or an address, or that it is built in.
    pub origin: String,
    /// The component.
    pub wasm: Cow<'static, [u8]>,
    /// Who vouches for it: the line that `insula sign` wrote.
    pub signature: Option<String>,
    /// Whether it is a part of this program, for which no signature is asked.
    pub built_in: bool,
}

impl PluginSource {
    /// A plugin from somewhere.
    pub fn new(origin: impl Into<String>, wasm: impl Into<Cow<'static, [u8]>>) -> Self {
        Self { origin: origin.into(), wasm: wasm.into(), signature: None, built_in: false }
    }

    /// A plugin that is a part of this program.
    pub fn built_in(name: &str, wasm: &'static [u8]) -> Self {
        Self { built_in: true, ..Self::new(format!("built-in {name}"), wasm) }
    }

    /// The same, with who vouches for it.
    #[must_use]
    pub fn signed(self, signature: Option<String>) -> Self {
        Self { signature, ..self }
    }
}

impl std::fmt::Debug for PluginSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PluginSource({}, {} bytes)", self.origin, self.wasm.len())
    }
}

/// A plugin cannot be taken into the catalog.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// It is no plugin of this host's contract.
    #[error("{origin}: {reason}")]
    Load {
        /// Where it is from.
        origin: String,
        /// Why not.
        reason: LoadError,
    },
    /// Nobody whom this host trusts vouches for it.
    #[error("{origin}: {reason}")]
    Untrusted {
        /// Where it is from.
        origin: String,
        /// Why not.
        reason: TrustError,
    },
    /// One of its schemas does not compile.
    #[error("{origin}: the {of} schema of {scenario} is no JSON Schema (draft 2020-12): {reason}")]
    Schema {
        /// Where it is from.
        origin: String,
        /// The scenario.
        scenario: String,
        /// Whose: that of the params, or of the outputs.
        of: &'static str,
        /// Why not.
        reason: String,
    },
    /// One of its examples does not fit its own schema.
    #[error("{origin}: the example {example:?} of {scenario} does not fit its params schema: {reason}")]
    Example {
        /// Where it is from.
        origin: String,
        /// The scenario.
        scenario: String,
        /// The example's title.
        example: String,
        /// Where it does not fit.
        reason: String,
    },
    /// Another plugin has the name and version.
    #[error(
        "{origin}: {scenario} {version} was loaded from {other} already; raise the version or remove one of them"
    )]
    Duplicate {
        /// Where it is from.
        origin: String,
        /// The scenario.
        scenario: String,
        /// The version.
        version: String,
        /// Where the other is from.
        other: String,
    },
    /// Another scenario answers to the name.
    #[error("{origin}: {scenario} wants to answer to {name:?}, but that is a name of {other}")]
    Name {
        /// Where it is from.
        origin: String,
        /// The scenario.
        scenario: String,
        /// The name.
        name: String,
        /// The scenario that has it.
        other: String,
    },
    /// It says that it is something else than what was asked for.
    #[error("{origin}: this is {scenario} {version}, and not {wanted}")]
    Other {
        /// Where it is from.
        origin: String,
        /// The scenario.
        scenario: String,
        /// Its version.
        version: String,
        /// What was asked for.
        wanted: String,
    },
}
