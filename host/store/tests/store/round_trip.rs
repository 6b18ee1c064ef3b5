//! What was committed is read back the same.

use insula_domain::{Draft, EntityId, IslandId, Kind, NewUser};
use insula_store::{IslandState, Store, StoreError};
use jiff::civil::{date, time};

use crate::support::{Place, added, at, both, busy, commit, empty, full, onto, standard, standard_commit};

both!(
    an_island_with_every_kind_of_entity,
    an_empty_island,
    an_island_of_many_chunks,
    what_is_remembered_of_a_run,
    adding_to_an_island_keeps_what_is_there,
    two_islands_of_one_scenario_lie_side_by_side,
    an_island_outlives_the_store_that_wrote_it,
    an_unknown_island_is_not_found,
    ids_are_uuids_of_version_7_in_the_order_of_creation
);

/// Commits a draft and reads it back.
async fn there_and_back(store: &Store, draft: Draft) -> IslandId {
    let digest = draft.digest();
    let committed = store.commit(commit(draft)).await.unwrap();
    let stored = store.island(committed.island.id).await.unwrap();
    assert_eq!(stored.island, committed.island);
    assert_eq!(stored.record, committed.record);
    assert_eq!(stored.runs.last().unwrap().digest, digest);
    assert_eq!(onto(stored.island).digest(), digest);
    committed.island.id
}

async fn an_island_with_every_kind_of_entity(place: Place) {
    let store = place.open().await;
    let mut draft = empty();
    full(&mut draft);
    assert!(Kind::ALL.into_iter().all(|kind| draft.entities().len(kind) > 0));
    there_and_back(&store, draft).await;
}

async fn an_empty_island(place: Place) {
    there_and_back(&place.open().await, empty()).await;
}

async fn an_island_of_many_chunks(place: Place) {
    let mut draft = empty();
    busy(&mut draft, 1111);
    there_and_back(&place.open().await, draft).await;
}

async fn what_is_remembered_of_a_run(place: Place) {
    let store = place.open().await;
    let mut draft = empty();
    full(&mut draft);
    let commit = commit(draft);
    let run = commit.run.clone();
    let committed = store.commit(commit).await.unwrap();
    let stored = store.island(committed.island.id).await.unwrap();
    let [found] = &stored.runs[..] else { panic!("one run, not {}", stored.runs.len()) };
    assert_eq!(found.id, committed.run);
    assert_eq!((&found.scenario, &found.version, found.plugin), (&run.scenario, &run.version, run.plugin));
    assert_eq!((&found.params, found.seed, found.clock), (&run.params, run.seed, run.clock));
    assert_eq!((&found.outputs, &found.cost, &found.logs), (&run.outputs, &run.cost, &run.logs));
    let second = committed.island.names["second"];
    assert_eq!(found.names["second"].kind, Kind::Appointment);
    assert_eq!(Some(found.names["second"].id), committed.island.ids.get(second.kind, second.index));
    assert_eq!(stored.record.state, IslandState::Active);
}

async fn adding_to_an_island_keeps_what_is_there(place: Place) {
    let store = place.open().await;
    let mut draft = empty();
    let names = full(&mut draft);
    let first = store.commit(commit(draft)).await.unwrap();

    let mut more = onto(store.island(first.island.id).await.unwrap().island);
    let new = more.create_appointments([at(names, date(2026, 6, 1), time(10, 0, 0, 0))]).unwrap();
    more.name(new[0].into(), "added").unwrap();
    more.create_user(NewUser { email: None, subject: None }).unwrap();
    let digest = more.digest();
    let second = store.commit(added(more, &first)).await.unwrap();

    assert_eq!(second.island.id, first.island.id);
    assert_eq!(second.record, insula_store::IslandRecord { revision: 1, ..first.record });
    let stored = store.island(first.island.id).await.unwrap();
    assert_eq!(stored.island, second.island);
    assert_eq!(onto(stored.island.clone()).digest(), digest);
    assert_eq!(stored.runs.len(), 2);
    assert_eq!(stored.runs[1].names.keys().collect::<Vec<_>>(), ["added"]);
    assert!(stored.island.names.contains_key("second"));
    let (before, after) = (first.island.ids.of(Kind::Appointment), stored.island.ids.of(Kind::Appointment));
    assert_eq!(before, &after[..before.len()]);
}

async fn two_islands_of_one_scenario_lie_side_by_side(place: Place) {
    let store = place.open().await;
    let one = store.commit(standard_commit()).await.unwrap();
    let other = store.commit(standard_commit()).await.unwrap();
    let (one, other) =
        (store.island(one.island.id).await.unwrap(), store.island(other.island.id).await.unwrap());
    assert_eq!(one.island.entities, other.island.entities);
    for kind in Kind::ALL {
        let ids = |island: &insula_domain::Island| island.ids.of(kind).to_vec();
        let theirs = ids(&other.island);
        assert!(ids(&one.island).iter().all(|id| !theirs.contains(id)));
    }
    let email = |stored: &insula_store::StoredIsland| {
        serde_json::to_value(stored.island.views(Kind::User).next().unwrap()).unwrap()["email"].clone()
    };
    assert_ne!(email(&one), email(&other));
}

async fn an_island_outlives_the_store_that_wrote_it(place: Place) {
    let store = place.open().await;
    let mut draft = empty();
    full(&mut draft);
    let committed = store.commit(commit(draft)).await.unwrap();
    store.close().await.unwrap();
    if let Place::Sqlite { path, .. } = &place {
        assert!(!path.with_extension("db-wal").exists(), "closing leaves no log behind");
    }
    let again = place.open().await;
    assert_eq!(again.island(committed.island.id).await.unwrap().island, committed.island);
}

async fn an_unknown_island_is_not_found(place: Place) {
    let store = place.open().await;
    let id = IslandId(uuid::Uuid::nil());
    let error = store.island(id).await.unwrap_err();
    assert!(matches!(error, StoreError::NotFound { what: "island", .. }), "{error}");
}

async fn ids_are_uuids_of_version_7_in_the_order_of_creation(place: Place) {
    let store = place.open().await;
    let mut draft = empty();
    standard(&mut draft);
    let island = store.commit(commit(draft)).await.unwrap().island;
    let ids = island.ids.of(Kind::Availability);
    assert!(ids.is_sorted());
    assert!(ids.iter().all(|id| matches!(id, EntityId::Uuid(id) if id.get_version_num() == 7)));
}
