//! The arguments of what tells of runs.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, ValueEnum, ValueHint};
use insula_domain::IslandId;

use super::PlaceArgs;

#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// An island, or the number of the event with which a run was refused (see `insula events`)
    #[arg(value_name = "ISLAND|EVENT")]
    pub what: Explained,
    /// Write the island instead, as it is now
    #[arg(long, value_name = "FORMAT")]
    pub export: Option<ExportFormat>,
    /// Write it to this file [default: standard output]
    #[arg(long, value_name = "FILE", requires = "export", value_hint = ValueHint::FilePath)]
    pub out: Option<PathBuf>,
    #[command(flatten)]
    pub place: PlaceArgs,
}

#[derive(Debug, Args)]
pub struct ReplayArgs {
    /// An island, or the number of the event with which a run was refused (see `insula events`)
    #[arg(value_name = "ISLAND|EVENT")]
    pub what: Explained,
    #[command(flatten)]
    pub place: PlaceArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// Plain statements that load it into a database of the same kind, with what the application added
    Sql,
    /// Its entities
    Json,
}

/// What is explained.
#[derive(Clone, Copy, Debug)]
pub enum Explained {
    Island(IslandId),
    Event(i64),
}

impl FromStr for Explained {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let island = || text.parse().map(Self::Island);
        text.parse().map(Self::Event).or_else(|_| island()).map_err(|_| {
            "an island's id is a UUID, and an event's number a whole number; `insula islands` and `insula events` list them"
                .to_owned()
        })
    }
}
