//! What is refused names what the API has: its fields, its paths, and what can be done with them.

use insula_test_http::TestHost;
use reqwest::Method;
use serde_json::{Value, json};

use crate::user::{User, id, seeded};

async fn refused(user: &User, method: Method, path: &str, body: Value) -> [String; 3] {
    let problem = user.call(method, path, Some(body)).await.problem();
    ["field", "rule", "message"].map(|name| problem[name].as_str().unwrap_or_default().to_owned())
}

/// Field, rule and the end of the message.
fn says(refused: [String; 3], field: &str, rule: &str, advice: &str) {
    let [found, broken, message] = &refused;
    assert_eq!((&**found, &**broken), (field, rule), "{message}");
    assert!(message.ends_with(advice), "{message}");
    for word in ["allow-overlap", "offering first", "in the membership", "handle"] {
        assert!(!message.contains(word), "{message}");
    }
}

#[tokio::test]
async fn a_rule_names_the_field_of_the_body_and_what_can_be_done() {
    let host = TestHost::start().await;
    let (island, admin) = seeded(&host, "standard").await;
    let (who, nobody) = (&island["users"][1]["id"], &island["users"][0]["id"]);
    let booking = |with: Value| {
        let mut body = json!({
            "patient_id": island["patients"][0]["id"], "practitioner_id": who,
            "appointment_type_id": island["appointment_types"][0]["id"], "date": "2026-01-06", "start_time": "09:00",
        });
        body.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
        body
    };
    let post = async |path: &str, body: Value| refused(&admin, Method::POST, path, body).await;
    let book = async |with: Value| post("/appointments", booking(with)).await;
    admin.post("/appointments", booking(json!({}))).await;
    says(book(json!({})).await, "start_time", "overlap", "; take another time");
    says(book(json!({ "start_time": "23:45" })).await, "start_time", "same_day", "take less time");
    let someone = "take somebody who does, or give them the role";
    says(book(json!({ "practitioner_id": nobody })).await, "practitioner_id", "practitioner_role", someone);
    let surgery =
        admin.post("/appointment-types", json!({ "name": "Surgery", "duration_minutes": 60 })).await;
    let unoffered = book(json!({ "appointment_type_id": surgery["id"], "start_time": "14:00" })).await;
    says(unoffered, "appointment_type_id", "offering", "say that they offer it first");

    let off = |with: Value| {
        let mut body = json!({ "practitioner_id": who, "date": "2026-01-06" });
        body.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
        body
    };
    says(
        post("/time-off", off(json!({}))).await,
        "date",
        "overlap",
        "; take another time, or move the appointment",
    );
    let backwards = off(json!({ "start_time": "15:00", "end_time": "14:00" }));
    says(post("/time-off", backwards).await, "end_time", "ends_after_start", "on the same day");
    let off = off(json!({ "practitioner_id": nobody }));
    says(post("/time-off", off).await, "practitioner_id", "practitioner_role", someone);
    let patient = json!({ "full_name": "A", "assigned_practitioner_ids": [nobody] });
    says(post("/patients", patient).await, "assigned_practitioner_ids", "practitioner_role", someone);
    let path = format!("/appointment-types/{}/practitioners", id(&surgery["id"]));
    let offered = refused(&admin, Method::PUT, &path, json!({ "practitioner_ids": [nobody] })).await;
    says(offered, "practitioner_ids", "practitioner_role", someone);
}

#[tokio::test]
async fn what_is_refused_is_told_to_its_island_without_what_was_sent() {
    let host = TestHost::start().await;
    let (other, _) = seeded(&host, "standard").await;
    let (island, admin) = seeded(&host, "full_clinic").await;
    let member = |role: &str| {
        let mut users = island["users"].as_array().unwrap().iter();
        let user = users.find(|user| user["roles"][id(&island["clinic_id"])] == json!([role])).unwrap();
        let mut tokens = island["tokens"].as_array().unwrap().iter();
        User::of(&host, tokens.find(|token| token["user_id"] == user["id"]).unwrap())
    };
    let (reader, foreign) = (member("read_only"), id(&other["patients"][0]["id"]));
    let path = format!("/patients/{foreign}");
    let patient = json!({ "full_name": "Ana Secret" });
    reader.call(Method::POST, "/patients", Some(patient.clone())).await;
    admin.call(Method::PUT, &path, Some(patient)).await;
    let offered = json!({ "full_name": "Ana Secret", "assigned_practitioner_ids": [foreign] });
    admin.call(Method::POST, "/patients", Some(offered)).await;
    // What is only looked for, and not there, is no refusal.
    admin.call(Method::GET, &path, None).await;
    let path = format!("/api/test/islands/{}/events", id(&island["island_id"]));
    let told = host.client().get(&path).await;
    let events = told.json()["events"].clone();
    let refused = events.as_array().unwrap().iter().filter(|event| event["kind"] == "refused");
    let refused: Vec<_> = refused
        .map(|event| {
            assert!(event["actor"].as_str().unwrap().starts_with("user "), "{event}");
            [&event["details"]["asked"], &event["outcome"], &event["details"]["reason"]]
        })
        .collect();
    let expected = [
        ["edit_patients", "role_missing", "No role of the user allows this"],
        ["edit_patients", "not_found", "The clinic has no such thing"],
        ["edit_patients", "rule_broken", "A rule of the clinic forbids it"],
    ];
    assert_eq!(json!(refused), json!(expected));
    assert!(!told.text.contains("Secret") && !told.text.contains(foreign), "{}", told.text);
}

#[tokio::test]
async fn a_path_that_is_not_there_leads_to_the_document_of_its_own_api() {
    let host = TestHost::start().await;
    let detail = async |path: &str| {
        let problem = host.client().get(path).await.problem();
        assert_eq!(problem["type"], "/problems/unknown-path");
        problem["detail"].as_str().unwrap().to_owned()
    };
    for (path, document) in [
        ("/api/nothing", "; /api/openapi.json lists"),
        ("/api", "; /api/openapi.json lists"),
        ("/api/test/nothing", "; /openapi.json lists"),
        ("/apis", "; /openapi.json lists"),
    ] {
        let detail = detail(path).await;
        assert!(detail.contains(document), "{detail}");
    }
}

#[tokio::test]
async fn a_method_that_a_path_does_not_take_is_a_problem_document() {
    let host = TestHost::start().await;
    for (method, path, allow) in [
        (Method::DELETE, "/api/patients", "GET,HEAD,POST"),
        (Method::PATCH, "/api/appointments/1", "DELETE,GET,HEAD,PUT"),
        (Method::POST, "/api/openapi.json", "GET,HEAD"),
        (Method::GET, "/api/login", "POST"),
    ] {
        let client = host.client();
        let reply = client.send(client.request(method.clone(), path)).await;
        assert_eq!((reply.status, &reply.problem()["type"]), (405, &json!("/problems/method-not-allowed")));
        let mut allowed: Vec<_> = reply.header("allow").unwrap().split(',').collect();
        allowed.sort_unstable();
        assert_eq!(allowed.join(","), allow, "{method} {path}");
    }
}

#[tokio::test]
async fn the_document_lists_an_island_that_ends_meanwhile_and_the_bounds_of_a_page() {
    let host = TestHost::start().await;
    let document = host.client().get("/api/openapi.json").await.json();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            assert!(operation["responses"]["410"].is_object(), "{method} {path}");
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            for limit in parameters.iter().filter(|parameter| parameter["name"] == "limit") {
                let schema = &limit["schema"];
                assert_eq!((&schema["minimum"], &schema["maximum"]), (&json!(1), &json!(200)), "{path}");
            }
        }
    }
}
