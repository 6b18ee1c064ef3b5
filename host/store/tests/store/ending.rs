//! How islands end: with tables of the application under test beside Insula's own, in every shape that hurts.

use std::collections::BTreeMap;

use insula_domain::{Island, IslandId, Kind};
use insula_store::{IslandState, Removal, StoreError};

use crate::support::{Temporary, busy, commit, empty, end, onto, rows, sql};

/// A file with tables of the application, and two islands of which each has rows there.
struct App {
    file: Temporary,
    islands: [Island; 2],
}

impl App {
    /// `tables` are made first; then `rows` is run for each island: `$island`, `$patient` and `$user` stand for ids.
    async fn new(tables: &str, rows: &str) -> Self {
        let file = Temporary::new().await;
        sql(&file.path, tables).await.unwrap();
        let mut islands = Vec::new();
        for _ in 0..2 {
            let mut draft = empty();
            busy(&mut draft, 3);
            let island = file.store.commit(commit(draft)).await.unwrap().island;
            sql(&file.path, &filled(rows, &island)).await.unwrap();
            islands.push(island);
        }
        Self { islands: islands.try_into().unwrap(), file }
    }

    async fn end(&self) -> Removal {
        end(&self.file.store, self.islands[0].id).await.unwrap()
    }

    /// Ends the first island, which leaves all that the second has, and nothing of its own.
    async fn ends_well(&self) -> Removal {
        let before = rows(&self.file.path).await;
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
        let mut after = rows(&self.file.path).await;
        after.remove("insula_event");
        expected.remove("insula_event");
        assert_eq!(after, expected);
        self.file.store.island(self.islands[1].id).await.unwrap();
        assert_eq!(self.file.store.certificate(self.islands[0].id).await.unwrap(), *certificate);
        removal
    }

    /// The first island cannot be removed, and all rows are as they were.
    async fn is_stuck(&self, why: &str) {
        let before = rows(&self.file.path).await;
        let removal = self.end().await;
        let certificate = &removal.certificate;
        assert_eq!(
            (removal.record.state, certificate.clean),
            (IslandState::Stuck, false),
            "{certificate:#?}"
        );
        assert!(certificate.reasons.iter().any(|reason| reason.contains(why)), "{:?}", certificate.reasons);
        let mut after = rows(&self.file.path).await;
        for memory in ["insula_certificate", "insula_event"] {
            after.remove(memory);
        }
        let mut before = before;
        for memory in ["insula_certificate", "insula_event"] {
            before.remove(memory);
        }
        assert_eq!(after, before);
        let id = self.islands[0].id;
        let stored = self.file.store.island(id).await.unwrap();
        assert_eq!(stored.record.state, IslandState::Stuck);
        for error in [
            self.file.store.renew(id, None, "a test".into()).await.unwrap_err(),
            self.file.store.commit(commit(onto(stored.island))).await.unwrap_err(),
        ] {
            assert!(matches!(error, StoreError::Stuck { id: stuck } if stuck == id), "{error}");
        }
    }
}

fn filled(text: &str, island: &Island) -> String {
    let blob = |id: uuid::Uuid| format!("X'{}'", id.simple());
    let first = |kind| match island.ids.of(kind)[0] {
        insula_domain::EntityId::Uuid(id) => blob(id),
        insula_domain::EntityId::Int(id) => id.to_string(),
    };
    text.replace("$island", &blob(island.id.0))
        .replace("$patient", &first(Kind::Patient))
        .replace("$user", &first(Kind::User))
}

fn counts(counts: &[(&str, u64)]) -> BTreeMap<String, u64> {
    counts.iter().map(|(table, rows)| ((*table).to_owned(), *rows)).collect()
}

#[tokio::test]
async fn tables_that_lead_to_the_island_by_a_chain_of_references() {
    let app = App::new(
        "CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT);
         INSERT INTO products VALUES (1, 'shared');
         CREATE TABLE invoices (id INTEGER PRIMARY KEY, island_id BLOB, patient_id BLOB, product_id REFERENCES products,
             FOREIGN KEY (island_id, patient_id) REFERENCES patients (island_id, id));
         CREATE INDEX invoices_patient ON invoices (island_id, patient_id);
         CREATE TABLE lines (number INTEGER, invoice_id INTEGER NOT NULL REFERENCES invoices ON DELETE RESTRICT,
             PRIMARY KEY (invoice_id, number));
         CREATE TABLE remarks (text TEXT, invoice INTEGER, line INTEGER,
             FOREIGN KEY (invoice, line) REFERENCES lines (invoice_id, number));",
        "INSERT INTO invoices (island_id, patient_id, product_id) VALUES ($island, $patient, 1), ($island, $patient, 1);
         INSERT INTO lines SELECT n, id FROM invoices, (SELECT 1 AS n UNION SELECT 2) WHERE island_id = $island;
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

#[tokio::test]
async fn a_unique_column_that_does_not_carry_the_island_is_followed() {
    let app = App::new(
        "CREATE TABLE sessions (token TEXT PRIMARY KEY, email TEXT NOT NULL REFERENCES USERS (EMAIL)) WITHOUT ROWID;
         CREATE TABLE visits (session TEXT REFERENCES sessions, page TEXT);",
        "INSERT INTO sessions SELECT email || ' 1', email FROM users WHERE island_id = $island;
         INSERT INTO visits SELECT token, '/' FROM sessions WHERE email IN (SELECT email FROM users WHERE island_id = $island);",
    )
    .await;
    let certificate = app.ends_well().await.certificate;
    assert_eq!(certificate.found, counts(&[("sessions", 2), ("visits", 2)]));
}

#[tokio::test]
async fn rows_in_insulas_own_tables_that_no_scenario_made_are_named() {
    let app = App::new(
        "",
        "INSERT INTO patients SELECT island_id, randomblob(16), clinic_id, 'by hand', phone, email, birthday, gender, notes,
             created_by, created_at, updated_at FROM patients WHERE island_id = $island;
         DELETE FROM availabilities WHERE island_id = $island AND day_of_week > 2;",
    )
    .await;
    let certificate = app.ends_well().await.certificate;
    assert_eq!(certificate.found, counts(&[("patients", 1)]));
    assert_eq!(certificate.missing, counts(&[("availabilities", 2)]));
    assert_eq!(certificate.rows["patients"], 2);
}

#[tokio::test]
async fn rows_that_refer_to_themselves_and_each_other_in_a_chain() {
    for action in ["", "ON DELETE RESTRICT", "ON DELETE CASCADE", "ON DELETE SET NULL"] {
        let app = App::new(
            &format!(
                "CREATE TABLE comments (id TEXT PRIMARY KEY, patient BLOB, island BLOB, answers TEXT REFERENCES comments {action},
                     FOREIGN KEY (island, patient) REFERENCES patients (island_id, id) {action});"
            ),
            "INSERT INTO comments (id, island, patient) VALUES (hex($island) || 0, $island, $patient);
             INSERT INTO comments (id, answers) SELECT hex($island) || value, hex($island) || (value - 1)
                 FROM (WITH RECURSIVE n(value) AS (SELECT 1 UNION SELECT value + 1 FROM n WHERE value < 40) SELECT value FROM n);
             INSERT INTO comments (id, answers) VALUES (hex($island) || 'self', hex($island) || 'self');
             UPDATE comments SET island = $island, patient = $patient WHERE id = hex($island) || 'self';",
        )
        .await;
        let certificate = app.ends_well().await.certificate;
        assert_eq!(certificate.found, counts(&[("comments", 42)]), "{action}");
    }
}

#[tokio::test]
async fn rows_that_refer_to_one_another_in_a_circle() {
    for (action, required) in [
        ("", ""),
        ("", "NOT NULL"),
        ("ON DELETE RESTRICT", ""),
        ("ON DELETE RESTRICT", "NOT NULL"),
        ("ON DELETE CASCADE", "NOT NULL"),
    ] {
        let app = App::new(
            &format!(
                "CREATE TABLE teams (id TEXT PRIMARY KEY, email TEXT REFERENCES users (email),
                     lead TEXT {required} REFERENCES people {action} DEFERRABLE INITIALLY DEFERRED);
                 CREATE TABLE people (id TEXT PRIMARY KEY, team TEXT {required} REFERENCES teams {action} DEFERRABLE INITIALLY DEFERRED);"
            ),
            "BEGIN; INSERT INTO teams SELECT hex($island), email, hex($island) FROM users WHERE id = $user;
             INSERT INTO people VALUES (hex($island), hex($island)), (hex($island) || 2, hex($island)); COMMIT",
        )
        .await;
        let certificate = app.ends_well().await.certificate;
        assert_eq!(certificate.found, counts(&[("people", 2), ("teams", 1)]), "{action} {required}");
    }
}

#[tokio::test]
async fn what_triggers_add_goes_too_and_one_that_never_ends_is_named() {
    let audit = "CREATE TABLE audit (n INTEGER PRIMARY KEY, island BLOB, user BLOB,
                     FOREIGN KEY (island, user) REFERENCES users (island_id, id));
                 CREATE TRIGGER added AFTER INSERT ON patients BEGIN
                     INSERT INTO audit (island, user) SELECT island_id, id FROM users WHERE island_id = NEW.island_id LIMIT 1;
                 END;
                 CREATE TRIGGER gone AFTER DELETE ON patients BEGIN
                     INSERT INTO audit (island, user) SELECT island_id, id FROM users WHERE island_id = OLD.island_id LIMIT 1;
                 END;";
    let app = App::new(audit, "SELECT 1").await;
    let removal = app.end().await;
    assert_eq!(removal.certificate.found, counts(&[("audit", 2)]));
    assert!(removal.certificate.clean);

    let app = App::new(
        &format!(
            "{audit} CREATE TRIGGER again AFTER DELETE ON audit BEGIN
                 INSERT INTO audit (island) VALUES (OLD.island);
             END;"
        ),
        "SELECT 1",
    )
    .await;
    app.is_stuck("audit gets new rows").await;
    sql(&app.file.path, "DROP TRIGGER again").await.unwrap();
    assert!(app.end().await.certificate.clean, "what is mended is removed when it is ended again");
}

#[tokio::test]
async fn a_row_of_two_islands_is_not_touched() {
    let app = App::new(
        "CREATE TABLE referrals (id INTEGER PRIMARY KEY, from_email TEXT REFERENCES users (email), to_email TEXT REFERENCES users (email));
         CREATE TABLE letters (referral INTEGER REFERENCES referrals, email TEXT REFERENCES users (email));",
        "INSERT INTO referrals (from_email, to_email) SELECT min(email), max(email) FROM users WHERE island_id = $island;",
    )
    .await;
    let [one, other] = app.islands.each_ref().map(|island| {
        format!("(SELECT min(email) FROM users WHERE island_id = X'{}')", island.id.0.simple())
    });
    let mixed = format!("INSERT INTO referrals (id, from_email, to_email) VALUES (99, {one}, {other})");
    sql(&app.file.path, &mixed).await.unwrap();
    app.is_stuck("1 rows of table referrals belong to another island").await;

    // Neither is a letter of the other island about a referral of this one.
    let letter = format!("DELETE FROM referrals WHERE id = 99; INSERT INTO letters VALUES (1, {other})");
    sql(&app.file.path, &letter).await.unwrap();
    app.is_stuck("1 rows of table letters belong to another island").await;
    sql(&app.file.path, "DELETE FROM letters").await.unwrap();
    app.ends_well_again().await;
}

impl App {
    async fn ends_well_again(&self) {
        let removal = self.end().await;
        assert!(removal.certificate.clean && !removal.already, "{:?}", removal.certificate);
        assert_eq!(self.file.store.certificate(self.islands[0].id).await.unwrap(), removal.certificate);
    }
}

#[tokio::test]
async fn a_trigger_that_forbids_it_makes_the_island_stuck_and_no_other() {
    let app = App::new(
        "CREATE TABLE locked (island BLOB);
         CREATE TRIGGER keep BEFORE DELETE ON patients WHEN EXISTS (SELECT 1 FROM locked WHERE island = OLD.island_id) BEGIN
             SELECT RAISE(ABORT, 'patients are kept for seven years');
         END;",
        "SELECT 1",
    )
    .await;
    sql(&app.file.path, &filled("INSERT INTO locked VALUES ($island)", &app.islands[0])).await.unwrap();
    app.is_stuck("patients are kept for seven years").await;
    assert!(end(&app.file.store, app.islands[1].id).await.unwrap().certificate.clean);
    assert_eq!(app.file.store.stats().await.unwrap().stuck, 1);
    sql(&app.file.path, "DELETE FROM locked").await.unwrap();
    app.ends_well_again().await;
}

#[tokio::test]
async fn a_reference_that_only_the_commit_refuses_makes_the_island_stuck() {
    // The row refers to a patient that is gone when it is added, which no search can find beforehand.
    let app = App::new(
        "CREATE TABLE log (patient BLOB, name TEXT, email TEXT REFERENCES users (email) DEFERRABLE INITIALLY DEFERRED);
         CREATE TRIGGER late AFTER DELETE ON insula_run BEGIN INSERT INTO log (email) VALUES ('nobody@example.test'); END;",
        "SELECT 1",
    )
    .await;
    app.is_stuck("FOREIGN KEY").await;
}

#[tokio::test]
async fn tables_that_come_and_go_while_the_store_is_open_are_seen() {
    let app = App::new("", "SELECT 1").await;
    let table = "CREATE TABLE late (island BLOB REFERENCES insula_island (id), what TEXT); CREATE INDEX l ON late (island);";
    sql(&app.file.path, table).await.unwrap();
    for island in &app.islands {
        sql(&app.file.path, &filled("INSERT INTO late VALUES ($island, 'x')", island)).await.unwrap();
    }
    let certificate = app.ends_well().await.certificate;
    assert_eq!((certificate.found, certificate.notes.len()), (counts(&[("late", 1)]), 1));
    sql(&app.file.path, "DROP TABLE late").await.unwrap();
    let other = end(&app.file.store, app.islands[1].id).await.unwrap();
    assert!(!other.certificate.left.contains_key("late") && other.certificate.clean);
}

#[tokio::test]
async fn only_what_is_overdue_is_reaped() {
    let file = Temporary::new().await;
    let reap = async |island: IslandId| {
        let ending = insula_store::Ending { island, actor: "reaper".into(), overdue_only: true };
        file.store.end(ending).await.unwrap()
    };
    let past = "2026-01-01T00:00:00Z".parse().unwrap();
    let live = file.store.commit(crate::support::standard_commit()).await.unwrap().island.id;
    let overdue = file.store.commit(crate::support::expiring(empty(), past)).await.unwrap().island.id;
    assert_eq!(reap(live).await, None);
    let removal = reap(overdue).await.unwrap();
    assert_eq!((removal.record.state, removal.certificate.expired), (IslandState::Expired, true));
    assert!(reap(overdue).await.unwrap().already);
    let error = file.store.island(overdue).await.unwrap_err();
    assert!(matches!(error, StoreError::Gone { expired: true, at, .. } if at == past), "{error}");
    file.store.island(live).await.unwrap();
}

#[tokio::test]
async fn of_two_reapers_one_has_the_lease_until_it_is_over() {
    let file = Temporary::new().await;
    let other = crate::support::open(&file.path).await;
    let request =
        |holder: &str, time| insula_store::LeaseRequest { name: "reaper", holder: holder.to_owned(), time };
    let long = std::time::Duration::from_secs(60);
    let lease = file.store.lease(request("one", long)).await.unwrap();
    assert!(lease.mine);
    let refused = other.lease(request("other", long)).await.unwrap();
    assert!(!refused.mine && refused.until == lease.until);
    assert!(file.store.lease(request("one", std::time::Duration::ZERO)).await.unwrap().mine);
    assert!(other.lease(request("other", long)).await.unwrap().mine, "a lease ends");
    assert!(!file.store.lease(request("one", long)).await.unwrap().mine);
}

/// Two hosts, each with an own connection, reap all there is at once, while everything is renewed.
#[tokio::test(flavor = "multi_thread")]
async fn two_reapers_and_who_renews_at_once() {
    let file = Temporary::new().await;
    let other = crate::support::open(&file.path).await;
    let soon = jiff::Timestamp::now().checked_add(std::time::Duration::from_millis(300)).unwrap();
    let mut islands = Vec::new();
    for _ in 0..40 {
        islands.push(file.store.commit(crate::support::expiring(empty(), soon)).await.unwrap().island.id);
    }
    let later = jiff::Timestamp::now().checked_add(std::time::Duration::from_secs(3600)).unwrap();
    let all = islands.clone();
    let renewing = file.store.clone();
    let renew = tokio::spawn(async move {
        let mut renewed = Vec::new();
        for id in all {
            if renewing.renew(id, Some(later), "a test".into()).await.is_ok() {
                renewed.push(id);
            }
        }
        renewed
    });
    let reap = |store: insula_store::Store, islands: Vec<IslandId>| async move {
        let mut reaped = Vec::new();
        while jiff::Timestamp::now() < soon {
            tokio::task::yield_now().await;
        }
        for id in islands {
            let ending = insula_store::Ending { island: id, actor: "reaper".into(), overdue_only: true };
            if store.end(ending).await.unwrap().is_some_and(|removal| !removal.already) {
                reaped.push(id);
            }
        }
        reaped
    };
    let (one, two) = tokio::join!(
        tokio::spawn(reap(file.store.clone(), islands.clone())),
        tokio::spawn(reap(other.clone(), islands.clone()))
    );
    let (renewed, mut reaped) = (renew.await.unwrap(), one.unwrap());
    reaped.extend(two.unwrap());
    reaped.extend(&renewed);
    reaped.sort();
    islands.sort();
    assert_eq!(reaped, islands, "each was renewed or reaped, and none twice");
    for id in renewed {
        file.store.island(id).await.unwrap();
    }
}

#[tokio::test]
async fn events_are_written_with_what_they_tell_of_and_stay() {
    let app = App::new(
        "CREATE TABLE invoices (email TEXT REFERENCES users (email) ON DELETE RESTRICT);",
        "SELECT 1",
    )
    .await;
    let [one, other] = [app.islands[0].id, app.islands[1].id];
    let store = &app.file.store;
    store.renew(one, None, "ana".into()).await.unwrap();
    store.renew(IslandId(uuid::Uuid::nil()), None, "ana".into()).await.unwrap_err();
    end(store, one).await.unwrap();
    end(store, one).await.unwrap();
    sql(&app.file.path, "INSERT INTO invoices SELECT email FROM users LIMIT 1").await.unwrap();
    let reset = store.reset("ben".into()).await.unwrap();
    assert_eq!(reset.rows["invoices"], 1, "what referred to islands is emptied as well");

    let all = store.events(None, 0, 100).await.unwrap();
    let told: Vec<_> = all.iter().map(|event| (event.kind.word(), event.actor.as_str())).collect();
    let expected = [
        ("seeded", "a test"),
        ("seeded", "a test"),
        ("renewed", "ana"),
        ("ended", "a test"),
        ("reset", "ben"),
    ];
    assert_eq!(told, expected);
    assert_eq!(all[0].details["rows"], 16);
    assert_eq!(store.events(Some(other), 0, 100).await.unwrap(), [all[1].clone()]);
    assert_eq!(store.events(None, all[2].id, 1).await.unwrap(), [all[3].clone()]);
    assert_eq!(store.last_event().await.unwrap(), all[4].id);
}

#[tokio::test]
async fn what_ended_long_ago_is_forgotten_and_what_is_left_somewhere_is_found() {
    let app = App::new("CREATE TABLE invoices (island BLOB REFERENCES insula_island (id), email TEXT REFERENCES users (email));", "SELECT 1").await;
    let [one, other] = [app.islands[0].id, app.islands[1].id];
    let store = &app.file.store;
    end(store, one).await.unwrap();
    assert!(store.strays(None).await.unwrap().values().all(|rows| *rows == 0));
    // Without foreign keys, as many a program is.
    let stray = filled(
        "PRAGMA foreign_keys = OFF; INSERT INTO invoices VALUES ($island, 'nobody'); INSERT INTO offerings VALUES ($island, X'01', X'02', X'03', 4, 5)",
        &app.islands[0],
    );
    sql(&app.file.path, &stray).await.unwrap();
    for island in [None, Some(one)] {
        let strays = store.strays(island).await.unwrap();
        assert_eq!((strays["invoices"], strays["offerings"], strays["clinics"]), (1, 1, 0), "{island:?}");
    }
    assert_eq!(store.strays(Some(other)).await.unwrap()["invoices"], 0);

    assert_eq!(store.forget(jiff::Timestamp::UNIX_EPOCH, 10).await.unwrap(), 0);
    sql(&app.file.path, "DELETE FROM invoices").await.unwrap();
    assert_eq!(store.forget(jiff::Timestamp::now(), 10).await.unwrap(), 1);
    for error in [store.island(one).await.unwrap_err(), store.certificate(one).await.unwrap_err()] {
        assert!(matches!(error, StoreError::NotFound { .. }), "{error}");
    }
    store.island(other).await.unwrap();
    assert!(store.events(Some(one), 0, 10).await.unwrap().len() < 2);
}
