//! One transaction for a group of chores.

use jiff::Timestamp;
use sqlx::sqlite::SqliteConnection;

use super::apply;
use super::ending;
use super::export;
use super::sql::{self, Statements};
use crate::catalog::{self, Writing};
use crate::error::{Failure, StoreError};
use crate::plan::Plan;
use crate::queue::{Chore, Outcome};
use crate::reach::Reaches;
use crate::select::Selects;

/// Does chores in one transaction, and says what became of each.
///
/// # Errors
/// What ended the transaction: nothing was done.
pub(super) async fn transaction(
    db: &mut SqliteConnection,
    plan: &Plan,
    selects: &Selects,
    statements: &Statements,
    reaches: &mut Reaches,
    chores: &[&Chore],
    at: Timestamp,
) -> Result<Vec<Result<Outcome, StoreError>>, sqlx::Error> {
    apply::run(db, sql::BEGIN).await?;
    let mut outcomes = Vec::with_capacity(chores.len());
    for chore in chores {
        let done = match chore {
            Chore::End(ending) => {
                let ended = ending::end(db, selects, statements, reaches, ending, at).await;
                ended.map(|removal| Outcome::Ended(removal.map(Box::new)))
            }
            Chore::Export(id) => {
                export::island(db, plan, selects, reaches, *id, at).await.map(Outcome::Exported)
            }
            Chore::Renew(id, expires_at, actor) => {
                apply::renew(db, selects, *id, *expires_at, actor, at).await.map(Outcome::Island)
            }
            Chore::Tell(event) => {
                apply::tell(db, event, at).await.map(|()| Outcome::Told).map_err(Failure::from)
            }
            Chore::Lease(request) => apply::lease(db, request, at).await.map(Outcome::Lease),
            Chore::Jump(jump) => {
                apply::move_leases(db, *jump).await.map(Outcome::Moved).map_err(Failure::from)
            }
            Chore::Forget(before, limit) => {
                apply::forget(db, *before, *limit).await.map(Outcome::Forgotten).map_err(Failure::from)
            }
            Chore::Draw(blocks) => {
                let mut drawn = Vec::with_capacity(blocks.len());
                for (kind, count) in blocks {
                    drawn.push((*kind, apply::draw(db, plan, *kind, *count).await?));
                }
                Ok(Outcome::Drawn(drawn))
            }
            Chore::Catalog(change, actor) => {
                let done = catalog::change(&mut Writing::Sqlite(db), change, actor, at).await;
                done.map(Outcome::Catalog)
            }
        };
        outcomes.push(settled(done)?);
    }
    apply::run(db, sql::COMMIT).await?;
    Ok(outcomes)
}

/// Parts what concerns one job from what ends the transaction.
fn settled<T>(done: Result<T, Failure>) -> Result<Result<T, StoreError>, sqlx::Error> {
    match done {
        Ok(done) => Ok(Ok(done)),
        Err(Failure::Refused(error)) => Ok(Err(error)),
        Err(Failure::Database(error)) => Err(error),
    }
}
