//! What the writer does inside a transaction, apart from commits.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::TryStreamExt;
use insula_domain::{IslandId, Kind};
use jiff::Timestamp;
use serde_json::json;
use sqlx::Executor;
use sqlx::sqlite::SqliteConnection;

use super::bind;
use super::error::not_emptied;
use super::sql::{self as texts, Statements};
use crate::bookkeeping;
use crate::cell::Cell;
use crate::clock::Jump;
use crate::error::Failure;
use crate::events::{EventKind, NewEvent};
use crate::lease::{self, Lease, LeaseRequest};
use crate::plan::Plan;
use crate::reader;
use crate::records::{IslandRecord, ResetReport};
use crate::select::{Selects, sql};

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
    actor: &Arc<str>,
    at: Timestamp,
) -> Result<IslandRecord, Failure> {
    let record = there(db, selects, id, at).await?;
    sqlx::query("UPDATE insula_island SET expires_at = ? WHERE id = ?")
        .bind(expires_at.map(Timestamp::as_microsecond))
        .bind(id.0)
        .execute(&mut *db)
        .await?;
    let details = json!({ "expires_at": expires_at });
    tell(db, &NewEvent::done(EventKind::Renewed, Some(id), Arc::clone(actor), details), at).await?;
    Ok(IslandRecord { expires_at, ..record })
}

/// Remembers an event.
pub(crate) async fn tell(
    db: &mut SqliteConnection,
    event: &NewEvent,
    at: Timestamp,
) -> Result<(), sqlx::Error> {
    let arguments = bind::arguments(&event.row(at)).map_err(sqlx::Error::Encode)?;
    sqlx::query_with(sql(bookkeeping::insert_event()), arguments).execute(db).await.map(drop)
}

/// Moves leases along with a jump of the clock, if no other process has done so. Returns those of how many islands.
pub(super) async fn move_leases(db: &mut SqliteConnection, jump: Jump) -> Result<u64, sqlx::Error> {
    const MOVED: &str = "UPDATE insula_clock SET moved = moved + ? WHERE moved = ?";
    let mine = sqlx::query(MOVED).bind(jump.by).bind(jump.moved).execute(&mut *db).await?;
    if mine.rows_affected() == 0 {
        return Ok(0);
    }
    const HOSTS: &str = "UPDATE insula_lease SET until = until + ?";
    sqlx::query(HOSTS).bind(jump.by).execute(&mut *db).await?;
    const ISLANDS: &str = "UPDATE insula_island SET expires_at = expires_at + ? \
         WHERE state = 'active' AND expires_at IS NOT NULL";
    Ok(sqlx::query(ISLANDS).bind(jump.by).execute(db).await?.rows_affected())
}

/// Takes a lease, where it is free.
pub(super) async fn lease(
    db: &mut SqliteConnection,
    request: &LeaseRequest,
    at: Timestamp,
) -> Result<Lease, Failure> {
    let until = at.checked_add(request.time).unwrap_or(at);
    let cells: [Cell; 4] = [request.name.into(), request.holder.as_str().into(), until.into(), at.into()];
    let arguments = bind::arguments(&cells).map_err(sqlx::Error::Encode)?;
    sqlx::query_with(sql(lease::TAKE.to_owned()), arguments).execute(&mut *db).await?;
    let found = bind::rows(db, sql(lease::READ.to_owned()), &cells[..1]).await?;
    Ok(lease::held(&found, request)?)
}

/// Forgets islands that ended before an instant, with their certificates and events: returns how many.
pub(super) async fn forget(
    db: &mut SqliteConnection,
    before: Timestamp,
    limit: u32,
) -> Result<u64, sqlx::Error> {
    const OLD: &str = "(SELECT id FROM insula_island WHERE removed_at < $1 ORDER BY removed_at LIMIT $2)";
    let cells = [before.into(), Cell::Int(limit.into())];
    let mut forgotten = 0;
    for text in [
        format!("DELETE FROM insula_certificate WHERE island_id IN {OLD}"),
        // The newest stays, so that no number is given twice.
        format!(
            "DELETE FROM insula_event WHERE id < (SELECT max(id) FROM insula_event) AND (island_id IN {OLD} \
             OR (island_id IS NULL AND at < $1))"
        ),
        format!("DELETE FROM insula_island WHERE id IN {OLD}"),
    ] {
        let arguments = bind::arguments(&cells).map_err(sqlx::Error::Encode)?;
        forgotten = sqlx::query_with(sql(text), arguments).execute(&mut *db).await?.rows_affected();
    }
    Ok(forgotten)
}

/// Empties every table; what is remembered of islands that have ended stays. Not inside a transaction: it switches the
/// foreign keys off, which lets SQLite drop whole tables' pages rather than delete row by row (sqlite.org/lang_delete.html,
/// the truncate optimization).
pub(super) async fn reset(
    db: &mut SqliteConnection,
    statements: &Statements,
    dangling: &[(String, String)],
    actor: &Arc<str>,
    at: Timestamp,
) -> Result<ResetReport, Failure> {
    run(db, "PRAGMA foreign_keys = OFF").await?;
    run(db, texts::BEGIN).await?;
    let mut steps = db.fetch_many(sqlx::query(statements.reset.clone()));
    let mut counts = Vec::with_capacity(statements.emptied.len());
    let refused = loop {
        match steps.try_next().await {
            Ok(Some(step)) => counts.extend(step.left().map(|result| result.rows_affected())),
            Ok(None) => break None,
            Err(error) => break Some(error),
        }
    };
    drop(steps);
    if let Some(error) = refused {
        // Each statement before has told its count.
        let table = statements.emptied.get(counts.len()).map_or("", |table| table);
        return Err(not_emptied(table, error));
    }
    let mut rows = by_table(statements, counts.into_iter());
    // What referred to islands refers to nothing now, and what referred to that soon will.
    loop {
        let mut more = 0;
        for (table, text) in dangling {
            let done = sqlx::query(sql(text.clone())).execute(&mut *db).await;
            let gone = done.map_err(|error| not_emptied(table, error))?.rows_affected();
            if gone > 0 {
                *rows.entry(table.clone()).or_default() += gone;
            }
            more += gone;
        }
        if more == 0 {
            break;
        }
    }
    // Why one was stuck that is gone now.
    run(db, "DELETE FROM insula_certificate WHERE NOT clean").await?;
    let count: u64 = rows.values().sum();
    let details = json!({ "rows": count });
    tell(db, &NewEvent::done(EventKind::Reset, None, Arc::clone(actor), details), at).await?;
    run(db, texts::COMMIT).await?;
    run(db, "PRAGMA foreign_keys = ON").await?;
    Ok(ResetReport { rows })
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
