//! The arguments of runs.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use insula_domain::IslandId;
use insula_engine::Ttl;
use jiff::Timestamp;

use super::PlaceArgs;

/// What seed and plan have in common.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// The scenario
    pub name: String,
    /// One of its params: JSON, or else text; may be given often
    #[arg(long = "param", value_name = "KEY=VALUE")]
    pub param: Vec<String>,
    /// Its params as a JSON object, from a file or, with -, from standard input; --param goes on top
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub params: Option<PathBuf>,
    /// Equal seeds give equal drafts [default: a random one]
    #[arg(long, value_name = "NUMBER")]
    pub seed: Option<u64>,
    /// The run's instant, such as 2026-01-05T09:00:00Z [default: now]
    #[arg(long, value_name = "INSTANT")]
    pub clock: Option<Timestamp>,
    /// A version requirement, such as ^1 [default: the default version]
    #[arg(long, value_name = "VERSION")]
    pub version: Option<String>,
    /// Add to this island [default: a new one]
    #[arg(long, value_name = "ISLAND")]
    pub into: Option<IslandId>,
    /// Write down each call of the host; --json shows them
    #[arg(long)]
    pub journal: bool,
}

#[derive(Debug, Args)]
pub struct SeedArgs {
    #[command(flatten)]
    pub run: RunArgs,
    /// How long the island is kept, such as 90m; at most 24h, or keep: until somebody ends it [default: 2h]
    #[arg(long, value_name = "DURATION")]
    pub ttl: Option<Ttl>,
    /// What the island is for, such as the test's title
    #[arg(long, value_name = "TEXT")]
    pub label: Option<String>,
    /// The same key and request give the same island again
    #[arg(long, value_name = "KEY")]
    pub idempotency_key: Option<String>,
    #[command(flatten)]
    pub place: PlaceArgs,
}

#[derive(Debug, Args)]
pub struct PlanArgs {
    #[command(flatten)]
    pub run: RunArgs,
    #[command(flatten)]
    pub place: PlaceArgs,
}
