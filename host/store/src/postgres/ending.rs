//! Ending an island on PostgreSQL.
//!
//! Insula's own tables are emptied of it, and counted again for the certificate. Tables that Insula does not know are not
//! searched here yet: where a row there refers to one of the island's, the database refuses the removal, and the island is
//! stuck with that reason. (SQLite follows the database's foreign keys: `reach`.)

use sqlx::postgres::PgConnection;
use sqlx::{Connection, SqlStr};

use super::error::{Meaning, in_words, meaning};
use super::sql::Statements;
use super::{apply, bind};
use crate::cell::{self, Cell};
use crate::ending::{Ending, Removal, RowCounts, Swept, made, refused, settle};
use crate::error::Failure;
use crate::events::NewEvent;
use crate::plan::Plan;
use crate::pool::Found;
use crate::reach::Reach;
use crate::reader;
use crate::rows;
use crate::select::Selects;

/// Ends an island. Where its rows cannot be removed, they stay as they are, and the island is stuck. Nothing when it is to
/// end only when its time is over, and it is not.
pub(super) async fn end(
    db: &mut PgConnection,
    selects: &Selects,
    statements: &Statements,
    ending: &Ending,
) -> Result<Option<Removal>, Failure> {
    let mut transaction = db.begin().await?;
    let ended = ended(&mut transaction, selects, statements, ending).await;
    apply::end(transaction, ended).await
}

async fn ended(
    db: &mut PgConnection,
    selects: &Selects,
    statements: &Statements,
    ending: &Ending,
) -> Result<Option<Removal>, Failure> {
    let (id, at) = (ending.island, rows::now());
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
    let mut step = db.begin().await?;
    let swept = match sweep(&mut step, statements, &key).await {
        Ok(swept) => {
            step.commit().await?;
            Ok(swept)
        }
        // A constraint, or what a trigger says; all else is no fault of the island's.
        Err(error) if matches!(meaning(&error), Meaning::Conflict | Meaning::Other) => {
            step.rollback().await?;
            Err(vec![refused(&in_words(&error))])
        }
        Err(error) => return Err(error.into()),
    };
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

async fn sweep(db: &mut PgConnection, statements: &Statements, key: &[Cell]) -> Result<Swept, sqlx::Error> {
    let rows = bind::rows(db, statements.remove.clone(), key).await?;
    // Now, so that what is refused is known before the island is said to be gone.
    sqlx::query("SET CONSTRAINTS ALL IMMEDIATE").execute(&mut *db).await?;
    let left = bind::rows(db, statements.left.clone(), key).await?;
    Ok(Swept {
        rows: apply::by_table(statements, &rows),
        foreign: RowCounts::new(),
        left: named(statements, &left),
        notes: vec![
            "on PostgreSQL only Insula's own tables are searched; rows elsewhere that referred to the island would have \
             kept it from being removed"
                .to_owned(),
        ],
    })
}

/// The counts of all tables that go with an island, those without any included.
fn named(statements: &Statements, counts: &Found) -> RowCounts {
    let counts = counts.iter().flatten().map(|cell| cell::int(cell).unwrap_or_default().unsigned_abs());
    statements.emptied.iter().map(|table| table.to_string()).zip(counts).collect()
}

/// For each of Insula's own tables the statement that counts its stray rows, as `sqlite::strays`.
pub(crate) fn strays(plan: &Plan, one: bool) -> Vec<(String, SqlStr)> {
    Reach::default().strays(plan.emptied().map(|table| (&*table.name, &*table.island)), one)
}
