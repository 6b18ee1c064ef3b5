//! Somebody who uses the application.

use insula_test_http::{Client, Reply, TestHost};
use reqwest::Method;
use serde_json::{Value, json};

/// A user of a seeded island.
pub struct User {
    client: Client,
    token: String,
}

/// An island, and its first user.
pub async fn seeded(host: &TestHost, scenario: &str) -> (Value, User) {
    let island =
        host.client().seed(json!({ "scenario": scenario, "clock": "2026-01-05T08:00:00Z", "seed": 7 })).await;
    let user = User::of(host, &island["tokens"][0]);
    (island, user)
}

impl User {
    pub fn of(host: &TestHost, token: &Value) -> Self {
        let token = token["access_token"].as_str().unwrap().to_owned();
        Self { client: host.client(), token }
    }

    pub async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Reply {
        let mut request = self.client.request(method, &format!("/api{path}")).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        self.client.send(request).await
    }

    pub async fn get(&self, path: &str) -> Value {
        let reply = self.call(Method::GET, path, None).await;
        assert_eq!(reply.status, 200, "{path}: {}", reply.text);
        reply.json()
    }

    /// A call that must work.
    pub async fn done(&self, method: Method, path: &str, body: Value) -> Value {
        let reply = self.call(method, path, Some(body)).await;
        assert!(matches!(reply.status, 200 | 201), "{path}: {}", reply.text);
        reply.json()
    }

    pub async fn post(&self, path: &str, body: Value) -> Value {
        self.done(Method::POST, path, body).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Value {
        self.done(Method::PUT, path, body).await
    }

    /// A call that must be refused: status, the end of the problem's type, and its rule.
    pub async fn refused(&self, method: Method, path: &str, body: Option<Value>) -> (u16, String, String) {
        let reply = self.call(method, path, body).await;
        let problem = reply.problem();
        let text = |name: &str| problem[name].as_str().unwrap_or_default().to_owned();
        (reply.status, text("type").trim_start_matches("/problems/").to_owned(), text("rule"))
    }
}

/// A path's last part: an id, as paths write it.
pub fn id(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no id"))
}
