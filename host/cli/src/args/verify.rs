//! The arguments of proofs.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};
use insula_domain::IslandId;

use super::{HostArgs, PlaceArgs};

#[derive(Debug, Args)]
pub struct CleanupArgs {
    /// Only this island [default: all]
    #[arg(value_name = "ISLAND")]
    pub id: Option<IslandId>,
    #[command(flatten)]
    pub place: PlaceArgs,
}

#[derive(Debug, Args)]
pub struct VerifyArgs {
    #[command(subcommand)]
    pub what: Verify,
}

#[derive(Debug, Subcommand)]
pub enum Verify {
    /// Try to get from one island to another, by every call of the clinic application
    ///
    /// Of each scenario two islands are made in the database, and removed at the end. The application is served on
    /// loopback for as long as that takes.
    Isolation(IsolationArgs),
    /// Check cleanup certificates, and scan the database again for what islands left
    Cleanup(CleanupArgs),
}

#[derive(Debug, Args)]
pub struct IsolationArgs {
    /// A scenario to make the islands of; may be given often [default: all]
    #[arg(long, value_name = "NAME")]
    pub scenario: Vec<String>,
    /// Write the result as JUnit XML to this file as well
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub junit: Option<PathBuf>,
    #[command(flatten)]
    pub host: HostArgs,
}
