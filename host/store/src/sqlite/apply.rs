//! What the writer does inside a transaction, apart from commits.

use std::collections::BTreeMap;

use futures::TryStreamExt;
use insula_domain::{IslandId, Kind};
use jiff::Timestamp;
use sqlx::Executor;
use sqlx::sqlite::SqliteConnection;

use super::bind;
use super::sql::{self, Statements};
use crate::cell::Cell;
use crate::error::Failure;
use crate::plan::Plan;
use crate::reader;
use crate::records::{IslandRecord, ResetReport};
use crate::select::Selects;

/// The record of an island that is there.
pub(super) async fn there(
    db: &mut SqliteConnection,
    selects: &Selects,
    id: IslandId,
    at: Timestamp,
) -> Result<IslandRecord, Failure> {
    let record = island(db, selects, id).await?;
    match record.gone(at) {
        Some(gone) => Err(gone.into()),
        None => Ok(record),
    }
}

/// Gives an island another expiry.
pub(super) async fn renew(
    db: &mut SqliteConnection,
    selects: &Selects,
    id: IslandId,
    expires_at: Option<Timestamp>,
    at: Timestamp,
) -> Result<IslandRecord, Failure> {
    let record = there(db, selects, id, at).await?;
    sqlx::query("UPDATE insula_island SET expires_at = ? WHERE id = ?")
        .bind(expires_at.map(Timestamp::as_microsecond))
        .bind(id.0)
        .execute(db)
        .await?;
    Ok(IslandRecord { expires_at, ..record })
}

/// Empties every table. Not inside a transaction: it switches the foreign keys off, which lets SQLite drop whole tables'
/// pages rather than delete row by row (sqlite.org/lang_delete.html, the truncate optimization).
pub(super) async fn reset(
    db: &mut SqliteConnection,
    statements: &Statements,
) -> Result<ResetReport, sqlx::Error> {
    run(db, "PRAGMA foreign_keys = OFF").await?;
    run(db, sql::BEGIN).await?;
    let mut steps = db.fetch_many(sqlx::query(statements.reset.clone()));
    let mut counts = Vec::with_capacity(statements.emptied.len());
    while let Some(step) = steps.try_next().await? {
        counts.extend(step.left().map(|result| result.rows_affected()));
    }
    drop(steps);
    run(db, sql::COMMIT).await?;
    run(db, "PRAGMA foreign_keys = ON").await?;
    Ok(ResetReport { rows: by_table(statements, counts.into_iter()) })
}

/// Draws ids from a table's sequence.
pub(super) async fn draw(
    db: &mut SqliteConnection,
    plan: &Plan,
    kind: Kind,
    count: i64,
) -> Result<Vec<i64>, sqlx::Error> {
    let table = plan.table(kind);
    let drawn: Option<i64> =
        sqlx::query_scalar("UPDATE sqlite_sequence SET seq = seq + ? WHERE name = ? RETURNING seq")
            .bind(count)
            .bind(&*table.name)
            .fetch_optional(&mut *db)
            .await?;
    if let Some(last) = drawn {
        return Ok((last - count + 1..=last).collect());
    }
    // SQLite adds the line with the table's first row.
    sqlx::query("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)")
        .bind(&*table.name)
        .bind(count)
        .execute(db)
        .await?;
    Ok((1..=count).collect())
}

/// What is remembered of an island.
pub(super) async fn island(
    db: &mut SqliteConnection,
    selects: &Selects,
    id: IslandId,
) -> Result<IslandRecord, Failure> {
    let rows = bind::rows(db, selects.island.clone(), &[Cell::Uuid(id.0)]).await?;
    Ok(reader::island_of(&rows, id)?)
}

/// Names the tables that lost rows.
fn by_table(statements: &Statements, counts: impl Iterator<Item = u64>) -> BTreeMap<String, u64> {
    let tables = statements.emptied.iter().map(|table| table.to_string());
    tables.zip(counts).filter(|(_, rows)| *rows > 0).collect()
}

/// Runs a statement without arguments.
pub(super) async fn run(db: &mut SqliteConnection, text: &'static str) -> Result<(), sqlx::Error> {
    sqlx::query(text).execute(db).await.map(drop)
}
