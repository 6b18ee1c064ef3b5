//! Ending an island on PostgreSQL.
//!
//! PostgreSQL checks most references when a statement is done, so Insula's own tables are emptied by one statement. Where
//! somebody adds a row meanwhile, or a trigger does, that is refused; then it is done once more, table by table, and what
//! refers to each is looked for again before.

use jiff::Timestamp;
use sqlx::postgres::PgConnection;
use sqlx::{Connection, SqlStr};
use uuid::Uuid;

use super::error::{Meaning, in_words, is_outdated, is_referred_to, meaning};
use super::sql::Statements;
use super::{apply, bind, introspect};
use crate::cell::{self, Cell};
use crate::ending::{Ending, Removal, RowCounts, Swept, made, refused, settle};
use crate::error::Failure;
use crate::events::NewEvent;
use crate::pool::Found;
use crate::reach::{Finds, Reach, Reaches, Removes, Stuck, collect, remove_found, sweep};
use crate::reader;
use crate::select::{Selects, sql};

/// So often an island's rows are tried to be removed, when others add some at the same time.
const TRIES: u32 = 4;

/// Ends an island. Where its rows cannot be removed, they stay as they are, and the island is stuck. Nothing when it is to
/// end only when its time is over, and it is not.
pub(super) async fn end(
    db: &mut PgConnection,
    selects: &Selects,
    statements: &Statements,
    reaches: &mut Reaches,
    ending: &Ending,
    at: Timestamp,
) -> Result<Option<Removal>, Failure> {
    let mut transaction = db.begin().await?;
    let ended = ended(&mut transaction, selects, statements, reaches, ending, at).await;
    if ended.is_err() {
        // The sets that were made in the transaction go with it.
        reaches.forget();
    }
    apply::end(transaction, ended).await
}

async fn ended(
    db: &mut PgConnection,
    selects: &Selects,
    statements: &Statements,
    reaches: &mut Reaches,
    ending: &Ending,
    at: Timestamp,
) -> Result<Option<Removal>, Failure> {
    let id = ending.island;
    let key = [Cell::Uuid(id.0)];
    // Whoever adds to it or edits it has ended, and waits for this from now on.
    let record = reader::island_of(&bind::rows(db, statements.claim.clone(), &key).await?, id)?;
    if record.state.is_over() {
        let found = bind::rows(db, selects.certificate.clone(), &key).await?;
        let certificate = reader::certificate_of(&found, id)?;
        return Ok(Some(Removal { record, already: true, certificate }));
    }
    if ending.overdue_only && !record.is_overdue(at) {
        return Ok(None);
    }
    let made = made(bind::rows(db, statements.made.clone(), &key).await?.iter().flatten());
    let swept = swept(db, statements, reaches, ending).await?;
    let removal = settle(record, ending, at, &made, swept);
    let Removal { record, certificate, .. } = &removal;
    let cells = [
        Cell::Uuid(id.0),
        record.state.word().into(),
        record.removed_at.into(),
        certificate.ended_at.into(),
        Cell::Bool(certificate.clean),
        cell::json(certificate),
    ];
    bind::rows(db, statements.ended.clone(), &cells).await?;
    apply::tell(db, &NewEvent::of_removal(&removal), certificate.ended_at).await?;
    Ok(Some(removal))
}

/// Removes an island's rows, or says why they cannot be: then all are there.
async fn swept(
    db: &mut PgConnection,
    statements: &Statements,
    reaches: &mut Reaches,
    ending: &Ending,
) -> Result<Result<Swept, Vec<String>>, sqlx::Error> {
    let mut tries = 0;
    loop {
        tries += 1;
        let reach = introspect::current(reaches, db).await?;
        let mut step = db.begin().await?;
        // However few rows the tables held when PostgreSQL looked last: an island is a small part of them.
        sqlx::query("SET LOCAL enable_seqscan = off").execute(&mut *step).await?;
        let mut inside = Inside { db: &mut step, statements, by_table: tries > 1 };
        let stuck = match sweep(&mut inside, reach, ending.island).await {
            Ok(swept) => {
                step.commit().await?;
                return Ok(Ok(swept));
            }
            Err(stuck) => stuck,
        };
        step.rollback().await?;
        match stuck {
            Stuck::Reasons(reasons) => return Ok(Err(reasons)),
            Stuck::Database(error) if tries < TRIES && is_outdated(&error) => reaches.forget(),
            Stuck::Database(error) if tries < TRIES && is_referred_to(&error) => {}
            // A constraint, or what a trigger says; all else is no fault of the island's.
            Stuck::Database(error) if matches!(meaning(&error), Meaning::Conflict | Meaning::Other) => {
                return Ok(Err(vec![refused(&in_words(&error))]));
            }
            Stuck::Database(error) => return Err(error),
        }
    }
}

/// The island and the round where the rows of all islands are meant.
pub(super) const ALL: [Cell; 2] = [Cell::Uuid(Uuid::nil()), Cell::Int(0)];

/// Deletes the rows of all islands in tables that are not our own, but for those that must go with our own. Returns how
/// many of each there were, and the statement that deletes the rest.
pub(super) async fn empty_others(
    db: &mut PgConnection,
    statements: &Statements,
    reaches: &mut Reaches,
) -> Result<(RowCounts, SqlStr), sqlx::Error> {
    introspect::current(reaches, db).await?;
    let all = reaches.of_all(&introspect::tables(db).await?);
    collect(db, &all, &ALL).await?;
    let rows = remove_found(db, &all, &ALL).await?;
    Ok((rows, Statements::with(&statements.delete, all.delete_with_own())))
}

impl Finds for PgConnection {
    async fn run(&mut self, texts: &[String], cells: &[Cell]) -> Result<u64, sqlx::Error> {
        let mut changed = 0;
        for text in texts {
            let arguments = bind::arguments(cells).map_err(sqlx::Error::Encode)?;
            let done = sqlx::query_with(sql(text.clone()), arguments).execute(&mut *self).await?;
            changed += done.rows_affected();
        }
        Ok(changed)
    }

    async fn count(&mut self, text: &str, cells: &[Cell]) -> Result<u64, sqlx::Error> {
        let found = bind::rows(self, sql(text.to_owned()), cells).await?;
        Ok(found.first().and_then(|row| cell::int(row.first()?)).unwrap_or_default().unsigned_abs())
    }
}

/// A connection, inside a transaction.
struct Inside<'a> {
    db: &'a mut PgConnection,
    statements: &'a Statements,
    /// Whether Insula's own tables are emptied one by one, where they can be.
    by_table: bool,
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
    fn steps(&self, reach: &Reach) -> usize {
        // What refers to one another cannot go one by one.
        let by_table = self.by_table && reach.delete_with_own().next().is_none();
        if by_table { self.statements.remove_one.len() } else { 1 }
    }

    async fn remove(
        &mut self,
        step: usize,
        reach: &Reach,
        arguments: &[Cell; 2],
    ) -> Result<RowCounts, sqlx::Error> {
        let steps = self.steps(reach);
        let removed = match self.statements.remove_one.get(step).filter(|_| steps > 1) {
            Some((table, delete)) => {
                let rows = bind::rows(self.db, delete.clone(), &arguments[..1]).await?;
                apply::by_table(std::iter::once(&**table), &rows)
            }
            None => {
                let remove = Statements::with(&self.statements.remove, reach.delete_with_own());
                let rows = bind::rows(self.db, remove, arguments).await?;
                apply::by_table(self.statements.own(), &rows)
            }
        };
        if step + 1 == steps {
            // Now, so that what is refused is known before the island is said to be gone.
            sqlx::query("SET CONSTRAINTS ALL IMMEDIATE").execute(&mut *self.db).await?;
        }
        Ok(removed)
    }

    async fn left(&mut self, island: &Cell) -> Result<RowCounts, sqlx::Error> {
        let counts: Found =
            bind::rows(self.db, self.statements.left.clone(), std::slice::from_ref(island)).await?;
        let counts = counts.iter().flatten().map(|cell| cell::int(cell).unwrap_or_default().unsigned_abs());
        Ok(self.statements.own().map(str::to_owned).zip(counts).collect())
    }
}
