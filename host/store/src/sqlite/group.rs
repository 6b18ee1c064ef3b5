//! One transaction for a group of jobs.

use std::collections::HashSet;

use sqlx::sqlite::SqliteConnection;

use super::apply;
use super::shapes::Shapes;
use super::sql::{self, Statements};
use crate::error::{Failure, StoreError};
use crate::plan::Plan;
use crate::queue::{Job, Outcome, Waiting};
use crate::rows;
use crate::select::Selects;

/// Does jobs in one transaction, and says what became of each.
///
/// # Errors
/// What ended the transaction: nothing was done.
pub(super) async fn transaction(
    db: &mut SqliteConnection,
    plan: &Plan,
    selects: &Selects,
    statements: &Statements,
    shapes: &mut Shapes,
    group: &[Waiting],
) -> Result<Vec<Result<Outcome, StoreError>>, sqlx::Error> {
    let only_new_islands =
        group.iter().all(|waiting| matches!(&waiting.job, Job::Commit(encoded) if encoded.record.is_some()));
    if !only_new_islands {
        apply::run(db, sql::BEGIN).await?;
    }
    let at = rows::now();
    let mut outcomes: Vec<Option<Result<Outcome, StoreError>>> = group.iter().map(|_| None).collect();
    // Removals before commits: one that would add to an island that is removed here has to be refused.
    for (waiting, outcome) in group.iter().zip(&mut outcomes) {
        let done = match &waiting.job {
            Job::Remove(id) => apply::remove(db, selects, statements, *id, at).await.map(Outcome::Removed),
            Job::Renew(id, expires_at) => {
                apply::renew(db, selects, *id, *expires_at, at).await.map(Outcome::Island)
            }
            Job::Draw(blocks) => {
                let mut drawn = Vec::with_capacity(blocks.len());
                for (kind, count) in blocks {
                    drawn.push((*kind, apply::draw(db, plan, *kind, *count).await?));
                }
                Ok(Outcome::Drawn(drawn))
            }
            Job::Commit(_) | Job::Edit(_) | Job::Reset | Job::Close => continue,
        };
        *outcome = Some(settled(done)?);
    }
    let mut commits = Vec::with_capacity(group.len());
    let mut added_to = HashSet::new();
    for (waiting, outcome) in group.iter().zip(&mut outcomes) {
        let Job::Commit(encoded) = &waiting.job else { continue };
        let id = encoded.given.island;
        let record = match &encoded.record {
            Some(record) => Ok(record.clone()),
            // Its rows are not written yet, so the database does not know of the other one.
            None if added_to.contains(&id) => Err(StoreError::Changed { id }),
            None => settled(apply::claim(db, selects, encoded, at).await)?,
        };
        if record.is_ok() {
            added_to.insert(id);
            commits.push(&**encoded);
        }
        *outcome = Some(record.map(Outcome::Island));
    }
    apply::write(db, statements, shapes, &commits, only_new_islands).await?;
    Ok(outcomes.into_iter().map(|outcome| outcome.unwrap_or(Err(StoreError::Closed))).collect())
}

/// Parts what concerns one job from what ends the transaction.
fn settled<T>(done: Result<T, Failure>) -> Result<Result<T, StoreError>, sqlx::Error> {
    match done {
        Ok(done) => Ok(Ok(done)),
        Err(Failure::Refused(error)) => Ok(Err(error)),
        Err(Failure::Database(error)) => Err(error),
    }
}
