//! What only PostgreSQL has, and what happens there at the same time.

use std::sync::Arc;

use crate::ending::{App, counts, filled};
use crate::support::{Place, end};

#[tokio::test]
async fn other_schemas_partitions_and_tables_of_the_same_name() {
    let app = App::new(
        Place::postgres(),
        "CREATE SCHEMA billing;
         CREATE TABLE billing.invoices (id $serial, island uuid, patient uuid,
             FOREIGN KEY (island, patient) REFERENCES patients (island_id, id));
         CREATE TABLE billing.patients (id $serial, invoice bigint REFERENCES billing.invoices ON DELETE RESTRICT);
         CREATE TABLE readings (island uuid, patient uuid, at date NOT NULL,
             FOREIGN KEY (island, patient) REFERENCES patients (island_id, id)) PARTITION BY RANGE (at);
         CREATE TABLE readings_old PARTITION OF readings FOR VALUES FROM ('2000-01-01') TO ('2026-01-01');
         CREATE TABLE readings_new PARTITION OF readings DEFAULT;",
        "INSERT INTO billing.invoices (island, patient) VALUES ($island, $patient);
         INSERT INTO billing.patients (invoice) SELECT id FROM billing.invoices WHERE island = $island;
         INSERT INTO readings VALUES ($island, $patient, '2025-05-05'), ($island, $patient, '2026-05-05');",
    )
    .await;
    let certificate = app.ends_well().await.certificate;
    let expected = counts(&[("billing.invoices", 1), ("billing.patients", 1), ("readings", 2)]);
    assert_eq!(certificate.found, expected);
    let notes = certificate.notes.join("\n");
    assert!(notes.contains("billing.invoices has no index"), "{notes}");
    assert!(notes.contains("readings has no primary key"), "{notes}");
}

#[tokio::test]
async fn renamed_tables_and_columns_are_followed() {
    let app = App::new(
        Place::postgres(),
        "CREATE TABLE notes (id $serial, email text REFERENCES users (email))",
        "INSERT INTO notes (email) SELECT min(email) FROM users WHERE island_id = $island",
    )
    .await;
    let [one, other] = [app.islands[0].id, app.islands[1].id];
    let first = end(&app.store, one).await.unwrap().certificate;
    assert_eq!(first.found, counts(&[("notes", 1)]));
    let rename = "ALTER TABLE notes RENAME TO remarks; ALTER TABLE remarks RENAME email TO address";
    app.place.sql(rename).await.unwrap();
    let second = end(&app.store, other).await.unwrap().certificate;
    assert_eq!(second.found, counts(&[("remarks", 1)]));
    assert!(second.notes.join("").contains("remarks has no index that begins with (address)"));
}

/// The application writes while the island ends: whoever comes first is served, and nothing is left.
#[tokio::test]
async fn a_row_that_is_added_while_the_island_ends_goes_with_it() {
    let app = App::new(
        Place::postgres(),
        "CREATE TABLE invoices (id $serial, island uuid, patient uuid,
             FOREIGN KEY (island, patient) REFERENCES patients (island_id, id))",
        "SELECT 1",
    )
    .await;
    let Place::Postgres(database) = &app.place else { panic!("it is on PostgreSQL") };
    let mut application = <sqlx::PgConnection as sqlx::Connection>::connect(&database.url()).await.unwrap();
    let insert = "INSERT INTO invoices (island, patient) VALUES ($island, $patient)";
    let insert = filled(&app.place, &format!("BEGIN; {insert}"), &app.islands[0]);
    sqlx::raw_sql(sqlx::AssertSqlSafe(insert)).execute(&mut application).await.unwrap();

    let (store, island) = (app.store.clone(), app.islands[0].id);
    let ending = tokio::spawn(async move { end(&store, island).await.unwrap() });
    let waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while app.place.found(waits).await != ["1"] {
        tokio::task::yield_now().await;
    }
    sqlx::raw_sql("COMMIT").execute(&mut application).await.unwrap();
    let certificate = ending.await.unwrap().certificate;
    assert_eq!((certificate.clean, certificate.found), (true, counts(&[("invoices", 1)])));
}

#[tokio::test]
async fn a_reset_empties_what_refers_to_islands_and_nothing_else() {
    let app = App::new(
        Place::postgres(),
        "CREATE TABLE tags (id $serial, parent bigint REFERENCES tags, email text REFERENCES users (email));
         CREATE TABLE tagged (tag bigint NOT NULL REFERENCES tags ON DELETE RESTRICT, what text);
         INSERT INTO tags (id) VALUES (1000); INSERT INTO tagged VALUES (1000, 'kept');",
        "INSERT INTO tags (email) SELECT min(email) FROM users WHERE island_id = $island;
         INSERT INTO tags (parent) SELECT max(id) FROM tags WHERE id < 1000;
         INSERT INTO tagged SELECT max(id), 'goes' FROM tags WHERE id < 1000;",
    )
    .await;
    let report = app.store.reset(Arc::from("a test")).await.unwrap();
    assert_eq!((report.rows["tags"], report.rows["tagged"]), (4, 2));
    let left = app.place.rows().await;
    assert_eq!((left["tags"], left["tagged"], left.get("users")), (1, 1, None));
}
