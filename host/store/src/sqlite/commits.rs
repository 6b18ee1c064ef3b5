//! Commits: nearly all of what is written.
//!
//! Most of what one costs is handing its values to SQLite. So they have a connection of their own, by rusqlite, which is
//! used on the writer's thread itself and lends SQLite each value; over sqlx every statement goes to another thread and
//! every value is owned, which takes half as long again.

use std::collections::HashSet;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, Error, OpenFlags, Row};
use uuid::Uuid;

use super::error::{breaks_commits, commit_error};
use super::sql::{self, Statements};
use crate::cell::Cell;
use crate::config::Synchronous;
use crate::error::StoreError;
use crate::pool::Found;
use crate::reader;
use crate::records::IslandRecord;
use crate::rows::Encoded;
use crate::select::Selects;

/// How the connection is opened.
#[derive(Clone, Debug)]
pub(super) struct Opening {
    pub file: PathBuf,
    /// SQLite's name for what stands in for the file system, where it is not the usual one.
    pub vfs: Option<&'static str>,
    pub read_only: bool,
    pub patience: Duration,
    pub synchronous: Synchronous,
    pub max_pages: Option<u64>,
}

/// The connection, opened when it is needed first and again where it was lost.
#[derive(Debug)]
pub(super) struct Commits {
    name: String,
    opening: Opening,
    db: Option<Connection>,
}

/// What became of each commit of a group.
type Outcomes = Vec<Result<IslandRecord, StoreError>>;

impl Commits {
    pub(super) fn new(name: String, opening: Opening) -> Self {
        Self { name, opening, db: None }
    }

    /// Writes commits in one transaction. Either all of those that are not refused are written, or none.
    ///
    /// # Errors
    /// What ended the transaction.
    pub(super) fn write(
        &mut self,
        selects: &Selects,
        statements: &Statements,
        commits: &[&Encoded],
        at: Timestamp,
    ) -> Result<Outcomes, StoreError> {
        let db = self.connection()?;
        let error = match transaction(db, selects, statements, commits, at) {
            Ok(outcomes) => return Ok(outcomes),
            Err(error) => error,
        };
        // Some errors end the transaction by themselves (sqlite.org/lang_transaction.html).
        if !db.is_autocommit()
            && let Err(rollback) = db.execute_batch("ROLLBACK")
        {
            tracing::debug!(%rollback, "nothing could be rolled back");
        }
        if breaks_commits(&error) {
            self.db = None;
        }
        Err(commit_error(&self.name, &error))
    }

    /// What a statement finds.
    ///
    /// # Errors
    /// What the database says.
    pub(super) fn find(&mut self, text: &str, values: &[Cell]) -> Result<Found, StoreError> {
        let db = self.connection()?;
        find(db, text, values).map_err(|error| commit_error(&self.name, &error))
    }

    fn connection(&mut self) -> Result<&Connection, StoreError> {
        match &mut self.db {
            Some(db) => Ok(db),
            lost => {
                let opened = self.opening.open().map_err(|error| commit_error(&self.name, &error))?;
                Ok(lost.insert(opened))
            }
        }
    }
}

impl Opening {
    fn open(&self) -> Result<Connection, Error> {
        // A file that is gone is not made anew: it would lack the tables.
        let access =
            if self.read_only { OpenFlags::SQLITE_OPEN_READ_ONLY } else { OpenFlags::SQLITE_OPEN_READ_WRITE };
        let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = match self.vfs {
            Some(vfs) => Connection::open_with_flags_and_vfs(&self.file, flags, vfs)?,
            None => Connection::open_with_flags(&self.file, flags)?,
        };
        db.busy_timeout(self.patience)?;
        db.pragma_update(None, "foreign_keys", true)?;
        let synchronous = match self.synchronous {
            Synchronous::Normal | Synchronous::Relaxed => "NORMAL",
            Synchronous::Full => "FULL",
        };
        db.pragma_update(None, "synchronous", synchronous)?;
        // The checkpointer does that, off the write path.
        db.pragma_update(None, "wal_autocheckpoint", 0)?;
        if let Some(pages) = self.max_pages {
            db.pragma_update(None, "max_page_count", i64::try_from(pages).unwrap_or(i64::MAX))?;
        }
        // Each table in each size, and the few others.
        db.set_prepared_statement_cache_capacity(512);
        Ok(db)
    }
}

fn transaction(
    db: &Connection,
    selects: &Selects,
    statements: &Statements,
    commits: &[&Encoded],
    at: Timestamp,
) -> Result<Outcomes, Error> {
    db.prepare_cached(sql::BEGIN)?.execute([])?;
    let mut added_to = HashSet::new();
    let mut outcomes = Vec::with_capacity(commits.len());
    for commit in commits {
        let id = commit.given.island;
        outcomes.push(match &commit.record {
            Some(record) => Ok(record.clone()),
            // Its rows are not written yet, so the database does not know of the other one.
            None if added_to.contains(&id) => Err(StoreError::Changed { id }),
            None => claim(db, selects, commit, at)?,
        });
        added_to.insert(id);
    }
    let accepted: Vec<&Encoded> = commits
        .iter()
        .zip(&outcomes)
        .filter(|(_, outcome)| outcome.is_ok())
        .map(|(commit, _)| *commit)
        .collect();
    for (table, insert) in statements.inserts.iter().enumerate() {
        let mut cells = accepted.iter().flat_map(|commit| &commit.rows[table]);
        let rows = accepted.iter().map(|commit| commit.rows[table].len()).sum::<usize>() / insert.columns;
        for (text, rows) in insert.pieces(rows) {
            let mut statement = db.prepare_cached(text.as_str())?;
            for (place, cell) in (1..).zip(cells.by_ref().take(rows * insert.columns)) {
                statement.raw_bind_parameter(place, cell)?;
            }
            statement.raw_execute()?;
        }
    }
    db.prepare_cached(sql::COMMIT)?.execute([])?;
    Ok(outcomes)
}

/// Makes sure that an island may be added to, and that it is as the draft knew it.
fn claim(
    db: &Connection,
    selects: &Selects,
    commit: &Encoded,
    at: Timestamp,
) -> Result<Result<IslandRecord, StoreError>, Error> {
    let id = commit.given.island;
    let found = find(db, selects.island.as_str(), &[Cell::Uuid(id.0)])?;
    let record = match reader::island_of(&found, id) {
        Ok(record) => record,
        Err(error) => return Ok(Err(error)),
    };
    if let Some(gone) = record.gone(at) {
        return Ok(Err(gone));
    }
    if commit.revision != Some(record.revision) {
        return Ok(Err(StoreError::Changed { id }));
    }
    db.prepare_cached(sql::REVISE)?.execute([Cell::Uuid(id.0)])?;
    Ok(Ok(IslandRecord { revision: record.revision + 1, ..record }))
}

fn find(db: &Connection, text: &str, values: &[Cell]) -> Result<Found, Error> {
    let mut statement = db.prepare_cached(text)?;
    let columns = statement.column_count();
    let mut rows = statement.query(rusqlite::params_from_iter(values))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(cells(row, columns)?);
    }
    Ok(found)
}

impl ToSql for Cell {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(value) => ValueRef::Integer(*value),
            Self::Instant(instant) => ValueRef::Integer(instant.as_microsecond()),
            Self::Uuid(id) => ValueRef::Blob(id.as_bytes()),
            Self::Bool(value) => ValueRef::Integer((*value).into()),
            Self::Text(text) | Self::Date(text) | Self::Time(text) | Self::Json(text) => {
                ValueRef::Text(text.as_bytes())
            }
        }))
    }
}

/// The cells of a row.
fn cells(row: &Row<'_>, columns: usize) -> Result<Vec<Cell>, Error> {
    let cell = |place| match row.get_ref(place)? {
        ValueRef::Null => Ok(Cell::Null),
        ValueRef::Integer(value) => Ok(Cell::Int(value)),
        text @ ValueRef::Text(_) => Ok(text.as_str()?.into()),
        ValueRef::Blob(bytes) if bytes.len() == 16 => {
            Ok(Cell::Uuid(Uuid::from_slice(bytes).unwrap_or_default()))
        }
        other => Err(Error::InvalidColumnType(place, "a column of Insula's".to_owned(), other.data_type())),
    };
    (0..columns).map(cell).collect()
}
