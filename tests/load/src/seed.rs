//! Many requests at once.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use anyhow::{Result, ensure};
use hyper::body::Bytes;

use crate::client::SEED;
use crate::load::{Until, load};
use crate::process;
use crate::server::{DataDir, Server};
use crate::stats::{micros_each, per_second};
use crate::table::{Table, millis};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// What to ask for
    #[arg(long, value_name = "JSON", default_value = r#"{"scenario":"standard"}"#)]
    body: String,
    /// So many connections at once
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=1000))]
    connections: u16,
    /// So long, each round
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=60))]
    seconds: u16,
    /// So many times
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=20))]
    rounds: u16,
    /// Load the server at this address of loopback instead of starting one
    #[arg(long, requires = "pid")]
    address: Option<SocketAddr>,
    /// That server's process
    #[arg(long, requires = "address")]
    pid: Option<u32>,
}

/// Long enough for statements to be prepared and memory to be there.
const WARM_UP: Duration = Duration::from_secs(1);

pub async fn run(insula: &Path, args: Args) -> Result<()> {
    let data = DataDir::new()?;
    let own;
    let (address, pid) = match (args.address, args.pid) {
        (Some(address), Some(pid)) => (address, pid),
        _ => {
            own = Server::start(insula, &data, &[]).await?;
            (own.address, own.pid())
        }
    };
    let body = Bytes::from(args.body);
    let connections = usize::from(args.connections);
    let time = Duration::from_secs(args.seconds.into());
    let warm = load(address, SEED, &body, connections, Until::Passed(WARM_UP)).await?;
    ensure!(warm.times.count() > 0, "not one request succeeded");

    let mut table =
        Table::new(["round", "requests/s", "p50", "p99", "max", "errors", "server CPU a request"]);
    for round in 1..=args.rounds {
        let before = process::cpu(pid)?;
        let done = load(address, SEED, &body, connections, Until::Passed(time)).await?;
        let spent = process::cpu(pid)?.saturating_sub(before);
        let count = done.times.count();
        table.row([
            round.to_string(),
            format!("{:.0}", per_second(count, done.took)),
            millis(done.times.median()),
            millis(done.times.percentile(99)),
            millis(done.times.max()),
            done.errors.to_string(),
            format!("{:.3} ms", micros_each(spent, count + done.errors) / 1e3),
        ]);
    }
    table.print();
    Ok(())
}
