//! The arguments of what shows and changes the scenarios of a host.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::PlaceArgs;

#[derive(Debug, Args)]
pub struct ScenariosArgs {
    /// Show this one whole
    pub name: Option<String>,
    /// A version requirement, such as ^1 [default: the default version]
    #[arg(long, value_name = "VERSION", requires = "name")]
    pub version: Option<String>,
    #[command(flatten)]
    pub place: PlaceArgs,
}

#[derive(Debug, Args)]
pub struct AddArgs {
    /// A plugin (*.wasm), a declarative scenario, a Cargo package, a directory of such files, or the http or https address
    /// of a plugin [default: what the lock file has]
    #[arg(value_name = "SOURCE", value_hint = ValueHint::AnyPath)]
    pub sources: Vec<String>,
    #[command(flatten)]
    pub lock: LockArgs,
    #[command(flatten)]
    pub place: PlaceArgs,
}

/// What to do about the lock file.
#[derive(Debug, Args)]
pub struct LockArgs {
    /// The file that says which plugin each version is
    #[arg(long, value_name = "FILE", default_value = "insula.lock", value_hint = ValueHint::FilePath)]
    pub lock: PathBuf,
    /// Add only what the lock file has
    #[arg(long, conflicts_with = "update")]
    pub locked: bool,
    /// Add also what differs from the lock file, and write it down there
    #[arg(long)]
    pub update: bool,
}

#[derive(Debug, Args)]
pub struct RemoveArgs {
    /// The scenario, and which version of it [default: all that the database holds]
    #[arg(value_name = "NAME[@VERSION]")]
    pub scenario: String,
    /// The file that says which plugin each version is
    #[arg(long, value_name = "FILE", default_value = "insula.lock", value_hint = ValueHint::FilePath)]
    pub lock: PathBuf,
    #[command(flatten)]
    pub place: PlaceArgs,
}

#[derive(Debug, Args)]
pub struct RollbackArgs {
    /// The scenario
    pub name: String,
    /// Make this version the default, also if it is newer [default: the one before]
    #[arg(long, value_name = "VERSION")]
    pub to: Option<String>,
    #[command(flatten)]
    pub place: PlaceArgs,
}
