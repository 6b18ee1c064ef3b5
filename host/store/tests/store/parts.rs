//! Parts of an island, read and changed as an application does it.

use insula_domain::{
    AnyHandle, Draft, EntityId, FieldValue, Island, Kind, Patient, Refusal, Rejection, Rule,
};
use insula_store::{Changes, Filter, Find, StoreError};
use jiff::civil::{date, time};

use crate::support::{self, Place, at, both, commit, end, new_patient, onto, patient, standard};

both!(
    what_is_found_comes_sorted_and_with_all_that_it_refers_to,
    days_are_found_by_their_first_and_last,
    lists_are_looked_into_and_filters_turned_round,
    nothing_of_another_island_is_found_or_changed,
    what_is_new_is_written_and_what_is_replaced_keeps_its_id,
    a_refusal_comes_back_and_nothing_is_written,
    of_many_that_book_the_same_hour_one_does,
    of_an_island_that_is_gone_nothing_is_read_or_changed
);

fn one(part: &insula_store::Part, kind: Kind) -> EntityId {
    part.island.ids.of(kind)[0]
}

fn names(island: &Island) -> Vec<&str> {
    island.entities.patients.iter().map(|patient| patient.full_name.as_str()).collect()
}

async fn what_is_found_comes_sorted_and_with_all_that_it_refers_to(place: Place) {
    let store = &place.open().await;
    let mut draft = support::empty();
    let of = standard(&mut draft);
    for name in ["Carl", "Berta", "Ännchen", "100% Anna"] {
        patient(&mut draft, of.clinic, name);
    }
    draft.create_appointments([at(of, date(2026, 1, 5), time(9, 0, 0, 0))]).unwrap();
    let island = store.commit(commit(draft)).await.unwrap().island.id;

    let page = Find::all(Kind::Patient).by(&["full_name"]).page(1, 2);
    let part = store.part(island, &[page]).await.unwrap();
    assert_eq!(names(&part.island), ["Anna Schmidt", "Berta"]);
    assert_eq!((part.found(Kind::Patient), part.total(Kind::Patient)), (2, 5));
    assert_eq!((part.island.entities.clinics.len(), part.found(Kind::Clinic)), (1, 0));

    let texts = [
        ("ANNA", 2),
        ("nnchen", 1),
        ("ä", 0),
        ("%", 1),
        ("_", 0),
        ("\0", 0),
        ("'; DROP TABLE patients; --", 0),
    ];
    for (text, found) in texts {
        let find = Find::new(Kind::Patient, Filter::Contains("full_name", text.to_owned()));
        assert_eq!(store.part(island, &[find]).await.unwrap().found(Kind::Patient), found, "{text}");
    }

    let part = store.part(island, &[Find::all(Kind::Appointment)]).await.unwrap();
    assert_eq!(names(&part.island), ["Anna Schmidt"]);
    assert_eq!(part.island.entities.users.len(), 1, "the practitioner, and not the admin");
}

async fn days_are_found_by_their_first_and_last(place: Place) {
    let store = &place.open().await;
    let mut draft = support::empty();
    let of = standard(&mut draft);
    draft.create_appointments((5..10).map(|day| at(of, date(2026, 1, day), time(9, 0, 0, 0)))).unwrap();
    let island = store.commit(commit(draft)).await.unwrap().island.id;
    let day = |day| FieldValue::Date(date(2026, 1, day));
    let find = Find::new(Kind::Appointment, Filter::Between("date", day(6), day(8)));
    assert_eq!(store.part(island, &[find]).await.unwrap().found(Kind::Appointment), 3);
}

async fn lists_are_looked_into_and_filters_turned_round(place: Place) {
    let store = &place.open().await;
    let mut draft = support::empty();
    let of = standard(&mut draft);
    draft.create_patients([new_patient(of.clinic, "Mine", vec![of.practitioner])]).unwrap();
    let island = store.commit(commit(draft)).await.unwrap().island;
    let practitioner = island.ids.of(Kind::User)[of.practitioner.index() as usize];
    let mine = Filter::of("assigned_practitioner_ids", practitioner);
    let found = async |filter: Filter| {
        let part = store.part(island.id, &[Find::new(Kind::Patient, filter)]).await.unwrap();
        part.island.entities.patients.iter().map(|patient| patient.full_name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(found(mine.clone()).await, ["Mine"]);
    assert_eq!(found(Filter::Not(Box::new(mine))).await, ["Anna Schmidt"]);
}

async fn nothing_of_another_island_is_found_or_changed(place: Place) {
    let store = &place.open().await;
    let mut islands = Vec::new();
    for _ in 0..2 {
        let mut draft = support::empty();
        standard(&mut draft);
        islands.push(store.commit(commit(draft)).await.unwrap().island);
    }
    let [own, other] = [islands[0].id, islands[1].id];
    let theirs = islands[1].ids.of(Kind::Patient)[0];
    let part = store.part(own, &[Find::one(Kind::Patient, theirs)]).await.unwrap();
    assert_eq!((part.found(Kind::Patient), part.island.entities.total()), (0, 0));

    let removed = store.edit(own, Vec::new(), "a test".into(), move |part| {
        Ok::<_, Refusal>(Changes { removed: vec![(Kind::Patient, theirs)], ..Changes::of(onto(part.island)) })
    });
    assert!(matches!(removed.await, Err(StoreError::NotFound { what: "patient", .. })));
    let set = store.edit(own, Vec::new(), "a test".into(), move |part| {
        let value = FieldValue::Text("mine".into());
        let set = vec![(Kind::Patient, theirs, "full_name", value)];
        Ok::<_, Refusal>(Changes { set, ..Changes::of(onto(part.island)) })
    });
    assert!(matches!(set.await, Err(StoreError::NotFound { .. })));
    assert_eq!(store.island(other).await.unwrap().island, islands[1]);
    assert_eq!(store.island(own).await.unwrap().island, islands[0]);
}

async fn what_is_new_is_written_and_what_is_replaced_keeps_its_id(place: Place) {
    let store = &place.open().await;
    let mut draft = support::empty();
    standard(&mut draft);
    let island = store.commit(commit(draft)).await.unwrap().island;
    let (id, old) = (island.id, island.ids.of(Kind::Patient)[0]);

    // The patient anew, with a practitioner, and another one.
    let finds = vec![Find::all(Kind::Membership), Find::all(Kind::User)];
    let edited = store.edit(id, finds, "a test".into(), move |part| {
        let mut draft = onto(part.island);
        let practitioner = draft.entities().memberships[1].user;
        let clinic = insula_domain::Handle::new(0);
        let new = |name| new_patient(clinic, name, vec![practitioner]);
        let made = draft.create_patients([new("Anna Weber"), new("Zoe")])?;
        let replaced = vec![(AnyHandle::from(made[0]), old)];
        Ok::<_, Refusal>(Changes { replaced, ..Changes::of(draft) })
    });
    let edited = edited.await.unwrap().unwrap();
    assert_eq!(edited.ids.of(Kind::Patient)[0], old);
    let now = store.island(id).await.unwrap().island;
    assert_eq!(names(&now), ["Anna Weber", "Zoe"]);
    assert_eq!(now.ids.of(Kind::Patient)[0], old);
    let all: &[Patient] = &now.entities.patients;
    assert!(all.iter().all(|patient| patient.assigned_practitioners.iter().len() == 1));

    let edited = store.edit(id, vec![Find::one(Kind::Patient, old)], "a test".into(), move |part| {
        let removed = vec![(Kind::Patient, one(&part, Kind::Patient))];
        Ok::<_, Refusal>(Changes { removed, ..Changes::of(onto(part.island)) })
    });
    edited.await.unwrap().unwrap();
    assert_eq!(names(&store.island(id).await.unwrap().island), ["Zoe"]);
}

async fn a_refusal_comes_back_and_nothing_is_written(place: Place) {
    let store = &place.open().await;
    let mut draft = support::empty();
    let of = standard(&mut draft);
    draft.create_appointments([at(of, date(2026, 1, 5), time(9, 0, 0, 0))]).unwrap();
    let island = store.commit(commit(draft)).await.unwrap().island;
    let refused = store.edit(island.id, Vec::new(), "a test".into(), |part| {
        patient_of_no_clinic(onto(part.island)).map(Changes::of)
    });
    let Refusal::Rejected(Rejection { rule, .. }) = refused.await.unwrap().unwrap_err() else { panic!() };
    assert_eq!(rule, Rule::UnknownHandle.name());
    // What is still referred to stays.
    let patient = island.ids.of(Kind::Patient)[0];
    let removed = store.edit(island.id, Vec::new(), "a test".into(), move |part| {
        Ok::<_, Refusal>(Changes {
            removed: vec![(Kind::Patient, patient)],
            ..Changes::of(onto(part.island))
        })
    });
    assert!(matches!(removed.await, Err(StoreError::Conflict { .. })));
    assert_eq!(store.island(island.id).await.unwrap().island, island);
}

fn patient_of_no_clinic(mut draft: Draft) -> Result<Draft, Refusal> {
    draft.create_patients([new_patient(insula_domain::Handle::new(0), "Anna", Vec::new())])?;
    Ok(draft)
}

async fn of_many_that_book_the_same_hour_one_does(place: Place) {
    let store = &place.open().await;
    let mut draft = support::empty();
    let of = standard(&mut draft);
    let island = store.commit(commit(draft)).await.unwrap().island.id;
    let book = || {
        let finds =
            [Kind::Membership, Kind::Offering, Kind::Patient, Kind::Appointment].map(Find::all).to_vec();
        store.edit(island, finds, "a test".into(), move |part| {
            let mut draft = onto(part.island);
            let who = draft.entities().offerings[0].practitioner;
            let new = at(support::Standard { practitioner: who, ..of }, date(2026, 1, 5), time(9, 0, 0, 0));
            draft.create_appointments([new])?;
            Ok::<_, Refusal>(Changes::of(draft))
        })
    };
    let outcomes = futures::future::join_all((0..8).map(|_| book())).await;
    let booked = outcomes.into_iter().filter(|outcome| matches!(outcome, Ok(Ok(_)))).count();
    assert_eq!(booked, 1);
    assert_eq!(store.island(island).await.unwrap().island.entities.appointments.len(), 1);
}

async fn of_an_island_that_is_gone_nothing_is_read_or_changed(place: Place) {
    let store = &place.open().await;
    let mut draft = support::empty();
    standard(&mut draft);
    let island = store.commit(commit(draft)).await.unwrap().island.id;
    end(store, island).await.unwrap();
    assert!(matches!(store.part(island, &[Find::all(Kind::Patient)]).await, Err(StoreError::Gone { .. })));
    let edited = store
        .edit(island, Vec::new(), "a test".into(), |part| Ok::<_, Refusal>(Changes::of(onto(part.island))));
    assert!(matches!(edited.await, Err(StoreError::Gone { .. })));
}
