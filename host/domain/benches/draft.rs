//! What a draft costs: the checks of its entities, the rules between them, and its digest.
//!
//! `cargo bench -p insula-domain`

#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark")]

#[path = "../tests/common/mod.rs"]
mod common;

use std::hint::black_box;
use std::sync::Arc;

use common::{Place, at, hours, membership, setup, user};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use insula_domain::*;
use jiff::ToSpan;
use jiff::civil::date;

/// The standard island: nine entities.
fn standard(setup: &Arc<Setup>) -> (Draft, Place) {
    let mut draft = Draft::new(Arc::clone(setup), DraftLimits::default());
    let admin = draft.create_user(user("admin@example.test")).unwrap();
    let place = Place::add(&mut draft, "Europe/Berlin");
    draft.create_membership(membership(place.clinic, admin, &[Role::Admin])).unwrap();
    draft
        .create_availabilities([hours(
            place.practitioner,
            place.clinic,
            Weekday::Monday,
            at(9, 0),
            at(17, 0),
        )])
        .unwrap();
    (draft, place)
}

/// So many appointments, sixteen a day.
fn appointments(place: &Place, count: i32) -> Vec<NewAppointment> {
    (0..count)
        .map(|number| {
            let day = date(2026, 1, 5).checked_add((number / 16).days()).unwrap();
            place.appointment(day, at(9, 0) + (number % 16 * 30).minutes())
        })
        .collect()
}

fn draft(criterion: &mut Criterion) {
    let setup = setup();
    let (mut full, place) = standard(&setup);
    full.create_appointments(appointments(&place, 100)).unwrap();

    let mut group = criterion.benchmark_group("draft");
    group.throughput(Throughput::Elements(9));
    group.bench_function("standard island", |bench| bench.iter(|| standard(&setup)));

    group.throughput(Throughput::Elements(100));
    group.bench_function("100 appointments", |bench| {
        bench.iter_batched(
            || (standard(&setup).0, appointments(&place, 100)),
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
    let team = Kind::ALL.map(|kind| (kind, EntitySchemas::published(kind)));
    let tightened = EntitySchemas::tightened(team).unwrap();
    group.bench_function("schemas of 100 appointments, a team's too", |bench| {
        bench.iter(|| {
            for appointment in &full.entities().appointments {
                tightened.check(black_box(appointment)).unwrap();
            }
        });
    });
    group.throughput(Throughput::Elements(9));
    group.bench_function("schemas of a standard island", |bench| {
        let (island, _) = standard(&setup);
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
