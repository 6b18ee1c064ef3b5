//! The clinic's settings, staff, appointment types and patients.

use insula_test_http::TestHost;
use reqwest::Method;
use serde_json::{Value, json};

use crate::user::{User, id, seeded};

#[tokio::test]
async fn patients_are_added_found_and_edited() {
    let host = TestHost::start().await;
    let (_, admin) = seeded(&host, "standard").await;
    let practitioner = admin.get("/staff").await["staff"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["roles"] == json!(["practitioner"]))
        .unwrap()["user_id"]
        .clone();
    let new = json!({
        "full_name": "Zoe Ångström", "phone": "+46 8 123", "birthday": "1990-02-28", "gender": "female",
        "assigned_practitioner_ids": [practitioner],
    });
    let made = admin.post("/patients", new.clone()).await;
    let path = format!("/patients/{}", id(&made["id"]));
    assert_eq!(admin.get(&path).await, made);
    for search in ["zoe", "8%20123", "NGSTR"] {
        let found = admin.get(&format!("/patients?search={search}")).await;
        assert_eq!((found["total"].as_u64(), &found["items"][0]), (Some(1), &made), "{search}");
    }
    assert_eq!(admin.get("/patients?search=%25").await["total"], 0, "a search text has no wildcards");
    let edited = admin.put(&path, json!({ "full_name": "Zoe Berg" })).await;
    assert_eq!((&edited["id"], &edited["phone"]), (&made["id"], &Value::Null));
    assert_eq!(edited["assigned_practitioner_ids"], json!([]));
    assert_eq!(edited["created_by"], made["created_by"]);
    let page = admin.get("/patients?offset=1&limit=1").await;
    assert_eq!((page["total"].as_u64(), page["items"].as_array().unwrap().len()), (Some(2), 1));
}

#[tokio::test]
async fn what_breaks_a_rule_is_refused_with_field_and_rule() {
    let host = TestHost::start().await;
    let (island, admin) = seeded(&host, "standard").await;
    let post = async |path: &str, body: Value| admin.refused(Method::POST, path, Some(body)).await;
    let broken = |rule: &str| (422, "rule-broken".to_owned(), rule.to_owned());
    assert_eq!(post("/patients", json!({ "full_name": "" })).await, broken("schema"));
    assert_eq!(post("/patients", json!({ "full_name": "x".repeat(201) })).await, broken("schema"));
    assert_eq!(post("/patients", json!({ "full_name": "A\u{0}" })).await, broken("format"));
    let stranger = json!({ "full_name": "A", "assigned_practitioner_ids": [uuid()] });
    assert_eq!(post("/patients", stranger).await, broken("unknown_handle"));
    let receptionist = json!({ "full_name": "A", "assigned_practitioner_ids": [island["users"][0]["id"]] });
    assert_eq!(post("/patients", receptionist).await, broken("practitioner_role"));
    let taken = &island["appointment_types"][0];
    let same = json!({ "name": taken["name"], "duration_minutes": taken["duration_minutes"] });
    assert_eq!(post("/appointment-types", same).await, broken("unique"));
    assert_eq!(post("/patients", json!({ "name": "A" })).await.1, "invalid-body");
    assert_eq!(admin.refused(Method::GET, "/patients?limit=0", None).await.1, "invalid-query");
    assert_eq!(admin.refused(Method::GET, "/patients?clinic_id=1", None).await.1, "invalid-query");
    assert_eq!(admin.get("/patients").await["total"], 1, "nothing was written");
}

#[tokio::test]
async fn an_admin_edits_the_clinic_and_what_it_offers() {
    let host = TestHost::start().await;
    let (island, admin) = seeded(&host, "standard").await;
    let settings = admin.put("/settings", json!({ "name": "Southside", "settings": { "a": 1 } })).await;
    assert_eq!(
        (&settings["name"], &settings["time_zone"]),
        (&json!("Southside"), &island["clinics"][0]["time_zone"])
    );
    assert_eq!(admin.get("/settings").await, settings);

    let made = admin.post("/appointment-types", json!({ "name": "Check-up", "duration_minutes": 15 })).await;
    let path = format!("/appointment-types/{}", id(&made["id"]));
    let edited = admin.put(&path, json!({ "name": "Check-up", "duration_minutes": 20 })).await;
    assert_eq!((&edited["id"], &edited["duration_minutes"]), (&made["id"], &json!(20)));
    let practitioner = &island["users"][1]["id"];
    let offered = format!("{path}/practitioners");
    assert_eq!(admin.get(&offered).await["practitioner_ids"], json!([]));
    admin.put(&offered, json!({ "practitioner_ids": [practitioner] })).await;
    assert_eq!(admin.get(&offered).await["practitioner_ids"], json!([practitioner]));
    admin.put(&offered, json!({ "practitioner_ids": [] })).await;
    assert_eq!(admin.get(&offered).await["practitioner_ids"], json!([]));
    let nobody =
        admin.refused(Method::PUT, &offered, Some(json!({ "practitioner_ids": [island["users"][0]["id"]] })));
    assert_eq!(nobody.await.2, "practitioner_role");
}

#[tokio::test]
async fn staff_are_edited_and_one_who_left_comes_in_no_more() {
    let host = TestHost::start().await;
    let (island, admin) = seeded(&host, "standard").await;
    let practitioner = User::of(&host, &island["tokens"][1]);
    practitioner.get("/me").await;
    let path = format!("/staff/{}", id(&island["users"][1]["id"]));
    let member = |roles: Value, is_active: bool| json!({ "full_name": "Dr. B", "roles": roles, "is_active": is_active });
    let edited = admin.put(&path, member(json!(["practitioner", "receptionist"]), true)).await;
    assert_eq!(edited["roles"], json!(["practitioner", "receptionist"]));
    assert_eq!(
        practitioner.get("/me").await["membership"]["roles"],
        edited["roles"],
        "a role counts at once"
    );
    let needed = admin.refused(Method::PUT, &path, Some(member(json!(["receptionist"]), true))).await;
    assert_eq!(needed.2, "practitioner_role", "offerings and hours need one");
    admin.put(&path, member(json!(["practitioner"]), false)).await;
    assert_eq!(practitioner.refused(Method::GET, "/me", None).await.1, "bad-token");
    let own = format!("/staff/{}", id(&island["users"][0]["id"]));
    let abdicated = admin.refused(Method::PUT, &own, Some(member(json!(["read_only"]), true))).await;
    assert_eq!(abdicated.0, 422);
}

fn uuid() -> &'static str {
    "01890000-0000-7000-8000-000000000000"
}
