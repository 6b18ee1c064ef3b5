//! The arguments of what shows and ends islands.

use clap::Args;
use insula_domain::IslandId;

use super::PlaceArgs;

/// Which islands are meant.
#[derive(Debug, Args)]
pub struct FilterArgs {
    /// Only those with this label
    #[arg(long, value_name = "TEXT")]
    pub label: Option<String>,
    /// Only those that this scenario made
    #[arg(long, value_name = "NAME")]
    pub scenario: Option<String>,
    /// Only those older than this, such as 30m
    #[arg(long, value_name = "DURATION")]
    pub older_than: Option<String>,
}

#[derive(Debug, Args)]
pub struct IslandsArgs {
    /// Show this one whole
    #[arg(value_name = "ISLAND", conflicts_with_all = ["label", "scenario", "older_than", "limit", "after"])]
    pub id: Option<IslandId>,
    #[command(flatten)]
    pub filter: FilterArgs,
    /// How many at most: 1 to 1000 [default: 100]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub limit: Option<u32>,
    /// Only those that come after this one in the list
    #[arg(long, value_name = "ISLAND")]
    pub after: Option<IslandId>,
    #[command(flatten)]
    pub place: PlaceArgs,
}

#[derive(Debug, Args)]
pub struct EndArgs {
    /// The islands to remove
    #[arg(value_name = "ISLAND", required = true)]
    pub ids: Vec<IslandId>,
    #[command(flatten)]
    pub place: PlaceArgs,
}

#[derive(Debug, Args)]
#[group(id = "filter", multiple = true, required = true, args = ["label", "scenario", "older_than"])]
pub struct SweepArgs {
    #[command(flatten)]
    pub filter: FilterArgs,
    /// Remove them, rather than show them
    #[arg(long)]
    pub yes: bool,
    #[command(flatten)]
    pub place: PlaceArgs,
}

#[derive(Debug, Args)]
pub struct EventsArgs {
    /// Of this island [default: of all, the last ones]
    #[arg(value_name = "ISLAND")]
    pub id: Option<IslandId>,
    /// Only those after this one
    #[arg(long, value_name = "NUMBER")]
    pub after: Option<i64>,
    /// How many at most: 1 to 1000 [default: 100]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub limit: Option<u32>,
    #[command(flatten)]
    pub place: PlaceArgs,
}

#[derive(Debug, Args)]
pub struct ResetArgs {
    /// Also while runs are under way, or another host uses the database
    #[arg(long)]
    pub force: bool,
    #[command(flatten)]
    pub place: PlaceArgs,
}
