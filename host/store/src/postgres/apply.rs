//! What is done inside a transaction.

use std::sync::Arc;

use insula_domain::{IslandId, Kind};
use jiff::Timestamp;
use serde_json::json;
use sqlx::postgres::{PgArguments, PgConnection};
use sqlx::{Arguments, Connection, Postgres, SqlStr, Transaction};

use super::sql::Statements;
use super::{bind, ending};
use crate::bookkeeping;
use crate::catalog::{self, CatalogChange, Writing};
use crate::cell::{self, Cell};
use crate::clock::Jump;
use crate::ending::RowCounts;
use crate::error::{Failure, StoreError};
use crate::events::{EventKind, NewEvent};
use crate::lease::{self, Lease, LeaseRequest};
use crate::plan::Plan;
use crate::pool::Found;
use crate::reach::Reaches;
use crate::reader;
use crate::records::{IslandRecord, ResetReport};
use crate::rows::Encoded;
use crate::select::{Selects, quoted, sql};

/// Writes the rows of several commits: one statement, and so one transaction and one round trip.
pub(super) async fn write(
    db: &mut PgConnection,
    statements: &Statements,
    commits: &[&Encoded],
) -> Result<(), sqlx::Error> {
    let (text, columns) = statements.insert(commits);
    let mut arguments = PgArguments::default();
    for column in columns {
        arguments.add(column).map_err(sqlx::Error::Encode)?;
    }
    sqlx::query_with(text, arguments).execute(db).await.map(drop)
}

/// Adds to an island that is as the draft knew it. Whoever adds to the same one meanwhile waits, and is then told.
pub(super) async fn add(
    db: &mut PgConnection,
    selects: &Selects,
    statements: &Statements,
    commit: &Encoded,
    at: Timestamp,
) -> Result<IslandRecord, Failure> {
    let mut transaction = db.begin().await?;
    let record = match claim(&mut transaction, selects, statements, commit, at).await {
        Ok(Claim::Mine(record)) => {
            write(&mut transaction, statements, &[commit]).await.map(|()| record).map_err(Failure::from)
        }
        Ok(Claim::Written(record)) => Ok(record),
        Err(failure) => Err(failure),
    };
    end(transaction, record).await
}

/// An island that may be added to.
enum Claim {
    /// Until the transaction ends.
    Mine(IslandRecord),
    /// It was added to already, and the connection broke before we were told.
    Written(IslandRecord),
}

async fn claim(
    db: &mut PgConnection,
    selects: &Selects,
    statements: &Statements,
    commit: &Encoded,
    at: Timestamp,
) -> Result<Claim, Failure> {
    let id = commit.given.island;
    let key = [Cell::Uuid(id.0)];
    let record = reader::island_of(&bind::rows(db, statements.revise.clone(), &key).await?, id)?;
    // A statement of its own: it sees what whoever held the island has written.
    let last = bind::rows(db, selects.last_run.clone(), &key).await?;
    if reader::is_last_run(&last, commit.given.run) {
        return Ok(Claim::Written(record));
    }
    if let Some(gone) = record.gone(at) {
        return Err(gone.into());
    }
    // It counts this one already.
    if commit.revision.map(|read| read + 1) != Some(record.revision) {
        return Err(StoreError::Changed { id }.into());
    }
    Ok(Claim::Mine(record))
}

/// Ends a transaction. One that was only dropped would hold its locks until its connection is used again.
pub(super) async fn end<T>(
    transaction: Transaction<'_, Postgres>,
    outcome: Result<T, Failure>,
) -> Result<T, Failure> {
    match outcome {
        Ok(done) => {
            transaction.commit().await?;
            Ok(done)
        }
        Err(failure) => {
            transaction.rollback().await?;
            Err(failure)
        }
    }
}

/// Gives an island another expiry.
pub(super) async fn renew(
    db: &mut PgConnection,
    selects: &Selects,
    statements: &Statements,
    id: IslandId,
    expires_at: Option<Timestamp>,
    actor: &Arc<str>,
    at: Timestamp,
) -> Result<IslandRecord, Failure> {
    let mut transaction = db.begin().await?;
    let renewed = renewed(&mut transaction, selects, statements, id, expires_at, actor, at).await;
    end(transaction, renewed).await
}

async fn renewed(
    db: &mut PgConnection,
    selects: &Selects,
    statements: &Statements,
    id: IslandId,
    expires_at: Option<Timestamp>,
    actor: &Arc<str>,
    at: Timestamp,
) -> Result<IslandRecord, Failure> {
    // The second time, where another has renewed it in between.
    for _ in 0..2 {
        let renewed =
            bind::rows(db, statements.renew.clone(), &[Cell::Uuid(id.0), expires_at.into(), at.into()])
                .await?;
        if !renewed.is_empty() {
            let details = json!({ "expires_at": expires_at });
            let event = NewEvent::done(EventKind::Renewed, Some(id), Arc::clone(actor), details);
            tell(db, &event, at).await?;
            return Ok(reader::island_of(&renewed, id)?);
        }
        if let Some(gone) = island(db, selects, id).await?.gone(at) {
            return Err(gone.into());
        }
    }
    Err(StoreError::Changed { id }.into())
}

/// Remembers an event.
pub(crate) async fn tell(db: &mut PgConnection, event: &NewEvent, at: Timestamp) -> Result<(), sqlx::Error> {
    bind::rows(db, sql(bookkeeping::insert_event()), &event.row(at)).await.map(drop)
}

/// Takes a lease, where it is free.
pub(super) async fn lease(
    db: &mut PgConnection,
    request: &LeaseRequest,
    at: Timestamp,
) -> Result<Lease, Failure> {
    let until = at.checked_add(request.time).unwrap_or(at);
    let cells: [Cell; 4] = [request.name.into(), request.holder.as_str().into(), until.into(), at.into()];
    bind::rows(db, sql(lease::TAKE.to_owned()), &cells).await?;
    let found = bind::rows(db, sql(lease::READ.to_owned()), &cells[..1]).await?;
    Ok(lease::held(&found, request)?)
}

/// Moves leases along with a jump of the clock, if no other host has done so. Returns those of how many islands.
pub(super) async fn move_leases(db: &mut PgConnection, jump: Jump) -> Result<u64, sqlx::Error> {
    const MOVE: &str = "WITH clock AS (UPDATE insula_clock SET moved = moved + $1 WHERE moved = $2 \
             RETURNING $1 * interval '1 microsecond' AS jump), \
         hosts AS (UPDATE insula_lease SET until = until + jump FROM clock) \
         UPDATE insula_island SET expires_at = expires_at + jump FROM clock \
         WHERE state = 'active' AND expires_at IS NOT NULL";
    let done = sqlx::query(MOVE).bind(jump.by).bind(jump.moved).execute(db).await?;
    Ok(done.rows_affected())
}

/// Changes the catalog.
pub(super) async fn change_catalog(
    db: &mut PgConnection,
    change: &CatalogChange,
    actor: &Arc<str>,
    at: Timestamp,
) -> Result<bool, Failure> {
    let mut transaction = db.begin().await?;
    let changed = catalog::change(&mut Writing::Postgres(&mut transaction), change, actor, at).await;
    end(transaction, changed).await
}

/// Forgets islands that ended before an instant, with their certificates and events: returns how many.
pub(super) async fn forget(db: &mut PgConnection, before: Timestamp, limit: u32) -> Result<u64, Failure> {
    const FORGET: &str = "WITH old AS (SELECT id FROM insula_island WHERE removed_at < $1 ORDER BY removed_at \
        LIMIT $2 FOR UPDATE SKIP LOCKED), \
        certificates AS (DELETE FROM insula_certificate USING old WHERE island_id = old.id), \
        events AS (DELETE FROM insula_event WHERE island_id IN (SELECT id FROM old) OR (island_id IS NULL AND at < $1)), \
        islands AS (DELETE FROM insula_island USING old WHERE insula_island.id = old.id RETURNING insula_island.id) \
        SELECT count(*) FROM islands";
    let counted = bind::rows(db, sql(FORGET.to_owned()), &[before.into(), Cell::Int(limit.into())]).await?;
    let forgotten = counted.first().and_then(|row| cell::int(row.first()?)).unwrap_or_default();
    Ok(forgotten.unsigned_abs())
}

/// Empties every table that holds rows of islands; what is remembered of those that have ended stays.
pub(super) async fn reset(
    db: &mut PgConnection,
    statements: &Statements,
    reaches: &mut Reaches,
    actor: &Arc<str>,
    at: Timestamp,
) -> Result<ResetReport, Failure> {
    let mut transaction = db.begin().await?;
    let emptied = empty_and_tell(&mut transaction, statements, reaches, actor, at).await;
    if emptied.is_err() {
        // The sets that were made in the transaction go with it.
        reaches.forget();
    }
    end(transaction, emptied.map_err(Failure::from)).await
}

async fn empty_and_tell(
    db: &mut PgConnection,
    statements: &Statements,
    reaches: &mut Reaches,
    actor: &Arc<str>,
    at: Timestamp,
) -> Result<ResetReport, sqlx::Error> {
    bind::rows(db, statements.lock.clone(), &[]).await?;
    let (mut rows, delete) = ending::empty_others(db, statements, reaches).await?;
    let tables = statements.emptied.iter().map(|name| &**name);
    rows.extend(by_table(tables, &empty(db, statements, delete).await?));
    bind::rows(db, statements.forget.clone(), &[]).await?;
    let count: u64 = rows.values().sum();
    let details = json!({ "rows": count });
    tell(db, &NewEvent::done(EventKind::Reset, None, Arc::clone(actor), details), at).await?;
    Ok(ResetReport { rows })
}

/// Empties every table of our own but that of islands, by `delete` where others refer to them, and returns how many rows of
/// each a reset takes.
async fn empty(db: &mut PgConnection, statements: &Statements, delete: SqlStr) -> Result<Found, sqlx::Error> {
    /// A table is referred to by one that is not emptied with it (`feature_not_supported`).
    const REFERRED_TO: &str = "0A000";
    let counts = bind::rows(db, statements.count.clone(), &[]).await?;
    let mut step = db.begin().await?;
    match bind::rows(&mut step, statements.truncate.clone(), &[]).await {
        Ok(_) => step.commit().await?,
        Err(error) => {
            step.rollback().await?;
            let code = error.as_database_error().and_then(|error| error.code());
            if code.is_none_or(|code| code != REFERRED_TO) {
                return Err(error);
            }
            bind::rows(db, delete, &ending::ALL).await?;
        }
    }
    Ok(counts)
}

/// Draws ids from a table's sequence. Others may draw from it at the same time.
pub(super) async fn draw(
    db: &mut PgConnection,
    plan: &Plan,
    kind: Kind,
    count: i64,
) -> Result<Vec<i64>, sqlx::Error> {
    let table = plan.table(kind);
    let text = "SELECT nextval(pg_get_serial_sequence($1, $2)::regclass) FROM generate_series(1, $3)";
    let cells = [quoted(&table.name).into(), table.order[0].to_string().into(), Cell::Int(count)];
    let drawn = bind::rows(db, sql(text.to_owned()), &cells).await?;
    let mut ids: Vec<i64> = drawn.iter().filter_map(|row| cell::int(row.first()?)).collect();
    ids.sort_unstable();
    Ok(ids)
}

/// What is remembered of an island.
async fn island(db: &mut PgConnection, selects: &Selects, id: IslandId) -> Result<IslandRecord, Failure> {
    let rows = bind::rows(db, selects.island.clone(), &[Cell::Uuid(id.0)]).await?;
    Ok(reader::island_of(&rows, id)?)
}

/// Names the tables that lost rows.
pub(super) fn by_table<'a>(tables: impl Iterator<Item = &'a str>, counts: &Found) -> RowCounts {
    let counts = counts.iter().flatten().map(|cell| cell::int(cell).unwrap_or_default().unsigned_abs());
    tables.map(str::to_owned).zip(counts).filter(|(_, rows)| *rows > 0).collect()
}
