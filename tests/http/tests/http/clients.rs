//! Clients that misbehave, and many at once.

use std::collections::BTreeSet;
use std::time::Duration;

use futures::future::join_all;
use insula_test_guests::guest;
use insula_test_http::{Builder, Client, TestHost, eventually};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::is_well;

/// Short enough that a test which waits for it is quick.
const SHORT: Duration = Duration::from_millis(50);
/// For limits under which the good requests of the same test must stay, however busy the machine is.
const AMPLE: Duration = Duration::from_secs(1);

async fn connect(host: &TestHost) -> TcpStream {
    TcpStream::connect(host.address()).await.unwrap()
}

fn head(length: &str) -> String {
    format!(
        "POST /api/test/seed HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{length}\r\n\r\n"
    )
}

/// Sends a body for as long as the host takes it, and gives how much that was, and the host's answer.
async fn pour(host: &TestHost, head: &str, piece: &[u8], total: usize) -> (usize, String) {
    let (mut from, mut to) = connect(host).await.into_split();
    to.write_all(head.as_bytes()).await.unwrap();
    let pouring = async {
        let mut sent = 0;
        while sent < total && to.write_all(piece).await.is_ok() {
            sent += piece.len();
        }
        sent
    };
    let mut answer = Vec::new();
    let (sent, read) = tokio::join!(pouring, from.read_to_end(&mut answer));
    // A host that closes while more is on its way resets the connection, once its answer has been read.
    read.unwrap_or_default();
    (sent, String::from_utf8(answer).unwrap())
}

#[tokio::test]
async fn a_body_of_1_gb_is_refused_early() {
    const GB: usize = 1_000_000_000;
    let host = TestHost::start().await;
    let piece = vec![b' '; 65_536];
    let chunk = [b"10000\r\n", piece.as_slice(), b"\r\n"].concat();
    for (length, piece) in
        [(format!("Content-Length: {GB}"), piece), ("Transfer-Encoding: chunked".to_owned(), chunk)]
    {
        let (sent, answer) = pour(&host, &head(&length), &piece, GB).await;
        assert!(answer.starts_with("HTTP/1.1 413 "), "{length}: {answer:?}");
        assert!(answer.contains("/problems/request-too-large"), "{answer}");
        assert!(sent < GB / 10, "{sent} bytes were taken");
    }
    is_well(&host, 0).await;
}

#[tokio::test]
async fn clients_that_send_slowly_are_let_go_and_keep_nobody_out() {
    let slow = |server: &mut insula_server::ServerConfig| {
        (server.header_timeout, server.body_timeout, server.max_connections) = (AMPLE, AMPLE, 2);
    };
    let host = TestHost::builder().server(slow).start().await;
    let (mut silent, mut slow) = (connect(&host).await, connect(&host).await);
    silent.write_all(b"POST /api/test/seed HTTP/1.1\r\nHos").await.unwrap();
    slow.write_all(format!("{}{{\"sce", head("Content-Length: 30")).as_bytes()).await.unwrap();

    // They hold both connections; the next caller waits until they are let go.
    host.client().seed(json!({ "scenario": "minimal" })).await;
    let (mut nothing, mut answer) = (Vec::new(), String::new());
    silent.read_to_end(&mut nothing).await.unwrap();
    assert_eq!(String::from_utf8_lossy(&nothing), "");
    slow.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains("/problems/slow-body"), "{answer}");
    is_well(&host, 1).await;
}

/// A host with one sandbox, and a guest that never ends by itself. Whoever only looks whether it is taken has let it go again
/// long before the guest gives up waiting for it.
fn with_one_sandbox() -> Builder {
    let patient = |settings: &mut insula_engine::Settings| {
        settings.quotas.fuel = Some(u64::MAX / 2);
        settings.quotas.wall_ms = Some(600_000);
    };
    let one = |sandbox: &mut insula_sandbox::SandboxConfig| (sandbox.slots, sandbox.wait) = (1, AMPLE);
    TestHost::builder().settings(patient).sandbox(one).plugin("loops_for_ever", guest("loops_for_ever"))
}

async fn is_busy(client: &Client) -> bool {
    client.post("/api/test/scenarios/minimal/plan", json!({})).await.status == 429
}

/// Waits until somebody holds the only sandbox.
async fn until_busy(client: &Client) {
    eventually("a run", async || is_busy(client).await.then_some(())).await;
}

#[tokio::test]
async fn a_client_that_hangs_up_takes_its_run_along() {
    let host = with_one_sandbox().start().await;
    let client = host.client();
    let mut caller = connect(&host).await;
    let body = r#"{"scenario":"loops_for_ever"}"#;
    caller
        .write_all(format!("{}{body}", head(&format!("Content-Length: {}", body.len()))).as_bytes())
        .await
        .unwrap();
    until_busy(&client).await;
    drop(caller);
    eventually("the end of the run", async || (!is_busy(&client).await).then_some(())).await;
    is_well(&host, 0).await;
}

#[tokio::test]
async fn who_finds_no_sandbox_free_is_told_when_to_come_again() {
    let host = with_one_sandbox().start().await;
    let client = host.client();
    let looping = {
        let client = client.clone();
        tokio::spawn(
            async move { client.post("/api/test/seed", json!({ "scenario": "loops_for_ever" })).await },
        )
    };
    until_busy(&client).await;
    let reply = client.post("/api/test/seed", json!({ "scenario": "minimal" })).await;
    let problem = reply.problem();
    assert_eq!(
        (reply.status, &problem["type"], reply.header("retry-after")),
        (429, &json!("/problems/busy"), Some("1"))
    );
    assert_eq!(problem["retry_after"], 1);
    looping.abort();
    eventually("the end of the run", async || (!is_busy(&client).await).then_some(())).await;
    is_well(&host, 0).await;
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_given_up() {
    let host = with_one_sandbox().server(|server| server.request_timeout = AMPLE).start().await;
    let reply = host.client().post("/api/test/seed", json!({ "scenario": "loops_for_ever" })).await;
    assert_eq!((reply.status, reply.problem()["type"].as_str()), (504, Some("/problems/timed-out")));
    is_well(&host, 0).await;
}

#[tokio::test]
async fn two_hundred_at_once_all_get_their_own_island() {
    let host = TestHost::start().await;
    let client = host.client();
    let scenarios = ["minimal", "standard", "multi_clinic", "with_appointment"];
    let seeds =
        (0..200).map(|n| client.seed(json!({ "scenario": scenarios[n % 4], "label": n.to_string() })));
    let islands = join_all(seeds).await;
    let ids: BTreeSet<_> = islands.iter().map(|island| island["island_id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 200);
    let emails: BTreeSet<_> =
        islands.iter().map(|island| island["users"][0]["email"].as_str().unwrap()).collect();
    assert_eq!(emails.len(), 200);
    is_well(&host, 200).await;
    host.stop().await;
}

#[tokio::test]
async fn a_host_that_is_told_to_stop_finishes_what_it_began() {
    let host = TestHost::start().await;
    let (address, mut caller) = (host.address(), connect(&host).await);
    let body = r#"{"scenario":"standard"}"#;
    let begin = head(&format!("Expect: 100-continue\r\nContent-Length: {}", body.len()));
    caller.write_all(begin.as_bytes()).await.unwrap();
    let mut go_on = [0; 25];
    caller.read_exact(&mut go_on).await.unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n", "the request has begun");

    let stopping = tokio::spawn(host.stop());
    eventually("the end of listening", async || TcpStream::connect(address).await.err()).await;
    caller.write_all(body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    caller.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
    stopping.await.unwrap();
}

#[tokio::test]
async fn a_host_that_is_told_to_stop_does_not_wait_for_ever() {
    let host = with_one_sandbox().server(|server| server.grace = SHORT).start().await;
    let client = host.client();
    let request = client
        .request(reqwest::Method::POST, "/api/test/seed")
        .json(&json!({ "scenario": "loops_for_ever" }));
    let looping = tokio::spawn(request.send());
    until_busy(&client).await;
    host.stop().await;
    assert!(looping.await.unwrap().is_err(), "the run was dropped, and with it the connection");
}

/// Asks for more than any socket's buffer holds, and reads none of it.
async fn never_read(host: &TestHost) -> TcpStream {
    let mut client = connect(host).await;
    let ask = "GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n";
    client.write_all(ask.repeat(1_000).as_bytes()).await.unwrap();
    client
}

#[tokio::test]
async fn who_asks_and_never_reads_keeps_no_connection() {
    let one = |server: &mut insula_server::ServerConfig| {
        (server.max_connections, server.write_timeout) = (1, SHORT);
    };
    let host = TestHost::builder().server(one).start().await;
    let greedy = never_read(&host).await;
    // The host takes one connection at a time: this one is served when it has let the other go.
    let served = tokio::time::timeout(Duration::from_secs(60), host.client().get("/healthz")).await;
    assert_eq!(served.expect("it lets go of it").status, 200);
    drop(greedy);
    host.stop().await;
}

#[tokio::test]
async fn a_host_that_is_told_to_stop_does_not_wait_for_who_never_reads() {
    let patient = |server: &mut insula_server::ServerConfig| {
        (server.grace, server.write_timeout) = (SHORT, Duration::from_secs(3600));
    };
    let host = TestHost::builder().server(patient).start().await;
    let greedy = never_read(&host).await;
    host.stop().await;
    drop(greedy);
}
