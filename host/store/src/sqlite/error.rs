//! SQLite's result codes (sqlite.org/rescode.html), by what the caller can do.

use crate::error::{Failure, StoreError};

/// SQLite's primary result codes, as far as they mean something to a caller.
mod code {
    pub(super) const ERROR: i32 = 1;
    pub(super) const BUSY: i32 = 5;
    pub(super) const LOCKED: i32 = 6;
    pub(super) const READONLY: i32 = 8;
    pub(super) const IOERR: i32 = 10;
    pub(super) const CORRUPT: i32 = 11;
    pub(super) const FULL: i32 = 13;
    pub(super) const CANTOPEN: i32 = 14;
    pub(super) const CONSTRAINT: i32 = 19;
    pub(super) const NOTADB: i32 = 26;
}

/// What an error of sqlx means for a caller.
pub(crate) fn store_error(database: &str, error: &sqlx::Error) -> StoreError {
    let detail = error.to_string();
    match (primary(error), error) {
        (Some(code), _) => meaning(code, database, detail),
        (
            None,
            sqlx::Error::Io(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed,
        ) => StoreError::Away { database: database.to_owned(), detail },
        (None, _) => StoreError::Other { database: database.to_owned(), detail },
    }
}

/// What it means that a table was not emptied. SQLite does not name the table whose trigger forbids it.
pub(super) fn not_emptied(table: &str, error: sqlx::Error) -> Failure {
    match error.as_database_error() {
        Some(said) if primary(&error) == Some(code::CONSTRAINT) => {
            let detail = format!("table {table} cannot be emptied: {}", said.message());
            Failure::Refused(StoreError::Conflict { detail })
        }
        _ => Failure::Database(error),
    }
}

/// What an error of rusqlite means for a caller.
pub(super) fn commit_error(database: &str, error: &rusqlite::Error) -> StoreError {
    let detail = error.to_string();
    match error.sqlite_error() {
        Some(sqlite) => meaning(sqlite.extended_code & 0xff, database, detail),
        None => StoreError::Other { database: database.to_owned(), detail },
    }
}

fn meaning(code: i32, database: &str, detail: String) -> StoreError {
    let database = database.to_owned();
    match code {
        code::CONSTRAINT => StoreError::Conflict { detail },
        code::READONLY => StoreError::ReadOnly { database, detail },
        code::FULL => StoreError::Full { database, detail },
        code::CORRUPT | code::NOTADB => StoreError::NotADatabase { database, detail },
        code::CANTOPEN | code::BUSY | code::LOCKED | code::IOERR => StoreError::Away { database, detail },
        // It has no code of its own.
        code::ERROR if ["no such table", "no such column"].iter().any(|said| detail.contains(said)) => {
            StoreError::Outdated { database, detail }
        }
        _ => StoreError::Other { database, detail },
    }
}

/// Whether a statement failed for a reason of its own, so that the transaction can go on without it.
pub(super) fn spares_transaction(error: &sqlx::Error) -> bool {
    const OF_ITS_OWN: [i32; 2] = [code::ERROR, code::CONSTRAINT];
    primary(error).is_some_and(|code| OF_ITS_OWN.contains(&code))
}

/// Whether the connection should be made anew after this.
pub(super) fn breaks_connection(error: &sqlx::Error) -> bool {
    primary(error).is_none_or(breaks)
}

/// As [`breaks_connection`].
pub(super) fn breaks_commits(error: &rusqlite::Error) -> bool {
    error.sqlite_error().is_none_or(|sqlite| breaks(sqlite.extended_code & 0xff))
}

fn breaks(code: i32) -> bool {
    matches!(code, code::IOERR | code::CORRUPT | code::NOTADB | code::CANTOPEN)
}

/// SQLite's primary result code: the low byte of the extended one.
fn primary(error: &sqlx::Error) -> Option<i32> {
    let code: i32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(code & 0xff)
}
