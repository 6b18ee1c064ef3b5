//! Dates and times of day: one form, and years that both databases can write.

use insula_test_http::{Place, TestHost};
use reqwest::Method;
use serde_json::{Value, json};

use crate::user::{User, seeded};

async fn told(user: &User, method: Method, path: &str, body: Option<Value>) -> (u16, String) {
    let reply = user.call(method, path, body).await;
    (reply.status, reply.problem()["detail"].as_str().unwrap().to_owned())
}

async fn the_years_are_bounded(host: TestHost) {
    let (island, admin) = seeded(&host, "standard").await;
    for query in [
        "/appointments?date=-009999-12-01",
        "/appointments?date=0000-12-31",
        "/appointments?date=%2B010000-01-01",
        "/calendar?from=-009999-12-01&until=-009999-12-02",
        "/calendar?from=0000-12-31&until=0001-01-01",
    ] {
        let (status, detail) = told(&admin, Method::GET, query, None).await;
        assert_eq!(status, 400, "{query}: {detail}");
        assert!(detail.contains("0001 to 9999"), "{query}: {detail}");
    }
    for edge in ["0001-01-01", "9999-12-31"] {
        assert_eq!(admin.get(&format!("/appointments?date={edge}")).await["total"], 0);
        let whole = admin.get(&format!("/calendar?from={edge}&until={edge}")).await;
        assert_eq!(whole["appointments"], json!([]));
    }
    let at = |date: &str| {
        json!({
            "patient_id": island["patients"][0]["id"], "practitioner_id": island["users"][1]["id"],
            "appointment_type_id": island["appointment_types"][0]["id"], "date": date, "start_time": "12:00",
        })
    };
    for date in ["-009999-12-01", "0000-12-31"] {
        let (status, detail) = told(&admin, Method::POST, "/appointments", Some(at(date))).await;
        assert!(status == 400 && detail.contains("0001 to 9999"), "{date}: {status} {detail}");
    }
    for date in ["0001-01-01", "9999-12-29"] {
        assert_eq!(admin.post("/appointments", at(date)).await["date"], date);
    }
    host.stop().await;
}

#[tokio::test]
async fn the_years_are_those_that_can_be_written() {
    the_years_are_bounded(TestHost::start().await).await;
}

#[tokio::test]
async fn the_years_are_the_same_on_postgresql() {
    the_years_are_bounded(TestHost::builder().place(Place::postgres()).start().await).await;
}

#[tokio::test]
async fn only_the_forms_of_the_document_are_taken() {
    let host = TestHost::start().await;
    let (island, admin) = seeded(&host, "standard").await;
    for birthday in [
        "20260101",
        "2026-01-01T10:00",
        "2026-01-01T10:00:00Z",
        "2026-W01-4",
        "2026-001",
        " 2026-01-01",
        "2026-1-1",
        "2026-02-30",
        "+002026-01-01",
        "",
    ] {
        let body = json!({ "full_name": "A", "birthday": birthday });
        let (status, detail) = told(&admin, Method::POST, "/patients", Some(body)).await;
        assert!(status == 400 && detail.contains("/birthday does not fit"), "{birthday:?}: {detail}");
    }
    for start in
        ["T14:00", "14", "1400", "14:00:00", "14:00:30", "24:00", "23:60", "9:00", "2026-01-06T14:00", ""]
    {
        let body = json!({
            "practitioner_id": island["users"][1]["id"], "date": "2026-01-06", "start_time": start, "end_time": "15:00",
        });
        let (status, detail) = told(&admin, Method::POST, "/time-off", Some(body)).await;
        assert!(status == 400 && detail.contains("/start_time does not fit"), "{start:?}: {detail}");
    }
    assert_eq!(admin.get("/patients").await["total"], 1, "nothing was written");
    let (status, _) = told(&admin, Method::GET, "/appointments?date=20260106", None).await;
    assert_eq!(status, 400);
}
