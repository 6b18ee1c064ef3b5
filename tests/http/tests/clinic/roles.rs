//! Each call, by somebody of each role: what the document says of roles is what holds.

use insula_test_http::TestHost;
use reqwest::Method;
use serde_json::{Value, json};

use crate::user::{User, id, seeded};

const ROLES: [&str; 4] = ["admin", "practitioner", "receptionist", "read_only"];

#[tokio::test]
async fn every_call_is_refused_to_the_roles_that_its_description_leaves_out() {
    let host = TestHost::start().await;
    let (island, _) = seeded(&host, "full_clinic").await;
    let document = host.client().get("/api/openapi.json").await.json();
    let clinic = id(&island["clinic_id"]);
    let mut calls = 0;
    for role in ROLES {
        let has = |token: &&Value| {
            let users = island["users"].as_array().unwrap();
            let user = users.iter().find(|user| user["id"] == token["user_id"]).unwrap();
            user["roles"][clinic] == json!([role])
        };
        let token = island["tokens"].as_array().unwrap().iter().find(has);
        let member = User::of(&host, token.unwrap_or_else(|| panic!("the scenario has no {role}")));
        for (path, operations) in document["paths"].as_object().unwrap() {
            for (method, operation) in operations.as_object().unwrap() {
                let allowed = operation["description"].as_str().unwrap();
                let allowed = allowed.trim_start_matches("Roles: ").trim_end_matches('.').split(", ");
                let allowed = allowed.into_iter().any(|one| one == role);
                // Nobody is there: what is let in is refused later.
                let path = path.trim_start_matches("/api").replace(['{', '}'], "");
                let body = (method != "get").then(|| Value::Array(Vec::new()));
                let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
                let status = member.call(method.clone(), &path, body).await.status;
                assert_eq!(status == 403, !allowed, "{method} {path} as {role}: {status}");
                assert_ne!(status, 500);
                calls += 1;
            }
        }
    }
    assert!(calls > 4 * 25, "{calls}");
}
