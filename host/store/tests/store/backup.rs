//! Backups: taken while the database is used, and put back whatever became of it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use insula_domain::IslandId;
use insula_store::{
    Backup, Backups, EventKind, Events, Form, NewBackup, Reason, Restore, Store, StoreConfig, StoreError,
};

use crate::support::{Place, both, commit, empty, end, full, standard_commit};

both!(
    what_is_restored_is_what_was_backed_up,
    the_events_since_are_kept_and_numbers_never_come_twice,
    a_restore_can_be_undone,
    the_store_goes_on_while_its_database_is_restored,
    a_name_is_given_once,
    a_backup_that_is_damaged_is_not_restored,
    another_host_is_not_disturbed_unless_it_is_forced,
    a_database_that_is_not_for_tests_is_not_replaced,
    one_that_is_not_there_comes_back,
    without_a_backup_there_can_be_a_new_database,
    tables_of_the_application_come_back_as_well,
);
both!("multi_thread": what_is_written_meanwhile_is_whole_or_not_there);

/// The backups of a place, in a folder that goes away with this.
pub struct Kept {
    pub folder: tempfile::TempDir,
    pub config: StoreConfig,
}

impl Kept {
    pub fn of(place: &Place) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = StoreConfig { backups: Some(folder.path().to_owned()), ..place.config() };
        Self { folder, config }
    }

    pub async fn open(&self) -> Store {
        Store::open(self.config.clone()).await.unwrap()
    }

    /// Without an open store, as a command for emergencies has them.
    pub fn backups(&self) -> Backups {
        Backups::new(self.config.clone()).unwrap()
    }

    pub fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    /// Has the record of a backup say something else.
    pub fn rewrite(&self, name: &str, change: impl FnOnce(&mut serde_json::Value)) {
        let path = self.path(&format!("{name}.backup.json"));
        let mut record = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        change(&mut record);
        fs::write(&path, record.to_string()).unwrap();
    }
}

pub fn last_good() -> Restore {
    Restore { name: None, force: false, or_empty: false, actor: "a test".into() }
}

pub fn named(name: &str) -> NewBackup {
    NewBackup { name: Some(name.parse().unwrap()), ..NewBackup::default() }
}

/// The rows by table, but for those of events, which are never undone.
async fn rows(place: &Place) -> BTreeMap<String, u64> {
    let mut rows = place.rows().await;
    rows.remove("insula_event");
    rows
}

pub async fn island(store: &Store) -> IslandId {
    let mut draft = empty();
    full(&mut draft);
    store.commit(commit(draft)).await.unwrap().island.id
}

/// Where the backup's copy is: its file.
pub fn file(kept: &Kept, backup: &Backup) -> Option<PathBuf> {
    match &backup.form {
        Form::Sqlite { file } | Form::Dump { file, .. } => Some(kept.path(file)),
        Form::Template { .. } => None,
    }
}

async fn what_is_restored_is_what_was_backed_up(place: Place) {
    let kept = Kept::of(&place);
    let store = kept.open().await;
    let (old, gone) = (island(&store).await, island(&store).await);
    let before = rows(&place).await;
    let backup = store.backups().unwrap().take(NewBackup::default()).await.unwrap();
    assert_eq!((backup.contents.islands, backup.reason), (2, Reason::Backup));
    assert_eq!(backup.contents.rows["clinics"], before["clinics"]);
    assert_eq!(backup.bytes, fs::metadata(file(&kept, &backup).unwrap()).unwrap().len());
    let new = island(&store).await;
    end(&store, gone).await.unwrap();
    store.close().await.unwrap();
    assert_ne!(rows(&place).await, before);

    let restored = kept.backups().restore(last_good()).await.unwrap();
    assert_eq!((restored.backup.as_ref(), restored.found.as_str()), (Some(&backup), "sound"));
    assert!(restored.aside.is_empty() && restored.passed_over.is_empty());
    assert_eq!(rows(&place).await, before);
    let store = kept.open().await;
    assert_eq!(store.island(old).await.unwrap().island.entities.clinics.len(), 1);
    store.island(gone).await.unwrap();
    assert!(matches!(store.island(new).await.unwrap_err(), StoreError::NotFound { .. }));
    assert!(store.strays(None).await.unwrap().values().all(|rows| *rows == 0));
    store.commit(standard_commit()).await.unwrap();
}

async fn the_events_since_are_kept_and_numbers_never_come_twice(place: Place) {
    let kept = Kept::of(&place);
    let store = kept.open().await;
    let old = island(&store).await;
    let backups = store.backups().unwrap();
    let backup = backups.take(NewBackup::default()).await.unwrap();
    let new = island(&store).await;
    end(&store, new).await.unwrap();
    let before = store.events(Events::After(0), 100).await.unwrap();
    for _ in 0..2 {
        let restored = backups.restore(Restore::of(backup.name.clone(), "a test")).await.unwrap();
        assert!(restored.events_kept);
    }
    let events = store.events(Events::After(0), 100).await.unwrap();
    assert_eq!(events[..before.len()], before[..]);
    let [first, second] = &events[before.len()..] else { panic!("{events:?}") };
    for restored in [first, second] {
        assert_eq!((restored.kind, &*restored.actor), (EventKind::Restored, "a test"));
        assert_eq!(restored.details["backup"], backup.name.as_str());
    }
    island(&store).await;
    let last = store.events(Events::After(second.id), 100).await.unwrap();
    assert!(last.len() == 1 && last[0].id > second.id && second.id > first.id, "{last:?}");
    store.island(old).await.unwrap();
}

async fn a_restore_can_be_undone(place: Place) {
    let kept = Kept::of(&place);
    let store = kept.open().await;
    let backups = store.backups().unwrap();
    backups.take(NewBackup::default()).await.unwrap();
    let new = island(&store).await;
    let before = rows(&place).await;
    let restored = backups.restore(last_good()).await.unwrap();
    assert!(store.island(new).await.is_err());
    let undone = restored.before.unwrap();
    // It is not what a restore takes by itself: then to restore twice would be to undo.
    assert_eq!(backups.choose(None).await.unwrap().reason, Reason::Backup);
    backups.restore(Restore::of(undone, "a test")).await.unwrap();
    store.island(new).await.unwrap();
    assert_eq!(rows(&place).await, before);
}

async fn the_store_goes_on_while_its_database_is_restored(place: Place) {
    let kept = Kept::of(&place);
    let store = kept.open().await;
    let old = island(&store).await;
    let backups = store.backups().unwrap();
    backups.take(NewBackup::default()).await.unwrap();
    for _ in 0..3 {
        let new = island(&store).await;
        let paused = store.pause().await;
        backups.restore(last_good()).await.unwrap();
        drop(paused);
        assert!(matches!(store.island(new).await, Err(StoreError::NotFound { .. })));
        store.island(old).await.unwrap();
        end(&store, island(&store).await).await.unwrap();
    }
}

async fn a_name_is_given_once(place: Place) {
    let kept = Kept::of(&place);
    let backups = kept.open().await.backups().unwrap();
    let first = backups.take(named("mine")).await.unwrap();
    let again = backups.take(named("mine")).await.unwrap_err();
    assert!(again.to_string().contains("mine already"), "{again}");
    assert_eq!(backups.find(&first.name).await.unwrap(), first);
    let none = backups.find(&"other".parse().unwrap()).await.unwrap_err();
    assert!(matches!(none, StoreError::NoBackup { .. }), "{none}");
}

async fn a_backup_that_is_damaged_is_not_restored(place: Place) {
    let kept = Kept::of(&place);
    let store = kept.open().await;
    let backups = store.backups().unwrap();
    let good = backups.take(named("good")).await.unwrap();
    let ways: [fn(&Path); 3] = [
        |path| {
            let mut bytes = fs::read(path).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            fs::write(path, bytes).unwrap();
        },
        |path| {
            let bytes = fs::read(path).unwrap();
            fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
        },
        |path| fs::remove_file(path).unwrap(),
    ];
    for (number, damage) in ways.into_iter().enumerate() {
        let backup = backups.take(named(&format!("bad-{number}"))).await.unwrap();
        damage(&file(&kept, &backup).unwrap());
        let before = place.rows().await;
        let error = backups.restore(Restore::of(backup.name.clone(), "a test")).await.unwrap_err();
        assert!(matches!(error, StoreError::DamagedBackup { .. }), "{error}");
        assert_eq!(place.rows().await, before);
    }
    fs::write(kept.path("bad-3.backup.json"), "{}").unwrap();
    let listed = backups.list().await.unwrap();
    assert_eq!(listed.iter().filter(|listed| !listed.good && listed.problem.is_some()).count(), 4);
    let restored = backups.restore(last_good()).await.unwrap();
    assert_eq!(restored.backup, Some(good));
    assert_eq!(restored.passed_over.len(), 4, "it says which it could not take: {restored:?}");
}

async fn another_host_is_not_disturbed_unless_it_is_forced(place: Place) {
    let kept = Kept::of(&place);
    let store = kept.open().await;
    island(&store).await;
    store.backups().unwrap().take(NewBackup::default()).await.unwrap();
    let other = kept.open().await;
    island(&other).await;
    let before = place.rows().await;
    for backups in [kept.backups(), store.backups().unwrap()] {
        let error = backups.restore(last_good()).await.unwrap_err();
        assert!(matches!(error, StoreError::Held { .. }), "{error}");
        assert_eq!(place.rows().await, before);
    }
    let forced = Restore { force: true, ..last_good() };
    kept.backups().restore(forced).await.unwrap();
    island(&other).await;
    other.close().await.unwrap();
    store.backups().unwrap().restore(last_good()).await.unwrap();
}

async fn a_database_that_is_not_for_tests_is_not_replaced(place: Place) {
    let kept = Kept::of(&place);
    let store = kept.open().await;
    store.backups().unwrap().take(NewBackup::default()).await.unwrap();
    store.close().await.unwrap();
    place.sql("DROP TABLE insula_mark").await.unwrap();
    let emergency = Restore { force: true, or_empty: true, ..last_good() };
    let error = kept.backups().restore(emergency.clone()).await.unwrap_err();
    assert!(matches!(error, StoreError::NotMarked { .. }), "{error}");
    let adopted = Backups::new(StoreConfig { adopt: true, ..kept.config.clone() }).unwrap();
    adopted.restore(emergency).await.unwrap();
    kept.open().await;
}

async fn one_that_is_not_there_comes_back(place: Place) {
    let kept = Kept::of(&place);
    let store = kept.open().await;
    let id = island(&store).await;
    store.backups().unwrap().take(NewBackup::default()).await.unwrap();
    store.close().await.unwrap();
    place.remove();
    let restored = kept.backups().restore(last_good()).await.unwrap();
    assert_eq!((restored.found.as_str(), restored.events_kept), ("missing", false));
    kept.open().await.island(id).await.unwrap();
}

async fn without_a_backup_there_can_be_a_new_database(place: Place) {
    let kept = Kept::of(&place);
    let store = kept.open().await;
    island(&store).await;
    store.close().await.unwrap();
    place.remove();
    let error = kept.backups().restore(last_good()).await.unwrap_err();
    assert!(matches!(error, StoreError::NoBackup { .. }), "{error}");
    let restored = kept.backups().restore(Restore { or_empty: true, ..last_good() }).await.unwrap();
    assert!(restored.backup.is_none());
    assert!(!rows(&place).await.contains_key("clinics"));
    island(&kept.open().await).await;
}

async fn tables_of_the_application_come_back_as_well(place: Place) {
    let kept = Kept::of(&place);
    let store = kept.open().await;
    let tables = place.either(
        "CREATE TABLE audit (id INTEGER PRIMARY KEY AUTOINCREMENT, said TEXT); CREATE INDEX audit_said ON audit (said);",
        "CREATE TABLE audit (id serial PRIMARY KEY, said text); CREATE INDEX audit_said ON audit (said);",
    );
    place.sql(&format!("{tables} INSERT INTO audit (said) VALUES ('it''s'), ('ü'), (NULL)")).await.unwrap();
    let backups = store.backups().unwrap();
    backups.take(NewBackup::default()).await.unwrap();
    place.sql("DELETE FROM audit; DROP INDEX audit_said; CREATE TABLE more (id int)").await.unwrap();
    backups.restore(last_good()).await.unwrap();
    place.sql("INSERT INTO audit (said) VALUES ('next'); DROP INDEX audit_said").await.unwrap();
    let said = place.found("SELECT coalesce(said, '-') FROM audit ORDER BY id").await;
    assert_eq!(said, ["it's", "ü", "-", "next"]);
    assert_eq!(place.found("SELECT said FROM audit WHERE id = 4").await, ["next"], "its sequence goes on");
    assert!(!place.rows().await.contains_key("more"));
}

async fn what_is_written_meanwhile_is_whole_or_not_there(place: Place) {
    let kept = Kept::of(&place);
    let store = kept.open().await;
    let writing = tokio::spawn({
        let store = store.clone();
        async move {
            for _ in 0..200 {
                island(&store).await;
            }
        }
    });
    let backups = store.backups().unwrap();
    let mut taken = Vec::new();
    while !writing.is_finished() {
        // Each was restored on trial, and held what it should: else it would be refused.
        taken.push(backups.take(NewBackup { keep: 50, ..NewBackup::default() }).await.unwrap());
    }
    writing.await.unwrap();
    let backup = taken.iter().rev().find(|backup| backup.contents.islands < 200).unwrap_or(&taken[0]);
    backups.restore(Restore::of(backup.name.clone(), "a test")).await.unwrap();
    let rows = rows(&place).await;
    assert_eq!(rows.get("clinics").copied().unwrap_or_default(), backup.contents.islands);
    assert_eq!(rows.get("appointments").copied().unwrap_or_default(), 3 * backup.contents.islands);
}

/// What is set and granted for a PostgreSQL database as a whole.
#[tokio::test]
async fn what_holds_for_a_whole_database_holds_after_a_restore() {
    let place = Place::postgres();
    let Place::Postgres(database) = &place else { panic!("it is PostgreSQL") };
    let name = database.name();
    database.sql(&format!(
        "ALTER DATABASE {name} SET search_path TO public, \"$user\"; ALTER DATABASE {name} SET timezone TO 'Asia/Taipei'; \
         ALTER DATABASE {name} SET insula.own TO 'it''s'; REVOKE CONNECT ON DATABASE {name} FROM PUBLIC; \
         GRANT CREATE ON DATABASE {name} TO pg_monitor WITH GRANT OPTION; CREATE ROLE {name}_owner; \
         ALTER DATABASE {name} OWNER TO {name}_owner; ALTER DATABASE {name} CONNECTION LIMIT 30; \
         COMMENT ON DATABASE {name} IS 'it''s \\ for tests'"
    ));
    let facts = || {
        let settings = "SELECT unnest(setconfig) FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase \
                        WHERE datname = current_database() ORDER BY 1";
        let granted = "SELECT datacl::text FROM pg_database WHERE datname = current_database()";
        let mut granted: Vec<String> =
            database.sql(granted).trim_matches(['{', '}']).split(',').map(str::to_owned).collect();
        granted.sort();
        let others = "SELECT datdba::regrole, datconnlimit, shobj_description(oid, 'pg_database') FROM pg_database \
                      WHERE datname = current_database()";
        (database.sql(settings), granted, database.sql(others))
    };
    let before = facts();
    assert!(before.0.contains("Taipei") && before.0.contains("it's"), "{before:?}");
    assert_eq!(before.2, format!("{name}_owner|30|it's \\ for tests"));
    let kept = Kept::of(&place);
    let backups = kept.open().await.backups().unwrap();
    backups.take(NewBackup::default()).await.unwrap();
    backups.restore(last_good()).await.unwrap();
    assert_eq!(facts(), before);
}

/// From PostgreSQL 15 on, ICU may say in which order texts are.
#[tokio::test]
async fn the_order_of_texts_is_that_of_the_backup() {
    let place = Place::postgres();
    let Place::Postgres(database) = &place else { panic!("it is PostgreSQL") };
    let (name, server) = (database.name(), database.server());
    database.remove();
    let made = server.try_sql(
        "postgres",
        &format!(
            "CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'de-DE'"
        ),
    );
    if made.is_err() {
        // It is older, or was built without ICU.
        return;
    }
    let order = || {
        let row = format!("SELECT to_jsonb(d) FROM pg_database d WHERE datname = '{name}'");
        let row: serde_json::Value = serde_json::from_str(&server.sql("postgres", &row)).unwrap();
        ["datlocprovider", "daticulocale", "datlocale", "datcollate", "datctype"].map(|key| row[key].clone())
    };
    let before = order();
    let kept = Kept::of(&place);
    let store = kept.open().await;
    store.backups().unwrap().take(named("good")).await.unwrap();
    store.close().await.unwrap();
    kept.backups().restore(last_good()).await.unwrap();
    assert_eq!(order(), before);
    // Records of before do not say it.
    kept.rewrite("good", |record| {
        let locale = record["locale"].as_object_mut().unwrap();
        locale.retain(|key, _| ["encoding", "collate", "ctype"].contains(&&**key));
    });
    kept.backups().restore(last_good()).await.unwrap();
}
