//! Whatever a draft takes, the store writes and reads back.

use std::sync::OnceLock;

use insula_domain::{
    Allocation, AnyHandle, AppointmentStatus, Cents, Draft, Handle, Kind, NewAppointment, NewBillingScenario,
    NewClinic, NewMembership, NewOffering, NewPatient, NewResource, NewResourceRequirement, NewResourceType,
    NewServiceTypeGroup, NewTimeOff, NewUser, Object, Role,
};
use insula_store::Store;
use jiff::civil::{date, time};
use proptest::prelude::*;
use serde_json::json;
use tokio::runtime::Runtime;

use crate::support::{Place, Standard, added, at, commit, empty, end, memory, new_patient, onto};

/// A call: which one, three numbers from which its input is made, and a text.
type Call = (u8, u32, u32, u32, String);

fn calls() -> impl Strategy<Value = Vec<Call>> {
    let text = prop_oneof!["[a-z]{1,8}", "\\PC{0,12}", Just("'; \"—\u{1f600}\n\0x".to_owned())];
    prop::collection::vec((0_u8..14, 0_u32..4, 0_u32..4, 0_u32..40, text), 0..120)
}

/// Makes a call of it. Most are refused: that is as it should be.
fn call(draft: &mut Draft, (which, a, b, c, text): &Call) -> bool {
    let (a, b, c, text) = (*a, *b, *c, text.clone());
    let day = date(2026, 1, 1).checked_add(jiff::Span::new().days(i64::from(c % 5))).unwrap();
    let clock = time(i8::try_from(c % 24).unwrap(), i8::try_from(a * 15).unwrap(), 0, 0);
    let maybe = |yes: bool| yes.then(|| text.clone());
    let object = Some(Object(json!({ "text": text, "c": c }).as_object().unwrap().clone()));
    let (clinic, user, appointment_type) = (Handle::new(a % 2), Handle::new(b), Handle::new(c % 3));
    match which {
        0 => {
            let zone = ["Europe/Berlin", "Asia/Kathmandu", "America/New_York"][(c % 3) as usize].to_owned();
            let new = NewClinic {
                time_zone: Some(zone),
                address: maybe(a > 1),
                settings: object,
                is_active: Some(b > 1),
                ..NewClinic::named(text)
            };
            draft.create_clinic(new).is_ok()
        }
        1 => draft.create_user(NewUser { email: None, subject: maybe(a == 0) }).is_ok(),
        2 => {
            let roles =
                [vec![Role::Practitioner], vec![Role::Admin, Role::Practitioner], vec![Role::ReadOnly]];
            let roles = roles[(c % 3) as usize].clone();
            let new = NewMembership {
                clinic,
                user,
                roles,
                full_name: text.clone(),
                title: maybe(a == 3),
                is_active: None,
                settings: object,
            };
            draft.create_membership(new).is_ok()
        }
        3 => draft
            .create_service_type_group(NewServiceTypeGroup { clinic, name: text, display_order: Some(c) })
            .is_ok(),
        4 => {
            let new = insula_domain::NewAppointmentType {
                clinic,
                name: text.clone(),
                duration_minutes: c + 1,
                buffer_minutes: None,
                group: (b > 1).then(|| Handle::new(b % 2)),
                receipt_name: maybe(b == 0),
                description: None,
                display_order: None,
                bookable_by_new_patients: Some(a == 0),
                bookable_by_existing_patients: None,
                patient_chooses_practitioner: None,
                confirmation_message: object,
                reminder_message: None,
            };
            draft.create_appointment_type(new).is_ok()
        }
        5 => draft.create_offerings([NewOffering { practitioner: user, appointment_type }]).is_ok(),
        6 => draft.create_resource_type(NewResourceType { clinic, name: text }).is_ok(),
        7 => {
            let new =
                NewResource { resource_type: Handle::new(a), name: text.clone(), description: maybe(b == 0) };
            draft.create_resource(new).is_ok()
        }
        8 => {
            let new = NewResourceRequirement {
                appointment_type,
                resource_type: Handle::new(a),
                quantity: Some(c % 2 + 1),
            };
            draft.create_resource_requirement(new).is_ok()
        }
        9 => {
            let new = NewBillingScenario {
                practitioner: user,
                appointment_type,
                name: text,
                amount: Cents(i64::from(c) * 100 + 1),
                revenue_share: Some(Cents(i64::from(a))),
                is_default: b == 0,
            };
            draft.create_billing_scenario(new).is_ok()
        }
        10 => {
            let new = NewTimeOff {
                clinic,
                practitioner: user,
                date: day,
                hours: (c > 20).then(|| (clock, time(23, 59, 0, 0))),
                name: None,
            };
            draft.create_time_off([new]).is_ok()
        }
        11 => {
            let assigned = (0..b).map(Handle::new).collect();
            let new = NewPatient { notes: maybe(c > 20), ..new_patient(clinic, &text, assigned) };
            draft.create_patients([new]).is_ok()
        }
        12 => {
            let who = Standard { clinic, practitioner: user, appointment_type, patient: Handle::new(a) };
            let chosen = Allocation::Chosen((0..a).map(Handle::new).collect());
            let new = NewAppointment {
                status: (c % 7 == 0).then_some(AppointmentStatus::NoShow),
                notes: maybe(b == 1),
                resources: if c % 2 == 0 { Allocation::Automatic } else { chosen },
                allow_overlap: c % 3 == 0,
                ..at(who, day, clock)
            };
            draft.create_appointments([new]).is_ok()
        }
        _ => draft.name(AnyHandle { kind: Kind::ALL[(c % 14) as usize], index: a }, &text).is_ok(),
    }
}

/// What all cases share.
struct Stores {
    runtime: Runtime,
    /// One in memory, and one on PostgreSQL.
    stores: [Store; 2],
    _place: Place,
}

impl Stores {
    fn all() -> &'static Self {
        static STORES: OnceLock<Stores> = OnceLock::new();
        STORES.get_or_init(|| {
            let (runtime, place) = (Runtime::new().unwrap(), Place::postgres());
            let stores = runtime.block_on(async { [memory().await, place.open().await] });
            Self { runtime, stores, _place: place }
        })
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn any_draft_commits_and_loads_back_equal(first in calls(), second in calls()) {
        let Stores { runtime, stores, .. } = Stores::all();
        for store in stores {
            let mut draft = empty();
            for each in &first {
                call(&mut draft, each);
            }
            let committed = runtime.block_on(store.commit(commit(draft))).unwrap();
            let stored = runtime.block_on(store.island(committed.island.id)).unwrap().island;
            prop_assert_eq!(&stored, &committed.island);

            let mut more = onto(stored);
            for each in &second {
                call(&mut more, each);
            }
            let digest = more.digest();
            let committed = runtime.block_on(store.commit(added(more, &committed))).unwrap();
            let stored = runtime.block_on(store.island(committed.island.id)).unwrap().island;
            prop_assert_eq!(&stored, &committed.island);
            prop_assert_eq!(onto(stored).digest(), digest);
            runtime.block_on(end(store, committed.island.id)).unwrap();
        }
    }
}
