//! Copying a database while it is used, and putting a copy in its place.
//!
//! SQLite's own backup does both. Into a sound database a copy goes as one transaction: whoever has the file open, a host
//! or the application under test, sees the old pages until it is committed and the new ones after it. Only one that
//! cannot be read any more, or whose pages have another size, is replaced as a file.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, Error, OpenFlags};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection as _};

use super::error::{commit_error, store_error};
use super::{apply, schema};
use crate::backup::{Contents, cannot};
use crate::bookkeeping;
use crate::error::StoreError;
use crate::events::NewEvent;
use crate::schema::MARK;
use crate::select::quoted;

/// How it is with a database that is to be restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// There is no such file.
    Missing,
    /// Its pages can be read; these are its tables. Whether all that stands in them is as it should be, a copy shows.
    Sound { tables: Vec<String> },
    /// It is no database, or a broken one.
    Damaged { detail: String },
}

/// So many pages are copied before it is looked whether that takes too long.
const PAGES: i32 = 4096;

/// How it is with a database.
///
/// # Errors
/// When it cannot be told, since another program keeps everybody from it.
pub(crate) fn state(file: &Path, patience: Duration) -> Result<State, StoreError> {
    if !file.exists() {
        return Ok(State::Missing);
    }
    let name = file.display().to_string();
    if file.is_dir() {
        let problem = "it is a directory; name a file in it".to_owned();
        return Err(StoreError::CannotOpen { database: name, problem });
    }
    let read = || {
        let db = open(file, OpenFlags::SQLITE_OPEN_READ_WRITE, patience)?;
        // Else it would play the log into what may be damaged, when it is closed.
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        let tables = tables(&db)?;
        Ok((tables, flaws(&db, "quick_check")?))
    };
    match read() {
        Ok((tables, None)) => Ok(State::Sound { tables }),
        Ok((_, Some(detail))) => Ok(State::Damaged { detail }),
        Err(error) => damage(commit_error(&name, &error)).map(|detail| State::Damaged { detail }),
    }
}

/// What is wrong with a database that cannot be read, counted or copied.
///
/// # Errors
/// The same one, where it is about something else.
pub(crate) fn damage(error: StoreError) -> Result<String, StoreError> {
    match error {
        StoreError::NotADatabase { detail, .. }
        | StoreError::Outdated { detail, .. }
        | StoreError::Other { detail, .. }
        | StoreError::DamagedBackup { problem: detail, .. } => Ok(detail),
        error => Err(error),
    }
}

/// Copies a database, also while it is written, and says what the copy holds.
///
/// # Errors
/// When it cannot be read or the copy not written.
pub(crate) fn copy(file: &Path, to: &Path, patience: Duration) -> Result<Contents, StoreError> {
    let (from_name, to_name) = (file.display().to_string(), to.display().to_string());
    let failed = |error: Error| commit_error(&from_name, &error);
    remove(to)?;
    let source = open(file, OpenFlags::SQLITE_OPEN_READ_WRITE, patience).map_err(failed)?;
    // In a transaction, so that what is copied and what is counted are one state.
    source.execute_batch("BEGIN").map_err(failed)?;
    let contents = contents(&source).map_err(failed)?;
    let failed = |error: Error| commit_error(&to_name, &error);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let mut copy = open(to, flags, patience).map_err(failed)?;
    transfer(&source, &mut copy, patience).map_err(failed)?;
    // So that it is one file.
    copy.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(())).map_err(failed)?;
    copy.close().map_err(|(_, error)| failed(error))?;
    Ok(contents)
}

/// Makes a copy of a backup's file, as it is to be restored, and sees that it is sound and holds what it should.
///
/// # Errors
/// What is wrong with it, or that it cannot be written.
pub(crate) fn unpack(
    backup: &Path,
    to: &Path,
    expected: &Contents,
    patience: Duration,
) -> Result<Result<(), String>, StoreError> {
    remove(to)?;
    fs::copy(backup, to).map_err(|reason| cannot("write", to, &reason))?;
    let check = || {
        let db = open(to, OpenFlags::SQLITE_OPEN_READ_WRITE, patience)?;
        match flaws(&db, "integrity_check")? {
            Some(detail) => Ok(Some(detail)),
            None => contents(&db).map(|found| expected.difference(&found)),
        }
    };
    Ok(match check() {
        Ok(None) => Ok(()),
        Ok(Some(detail)) => Err(detail),
        Err(error) => Err(error.to_string()),
    })
}

/// Makes a copy ready: brings its schema up to date, takes over the events that the database has beyond it, and adds one
/// with a larger number than any. Returns whether the events could be taken over.
///
/// # Errors
/// When its schema is of a newer Insula, or it cannot be written.
pub(crate) async fn make_ready(
    copy: &Path,
    database: Option<&Path>,
    patience: Duration,
    event: &NewEvent,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let name = copy.display().to_string();
    let failed = |error: sqlx::Error| store_error(&name, &error);
    let options = SqliteConnectOptions::new().filename(copy).create_if_missing(true).busy_timeout(patience);
    let mut db = options.disable_statement_logging().connect().await.map_err(failed)?;
    schema::migrate(&mut db, &name).await?;
    let kept = match database {
        None => false,
        Some(database) => {
            let kept = take_over(&mut db, database).await;
            if let Err(reason) = &kept {
                tracing::warn!(%reason, "the events since the backup cannot be read");
            }
            kept.is_ok()
        }
    };
    apply::tell(&mut db, event, at).await.map_err(failed)?;
    db.close().await.map_err(failed)?;
    Ok(kept)
}

async fn take_over(db: &mut sqlx::SqliteConnection, database: &Path) -> Result<(), sqlx::Error> {
    sqlx::query("ATTACH DATABASE ? AS there").bind(database.display().to_string()).execute(&mut *db).await?;
    let columns = bookkeeping::event_columns();
    let newer = format!(
        "INSERT INTO main.insula_event (id, {columns}) SELECT id, {columns} FROM there.insula_event \
         WHERE id > (SELECT coalesce(max(id), 0) FROM main.insula_event)"
    );
    let taken = sqlx::query(crate::select::sql(newer)).execute(&mut *db).await;
    apply::run(db, "DETACH DATABASE there").await?;
    taken.map(drop)
}

/// Whether a copy can go into a database by a transaction, which cannot change the size of its pages.
///
/// # Errors
/// When one of them cannot be read.
pub(crate) fn fits(copy: &Path, file: &Path, patience: Duration) -> Result<bool, StoreError> {
    let page_size = |file: &Path| {
        let db = open(file, OpenFlags::SQLITE_OPEN_READ_WRITE, patience)?;
        db.query_row("PRAGMA page_size", [], |row| row.get::<_, i64>(0))
    };
    let size =
        |file: &Path| page_size(file).map_err(|error| commit_error(&file.display().to_string(), &error));
    Ok(size(copy)? == size(file)?)
}

/// Puts a copy in the place of a sound database, in one transaction: all of it, or nothing.
///
/// # Errors
/// When others keep it for longer than the patience, or it cannot be written.
pub(crate) fn put_into(copy: &Path, file: &Path, patience: Duration) -> Result<(), StoreError> {
    let name = file.display().to_string();
    let failed = |error: Error| commit_error(&name, &error);
    let source = open(copy, OpenFlags::SQLITE_OPEN_READ_ONLY, patience).map_err(failed)?;
    let mut db = open(file, OpenFlags::SQLITE_OPEN_READ_WRITE, patience).map_err(failed)?;
    transfer(&source, &mut db, patience).map_err(failed)?;
    // The log is as long as the database now. Whoever reads keeps it so for a while, which does no harm.
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).map_err(failed)?;
    db.close().map_err(|(_, error)| failed(error))
}

/// Puts a copy in the place of a file that it does not fit into, or that cannot be read or is not there. What was there is
/// kept beside it: its files come back, the database first.
///
/// # Errors
/// When the directory cannot be written.
pub(crate) fn replace(copy: &Path, file: &Path, mark: &str) -> Result<Vec<PathBuf>, StoreError> {
    let aside = beside(file, &format!(".damaged-{mark}"));
    let mut kept = Vec::new();
    let act = || {
        File::open(copy)?.sync_all()?;
        if file.exists() {
            // A second name rather than another: at no moment is there no database, in whose place a new one would be made.
            if fs::hard_link(file, &aside).is_err() {
                fs::copy(file, &aside)?;
            }
            kept.push(aside.clone());
        }
        // Before the database itself: a log is played back onto whatever database stands beside it.
        for log in ["-wal", "-journal"] {
            let (from, to) = (beside(file, log), beside(&aside, log));
            match fs::rename(from, &to) {
                Ok(()) => kept.push(to),
                Err(reason) if reason.kind() == io::ErrorKind::NotFound => {}
                Err(reason) => return Err(reason),
            }
        }
        match fs::remove_file(beside(file, "-shm")) {
            Err(reason) if reason.kind() != io::ErrorKind::NotFound => return Err(reason),
            _ => {}
        }
        fs::rename(copy, file)?;
        let directory = file.parent().filter(|path| !path.as_os_str().is_empty());
        File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
    };
    let mut act = act;
    act().map_err(|reason| cannot("replace", file, &reason))?;
    Ok(kept)
}

/// The place of a copy that is made ready beside a database.
pub(crate) fn place_beside(file: &Path) -> PathBuf {
    beside(file, "-restoring")
}

/// Removes a copy, and what SQLite may have left beside it.
///
/// # Errors
/// When there is one and it cannot be removed.
pub(crate) fn remove(copy: &Path) -> Result<(), StoreError> {
    for path in ["", "-journal", "-wal", "-shm"].map(|suffix| beside(copy, suffix)) {
        match fs::remove_file(&path) {
            Err(reason) if reason.kind() != io::ErrorKind::NotFound => {
                return Err(cannot("remove", &path, &reason));
            }
            _ => {}
        }
    }
    Ok(())
}

fn beside(file: &Path, suffix: &str) -> PathBuf {
    let mut path = file.as_os_str().to_owned();
    path.push(suffix);
    path.into()
}

fn open(file: &Path, flags: OpenFlags, patience: Duration) -> Result<Connection, Error> {
    let db = Connection::open_with_flags(file, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    db.busy_timeout(patience)?;
    Ok(db)
}

fn transfer(from: &Connection, to: &mut Connection, patience: Duration) -> Result<(), Error> {
    let backup = Backup::new(from, to)?;
    let began = Instant::now();
    loop {
        match backup.step(PAGES)? {
            StepResult::Done => return Ok(()),
            StepResult::More => {}
            // It waited already, unless SQLite saw that two would wait for each other.
            _ if began.elapsed() > patience => {
                let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY);
                return Err(Error::SqliteFailure(code, None));
            }
            _ => std::thread::sleep(Duration::from_millis(10)),
        }
    }
}

/// What SQLite finds wrong with a database.
fn flaws(db: &Connection, check: &str) -> Result<Option<String>, Error> {
    let found: String = db.query_row(&format!("PRAGMA {check}(1)"), [], |row| row.get(0))?;
    Ok(Some(found).filter(|found| found != "ok"))
}

fn tables(db: &Connection) -> Result<Vec<String>, Error> {
    // Rows of virtual tables stand in others.
    const TABLES: &str = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
                          AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name";
    let mut statement = db.prepare(TABLES)?;
    let names = statement.query_map([], |row| row.get(0))?;
    names.collect()
}

fn contents(db: &Connection) -> Result<Contents, Error> {
    let count = |text: String| db.query_row(&text, [], |row| row.get::<_, i64>(0));
    let mut contents = Contents::default();
    for table in tables(db)? {
        let rows = count(format!("SELECT count(*) FROM {}", quoted(&table)))?;
        if rows > 0 {
            contents.rows.insert(table, rows.unsigned_abs());
        }
    }
    if contents.rows.contains_key(MARK) {
        contents.schema_version = count(format!("SELECT max(schema_version) FROM {}", MARK))?;
        let islands = "SELECT count(*) FROM insula_island WHERE removed_at IS NULL";
        contents.islands = count(islands.to_owned())?.unsigned_abs();
    }
    Ok(contents)
}
