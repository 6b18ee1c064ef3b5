//! How long the removal of a large island takes.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result};
use hyper::Method;
use hyper::body::Bytes;
use serde_json::Value;

use crate::growth::{calendar, fill};
use crate::server::{DataDir, DatabaseArgs, Server};
use crate::stats::Times;
use crate::table::{Table, millis};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Other islands in the database, in ascending order
    #[arg(long, value_delimiter = ',', default_values_t = [10, 1_000, 10_000], value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    islands: Vec<u32>,
    /// Large islands to remove beside so many others
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=100))]
    rounds: u16,
    #[command(flatten)]
    database: DatabaseArgs,
}

/// With the forty rows around them, 10,000.
const APPOINTMENTS: u32 = 9_960;

pub async fn run(insula: &Path, args: Args) -> Result<()> {
    let data = DataDir::with(args.database)?;
    let mut server = Server::start(insula, &data, &[]).await?;
    let mut client = server.connect().await?;
    let mut table = Table::new(["other islands", "rows removed", "min", "median", "max"]);
    let mut there = 0;
    for others in args.islands {
        there += fill(&server, (others as usize).saturating_sub(there)).await?;
        let (mut times, mut rows) = (Vec::new(), 0);
        for _ in 0..args.rounds {
            let answer = client.seed(calendar(APPOINTMENTS)).await?;
            let island: Value = serde_json::from_slice(&answer)?;
            let id = island["island_id"].as_str().context("the answer has no island_id")?;
            let path = format!("/api/test/islands/{id}");
            let began = Instant::now();
            let answer = client.expect(Method::DELETE, &path, Bytes::new()).await?;
            times.push(began.elapsed());
            rows = total(&serde_json::from_slice(&answer)?);
        }
        let times = Times::from_iter(times);
        let [min, median, max] = [times.min(), times.median(), times.max()].map(millis);
        table.row([there.to_string(), rows.to_string(), min, median, max]);
    }
    table.print();
    Ok(())
}

/// How many rows went, by what the answer says of each table.
fn total(answer: &Value) -> u64 {
    answer["certificate"]["rows"]
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(_, rows)| rows.as_u64())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_summed_over_tables() {
        assert_eq!(
            total(&serde_json::json!({ "certificate": { "rows": { "users": 2, "patients": 3 } } })),
            5
        );
        assert_eq!(total(&serde_json::json!({})), 0);
    }
}
