//! Ending an island: finding its rows, removing them, and proving that none is left.

use futures::TryStreamExt;
use insula_domain::IslandId;
use jiff::Timestamp;
use sqlx::sqlite::{SqliteArguments, SqliteConnection, SqliteRow};
use sqlx::{Connection, Either, Executor, Row, SqlStr};

use super::error::spares_transaction;
use super::introspect::Reaches;
use super::sql::{BEGIN, Statements};
use super::{apply, bind};
use crate::bookkeeping;
use crate::cell::{self, Cell};
use crate::ending::{Ending, Removal, RowCounts, Swept, made, refused, settle};
use crate::error::{Failure, StoreError};
use crate::events::NewEvent;
use crate::reach::Reach;
use crate::reader;
use crate::select::{Selects, sql};

/// What a trigger adds while rows are removed is removed in another round. A trigger that still adds rows after so many
/// would do so for ever.
const ROUNDS: i64 = 8;

/// Why rows cannot be removed.
enum Stuck {
    Reasons(Vec<String>),
    Database(sqlx::Error),
}

impl From<sqlx::Error> for Stuck {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

/// Ends an island, inside a transaction. Where its rows cannot be removed, they stay as they are, and the island is stuck.
/// Nothing when it is to end only when its time is over, and it is not.
pub(super) async fn end(
    db: &mut SqliteConnection,
    selects: &Selects,
    statements: &Statements,
    reaches: &mut Reaches,
    ending: &Ending,
    at: Timestamp,
) -> Result<Option<Removal>, Failure> {
    let id = ending.island;
    let known = several(db, statements.before.clone(), &[Cell::Uuid(id.0)]).await?;
    let [record, runs, version] = &known[..] else { return Err(corrupt("an island cannot be read")) };
    let Some(record) = record.rows.first() else {
        return Err(StoreError::NotFound { what: "island", id: id.to_string() }.into());
    };
    let record = bookkeeping::island_record(&bind::cells(record).map_err(sqlx::Error::Decode)?);
    let record = record.map_err(|what| StoreError::Corrupt { what })?;
    if record.state.is_over() {
        let found = bind::rows(db, selects.certificate.clone(), &[Cell::Uuid(id.0)]).await?;
        let certificate = reader::certificate_of(&found, id)?;
        return Ok(Some(Removal { record, already: true, certificate }));
    }
    if ending.overdue_only && !record.is_overdue(at) {
        return Ok(None);
    }
    let runs: Vec<Cell> =
        runs.rows.iter().map(|run| run.try_get::<&str, _>(0).map(Cell::from)).collect::<Result<_, _>>()?;
    let made = made(&runs);
    let version = version.rows.first().map_or(Ok(0), |row| row.try_get(0))?;
    let reach = reaches.current(db, version).await?;

    apply::run(db, "SAVEPOINT ending").await?;
    let swept = match sweep(db, statements, reach, id).await {
        Ok(swept) => Ok(swept),
        Err(Stuck::Database(error)) if !spares_transaction(&error) => return Err(error.into()),
        Err(stuck) => {
            apply::run(db, "ROLLBACK TO ending").await?;
            Err(match stuck {
                Stuck::Reasons(reasons) => reasons,
                Stuck::Database(error) => vec![refused(&error.to_string())],
            })
        }
    };
    apply::run(db, "RELEASE ending").await?;
    let removal = settle(record, ending, at, &made, swept);
    write(db, &removal).await?;
    Ok(Some(removal))
}

/// Marks an island as stuck whose removal the database refused at the very end of the transaction.
pub(super) async fn give_up(
    db: &mut SqliteConnection,
    selects: &Selects,
    ending: &Ending,
    at: Timestamp,
    detail: &str,
) -> Result<Removal, Failure> {
    let record = apply::island(db, selects, ending.island).await?;
    let removal = settle(record, ending, at, &RowCounts::new(), Err(vec![refused(detail)]));
    let mut transaction = db.begin_with(BEGIN).await?;
    write(&mut transaction, &removal).await?;
    transaction.commit().await?;
    Ok(removal)
}

/// Writes what became of an island.
async fn write(db: &mut SqliteConnection, removal: &Removal) -> Result<(), sqlx::Error> {
    const WRITE: &str = "UPDATE insula_island SET state = $2, removed_at = $3 WHERE id = $1; \
                         INSERT OR REPLACE INTO insula_certificate (island_id, ended_at, clean, certificate) \
                         VALUES ($1, $4, $5, $6)";
    let Removal { record, certificate, .. } = removal;
    let cells = [
        Cell::Uuid(record.id.0),
        record.state.word().into(),
        record.removed_at.into(),
        certificate.ended_at.into(),
        Cell::Int(certificate.clean.into()),
        cell::json(certificate),
    ];
    several(db, sql(WRITE.to_owned()), &cells).await?;
    apply::tell(db, &NewEvent::of_removal(removal), certificate.ended_at).await
}

/// Removes all rows of an island, round by round until none is left.
async fn sweep(
    db: &mut SqliteConnection,
    statements: &Statements,
    reach: &Reach,
    id: IslandId,
) -> Result<Swept, Stuck> {
    let mut swept = Swept::default();
    let foreign = reach.steps().next().is_some();
    if foreign {
        // With this SQLite checks all references at the end, those with ON DELETE RESTRICT as well: so rows that refer to
        // one another can go.
        apply::run(db, "PRAGMA defer_foreign_keys = ON").await?;
        batch(db, &reach.clear, &[]).await?;
    }
    for round in 1..=ROUNDS {
        let arguments = [Cell::Uuid(id.0), Cell::Int(round)];
        if foreign {
            batch(db, &reach.keys, &arguments).await?;
            find(db, reach, &arguments).await?;
            for step in reach.steps() {
                let rows = count(db, &step.count, &arguments).await?;
                add(&mut swept.rows, &step.table, rows);
                add(&mut swept.foreign, &step.table, rows);
            }
            let delete: Vec<String> = reach.steps().rev().map(|step| step.delete.clone()).collect();
            batch(db, &delete, &arguments).await?;
        }
        for (table, done) in
            statements.own().zip(several(db, statements.remove.clone(), &arguments[..1]).await?)
        {
            add(&mut swept.rows, table, done.affected);
        }
        swept.left = left(db, statements, reach, &arguments).await?;
        if swept.left.values().all(|rows| *rows == 0) {
            swept.notes = notes(reach, &swept.foreign);
            return Ok(swept);
        }
    }
    let tables = swept.left.into_iter().filter(|(_, rows)| *rows > 0);
    let reason = |(table, rows)| {
        format!(
            "table {table} gets new rows whenever rows of the island are removed ({rows} after {ROUNDS} rounds); see its triggers"
        )
    };
    Err(Stuck::Reasons(tables.map(reason).collect()))
}

/// Finds the rows in tables that are not our own.
async fn find(db: &mut SqliteConnection, reach: &Reach, arguments: &[Cell]) -> Result<(), Stuck> {
    for group in &reach.groups {
        let find: Vec<String> = group.tables.iter().flat_map(|step| step.find.clone()).collect();
        let grow: Vec<String> = group.tables.iter().flat_map(|step| step.grow.clone()).collect();
        let mut found = batch(db, &find, arguments).await?;
        let mut number = 0;
        while found > 0 && !grow.is_empty() {
            let mut arguments = arguments.to_vec();
            arguments.push(Cell::Int(number));
            found = batch(db, &grow, &arguments).await?;
            number += 1;
        }
    }
    let mut reasons = Vec::new();
    for step in reach.steps() {
        let Some(shared) = &step.shared else { continue };
        let rows = count(db, shared, arguments).await?;
        if rows > 0 {
            reasons.push(format!(
                "{rows} rows of table {} belong to another island, too; remove them, or end that island first",
                step.table
            ));
        }
    }
    if reasons.is_empty() { Ok(()) } else { Err(Stuck::Reasons(reasons)) }
}

fn add(counts: &mut RowCounts, table: &str, rows: u64) {
    if rows > 0 {
        *counts.entry(table.to_owned()).or_default() += rows;
    }
}

/// How many rows of an island every table that can hold some holds.
async fn left(
    db: &mut SqliteConnection,
    statements: &Statements,
    reach: &Reach,
    arguments: &[Cell],
) -> Result<RowCounts, sqlx::Error> {
    let mut left = RowCounts::new();
    let done = several(db, statements.left.clone(), &arguments[..1]).await?;
    for (table, done) in statements.own().zip(done) {
        left.insert(table.to_owned(), scalar(&done)?);
    }
    for step in reach.steps() {
        left.insert(step.table.clone(), count(db, &step.left, arguments).await?);
    }
    Ok(left)
}

fn notes(reach: &Reach, foreign: &RowCounts) -> Vec<String> {
    let unkeyed = reach.steps().filter(|step| !step.keyed && foreign.contains_key(&step.table));
    let unkeyed = unkeyed.map(|step| {
        format!(
            "table {} has no primary key; its rows were told apart by the database's own numbers",
            step.table
        )
    });
    reach.notes.iter().cloned().chain(unkeyed).collect()
}

/// What one of several statements did.
struct Done {
    rows: Vec<SqliteRow>,
    affected: u64,
}

/// Runs several statements that are sent as one text, and tells what each did.
async fn several(db: &mut SqliteConnection, text: SqlStr, cells: &[Cell]) -> Result<Vec<Done>, sqlx::Error> {
    let arguments: SqliteArguments = bind::arguments(cells).map_err(sqlx::Error::Encode)?;
    let mut steps = db.fetch_many(sqlx::query_with(text, arguments));
    let mut all = Vec::new();
    let mut rows = Vec::new();
    while let Some(step) = steps.try_next().await? {
        match step {
            Either::Right(row) => rows.push(row),
            Either::Left(result) => {
                all.push(Done { rows: std::mem::take(&mut rows), affected: result.rows_affected() });
            }
        }
    }
    Ok(all)
}

/// Runs statements; returns how many rows they changed together.
async fn batch(db: &mut SqliteConnection, texts: &[String], cells: &[Cell]) -> Result<u64, sqlx::Error> {
    if texts.is_empty() {
        return Ok(0);
    }
    let done = several(db, sql(texts.join("; ")), cells).await?;
    Ok(done.iter().map(|done| done.affected).sum())
}

async fn count(db: &mut SqliteConnection, text: &str, cells: &[Cell]) -> Result<u64, sqlx::Error> {
    let done = several(db, sql(text.to_owned()), cells).await?;
    done.first().map_or(Ok(0), scalar)
}

fn scalar(done: &Done) -> Result<u64, sqlx::Error> {
    done.rows.first().map_or(Ok(0), |row| row.try_get::<i64, _>(0).map(i64::unsigned_abs))
}

fn corrupt(what: &str) -> Failure {
    StoreError::Corrupt { what: what.to_owned() }.into()
}
