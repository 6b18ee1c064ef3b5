//! What the digest of a draft depends on: all that it holds.

#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

mod common;

use std::borrow::Cow;

use common::*;
use insula_domain::*;
use jiff::Timestamp;
use jiff::civil::{date, time};

/// A draft with at least one of each kind, and two of those that others refer to.
fn full() -> Draft {
    let (mut draft, here) = place("Europe/Berlin");
    Place::add(&mut draft, "Asia/Taipei");
    for name in ["A", "B"] {
        let clinic = here.clinic;
        let new = NewServiceTypeGroup { clinic, name: name.to_owned(), display_order: None };
        draft.create_service_type_group(new).unwrap();
        let resource_type =
            draft.create_resource_type(NewResourceType { clinic, name: name.to_owned() }).unwrap();
        draft
            .create_resource(NewResource { resource_type, name: name.to_owned(), description: None })
            .unwrap();
    }
    let need = NewResourceRequirement {
        appointment_type: here.appointment_type,
        resource_type: Handle::new(0),
        quantity: None,
    };
    draft.create_resource_requirement(need).unwrap();
    draft.create_billing_scenario(billing(here.practitioner, here.appointment_type, "A")).unwrap();
    draft
        .create_availabilities([hours(here.practitioner, here.clinic, Weekday::Monday, at(9, 0), at(17, 0))])
        .unwrap();
    draft.create_time_off([time_off(here.clinic, here.practitioner, date(2026, 1, 6), None)]).unwrap();
    draft.create_appointments([here.appointment(date(2026, 1, 5), at(9, 0))]).unwrap();
    draft
}

fn owned(value: FieldValue<'_>) -> FieldValue<'static> {
    match value {
        FieldValue::Null => FieldValue::Null,
        FieldValue::Bool(value) => FieldValue::Bool(value),
        FieldValue::Int(value) => FieldValue::Int(value),
        FieldValue::Text(text) => FieldValue::Text(Cow::Owned(text.into_owned())),
        FieldValue::Scoped(text) => FieldValue::Scoped(Cow::Owned(text.into_owned())),
        FieldValue::Date(value) => FieldValue::Date(value),
        FieldValue::Time(value) => FieldValue::Time(value),
        FieldValue::Instant(value) => FieldValue::Instant(value),
        FieldValue::Cents(value) => FieldValue::Cents(value),
        FieldValue::Object(object) => FieldValue::Object(Cow::Owned(object.into_owned())),
        FieldValue::Choices(words) => {
            FieldValue::Choices(words.into_iter().map(|word| Cow::Owned(word.into_owned())).collect())
        }
        FieldValue::Ref(kind, index) => FieldValue::Ref(kind, index),
        FieldValue::Refs(kind, list) => FieldValue::Refs(kind, Cow::Owned(list.into_owned())),
    }
}

/// Values of every type; those that do not fit a field are passed over.
fn candidates(ty: FieldType) -> Vec<FieldValue<'static>> {
    let object = |text| FieldValue::Object(Cow::Owned(Object::parse("", text).unwrap().0));
    let mut all = vec![
        FieldValue::Null,
        FieldValue::Bool(true),
        FieldValue::Bool(false),
        FieldValue::Int(3),
        FieldValue::Int(4),
        FieldValue::Scoped(Cow::Owned(Scoped::email("x@y"))),
        FieldValue::Scoped(Cow::Owned(Scoped::suffixed("x@y"))),
        FieldValue::Scoped(Cow::Owned(Scoped::parse("x@y", IslandId(uuid::Uuid::nil())))),
        FieldValue::Date(date(2020, 1, 1)),
        FieldValue::Date(date(2020, 1, 2)),
        FieldValue::Time(time(1, 2, 0, 0)),
        FieldValue::Time(time(1, 2, 3, 0)),
        FieldValue::Time(time(1, 2, 3, 4)),
        FieldValue::Instant(Timestamp::UNIX_EPOCH),
        FieldValue::Instant(Timestamp::new(0, 1).unwrap()),
        FieldValue::Cents(7),
        FieldValue::Cents(-7),
        object(r#"{"a": 1}"#),
        object(r#"{"a": "1"}"#),
        object(r#"{"a": {"b": []}}"#),
        FieldValue::Choices(vec![Cow::Borrowed("admin")]),
        FieldValue::Choices(vec![Cow::Borrowed("admin"), Cow::Borrowed("receptionist")]),
    ];
    let words = [
        "x",
        "UTC",
        "trial",
        "past_due",
        "female",
        "male",
        "patient",
        "clinic_user",
        "completed",
        "no_show",
        "appointment",
    ];
    all.extend(words.map(|word| FieldValue::Text(Cow::Borrowed(word))));
    match ty {
        FieldType::Ref(kind) => all.extend([0, 1].map(|index| FieldValue::Ref(kind, index))),
        FieldType::Refs(kind) => {
            all.extend([&[][..], &[1], &[0, 1]].map(|list| FieldValue::Refs(kind, Cow::Borrowed(list))));
        }
        _ => {}
    }
    all
}

/// Changes each field of the first of a kind, in each way that it can be.
fn change_each<E: Entity>(draft: fn() -> Draft) {
    let whole = island(draft());
    let mut seen = vec![draft().digest()];
    let original = E::all(&whole.entities)[0].clone();
    let mut values = Vec::new();
    original.visit(&mut |_, value| values.push(owned(value)));
    for (place, field) in E::FIELDS.iter().enumerate() {
        let mut ways = 0;
        for candidate in candidates(field.ty) {
            let mut changed = values.clone();
            changed[place] = candidate;
            let Ok(entity) = E::from_values(&mut changed.into_iter()) else { continue };
            let mut island = whole.clone();
            E::all_mut(&mut island.entities)[0] = entity.clone();
            let Ok(draft) = Draft::onto(setup(), DraftLimits::default(), island) else { continue };
            if entity == original {
                assert_eq!(draft.digest(), seen[0]);
            } else {
                assert!(!seen.contains(&draft.digest()), "{} {entity:?}", field.name);
                seen.push(draft.digest());
                ways += 1;
            }
        }
        assert!(ways > 0, "no other value for {} of {}", field.name, E::KIND.singular());
    }
}

#[test]
fn any_other_value_of_any_field_gives_another_digest() {
    change_each::<Clinic>(full);
    change_each::<User>(full);
    change_each::<Membership>(full);
    change_each::<ServiceTypeGroup>(full);
    change_each::<AppointmentType>(full);
    change_each::<Offering>(full);
    change_each::<ResourceType>(full);
    change_each::<Resource>(full);
    change_each::<ResourceRequirement>(full);
    change_each::<BillingScenario>(full);
    change_each::<Availability>(full);
    change_each::<CalendarEvent>(full);
    change_each::<Patient>(full);
    change_each::<Appointment>(full);
}

#[test]
fn names_are_part_of_it_and_the_order_of_json_keys_is_not() {
    let mut named = full();
    named.name(Handle::<Clinic>::new(0).into(), "it").unwrap();
    let mut other = full();
    other.name(Handle::<Clinic>::new(1).into(), "it").unwrap();
    assert_ne!(named.digest(), full().digest());
    assert_ne!(named.digest(), other.digest());

    let digest = |settings| {
        let mut draft = empty();
        let mut new = clinic("A", "UTC");
        new.settings = Some(Object::parse("settings", settings).unwrap());
        draft.create_clinic(new).unwrap();
        draft.digest()
    };
    assert_eq!(digest(r#"{"a": {"b": 1, "c": 2}, "d": 3}"#), digest(r#"{"d": 3, "a": {"c": 2, "b": 1}}"#));
}

#[test]
fn it_is_the_same_on_every_machine() {
    insta::assert_snapshot!(full().digest());
}
