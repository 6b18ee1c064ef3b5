//! Who may come in: test mode, key, host and origin.

use insula_test_http::TestHost;
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn without_test_mode_only_the_host_itself_answers() {
    let host = TestHost::builder().server(|server| server.test_mode = false).start().await;
    let client = host.client();
    for path in
        ["/api/test/seed", "/api/test/scenarios", "/api/test/events", "/api/test", "/api/test/nothing"]
    {
        let reply = client.get(path).await;
        assert_eq!(
            (reply.status, reply.problem()["type"].as_str()),
            (404, Some("/problems/test-mode-off")),
            "{path}"
        );
    }
    for path in ["/healthz", "/readyz", "/metrics", "/openapi.json"] {
        assert_eq!(client.get(path).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn where_there_is_a_key_only_its_holder_comes_in() {
    let host = TestHost::builder().key("a secret key").start().await;
    host.client().seed(json!({ "scenario": "minimal" })).await;
    let stranger = insula_test_http::http();
    for key in [None, Some("another key"), Some("a secret ke")] {
        let mut request = stranger.get(format!("http://{}/api/test/islands", host.address()));
        if let Some(key) = key {
            request = request.bearer_auth(key);
        }
        let reply = host.client().send(request).await;
        assert_eq!((reply.status, reply.problem()["type"].as_str()), (401, Some("/problems/unauthorized")));
        assert_eq!(reply.header("www-authenticate"), Some("Bearer realm=\"insula\""));
    }
}

#[tokio::test]
async fn pages_of_other_hosts_and_origins_are_kept_out() {
    let host = TestHost::builder()
        .server(|server| server.origins = vec!["http://localhost:3000".to_owned()])
        .start()
        .await;
    let client = host.client();
    let seed = async |name: &str, value: &str| {
        let request = client.request(Method::POST, "/api/test/seed").header(name, value);
        client.send(request.json(&json!({ "scenario": "minimal" }))).await
    };
    assert_eq!(seed("host", "evil.example").await.problem()["type"], "/problems/foreign-host");
    assert_eq!(seed("origin", "https://evil.example").await.problem()["type"], "/problems/foreign-origin");
    assert_eq!(seed("origin", &format!("http://{}", host.address())).await.status, 201);
    let allowed = seed("origin", "http://localhost:3000").await;
    assert_eq!(
        (allowed.status, allowed.header("access-control-allow-origin")),
        (201, Some("http://localhost:3000"))
    );
}

#[tokio::test]
async fn a_request_id_is_kept_or_made() {
    let host = TestHost::start().await;
    let client = host.client();
    let own = client.send(client.request(Method::GET, "/healthz").header("x-request-id", "mine-1")).await;
    assert_eq!(own.header("x-request-id"), Some("mine-1"));
    let (one, other) = (client.get("/healthz").await, client.get("/healthz").await);
    assert!(one.header("x-request-id").is_some_and(|id| id.len() == 32));
    assert_ne!(one.header("x-request-id"), other.header("x-request-id"));
}
