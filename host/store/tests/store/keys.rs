//! Idempotency keys.

use futures::future::join_all;
use insula_store::StoreError;

use crate::support::{Place, added, both, empty, end, keyed, onto, standard_commit};

both!(
    a_key_is_found_again_with_what_it_was_used_for,
    a_key_is_used_once_and_the_second_is_told_for_what,
    removal_frees_the_key
);
both!("multi_thread": of_many_who_race_with_one_key_one_wins);

async fn a_key_is_found_again_with_what_it_was_used_for(place: Place) {
    let store = place.open().await;
    assert_eq!(store.find_key("one").await.unwrap(), None);
    let committed = store.commit(keyed(empty(), "one")).await.unwrap();
    let found = store.find_key("one").await.unwrap().unwrap();
    assert_eq!((found.island, found.run), (committed.island.id, committed.run));
    assert_eq!(found.request_hash, "hash of one");
    assert_eq!(found.created_at, committed.record.created_at);
}

async fn a_key_is_used_once_and_the_second_is_told_for_what(place: Place) {
    let store = place.open().await;
    let first = store.commit(keyed(empty(), "one")).await.unwrap();
    let error = store.commit(keyed(empty(), "one")).await.unwrap_err();
    let StoreError::KeyUsed { key, used } = error else { panic!("{error}") };
    assert_eq!((key.as_str(), used.island, used.run), ("one", first.island.id, first.run));

    let mut into = added(onto(first.island.clone()), &first);
    into.run.key = keyed(empty(), "one").run.key;
    assert!(matches!(store.commit(into).await.unwrap_err(), StoreError::KeyUsed { .. }));
    assert_eq!(store.stats().await.unwrap().active, 1);
}

async fn of_many_who_race_with_one_key_one_wins(place: Place) {
    let store = place.open().await;
    let racers = (0..40).map(|_| {
        let store = store.clone();
        tokio::spawn(async move { store.commit(keyed(empty(), "race")).await })
    });
    let mut won = Vec::new();
    let mut told = Vec::new();
    for racer in join_all(racers).await {
        match racer.unwrap() {
            Ok(committed) => won.push(committed.island.id),
            Err(StoreError::KeyUsed { used, .. }) => told.push(used.island),
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(won.len(), 1);
    assert!(told.iter().all(|island| *island == won[0]));
    assert_eq!(store.stats().await.unwrap().active, 1);
}

async fn removal_frees_the_key(place: Place) {
    let store = place.open().await;
    let first = store.commit(keyed(empty(), "one")).await.unwrap();
    end(&store, first.island.id).await.unwrap();
    assert_eq!(store.find_key("one").await.unwrap(), None);
    store.commit(keyed(empty(), "one")).await.unwrap();
    store.commit(standard_commit()).await.unwrap();
}
