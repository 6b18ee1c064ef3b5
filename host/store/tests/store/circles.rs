//! Tables of the application to which Insula's own refer, and which lead to the island themselves.

use std::sync::Arc;

use crate::ending::{App, counts};
use crate::support::{Place, both};

both!(
    tables_that_insulas_own_refer_to_go_with_the_island,
    a_longer_circle_goes_as_well,
    a_reset_empties_circles_too,
    a_circle_through_what_stays_makes_the_island_stuck,
);

const TABLES: &str =
    "CREATE TABLE doctors (id $serial, island $uuid NOT NULL, patient $uuid NOT NULL, tutor INTEGER REFERENCES doctors $action,
         FOREIGN KEY (island, patient) REFERENCES patients (island_id, id) $action);
     CREATE TABLE letters (doctor INTEGER NOT NULL REFERENCES doctors $action, what TEXT);
     ALTER TABLE patients ADD COLUMN favourite INTEGER REFERENCES doctors $action;";

const ROWS: &str = "INSERT INTO doctors (island, patient) VALUES ($island, $patient);
     INSERT INTO doctors (island, patient, tutor) SELECT island, patient, id FROM doctors WHERE island = $island;
     INSERT INTO letters SELECT id, 'hello' FROM doctors WHERE island = $island;
     UPDATE patients SET favourite = (SELECT max(id) FROM doctors WHERE island = $island) WHERE island_id = $island;";

/// Both databases check the references of a circle in their own way, whatever they are to do.
const ACTIONS: [&str; 4] = ["", "ON DELETE RESTRICT", "ON DELETE CASCADE", "DEFERRABLE INITIALLY DEFERRED"];

async fn tables_that_insulas_own_refer_to_go_with_the_island(place: Place) {
    for action in ACTIONS {
        let app = App::new(place.another(), &TABLES.replace("$action", action), ROWS).await;
        let certificate = app.ends_well().await.certificate;
        assert_eq!(certificate.found, counts(&[("doctors", 2), ("letters", 2)]), "{action}");
    }
}

async fn a_longer_circle_goes_as_well(place: Place) {
    // Patients lead to users of the same island by two tables, and what refers to those goes before.
    let app = App::new(
        place,
        "CREATE TABLE owners (id $serial, email TEXT NOT NULL REFERENCES users (email) ON DELETE RESTRICT);
         CREATE TABLE cards (id $serial, owner INTEGER NOT NULL REFERENCES owners ON DELETE RESTRICT);
         CREATE TABLE stamps (card INTEGER NOT NULL REFERENCES cards ON DELETE RESTRICT);
         CREATE TABLE shops (id $serial); INSERT INTO shops VALUES (1);
         ALTER TABLE patients ADD COLUMN card INTEGER REFERENCES cards ON DELETE RESTRICT;
         ALTER TABLE patients ADD COLUMN shop INTEGER REFERENCES shops ON DELETE RESTRICT;",
        "INSERT INTO owners (email) SELECT email FROM users WHERE island_id = $island;
         INSERT INTO cards (owner) SELECT id FROM owners WHERE email IN (SELECT email FROM users WHERE island_id = $island);
         INSERT INTO stamps SELECT max(id) FROM cards;
         UPDATE patients SET card = (SELECT max(id) FROM cards), shop = 1 WHERE island_id = $island;",
    )
    .await;
    let certificate = app.ends_well().await.certificate;
    assert_eq!(certificate.found, counts(&[("cards", 2), ("owners", 2), ("stamps", 1)]));
}

async fn a_reset_empties_circles_too(place: Place) {
    for action in ACTIONS {
        let app = App::new(place.another(), &TABLES.replace("$action", action), ROWS).await;
        let report = app.store.reset(Arc::from("a test")).await.unwrap();
        assert_eq!((report.rows["doctors"], report.rows["letters"], report.rows["patients"]), (4, 4, 2));
        let left = app.place.rows().await;
        assert_eq!((left.get("doctors"), left.get("letters"), left.get("patients")), (None, None, None));
    }
}

async fn a_circle_through_what_stays_makes_the_island_stuck(place: Place) {
    // What is remembered of an island is not removed with it.
    let app = App::new(
        place,
        "CREATE TABLE plans (id $serial, island $uuid REFERENCES insula_island (id));
         ALTER TABLE insula_island ADD COLUMN plan INTEGER REFERENCES plans;",
        "INSERT INTO plans (island) VALUES ($island);
         UPDATE insula_island SET plan = (SELECT max(id) FROM plans) WHERE id = $island;",
    )
    .await;
    let named =
        r#""plans" violates foreign key constraint "insula_island_plan_fkey" on table "insula_island""#;
    app.is_stuck(app.place.either("foreign key", named)).await;
    app.place.sql("UPDATE insula_island SET plan = NULL").await.unwrap();
    app.ends_well_again().await;
}
