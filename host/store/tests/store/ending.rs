//! How islands end: with tables of the application under test beside Insula's own, in every shape that hurts.

use std::collections::BTreeMap;

use insula_domain::{Island, Kind};
use insula_store::{IslandState, Removal, Store, StoreError};

use crate::support::{Place, both, busy, commit, empty, end, onto};

both!(
    tables_that_lead_to_the_island_by_a_chain_of_references,
    a_unique_column_that_does_not_carry_the_island_is_followed,
    rows_in_insulas_own_tables_that_no_scenario_made_are_named,
    rows_that_refer_to_themselves_and_each_other_in_a_chain,
    rows_that_refer_to_one_another_in_a_circle,
    what_triggers_add_goes_too_and_one_that_never_ends_is_named,
    a_row_of_two_islands_is_not_touched,
    a_row_of_two_islands_by_others_of_its_table_is_not_touched,
    a_trigger_that_forbids_it_makes_the_island_stuck_and_no_other,
    a_reference_that_is_only_checked_at_the_end_makes_the_island_stuck,
    tables_that_come_and_go_while_the_store_is_open_are_seen,
);

/// A database with tables of the application, and two islands of which each has rows there.
pub struct App {
    pub place: Place,
    pub store: Store,
    pub islands: [Island; 2],
}

impl App {
    /// `tables` are made first; then `rows` is run for each island; see [`filled`].
    pub async fn new(place: Place, tables: &str, rows: &str) -> Self {
        let store = place.open().await;
        place.sql(&worded(&place, tables)).await.unwrap();
        let mut islands = Vec::new();
        for _ in 0..2 {
            let mut draft = empty();
            busy(&mut draft, 3);
            let island = store.commit(commit(draft)).await.unwrap().island;
            place.sql(&filled(&place, rows, &island)).await.unwrap();
            islands.push(island);
        }
        Self { islands: islands.try_into().unwrap(), store, place }
    }

    /// Has another program run some SQL.
    pub async fn sql(&self, sqlite: &str, postgres: &str) {
        self.place.sql(&worded(&self.place, self.place.either(sqlite, postgres))).await.unwrap();
    }

    pub async fn end(&self) -> Removal {
        end(&self.store, self.islands[0].id).await.unwrap()
    }

    /// Ends the first island, which leaves all that the second has, and nothing of its own.
    pub async fn ends_well(&self) -> Removal {
        let before = self.place.rows().await;
        let removal = self.end().await;
        let certificate = &removal.certificate;
        assert_eq!(removal.record.state, IslandState::Removed, "{certificate:#?}");
        assert!(certificate.clean && certificate.reasons.is_empty(), "{certificate:#?}");
        assert!(certificate.is_intact());
        assert!(certificate.left.values().all(|left| *left == 0), "{certificate:#?}");
        let mut expected = before;
        for (table, gone) in &certificate.rows {
            let left = expected.get_mut(table).unwrap();
            *left -= gone;
            // Both islands hold the same.
            assert_eq!(left, gone, "{table}: {certificate:#?}");
        }
        expected.insert("insula_certificate".to_owned(), 1);
        let mut after = self.place.rows().await;
        after.remove("insula_event");
        expected.remove("insula_event");
        assert_eq!(after, expected);
        self.store.island(self.islands[1].id).await.unwrap();
        assert_eq!(self.store.certificate(self.islands[0].id).await.unwrap(), *certificate);
        removal
    }

    /// The first island cannot be removed, and all rows are as they were.
    pub async fn is_stuck(&self, why: &str) {
        let before = self.place.rows().await;
        let removal = self.end().await;
        let certificate = &removal.certificate;
        assert_eq!(
            (removal.record.state, certificate.clean),
            (IslandState::Stuck, false),
            "{certificate:#?}"
        );
        assert!(
            certificate.reasons.iter().any(|reason| reason.to_lowercase().contains(why)),
            "{:?}",
            certificate.reasons
        );
        let mut after = self.place.rows().await;
        for memory in ["insula_certificate", "insula_event"] {
            after.remove(memory);
        }
        let mut before = before;
        for memory in ["insula_certificate", "insula_event"] {
            before.remove(memory);
        }
        assert_eq!(after, before);
        let id = self.islands[0].id;
        let stored = self.store.island(id).await.unwrap();
        assert_eq!(stored.record.state, IslandState::Stuck);
        for error in [
            self.store.renew(id, None, "a test".into()).await.unwrap_err(),
            self.store.commit(commit(onto(stored.island))).await.unwrap_err(),
        ] {
            assert!(matches!(error, StoreError::Stuck { id: stuck } if stuck == id), "{error}");
        }
    }
}

/// `$serial` is a primary key of numbers that the database gives, `$uuid` the type of ids.
pub fn worded(place: &Place, text: &str) -> String {
    let serial = place.either("INTEGER PRIMARY KEY", "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY");
    text.replace("$serial", serial).replace("$uuid", place.either("BLOB", "uuid"))
}

/// `$island`, `$patient` and `$user` stand for ids, `$name` for a text that is the island's alone.
pub fn filled(place: &Place, text: &str, island: &Island) -> String {
    let id = |id: uuid::Uuid| {
        if place.is_postgres() { format!("'{id}'::uuid") } else { format!("X'{}'", id.simple()) }
    };
    let first = |kind| match island.ids.of(kind)[0] {
        insula_domain::EntityId::Uuid(uuid) => id(uuid),
        insula_domain::EntityId::Int(id) => id.to_string(),
    };
    worded(place, text)
        .replace("$island", &id(island.id.0))
        .replace("$name", &format!("'{}'", island.id))
        .replace("$patient", &first(Kind::Patient))
        .replace("$user", &first(Kind::User))
}

pub fn counts(counts: &[(&str, u64)]) -> BTreeMap<String, u64> {
    counts.iter().map(|(table, rows)| ((*table).to_owned(), *rows)).collect()
}

async fn tables_that_lead_to_the_island_by_a_chain_of_references(place: Place) {
    let app = App::new(
        place,
        "CREATE TABLE products (id $serial, name TEXT);
         INSERT INTO products VALUES (1, 'shared');
         CREATE TABLE invoices (id $serial, island_id $uuid, patient_id $uuid, product_id INTEGER REFERENCES products,
             FOREIGN KEY (island_id, patient_id) REFERENCES patients (island_id, id));
         CREATE INDEX invoices_patient ON invoices (island_id, patient_id);
         CREATE TABLE lines (number INTEGER, invoice_id INTEGER NOT NULL REFERENCES invoices ON DELETE RESTRICT,
             PRIMARY KEY (invoice_id, number));
         CREATE TABLE remarks (text TEXT, invoice INTEGER, line INTEGER,
             FOREIGN KEY (invoice, line) REFERENCES lines (invoice_id, number));",
        "INSERT INTO invoices (island_id, patient_id, product_id) VALUES ($island, $patient, 1), ($island, $patient, 1);
         INSERT INTO lines SELECT n, id FROM invoices, (SELECT 1 AS n UNION SELECT 2) AS two WHERE island_id = $island;
         INSERT INTO remarks SELECT 'late', invoice_id, number FROM lines WHERE number = 1 AND invoice_id IN
             (SELECT id FROM invoices WHERE island_id = $island);",
    )
    .await;
    let certificate = app.ends_well().await.certificate;
    assert_eq!(certificate.found, counts(&[("invoices", 2), ("lines", 4), ("remarks", 2)]));
    assert_eq!(certificate.left["remarks"], 0);
    assert!(!certificate.left.contains_key("products"), "what islands refer to is shared");
    let notes = certificate.notes.join("\n");
    assert!(notes.contains("remarks has no primary key"), "{notes}");
    assert!(notes.contains("remarks has no index that begins with (invoice, line)"), "{notes}");
    assert!(!notes.contains("table lines") && !notes.contains("table invoices"), "{notes}");
}

async fn a_unique_column_that_does_not_carry_the_island_is_followed(place: Place) {
    let without_rowid = place.either("WITHOUT ROWID", "");
    let app = App::new(
        place,
        &format!(
            "CREATE TABLE sessions (token TEXT PRIMARY KEY, email TEXT NOT NULL REFERENCES USERS (EMAIL)) {without_rowid};
         CREATE TABLE visits (session TEXT REFERENCES sessions, page TEXT);"
        ),
        "INSERT INTO sessions SELECT email || ' 1', email FROM users WHERE island_id = $island;
         INSERT INTO visits SELECT token, '/' FROM sessions WHERE email IN (SELECT email FROM users WHERE island_id = $island);",
    )
    .await;
    let certificate = app.ends_well().await.certificate;
    assert_eq!(certificate.found, counts(&[("sessions", 2), ("visits", 2)]));
}

async fn rows_in_insulas_own_tables_that_no_scenario_made_are_named(place: Place) {
    let id = place.either("randomblob(16)", "gen_random_uuid()");
    let rows = format!(
        "INSERT INTO patients SELECT island_id, {id}, clinic_id, 'by hand', phone, email, birthday, gender, notes,
             created_by, created_at, updated_at FROM patients WHERE island_id = $island;
         DELETE FROM availabilities WHERE island_id = $island AND day_of_week > 2;"
    );
    let app = App::new(place, "", &rows).await;
    let certificate = app.ends_well().await.certificate;
    assert_eq!(certificate.found, counts(&[("patients", 1)]));
    assert_eq!(certificate.missing, counts(&[("availabilities", 2)]));
    assert_eq!(certificate.rows["patients"], 2);
}

async fn rows_that_refer_to_themselves_and_each_other_in_a_chain(place: Place) {
    for action in ["", "ON DELETE RESTRICT", "ON DELETE CASCADE", "ON DELETE SET NULL"] {
        let app = App::new(
            place.another(),
            &format!(
                "CREATE TABLE comments (id TEXT PRIMARY KEY, patient $uuid, island $uuid, answers TEXT REFERENCES comments {action},
                     FOREIGN KEY (island, patient) REFERENCES patients (island_id, id) {action});"
            ),
            "INSERT INTO comments (id, island, patient) VALUES ($name || 0, $island, $patient);
             INSERT INTO comments (id, answers) WITH RECURSIVE n(value) AS
                 (SELECT 1 UNION SELECT value + 1 FROM n WHERE value < 40)
                 SELECT $name || value, $name || (value - 1) FROM n;
             INSERT INTO comments (id, answers) VALUES ($name || 'self', $name || 'self');
             UPDATE comments SET island = $island, patient = $patient WHERE id = $name || 'self';",
        )
        .await;
        let certificate = app.ends_well().await.certificate;
        assert_eq!(certificate.found, counts(&[("comments", 42)]), "{action}");
    }
}

async fn rows_that_refer_to_one_another_in_a_circle(place: Place) {
    for (action, required) in [
        ("", ""),
        ("", "NOT NULL"),
        ("ON DELETE RESTRICT", ""),
        ("ON DELETE RESTRICT", "NOT NULL"),
        ("ON DELETE CASCADE", "NOT NULL"),
    ] {
        let deferred = "DEFERRABLE INITIALLY DEFERRED";
        let sqlite = format!(
            "CREATE TABLE teams (id TEXT PRIMARY KEY, email TEXT REFERENCES users (email),
                 lead TEXT {required} REFERENCES people {action} {deferred});
             CREATE TABLE people (id TEXT PRIMARY KEY, team TEXT {required} REFERENCES teams {action} {deferred});"
        );
        let postgres = format!(
            "CREATE TABLE teams (id TEXT PRIMARY KEY, email TEXT REFERENCES users (email), lead TEXT {required});
             CREATE TABLE people (id TEXT PRIMARY KEY, team TEXT {required} REFERENCES teams {action} {deferred});
             ALTER TABLE teams ADD FOREIGN KEY (lead) REFERENCES people {action} {deferred};"
        );
        let app = App::new(
            place.another(),
            place.either(&sqlite, &postgres),
            "BEGIN; INSERT INTO teams SELECT $name, email, $name FROM users WHERE id = $user;
             INSERT INTO people VALUES ($name, $name), ($name || 2, $name); COMMIT",
        )
        .await;
        let certificate = app.ends_well().await.certificate;
        assert_eq!(certificate.found, counts(&[("people", 2), ("teams", 1)]), "{action} {required}");
    }
}

async fn what_triggers_add_goes_too_and_one_that_never_ends_is_named(place: Place) {
    let table = "CREATE TABLE audit (n $serial, island $uuid, clinic $uuid,
                     FOREIGN KEY (island, clinic) REFERENCES clinics (island_id, id));";
    let triggers = place.either(
        "CREATE TRIGGER added AFTER INSERT ON patients BEGIN
             INSERT INTO audit (island, clinic) VALUES (NEW.island_id, NEW.clinic_id);
         END;
         CREATE TRIGGER gone AFTER DELETE ON patients BEGIN
             INSERT INTO audit (island, clinic) VALUES (OLD.island_id, OLD.clinic_id);
         END;",
        "CREATE FUNCTION log_it() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN
             IF TG_OP = 'INSERT' THEN
                 INSERT INTO audit (island, clinic) VALUES (NEW.island_id, NEW.clinic_id);
             ELSE
                 INSERT INTO audit (island, clinic) VALUES (OLD.island_id, OLD.clinic_id);
             END IF;
             RETURN NULL;
         END$$;
         CREATE TRIGGER added AFTER INSERT OR DELETE ON patients FOR EACH ROW EXECUTE FUNCTION log_it();",
    );
    let again = place.either(
        "CREATE TRIGGER again AFTER DELETE ON audit BEGIN
             INSERT INTO audit (island) VALUES (OLD.island);
         END;",
        "CREATE FUNCTION log_again() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN
             INSERT INTO audit (island) VALUES (OLD.island);
             RETURN NULL;
         END';
         CREATE TRIGGER again AFTER DELETE ON audit FOR EACH ROW EXECUTE FUNCTION log_again();",
    );
    let app = App::new(place.another(), &format!("{table} {triggers}"), "SELECT 1").await;
    let removal = app.end().await;
    assert_eq!(removal.certificate.found, counts(&[("audit", 2)]), "{:?}", removal.certificate);
    assert!(removal.certificate.clean);

    let app = App::new(place, &format!("{table} {triggers} {again}"), "SELECT 1").await;
    app.is_stuck("audit gets new rows").await;
    app.sql("DROP TRIGGER again", "DROP TRIGGER again ON audit").await;
    assert!(app.end().await.certificate.clean, "what is mended is removed when it is ended again");
}

async fn a_row_of_two_islands_is_not_touched(place: Place) {
    let app = App::new(
        place,
        "CREATE TABLE referrals (id $serial, from_email TEXT REFERENCES users (email), to_email TEXT REFERENCES users (email));
         CREATE TABLE letters (referral INTEGER REFERENCES referrals, email TEXT REFERENCES users (email));",
        "INSERT INTO referrals (from_email, to_email) SELECT min(email), max(email) FROM users WHERE island_id = $island;",
    )
    .await;
    let [one, other] = app
        .islands
        .each_ref()
        .map(|island| filled(&app.place, "(SELECT min(email) FROM users WHERE island_id = $island)", island));
    let mixed = format!("INSERT INTO referrals (id, from_email, to_email) VALUES (99, {one}, {other})");
    app.place.sql(&mixed).await.unwrap();
    app.is_stuck("1 rows of table referrals belong to another island").await;

    // Neither is a letter of the other island about a referral of this one.
    let letter = format!("DELETE FROM referrals WHERE id = 99; INSERT INTO letters VALUES (1, {other})");
    app.place.sql(&letter).await.unwrap();
    app.is_stuck("1 rows of table letters belong to another island").await;
    app.place.sql("DELETE FROM letters").await.unwrap();
    app.ends_well_again().await;
}

async fn a_row_of_two_islands_by_others_of_its_table_is_not_touched(place: Place) {
    let app = App::new(
        place,
        "CREATE TABLE nodes (id $serial, email TEXT REFERENCES users (email), one INTEGER REFERENCES nodes,
             other INTEGER REFERENCES nodes);",
        "INSERT INTO nodes (email) SELECT min(email) FROM users WHERE island_id = $island;",
    )
    .await;
    // Of either island there is one, and a third refers to both.
    app.place.sql("INSERT INTO nodes (id, one, other) VALUES (99, 1, 2)").await.unwrap();
    app.is_stuck("1 rows of table nodes belong to another island").await;
    app.place.sql("UPDATE nodes SET other = NULL WHERE id = 99").await.unwrap();
    app.ends_well_again().await;
}

impl App {
    pub async fn ends_well_again(&self) {
        let removal = self.end().await;
        assert!(removal.certificate.clean && !removal.already, "{:?}", removal.certificate);
        assert_eq!(self.store.certificate(self.islands[0].id).await.unwrap(), removal.certificate);
    }
}

async fn a_trigger_that_forbids_it_makes_the_island_stuck_and_no_other(place: Place) {
    let keep = place.either(
        "CREATE TRIGGER keep BEFORE DELETE ON patients WHEN EXISTS (SELECT 1 FROM locked WHERE island = OLD.island_id) BEGIN
             SELECT RAISE(ABORT, 'patients are kept for seven years');
         END;",
        "CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN
             IF EXISTS (SELECT 1 FROM locked WHERE island = OLD.island_id) THEN
                 RAISE EXCEPTION 'patients are kept for seven years';
             END IF;
             RETURN OLD;
         END$$;
         CREATE TRIGGER keep BEFORE DELETE ON patients FOR EACH ROW EXECUTE FUNCTION keep();",
    );
    let app = App::new(place, &format!("CREATE TABLE locked (island $uuid); {keep}"), "SELECT 1").await;
    let lock = filled(&app.place, "INSERT INTO locked VALUES ($island)", &app.islands[0]);
    app.place.sql(&lock).await.unwrap();
    app.is_stuck("patients are kept for seven years").await;
    assert!(end(&app.store, app.islands[1].id).await.unwrap().certificate.clean);
    assert_eq!(app.store.stats().await.unwrap().stuck, 1);
    app.place.sql("DELETE FROM locked").await.unwrap();
    app.ends_well_again().await;
}

async fn a_reference_that_is_only_checked_at_the_end_makes_the_island_stuck(place: Place) {
    // The row refers to a patient that is gone when it is added, which no search can find beforehand.
    let late = place.either(
        "CREATE TRIGGER late AFTER DELETE ON insula_run BEGIN INSERT INTO log (email) VALUES ('nobody@example.test'); END;",
        "CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN
             INSERT INTO log (email) VALUES ('nobody@example.test'); RETURN NULL;
         END$$;
         CREATE TRIGGER late AFTER DELETE ON insula_run FOR EACH ROW EXECUTE FUNCTION late();",
    );
    let table = "CREATE TABLE log (patient $uuid, name TEXT, email TEXT REFERENCES users (email) DEFERRABLE INITIALLY DEFERRED);";
    let app = App::new(place, &format!("{table} {late}"), "SELECT 1").await;
    app.is_stuck("foreign key").await;
}

async fn tables_that_come_and_go_while_the_store_is_open_are_seen(place: Place) {
    let app = App::new(place, "", "SELECT 1").await;
    let table = "CREATE TABLE late (island $uuid REFERENCES insula_island (id), what TEXT); CREATE INDEX l ON late (island);";
    app.sql(table, table).await;
    for island in &app.islands {
        let row = filled(&app.place, "INSERT INTO late VALUES ($island, 'x')", island);
        app.place.sql(&row).await.unwrap();
    }
    let certificate = app.ends_well().await.certificate;
    assert_eq!((certificate.found, certificate.notes.len()), (counts(&[("late", 1)]), 1));
    app.place.sql("DROP TABLE late").await.unwrap();
    let other = end(&app.store, app.islands[1].id).await.unwrap();
    assert!(!other.certificate.left.contains_key("late") && other.certificate.clean);
}
