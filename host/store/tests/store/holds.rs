//! Who holds a database, and what a restore leaves that failed.

use std::os::unix::fs::symlink;

use insula_store::{Backups, NewBackup, Reason, Restore, Store, StoreConfig, StoreError};

use crate::backup::{Kept, island, last_good};
use crate::support::Place;

#[tokio::test]
async fn a_database_is_held_under_whatever_name_it_was_opened() {
    let place = Place::sqlite();
    let kept = Kept::of(&place);
    kept.open().await.close().await.unwrap();
    let Place::Sqlite { path, .. } = &place else { panic!("it is a file") };
    let link = kept.path("link.db");
    symlink(path, &link).unwrap();
    let by_link = StoreConfig { url: link.display().to_string(), ..kept.config.clone() };
    let store = Store::open(by_link.clone()).await.unwrap();
    kept.backups().take(NewBackup::default()).await.unwrap();
    for config in [kept.config.clone(), by_link] {
        let error = Backups::new(config).unwrap().restore(last_good()).await.unwrap_err();
        assert!(matches!(error, StoreError::Held { .. }), "{error}");
    }
    store.close().await.unwrap();
}

/// A server sees a while later that a process has ended.
#[tokio::test(flavor = "multi_thread")]
async fn a_restore_waits_for_a_host_that_has_just_ended() {
    let place = Place::postgres();
    let kept = Kept::of(&place);
    let ended = kept.open().await;
    island(&ended).await;
    kept.backups().take(NewBackup::default()).await.unwrap();
    let restored = tokio::spawn({
        let backups = kept.backups();
        async move { backups.restore(last_good()).await }
    });
    let looking =
        "SELECT query FROM pg_stat_activity WHERE query LIKE 'SELECT EXISTS (SELECT 1 FROM pg_locks l%'";
    while place.found(looking).await.is_empty() {
        tokio::task::yield_now().await;
    }
    ended.close().await.unwrap();
    restored.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_restore_that_fails_leaves_no_record_of_what_it_would_have_replaced() {
    let place = Place::postgres();
    let kept = Kept::of(&place);
    let store = kept.open().await;
    island(&store).await;
    place.sql("UPDATE insula_mark SET schema_version = schema_version + 1000").await.unwrap();
    let newer = kept.backups().take(NewBackup::default()).await.unwrap();
    place.sql("UPDATE insula_mark SET schema_version = schema_version - 1000").await.unwrap();
    store.close().await.unwrap();
    for _ in 0..3 {
        let error = kept.backups().restore(Restore::of(newer.name.clone(), "a test")).await.unwrap_err();
        assert!(matches!(error, StoreError::NewerSchema { .. }), "{error}");
    }
    let listed = kept.backups().list().await.unwrap();
    let before = |reason| listed.iter().filter_map(|one| one.backup.as_ref()).any(|one| one.reason == reason);
    assert!(!before(Reason::Before), "{listed:#?}");
}
