//! From the start of the program to the first island, on a fresh database.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use hyper::body::Bytes;

use crate::server::{DataDir, Server};
use crate::stats::Times;
use crate::table::{Table, millis};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// So many times each
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=100))]
    rounds: u16,
}

pub async fn run(insula: &Path, args: Args) -> Result<()> {
    let data = DataDir::new()?;
    // Plugins are compiled once on a machine, not at every start.
    first_island(insula, &data).await?;
    command(insula, &data)?;

    let (mut served, mut commanded) = (Vec::new(), Vec::new());
    for _ in 0..args.rounds {
        served.push(first_island(insula, &data).await?);
        commanded.push(command(insula, &data)?);
    }
    let mut table = Table::new(["from the start of", "to", "min", "median", "max"]);
    for (what, to, times) in
        [("`insula serve`", "the first 201", served), ("`insula seed standard --json`", "its end", commanded)]
    {
        let times = Times::from_iter(times);
        let [min, median, max] = [times.min(), times.median(), times.max()].map(millis);
        table.row([what.to_owned(), to.to_owned(), min, median, max]);
    }
    table.print();
    Ok(())
}

/// How long a server takes to its first island over HTTP, migrations included.
async fn first_island(insula: &Path, data: &DataDir) -> Result<Duration> {
    data.forget_database()?;
    let began = Instant::now();
    let mut server = Server::spawn(insula, data, &[])?;
    let mut client = server.connect().await?;
    client.seed(Bytes::from_static(br#"{"scenario":"standard"}"#)).await?;
    Ok(began.elapsed())
}

/// How long the command line takes for one island, migrations included.
fn command(insula: &Path, data: &DataDir) -> Result<Duration> {
    data.forget_database()?;
    let began = Instant::now();
    let status = Command::new(insula)
        .args(["seed", "standard", "--json", "--data-dir"])
        .arg(data.path())
        .env_remove("DATABASE_URL")
        .env_remove("INSULA_SERVER")
        .stdout(Stdio::null())
        .status()?;
    ensure!(status.success(), "insula seed failed: {status}");
    Ok(began.elapsed())
}
