//! A server, asked over HTTP.

use std::time::Duration;

use reqwest::{Client, Method, StatusCode, Url, header};
use serde::Serialize;
use serde_json::Value;

use crate::config::ServerAddress;
use crate::failure::{Exit, Failure};

/// A server that does not take a connection in this time is not there.
const CONNECT: Duration = Duration::from_secs(5);
/// Longer than a server lets a copy of its database take, and a run with quotas of some minutes.
const ANSWER: Duration = Duration::from_secs(16 * 60);

/// A server.
pub struct Remote {
    client: Client,
    address: ServerAddress,
}

impl Remote {
    /// A server that is asked with the first request.
    pub fn new(address: ServerAddress) -> Result<Self, Failure> {
        let client = Client::builder()
            .user_agent(concat!("insula/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT)
            .timeout(ANSWER)
            .build()
            .map_err(|reason| Failure::because(Exit::Failed, "cannot make requests", &reason))?;
        Ok(Self { client, address })
    }

    /// Asks for something. Pairs without a value are left out of the query.
    pub async fn get(&self, path: &[&str], query: &[(&str, Option<String>)]) -> Result<Value, Failure> {
        self.ask(Method::GET, self.url_with(path, query), None, None).await
    }

    /// Asks for a text.
    pub async fn get_text(&self, path: &[&str], query: &[(&str, Option<String>)]) -> Result<String, Failure> {
        let (status, body) =
            self.answer(self.client.request(Method::GET, self.url_with(path, query))).await?;
        match String::from_utf8(body) {
            Ok(text) if status.is_success() => Ok(text),
            _ => Err(self.stranger(status)),
        }
    }

    /// Asks for something to be done.
    pub async fn post(
        &self,
        path: &[&str],
        body: &impl Serialize,
        key: Option<&str>,
    ) -> Result<Value, Failure> {
        let body = serde_json::to_vec(body)
            .map_err(|reason| Failure::because(Exit::Failed, "the request is not JSON", &reason))?;
        self.ask(Method::POST, self.url(path), Some(body), key).await
    }

    /// Asks for something to be done that needs no words.
    pub async fn post_nothing(
        &self,
        path: &[&str],
        query: &[(&str, Option<String>)],
    ) -> Result<Value, Failure> {
        self.ask(Method::POST, self.url_with(path, query), None, None).await
    }

    /// Asks for something to be removed.
    pub async fn delete(&self, path: &[&str], query: &[(&str, Option<String>)]) -> Result<Value, Failure> {
        self.ask(Method::DELETE, self.url_with(path, query), None, None).await
    }

    /// Sends a component.
    pub async fn put_plugin(
        &self,
        path: &[&str],
        query: &[(&str, Option<String>)],
        wasm: Vec<u8>,
        signature: Option<String>,
    ) -> Result<Value, Failure> {
        let request = self.client.request(Method::PUT, self.url_with(path, query));
        let mut request = request.header(header::CONTENT_TYPE, "application/wasm").body(wasm);
        if let Some(signature) = signature {
            request = request.header("insula-signature", signature);
        }
        self.send(request).await
    }

    fn url_with(&self, path: &[&str], query: &[(&str, Option<String>)]) -> Url {
        let mut url = self.url(path);
        for (name, value) in query.iter().filter_map(|(name, value)| Some((name, value.as_deref()?))) {
            url.query_pairs_mut().append_pair(name, value);
        }
        url
    }

    fn url(&self, path: &[&str]) -> Url {
        let mut url = self.address.url.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(["api", "test"]).extend(path);
        }
        url
    }

    async fn ask(
        &self,
        method: Method,
        url: Url,
        body: Option<Vec<u8>>,
        key: Option<&str>,
    ) -> Result<Value, Failure> {
        let mut request = self.client.request(method, url);
        if let Some(body) = body {
            request = request.header(header::CONTENT_TYPE, "application/json").body(body);
        }
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        self.send(request).await
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<Value, Failure> {
        let (status, body) = self.answer(request).await?;
        match serde_json::from_slice(&body) {
            Ok(answer) if status.is_success() => Ok(answer),
            _ => Err(self.stranger(status)),
        }
    }

    /// What is answered, unless it is a problem.
    async fn answer(&self, mut request: reqwest::RequestBuilder) -> Result<(StatusCode, Vec<u8>), Failure> {
        if let Some(key) = &self.address.key {
            request = request.bearer_auth(key);
        }
        let response = request.send().await.map_err(|reason| self.away(&reason.without_url()))?;
        let status = response.status();
        let body = response.bytes().await.map_err(|reason| self.away(&reason.without_url()))?;
        if status.is_success() {
            return Ok((status, body.into()));
        }
        match serde_json::from_slice(&body) {
            Ok(Value::Object(problem)) if problem.contains_key("type") => Err(Failure::problem(problem)),
            _ => Err(self.stranger(status)),
        }
    }

    fn away(&self, reason: &reqwest::Error) -> Failure {
        Failure::because(
            Exit::Unavailable,
            format!("the server {} does not answer", self.address.url),
            reason,
        )
        .mend(
            "start one with `insula up`, or leave out --server (INSULA_SERVER) to work on the database here",
        )
    }

    fn stranger(&self, status: StatusCode) -> Failure {
        let what = format!("what answers at {} is no Insula (status {status})", self.address.url);
        Failure::new(Exit::Unavailable, what).mend("check the address in --server (INSULA_SERVER)")
    }
}
