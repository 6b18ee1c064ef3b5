//! Databases that cannot be used any more, and are restored whatever state they are in.

use std::fs;
use std::path::{Path, PathBuf};

use insula_domain::IslandId;
use insula_store::{Backups, NewBackup, Restore, Store, StoreConfig, StoreError};

use crate::backup::{Kept, island, last_good, named};
use crate::support::{Place, both, sql};

both!(
    one_whose_bookkeeping_has_another_shape,
    a_sound_one_is_never_replaced_by_an_empty_one,
    the_backups_of_other_databases_are_named,
    a_restore_that_fails_leaves_nothing_behind,
);

/// A database of one island, and a backup of it. Nobody uses it.
async fn backed_up(place: &Place) -> (Kept, IslandId) {
    let kept = Kept::of(place);
    let store = kept.open().await;
    let id = island(&store).await;
    store.backups().unwrap().take(named("good")).await.unwrap();
    store.close().await.unwrap();
    (kept, id)
}

/// What a restore has beside the database while it is under way.
async fn left_over(place: &Place) -> Vec<String> {
    match place {
        Place::Sqlite { path, .. } => {
            let beside = fs::read_dir(path.parent().unwrap()).unwrap();
            let names = beside.map(|entry| entry.unwrap().file_name().into_string().unwrap());
            names.filter(|name| name.contains("restoring")).collect()
        }
        Place::Postgres(database) => {
            let beside = format!(
                "SELECT datname FROM pg_database WHERE datname LIKE '{}\\_\\_%' AND datname NOT LIKE '%before%'",
                database.name()
            );
            database.server().sql("postgres", &beside).lines().map(str::to_owned).collect()
        }
    }
}

async fn one_whose_bookkeeping_has_another_shape(place: Place) {
    let (kept, id) = backed_up(&place).await;
    for damage in [
        "ALTER TABLE insula_island RENAME COLUMN removed_at TO x",
        "ALTER TABLE insula_mark RENAME COLUMN schema_version TO x",
    ] {
        place.sql(damage).await.unwrap();
        let restored = kept.backups().restore(last_good()).await.unwrap();
        assert_ne!(restored.found, "sound");
        // A file is kept aside; a database has another name now, and is a backup.
        assert_eq!(
            (restored.aside.is_empty(), restored.before.is_some()),
            (place.is_postgres(), place.is_postgres())
        );
        let store = kept.open().await;
        store.island(id).await.unwrap();
        store.close().await.unwrap();
        assert_eq!(left_over(&place).await, [""; 0]);
    }
    // Nothing can be said for one of which there is no backup.
    place.sql("ALTER TABLE insula_island RENAME COLUMN removed_at TO x").await.unwrap();
    fs::remove_file(kept.path("good.backup.json")).unwrap();
    let restored = kept.backups().restore(Restore { or_empty: true, ..last_good() }).await.unwrap();
    assert!(restored.backup.is_none(), "{restored:?}");
    kept.open().await;
}

async fn a_sound_one_is_never_replaced_by_an_empty_one(place: Place) {
    let kept = Kept::of(&place);
    let store = kept.open().await;
    let id = island(&store).await;
    store.close().await.unwrap();
    let before = place.rows().await;
    let error = kept.backups().restore(Restore { or_empty: true, ..last_good() }).await.unwrap_err();
    assert!(matches!(error, StoreError::NoBackup { .. }) && error.to_string().contains("sound"), "{error}");
    assert_eq!(place.rows().await, before);
    assert_eq!(left_over(&place).await, [""; 0]);
    assert!(kept.backups().list().await.unwrap().is_empty(), "nothing was backed up either");
    kept.open().await.island(id).await.unwrap();
}

async fn the_backups_of_other_databases_are_named(place: Place) {
    let (kept, id) = backed_up(&place).await;
    // As it is when the folder was moved, or the host has another name.
    kept.rewrite("good", |record| record["database"] = "another place".into());
    fs::write(kept.path("bad.backup.json"), "{}").unwrap();
    let emergency = Restore { or_empty: true, ..last_good() };
    for refused in [emergency.clone(), last_good()] {
        let error = kept.backups().restore(refused).await.unwrap_err().to_string();
        for said in ["good", "another place", "insula restore good", "bad", "cannot be read"] {
            assert!(error.contains(said), "{said}: {error}");
        }
    }
    place.remove();
    let restored = kept.backups().restore(emergency).await.unwrap();
    assert!(restored.backup.is_none());
    let passed_over: Vec<_> =
        restored.passed_over.iter().map(|passed| (passed.name.as_str(), passed.good)).collect();
    assert_eq!(passed_over, [("good", true), ("bad", false)], "{restored:?}");
    assert!(restored.passed_over[0].problem.contains("another place"), "{restored:?}");
    kept.backups().restore(Restore::of("good".parse().unwrap(), "a test")).await.unwrap();
    kept.open().await.island(id).await.unwrap();
}

async fn a_restore_that_fails_leaves_nothing_behind(place: Place) {
    let (kept, _) = backed_up(&place).await;
    kept.rewrite("good", |record| record["rows"]["clinics"] = 7.into());
    for failing in [Restore::of("good".parse().unwrap(), "a test"), last_good()] {
        kept.backups().restore(failing).await.unwrap_err();
        assert_eq!(left_over(&place).await, [""; 0]);
    }
}

/// Takes a backup of an island, damages the file, and restores it whatever state it is in.
async fn restored_after(damage: impl FnOnce(&Path)) {
    let place = Place::sqlite();
    let kept = Kept::of(&place);
    let store = kept.open().await;
    let id = island(&store).await;
    store.backups().unwrap().take(NewBackup::default()).await.unwrap();
    store.close().await.unwrap();
    let Place::Sqlite { path, .. } = &place else { panic!("it is a file") };
    damage(path);
    let bytes = fs::read(path).unwrap();
    assert!(Store::open(kept.config.clone()).await.is_err(), "it must be damaged");
    let restored = kept.backups().restore(last_good()).await.unwrap();
    assert_ne!(restored.found, "sound");
    assert_eq!(fs::read(&restored.aside[0]).unwrap(), bytes, "what was there is kept as it was");
    kept.open().await.island(id).await.unwrap();
}

#[tokio::test]
async fn a_file_that_is_no_database() {
    restored_after(|path| fs::write(path, "dear diary, ".repeat(1000)).unwrap()).await;
}

#[tokio::test]
async fn a_file_that_was_cut() {
    restored_after(|path| {
        let bytes = fs::read(path).unwrap();
        fs::write(path, &bytes[..5000]).unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_file_whose_beginning_was_overwritten() {
    restored_after(|path| {
        let mut bytes = fs::read(path).unwrap();
        bytes[..4096].fill(0xff);
        fs::write(path, bytes).unwrap();
    })
    .await;
}

/// Its pages are in order; what stands in them is not.
#[tokio::test]
async fn a_file_with_an_index_of_something_else() {
    let place = Place::sqlite();
    let (kept, id) = backed_up(&place).await;
    let Place::Sqlite { path, .. } = &place else { panic!("it is a file") };
    let damage = "CREATE TABLE app (a, b); CREATE INDEX appi ON app (a); INSERT INTO app VALUES (1, 2); \
                  PRAGMA writable_schema = ON; \
                  UPDATE sqlite_schema SET sql = 'CREATE INDEX appi ON app (b)' WHERE name = 'appi'";
    sql(path, damage).await.unwrap();
    let files = || fs::read_dir(kept.path(".")).unwrap().count();
    let before = files();
    // A host that uses it would go on with a file that has no name.
    let store = kept.open().await;
    let error = store.backups().unwrap().restore(last_good()).await.unwrap_err();
    assert!(error.to_string().contains("appi") && error.to_string().contains("stop the host"), "{error}");
    store.close().await.unwrap();
    assert_eq!((files(), left_over(&place).await), (before, Vec::new()));
    let restored = kept.backups().restore(last_good()).await.unwrap();
    assert!(restored.found.contains("appi") && restored.before.is_none(), "{restored:?}");
    assert!(restored.aside[0].exists(), "what was there is kept");
    assert_eq!((files(), left_over(&place).await), (before, Vec::new()));
    let store = kept.open().await;
    store.island(id).await.unwrap();
    assert!(!place.rows().await.contains_key("app"));
    store.close().await.unwrap();
    // And where there is no backup.
    sql(path, damage).await.unwrap();
    fs::remove_file(kept.path("good.backup.json")).unwrap();
    let restored = kept.backups().restore(Restore { or_empty: true, ..last_good() }).await.unwrap();
    assert!(restored.backup.is_none() && restored.aside[0].exists(), "{restored:?}");
}

/// A transaction cannot change the size of pages.
#[tokio::test]
async fn a_file_whose_pages_have_another_size() {
    let place = Place::sqlite();
    let (kept, id) = backed_up(&place).await;
    let Place::Sqlite { path, .. } = &place else { panic!("it is a file") };
    let other = "PRAGMA journal_mode = DELETE; PRAGMA page_size = 8192; VACUUM; PRAGMA journal_mode = WAL; \
                 CREATE TABLE z (a); INSERT INTO z VALUES (1)";
    sql(path, other).await.unwrap();
    let restored = kept.backups().restore(last_good()).await.unwrap();
    assert_eq!((restored.found.as_str(), restored.events_kept), ("sound", true));
    assert!(restored.aside.is_empty(), "it is a backup: {restored:?}");
    assert!(!place.rows().await.contains_key("z"));
    kept.open().await.island(id).await.unwrap();
    let files = fs::read_dir(path.parent().unwrap()).unwrap();
    let names: Vec<_> = files.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert!(!names.iter().any(|name| name.contains("damaged") || name.contains("restoring")), "{names:?}");
    kept.backups().restore(Restore::of(restored.before.unwrap(), "a test")).await.unwrap();
    assert_eq!(place.rows().await["z"], 1);
}

/// A log that was left beside a damaged database must not be played back onto the restored one.
#[tokio::test]
async fn a_file_with_a_log_beside_it() {
    let place = Place::sqlite();
    let kept = Kept::of(&place);
    let store = kept.open().await;
    let id = island(&store).await;
    store.backups().unwrap().take(NewBackup::default()).await.unwrap();
    let Place::Sqlite { path, .. } = &place else { panic!("it is a file") };
    // In the log is what was written since, and no more.
    store.close().await.unwrap();
    let store = kept.open().await;
    island(&store).await;
    let log = PathBuf::from(format!("{}-wal", path.display()));
    let left = fs::read(&log).unwrap();
    store.close().await.unwrap();
    fs::write(path, "dear diary, ".repeat(1000)).unwrap();
    fs::write(&log, &left).unwrap();
    let restored = kept.backups().restore(last_good()).await.unwrap();
    assert_eq!(fs::read(&restored.aside[1]).unwrap(), left);
    let store = kept.open().await;
    store.island(id).await.unwrap();
    assert_eq!(store.stats().await.unwrap().active, 1);
}

/// Of an older Insula, or one whose migrations were cut off.
#[tokio::test]
async fn a_database_that_is_half_migrated() {
    let place = Place::sqlite();
    let kept = Kept::of(&place);
    let store = kept.open().await;
    let id = island(&store).await;
    store.backups().unwrap().take(NewBackup::default()).await.unwrap();
    store.close().await.unwrap();
    let Place::Sqlite { path, .. } = &place else { panic!("it is a file") };
    sql(path, "DROP TABLE insula_event; ALTER TABLE clinics RENAME TO old_clinics").await.unwrap();
    assert!(Store::open(kept.config.clone()).await.is_err());
    let restored = kept.backups().restore(last_good()).await.unwrap();
    assert!(!restored.events_kept && restored.before.is_some());
    kept.open().await.island(id).await.unwrap();
}

/// Killed before a backup had its record: its file goes, and those of others stay.
#[tokio::test]
async fn what_was_left_of_a_backup_is_cleared_away() {
    let place = Place::sqlite();
    let kept = Kept::of(&place);
    let store = kept.open().await;
    let ours = ["cut.db", "cut.db.no-record.insula-partial", "cut.db.insula-partial-journal"];
    let theirs = ["image.iso.partial", "theirs.db"];
    for file in ours.iter().chain(&theirs) {
        fs::write(kept.path(file), "").unwrap();
    }
    let backup = store.backups().unwrap().take(NewBackup::default()).await.unwrap();
    let mut left: Vec<_> = fs::read_dir(kept.path("."))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    let backup = [format!("{}.backup.json", backup.name), format!("{}.db", backup.name)];
    assert_eq!(left, [".lock", &backup[0], &backup[1], theirs[0], theirs[1]]);
}

#[tokio::test]
async fn one_in_memory_has_no_backups() {
    let folder = tempfile::tempdir().unwrap();
    let backups = Some(folder.path().to_owned());
    let memory = StoreConfig { backups, ..StoreConfig::new("sqlite::memory:") };
    assert!(matches!(Backups::new(memory).unwrap_err(), StoreError::Backup { .. }));
    let nowhere = StoreConfig::new("a.db");
    assert!(Backups::new(nowhere).unwrap_err().to_string().contains("E2E_NO_BACKUP"));
}
