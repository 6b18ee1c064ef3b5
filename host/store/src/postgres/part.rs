//! Parts of islands in PostgreSQL.

use insula_domain::{Island, Kind};
use jiff::Timestamp;
use sqlx::postgres::{PgConnection, Postgres};
use sqlx::{Connection, Transaction};

use super::sql::Statements;
use super::{apply, bind};
use crate::cell::Cell;
use crate::error::Failure;
use crate::ids::IdSource;
use crate::part::{self, Edit, Reads, Writes};
use crate::plan::Plan;
use crate::pool::Found;
use crate::query::{POSTGRES_COLLATION, Query};
use crate::reader;

/// A connection, inside a transaction.
struct Inside<'a>(&'a mut PgConnection);

impl Reads for Inside<'_> {
    async fn found(&mut self, query: Query) -> Result<Found, sqlx::Error> {
        let (sql, cells) = query.parts();
        bind::rows(self.0, sql, &cells).await
    }

    fn collation(&self) -> &'static str {
        POSTGRES_COLLATION
    }
}

impl Writes for Inside<'_> {
    async fn change(&mut self, query: Query) -> Result<u64, sqlx::Error> {
        let (sql, cells) = query.parts();
        let arguments = bind::arguments(&cells).map_err(sqlx::Error::Encode)?;
        Ok(sqlx::query_with(sql, arguments).execute(&mut *self.0).await?.rows_affected())
    }

    async fn draw(&mut self, plan: &Plan, kind: Kind, count: i64) -> Result<Vec<i64>, sqlx::Error> {
        apply::draw(self.0, plan, kind, count).await
    }
}

/// Reads a part, has it decided, and writes what was decided: in one transaction, in which nobody else adds to the island or
/// edits it, and which is yet to be committed. Nothing comes back when it was decided to change nothing.
pub(super) async fn decide<'a>(
    db: &'a mut PgConnection,
    plan: &Plan,
    statements: &Statements,
    source: &IdSource,
    edit: &Edit,
    at: Timestamp,
) -> Result<Option<(Transaction<'a, Postgres>, Island)>, Failure> {
    let mut transaction = db.begin().await?;
    match decided(&mut transaction, plan, statements, source, edit, at).await {
        Ok(Some(island)) => Ok(Some((transaction, island))),
        nothing => {
            transaction.rollback().await?;
            nothing.map(|_| None)
        }
    }
}

async fn decided(
    db: &mut PgConnection,
    plan: &Plan,
    statements: &Statements,
    source: &IdSource,
    edit: &Edit,
    at: Timestamp,
) -> Result<Option<Island>, Failure> {
    let found = bind::rows(db, statements.revise.clone(), &[Cell::Uuid(edit.island.0)]).await?;
    if let Some(gone) = reader::island_of(&found, edit.island)?.gone(at) {
        return Err(gone.into());
    }
    let part = part::read(&mut Inside(db), plan, edit.island, &edit.finds).await?;
    let Some(changes) = (edit.decide)(part) else { return Ok(None) };
    // One change may take away what another refers to, until both are done.
    sqlx::query("SET CONSTRAINTS ALL DEFERRED").execute(&mut *db).await?;
    let event = edit.event(&changes);
    let island = part::write(&mut Inside(db), plan, source, changes, at).await?;
    apply::tell(db, &event, at).await?;
    Ok(Some(island))
}
