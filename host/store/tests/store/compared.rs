//! References whose columns are not of one type or collation. SQLite reads what refers as if it stood in the column that is
//! referred to.

use crate::ending::{App, counts, filled};
use crate::support::Place;

#[tokio::test]
async fn a_reference_is_followed_by_the_collation_of_what_it_refers_to() {
    let app = App::new(
        Place::sqlite(),
        "CREATE TABLE accounts (name TEXT COLLATE NOCASE PRIMARY KEY, email TEXT REFERENCES users (email));
         CREATE TABLE logins (account TEXT NOT NULL REFERENCES accounts);
         CREATE INDEX login_accounts ON logins (account);
         CREATE TABLE codes (code TEXT COLLATE RTRIM, kind INTEGER, email TEXT REFERENCES users (email), PRIMARY KEY (kind, code));
         CREATE TABLE uses (kind TEXT, code TEXT, FOREIGN KEY (kind, code) REFERENCES codes (kind, code));",
        "INSERT INTO accounts SELECT lower($name), min(email) FROM users WHERE island_id = $island;
         INSERT INTO logins VALUES (upper($name)), (lower($name));
         INSERT INTO codes SELECT $name, 7, min(email) FROM users WHERE island_id = $island;
         INSERT INTO uses VALUES ('07', $name || '  ');",
    )
    .await;
    let certificate = app.ends_well().await.certificate;
    assert_eq!(certificate.found, counts(&[("accounts", 1), ("codes", 1), ("logins", 2), ("uses", 1)]));
}

#[tokio::test]
async fn what_only_its_own_collation_takes_for_the_same_is_another_islands() {
    let app = App::new(
        Place::sqlite(),
        "CREATE TABLE letters (email TEXT COLLATE NOCASE REFERENCES users (email))",
        "SELECT 1",
    )
    .await;
    for (island, email) in app.islands.iter().zip(["anna@example.test", "ANNA@example.test"]) {
        let rows = format!(
            "UPDATE users SET email = '{email}' WHERE id = $user; INSERT INTO letters VALUES ('{email}');"
        );
        app.place.sql(&filled(&app.place, &rows, island)).await.unwrap();
    }
    let certificate = app.ends_well().await.certificate;
    assert_eq!(certificate.found, counts(&[("letters", 1)]));
    assert_eq!(app.place.found("SELECT email FROM letters").await, ["ANNA@example.test"]);
}

#[tokio::test]
async fn a_reference_is_followed_by_the_type_of_what_it_refers_to() {
    let app = App::new(
        Place::sqlite(),
        "CREATE TABLE tickets (number INTEGER PRIMARY KEY, email TEXT REFERENCES users (email));
         CREATE TABLE stubs (ticket TEXT REFERENCES tickets);
         CREATE TABLE marks (ticket REFERENCES tickets);
         CREATE TABLE cards (code TEXT PRIMARY KEY, ticket INTEGER REFERENCES tickets);
         CREATE TABLE swipes (code INTEGER REFERENCES cards);
         CREATE TABLE things (what PRIMARY KEY, ticket INTEGER REFERENCES tickets);
         CREATE TABLE parts (of INTEGER REFERENCES things);",
        "INSERT INTO tickets (email) SELECT min(email) FROM users WHERE island_id = $island;
         INSERT INTO stubs SELECT '0' || max(number) FROM tickets;
         INSERT INTO marks SELECT CAST(max(number) AS TEXT) FROM tickets;
         INSERT INTO cards SELECT CAST(max(number) AS TEXT), max(number) FROM tickets;
         INSERT INTO swipes SELECT max(number) FROM tickets;
         INSERT INTO things SELECT max(number), max(number) FROM tickets;
         INSERT INTO parts SELECT max(number) FROM tickets;",
    )
    .await;
    let certificate = app.ends_well().await.certificate;
    let expected =
        ["cards", "marks", "parts", "stubs", "swipes", "things", "tickets"].map(|table| (table, 1));
    assert_eq!(certificate.found, counts(&expected));
}

/// Nothing is checked where the application turns references off.
#[tokio::test]
async fn a_text_that_is_no_number_refers_to_none() {
    let app = App::new(
        Place::sqlite(),
        "CREATE TABLE tickets (number INTEGER PRIMARY KEY, email TEXT REFERENCES users (email));
         CREATE TABLE stubs (ticket TEXT REFERENCES tickets);",
        "SELECT 1",
    )
    .await;
    let rows = "PRAGMA foreign_keys = OFF;
        INSERT INTO tickets SELECT 0, min(email) FROM users WHERE island_id = $island;
        INSERT INTO stubs VALUES ('none'), ('00');";
    app.place.sql(&filled(&app.place, rows, &app.islands[0])).await.unwrap();
    app.ends_well_again().await;
    let certificate = app.store.certificate(app.islands[0].id).await.unwrap();
    assert_eq!(certificate.found, counts(&[("stubs", 1), ("tickets", 1)]));
    assert_eq!(app.place.found("SELECT ticket FROM stubs").await, ["none"]);
}

#[tokio::test]
async fn a_collation_that_only_the_application_has_disturbs_nothing() {
    let app = App::new(
        Place::sqlite(),
        "CREATE TABLE letters (email TEXT REFERENCES users (email));
         CREATE TABLE shops (name TEXT PRIMARY KEY);
         CREATE TABLE shelves (shop TEXT COLLATE RTRIM REFERENCES shops);
         PRAGMA writable_schema = ON;
         UPDATE sqlite_schema SET sql = replace(sql, 'COLLATE RTRIM', 'COLLATE its_own') WHERE name = 'shelves';
         PRAGMA writable_schema = RESET;
         CREATE TABLE newer (what TEXT);",
        "INSERT INTO letters SELECT min(email) FROM users WHERE island_id = $island",
    )
    .await;
    assert_eq!(app.ends_well().await.certificate.found, counts(&[("letters", 1)]));
}
