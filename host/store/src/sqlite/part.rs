//! Parts of islands in SQLite.

use insula_domain::{Island, Kind};
use jiff::Timestamp;
use sqlx::sqlite::SqliteConnection;

use super::sql;
use super::{apply, bind};
use crate::error::Failure;
use crate::ids::IdSource;
use crate::part::{self, Edit, Reads, Writes};
use crate::plan::Plan;
use crate::pool::Found;
use crate::query::{Query, SQLITE_COLLATION};
use crate::select::Selects;

/// A connection, inside a transaction.
struct Inside<'a>(&'a mut SqliteConnection);

impl Reads for Inside<'_> {
    async fn found(&mut self, query: Query) -> Result<Found, sqlx::Error> {
        let (sql, cells) = query.parts();
        bind::rows(self.0, sql, &cells).await
    }

    fn collation(&self) -> &'static str {
        SQLITE_COLLATION
    }
}

impl Writes for Inside<'_> {
    async fn change(&mut self, query: Query) -> Result<u64, sqlx::Error> {
        let (sql, cells) = query.parts();
        let arguments = bind::arguments(&cells).map_err(sqlx::Error::Encode)?;
        let done = sqlx::query_with(sql, arguments).execute(&mut *self.0).await?;
        Ok(done.rows_affected())
    }

    async fn draw(&mut self, plan: &Plan, kind: Kind, count: i64) -> Result<Vec<i64>, sqlx::Error> {
        apply::draw(self.0, plan, kind, count).await
    }
}

/// Reads a part, has it decided, and writes what was decided: in one transaction, which nothing else shares. Nothing comes
/// back when it was decided to change nothing.
pub(super) async fn edit(
    db: &mut SqliteConnection,
    plan: &Plan,
    selects: &Selects,
    source: &IdSource,
    edit: &Edit,
    at: Timestamp,
) -> Result<Option<Island>, Failure> {
    apply::run(db, sql::BEGIN).await?;
    let done = decided(db, plan, selects, source, edit, at).await;
    if matches!(done, Ok(Some(_))) {
        apply::run(db, sql::COMMIT).await?;
    }
    done
}

async fn decided(
    db: &mut SqliteConnection,
    plan: &Plan,
    selects: &Selects,
    source: &IdSource,
    edit: &Edit,
    at: Timestamp,
) -> Result<Option<Island>, Failure> {
    apply::there(db, selects, edit.island, at).await?;
    let part = part::read(&mut Inside(db), plan, edit.island, &edit.finds).await?;
    match (edit.decide)(part) {
        Some(changes) => {
            sqlx::query(sql::REVISE).bind(edit.island.0).execute(&mut *db).await?;
            let event = edit.event(&changes);
            let island = part::write(&mut Inside(db), plan, source, changes, at).await?;
            apply::tell(db, &event, at).await?;
            Ok(Some(island))
        }
        None => Ok(None),
    }
}
