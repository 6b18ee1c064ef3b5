//! What a server takes when it is idle, and with many runs at once.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use hyper::body::Bytes;
use hyper::{Method, StatusCode};
use serde_json::Value;

use crate::client::{Client, SEED};
use crate::growth::calendar;
use crate::process::{Resident, forget_peak, resident};
use crate::server::{DataDir, Server};
use crate::table::{Table, mebibytes};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Runs at once
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u16).range(1..=1000))]
    runs: u16,
}

/// Runs that loop until their time is over, so that all of them are there at once.
const LOOPS: &str = "loops_for_ever";
/// A sandbox for each of them, and long enough for all of them to begin.
fn settings(runs: u16) -> String {
    format!("sandboxes = {runs}\n\n[scenarios.{LOOPS}.quotas]\nwall_ms = 5000\n")
}

pub async fn run(insula: &Path, args: Args) -> Result<()> {
    let data = DataDir::new()?;
    let (plugins, config) = (data.path().join("plugins"), data.path().join("insula.toml"));
    fs::create_dir(&plugins)?;
    fs::write(plugins.join("loops.wasm"), insula_test_guests::guest(LOOPS))?;
    fs::write(&config, settings(args.runs))?;
    let path = |path: &Path| path.to_str().map(str::to_owned).context("the temporary directory is not UTF-8");
    let (plugins, config) = (path(&plugins)?, path(&config)?);
    let usual = ["--plugins", &plugins];
    // Compiling leaves memory behind that a start from the cache does not take.
    drop(Server::start(insula, &data, &usual).await?);
    data.forget_database()?;

    let mut table = Table::new(["server", "resident", "of it not in files", "at its peak"]);
    let mut show = |what: String, found: Resident| {
        table.row([what, mebibytes(found.now), mebibytes(found.anonymous), mebibytes(found.peak)]);
    };
    let mut server = Server::start(insula, &data, &usual).await?;
    show("ready".to_owned(), resident(server.pid())?);
    let mut client = server.connect().await?;
    client.seed(Bytes::from_static(br#"{"scenario":"standard"}"#)).await?;
    show("after one island".to_owned(), resident(server.pid())?);
    forget_peak(server.pid())?;
    client.seed(calendar(100_000)).await?;
    show("after an island of 100,000 appointments".to_owned(), resident(server.pid())?);
    drop(server);
    data.forget_database()?;

    let server = Server::start(insula, &data, &["--plugins", &plugins, "--config", &config]).await?;
    show(format!("ready, with {} sandboxes", args.runs), resident(server.pid())?);
    let standing = at_once(&server, args.runs).await?;
    show(format!("{} runs that loop", args.runs), standing.resident);
    show("after these".to_owned(), resident(server.pid())?);
    table.print();
    println!(
        "Of the {} runs, {} were in sandboxes at once, and {} found none free in time.",
        args.runs, standing.together, standing.refused
    );
    Ok(())
}

/// What became of runs that were asked for at once.
struct Standing {
    /// The memory, with its peak while they ran.
    resident: Resident,
    /// How many had begun when the first of them ended.
    together: usize,
    /// How many never began.
    refused: usize,
}

async fn at_once(server: &Server, runs: u16) -> Result<Standing> {
    let body = Bytes::from(format!(r#"{{"scenario":"{LOOPS}"}}"#));
    let clients = (0..runs).map(|_| Client::connect(server.address));
    let mut clients = futures::future::try_join_all(clients).await?;
    forget_peak(server.pid())?;
    let requests = clients.iter_mut().map(async |client| {
        let (status, answer) = client.send(Method::POST, SEED, body.clone()).await?;
        run_of(status, &answer, Instant::now())
    });
    let runs: Vec<Option<(Instant, Instant)>> = futures::future::try_join_all(requests).await?;
    let first = runs.iter().flatten().map(|(_, end)| *end).min();
    let together = runs.iter().flatten().filter(|(begin, _)| first.is_some_and(|end| *begin < end)).count();
    let refused = runs.iter().filter(|run| run.is_none()).count();
    Ok(Standing { resident: resident(server.pid())?, together, refused })
}

/// From when to when a run was in its sandbox; nothing where none was free. An answer comes a little after the end, so a run
/// began a little before what is told here.
fn run_of(status: StatusCode, answer: &[u8], end: Instant) -> Result<Option<(Instant, Instant)>> {
    match status {
        StatusCode::TOO_MANY_REQUESTS => Ok(None),
        StatusCode::GATEWAY_TIMEOUT => {
            let problem: Value = serde_json::from_slice(answer)?;
            let took = problem.pointer("/run/micros").and_then(Value::as_u64);
            let took =
                took.with_context(|| format!("a run that does not say how long it took: {problem}"))?;
            let began = end.checked_sub(Duration::from_micros(took)).context("a run before all time")?;
            Ok(Some((began, end)))
        }
        other => bail!("{SEED}: {other}: {}", String::from_utf8_lossy(answer)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_told_from_one_that_found_no_sandbox() {
        let end = Instant::now() + Duration::from_secs(60);
        let looped = run_of(StatusCode::GATEWAY_TIMEOUT, br#"{"run":{"micros":2000000}}"#, end).unwrap();
        assert_eq!(looped, Some((end - Duration::from_secs(2), end)));
        assert_eq!(run_of(StatusCode::TOO_MANY_REQUESTS, b"{}", end).unwrap(), None);
        for other in [StatusCode::SERVICE_UNAVAILABLE, StatusCode::CREATED] {
            assert!(run_of(other, b"{}", end).is_err(), "{other}");
        }
    }
}
