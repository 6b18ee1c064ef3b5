//! Appointments, the calendar and time off.

use insula_test_http::TestHost;
use reqwest::Method;
use serde_json::{Value, json};

use crate::user::{User, id, seeded};

struct Desk {
    admin: User,
    island: Value,
}

impl Desk {
    async fn new(host: &TestHost) -> Self {
        let (island, admin) = seeded(host, "standard").await;
        Self { admin, island }
    }

    fn booking(&self, date: &str, start_time: &str) -> Value {
        json!({
            "patient_id": self.island["patients"][0]["id"],
            "practitioner_id": self.island["users"][1]["id"],
            "appointment_type_id": self.island["appointment_types"][0]["id"],
            "date": date,
            "start_time": start_time,
        })
    }

    async fn book(&self, start_time: &str) -> Value {
        self.admin.post("/appointments", self.booking("2026-01-06", start_time)).await
    }

    async fn refused(&self, path: &str, body: Value) -> String {
        self.admin.refused(Method::POST, path, Some(body)).await.2
    }
}

#[tokio::test]
async fn an_appointment_is_booked_moved_canceled_and_deleted() {
    let host = TestHost::start().await;
    let desk = Desk::new(&host).await;
    let made = desk.book("09:00").await;
    assert_eq!((&made["status"], &made["end_time"]), (&json!("confirmed"), &json!("09:30")));
    assert_eq!(desk.refused("/appointments", desk.booking("2026-01-06", "09:15")).await, "overlap");
    let path = format!("/appointments/{}", id(&made["id"]));
    let (reschedule, at) =
        (format!("{path}/reschedule"), json!({ "date": "2026-01-06", "start_time": "09:15" }));
    let moved = desk.admin.post(&reschedule, at).await;
    assert_eq!(
        (&moved["id"], &moved["start_time"], &moved["end_time"]),
        (&made["id"], &json!("09:15"), &json!("09:45"))
    );
    let edited = json!({ "clinic_notes": "brings her papers", "minutes": 45 });
    let mut body = desk.booking("2026-01-06", "09:15");
    body.as_object_mut().unwrap().extend(edited.as_object().unwrap().clone());
    let edited = desk.admin.put(&path, body).await;
    assert_eq!(
        (&edited["clinic_notes"], &edited["end_time"]),
        (&json!("brings her papers"), &json!("10:00"))
    );

    let canceled = desk.admin.post(&format!("{path}/cancel"), json!({ "by": "patient" })).await;
    assert_eq!(canceled["status"], "canceled_by_patient");
    assert_eq!(desk.refused(&format!("{path}/cancel"), json!({ "by": "clinic" })).await, "range");
    let again = json!({ "date": "2026-01-07", "start_time": "09:00" });
    assert_eq!(desk.refused(&format!("{path}/reschedule"), again).await, "range");
    let second = desk.book("09:15").await;
    let close = format!("/appointments/{}/close", id(&second["id"]));
    let closed = desk.admin.post(&close, json!({ "outcome": "no_show" }));
    assert_eq!(closed.await["status"], "no_show");

    let deleted = desk.admin.call(Method::DELETE, &path, None).await;
    assert_eq!((deleted.status, &deleted.json()["id"]), (200, &made["id"]));
    assert_eq!(desk.admin.refused(Method::DELETE, &path, None).await.1, "not-found");
}

#[tokio::test]
async fn the_day_is_listed_by_practitioner_patient_and_status() {
    let host = TestHost::start().await;
    let desk = Desk::new(&host).await;
    let later = desk.book("11:00").await;
    let first = desk.book("09:00").await;
    desk.admin.post("/appointments", desk.booking("2026-01-07", "09:00")).await;
    desk.admin.post(&format!("/appointments/{}/cancel", id(&later["id"])), json!({ "by": "clinic" })).await;
    let who = id(&desk.island["users"][1]["id"]);
    let day = desk.admin.get(&format!("/appointments?date=2026-01-06&practitioner_id={who}")).await;
    assert_eq!(day["total"], 2);
    assert_eq!([&day["items"][0]["id"], &day["items"][1]["id"]], [&first["id"], &later["id"]]);
    let confirmed = desk.admin.get("/appointments?date=2026-01-06&status=confirmed").await;
    assert_eq!(confirmed["total"], 1);
    let patient = id(&desk.island["patients"][0]["id"]);
    assert_eq!(desk.admin.get(&format!("/appointments?patient_id={patient}")).await["total"], 3);
    assert_eq!(desk.admin.get(&format!("/appointments?practitioner_id={patient}")).await["total"], 0);
}

#[tokio::test]
async fn the_calendar_shows_both_and_time_off_is_kept_free() {
    let host = TestHost::start().await;
    let desk = Desk::new(&host).await;
    let who = &desk.island["users"][1]["id"];
    let off = json!({ "practitioner_id": who, "date": "2026-01-06", "start_time": "09:00", "end_time": "12:00", "name": "Training" });
    let off = desk.admin.post("/time-off", off).await;
    assert_eq!(desk.refused("/appointments", desk.booking("2026-01-06", "11:45")).await, "overlap");
    let booked = desk.book("12:00").await;
    let whole_day = json!({ "practitioner_id": who, "date": "2026-01-06" });
    assert_eq!(desk.refused("/time-off", whole_day).await, "overlap");
    let half = json!({ "practitioner_id": who, "date": "2026-01-08", "start_time": "09:00" });
    assert_eq!(desk.refused("/time-off", half).await, "ends_after_start");
    let calendar = desk.admin.get("/calendar?from=2026-01-05&until=2026-01-11").await;
    assert_eq!(
        (&calendar["appointments"][0]["id"], &calendar["time_off"][0]["id"]),
        (&booked["id"], &off["id"])
    );
    let path = format!("/time-off/{}", id(&off["id"]));
    assert_eq!(desk.admin.call(Method::DELETE, &path, None).await.status, 200);
    desk.book("11:00").await;
    for wrong in ["from=2026-01-05&until=2026-01-04", "from=2026-01-01&until=2026-12-31", "from=2026-01-05"] {
        assert_eq!(
            desk.admin.refused(Method::GET, &format!("/calendar?{wrong}"), None).await.1,
            "invalid-query"
        );
    }
}

#[tokio::test]
async fn an_appointment_keeps_the_rules_of_its_clinic() {
    let host = TestHost::start().await;
    let desk = Desk::new(&host).await;
    let with = |name: &str, value: &Value| {
        let mut body = desk.booking("2026-01-06", "09:00");
        body[name] = value.clone();
        body
    };
    let admin = &desk.island["users"][0]["id"];
    assert_eq!(desk.refused("/appointments", with("practitioner_id", admin)).await, "practitioner_role");
    for reference in ["patient_id", "practitioner_id", "appointment_type_id"] {
        let unknown = with(reference, &json!("01890000-0000-7000-8000-000000000000"));
        assert_eq!(desk.refused("/appointments", unknown).await, "unknown_handle", "{reference}");
    }
    assert_eq!(desk.refused("/appointments", with("minutes", &json!(0))).await, "range");
    assert_eq!(desk.refused("/appointments", with("start_time", &json!("23:45"))).await, "same_day");
    let unoffered =
        desk.admin.post("/appointment-types", json!({ "name": "Surgery", "duration_minutes": 60 })).await;
    assert_eq!(
        desk.refused("/appointments", with("appointment_type_id", &unoffered["id"])).await,
        "offering"
    );
    assert_eq!(desk.admin.get("/appointments").await["total"], 0);
    // What has appointments keeps its practitioners.
    desk.book("09:00").await;
    let offered =
        format!("/appointment-types/{}/practitioners", id(&desk.island["appointment_types"][0]["id"]));
    let none = desk.admin.refused(Method::PUT, &offered, Some(json!({ "practitioner_ids": [] }))).await;
    assert_eq!(none.2, "offering");
}

#[tokio::test]
async fn of_many_who_book_one_hour_one_gets_it() {
    let host = TestHost::start().await;
    let desk = Desk::new(&host).await;
    let book = || desk.admin.call(Method::POST, "/appointments", Some(desk.booking("2026-01-06", "09:00")));
    let replies = futures::future::join_all((0..10).map(|_| book())).await;
    let mut statuses: Vec<u16> = replies.iter().map(|reply| reply.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [&[201][..], &[422; 9]].concat());
}
