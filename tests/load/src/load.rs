//! Load: a bounded number of connections, each with its next request as soon as the last was answered.

use std::cell::Cell;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::Result;
use futures::future::try_join_all;
use hyper::Method;
use hyper::body::Bytes;

use crate::client::Client;
use crate::stats::Times;

/// What came of a load.
#[derive(Debug)]
pub struct Outcome {
    /// How long each request took that succeeded.
    pub times: Times,
    /// How many were refused or broken.
    pub errors: usize,
    /// How long all of it took.
    pub took: Duration,
}

/// When a load ends.
#[derive(Clone, Copy, Debug)]
pub enum Until {
    /// After this time.
    Passed(Duration),
    /// After so many requests.
    Sent(usize),
}

/// Sends one request again and again.
pub async fn load(
    address: SocketAddr,
    path: &str,
    body: &Bytes,
    connections: usize,
    until: Until,
) -> Result<Outcome> {
    let clients = try_join_all((0..connections).map(|_| Client::connect(address))).await?;
    let began = Instant::now();
    let sent = Cell::new(0);
    let more = || {
        sent.set(sent.get() + 1);
        match until {
            Until::Passed(time) => began.elapsed() < time,
            Until::Sent(count) => sent.get() <= count,
        }
    };
    let loads = clients.into_iter().map(async |mut client| -> Result<(Vec<Duration>, usize)> {
        let (mut times, mut errors) = (Vec::new(), 0);
        while more() {
            let start = Instant::now();
            match client.send(Method::POST, path, body.clone()).await {
                Ok((status, _)) if status.is_success() => times.push(start.elapsed()),
                Ok(_) => errors += 1,
                Err(_) => {
                    errors += 1;
                    client = Client::connect(address).await?;
                }
            }
        }
        Ok((times, errors))
    });
    let done = try_join_all(loads).await?;
    let errors = done.iter().map(|(_, errors)| errors).sum();
    let times = done.into_iter().flat_map(|(times, _)| times).collect();
    Ok(Outcome { times, errors, took: began.elapsed() })
}
