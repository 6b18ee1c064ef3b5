//! Islands as statements: loaded into another database by another program, they hold the same.

use std::collections::{BTreeMap, BTreeSet};

use insula_domain::{Difference, Island};
use insula_store::StoreError;

use crate::ending::{App, worded};
use crate::support::{Place, both, commit, empty, end, full};

both!(
    an_island_of_everything_is_loaded_elsewhere_and_is_the_same,
    what_the_application_added_comes_too,
    rows_that_refer_to_one_another_are_loaded_as_well,
    what_insulas_own_rows_refer_to_is_loaded_with_them,
    many_rows_are_several_statements,
    what_is_gone_is_not_exported,
);

/// All rows of the tables that islands are made of, as another program sees them.
async fn contents(place: &Place) -> BTreeMap<String, BTreeSet<String>> {
    const OF_THE_HOST: [&str; 6] = [
        "_sqlx_migrations",
        "insula_mark",
        "insula_clock",
        "insula_event",
        "insula_certificate",
        "insula_lease",
    ];
    let mut contents = BTreeMap::new();
    for table in place.rows().await.into_keys().filter(|table| !OF_THE_HOST.contains(&&**table)) {
        let select = if place.is_postgres() {
            format!("SELECT t::text FROM {table} t")
        } else {
            let columns = format!("SELECT name FROM pragma_table_xinfo('{table}')");
            let columns = place.found(&columns).await.into_iter();
            let shown: Vec<_> = columns
                .map(|name| name.replace('"', "\"\""))
                .map(|name| format!("typeof(\"{name}\") || hex(\"{name}\")"))
                .collect();
            format!("SELECT {} FROM \"{table}\"", shown.join(" || ' ' || "))
        };
        contents.insert(table, place.found(&select).await.into_iter().collect());
    }
    contents
}

/// The statements without what says when they were written.
fn statements(text: &str) -> Vec<&str> {
    text.lines().filter(|line| !line.starts_with("-- Island")).collect()
}

/// Has another program load statements: psql reads them from a file, as people would have it do.
async fn load(place: &Place, text: &str) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&file, text).unwrap();
    let include = format!("\\i {}", file.path().display());
    place.sql(if place.is_postgres() { &include } else { text }).await.unwrap();
}

/// Loads an island into another database, in which it is all that there is.
async fn loaded(place: &Place, text: &str, tables: &str, island: &Island) -> Place {
    let other = place.another();
    let store = other.open().await;
    other.sql(&worded(&other, tables)).await.unwrap();
    load(&other, text).await;
    let stored = store.island(island.id).await.unwrap();
    assert_eq!(Difference::first(&island.entities, &stored.island.entities), None);
    assert_eq!(statements(&store.export(island.id).await.unwrap()), statements(text));
    store.close().await.unwrap();
    other
}

impl App {
    /// The first island is loaded elsewhere, where all is as it is here once the second is gone.
    async fn is_loaded(&self, tables: &str) -> String {
        let island = &self.islands[0];
        let text = self.store.export(island.id).await.unwrap();
        let other = loaded(&self.place, &text, tables, island).await;
        end(&self.store, self.islands[1].id).await.unwrap();
        self.place.sql("DELETE FROM insula_island WHERE state = 'removed'").await.unwrap();
        let (here, there) = (contents(&self.place).await, contents(&other).await);
        assert_eq!(here, there, "{text}");
        let store = other.open().await;
        let certificate = end(&store, island.id).await.unwrap().certificate;
        assert!(certificate.clean, "{certificate:#?}");
        text
    }
}

async fn an_island_of_everything_is_loaded_elsewhere_and_is_the_same(place: Place) {
    let store = place.open().await;
    let mut draft = empty();
    full(&mut draft);
    let island = store.commit(commit(draft)).await.unwrap().island;
    let text = store.export(island.id).await.unwrap();
    let other = loaded(&place, &text, "SELECT 1", &island).await;
    let here = contents(&place).await;
    assert!(here.len() > 15 && here == contents(&other).await, "{here:#?}");
}

async fn what_the_application_added_comes_too(place: Place) {
    let tables = place.either(
        "ALTER TABLE patients ADD COLUMN nick TEXT;
         CREATE TABLE shared (code TEXT PRIMARY KEY); INSERT INTO shared VALUES ('EUR');
         CREATE TABLE invoices (id INTEGER PRIMARY KEY, island BLOB, patient BLOB, code TEXT REFERENCES shared, a, b, c, d, e,
             twice AS (id * 2), FOREIGN KEY (island, patient) REFERENCES patients (island_id, id));
         CREATE TABLE oddities (invoice INTEGER REFERENCES invoices, \"it's \"\"it\"\"\" TEXT);",
        "ALTER TABLE patients ADD COLUMN nick text;
         CREATE TABLE shared (code text PRIMARY KEY); INSERT INTO shared VALUES ('EUR');
         CREATE SCHEMA billing;
         CREATE TYPE mood AS ENUM ('sad', 'it''s ok');
         CREATE TABLE billing.invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, island uuid, patient uuid,
             code text REFERENCES shared, a double precision, b bytea, c text[], d jsonb, e mood, f timestamptz, g numeric,
             h interval, i real, j char(4), k boolean, l smallint,
             twice bigint GENERATED ALWAYS AS (l * 2) STORED,
             FOREIGN KEY (island, patient) REFERENCES patients (island_id, id));
         CREATE TABLE oddities (invoice bigint REFERENCES billing.invoices, \"it's \"\"it\"\"\" text);",
    );
    let rows = place.either(
        "UPDATE patients SET nick = char(39, 59, 10) || '-- DROP' WHERE island_id = $island;
         INSERT INTO invoices (island, patient, code, a, b, c, d, e)
             VALUES ($island, $patient, 'EUR', 0.1, X'00ff27', -9223372036854775808, CAST(X'ff0027' AS TEXT), 9e999);
         INSERT INTO oddities SELECT id, 'a''b\\' || char(10) || '.quit' || char(0) FROM invoices WHERE island = $island;",
        "UPDATE patients SET nick = E'\\';\\n-- DROP' WHERE island_id = $island;
         INSERT INTO billing.invoices (island, patient, code, a, b, c, d, e, f, g, h, i, j, k, l)
             VALUES ($island, $patient, 'EUR', 0.1 + 0.2, '\\x00ff275c', ARRAY['a''b\\', NULL, E'\\n'], '{\"a\": \"\\\\''\"}',
             'it''s ok', '2026-01-05 09:00:00.123456+03', 1e30, '-1 month 2 days', 'NaN', 'ab', true, -7);
         INSERT INTO oddities SELECT id, E'a''b\\\\\\n\\\\! ls' FROM billing.invoices WHERE island = $island;",
    );
    let app = App::new(place, tables, rows).await;
    let text = app.is_loaded(tables).await;
    let begin = |line: &str| {
        ["--", "BEGIN", "COMMIT", "PRAGMA", "SET", "INSERT INTO \"", "  (", ""]
            .iter()
            .any(|it| line.starts_with(it) && (!it.is_empty() || line.is_empty()))
    };
    assert_eq!(text.lines().find(|line| !begin(line)), None, "nothing of a row begins a line");
    assert!(!text.contains("\"shared\" "), "{text}");
}

async fn rows_that_refer_to_one_another_are_loaded_as_well(place: Place) {
    let tables = "CREATE TABLE threads (id $serial, island $uuid, patient $uuid, newest BIGINT,
             FOREIGN KEY (island, patient) REFERENCES patients (island_id, id));
         CREATE TABLE messages (id $serial, thread BIGINT NOT NULL REFERENCES threads, answer BIGINT REFERENCES messages);
         CREATE TABLE likes (message BIGINT NOT NULL REFERENCES messages, who TEXT);";
    let circle = place.either("", "ALTER TABLE threads ADD FOREIGN KEY (newest) REFERENCES messages;");
    let tables = format!("{tables} {circle}");
    let tables = if place.is_postgres() {
        tables
    } else {
        tables.replace("newest BIGINT", "newest BIGINT REFERENCES messages")
    };
    let rows = "INSERT INTO threads (island, patient) VALUES ($island, $patient);
         INSERT INTO messages (thread) SELECT max(id) FROM threads;
         INSERT INTO messages (thread, answer) SELECT max(thread), max(id) FROM messages;
         UPDATE messages SET answer = (SELECT max(id) FROM messages) WHERE thread = (SELECT max(id) FROM threads);
         UPDATE threads SET newest = (SELECT max(id) FROM messages) WHERE island = $island;
         INSERT INTO likes SELECT id, 'me' FROM messages WHERE thread = (SELECT max(id) FROM threads);";
    let app = App::new(place, &tables, rows).await;
    app.is_loaded(&tables).await;
}

async fn what_insulas_own_rows_refer_to_is_loaded_with_them(place: Place) {
    let tables = "CREATE TABLE doctors (id $serial, island $uuid, patient $uuid,
             FOREIGN KEY (island, patient) REFERENCES patients (island_id, id));
         CREATE TABLE letters (doctor INTEGER NOT NULL REFERENCES doctors ON DELETE RESTRICT);
         ALTER TABLE patients ADD COLUMN favourite INTEGER REFERENCES doctors ON DELETE RESTRICT;";
    let rows = "INSERT INTO doctors (island, patient) VALUES ($island, $patient);
         INSERT INTO letters SELECT max(id) FROM doctors;
         UPDATE patients SET favourite = (SELECT max(id) FROM doctors) WHERE island_id = $island;";
    let app = App::new(place, tables, rows).await;
    app.is_loaded(tables).await;
}

async fn many_rows_are_several_statements(place: Place) {
    let store = place.open().await;
    let mut draft = empty();
    crate::support::busy(&mut draft, 1_200);
    let island = store.commit(commit(draft)).await.unwrap().island;
    let text = store.export(island.id).await.unwrap();
    let inserts = text.lines().filter(|line| line.starts_with("INSERT INTO \"appointments\"")).count();
    assert_eq!(inserts, 3);
    loaded(&place, &text, "SELECT 1", &island).await;
}

async fn what_is_gone_is_not_exported(place: Place) {
    let store = place.open().await;
    let island = store.commit(commit(empty())).await.unwrap().island;
    end(&store, island.id).await.unwrap();
    assert!(matches!(store.export(island.id).await, Err(StoreError::Gone { .. })));
    let nobody = insula_domain::IslandId(uuid::Uuid::now_v7());
    assert!(matches!(store.export(nobody).await, Err(StoreError::NotFound { .. })));
}
