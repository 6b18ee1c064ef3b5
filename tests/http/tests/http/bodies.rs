//! Bodies that are not what they should be.

use insula_test_http::TestHost;
use reqwest::Method;
use serde_json::json;

use crate::is_well;

#[tokio::test]
async fn what_is_not_json_is_told_by_line_and_column() {
    let host = TestHost::start().await;
    for (body, line, column) in [
        ("", 1, 0),
        ("{", 1, 1),
        ("{\n  \"scenario\": standard\n}", 2, 15),
        ("{\"scenario\":\"minimal\"} {}", 1, 24),
        ("{\"scenario\":\"\u{1}\"}", 1, 14),
    ] {
        let problem = host.client().post_raw("/api/test/seed", body).await.problem();
        assert_eq!(problem["type"], "/problems/invalid-json", "{body:?}: {problem}");
        assert_eq!(
            (&problem["line"], &problem["column"]),
            (&json!(line), &json!(column)),
            "{body:?}: {problem}"
        );
    }
    let deep = format!("{{\"params\":{{\"a\":{}", "[".repeat(100_000));
    assert_eq!(
        host.client().post_raw("/api/test/seed", deep).await.problem()["type"],
        "/problems/invalid-json"
    );
    let not_utf8 = b"{\"scenario\":\"\xff\"}".to_vec();
    assert_eq!(
        host.client().post_raw("/api/test/seed", not_utf8).await.problem()["type"],
        "/problems/invalid-json"
    );
    is_well(&host, 0).await;
}

#[tokio::test]
async fn what_does_not_fit_is_told_by_its_pointer() {
    let host = TestHost::start().await;
    for (path, body, pointer) in [
        ("/api/test/seed", json!({ "scenario": 7 }), "/scenario"),
        ("/api/test/seed", json!({ "scenario": "minimal", "seed": -1 }), "/seed"),
        ("/api/test/seed", json!({ "scenario": "minimal", "seed": 1.5 }), "/seed"),
        ("/api/test/seed", json!({ "scenario": "minimal", "params": [] }), "/params"),
        ("/api/test/seed", json!({ "scenario": "minimal", "clock": "yesterday" }), "/clock"),
        ("/api/test/seed", json!({ "scenario": "minimal", "ttl": "25h" }), "/ttl"),
        ("/api/test/seed", json!({ "scenario": "minimal", "isolation": "none" }), "/isolation"),
        ("/api/test/seed", json!({ "scenario": "minimal", "into": "here" }), "/into"),
        ("/api/test/seed", json!({ "scenario": "minimal", "sede": 1 }), "/sede"),
        ("/api/test/seed", json!({ "params": {} }), ""),
        ("/api/test/seed", json!([]), ""),
        ("/api/test/seed", json!(null), ""),
        (
            "/api/test/seed/batch",
            json!({ "items": [{ "scenario": "minimal" }, { "scenario": 7 }] }),
            "/items/1/scenario",
        ),
        ("/api/test/seed/batch", json!({ "items": {} }), "/items"),
        ("/api/test/scenarios/minimal/plan", json!({ "scenario": "minimal" }), "/scenario"),
        ("/api/test/islands/01890000-0000-7000-8000-000000000000/renew", json!({ "ttl": 7 }), "/ttl"),
    ] {
        let reply = host.client().post(path, body.clone()).await;
        let problem = reply.problem();
        assert_eq!(
            (reply.status, &problem["type"]),
            (400, &json!("/problems/invalid-body")),
            "{body}: {problem}"
        );
        assert_eq!(problem["violations"][0]["pointer"], pointer, "{body}: {problem}");
    }
    is_well(&host, 0).await;
}

#[tokio::test]
async fn what_is_not_sent_as_json_is_refused() {
    let host = TestHost::start().await;
    let client = host.client();
    for content_type in
        [None, Some("text/plain"), Some("application/x-www-form-urlencoded"), Some("multipart/form-data")]
    {
        let mut request = client.request(Method::POST, "/api/test/seed").body(r#"{"scenario":"minimal"}"#);
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        let reply = client.send(request).await;
        assert_eq!(
            (reply.status, reply.problem()["type"].as_str()),
            (415, Some("/problems/unsupported-media-type"))
        );
    }
    is_well(&host, 0).await;
}

#[tokio::test]
async fn every_kind_of_refusal_has_a_stable_document() {
    let host = TestHost::start().await;
    let client = host.client();
    let document = async |path: &str, body: &str| {
        let request = client
            .request(Method::POST, path)
            .header("content-type", "application/json")
            .header("x-request-id", "r1");
        client.send(request.body(body.to_owned())).await.problem()
    };
    insta::assert_json_snapshot!("invalid_json", document("/api/test/seed", "{").await);
    insta::assert_json_snapshot!(
        "invalid_body",
        document("/api/test/seed", r#"{"scenario":"minimal","sede":1}"#).await
    );
    insta::assert_json_snapshot!("unknown_path", document("/api/test/seeds", "{}").await);
    insta::assert_json_snapshot!("method_not_allowed", document("/api/test/scenarios", "{}").await);
    insta::assert_json_snapshot!(
        "unknown_scenario",
        document("/api/test/seed", r#"{"scenario":"standart"}"#).await
    );
    insta::assert_json_snapshot!(
        "unknown_version",
        document("/api/test/seed", r#"{"scenario":"minimal","version":"^9"}"#).await
    );
    insta::assert_json_snapshot!(
        "invalid_request",
        document("/api/test/seed", r#"{"scenario":"minimal","version":"new"}"#).await
    );
    let params = r#"{"scenario":"busy_calendar","params":{"appointments":0,"colour":"red"}}"#;
    insta::assert_json_snapshot!("invalid_params", document("/api/test/seed", params).await);
    let unknown = "/api/test/islands/01890000-0000-7000-8000-000000000000/renew";
    insta::assert_json_snapshot!("unknown_island", document(unknown, "{}").await);
}
