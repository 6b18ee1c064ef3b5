//! What an appointment keeps when it is moved or edited: its rooms, and a time that it shares by permission.

use insula_domain::{FieldValue, Kind, NewClinic, NewResource, NewResourceType};
use insula_engine::{Changes, Find};
use insula_test_http::TestHost;
use jiff::{Timestamp, ToSpan};
use reqwest::Method;
use serde_json::{Value, json};

use crate::user::{User, id, seeded};

/// The full clinic's diary for some weeks.
struct Diary {
    island: Value,
    user: User,
    calendar: Value,
}

impl Diary {
    async fn new(host: &TestHost) -> Self {
        let (island, user) = seeded(host, "full_clinic").await;
        let calendar = user.get("/calendar?from=2026-01-05&until=2026-02-28").await;
        Self { island, user, calendar }
    }

    /// The first appointment for which this holds.
    fn first(&self, holds: impl Fn(&Value) -> bool) -> Value {
        let mut all = self.calendar["appointments"].as_array().unwrap().iter();
        all.find(|appointment| holds(appointment)).cloned().unwrap()
    }

    /// One in a room that was chosen: not the first.
    fn chosen(&self) -> Value {
        self.first(|one| one["clinic_notes"] == "Bring the X-ray.")
    }

    /// One on a day off.
    fn shared(&self) -> Value {
        let off = self.calendar["time_off"].as_array().unwrap();
        self.first(|one| {
            off.iter().any(|off| {
                off["date"] == one["date"]
                    && off["practitioner_id"] == one["practitioner_id"]
                    && off["start_time"].is_null()
            })
        })
    }

    async fn reschedule(&self, which: &Value, date: &str, start_time: &str) -> (u16, Value) {
        let path = format!("/appointments/{}/reschedule", id(&which["id"]));
        let at = json!({ "date": date, "start_time": start_time });
        let reply = self.user.call(Method::POST, &path, Some(at)).await;
        (reply.status, reply.json())
    }

    async fn edit(&self, which: &Value, with: Value) -> (u16, Value) {
        let path = format!("/appointments/{}", id(&which["id"]));
        let reply = self.user.call(Method::PUT, &path, Some(edited(which, with))).await;
        (reply.status, reply.json())
    }
}

/// An appointment as a body has it, with something else.
fn edited(which: &Value, with: Value) -> Value {
    let fields = ["patient_id", "practitioner_id", "appointment_type_id", "date", "start_time", "notes"];
    let mut body: Value = fields
        .into_iter()
        .map(|name| (name.to_owned(), which[name].clone()))
        .collect::<serde_json::Map<_, _>>()
        .into();
    body.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
    body
}

#[tokio::test]
async fn an_appointment_that_is_moved_keeps_the_room_that_was_chosen() {
    let host = TestHost::start().await;
    let diary = Diary::new(&host).await;
    let chosen = diary.chosen();
    let rooms = &chosen["resource_ids"];
    let (status, moved) = diary.reschedule(&chosen, "2026-01-08", "15:00").await;
    assert_eq!((status, &moved["resource_ids"]), (200, rooms), "{moved}");

    // Where it is taken, nobody else's takes its place.
    let therapist = &diary.first(|one| one["is_auto_assigned"] == true)["practitioner_id"];
    let treatment = diary.shared()["appointment_type_id"].clone();
    let other = json!({
        "date": "2026-01-09", "start_time": "15:00", "practitioner_id": therapist, "appointment_type_id": treatment,
        "resource_ids": rooms,
    });
    let other = diary.user.post("/appointments", edited(&chosen, other)).await;
    let (status, refused) = diary.reschedule(&chosen, "2026-01-09", "15:15").await;
    assert_eq!(
        (status, &refused["rule"], &refused["field"]),
        (422, &json!("overlap"), &json!("resource_ids"))
    );
    let detail = refused["detail"].as_str().unwrap();
    assert!(
        detail.contains("Room 2 is taken at that time")
            && detail.contains("take other resources, or another time"),
        "{detail}"
    );
    diary.user.post(&format!("/appointments/{}/cancel", id(&other["id"])), json!({ "by": "clinic" })).await;
    let (status, moved) = diary.reschedule(&chosen, "2026-01-09", "15:15").await;
    assert_eq!((status, &moved["resource_ids"]), (200, rooms), "{moved}");

    // Who says so gets others.
    let path = format!("/appointments/{}/reschedule", id(&chosen["id"]));
    let others = diary.shared()["resource_ids"].clone();
    assert_ne!(others, *rooms);
    let at = json!({ "date": "2026-01-09", "start_time": "15:15", "resource_ids": others });
    assert_eq!(diary.user.post(&path, at).await["resource_ids"], others);
}

#[tokio::test]
async fn an_edit_that_leaves_an_appointment_where_it_is_passes_though_it_overlaps() {
    let host = TestHost::start().await;
    let diary = Diary::new(&host).await;
    let shared = diary.shared();
    let noted = json!({ "clinic_notes": "Knocks at the back door." });
    let (status, edited) = diary.edit(&shared, noted.clone()).await;
    assert_eq!((status, &edited["clinic_notes"]), (200, &noted["clinic_notes"]), "{edited}");
    for name in
        ["id", "date", "start_time", "end_time", "starts_at", "practitioner_id", "resource_ids", "status"]
    {
        assert_eq!(edited[name], shared[name], "{name}");
    }
    let named = json!({ "resource_ids": shared["resource_ids"], "minutes": 30 });
    assert_eq!(diary.edit(&shared, named).await.0, 200);
    let (status, same) = diary.reschedule(&shared, shared["date"].as_str().unwrap(), "09:00").await;
    assert_eq!((status, &same["starts_at"]), (200, &shared["starts_at"]));

    // What it was allowed is that one time.
    for other in [json!({ "start_time": "09:15" }), json!({ "minutes": 45 }), json!({ "resource_ids": [] })] {
        let (status, refused) = diary.edit(&shared, other.clone()).await;
        assert_eq!((status, &refused["rule"]), (422, &json!("overlap")), "{other}");
    }
    assert_eq!(diary.reschedule(&shared, shared["date"].as_str().unwrap(), "10:00").await.0, 422);
}

#[tokio::test]
async fn an_edit_that_names_no_rooms_keeps_those_that_were_chosen() {
    let host = TestHost::start().await;
    let diary = Diary::new(&host).await;
    let (chosen, none) = (diary.chosen(), json!({ "clinic_notes": "Was late." }));
    let moved = json!({ "start_time": "15:00", "resource_ids": chosen["resource_ids"] });
    let (_, chosen) = diary.edit(&chosen, moved).await;
    let (status, edited) = diary.edit(&chosen, none).await;
    assert_eq!((status, &edited["resource_ids"]), (200, &chosen["resource_ids"]), "{edited}");
}

#[tokio::test]
async fn an_edit_leaves_an_appointment_in_the_second_of_two_hours_there() {
    let host = TestHost::start().await;
    let diary = Diary::new(&host).await;
    // In London this hour happens twice; the application takes the first, and somebody else took the second.
    let (status, first) = diary.reschedule(&diary.shared(), "2026-10-25", "01:00").await;
    assert_eq!((status, &first["starts_at"]), (200, &json!("2026-10-25T00:00:00Z")));
    let (island, which) =
        (id(&diary.island["island_id"]).parse().unwrap(), serde_json::from_value(first["id"].clone()));
    let (which, drafts) = (which.unwrap(), host.engine().drafts());
    let later = ["starts_at", "ends_at"].map(|name| {
        let instant: Timestamp = id(&first[name]).parse().unwrap();
        (Kind::Appointment, which, name, FieldValue::Instant(instant + 1.hour()))
    });
    let moved = host.engine().edit(island, vec![Find::one(Kind::Appointment, which)], move |part| {
        let draft = drafts.onto(part.island).map_err(|refusal| refusal.to_string())?;
        Ok::<_, String>(Changes { set: later.to_vec(), ..Changes::of(draft) })
    });
    moved.await.unwrap().unwrap();
    let (status, edited) = diary.edit(&first, json!({ "clinic_notes": "Comes by the night train." })).await;
    assert_eq!((status, &edited["starts_at"]), (200, &json!("2026-10-25T01:00:00Z")), "{edited}");
}

#[tokio::test]
async fn a_room_of_another_clinic_of_the_island_is_not_there() {
    let host = TestHost::start().await;
    let diary = Diary::new(&host).await;
    let (island, drafts) = (id(&diary.island["island_id"]).parse().unwrap(), host.engine().drafts());
    let built = host.engine().edit(island, Vec::new(), move |part| {
        let mut draft = drafts.onto(part.island).map_err(|refusal| refusal.to_string())?;
        let clinic = draft.create_clinic(NewClinic::named("Southside")).unwrap();
        let name = || "Cellar".to_owned();
        let resource_type = draft.create_resource_type(NewResourceType { clinic, name: name() }).unwrap();
        draft.create_resource(NewResource { resource_type, name: name(), description: None }).unwrap();
        Ok::<_, String>(Changes::of(draft))
    });
    let built = built.await.unwrap().unwrap();
    let chosen = diary.chosen();
    let mut answers = Vec::new();
    for room in [json!(built.ids.of(Kind::Resource)[0]), json!("01890000-0000-7000-8000-000000000000")] {
        let mut rooms = chosen["resource_ids"].clone();
        rooms.as_array_mut().unwrap().push(room.clone());
        let (status, mut refused) = diary.edit(&chosen, json!({ "resource_ids": rooms })).await;
        assert_eq!((status, &refused["field"]), (422, &json!("resource_ids")), "{refused}");
        refused.as_object_mut().unwrap().remove("request_id");
        answers.push(refused.to_string().replace(id(&room), "ROOM"));
    }
    assert_eq!(answers[0], answers[1]);
    assert!(answers[0].contains("the clinic has no resource ROOM"), "{}", answers[0]);
}
