//! Databases that are opened, and those that are refused.

use std::path::Path;

use futures::future::join_all;
use insula_store::{Store, StoreConfig, StoreError};

use crate::support::{Place, Temporary, both, config, end, open, raw, sql, standard_commit};

both!(
    two_hosts_may_open_and_write_one_database,
    a_newer_schema_is_refused_with_who_wrote_it,
    tables_that_drifted_are_named,
    tables_that_go_while_it_is_open_are_named,
    a_value_that_another_program_broke_is_named,
);
both!("multi_thread":
    a_new_database_is_made_once_by_all_who_open_it_at_once,
    an_older_schema_is_brought_up_to_date_once_by_all_who_open_it_at_once,
);

async fn refused(path: &Path) -> StoreError {
    Store::open(config(path)).await.unwrap_err()
}

#[tokio::test]
async fn a_file_is_made_where_there_is_none_however_it_is_written() {
    let directory = tempfile::tempdir().unwrap();
    for (name, url) in [("a.db", ""), ("b.db", "sqlite://"), ("with space ü.db", "sqlite:")] {
        let path = directory.path().join(name);
        let store = Store::open(StoreConfig::new(format!("{url}{}", path.display()))).await.unwrap();
        store.ping().await.unwrap();
        store.commit(standard_commit()).await.unwrap();
        assert!(path.is_file());
    }
}

/// As when somebody has the database made anew for the application, while Insula runs.
async fn tables_that_go_while_it_is_open_are_named(place: Place) {
    let store = place.open().await;
    let island = store.commit(standard_commit()).await.unwrap().island.id;
    place.sql("DROP TABLE availabilities").await.unwrap();
    for error in [store.commit(standard_commit()).await.unwrap_err(), store.island(island).await.unwrap_err()]
    {
        let said = error.to_string();
        assert!(matches!(error, StoreError::Outdated { .. }) && said.contains("availabilities"), "{said}");
    }
    store.close().await.unwrap();
    let error = Store::open(place.config()).await.unwrap_err();
    assert!(matches!(&error, StoreError::Drift { table, .. } if table == "availabilities"), "{error}");
}

/// One with nothing in it.
fn new(like: &Place) -> Place {
    if like.is_postgres() {
        Place::Postgres(insula_test_postgres::Database::fresh())
    } else {
        Place::sqlite()
    }
}

/// All tables, indexes and constraints of a database, and the steps that made them.
async fn schema(place: &Place) -> Vec<String> {
    let all = place.either(
        "SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_schema \
         UNION ALL SELECT 'step ' || version FROM _sqlx_migrations \
         UNION ALL SELECT 'mark ' || schema_version FROM insula_mark \
         UNION ALL SELECT 'clock ' || moved FROM insula_clock ORDER BY 1",
        "SELECT 'column ' || table_name || ' ' || column_name || ' ' || data_type FROM information_schema.columns \
         WHERE table_schema = 'public' \
         UNION ALL SELECT 'index ' || tablename || ' ' || indexdef FROM pg_indexes WHERE schemaname = 'public' \
         UNION ALL SELECT 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) \
         FROM pg_constraint WHERE connamespace = 'public'::regnamespace \
         UNION ALL SELECT 'step ' || version FROM _sqlx_migrations \
         UNION ALL SELECT 'mark ' || schema_version FROM insula_mark \
         UNION ALL SELECT 'clock ' || moved FROM insula_clock ORDER BY 1",
    );
    place.found(all).await
}

/// Several stores open a database at once; each sees what the others write.
async fn open_at_once(place: &Place) {
    let opening = (0..8).map(|_| tokio::spawn(Store::open(place.config())));
    let stores: Vec<Store> = join_all(opening.collect::<Vec<_>>())
        .await
        .into_iter()
        .map(|opened| opened.unwrap().unwrap())
        .collect();
    let written = join_all(stores.iter().map(|store| store.commit(standard_commit()))).await;
    for (number, committed) in written.into_iter().enumerate() {
        let island = committed.unwrap().island;
        let next = &stores[(number + 1) % stores.len()];
        assert_eq!(next.island(island.id).await.unwrap().island, island);
    }
    for store in stores {
        store.close().await.unwrap();
    }
}

async fn a_new_database_is_made_once_by_all_who_open_it_at_once(place: Place) {
    let (alone, together) = (new(&place), new(&place));
    alone.open().await.close().await.unwrap();
    open_at_once(&together).await;
    assert_eq!(schema(&together).await, schema(&alone).await);
}

async fn an_older_schema_is_brought_up_to_date_once_by_all_who_open_it_at_once(place: Place) {
    place.open().await.close().await.unwrap();
    let newest = schema(&place).await;
    // As the last step found it.
    let older = "DROP TABLE insula_clock; DELETE FROM _sqlx_migrations WHERE version = 9; \
                 UPDATE insula_mark SET schema_version = 8";
    place.sql(older).await.unwrap();
    open_at_once(&place).await;
    let mut found = schema(&place).await;
    // What was there before is remembered.
    found.retain(|line| line != "mark 8");
    assert_eq!(found, newest);
}

async fn two_hosts_may_open_and_write_one_database(place: Place) {
    let (one, other) = tokio::join!(place.open(), place.open());
    let (first, second) = tokio::join!(one.commit(standard_commit()), other.commit(standard_commit()));
    one.island(second.unwrap().island.id).await.unwrap();
    other.island(first.unwrap().island.id).await.unwrap();
}

#[tokio::test]
async fn a_directory_that_is_missing_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let error = refused(&directory.path().join("none/test.db")).await;
    assert!(matches!(&error, StoreError::CannotOpen { problem, .. } if problem.contains("none")), "{error}");
    let error = refused(directory.path()).await;
    assert!(
        matches!(&error, StoreError::CannotOpen { problem, .. } if problem.contains("directory")),
        "{error}"
    );
}

#[tokio::test]
async fn another_kind_of_database_is_refused_by_name() {
    let error = Store::open(StoreConfig::new("mysql://localhost/x")).await.unwrap_err();
    assert!(error.to_string().contains("mysql is not supported"), "{error}");
}

#[tokio::test]
async fn what_is_no_database_is_refused_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("notes.txt");
    let text = "not a database\n".repeat(100);
    std::fs::write(&path, &text).unwrap();
    let error = refused(&path).await;
    assert!(matches!(error, StoreError::NotADatabase { .. }), "{error}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
}

#[tokio::test]
async fn a_database_without_the_mark_is_refused_and_left_alone_until_it_is_adopted() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("production.db");
    sql(&path, "CREATE TABLE customers (id INTEGER PRIMARY KEY); INSERT INTO customers VALUES (1)")
        .await
        .unwrap();
    let before = std::fs::read(&path).unwrap();
    let error = refused(&path).await;
    assert!(matches!(&error, StoreError::NotMarked { tables, .. } if tables == "customers"), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), before);

    let adopted = Store::open(StoreConfig { adopt: true, ..config(&path) }).await.unwrap();
    adopted.commit(standard_commit()).await.unwrap();
    adopted.reset("a test".into()).await.unwrap();
    adopted.close().await.unwrap();
    assert_eq!(crate::support::rows(&path).await["customers"], 1, "a reset empties Insula's tables alone");
    open(&path).await;
}

async fn a_newer_schema_is_refused_with_who_wrote_it(place: Place) {
    place.open().await.close().await.unwrap();
    let newer = place.either(
        "INSERT INTO insula_mark VALUES (999, '7.8.9', 0)",
        "INSERT INTO insula_mark VALUES (999, '7.8.9', now())",
    );
    place.sql(newer).await.unwrap();
    let error = Store::open(place.config()).await.unwrap_err();
    assert!(
        matches!(&error, StoreError::NewerSchema { found: 999, insula, .. } if insula == "7.8.9"),
        "{error}"
    );
    assert!(error.to_string().contains("Use Insula 7.8.9 or newer"), "{error}");
}

async fn tables_that_drifted_are_named(first: Place) {
    for (change, table, column) in [
        (first.either("DROP TABLE offerings", "DROP TABLE offerings CASCADE"), "offerings", None),
        ("ALTER TABLE patients DROP COLUMN phone", "patients", Some("phone")),
        ("ALTER TABLE patients ADD COLUMN vip INTEGER", "", None),
        ("ALTER TABLE insula_run DROP COLUMN logs", "insula_run", Some("logs")),
        (
            "ALTER TABLE users DROP COLUMN last_login_at; ALTER TABLE users ADD COLUMN last_login_at TEXT",
            "users",
            Some("last_login_at"),
        ),
        (
            "ALTER TABLE offerings ADD COLUMN price INTEGER NOT NULL DEFAULT 7",
            "",
            None,
        ),
        (
            first.either(
                "DROP TABLE offerings; CREATE TABLE offerings (island_id BLOB, id BLOB, practitioner_id BLOB, appointment_type_id BLOB, created_at INT, updated_at INT, price INT NOT NULL)",
                "ALTER TABLE offerings ADD COLUMN price INTEGER NOT NULL",
            ),
            "offerings",
            Some("price"),
        ),
    ] {
        let place = if first.is_postgres() { Place::postgres() } else { Place::sqlite() };
        place.open().await.close().await.unwrap();
        place.sql(change).await.unwrap();
        match Store::open(place.config()).await {
            Ok(_) => assert_eq!(table, "", "{change}"),
            Err(StoreError::Drift { table: found, column: at, .. }) => {
                assert_eq!((found.as_str(), at.as_deref()), (table, column), "{change}");
            }
            Err(other) => panic!("{change}: {other}"),
        }
    }
}

#[tokio::test]
async fn a_database_that_may_not_be_written_says_so() {
    let file = Temporary::new().await;
    file.store.close().await.unwrap();
    // An older schema, which would have to be brought up to date.
    sql(&file.path, "DELETE FROM insula_mark").await.unwrap();
    let url = format!("sqlite://{}?mode=ro", file.path.display());
    let error = Store::open(StoreConfig::new(url)).await.unwrap_err();
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error}");
}

#[tokio::test]
async fn a_full_disk_fails_the_commit_whole_and_only_that() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("small.db");
    let store = Store::open(StoreConfig { max_bytes: Some(400_000), ..config(&path) }).await.unwrap();
    let kept = store.commit(standard_commit()).await.unwrap().island;
    let mut large = crate::support::empty();
    crate::support::busy(&mut large, 4000);
    let (large, small) =
        tokio::join!(store.commit(crate::support::commit(large)), store.commit(standard_commit()));
    let error = large.unwrap_err();
    assert!(matches!(error, StoreError::Full { .. }), "{error}");
    small.unwrap();
    assert_eq!(store.stats().await.unwrap().active, 2);
    assert_eq!(crate::support::rows(&path).await["insula_run"], 2);
    end(&store, kept.id).await.unwrap();
    store.commit(standard_commit()).await.unwrap();
}

#[tokio::test]
async fn a_database_that_another_program_holds_is_away_for_now() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("test.db");
    let none = std::time::Duration::ZERO;
    let store = Store::open(StoreConfig { patience: none, ..config(&path) }).await.unwrap();
    let mut other = raw(&path).await;
    sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    let error = store.commit(standard_commit()).await.unwrap_err();
    assert!(matches!(error, StoreError::Away { .. }), "{error}");
    sqlx::raw_sql("COMMIT").execute(&mut other).await.unwrap();
    store.commit(standard_commit()).await.unwrap();
}

async fn a_value_that_another_program_broke_is_named(place: Place) {
    let store = place.open().await;
    let id = store.commit(standard_commit()).await.unwrap().island.id;
    place.sql("UPDATE memberships SET roles = '{}'").await.unwrap();
    let error = store.island(id).await.unwrap_err();
    assert!(matches!(&error, StoreError::Corrupt { what } if what.contains("memberships.roles")), "{error}");
}

#[tokio::test]
async fn what_was_committed_survives_a_kill() {
    let file = Temporary::new().await;
    let island = file.store.commit(standard_commit()).await.unwrap().island;
    // What the files hold now is what a kill would leave behind: nothing was closed, and the log is not moved yet.
    let killed = tempfile::tempdir().unwrap();
    for suffix in ["", "-wal"] {
        let name = format!("test.db{suffix}");
        std::fs::copy(file.path.with_file_name(&name), killed.path().join(&name)).unwrap();
    }
    let again = open(&killed.path().join("test.db")).await;
    assert_eq!(again.island(island.id).await.unwrap().island, island);
    again.commit(standard_commit()).await.unwrap();
}

#[tokio::test]
async fn memory_is_shared_by_one_store_and_by_no_other() {
    let (one, other) = (crate::support::memory().await, crate::support::memory().await);
    let id = one.commit(standard_commit()).await.unwrap().island.id;
    one.island(id).await.unwrap();
    assert!(matches!(other.island(id).await.unwrap_err(), StoreError::NotFound { .. }));
}
