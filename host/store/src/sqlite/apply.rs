//! What the writer does inside a transaction.

use std::collections::BTreeMap;

use futures::TryStreamExt;
use insula_domain::{IslandId, Kind};
use jiff::Timestamp;
use sqlx::sqlite::{SqliteArguments, SqliteConnection};
use sqlx::{Either, Executor, SqlStr};

use super::bind;
use super::sql::{self, Statements};
use crate::bookkeeping;
use crate::cell::Cell;
use crate::error::StoreError;
use crate::plan::Plan;
use crate::records::{IslandRecord, IslandState, KeyRecord, Removal, ResetReport};
use crate::rows::Encoded;

/// Why a step did not succeed.
pub(super) enum Failure {
    /// It is refused, and the transaction may go on without it.
    Refused(StoreError),
    /// The transaction is over.
    Database(sqlx::Error),
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}
impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Refused(error)
    }
}

/// Inserts the rows of several commits, those of one table together.
pub(super) async fn insert(
    db: &mut SqliteConnection,
    statements: &Statements,
    commits: &[&Encoded],
) -> Result<(), sqlx::Error> {
    for (table, insert) in statements.inserts.iter().enumerate() {
        let rows = || commits.iter().flat_map(|commit| &commit.rows[table]);
        let mut left = commits.iter().map(|commit| commit.rows[table].len()).sum::<usize>() / insert.columns;
        let mut cells = rows();
        while left > 0 {
            let (sql, count) = insert.of(left);
            let arguments = bind::arguments(cells.by_ref().take(count * insert.columns));
            execute(db, sql, arguments.map_err(sqlx::Error::Encode)?).await?;
            left -= count;
        }
    }
    Ok(())
}

/// Makes sure that an island may be added to.
pub(super) async fn claim(
    db: &mut SqliteConnection,
    statements: &Statements,
    id: IslandId,
    at: Timestamp,
) -> Result<IslandRecord, Failure> {
    let record = island(db, statements, id).await?;
    match gone(&record, at) {
        Some(gone) => Err(gone.into()),
        None => Ok(record),
    }
}

/// Why an island is not there any more, if it is not.
fn gone(record: &IslandRecord, at: Timestamp) -> Option<StoreError> {
    let gone = |at, expired| Some(StoreError::Gone { id: record.id, at, expired });
    match (record.state, record.expires_at) {
        (IslandState::Removed, _) => gone(record.removed_at.unwrap_or(at), false),
        (IslandState::Active, Some(end)) if end <= at => gone(end, true),
        (IslandState::Active, _) => None,
    }
}

/// Gives an island another expiry.
pub(super) async fn renew(
    db: &mut SqliteConnection,
    statements: &Statements,
    id: IslandId,
    expires_at: Option<Timestamp>,
    at: Timestamp,
) -> Result<IslandRecord, Failure> {
    let record = claim(db, statements, id, at).await?;
    sqlx::query("UPDATE insula_island SET expires_at = ? WHERE id = ?")
        .bind(expires_at.map(Timestamp::as_microsecond))
        .bind(id.0)
        .execute(db)
        .await?;
    Ok(IslandRecord { expires_at, ..record })
}

/// Removes all that an island holds, and remembers that it was there.
pub(super) async fn remove(
    db: &mut SqliteConnection,
    statements: &Statements,
    id: IslandId,
    at: Timestamp,
) -> Result<Removal, Failure> {
    let record = island(db, statements, id).await?;
    if record.state == IslandState::Removed {
        return Ok(Removal { record, already: true, rows: BTreeMap::new() });
    }
    let rows = counted(db, statements, statements.remove.clone(), &[Cell::Uuid(id.0)]).await?;
    sqlx::query("UPDATE insula_island SET state = 'removed', removed_at = ? WHERE id = ?")
        .bind(at.as_microsecond())
        .bind(id.0)
        .execute(db)
        .await?;
    let record = IslandRecord { state: IslandState::Removed, removed_at: Some(at), ..record };
    Ok(Removal { record, already: false, rows })
}

/// Empties every table. Not inside a transaction: it switches the foreign keys off, which lets SQLite drop whole tables'
/// pages rather than delete row by row (sqlite.org/lang_delete.html, the truncate optimization).
pub(super) async fn reset(
    db: &mut SqliteConnection,
    statements: &Statements,
) -> Result<ResetReport, sqlx::Error> {
    run(db, "PRAGMA foreign_keys = OFF").await?;
    run(db, "BEGIN IMMEDIATE").await?;
    let rows = counted(db, statements, statements.reset.clone(), &[]).await?;
    run(db, "COMMIT").await?;
    run(db, "PRAGMA foreign_keys = ON").await?;
    Ok(ResetReport { rows })
}

/// Draws a block of ids from a table's sequence: returns the first.
pub(super) async fn draw(
    db: &mut SqliteConnection,
    plan: &Plan,
    kind: Kind,
    count: i64,
) -> Result<i64, sqlx::Error> {
    let table = plan.table(kind);
    let drawn: Option<i64> =
        sqlx::query_scalar("UPDATE sqlite_sequence SET seq = seq + ? WHERE name = ? RETURNING seq")
            .bind(count)
            .bind(&*table.name)
            .fetch_optional(&mut *db)
            .await?;
    if let Some(last) = drawn {
        return Ok(last - count + 1);
    }
    // SQLite adds the line with the table's first row.
    sqlx::query("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)")
        .bind(&*table.name)
        .bind(count)
        .execute(db)
        .await?;
    Ok(1)
}

/// What an idempotency key was used for.
pub(super) async fn find_key(db: &mut SqliteConnection, key: &str) -> Result<Option<KeyRecord>, Failure> {
    let row = sqlx::query(sql::find_key()).bind(key).fetch_optional(db).await?;
    let Some(row) = row else { return Ok(None) };
    let cells = bind::cells(&row).map_err(sqlx::Error::Decode)?;
    bookkeeping::key_record(&cells).map(Some).map_err(|what| StoreError::Corrupt { what }.into())
}

/// What is remembered of an island.
pub(super) async fn island(
    db: &mut SqliteConnection,
    statements: &Statements,
    id: IslandId,
) -> Result<IslandRecord, Failure> {
    let row = sqlx::query(statements.island.clone()).bind(id.0).fetch_optional(db).await?;
    let Some(row) = row else {
        return Err(StoreError::NotFound { what: "island", id: id.to_string() }.into());
    };
    let cells = bind::cells(&row).map_err(sqlx::Error::Decode)?;
    bookkeeping::island_record(&cells).map_err(|what| StoreError::Corrupt { what }.into())
}

/// Runs a text of one statement a table, and says how many rows each changed.
async fn counted(
    db: &mut SqliteConnection,
    statements: &Statements,
    text: SqlStr,
    cells: &[Cell],
) -> Result<BTreeMap<String, u64>, sqlx::Error> {
    let arguments = bind::arguments(cells).map_err(sqlx::Error::Encode)?;
    let mut done = db.fetch_many(sqlx::query_with(text, arguments));
    let mut tables = statements.emptied.iter();
    let mut rows = BTreeMap::new();
    while let Some(step) = done.try_next().await? {
        if let (Either::Left(result), Some(table)) = (step, tables.next())
            && result.rows_affected() > 0
        {
            rows.insert(table.to_string(), result.rows_affected());
        }
    }
    Ok(rows)
}

/// Runs a statement without arguments.
pub(super) async fn run(db: &mut SqliteConnection, text: &'static str) -> Result<(), sqlx::Error> {
    sqlx::query(text).execute(db).await.map(drop)
}

async fn execute(
    db: &mut SqliteConnection,
    sql: SqlStr,
    arguments: SqliteArguments,
) -> Result<(), sqlx::Error> {
    sqlx::query_with(sql, arguments).execute(db).await.map(drop)
}
