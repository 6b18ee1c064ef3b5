//! Whether more of something makes each of them dearer.

use std::path::Path;
use std::time::Instant;

use anyhow::{Result, ensure};
use hyper::body::Bytes;
use serde_json::json;

use crate::client::SEED;
use crate::load::{Until, load};
use crate::process;
use crate::server::{DataDir, DatabaseArgs, Server};
use crate::stats::{Times, micros_each, per_second};
use crate::table::{Table, millis};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Appointments in one island
    #[arg(long, value_delimiter = ',', default_values_t = [10, 100, 1_000, 10_000, 100_000], value_parser = clap::value_parser!(u32).range(1..=100_000))]
    appointments: Vec<u32>,
    /// Islands in the database, in ascending order
    #[arg(long, value_delimiter = ',', default_values_t = [10, 1_000, 10_000], value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    islands: Vec<u32>,
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Connections that seed at once where it matters how fast islands come.
const CONNECTIONS: usize = 8;
/// Islands until statements are prepared and memory is there.
const WARM_UP: usize = 200;
/// Islands that are seeded, and measured, when the others are there.
const MEASURED: usize = 2_000;

pub async fn run(insula: &Path, args: Args) -> Result<()> {
    appointments(insula, &args.appointments, args.database).await?;
    islands(insula, &args.islands, args.database).await
}

/// One caller. What a calendar costs that holds hardly an appointment is taken off, so that what is left is theirs.
async fn appointments(insula: &Path, sizes: &[u32], database: DatabaseArgs) -> Result<()> {
    let data = DataDir::with(database)?;
    let mut server = Server::start(insula, &data, &[]).await?;
    let mut client = server.connect().await?;
    let mut table = Table::new([
        "appointments",
        "islands",
        "median of an island",
        "time an appointment",
        "CPU an appointment",
    ]);
    for _ in 0..WARM_UP {
        client.seed(calendar(1)).await?;
    }
    let mut empty = None;
    for &count in [1].iter().chain(sizes) {
        let body = calendar(count);
        let islands = (50_000 / count).clamp(5, 1_000);
        client.seed(body.clone()).await?;
        let before = process::cpu(server.pid())?;
        let mut times = Vec::new();
        for _ in 0..islands {
            let began = Instant::now();
            client.seed(body.clone()).await?;
            times.push(began.elapsed());
        }
        let cpu = (process::cpu(server.pid())? - before) / islands;
        let median = Times::from_iter(times).median();
        let (time_of_empty, cpu_of_empty) = *empty.get_or_insert((median, cpu));
        let others = count as usize - 1;
        let each = |all| match others {
            0 => "–".to_owned(),
            others => format!("{:.2} µs", micros_each(all, others)),
        };
        let [time, cpu] = [median.saturating_sub(time_of_empty), cpu.saturating_sub(cpu_of_empty)].map(each);
        table.row([count.to_string(), islands.to_string(), millis(median), time, cpu]);
    }
    table.print();
    Ok(())
}

/// A calendar as long as its appointments need.
pub fn calendar(appointments: u32) -> Bytes {
    // Two practitioners with sixteen slots a day.
    let days = appointments.div_ceil(32);
    let params = json!({ "appointments": appointments, "days": days });
    Bytes::from(json!({ "scenario": "busy_calendar", "params": params }).to_string())
}

/// How fast islands are seeded beside others.
async fn islands(insula: &Path, sizes: &[u32], database: DatabaseArgs) -> Result<()> {
    let data = DataDir::with(database)?;
    let server = Server::start(insula, &data, &[]).await?;
    let mut table = Table::new(["islands before", "islands/s", "p50", "p99", "CPU an island"]);
    let mut there = 0;
    for &size in sizes {
        there += fill(&server, (size as usize).saturating_sub(there)).await?;
        let before = process::cpu(server.pid())?;
        let done = load(server.address, SEED, &STANDARD, CONNECTIONS, Until::Sent(MEASURED)).await?;
        let cpu = process::cpu(server.pid())? - before;
        ensure!(done.errors == 0, "{} requests failed", done.errors);
        table.row([
            there.to_string(),
            format!("{:.0}", per_second(MEASURED, done.took)),
            millis(done.times.median()),
            millis(done.times.percentile(99)),
            format!("{:.0} µs", micros_each(cpu, MEASURED)),
        ]);
        there += MEASURED;
    }
    table.print();
    Ok(())
}

static STANDARD: Bytes = Bytes::from_static(br#"{"scenario":"standard"}"#);

/// Seeds so many islands.
pub async fn fill(server: &Server, islands: usize) -> Result<usize> {
    let done = load(server.address, SEED, &STANDARD, 2 * CONNECTIONS, Until::Sent(islands)).await?;
    ensure!(done.errors == 0, "{} of {islands} islands were not seeded", done.errors);
    Ok(islands)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_calendar_has_days_for_its_appointments() {
        assert_eq!(calendar(33), r#"{"scenario":"busy_calendar","params":{"appointments":33,"days":2}}"#);
    }
}
