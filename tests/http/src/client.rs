//! A client, for tests.

use std::net::SocketAddr;

use reqwest::{Method, RequestBuilder};
use serde_json::Value;

/// Calls a host under test.
#[derive(Clone, Debug)]
pub struct Client {
    base: String,
    key: Option<String>,
    http: reqwest::Client,
}

/// What the host answered.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: reqwest::header::HeaderMap,
    /// The body.
    pub text: String,
}

/// What asks. Hosts under test are asked without TLS, but reqwest makes no client before it knows whose it would be.
pub fn http() -> reqwest::Client {
    // It fails where it was set before, which is as good.
    drop(rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::new()
}

impl Client {
    pub(crate) fn new(address: SocketAddr, key: Option<String>) -> Self {
        Self { base: format!("http://{address}"), key, http: http() }
    }

    /// A request that is yet to be finished with [`Client::send`].
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match &self.key {
            Some(key) => request.bearer_auth(key),
            None => request,
        }
    }

    /// Sends a request and reads the whole answer.
    pub async fn send(&self, request: RequestBuilder) -> Reply {
        let response = request.send().await.expect("the host answers");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Reply { status, headers, text: response.text().await.expect("the answer is text") }
    }

    /// `GET`.
    pub async fn get(&self, path: &str) -> Reply {
        self.send(self.request(Method::GET, path)).await
    }

    /// `POST` of JSON.
    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.send(self.request(Method::POST, path).json(&body)).await
    }

    /// `POST` of anything, sent as JSON.
    pub async fn post_raw(&self, path: &str, body: impl Into<reqwest::Body>) -> Reply {
        let request = self.request(Method::POST, path).header("content-type", "application/json");
        self.send(request.body(body)).await
    }

    /// `PUT` of a component.
    pub async fn put_plugin(&self, path: &str, wasm: impl Into<reqwest::Body>) -> Reply {
        let request = self.request(Method::PUT, path).header("content-type", "application/wasm");
        self.send(request.body(wasm)).await
    }

    /// `DELETE`.
    pub async fn delete(&self, path: &str) -> Reply {
        self.send(self.request(Method::DELETE, path)).await
    }

    /// Seeds an island, which must work.
    pub async fn seed(&self, body: Value) -> Value {
        let reply = self.post("/api/test/seed", body).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
        reply.json()
    }
}

impl Reply {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|reason| panic!("no JSON ({reason}): {}", self.text))
    }

    /// A header's value, or nothing.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The problem document, which it must be, with the status it says.
    pub fn problem(&self) -> Value {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{}", self.text);
        let problem = self.json();
        assert_eq!(problem["status"], self.status, "{}", self.text);
        for member in ["type", "title", "detail", "instance", "request_id"] {
            assert!(
                problem[member].as_str().is_some_and(|text| !text.is_empty()),
                "{member} of {}",
                self.text
            );
        }
        assert_eq!(problem["request_id"].as_str(), self.header("x-request-id"));
        problem
    }
}
