//! A connection to a server, kept alive from request to request.

use std::net::SocketAddr;

use anyhow::{Result, ensure};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// Where islands are seeded.
pub const SEED: &str = "/api/test/seed";

/// A connection.
#[derive(Debug)]
pub struct Client {
    sender: SendRequest<Full<Bytes>>,
    host: String,
}

impl Client {
    /// Connects; nowhere but to this machine.
    pub async fn connect(address: SocketAddr) -> Result<Self> {
        ensure!(address.ip().is_loopback(), "{address} is not of this machine, and no other is loaded");
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        // When it breaks, the next request says so.
        tokio::spawn(async move { connection.await.ok() });
        Ok(Self { sender, host: address.to_string() })
    }

    /// Sends a request and reads its answer whole.
    pub async fn send(&mut self, method: Method, path: &str, body: Bytes) -> Result<(StatusCode, Bytes)> {
        self.sender.ready().await?;
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, &self.host)
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(body))?;
        let answer = self.sender.send_request(request).await?;
        let status = answer.status();
        Ok((status, answer.into_body().collect().await?.to_bytes()))
    }

    /// Seeds an island, or fails with what the server said.
    pub async fn seed(&mut self, body: Bytes) -> Result<Bytes> {
        self.expect(Method::POST, SEED, body).await
    }

    /// Sends a request that has to succeed.
    pub async fn expect(&mut self, method: Method, path: &str, body: Bytes) -> Result<Bytes> {
        let (status, answer) = self.send(method, path, body).await?;
        ensure!(status.is_success(), "{path}: {status}: {}", String::from_utf8_lossy(&answer));
        Ok(answer)
    }
}
