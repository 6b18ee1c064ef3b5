//! PostgreSQL, when somebody else's transaction is in the way, or a connection breaks at the wrong moment.

use std::time::Duration;

use futures::future::join_all;
use insula_domain::{Handle, Kind, Refusal};
use insula_store::{Changes, Find, Store, StoreConfig, StoreError};
use sqlx::{Connection, PgConnection};

use crate::support::{Place, end, new_patient, onto, standard_commit};

/// A transaction of the application, which is open.
async fn open(place: &Place, text: &str) -> PgConnection {
    let mut db = PgConnection::connect(&place.config().url).await.unwrap();
    sqlx::raw_sql("BEGIN").execute(&mut db).await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(text.to_owned())).execute(&mut db).await.unwrap();
    db
}

#[tokio::test]
async fn islands_that_somebody_else_holds_keep_no_other_from_being_made() {
    let place = Place::postgres();
    let store =
        Store::open(StoreConfig { patience: Duration::from_secs(600), ..place.config() }).await.unwrap();
    let mut held = Vec::new();
    for _ in 0..4 {
        held.push(store.commit(standard_commit()).await.unwrap().island.id);
    }
    let mut theirs = open(&place, "UPDATE patients SET notes = 'open'").await;
    let ends = tokio::spawn({
        let (store, held) = (store.clone(), held.clone());
        async move { join_all(held.into_iter().map(|id| end(&store, id))).await }
    });
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while place.found(waiting).await != ["2"] {
        tokio::task::yield_now().await;
    }
    store.commit(standard_commit()).await.unwrap();
    assert!(!ends.is_finished());
    sqlx::raw_sql("ROLLBACK").execute(&mut theirs).await.unwrap();
    for ended in ends.await.unwrap() {
        assert!(ended.unwrap().certificate.clean);
    }
}

#[tokio::test]
async fn what_is_held_for_too_long_is_told_as_that() {
    let place = Place::postgres();
    let patience = Duration::from_millis(100);
    let store = Store::open(StoreConfig { patience, ..place.config() }).await.unwrap();
    let island = store.commit(standard_commit()).await.unwrap().island.id;
    let theirs = open(&place, "UPDATE patients SET notes = 'open'").await;
    let error = end(&store, island).await.unwrap_err();
    assert!(matches!(error, StoreError::Locked { .. }), "{error}");
    assert!(error.to_string().contains("pg_stat_activity"), "{error}");
    theirs.close().await.unwrap();
    store.island(island).await.unwrap();
    assert!(end(&store, island).await.unwrap().certificate.clean);
}

/// Whether a commit was done cannot be told when the connection breaks at that moment.
#[tokio::test]
async fn an_edit_whose_commit_may_have_been_done_is_not_done_again() {
    let place = Place::postgres();
    let store = place.open().await;
    let island = store.commit(standard_commit()).await.unwrap().island.id;
    // A sequence counts what is rolled back, too.
    let cut_once = "CREATE SEQUENCE cuts;
        CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF nextval('cuts') = 1 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF; RETURN NEW; END $$;
        CREATE CONSTRAINT TRIGGER cut AFTER INSERT ON patients DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION cut()";
    place.sql(cut_once).await.unwrap();
    let add = || {
        store.edit(island, vec![Find::all(Kind::Clinic)], "a test".into(), |part| {
            let mut draft = onto(part.island);
            draft.create_patients([new_patient(Handle::new(0), "Zoe", Vec::new())])?;
            Ok::<_, Refusal>(Changes::of(draft))
        })
    };
    let error = add().await.unwrap_err();
    assert!(
        matches!(error, StoreError::Away { .. }) && error.to_string().contains("cannot be known"),
        "{error}"
    );
    let patients = async || store.island(island).await.unwrap().island.entities.patients.len();
    assert_eq!(patients().await, 1);
    add().await.unwrap().unwrap();
    assert_eq!(patients().await, 2);
}

#[tokio::test]
async fn a_reset_that_is_refused_leaves_no_lock_behind() {
    let place = Place::postgres();
    let store = place.open().await;
    place.sql("UPDATE insula_mark SET schema_version = 999").await.unwrap();
    let error = store.reset("a test".into()).await.unwrap_err();
    assert!(matches!(error, StoreError::NewerSchema { .. }), "{error}");
    // That of migrations: the locks of those who hold the database have two numbers.
    let locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 \
                 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    assert_eq!(place.found(locks).await, ["0"]);
}
