//! Many islands, each ended: at once and in a row, and whether every certificate is clean.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use futures::future::try_join_all;
use hyper::Method;
use hyper::body::Bytes;
use serde_json::Value;

use crate::client::Client;
use crate::server::{DataDir, DatabaseArgs, Server};
use crate::stats::{Times, per_second};
use crate::table::{Table, millis};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Islands that are seeded, and then ended, by all clients at once
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    at_once: u32,
    /// How many clients do so
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=200))]
    clients: u16,
    /// Islands that are seeded and ended one after the other
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    in_a_row: u32,
    #[command(flatten)]
    database: DatabaseArgs,
}

static STANDARD: Bytes = Bytes::from_static(br#"{"scenario":"standard"}"#);

pub async fn run(insula: &Path, args: Args) -> Result<()> {
    let data = DataDir::with(args.database)?;
    let mut server = Server::start(insula, &data, &[]).await?;
    let mut table = Table::new(["islands", "clients", "islands/s", "p50 of an end", "p99", "largest"]);
    let at_once = args.at_once.div_ceil(args.clients.into());
    let began = Instant::now();
    let clients = try_join_all((0..args.clients).map(|_| Client::connect(server.address))).await?;
    let times = try_join_all(clients.into_iter().map(|mut client| async move {
        let mut islands = Vec::new();
        for _ in 0..at_once {
            islands.push(seed(&mut client).await?);
        }
        let mut times = Vec::new();
        for island in islands {
            times.push(end(&mut client, &island).await?);
        }
        anyhow::Ok(times)
    }));
    let times = times.await?.concat();
    row(&mut table, args.clients, times, began);

    let mut client = server.connect().await?;
    let (began, mut times) = (Instant::now(), Vec::new());
    for _ in 0..args.in_a_row {
        let island = seed(&mut client).await?;
        times.push(end(&mut client, &island).await?);
    }
    row(&mut table, 1, times, began);
    table.print();

    let islands = u64::from(at_once) * u64::from(args.clients) + u64::from(args.in_a_row);
    let verified = client.expect(Method::GET, "/api/test/verify/cleanup", Bytes::new()).await?;
    let verified: Value = serde_json::from_slice(&verified)?;
    ensure!(
        verified["clean"] == true && verified["certificates"] == islands,
        "of {islands} islands not all ended clean: {verified}"
    );
    println!(
        "\n{islands} certificates, all of them clean; the database was scanned again, and nothing is left."
    );
    Ok(())
}

fn row(table: &mut Table, clients: u16, times: Vec<std::time::Duration>, began: Instant) {
    let (islands, took) = (times.len(), began.elapsed());
    let times = Times::from_iter(times);
    table.row([
        islands.to_string(),
        clients.to_string(),
        format!("{:.0}", per_second(islands, took)),
        millis(times.median()),
        millis(times.percentile(99)),
        millis(times.max()),
    ]);
}

async fn seed(client: &mut Client) -> Result<String> {
    let island: Value = serde_json::from_slice(&client.seed(STANDARD.clone()).await?)?;
    Ok(island["island_id"].as_str().context("the answer has no island_id")?.to_owned())
}

/// Ends an island; how long it took, when its certificate is clean.
async fn end(client: &mut Client, island: &str) -> Result<std::time::Duration> {
    let (path, began) = (format!("/api/test/islands/{island}"), Instant::now());
    let answer = client.expect(Method::DELETE, &path, Bytes::new()).await?;
    let took = began.elapsed();
    let answer: Value = serde_json::from_slice(&answer)?;
    ensure!(answer["removed"] == true && answer["certificate"]["clean"] == true, "{answer}");
    Ok(took)
}
