//! Many at once: group commit, its guilty members, and what the database itself forbids.

use std::collections::BTreeSet;

use futures::future::join_all;
use insula_domain::{Entities, FieldType, Kind};
use insula_store::{StoreConfig, StoreError};

use crate::support::{
    Place, added, both, busy, clinic, commit, empty, end, full, keyed, labelled, onto, standard,
    standard_commit,
};

both!("current_thread": only_the_guilty_member_of_a_group_fails, a_group_of_removals_renewals_and_commits, of_two_runs_into_one_island_at_once_one_is_told_to_run_again, a_run_is_told_to_run_again_when_the_application_of_another_host_has_edited_the_island, closing_finishes_what_is_waiting_and_takes_no_more, a_full_queue_says_that_it_is_busy);
both!("multi_thread": all_of_many_concurrent_commits_are_there);
both!(the_database_itself_refuses_a_reference_to_another_island);

/// On one thread the writer does not run before all have asked: so they share a transaction.
async fn only_the_guilty_member_of_a_group_fails(place: Place) {
    let store = place.open().await;
    store.commit(keyed(empty(), "used")).await.unwrap();
    let commits = (0..20).map(|number| {
        let mut draft = empty();
        busy(&mut draft, number);
        if number == 7 { keyed(draft, "used") } else { commit(draft) }
    });
    let outcomes = join_all(commits.map(|commit| store.commit(commit))).await;
    for (number, outcome) in outcomes.into_iter().enumerate() {
        match outcome {
            Ok(committed) => {
                assert_ne!(number, 7);
                let stored = store.island(committed.island.id).await.unwrap();
                assert_eq!(stored.island, committed.island);
                assert_eq!(stored.island.entities.len(Kind::Appointment), number);
            }
            Err(error) => {
                assert!(number == 7 && matches!(error, StoreError::KeyUsed { .. }), "{number}: {error}")
            }
        }
    }
    assert_eq!(store.stats().await.unwrap().active, 20);
    assert_eq!(place.rows().await["clinics"], 19);
}

async fn a_group_of_removals_renewals_and_commits(place: Place) {
    let store = place.open().await;
    let mut draft = empty();
    standard(&mut draft);
    let first = store.commit(commit(draft)).await.unwrap();
    let one = first.island.clone();
    let other = store.commit(standard_commit()).await.unwrap().island;
    let (more, removed, renewed, new) = tokio::join!(
        store.commit(added(onto(one.clone()), &first)),
        end(&store, one.id),
        store.renew(other.id, None, "a test".into()),
        store.commit(standard_commit()),
    );
    // Both were asked for at once. Whichever was first: no row is added to an island that is gone.
    assert!(matches!(more, Ok(_) | Err(StoreError::Gone { .. })), "{more:?}");
    assert!(!removed.unwrap().already);
    assert!(matches!(store.island(one.id).await.unwrap_err(), StoreError::Gone { .. }));
    assert_eq!(renewed.unwrap().id, other.id);
    store.island(new.unwrap().island.id).await.unwrap();
}

async fn a_run_is_told_to_run_again_when_the_application_of_another_host_has_edited_the_island(place: Place) {
    let (store, other) = (place.open().await, place.open().await);
    let first = store.commit(standard_commit()).await.unwrap();
    let id = first.island.id;
    let decide = |part: insula_store::Part| {
        Ok::<_, insula_domain::Refusal>(insula_store::Changes::of(onto(part.island)))
    };
    other.edit(id, Vec::new(), "somebody".into(), decide).await.unwrap().unwrap();
    let error = store.commit(added(onto(first.island.clone()), &first)).await.unwrap_err();
    assert!(matches!(error, StoreError::Changed { id: of } if of == id), "{error}");
    // What was decided against is no change.
    let refused =
        other.edit(id, Vec::new(), "somebody".into(), |_| Err::<insula_store::Changes, _>(())).await;
    assert_eq!(refused.unwrap(), Err(()));
    let read = store.island(id).await.unwrap();
    assert_eq!(read.record.revision, 1);
    let again = insula_store::Committed { island: read.island, record: read.record, run: first.run };
    store.commit(added(onto(again.island.clone()), &again)).await.unwrap();
}

async fn of_two_runs_into_one_island_at_once_one_is_told_to_run_again(place: Place) {
    let store = place.open().await;
    let first = store.commit(standard_commit()).await.unwrap();
    let draft = || onto(first.island.clone());
    let one = store.commit(added(draft(), &first)).await.unwrap();
    // It was checked against the island as it was, and not together with what the other run added.
    let error = store.commit(added(draft(), &first)).await.unwrap_err();
    assert!(matches!(error, StoreError::Changed { id } if id == first.island.id), "{error}");
    let read = store.island(first.island.id).await.unwrap();
    assert_eq!((read.runs.last().unwrap().id, read.record.revision), (one.run, 1));
    let (one, other) = tokio::join!(
        store.commit(added(onto(read.island.clone()), &one)),
        store.commit(added(onto(read.island.clone()), &one)),
    );
    let (won, lost) = if one.is_ok() { (one, other) } else { (other, one) };
    assert!(won.is_ok() && matches!(lost.unwrap_err(), StoreError::Changed { .. }));
}

async fn all_of_many_concurrent_commits_are_there(place: Place) {
    let store = place.open().await;
    let tasks = (0..8).map(|task| {
        let store = store.clone();
        tokio::spawn(async move {
            let mut islands = Vec::new();
            for turn in 0..25 {
                let mut draft = empty();
                if turn % 5 == task % 5 {
                    full(&mut draft)
                } else {
                    standard(&mut draft)
                };
                islands.push(store.commit(labelled(draft, &format!("{task}/{turn}"))).await.unwrap().island);
                if turn % 6 == 0 {
                    end(&store, islands.remove(0).id).await.unwrap();
                }
            }
            islands
        })
    });
    let islands: Vec<_> = join_all(tasks).await.into_iter().flat_map(Result::unwrap).collect();
    for island in &islands {
        assert_eq!(store.island(island.id).await.unwrap().island, *island);
    }
    let ids: BTreeSet<_> = islands.iter().map(|island| island.id).collect();
    assert_eq!((ids.len(), store.stats().await.unwrap().active), (160, 160));
}

async fn closing_finishes_what_is_waiting_and_takes_no_more(place: Place) {
    let store = place.open().await;
    let commits = join_all((0..10).map(|_| store.commit(standard_commit())));
    let (commits, closed) = tokio::join!(commits, store.close());
    closed.unwrap();
    assert!(commits.iter().all(Result::is_ok));
    let error = store.commit(standard_commit()).await.unwrap_err();
    assert!(matches!(error, StoreError::Closed), "{error}");
    assert!(matches!(store.stats().await.unwrap_err(), StoreError::Closed));
    let again = place.open().await;
    assert_eq!(again.stats().await.unwrap().active, 10);
}

async fn a_full_queue_says_that_it_is_busy(place: Place) {
    let none = std::time::Duration::ZERO;
    let config = StoreConfig { queue: 1, patience: none, ..place.config() };
    let store = insula_store::Store::open(config).await.unwrap();
    // They all ask before the first is answered, and there is room for one to wait.
    let outcomes = join_all((0..500).map(|_| store.commit(standard_commit()))).await;
    let (written, refused): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
    assert!(!written.is_empty() && !refused.is_empty());
    for refused in refused {
        let error = refused.unwrap_err();
        assert!(matches!(error, StoreError::Busy { waiting: 1, .. }), "{error}");
    }
    drop(store);
    assert_eq!(place.rows().await["insula_island"], written.len() as u64);
}

async fn the_database_itself_refuses_a_reference_to_another_island(place: Place) {
    let store = place.open().await;
    let mut islands = Vec::new();
    for _ in 0..2 {
        let mut draft = empty();
        full(&mut draft);
        islands.push(store.commit(commit(draft)).await.unwrap().island);
    }
    let references = place
        .found(place.either(
            "SELECT t.name || ' ' || f.\"from\" FROM sqlite_schema t JOIN pragma_foreign_key_list(t.name) f \
             WHERE t.type = 'table' AND f.\"from\" <> 'island_id'",
            "SELECT DISTINCT conrelid::regclass || ' ' || attname FROM pg_constraint JOIN pg_attribute \
             ON attrelid = conrelid AND attnum = ANY (conkey) WHERE contype = 'f' AND attname <> 'island_id'",
        ))
        .await;
    let fields = Kind::ALL.into_iter().flat_map(Entities::fields);
    let expected = fields.map(|field| match field.ty {
        FieldType::Ref(_) => 1,
        FieldType::Refs(_) => 2,
        _ => 0,
    });
    assert_eq!(references.len(), expected.sum::<usize>(), "every reference is of a foreign key");
    let [one, other] = [&islands[0], &islands[1]].map(|island| {
        let id = island.id.0;
        if place.is_postgres() { format!("'{id}'::uuid") } else { format!("X'{}'", id.simple()) }
    });
    for reference in references {
        let (table, column) = reference.split_once(' ').unwrap();
        let of = |island: &str| {
            format!(
                "(SELECT {column} FROM {table} WHERE island_id = {island} AND {column} IS NOT NULL ORDER BY 1 LIMIT 1)"
            )
        };
        let steal = format!(
            "UPDATE {table} SET {column} = {} WHERE island_id = {one} AND {column} = {}",
            of(&other),
            of(&one)
        );
        let error = place.sql(&steal).await.unwrap_err().to_lowercase();
        assert!(error.contains("foreign key"), "{table}.{column}: {error}");
    }
    let adopt = format!("UPDATE memberships SET island_id = {one} WHERE island_id = {other}");
    assert!(place.sql(&adopt).await.is_err());
}

#[tokio::test]
async fn on_postgresql_what_an_appointment_needs_stays() {
    let place = Place::postgres();
    let store = place.open().await;
    let mut draft = empty();
    full(&mut draft);
    let second = clinic(&mut draft, "Second");
    let island = store.commit(commit(draft)).await.unwrap().island;
    let second = island.ids.get(Kind::Clinic, second.index()).unwrap();
    for change in [
        "DELETE FROM offerings",
        &format!("UPDATE patients SET clinic_id = '{second}'"),
        &format!("UPDATE appointments SET clinic_id = '{second}'"),
    ] {
        let error = place.sql(change).await.unwrap_err();
        assert!(error.contains("foreign key") && error.contains("appointments"), "{change}: {error}");
    }
    place
        .sql("DELETE FROM appointment_resources; DELETE FROM appointments; DELETE FROM offerings")
        .await
        .unwrap();
}
