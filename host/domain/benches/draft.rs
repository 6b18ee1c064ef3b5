//! What a draft costs: the checks of its entities, the rules between them, and its digest.
//!
//! `cargo bench -p insula-domain`

#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark")]

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use insula_domain::*;
use jiff::ToSpan;
use jiff::civil::{date, time};

fn setup() -> Arc<Setup> {
    Arc::new(Setup::builtin(Defaults::default()).unwrap())
}

/// The standard island: nine entities.
fn standard(setup: Arc<Setup>) -> Draft {
    let mut draft = Draft::new(setup, DraftLimits::default());
    let clinic = draft
        .create_clinic(NewClinic {
            name: "Northside".to_owned(),
            time_zone: Some("Europe/Berlin".to_owned()),
            locale: Some("de-DE".to_owned()),
            address: None,
            phone: None,
            settings: None,
            subscription_status: None,
            is_active: None,
        })
        .unwrap();
    let mut member = |email: &str, role| {
        let user = draft.create_user(NewUser { email: Some(email.to_owned()), subject: None }).unwrap();
        draft
            .create_membership(NewMembership {
                clinic,
                user,
                roles: vec![role],
                full_name: "Anna Weber".to_owned(),
                title: None,
                is_active: None,
                settings: None,
            })
            .unwrap();
        user
    };
    member("admin@example.test", Role::Admin);
    let practitioner = member("anna@example.test", Role::Practitioner);
    let appointment_type = draft
        .create_appointment_type(NewAppointmentType {
            clinic,
            name: "Consultation".to_owned(),
            duration_minutes: 30,
            buffer_minutes: None,
            group: None,
            receipt_name: None,
            description: None,
            display_order: None,
            bookable_by_new_patients: None,
            bookable_by_existing_patients: None,
            patient_chooses_practitioner: None,
            confirmation_message: None,
            reminder_message: None,
        })
        .unwrap();
    draft.create_offerings([NewOffering { practitioner, appointment_type }]).unwrap();
    draft
        .create_availabilities([NewAvailability {
            practitioner,
            clinic,
            day_of_week: Weekday::Monday,
            start_time: time(9, 0, 0, 0),
            end_time: time(17, 0, 0, 0),
        }])
        .unwrap();
    draft
        .create_patients([NewPatient {
            clinic,
            full_name: "Paul Fischer".to_owned(),
            phone: Some("+49 30 1234567".to_owned()),
            email: None,
            birthday: Some(date(1980, 2, 29)),
            gender: None,
            notes: None,
            created_by: None,
            assigned_practitioners: Vec::new(),
        }])
        .unwrap();
    draft
}

/// So many appointments, sixteen a day.
fn appointments(count: i32) -> Vec<NewAppointment> {
    (0..count)
        .map(|number| NewAppointment {
            clinic: Handle::new(0),
            practitioner: Handle::new(1),
            patient: Handle::new(0),
            appointment_type: Handle::new(0),
            starts: LocalTime::new(
                date(2026, 1, 5).checked_add((number / 16).days()).unwrap(),
                time(9, 0, 0, 0) + (number % 16 * 30).minutes(),
            ),
            minutes: None,
            status: None,
            notes: None,
            clinic_notes: None,
            is_auto_assigned: false,
            resources: Allocation::Automatic,
            allow_overlap: false,
        })
        .collect()
}

fn draft(criterion: &mut Criterion) {
    let setup = setup();
    let mut full = standard(Arc::clone(&setup));
    full.create_appointments(appointments(100)).unwrap();

    let mut group = criterion.benchmark_group("draft");
    group.throughput(Throughput::Elements(9));
    group.bench_function("standard island", |bench| bench.iter(|| standard(Arc::clone(&setup))));

    group.throughput(Throughput::Elements(100));
    group.bench_function("100 appointments", |bench| {
        bench.iter_batched(
            || (standard(Arc::clone(&setup)), appointments(100)),
            |(mut draft, news)| {
                draft.create_appointments(news).unwrap();
                draft
            },
            BatchSize::SmallInput,
        );
    });
    group.bench_function("schemas of 100 appointments", |bench| {
        bench.iter(|| {
            for appointment in &full.entities().appointments {
                setup.schemas.check(black_box(appointment)).unwrap();
            }
        });
    });
    group.throughput(Throughput::Elements(9));
    group.bench_function("schemas of a standard island", |bench| {
        let island = standard(Arc::clone(&setup));
        bench.iter(|| {
            for kind in Kind::ALL {
                for record in island.entities().records(kind, 0) {
                    setup.schemas.check(black_box(record)).unwrap();
                }
            }
        });
    });
    group.throughput(Throughput::Elements(109));
    group.bench_function("digest of 109 entities", |bench| bench.iter(|| full.digest()));
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().without_plots();
    targets = draft
}
criterion_main!(benches);
