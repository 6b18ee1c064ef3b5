//! The published schemas, and what a team adds to them.

#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

mod common;

use std::sync::Arc;

use common::*;
use insula_domain::*;
use serde_json::json;

#[test]
fn the_published_schemas_are_these() {
    for kind in Kind::ALL {
        insta::assert_json_snapshot!(kind.singular(), EntitySchemas::published(kind));
    }
}

/// A draft in which a team's schema holds for patients.
fn tightened(schema: serde_json::Value) -> (Draft, Place) {
    let schemas = Arc::new(EntitySchemas::tightened([(Kind::Patient, schema)]).unwrap());
    let mut draft =
        Draft::new(Arc::new(Setup { schemas, defaults: Defaults::default() }), DraftLimits::default());
    // The patient of every place has neither phone nor email.
    let practitioner = draft.create_user(NewUser { email: None, subject: None }).unwrap();
    let clinic = draft.create_clinic(clinic("Northside", "UTC")).unwrap();
    let place = Place { clinic, practitioner, appointment_type: Handle::new(0), patient: Handle::new(0) };
    (draft, place)
}

#[test]
fn a_team_may_ask_for_a_phone() {
    let (mut draft, here) = tightened(json!({ "properties": { "phone": { "type": "string" } } }));
    let refused = rejection(draft.create_patients([patient(here.clinic, "Paul")]));
    assert_eq!(refused.rule, "schema");
    assert_eq!(refused.field.as_deref(), Some("phone"));
    assert_eq!(refused.message, "null is not of type \"string\" (at \"/phone\" of the patient)");

    let mut new = patient(here.clinic, "Paul");
    new.phone = Some("+49 30 1234567".to_owned());
    draft.create_patients([new]).unwrap();
    // Insula's own schema holds as before.
    assert_eq!(broken(draft.create_patients([patient(here.clinic, "")])).1, "full_name");
}

#[test]
fn a_team_sees_each_entity_whole_and_its_formats_are_checked() {
    let (mut draft, here) = tightened(json!({
        "additionalProperties": false,
        "properties": {
            "clinic_id": { "type": "integer" }, "full_name": {}, "phone": {}, "notes": {}, "gender": { "const": "other" },
            "email": { "format": "email" }, "birthday": { "type": ["string", "null"], "format": "date", "pattern": "^19" },
            "created_by": { "const": "patient" }, "assigned_practitioner_ids": { "maxItems": 0 },
        },
    }));
    let new = NewPatient {
        email: Some("paul@example.test".to_owned()),
        birthday: Some(jiff::civil::date(1980, 2, 29)),
        gender: Some(Gender::Other),
        created_by: Some(PatientCreator::Patient),
        ..patient(here.clinic, "Paul")
    };
    draft.create_patients([new.clone()]).unwrap();
    let mut wrong = |change: fn(&mut NewPatient)| {
        let mut new = new.clone();
        change(&mut new);
        broken(draft.create_patients([new])).1
    };
    assert_eq!(wrong(|new| new.email = Some("no address".to_owned())), "email");
    assert_eq!(wrong(|new| new.birthday = Some(jiff::civil::date(2000, 1, 1))), "birthday");
    assert_eq!(wrong(|new| new.gender = None), "gender");
    assert_eq!(wrong(|new| new.created_by = None), "created_by");
    // What was refused leaves no trace in what is checked next.
    draft.create_patients([new]).unwrap();
}

#[test]
fn a_schema_that_is_none_is_refused_with_its_kind() {
    let refused = EntitySchemas::tightened([(Kind::Patient, json!({ "type": "patient" }))]).unwrap_err();
    assert!(refused.to_string().starts_with("the schema for patient cannot be used: "), "{refused}");
    let remote = json!({ "$ref": "https://example.test/patient.json" });
    EntitySchemas::tightened([(Kind::Patient, remote)]).unwrap_err();
}
