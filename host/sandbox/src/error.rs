//! What can go wrong before a run.

use std::time::Duration;

use insula_domain::ManifestError;

use crate::quotas::QuotaExceeded;
use crate::trap::Trapped;

/// The sandboxes cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The configuration says that no run may run.
    #[error("the host is to have no sandboxes; `sandboxes` must be 1 at least")]
    NoSlots,
    /// This machine cannot run WebAssembly.
    #[error("WebAssembly cannot run on this machine: {reason}")]
    Engine {
        /// What wasmtime says.
        reason: String,
    },
    /// The thread that lets runs share a processor did not start.
    #[error("a thread could not be started: {0}")]
    Thread(#[from] std::io::Error),
}

/// A file is not a plugin that this host can run.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// It is larger than the host loads.
    #[error("the plugin has {bytes} bytes, and a host loads at most {limit}; build it for size")]
    TooLarge {
        /// What it has.
        bytes: u64,
        /// What is allowed.
        limit: u64,
    },
    /// It is something else.
    #[error(
        "this is not WebAssembly: it does not begin with \\0asm; give the .wasm file that `insula build` wrote"
    )]
    NotWasm,
    /// It is WebAssembly, but has no types that a host could check.
    #[error(
        "this is a core module, not a component; build the scenario with `insula build`, which makes components"
    )]
    CoreModule,
    /// It is a component with a fault, or the beginning of one.
    #[error("the component is damaged or cut short: {reason}; build it or copy it again")]
    Damaged {
        /// What is wrong, and where.
        reason: String,
    },
    /// It wants something that no scenario gets.
    #[error(
        "the plugin imports `{import}`, which no scenario gets: it has no files, network, clock or randomness but \
         those of `insula:scenario`. Build Rust for wasm32-unknown-unknown with `insula build`, and other languages \
         with their tool's `--stub-wasi`"
    )]
    ForeignImport {
        /// What it wants.
        import: String,
    },
    /// It is no scenario.
    #[error(
        "the plugin does not export `{wanted}`; it exports {found}. Scenarios are made with an SDK, or from the \
         world `scenario` of sdk/wit"
    )]
    MissingExport {
        /// The interface that scenarios export.
        wanted: String,
        /// What it exports instead.
        found: String,
    },
    /// It was made for a contract of another time.
    #[error(
        "the plugin is made for `{found}`, and this host knows {known}; take an SDK of that version, or another host"
    )]
    UnknownVersion {
        /// The interface with its version.
        found: String,
        /// The versions that this host knows.
        known: String,
    },
    /// A function or type is not as the contract has it.
    #[error(
        "{item} is not as in the contract: wanted `{wanted}`, found `{found}`; build the plugin again with the SDK"
    )]
    Mismatch {
        /// Which.
        item: String,
        /// The contract's, as WIT.
        wanted: String,
        /// The plugin's, as WIT.
        found: String,
    },
    /// It cannot be compiled, or not be tied to the host.
    #[error("the plugin cannot be run: {reason}")]
    Unusable {
        /// What wasmtime says.
        reason: String,
    },
    /// It crashed while it described itself.
    #[error("`describe` did not return a manifest: {0}")]
    Trapped(Box<Trapped>),
    /// It used too much while it described itself.
    #[error("`describe` did not return a manifest: {0}")]
    Quota(QuotaExceeded),
    /// What it says of itself cannot be used.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// What stands in it is not what it says of itself.
    #[error(
        "the manifest that stands in the plugin is not what it says of itself: they differ in `{field}`; build it again \
         with `insula build`"
    )]
    OtherManifest {
        /// The first field that differs.
        field: String,
    },
    /// No sandbox became free: come again later.
    #[error(
        "no sandbox became free in {waited:?} in which the plugin could describe itself; try again later"
    )]
    Busy {
        /// For how long it waited.
        waited: Duration,
    },
}

/// No plugin was made of an interpreter and a script.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The interpreter has something against the script.
    #[error("{0}")]
    Script(String),
    /// The interpreter crashed over the script.
    #[error("it could not be read: {0}")]
    Trapped(Box<Trapped>),
    /// Reading the script used too much.
    #[error("it could not be read: {0}")]
    Quota(QuotaExceeded),
    /// The interpreter does not keep the contract, or could not be compiled.
    #[error("the interpreter is no plugin: {0}")]
    Load(#[from] LoadError),
    /// No sandbox became free: come again later.
    #[error("no sandbox became free in {waited:?} in which it could be read; try again later")]
    Busy {
        /// For how long it waited.
        waited: Duration,
    },
    /// The interpreter cannot be run, or not be written down.
    #[error("the interpreter cannot be used: {reason}")]
    Unusable {
        /// What wasmtime says.
        reason: String,
    },
}
