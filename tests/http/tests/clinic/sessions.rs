//! Who is asking, and in which clinic.

use insula_test_http::TestHost;
use reqwest::Method;
use serde_json::json;

use crate::user::{User, id, seeded};

#[tokio::test]
async fn a_token_of_an_island_logs_in() {
    let host = TestHost::start().await;
    let (island, admin) = seeded(&host, "standard").await;
    let logged_in = admin.post("/login", json!(null)).await;
    assert_eq!(logged_in["user_id"], island["users"][0]["id"]);
    assert_eq!(logged_in["me"]["clinic"]["id"], island["clinic_id"]);
    assert_eq!(logged_in["expires_at"], island["expires_at"], "no token outlives the one that was sent");
    let again = User::of(&host, &logged_in);
    let me = again.get("/me").await;
    assert_eq!(me["user"]["email"], island["users"][0]["email"]);
    assert!(me["user"]["last_login_at"].is_string());
    assert_eq!(me["membership"]["roles"], json!(["admin"]));
    assert!(me["may"].as_array().unwrap().contains(&json!("edit_settings")));
}

#[tokio::test]
async fn a_user_of_two_clinics_switches_between_them() {
    let host = TestHost::start().await;
    let (island, admin) = seeded(&host, "multi_clinic").await;
    let clinics = admin.get("/clinics").await["clinics"].clone();
    assert_eq!(clinics.as_array().unwrap().len(), 2);
    let [first, second] = [&island["clinics"][0]["id"], &island["clinics"][1]["id"]];
    let other = admin.post(&format!("/clinics/{}/switch", id(second)), json!(null)).await;
    let there = User::of(&host, &other);
    assert_eq!(there.get("/settings").await["id"], *second);
    assert_eq!(admin.get("/settings").await["id"], *first);
    // A patient of the one is nobody in the other.
    let patient = there.post("/patients", json!({ "full_name": "Zoe" })).await;
    let path = format!("/patients/{}", id(&patient["id"]));
    assert_eq!(admin.refused(Method::GET, &path, None).await.0, 404);
    assert_eq!(admin.get("/patients?search=zoe").await["total"], 0);
}

#[tokio::test]
async fn without_a_token_that_holds_nobody_comes_in() {
    let host = TestHost::start().await;
    let (island, admin) = seeded(&host, "standard").await;
    let client = host.client();
    for token in ["", "x", "a.b.c", "Bearer"] {
        let reply = client.send(client.request(Method::GET, "/api/me").bearer_auth(token)).await;
        assert_eq!(
            (reply.status, reply.problem()["type"].as_str()),
            (401, Some("/problems/bad-token")),
            "{token:?}"
        );
        assert!(reply.header("www-authenticate").is_some());
    }
    assert_eq!(client.get("/api/me").await.status, 401);
    // Two tokens are none: which of them counts would be for everyone on the way to decide differently.
    let token = island["tokens"][0]["access_token"].as_str().unwrap();
    let twice = client.request(Method::GET, "/api/me").bearer_auth(token).bearer_auth(token);
    assert_eq!(client.send(twice).await.status, 401);
    host.client().delete(&format!("/api/test/islands/{}", id(&island["island_id"]))).await;
    assert_eq!(admin.refused(Method::GET, "/me", None).await.1, "bad-token");
}

#[tokio::test]
async fn the_application_says_what_it_takes_and_gives() {
    let host = TestHost::start().await;
    let document = host.client().get("/api/openapi.json").await.json();
    assert_eq!(document["openapi"], "3.1.0");
    assert!(document["paths"]["/api/patients/{patient_id}"]["put"].is_object());
}
