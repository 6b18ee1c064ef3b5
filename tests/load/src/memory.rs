//! What a server takes when it is idle, and with many runs at once.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use hyper::Method;
use hyper::body::Bytes;

use crate::client::{Client, SEED};
use crate::growth::calendar;
use crate::process::{Resident, forget_peak, resident};
use crate::server::{DataDir, Server};
use crate::table::{Table, mebibytes};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Runs at once
    #[arg(long, default_value_t = 999, value_parser = clap::value_parser!(u16).range(1..=1000))]
    runs: u16,
}

/// Runs that loop until their time is over, so that all of them are there at once.
const LOOPS: &str = "loops_for_ever";
/// Long enough for a thousand requests to arrive.
const SETTINGS: &str = "[scenarios.loops_for_ever.quotas]\nwall_ms = 2000\n";

pub async fn run(insula: &Path, args: Args) -> Result<()> {
    let data = DataDir::new()?;
    let (plugins, settings) = (data.path().join("plugins"), data.path().join("insula.toml"));
    fs::create_dir(&plugins)?;
    fs::write(plugins.join("loops.wasm"), insula_test_guests::guest(LOOPS))?;
    fs::write(&settings, SETTINGS)?;
    let path = |path: &Path| path.to_str().map(str::to_owned).context("the temporary directory is not UTF-8");
    let more = ["--plugins", &path(&plugins)?, "--config", &path(&settings)?];
    // Compiling leaves memory behind that a start from the cache does not take.
    drop(Server::start(insula, &data, &more).await?);
    data.forget_database()?;

    let mut server = Server::start(insula, &data, &more).await?;
    let mut table = Table::new(["server", "resident", "of it not in files", "at its peak"]);
    let mut show = |what: String, found: Resident| {
        table.row([what, mebibytes(found.now), mebibytes(found.anonymous), mebibytes(found.peak)]);
    };
    show("ready".to_owned(), resident(server.pid())?);
    let mut client = server.connect().await?;
    client.seed(Bytes::from_static(br#"{"scenario":"standard"}"#)).await?;
    show("after one island".to_owned(), resident(server.pid())?);

    let (standing, refused) = at_once(&server, args.runs).await?;
    show(format!("{} runs that loop", args.runs), standing);
    show("after these".to_owned(), resident(server.pid())?);

    forget_peak(server.pid())?;
    client.seed(calendar(100_000)).await?;
    show("after an island of 100,000 appointments".to_owned(), resident(server.pid())?);
    table.print();
    println!("Of the {} runs, {refused} found no sandbox free in time.", args.runs);
    Ok(())
}

/// The peak while so many runs loop, and how many of them never began.
async fn at_once(server: &Server, runs: u16) -> Result<(Resident, usize)> {
    let body = Bytes::from(format!(r#"{{"scenario":"{LOOPS}"}}"#));
    let clients = (0..runs).map(|_| Client::connect(server.address));
    let mut clients = futures::future::try_join_all(clients).await?;
    forget_peak(server.pid())?;
    let requests = clients.iter_mut().map(|client| client.send(Method::POST, SEED, body.clone()));
    let answers = futures::future::try_join_all(requests).await?;
    let refused = answers.iter().filter(|(status, _)| status.as_u16() == 503).count();
    Ok((resident(server.pid())?, refused))
}
