//! Entities as callers see them.

#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

mod common;

use common::*;
use insula_domain::*;
use jiff::civil::date;
use serde_json::{Value, json};

/// The last of a kind, as JSON.
fn last(island: &Island, kind: Kind) -> Value {
    serde_json::to_value(island.views(kind).last().unwrap()).unwrap()
}

#[test]
fn references_are_ids_and_times_are_as_rfc_3339_writes_them() {
    let (mut draft, here) = place("Asia/Kolkata");
    let resource_type =
        draft.create_resource_type(NewResourceType { clinic: here.clinic, name: "Room".to_owned() }).unwrap();
    let room = draft
        .create_resource(NewResource { resource_type, name: "1".to_owned(), description: None })
        .unwrap();
    let mut new = here.appointment(date(2026, 1, 5), at(0, 1));
    new.resources = Allocation::Chosen(vec![room]);
    new.notes = Some("ü \"quoted\"".to_owned());
    draft.create_appointments([new]).unwrap();
    let island = island(draft);
    assert_eq!(
        last(&island, Kind::Appointment),
        json!({
            "id": 14000, "clinic_id": 1000, "practitioner_id": 2000, "patient_id": 13000,
            "appointment_type_id": 5000, "date": "2026-01-05", "start_time": "00:01", "end_time": "00:31",
            "starts_at": "2026-01-04T18:31:00Z", "ends_at": "2026-01-04T19:01:00Z", "status": "confirmed",
            "notes": "ü \"quoted\"", "clinic_notes": null, "is_auto_assigned": false, "resource_ids": [8000],
        })
    );
}

#[test]
fn money_is_exact_to_the_cent() {
    let (mut draft, here) = place("UTC");
    for (cents, text) in [
        (0, "0.0"),
        (1, "0.01"),
        (10, "0.1"),
        (29, "0.29"),
        (1250, "12.5"),
        (100, "1.0"),
        (999_999_999_999, "9999999999.99"),
        (1_000_000_000_000, "10000000000.0"),
    ] {
        let mut new = billing(here.practitioner, here.appointment_type, text);
        new.amount = Cents(cents);
        let handle = draft.create_billing_scenario(new).unwrap();
        let record = draft.entities().get(handle).unwrap();
        let view = View { record, index: handle.index(), ids: &Ids::default(), island: None };
        let json = serde_json::to_string(&view).unwrap();
        assert!(json.contains(&format!("\"amount\":{text},")), "{json}");
    }
}

#[test]
fn an_email_carries_its_island_and_a_plan_has_positions_for_ids() {
    let (draft, _) = place("UTC");
    let plan = View { record: &draft.entities().users[0], index: 0, ids: &Ids::default(), island: None };
    assert_eq!(
        serde_json::to_value(plan).unwrap(),
        json!({ "id": 0, "email": "user-1@example.test", "subject": "user-1", "last_login_at": null })
    );
    let island = island(draft);
    assert_eq!(
        last(&island, Kind::User),
        json!({
            "id": 2000,
            "email": "user-1+00000000-0000-0000-0000-000000000007@example.test",
            "subject": "user-1+00000000-0000-0000-0000-000000000007",
            "last_login_at": null,
        })
    );
}

#[test]
fn words_days_roles_and_objects_are_as_their_schemas_say() {
    let (mut draft, here) = place("UTC");
    draft
        .create_availabilities([hours(here.practitioner, here.clinic, Weekday::Sunday, at(9, 5), at(23, 59))])
        .unwrap();
    let user = draft.create_user(user("a@b")).unwrap();
    let mut new = membership(here.clinic, user, &[Role::ReadOnly, Role::Admin, Role::Admin]);
    new.settings = Some(Object::parse("settings", r#"{"b": [1, 2.5], "a": null}"#).unwrap());
    draft.create_membership(new).unwrap();
    draft.create_time_off([time_off(here.clinic, here.practitioner, date(2026, 1, 5), None)]).unwrap();
    let island = island(draft);
    assert_eq!(
        last(&island, Kind::Availability),
        json!({
            "id": 11000, "practitioner_id": 2000, "clinic_id": 1000, "day_of_week": 6, "start_time": "09:05",
            "end_time": "23:59",
        })
    );
    assert_eq!(
        last(&island, Kind::Membership),
        json!({
            "id": 3001, "user_id": 2001, "clinic_id": 1000, "roles": ["admin", "read_only"],
            "full_name": "Anna Weber", "title": null, "is_active": true,
            "settings": { "b": [1, 2.5], "a": null },
        })
    );
    assert_eq!(
        last(&island, Kind::CalendarEvent),
        json!({
            "id": 12000, "clinic_id": 1000, "practitioner_id": 2000, "kind": "time_off", "date": "2026-01-05",
            "start_time": null, "end_time": null, "name": null,
        })
    );
}

#[test]
fn every_view_fits_its_published_schema() {
    let (mut draft, here) = place("UTC");
    draft.create_appointments([here.appointment(date(2026, 1, 5), at(9, 0))]).unwrap();
    let island = island(draft);
    for kind in Kind::ALL {
        let schema = jsonschema::draft202012::options()
            .should_validate_formats(true)
            .build(&EntitySchemas::published(kind))
            .unwrap();
        for view in island.views(kind) {
            assert_eq!(violations(&schema, &serde_json::to_value(view).unwrap()), []);
        }
    }
}
