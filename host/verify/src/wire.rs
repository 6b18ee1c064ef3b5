//! Requests as they stand on the wire: paths are sent as they are, where other clients would tidy them up.

use std::net::SocketAddr;

use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::report::VerifyError;

/// A request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Call {
    pub method: String,
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: Option<String>,
}

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub status: u16,
    /// Headers and body.
    pub text: String,
}

/// A way to the application, kept open from call to call.
#[derive(Debug)]
pub(crate) struct Wire {
    address: SocketAddr,
    sender: Option<SendRequest<Full<Bytes>>>,
    pub sent: u32,
}

impl Wire {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self { address, sender: None, sent: 0 }
    }

    /// Makes a call. One that cannot be written as HTTP at all is nothing that the application could answer.
    pub(crate) async fn call(&mut self, call: &Call) -> Result<Option<Answer>, VerifyError> {
        let mut request = Request::builder()
            .method(call.method.as_str())
            .uri(&call.target)
            .header("host", self.address.to_string());
        for (name, value) in &call.headers {
            request = request.header(name, value);
        }
        if call.body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let body = Full::new(Bytes::from(call.body.clone().unwrap_or_default()));
        let Ok(request) = request.body(body) else { return Ok(None) };
        self.sent += 1;
        match self.send(request.clone()).await {
            Ok(answer) => Ok(Some(answer)),
            // A server may close a connection that it did not use for a while.
            Err(_) => {
                self.sender = None;
                self.send(request).await.map(Some)
            }
        }
    }

    async fn send(&mut self, request: Request<Full<Bytes>>) -> Result<Answer, VerifyError> {
        let address = self.address;
        let failed = |reason: String| VerifyError::Unreachable { address, reason };
        let sender = match &mut self.sender {
            Some(sender) => sender,
            none => {
                let stream =
                    TcpStream::connect(address).await.map_err(|reason| failed(reason.to_string()))?;
                let (sender, connection) =
                    handshake(TokioIo::new(stream)).await.map_err(|reason| failed(reason.to_string()))?;
                // When it breaks, the next request says so.
                tokio::spawn(async move { connection.await.ok() });
                none.insert(sender)
            }
        };
        sender.ready().await.map_err(|reason| failed(reason.to_string()))?;
        let answer = sender.send_request(request).await.map_err(|reason| failed(reason.to_string()))?;
        let status = answer.status().as_u16();
        let mut text = String::new();
        for (name, value) in answer.headers() {
            text += &format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes()));
        }
        let body = answer.into_body().collect().await.map_err(|reason| failed(reason.to_string()))?;
        text += &String::from_utf8_lossy(&body.to_bytes());
        Ok(Answer { status, text })
    }
}
