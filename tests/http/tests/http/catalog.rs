//! Scenarios that come and go while hosts run.

use insula_test_guests::guest;
use insula_test_http::{Client, Place, TestHost, eventually};
use serde_json::{Value, json};

/// A scenario of so many patients, which tell its version.
pub fn ward(version: &str, patients: u32) -> Vec<u8> {
    let text = format!(
        "name: ward\nversion: {version}\ntitle: A ward.\n\
         clinics:\n  - name: North\n    patients: [{{ repeat: {patients} }}]\n"
    );
    insula_compiler::Scenario::read(&text).unwrap().compile().unwrap()
}

pub fn path(version: &str) -> String {
    format!("/api/test/scenarios/ward/versions/{version}")
}

/// Adds a version, which must work: its minor version is its number of patients.
async fn add(client: &Client, minor: u32) {
    let version = format!("1.{minor}.0");
    let reply = client.put_plugin(&path(&version), ward(&version, minor)).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
}

/// The version that a caller gets, by what it built.
async fn built(client: &Client, wanted: Option<&str>) -> u64 {
    let island = client.seed(json!({ "scenario": "ward", "version": wanted })).await;
    let patients = island["counts"]["patients"].as_u64().unwrap();
    assert_eq!(island["version"], format!("1.{patients}.0"), "what ran is what the answer says");
    patients
}

async fn roll_back(client: &Client, body: Value) -> Value {
    let reply = client.post("/api/test/scenarios/ward/rollback", body).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.json()
}

async fn keyed() -> TestHost {
    TestHost::builder().key("secret").start().await
}

#[tokio::test]
async fn versions_stand_side_by_side_and_the_newest_is_the_default() {
    let host = keyed().await;
    let client = host.client();
    let unknown = client.post("/api/test/seed", json!({ "scenario": "ward" })).await;
    assert_eq!(unknown.status, 404);
    add(&client, 1).await;
    add(&client, 3).await;
    add(&client, 2).await;
    for (wanted, patients) in [(None, 3), (Some("^1"), 3), (Some("~1.2"), 2), (Some("=1.1.0"), 1)] {
        assert_eq!(built(&client, wanted).await, patients, "{wanted:?}");
    }
    let shown = client.get("/api/test/scenarios/ward").await.json();
    assert_eq!((&shown["version"], &shown["origin"].is_string()), (&json!("1.3.0"), &true));
    let listed = client.get("/api/test/scenarios/ward/versions").await.json();
    assert_eq!(listed["default"], "1.3.0");
    let versions: Vec<&str> =
        listed["versions"].as_array().unwrap().iter().map(|it| it["version"].as_str().unwrap()).collect();
    assert_eq!(versions, ["1.3.0", "1.2.0", "1.1.0"]);
    assert_eq!(listed["versions"][0]["kept"]["by"], "server");
    host.stop().await;
}

#[tokio::test]
async fn a_pre_release_is_for_those_who_ask_for_it() {
    let host = keyed().await;
    let client = host.client();
    add(&client, 1).await;
    let beta = client.put_plugin(&path("2.0.0-beta.1"), ward("2.0.0-beta.1", 9)).await;
    assert_eq!((beta.status, &beta.json()["default"]), (201, &json!("1.1.0")));
    assert_eq!(built(&client, None).await, 1);
    let asked = client.seed(json!({ "scenario": "ward", "version": "=2.0.0-beta.1" })).await;
    assert_eq!(asked["counts"]["patients"], 9);
    host.stop().await;
}

#[tokio::test]
async fn a_rollback_is_one_call_and_holds_until_something_newer_comes() {
    let host = keyed().await;
    let client = host.client();
    for minor in 1..=3 {
        add(&client, minor).await;
    }
    let answer = roll_back(&client, json!({})).await;
    assert_eq!((&answer["from"], &answer["default"]), (&json!("1.3.0"), &json!("1.2.0")));
    assert_eq!(answer["passed_over"], json!(["1.3.0"]));
    assert_eq!(built(&client, None).await, 2);
    assert_eq!(built(&client, Some("^1")).await, 2, "a range goes by it as well");
    assert_eq!(built(&client, Some("=1.3.0")).await, 3, "who asks for that very version means it");
    assert_eq!(roll_back(&client, json!({})).await["default"], "1.1.0");
    let first = client.post("/api/test/scenarios/ward/rollback", json!({})).await;
    assert_eq!((first.status, &first.problem()["type"]), (409, &json!("/problems/nothing-before")));

    add(&client, 4).await;
    assert_eq!(built(&client, None).await, 4, "what is newer was not rolled back");
    assert_eq!(roll_back(&client, json!({})).await["default"], "1.1.0", "the others still are");
    let back = roll_back(&client, json!({ "to": "1.3.0" })).await;
    assert_eq!((&back["default"], &back["passed_over"]), (&json!("1.3.0"), &json!(["1.4.0", "1.2.0"])));
    assert_eq!(built(&client, None).await, 3);
    let unknown = client.post("/api/test/scenarios/ward/rollback", json!({ "to": "7.0.0" })).await;
    assert_eq!((unknown.status, &unknown.problem()["type"]), (404, &json!("/problems/unknown-version")));
    host.stop().await;
}

#[tokio::test]
async fn what_is_removed_is_gone_and_the_next_takes_its_place() {
    let host = keyed().await;
    let client = host.client();
    add(&client, 1).await;
    add(&client, 2).await;
    let removed = client.delete(&path("1.2.0")).await;
    assert_eq!((removed.status, &removed.json()["default"]), (200, &json!("1.1.0")));
    assert_eq!(built(&client, None).await, 1);
    let again = client.delete(&path("1.2.0")).await;
    assert_eq!((again.status, &again.problem()["type"]), (404, &json!("/problems/unknown-version")));
    assert_eq!(client.delete(&path("1.1.0")).await.json()["default"], Value::Null);
    assert_eq!(client.post("/api/test/seed", json!({ "scenario": "ward" })).await.status, 404);
    let own = client.delete("/api/test/scenarios/minimal/versions/1.0.0").await;
    assert_eq!((own.status, &own.problem()["type"]), (409, &json!("/problems/not-kept")));
    host.stop().await;
}

#[tokio::test]
async fn a_reset_leaves_scenarios_and_what_happened_to_them_is_told() {
    let host = keyed().await;
    let client = host.client();
    add(&client, 1).await;
    add(&client, 2).await;
    roll_back(&client, json!({})).await;
    client.delete(&path("1.2.0")).await;
    client.post_raw("/api/test/reset", "").await;
    assert_eq!(built(&client, None).await, 1);
    let events = client.get("/api/test/events/past").await.json();
    let kinds = events["events"].as_array().unwrap().iter().map(|event| event["kind"].as_str().unwrap());
    // It is written a moment after the answer.
    let kinds: Vec<&str> = kinds.filter(|kind| *kind != "answered").collect();
    let expected = ["scenario_added", "scenario_added", "rolled_back", "scenario_removed", "reset", "seeded"];
    assert_eq!(kinds, expected);
    host.stop().await;
}

/// While the default changes all the time, every answer is of one version, from its name to what it built.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_keeps_the_version_that_it_began_with() {
    let host = keyed().await;
    let client = host.client();
    add(&client, 1).await;
    add(&client, 2).await;
    let changing = {
        let client = client.clone();
        tokio::spawn(async move {
            for round in 0..30 {
                let to = format!("1.{}.0", round % 2 + 1);
                roll_back(&client, json!({ "to": to })).await;
            }
            assert_eq!(client.delete(&path("1.1.0")).await.status, 200);
        })
    };
    let mut seen = std::collections::BTreeSet::new();
    while !changing.is_finished() {
        seen.insert(built(&client, None).await);
    }
    changing.await.unwrap();
    seen.insert(built(&client, None).await);
    assert!(seen.contains(&2), "{seen:?}");
    host.stop().await;
}

/// Where two hosts meet.
struct Shared {
    url: String,
    _place: Place,
}

impl Shared {
    fn new() -> Self {
        let place = Place::usual();
        Self { url: place.url(), _place: place }
    }

    async fn host(&self) -> TestHost {
        TestHost::builder().key("secret").place(Place::Elsewhere(self.url.clone())).start().await
    }
}

#[tokio::test]
async fn every_host_that_shares_the_database_has_it() {
    let shared = Shared::new();
    let (one, other) = (shared.host().await, shared.host().await);
    let (here, there) = (one.client(), other.client());
    add(&here, 1).await;
    assert_eq!(built(&there, None).await, 1, "what it does not know it looks for at once");
    assert_eq!(there.get("/api/test/scenarios/ward/versions").await.json()["default"], "1.1.0");
    add(&here, 2).await;
    assert_eq!(built(&there, Some("^1.2")).await, 2, "also where it knows another version");
    eventually("the other host's default", async || (built(&there, None).await == 2).then_some(())).await;
    roll_back(&here, json!({})).await;
    eventually("the other host's rollback", async || (built(&there, None).await == 1).then_some(())).await;

    let later = shared.host().await;
    assert_eq!(built(&later.client(), None).await, 1, "and a host that starts later");
    there.delete(&path("1.2.0")).await;
    there.delete(&path("1.1.0")).await;
    let gone = async || here.post("/api/test/seed", json!({ "scenario": "ward" })).await.status == 404;
    eventually("the removal", async || gone().await.then_some(())).await;
    for host in [one, other, later] {
        host.stop().await;
    }
}

#[tokio::test]
async fn what_a_host_brings_along_itself_comes_before_the_database() {
    let shared = Shared::new();
    let one = shared.host().await;
    let client = one.client();
    add(&client, 1).await;
    let builder = TestHost::builder().key("secret").place(Place::Elsewhere(shared.url.clone()));
    let other = builder.plugin("own ward", ward("1.1.0", 7)).start().await;
    let island = other.client().seed(json!({ "scenario": "ward" })).await;
    assert_eq!(island["counts"]["patients"], 7);
    let listed = other.client().get("/api/test/scenarios/ward/versions").await.json();
    let versions = listed["versions"].as_array().unwrap();
    assert_eq!((versions.len(), &versions[0]["origin"]), (2, &json!("own ward")));
    assert!(versions[1]["refused"].as_str().unwrap().contains("own ward"), "{listed:#}");
    // The same plugin from two places is one.
    let same = TestHost::builder().place(Place::Elsewhere(shared.url.clone()));
    let same = same.plugin("own ward", ward("1.1.0", 1)).start().await;
    let listed = same.client().get("/api/test/scenarios/ward/versions").await.json();
    assert_eq!(listed["versions"].as_array().unwrap().len(), 1, "{listed:#}");
    for host in [one, other, same] {
        host.stop().await;
    }
}

#[tokio::test]
async fn what_another_program_wrote_into_the_database_is_not_trusted() {
    let place = Place::usual();
    let url = place.url();
    let host = TestHost::builder().key("secret").place(Place::Elsewhere(url.clone())).start().await;
    let client = host.client();
    add(&client, 1).await;
    host.stop().await;

    let store = insula_store::Store::open(insula_store::StoreConfig::new(&url)).await.unwrap();
    for (version, wasm) in [("2.0.0", ward("1.9.0", 1)), ("3.0.0", guest("imports_wasi"))] {
        let plugin = insula_store::NewPlugin {
            scenario: "ward".to_owned(),
            version: version.to_owned(),
            digest: insula_domain::Digest::of(&wasm),
            signature: None,
            origin: "elsewhere".to_owned(),
            wasm: wasm.into(),
        };
        let change = insula_store::CatalogChange::Add(plugin);
        store.change_catalog(change, "another program".into()).await.unwrap();
    }
    store.close().await.unwrap();

    let host = TestHost::builder().place(Place::Elsewhere(url)).start().await;
    let client = host.client();
    assert_eq!(built(&client, None).await, 1, "what can be taken is");
    let refused = client.post("/api/test/seed", json!({ "scenario": "ward", "version": "^3" })).await;
    assert_eq!(refused.status, 404);
    let reasons = refused.problem()["reasons"].to_string();
    assert!(reasons.contains("it is ward 1.9.0") && reasons.contains("wasi:"), "{reasons}");
    crate::is_well(&host, 1).await;
    host.stop().await;
    drop(place);
}
