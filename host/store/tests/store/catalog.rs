//! Scenarios that are kept in the database.

use futures::future::join_all;
use insula_domain::Digest;
use insula_store::{CatalogChange, EventKind, Events, NewPlugin, Store, StoreError};

use crate::support::{Place, both, standard_commit};

both!(
    what_was_added_is_there_whole_for_every_store,
    a_version_never_changes,
    what_was_removed_is_gone,
    a_rollback_replaces_the_one_before,
    a_reset_leaves_scenarios_alone,
    what_is_large_is_kept_whole
);
both!("multi_thread": changes_of_several_stores_are_counted_one_by_one);

fn plugin(version: &str, wasm: &[u8]) -> NewPlugin {
    NewPlugin {
        scenario: "ward".to_owned(),
        version: version.to_owned(),
        digest: Digest::of(wasm),
        signature: None,
        origin: "ward.wasm".to_owned(),
        wasm: wasm.into(),
    }
}

async fn add(store: &Store, plugin: NewPlugin) -> Result<bool, StoreError> {
    store.change_catalog(CatalogChange::Add(plugin), "a test".into()).await
}

async fn remove(store: &Store, version: &str) -> bool {
    let change = CatalogChange::Remove { scenario: "ward".to_owned(), version: version.to_owned() };
    store.change_catalog(change, "a test".into()).await.unwrap()
}

async fn roll_back(store: &Store, versions: &[&str]) {
    let versions = versions.iter().map(ToString::to_string).collect();
    let change = CatalogChange::RollBack { scenario: "ward".to_owned(), to: "1.0.0".to_owned(), versions };
    assert!(store.change_catalog(change, "a test".into()).await.unwrap());
}

async fn versions(store: &Store) -> Vec<String> {
    store.catalog().await.unwrap().plugins.into_iter().map(|plugin| plugin.version).collect()
}

async fn what_was_added_is_there_whole_for_every_store(place: Place) {
    let (store, other) = (place.open().await, place.open().await);
    assert_eq!(other.catalog_generation().await.unwrap(), 0);
    let signed = NewPlugin { signature: Some("signed".to_owned()), ..plugin("1.0.0", b"\0asm\xff") };
    assert!(add(&store, signed).await.unwrap());
    let generation = other.catalog_generation().await.unwrap();
    assert!(generation > 0);
    let catalog = other.catalog().await.unwrap();
    assert_eq!(catalog.generation, generation);
    let kept = &catalog.plugins[0];
    assert_eq!((kept.scenario.as_str(), kept.version.as_str()), ("ward", "1.0.0"));
    assert_eq!((kept.digest, kept.signature.as_deref()), (Digest::of(b"\0asm\xff"), Some("signed")));
    assert_eq!((kept.origin.as_str(), kept.actor.as_str()), ("ward.wasm", "a test"));
    assert_eq!(other.plugin("ward", "1.0.0").await.unwrap().unwrap(), b"\0asm\xff");
    assert_eq!(other.plugin("ward", "2.0.0").await.unwrap(), None);
    let events = other.events(Events::After(0), 10).await.unwrap();
    assert_eq!((events[0].kind, events[0].actor.as_str()), (EventKind::ScenarioAdded, "a test"));
    assert_eq!(events[0].details["version"], "1.0.0");
}

async fn a_version_never_changes(place: Place) {
    let store = place.open().await;
    assert!(add(&store, plugin("1.0.0", b"one")).await.unwrap());
    assert!(!add(&store, plugin("1.0.0", b"one")).await.unwrap(), "it is there already");
    let error = add(&store, plugin("1.0.0", b"other")).await.unwrap_err();
    assert!(matches!(&error, StoreError::OtherPlugin { version, .. } if version == "1.0.0"), "{error}");
    assert_eq!(store.plugin("ward", "1.0.0").await.unwrap().unwrap(), b"one");
    assert_eq!(store.events(Events::After(0), 10).await.unwrap().len(), 1);
}

async fn what_was_removed_is_gone(place: Place) {
    let store = place.open().await;
    for version in ["1.0.0", "1.1.0"] {
        add(&store, plugin(version, version.as_bytes())).await.unwrap();
    }
    roll_back(&store, &["1.1.0"]).await;
    assert!(remove(&store, "1.1.0").await);
    assert!(!remove(&store, "1.1.0").await, "there is nothing left to be removed");
    assert_eq!(versions(&store).await, ["1.0.0"]);
    assert_eq!(store.plugin("ward", "1.1.0").await.unwrap(), None);
    // Who adds it again means it.
    assert_eq!(store.catalog().await.unwrap().rolled_back, []);
    let events = store.events(Events::After(0), 10).await.unwrap();
    let kinds: Vec<EventKind> = events.iter().map(|event| event.kind).collect();
    use EventKind::{RolledBack, ScenarioAdded, ScenarioRemoved};
    assert_eq!(kinds, [ScenarioAdded, ScenarioAdded, RolledBack, ScenarioRemoved]);
}

async fn a_rollback_replaces_the_one_before(place: Place) {
    let store = place.open().await;
    roll_back(&store, &["1.1.0", "1.2.0"]).await;
    let pair = |version: &str| ("ward".to_owned(), version.to_owned());
    assert_eq!(store.catalog().await.unwrap().rolled_back, [pair("1.1.0"), pair("1.2.0")]);
    roll_back(&store, &["1.2.0"]).await;
    assert_eq!(store.catalog().await.unwrap().rolled_back, [pair("1.2.0")]);
}

async fn a_reset_leaves_scenarios_alone(place: Place) {
    let store = place.open().await;
    add(&store, plugin("1.0.0", b"one")).await.unwrap();
    roll_back(&store, &["1.0.0"]).await;
    store.commit(standard_commit()).await.unwrap();
    let before = store.catalog_generation().await.unwrap();
    store.reset("a test".into()).await.unwrap();
    let catalog = store.catalog().await.unwrap();
    assert_eq!((catalog.generation, catalog.plugins.len(), catalog.rolled_back.len()), (before, 1, 1));
}

async fn what_is_large_is_kept_whole(place: Place) {
    let store = place.open().await;
    let wasm: Vec<u8> =
        (0..20_000_000_u32).flat_map(|number| number.to_le_bytes().into_iter().take(1)).collect();
    add(&store, plugin("1.0.0", &wasm)).await.unwrap();
    assert!(store.plugin("ward", "1.0.0").await.unwrap().unwrap() == wasm);
}

async fn changes_of_several_stores_are_counted_one_by_one(place: Place) {
    let stores = join_all((0..3).map(|_| place.open())).await;
    let adding = (0..30).map(|number| {
        let store = stores[number % 3].clone();
        tokio::spawn(async move {
            let version = format!("1.{}.0", number / 2);
            add(&store, plugin(&version, version.as_bytes())).await.unwrap()
        })
    });
    let added = join_all(adding).await.into_iter().filter(|added| *added.as_ref().unwrap()).count();
    assert_eq!(added, 15, "of two who add the same one does");
    assert_eq!(versions(&stores[0]).await.len(), 15);
}
