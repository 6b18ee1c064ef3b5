//! Plugins that are sent to a host: who may, what is refused, and that nothing of it is seen.

use insula_test_guests::{REFUSED, guest};
use insula_test_http::{Client, Reply, TestHost};
use reqwest::Method;
use serde_json::{Value, json};

use crate::catalog::{path, ward};

async fn keyed() -> TestHost {
    TestHost::builder().key("secret").start().await
}

/// What a caller is told, without what differs from request to request.
fn told(reply: &Reply) -> Value {
    let mut problem = reply.problem();
    problem["request_id"] = json!("…");
    problem
}

/// A refused plugin leaves the catalog as it was.
async fn refused(client: &Client, path: &str, wasm: Vec<u8>) -> Value {
    let before = client.get("/api/test/scenarios").await.json();
    let reply = client.put_plugin(path, wasm).await;
    assert!((400..500).contains(&reply.status), "{}", reply.text);
    assert_eq!(client.get("/api/test/scenarios").await.json(), before);
    told(&reply)
}

#[tokio::test]
async fn a_host_without_a_key_takes_no_code() {
    let host = TestHost::start().await;
    let client = host.client();
    let put = client.put_plugin(&path("1.0.0"), ward("1.0.0", 1)).await;
    assert_eq!(put.status, 403);
    insta::assert_json_snapshot!("key_needed", told(&put));
    assert_eq!(client.delete(&path("1.0.0")).await.status, 403);
    assert_eq!(client.post("/api/test/scenarios/minimal/rollback", json!({})).await.status, 403);
    assert_eq!(client.get("/api/test/scenarios/minimal/versions").await.status, 200);
    crate::is_well(&host, 0).await;
    host.stop().await;
}

#[tokio::test]
async fn the_same_again_changes_nothing_and_another_with_the_version_is_refused() {
    let host = keyed().await;
    let client = host.client();
    let first = client.put_plugin(&path("1.0.0"), ward("1.0.0", 1)).await;
    assert_eq!((first.status, &first.json()["added"]), (201, &json!(true)));
    let again = client.put_plugin(&path("1.0.0"), ward("1.0.0", 1)).await;
    assert_eq!((again.status, &again.json()["added"]), (200, &json!(false)));
    let mut other = refused(&client, &path("1.0.0"), ward("1.0.0", 2)).await;
    other["detail"] = other["detail"].as_str().unwrap().replace(char::is_numeric, "0").into();
    assert_eq!(
        (&other["status"], &other["type"]),
        (&json!(409), &json!("/problems/version-taken")),
        "{other:#}"
    );
    let builtin = insula_plugins::BUILTINS.iter().find(|builtin| builtin.name == "minimal").unwrap();
    let own = client.put_plugin("/api/test/scenarios/minimal/versions/1.0.0", builtin.wasm).await;
    assert_eq!((own.status, &own.json()["added"]), (200, &json!(false)), "what is built in is there");
    host.stop().await;
}

#[tokio::test]
async fn name_and_version_are_the_plugins_own() {
    let host = keyed().await;
    let client = host.client();
    for at in [path("1.0.1"), "/api/test/scenarios/other/versions/1.0.0".to_owned()] {
        let problem = refused(&client, &at, ward("1.0.0", 1)).await;
        assert_eq!(problem["type"], "/problems/plugin-refused", "{problem:#}");
        assert!(problem["detail"].as_str().unwrap().contains("this is ward 1.0.0"), "{problem:#}");
    }
    host.stop().await;
}

#[tokio::test]
async fn a_name_of_another_scenario_is_not_to_be_had() {
    let host = keyed().await;
    let text = "name: mine\nversion: 1.0.0\ntitle: Mine.\naliases: [standard]\nclinics: [{ name: North }]\n";
    let wasm = insula_compiler::Scenario::read(text).unwrap().compile().unwrap();
    let problem = refused(&host.client(), "/api/test/scenarios/mine/versions/1.0.0", wasm).await;
    assert!(problem["detail"].as_str().unwrap().contains("a name of standard"), "{problem:#}");
    host.stop().await;
}

/// Each hostile guest is refused as it would be at the start of a host, and for the same reason.
#[tokio::test]
async fn what_a_host_would_not_load_is_refused() {
    let host = TestHost::builder()
        .key("secret")
        .settings(|settings| settings.quotas.fuel = Some(50_000_000))
        .start()
        .await;
    let client = host.client();
    let mut details = String::new();
    for name in REFUSED {
        let path = format!("/api/test/scenarios/{name}/versions/1.0.0");
        let problem = refused(&client, &path, guest(name)).await;
        assert_eq!(problem["type"], "/problems/plugin-refused", "{name}: {problem:#}");
        details += &format!("{name}: {}\n", problem["detail"].as_str().unwrap());
    }
    insta::assert_snapshot!("hostile_uploads", details);
    crate::is_well(&host, 0).await;
    host.stop().await;
}

#[tokio::test]
async fn a_body_that_is_none_or_too_large_or_of_another_kind_is_refused() {
    let host =
        TestHost::builder().key("secret").server(|server| server.plugin_limit = 1_000_000).start().await;
    let client = host.client();
    let empty = client.put_plugin(&path("1.0.0"), "").await;
    assert_eq!((empty.status, &empty.problem()["type"]), (422, &json!("/problems/plugin-refused")));
    let large = client.put_plugin(&path("1.0.0"), vec![0; 1_000_001]).await;
    assert_eq!((large.status, &large.problem()["type"]), (413, &json!("/problems/request-too-large")));
    let request = client.request(Method::PUT, &path("1.0.0")).json(&json!({}));
    let json = client.send(request).await;
    assert_eq!((json.status, &json.problem()["type"]), (415, &json!("/problems/not-wasm")));
    let from = format!("{}?from={}", path("1.0.0"), "x".repeat(501));
    let long = client.put_plugin(&from, ward("1.0.0", 1)).await;
    assert_eq!((long.status, &long.problem()["type"]), (422, &json!("/problems/invalid-request")));
    crate::is_well(&host, 0).await;
    host.stop().await;
}

#[tokio::test]
async fn a_host_that_trusts_keys_takes_what_they_signed_from_wherever_it_is() {
    use insula_engine::{KeyPair, sign};
    let (ours, theirs) = (KeyPair::of([1; 32]).unwrap(), KeyPair::of([2; 32]).unwrap());
    let place = insula_test_http::Place::usual();
    let elsewhere = || insula_test_http::Place::Elsewhere(place.url());

    // Another host, which trusts everybody, puts an unsigned one into the database.
    let easy = TestHost::builder().key("secret").place(elsewhere()).start().await;
    assert_eq!(easy.client().put_plugin(&path("1.0.0"), ward("1.0.0", 1)).await.status, 201);
    easy.stop().await;

    let host = TestHost::builder().key("secret").place(elsewhere()).trusts(&[&ours.public]).start().await;
    let client = host.client();
    client.seed(json!({ "scenario": "minimal" })).await;
    let stored = client.post("/api/test/seed", json!({ "scenario": "ward" })).await;
    assert_eq!(stored.status, 404);
    assert!(stored.problem()["reasons"][0].as_str().unwrap().contains("not signed"), "{}", stored.text);

    let wasm = ward("1.1.0", 2);
    let digest = insula_domain::Digest::of(&wasm);
    let put = async |signature: Option<String>| {
        let request = client.request(Method::PUT, &path("1.1.0")).header("content-type", "application/wasm");
        let request =
            signature.into_iter().fold(request, |request, line| request.header("insula-signature", line));
        client.send(request.body(wasm.clone())).await
    };
    assert!(put(None).await.problem()["detail"].as_str().unwrap().contains("not signed"));
    let unknown = put(Some(sign("key", &theirs.private, digest).unwrap())).await;
    assert!(unknown.problem()["detail"].as_str().unwrap().contains("does not trust"), "{}", unknown.text);
    let other = put(Some(sign("key", &ours.private, insula_domain::Digest::of(b"other")).unwrap())).await;
    assert!(other.problem()["detail"].as_str().unwrap().contains("does not hold"), "{}", other.text);
    assert_eq!(put(Some(sign("key", &ours.private, digest).unwrap())).await.status, 201);
    assert_eq!(client.seed(json!({ "scenario": "ward" })).await["counts"]["patients"], 2);
    host.stop().await;

    // The signature is kept with it: a host that starts later checks it again.
    let later = TestHost::builder().place(elsewhere()).trusts(&[&ours.public]).start().await;
    assert_eq!(later.client().seed(json!({ "scenario": "ward" })).await["version"], "1.1.0");
    later.stop().await;
    let strangers = TestHost::builder().place(elsewhere()).trusts(&[&theirs.public]).start().await;
    assert_eq!(strangers.client().post("/api/test/seed", json!({ "scenario": "ward" })).await.status, 404);
    strangers.stop().await;
}
