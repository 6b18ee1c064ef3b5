//! Whatever is called in whatever order, the clinic keeps the rules of the domain.

use std::collections::{BTreeMap, HashSet};

use insula_domain::{
    Appointment, AppointmentStatus, AppointmentType, Clinic, Entities, EntityId, Handle, Island, Kind, Role,
    User,
};
use insula_engine::Find;
use insula_test_http::TestHost;
use jiff::Timestamp;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use reqwest::Method;
use serde_json::{Value, json};

use crate::user::seeded;

/// A call; the numbers choose among what is there.
#[derive(Clone, Debug)]
enum Call {
    Book { who: [usize; 3], day: i8, slot: i8, minutes: Option<u32> },
    Edit { which: usize, who: [usize; 3], day: i8, slot: i8 },
    Reschedule { which: usize, to: Option<usize>, day: i8, slot: i8 },
    Cancel(usize),
    Close(usize),
    Delete(usize),
    TakeOff { who: usize, day: i8, slot: Option<i8> },
    Work(usize),
    Patient { which: Option<usize>, assigned: usize },
    Type { which: Option<usize>, name: u8, minutes: u32 },
    Offer { which: usize, who: Vec<usize> },
    Staff { who: usize, roles: Vec<&'static str>, is_active: bool },
}

fn call() -> impl Strategy<Value = Call> {
    let (any, day, slot) = (|| 0..50_usize, || 5..7_i8, || 0..12_i8);
    let who = || [any(), any(), any()];
    let roles =
        proptest::sample::subsequence(vec!["admin", "practitioner", "receptionist", "read_only"], 1..=3);
    prop_oneof![
        6 => (who(), day(), slot(), proptest::option::of(1..200_u32))
            .prop_map(|(who, day, slot, minutes)| Call::Book { who, day, slot, minutes }),
        2 => (any(), who(), day(), slot()).prop_map(|(which, who, day, slot)| Call::Edit { which, who, day, slot }),
        3 => (any(), proptest::option::of(any()), day(), slot())
            .prop_map(|(which, to, day, slot)| Call::Reschedule { which, to, day, slot }),
        1 => any().prop_map(Call::Cancel),
        1 => any().prop_map(Call::Close),
        1 => any().prop_map(Call::Delete),
        2 => (any(), day(), proptest::option::of(slot())).prop_map(|(who, day, slot)| Call::TakeOff { who, day, slot }),
        1 => any().prop_map(Call::Work),
        1 => (proptest::option::of(any()), any()).prop_map(|(which, assigned)| Call::Patient { which, assigned }),
        2 => (proptest::option::of(any()), 0..3_u8, 10..13_u32)
            .prop_map(|(which, name, minutes)| Call::Type { which, name, minutes }),
        2 => (any(), proptest::collection::vec(any(), 0..3)).prop_map(|(which, who)| Call::Offer { which, who }),
        2 => (any(), roles, any()).prop_map(|(who, roles, active)| Call::Staff { who, roles, is_active: active % 4 > 0 }),
    ]
}

#[test]
fn no_order_of_calls_breaks_a_rule() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let host = runtime.block_on(TestHost::start());
    let config = Config { cases: 16, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&proptest::collection::vec(call(), 1..40), |calls| {
        runtime.block_on(run(&host, &calls));
        Ok(())
    });
    outcome.unwrap();
}

async fn run(host: &TestHost, calls: &[Call]) {
    let (answer, admin) = seeded(host, "full_clinic").await;
    let id = answer["island_id"].as_str().unwrap().parse().unwrap();
    let read = async || host.engine().part(id, &Kind::ALL.map(Find::all)).await.unwrap().island;
    let clinic = serde_json::from_value(answer["clinic_id"].clone()).unwrap();
    let before = overlaps(&read().await);
    for call in calls {
        let Some((method, path, body)) = request(&read().await, clinic, call) else { continue };
        let reply = admin.call(method, &path, body).await;
        assert!(
            matches!(reply.status, 200 | 201 | 401 | 403 | 422),
            "{call:?}: {} {}",
            reply.status,
            reply.text
        );
    }
    let after = read().await;
    rules(&after.entities);
    let new: Vec<_> = overlaps(&after).difference(&before).copied().collect();
    assert!(new.is_empty(), "overlaps that nobody may make: {new:?} after {calls:#?}");
}

/// A request for a call, of what the clinic holds; nothing where it holds nothing of the kind.
fn request(island: &Island, clinic: EntityId, call: &Call) -> Option<(Method, String, Option<Value>)> {
    let all = &island.entities;
    let own = |of: Handle<Clinic>| island.ids.get(Kind::Clinic, of.index()) == Some(clinic);
    let list = |kind: Kind, has: &dyn Fn(usize) -> bool| -> Vec<EntityId> {
        let ids = island.ids.of(kind);
        ids.iter().enumerate().filter(|(index, _)| has(*index)).map(|(_, id)| *id).collect()
    };
    let of = |ids: &[EntityId], number: usize| ids.get(number % ids.len().max(1)).copied();
    let users = list(Kind::User, &|index| {
        all.memberships.iter().any(|one| one.user.index() as usize == index && own(one.clinic))
    });
    let patients = list(Kind::Patient, &|index| own(all.patients[index].clinic));
    let types = list(Kind::AppointmentType, &|index| own(all.appointment_types[index].clinic));
    let appointments = list(Kind::Appointment, &|index| own(all.appointments[index].clinic));
    let events = list(Kind::CalendarEvent, &|index| own(all.calendar_events[index].clinic));
    let date = |day: i8| format!("2026-01-{day:02}");
    let time = |slot: i8| format!("{:02}:{:02}", 9 + slot / 4, slot % 4 * 15);
    let booking = |who: [usize; 3], day, slot| {
        Some(json!({
            "patient_id": of(&patients, who[0])?, "practitioner_id": of(&users, who[1])?,
            "appointment_type_id": of(&types, who[2])?, "date": date(day), "start_time": time(slot),
        }))
    };
    let (post, put, delete) = (Method::POST, Method::PUT, Method::DELETE);
    Some(match call {
        Call::Book { who, day, slot, minutes } => {
            let mut body = booking(*who, *day, *slot)?;
            body["minutes"] = json!(minutes);
            (post, "/appointments".to_owned(), Some(body))
        }
        Call::Edit { which, who, day, slot } => {
            (put, format!("/appointments/{}", of(&appointments, *which)?), booking(*who, *day, *slot))
        }
        Call::Reschedule { which, to, day, slot } => {
            let to = to.and_then(|to| of(&users, to));
            let body = json!({ "date": date(*day), "start_time": time(*slot), "practitioner_id": to });
            (post, format!("/appointments/{}/reschedule", of(&appointments, *which)?), Some(body))
        }
        Call::Cancel(which) => {
            let path = format!("/appointments/{}/cancel", of(&appointments, *which)?);
            (post, path, Some(json!({ "by": "clinic" })))
        }
        Call::Close(which) => {
            let path = format!("/appointments/{}/close", of(&appointments, *which)?);
            (post, path, Some(json!({ "outcome": "completed" })))
        }
        Call::Delete(which) => (delete, format!("/appointments/{}", of(&appointments, *which)?), None),
        Call::TakeOff { who, day, slot } => {
            let mut body = json!({ "practitioner_id": of(&users, *who)?, "date": date(*day) });
            if let Some(slot) = slot {
                body["start_time"] = json!(time(*slot));
                body["end_time"] = json!(time(*slot + 3));
            }
            (post, "/time-off".to_owned(), Some(body))
        }
        Call::Work(which) => (delete, format!("/time-off/{}", of(&events, *which)?), None),
        Call::Patient { which, assigned } => {
            let body = json!({ "full_name": "P", "assigned_practitioner_ids": [of(&users, *assigned)?] });
            match which {
                Some(which) => (put, format!("/patients/{}", of(&patients, *which)?), Some(body)),
                None => (post, "/patients".to_owned(), Some(body)),
            }
        }
        Call::Type { which, name, minutes } => {
            let body = json!({ "name": format!("T{name}"), "duration_minutes": minutes });
            match which {
                Some(which) => (put, format!("/appointment-types/{}", of(&types, *which)?), Some(body)),
                None => (post, "/appointment-types".to_owned(), Some(body)),
            }
        }
        Call::Offer { which, who } => {
            let who: Vec<_> = who.iter().filter_map(|number| of(&users, *number)).collect();
            let path = format!("/appointment-types/{}/practitioners", of(&types, *which)?);
            (put, path, Some(json!({ "practitioner_ids": who })))
        }
        Call::Staff { who, roles, is_active } => {
            let body = json!({ "full_name": "M", "roles": roles, "is_active": is_active });
            (put, format!("/staff/{}", of(&users, *who)?), Some(body))
        }
    })
}

/// The rules between entities, naively.
fn rules(all: &Entities) {
    let practises = |user: Handle<User>, clinic: Handle<Clinic>| {
        let own = all.memberships.iter().find(|one| one.user == user && one.clinic == clinic);
        assert!(own.is_some_and(|own| own.roles.has(Role::Practitioner)), "no practitioner");
    };
    let clinic = |of: Handle<AppointmentType>| all.get(of).unwrap().clinic;
    let mut names = HashSet::new();
    for of in &all.appointment_types {
        assert!(names.insert((of.clinic, of.name.clone(), of.duration_minutes)), "a name that is taken");
    }
    let mut offerings = HashSet::new();
    for of in &all.offerings {
        practises(of.practitioner, clinic(of.appointment_type));
        assert!(offerings.insert((of.practitioner, of.appointment_type)), "offered twice");
    }
    all.billing_scenarios.iter().for_each(|of| practises(of.practitioner, clinic(of.appointment_type)));
    all.availabilities.iter().for_each(|of| practises(of.practitioner, of.clinic));
    all.calendar_events.iter().for_each(|of| practises(of.practitioner, of.clinic));
    for of in &all.patients {
        of.assigned_practitioners.iter().for_each(|user| practises(user, of.clinic));
    }
    for of in &all.appointments {
        practises(of.practitioner, of.clinic);
        assert_eq!(all.get(of.patient).unwrap().clinic, of.clinic);
        assert_eq!(clinic(of.appointment_type), of.clinic);
        assert!(offerings.contains(&(of.practitioner, of.appointment_type)), "nobody offers it");
        assert!(of.start_time < of.end_time && of.starts_at < of.ends_at);
        let mut resources = BTreeMap::<_, u32>::new();
        for one in of.resources.iter() {
            *resources.entry(all.get(one).unwrap().resource_type).or_default() += 1;
        }
        for need in
            all.resource_requirements.iter().filter(|need| need.appointment_type == of.appointment_type)
        {
            assert!(
                resources.get(&need.resource_type).copied().unwrap_or(0) >= need.quantity,
                "too few resources"
            );
        }
    }
}

/// The confirmed appointments that meet another, or time off: of one practitioner or of one resource.
fn overlaps(island: &Island) -> HashSet<(EntityId, EntityId)> {
    let all = &island.entities;
    let id = |kind, index: u32| island.ids.get(kind, index).unwrap();
    let confirmed: Vec<(Handle<Appointment>, &Appointment)> =
        all.each::<Appointment>().filter(|(_, one)| one.status == AppointmentStatus::Confirmed).collect();
    let mut found = HashSet::new();
    for (number, (handle, one)) in confirmed.iter().enumerate() {
        for (other_handle, other) in &confirmed[..number] {
            let meets = one.starts_at < other.ends_at && other.starts_at < one.ends_at;
            let shares = one.practitioner == other.practitioner
                || one.resources.iter().any(|own| other.resources.iter().any(|theirs| own == theirs));
            if meets && shares {
                found.insert((
                    id(Kind::Appointment, handle.index()),
                    id(Kind::Appointment, other_handle.index()),
                ));
            }
        }
        for (event, off) in all.each::<insula_domain::CalendarEvent>() {
            let zone = jiff::tz::TimeZone::get(&all.get(off.clinic).unwrap().time_zone).unwrap();
            let at = |time| -> Timestamp {
                off.date.to_datetime(time).to_zoned(zone.clone()).unwrap().timestamp()
            };
            let (from, until) = match off.start_time.zip(off.end_time) {
                Some((start, end)) => (at(start), at(end)),
                None => (at(jiff::civil::time(0, 0, 0, 0)), at(jiff::civil::time(23, 59, 0, 0))),
            };
            if off.practitioner == one.practitioner && one.starts_at < until && from < one.ends_at {
                found.insert((id(Kind::Appointment, handle.index()), id(Kind::CalendarEvent, event.index())));
            }
        }
    }
    found
}
