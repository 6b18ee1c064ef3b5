//! Ending an island on SQLite.

use futures::TryStreamExt;
use jiff::Timestamp;
use sqlx::sqlite::{SqliteArguments, SqliteConnection, SqliteRow};
use sqlx::{Connection, Either, Executor, Row, SqlStr};

use super::error::spares_transaction;
use super::sql::{BEGIN, Statements};
use super::{apply, bind, introspect};
use crate::bookkeeping;
use crate::cell::{self, Cell};
use crate::ending::{Ending, Removal, RowCounts, made, refused, settle};
use crate::error::{Failure, StoreError};
use crate::events::NewEvent;
use crate::reach::{Finds, Reach, Reaches, Removes, Stuck, sweep};
use crate::reader;
use crate::select::{Selects, sql};

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
    let reach = introspect::current(reaches, db, version).await?;

    apply::run(db, "SAVEPOINT ending").await?;
    let swept = match sweep(&mut Inside { db, statements }, reach, id).await {
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

impl Finds for SqliteConnection {
    async fn run(&mut self, texts: &[String], cells: &[Cell]) -> Result<u64, sqlx::Error> {
        if texts.is_empty() {
            return Ok(0);
        }
        let done = several(self, sql(texts.join("; ")), cells).await?;
        Ok(done.iter().map(|done| done.affected).sum())
    }

    async fn count(&mut self, text: &str, cells: &[Cell]) -> Result<u64, sqlx::Error> {
        let done = several(self, sql(text.to_owned()), cells).await?;
        done.first().map_or(Ok(0), scalar)
    }
}

/// A connection, inside a transaction.
struct Inside<'a> {
    db: &'a mut SqliteConnection,
    statements: &'a Statements,
}

impl Finds for Inside<'_> {
    async fn run(&mut self, texts: &[String], cells: &[Cell]) -> Result<u64, sqlx::Error> {
        self.db.run(texts, cells).await
    }

    async fn count(&mut self, text: &str, cells: &[Cell]) -> Result<u64, sqlx::Error> {
        self.db.count(text, cells).await
    }
}

impl Removes for Inside<'_> {
    async fn remove(
        &mut self,
        _: usize,
        reach: &Reach,
        arguments: &[Cell; 2],
    ) -> Result<RowCounts, sqlx::Error> {
        let done = several(self.db, self.statements.remove.clone(), &arguments[..1]).await?;
        // After our own, since our own are counted as they go, and would go uncounted with these by ON DELETE CASCADE.
        let others: Vec<String> = reach.delete_with_own().map(str::to_owned).collect();
        self.db.run(&others, arguments).await?;
        let removed = self.statements.own().zip(done).filter(|(_, done)| done.affected > 0);
        Ok(removed.map(|(table, done)| (table.to_owned(), done.affected)).collect())
    }

    async fn left(&mut self, island: &Cell) -> Result<RowCounts, sqlx::Error> {
        let done = several(self.db, self.statements.left.clone(), std::slice::from_ref(island)).await?;
        self.statements.own().zip(done).map(|(table, done)| Ok((table.to_owned(), scalar(&done)?))).collect()
    }
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

fn scalar(done: &Done) -> Result<u64, sqlx::Error> {
    done.rows.first().map_or(Ok(0), |row| row.try_get::<i64, _>(0).map(i64::unsigned_abs))
}

fn corrupt(what: &str) -> Failure {
    StoreError::Corrupt { what: what.to_owned() }.into()
}
