//! The arguments of what tells of runs.

use std::str::FromStr;

use clap::Args;
use insula_domain::IslandId;

use super::PlaceArgs;

#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// An island, or the number of the event with which a run was refused (see `insula events`)
    #[arg(value_name = "ISLAND|EVENT")]
    pub what: Explained,
    #[command(flatten)]
    pub place: PlaceArgs,
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
