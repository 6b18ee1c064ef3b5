//! Every rule of the domain once more: naively, over what a draft holds.

use std::collections::HashSet;
use std::hash::Hash;
use std::sync::LazyLock;

use insula_domain::*;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::calls::World;

/// The schemas as they are published.
static SCHEMAS: LazyLock<Vec<jsonschema::Validator>> = LazyLock::new(|| {
    Kind::ALL
        .map(|kind| {
            let schema = EntitySchemas::published(kind);
            jsonschema::draft202012::options().should_validate_formats(true).build(&schema).unwrap()
        })
        .into()
});

pub fn check(world: &World, limits: DraftLimits) {
    let all = world.draft.entities();
    each_alone(all);
    sizes(&world.draft, limits);
    uniqueness(all);
    people(all);
    services(all);
    calendar(all);
    for (index, of) in all.appointments.iter().enumerate() {
        appointment(world, index, of);
    }
}

/// Each entity fits its schema, and refers to what is there.
fn each_alone(all: &Entities) {
    let ids = Ids::default();
    for kind in Kind::ALL {
        for (index, record) in (0..).zip(all.records(kind, 0)) {
            let view = serde_json::to_value(View { record, index, ids: &ids, island: None }).unwrap();
            assert_eq!(violations(&SCHEMAS[kind as usize], &view), [], "{view}");
            assert!(!view.to_string().contains("\\u0000"));
            record.visit(&mut |field, value| match value {
                FieldValue::Ref(kind, index) => assert!((index as usize) < all.len(kind), "{}", field.name),
                FieldValue::Refs(kind, list) => {
                    assert!(list.iter().all(|&index| (index as usize) < all.len(kind)), "{}", field.name);
                    assert!(list.is_sorted_by(|one, other| one < other));
                }
                _ => {}
            });
        }
    }
}

fn sizes(draft: &Draft, limits: DraftLimits) {
    let all = draft.entities();
    let listed: usize =
        all.patients.iter().map(|of| of.assigned_practitioners.indices().len()).sum::<usize>()
            + all.appointments.iter().map(|of| of.resources.indices().len()).sum::<usize>();
    let size = draft.size();
    assert_eq!(size.entities, all.total() as u64);
    assert_eq!(size.rows, (all.total() + listed + draft.names().len()) as u64);
    assert!(size.entities <= limits.entities && size.rows <= limits.rows && size.bytes <= limits.bytes);
    for handle in draft.names().values() {
        assert!(all.record(handle.kind, handle.index as usize).is_some());
    }
}

fn unique<T: Eq + Hash>(keys: impl Iterator<Item = T>) {
    let mut seen = HashSet::new();
    for key in keys {
        assert!(seen.insert(key), "a value that must be unique is there twice");
    }
}

fn uniqueness(all: &Entities) {
    unique(all.users.iter().map(|of| of.email.text().to_lowercase()));
    unique(all.users.iter().map(|of| of.subject.text()));
    unique(all.memberships.iter().map(|of| (of.user, of.clinic)));
    unique(all.service_type_groups.iter().map(|of| (of.clinic, &of.name)));
    unique(all.appointment_types.iter().map(|of| (of.clinic, &of.name, of.duration_minutes)));
    unique(all.offerings.iter().map(|of| (of.practitioner, of.appointment_type)));
    unique(all.resource_types.iter().map(|of| (of.clinic, &of.name)));
    unique(all.resources.iter().map(|of| (of.resource_type, &of.name)));
    unique(all.resource_requirements.iter().map(|of| (of.appointment_type, of.resource_type)));
    let billing = &all.billing_scenarios;
    unique(billing.iter().map(|of| (of.practitioner, of.appointment_type, &of.name)));
    unique(billing.iter().filter(|of| of.is_default).map(|of| (of.practitioner, of.appointment_type)));
}

fn practises(all: &Entities, user: Handle<User>, clinic: Handle<Clinic>) {
    let roles = all.memberships.iter().find(|of| of.user == user && of.clinic == clinic).map(|of| &of.roles);
    assert!(roles.is_some_and(|roles| roles.has(Role::Practitioner)));
}

fn people(all: &Entities) {
    for user in &all.users {
        let island = IslandId(uuid::Uuid::max());
        assert!(user.email.render(island).len() <= 254 && user.subject.render(island).len() <= 254);
        assert_eq!(Scoped::parse(&user.email.render(island), island), user.email);
    }
    for patient in &all.patients {
        patient.assigned_practitioners.iter().for_each(|user| practises(all, user, patient.clinic));
    }
}

fn services(all: &Entities) {
    let clinic_of = |of: Handle<AppointmentType>| all.get(of).unwrap().clinic;
    for of in &all.appointment_types {
        assert!(of.group.is_none_or(|group| all.get(group).unwrap().clinic == of.clinic));
    }
    for of in &all.offerings {
        practises(all, of.practitioner, clinic_of(of.appointment_type));
    }
    for of in &all.resource_requirements {
        assert_eq!(clinic_of(of.appointment_type), all.get(of.resource_type).unwrap().clinic);
        assert!(of.quantity >= 1);
    }
    for of in &all.billing_scenarios {
        practises(all, of.practitioner, clinic_of(of.appointment_type));
        assert!(Cents(0) <= of.revenue_share && of.revenue_share <= of.amount);
    }
}

fn calendar(all: &Entities) {
    for (index, one) in all.availabilities.iter().enumerate() {
        practises(all, one.practitioner, one.clinic);
        assert!(one.start_time < one.end_time);
        for other in &all.availabilities[..index] {
            let same = (one.practitioner, one.clinic, one.day_of_week)
                == (other.practitioner, other.clinic, other.day_of_week);
            assert!(!same || one.end_time <= other.start_time || other.end_time <= one.start_time);
        }
    }
    for of in &all.calendar_events {
        practises(all, of.practitioner, of.clinic);
        assert_eq!(of.kind, EventKind::TimeOff);
        assert_eq!(of.start_time.is_some(), of.end_time.is_some());
        assert!(of.start_time.zip(of.end_time).is_none_or(|(start, end)| start < end));
    }
}

fn zone(all: &Entities, clinic: Handle<Clinic>) -> TimeZone {
    TimeZone::get(&all.get(clinic).unwrap().time_zone).unwrap()
}

fn appointment(world: &World, index: usize, of: &Appointment) {
    let all = world.draft.entities();
    let (asked, times_off) = &world.booked[index];
    practises(all, of.practitioner, of.clinic);
    assert_eq!(all.get(of.patient).unwrap().clinic, of.clinic);
    let kind = all.get(of.appointment_type).unwrap();
    assert_eq!(kind.clinic, of.clinic);
    assert!(
        all.offerings.iter().any(|one| {
            one.practitioner == of.practitioner && one.appointment_type == of.appointment_type
        })
    );

    // The clock of the clinic shows the times that stand there, and of two instants it is the one that was meant.
    let zone = zone(all, of.clinic);
    assert_eq!((of.date, of.start_time), (asked.date, asked.time));
    assert_eq!(zone.to_datetime(of.starts_at), of.date.to_datetime(of.start_time));
    assert_eq!(zone.to_datetime(of.ends_at), of.date.to_datetime(of.end_time));
    assert!(of.start_time < of.end_time);
    let minutes = i64::from(asked.minutes.unwrap_or(kind.duration_minutes));
    assert_eq!(of.ends_at.duration_since(of.starts_at), SignedDuration::from_mins(minutes));
    for shift in [30, 60].map(SignedDuration::from_mins) {
        let other = if asked.later { of.starts_at + shift } else { of.starts_at - shift };
        assert_ne!(zone.to_datetime(other), zone.to_datetime(of.starts_at));
    }

    for need in all.resource_requirements.iter().filter(|need| need.appointment_type == of.appointment_type) {
        let found =
            of.resources.iter().filter(|&one| all.get(one).unwrap().resource_type == need.resource_type);
        assert!(found.count() >= need.quantity as usize);
    }
    for one in of.resources.iter() {
        assert_eq!(all.get(all.get(one).unwrap().resource_type).unwrap().clinic, of.clinic);
    }

    if of.status == AppointmentStatus::Confirmed {
        for other in &all.appointments[..index] {
            let meets = other.status == AppointmentStatus::Confirmed
                && other.starts_at < of.ends_at
                && of.starts_at < other.ends_at;
            let shares = other.practitioner == of.practitioner
                || of.resources.iter().any(|one| other.resources.iter().any(|taken| taken == one));
            assert!(!(meets && shares) || asked.allow_overlap, "overlap that nobody asked for");
        }
        for (number, off) in all.calendar_events.iter().enumerate() {
            if off.practitioner == of.practitioner && is_off(all, off, of.starts_at, of.ends_at) {
                assert!(asked.allow_overlap && number < *times_off, "time off that is none");
            }
        }
    }
}

/// Whether a time off holds in any minute.
fn is_off(all: &Entities, off: &CalendarEvent, from: Timestamp, until: Timestamp) -> bool {
    let zone = zone(all, off.clinic);
    let mut minute = from;
    while minute < until {
        let local = zone.to_datetime(minute);
        let hours = off.start_time.zip(off.end_time);
        if local.date() == off.date
            && hours.is_none_or(|(start, end)| start <= local.time() && local.time() < end)
        {
            return true;
        }
        minute += SignedDuration::from_mins(1);
    }
    false
}
