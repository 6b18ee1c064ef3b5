//! What writes: a few tasks, each with a connection.
//!
//! Whichever is free takes what waits in the queue, and commits all new islands of it with one statement: one round trip,
//! one flush of the log. When that breaks a constraint, they are written one by one, so that only the guilty one fails.
//! When the connection breaks, it is made anew and the work is done once more: ids are given before, so that what was
//! written already is known again. What is decided while it is written, an edit, is not, once its commit was sent.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::postgres::PgConnection;
use sqlx::{Connection, SqlStr};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::error::{Meaning, in_words, meaning, store_error};
use super::open::{Database, Link};
use super::sql::Statements;
use super::{apply, bind, ending, export, part, schema};
use crate::cell::Cell;
use crate::error::{Failure, StoreError};
use crate::pool::Found;
use crate::queue::{Chore, Job, Outcome, Waiting};
use crate::reach::{Dialect, Reaches};
use crate::reader;
use crate::records::IslandRecord;
use crate::rows::Encoded;
use crate::store::Shared;

/// What the tasks have in common.
struct Common {
    shared: Shared,
    statements: Statements,
    name: String,
    link: Link,
    jobs: tokio::sync::Mutex<mpsc::Receiver<Waiting>>,
    /// What may take long, or wait for somebody else's transaction.
    slow: tokio::sync::Mutex<mpsc::UnboundedReceiver<Waiting>>,
    /// Those who wait for the end.
    closers: Mutex<Vec<Waiting>>,
}

struct Task {
    common: Arc<Common>,
    /// Nothing before the first job, and after it broke.
    db: Option<PgConnection>,
    reaches: Reaches,
}

/// So many tasks remove and export islands, so that nothing else waits for what holds them up.
const REMOVERS: usize = 2;

/// A server that has not answered by then is taken for away: so long is waited for a lock and a little.
const ANSWER: Duration = Duration::from_secs(20);
/// The same where much is to be done.
const LONG_ANSWER: Duration = Duration::from_secs(10 * 60);

/// So many rows may share a statement. Past this the gain is gone and only the waiting grows.
const ROWS_A_GROUP: usize = 2048;

/// Starts the tasks that write.
pub(crate) fn start(shared: Shared, database: Database, jobs: mpsc::Receiver<Waiting>) {
    let Database { name, link, statements, writers, .. } = database;
    let (to_slow, slow) = mpsc::unbounded_channel();
    let (jobs, slow, closers) =
        (tokio::sync::Mutex::new(jobs), tokio::sync::Mutex::new(slow), Mutex::default());
    let common = Arc::new(Common { shared, statements, name, link, jobs, slow, closers });
    tokio::spawn(async move {
        let mut tasks = JoinSet::new();
        let task = || {
            let reaches = Reaches::new(&common.shared.plan, Dialect::Postgres);
            Task { common: Arc::clone(&common), db: None, reaches }
        };
        for _ in 0..writers {
            tasks.spawn(task().run(to_slow.clone()));
        }
        for _ in 0..REMOVERS {
            tasks.spawn(task().remove());
        }
        // Those who remove end when nobody is left who could tell them to.
        drop(to_slow);
        tasks.join_all().await;
        let closers = std::mem::take(&mut *common.closers.lock().unwrap_or_else(PoisonError::into_inner));
        for waiting in closers {
            waiting.reply(Ok(Outcome::Closed));
        }
    });
}

impl Task {
    async fn run(mut self, slow: mpsc::UnboundedSender<Waiting>) {
        while let Some(group) = self.common.take().await {
            let (new, others): (Vec<_>, Vec<_>) =
                group.into_iter().partition(|waiting| new_island(&waiting.job).is_some());
            let (slower, others): (Vec<_>, Vec<_>) =
                others.into_iter().partition(|waiting| is_slow(&waiting.job));
            for waiting in slower {
                if let Err(unsent) = slow.send(waiting) {
                    unsent.0.reply(Err(StoreError::Closed));
                }
            }
            self.write(new).await;
            for waiting in others {
                let outcome = self.alone(&waiting.job).await;
                waiting.reply(outcome);
            }
        }
        self.close().await;
    }

    async fn remove(mut self) {
        let common = Arc::clone(&self.common);
        let next = async || common.slow.lock().await.recv().await;
        while let Some(waiting) = next().await {
            let outcome = self.alone(&waiting.job).await;
            waiting.reply(outcome);
        }
        self.close().await;
    }

    async fn close(mut self) {
        if let Some(db) = self.db.take()
            && let Err(error) = db.close().await
        {
            tracing::debug!(%error, "a connection was not closed in good order; all was written before");
        }
    }

    /// Writes new islands together, or one by one when one of them cannot be written.
    async fn write(&mut self, group: Vec<Waiting>) {
        if group.is_empty() {
            return;
        }
        match self.attempt(&group).await {
            Ok(()) => {
                for waiting in group {
                    let outcome = new_island(&waiting.job).map(|(_, record)| Outcome::Island(record.clone()));
                    waiting.reply(outcome.ok_or(StoreError::Closed));
                }
            }
            Err(error @ StoreError::Away { .. }) => {
                for waiting in group {
                    waiting.reply(Err(error.clone()));
                }
            }
            Err(error) => {
                let alone = group.len() == 1;
                for waiting in group {
                    let outcome = if alone {
                        self.explain(&waiting.job, error.clone()).await
                    } else {
                        self.alone(&waiting.job).await
                    };
                    waiting.reply(outcome);
                }
            }
        }
    }

    async fn attempt(&mut self, group: &[Waiting]) -> Result<(), StoreError> {
        let commits: Vec<&Encoded> =
            group.iter().filter_map(|waiting| Some(new_island(&waiting.job)?.0)).collect();
        let common = Arc::clone(&self.common);
        let mut tries = 0;
        loop {
            let db = connection(&mut self.db, &common).await?;
            let written = timeout(ANSWER, apply::write(db, &common.statements, &commits)).await;
            match written.unwrap_or_else(|_| Err(silent(ANSWER))) {
                Ok(()) => return Ok(()),
                Err(error) => self.again(&mut tries, error.into())?,
            }
        }
    }

    async fn alone(&mut self, job: &Job) -> Result<Outcome, StoreError> {
        let common = Arc::clone(&self.common);
        let mut tries = 0;
        loop {
            let db = connection(&mut self.db, &common).await?;
            let limit = if takes_long(job) { LONG_ANSWER } else { ANSWER };
            let done = timeout(limit, common.done(db, &mut self.reaches, job)).await;
            let unanswered = |_| match job {
                Job::Edit(_) => Err(common.unsure(silent(limit))),
                _ => Err(silent(limit).into()),
            };
            match done.unwrap_or_else(unanswered) {
                Ok(outcome) => return Ok(outcome),
                Err(failure) => match self.again(&mut tries, failure) {
                    Ok(()) => {}
                    Err(error) => return self.explain(job, error).await,
                },
            }
        }
    }

    async fn rows(&mut self, sql: &SqlStr, cells: &[Cell]) -> Result<Found, StoreError> {
        let common = Arc::clone(&self.common);
        let mut tries = 0;
        loop {
            let db = connection(&mut self.db, &common).await?;
            match bind::rows(db, sql.clone(), cells).await {
                Ok(rows) => return Ok(rows),
                Err(error) => self.again(&mut tries, error.into())?,
            }
        }
    }

    /// Whether something should be done once more: when the connection broke, which may have been long ago, or when
    /// somebody was in the way.
    ///
    /// # Errors
    /// What to tell whoever waits, when not.
    fn again(&mut self, tries: &mut u32, failure: Failure) -> Result<(), StoreError> {
        let is_away = match &failure {
            Failure::Refused(error) => matches!(error, StoreError::Away { .. }),
            Failure::Database(error) => meaning(error) == Meaning::Away,
        };
        if is_away {
            self.db = None;
            self.reaches.forget();
        }
        let error = match failure {
            Failure::Refused(error) => return Err(error),
            Failure::Database(error) => error,
        };
        *tries += 1;
        if *tries > 1 || !matches!(meaning(&error), Meaning::Away | Meaning::Again) {
            return Err(store_error(&self.common.name, &error));
        }
        tracing::debug!(%error, "a write is tried once more");
        Ok(())
    }

    /// A commit that meets its own rows was written before the connection broke; one whose key was used before says so.
    async fn explain(&mut self, job: &Job, error: StoreError) -> Result<Outcome, StoreError> {
        let (Job::Commit(encoded), StoreError::Conflict { .. }) = (job, &error) else { return Err(error) };
        let selects = Arc::clone(&self.common.shared.selects);
        let last = self.rows(&selects.last_run, &[Cell::Uuid(encoded.given.island.0)]).await?;
        if let (true, Some(record)) = (reader::is_last_run(&last, encoded.given.run), &encoded.record) {
            return Ok(Outcome::Island(record.clone()));
        }
        let Some(key) = &encoded.key else { return Err(error) };
        let used = self.rows(&selects.key, &[key.as_str().into()]).await?;
        Err(reader::explain_conflict(&used, key, error))
    }
}

impl Common {
    /// What waits, up to a bound; at least one job. Nothing when there will be no more.
    async fn take(&self) -> Option<Vec<Waiting>> {
        let mut jobs = self.jobs.lock().await;
        let mut group = Vec::new();
        let mut rows = 0;
        let mut next = jobs.recv().await;
        while let Some(waiting) = next {
            rows += waiting.job.size();
            if matches!(waiting.job, Job::Close) {
                jobs.close();
                self.closers.lock().unwrap_or_else(PoisonError::into_inner).push(waiting);
            } else {
                group.push(waiting);
            }
            next = if rows < ROWS_A_GROUP { jobs.try_recv().ok() } else { None };
        }
        // After the last job there is nothing, or no more than whoever closes the store.
        Some(group).filter(|group| !group.is_empty())
    }

    /// Does one job in a transaction of its own.
    async fn done(
        &self,
        db: &mut PgConnection,
        reaches: &mut Reaches,
        job: &Job,
    ) -> Result<Outcome, Failure> {
        let (Shared { plan, selects, ids, clock }, statements) = (&self.shared, &self.statements);
        match job {
            Job::Commit(encoded) => match &encoded.record {
                Some(record) => {
                    apply::write(db, statements, &[encoded]).await?;
                    Ok(Outcome::Island(record.clone()))
                }
                None => apply::add(db, selects, statements, encoded, clock.now()).await.map(Outcome::Island),
            },
            Job::Chore(chore) => self.chore(db, reaches, chore).await,
            Job::Edit(edit) => {
                let Some((transaction, island)) =
                    part::decide(db, plan, statements, ids, edit, clock.now()).await?
                else {
                    return Ok(Outcome::Edited(None));
                };
                transaction.commit().await.map_err(|error| self.unsure(error))?;
                Ok(Outcome::Edited(Some(Box::new(island))))
            }
            Job::Reset(actor) => {
                schema::check_mark(db, &self.name, false).await?;
                schema::migrate(db, &self.name).await?;
                apply::reset(db, statements, reaches, actor, clock.now()).await.map(Outcome::Reset)
            }
            Job::Close => Ok(Outcome::Closed),
        }
    }

    /// Nobody can tell whether a commit was done whose connection broke. An edit is not decided once more then, and written
    /// a second time.
    fn unsure(&self, error: sqlx::Error) -> Failure {
        if meaning(&error) != Meaning::Away {
            return error.into();
        }
        let detail = format!(
            "{}; whether the change was written cannot be known, so look before you ask for it again",
            in_words(&error)
        );
        StoreError::Away { database: self.name.clone(), detail }.into()
    }

    async fn chore(
        &self,
        db: &mut PgConnection,
        reaches: &mut Reaches,
        chore: &Chore,
    ) -> Result<Outcome, Failure> {
        let (Shared { plan, selects, clock, .. }, statements) = (&self.shared, &self.statements);
        match chore {
            Chore::Renew(id, expires_at, actor) => {
                apply::renew(db, selects, statements, *id, *expires_at, actor, clock.now())
                    .await
                    .map(Outcome::Island)
            }
            Chore::Tell(event) => Ok(apply::tell(db, event, clock.now()).await.map(|()| Outcome::Told)?),
            Chore::Lease(request) => apply::lease(db, request, clock.now()).await.map(Outcome::Lease),
            Chore::Jump(jump) => Ok(apply::move_leases(db, *jump).await.map(Outcome::Moved)?),
            Chore::Forget(before, limit) => apply::forget(db, *before, *limit).await.map(Outcome::Forgotten),
            Chore::End(ending) => {
                let removal = ending::end(db, selects, statements, reaches, ending, clock.now()).await?;
                Ok(Outcome::Ended(removal.map(Box::new)))
            }
            Chore::Export(id) => {
                export::island(db, plan, selects, reaches, *id, clock.now()).await.map(Outcome::Exported)
            }
            Chore::Draw(wanted) => {
                let mut drawn = Vec::with_capacity(wanted.len());
                for (kind, count) in wanted {
                    drawn.push((*kind, apply::draw(db, plan, *kind, *count).await?));
                }
                Ok(Outcome::Drawn(drawn))
            }
            Chore::Catalog(change, actor) => {
                apply::change_catalog(db, change, actor, clock.now()).await.map(Outcome::Catalog)
            }
        }
    }
}

/// What waits for whoever uses an island, or for many rows.
fn is_slow(job: &Job) -> bool {
    matches!(job, Job::Chore(Chore::End(_) | Chore::Export(_) | Chore::Forget(..)))
}

fn takes_long(job: &Job) -> bool {
    is_slow(job) || matches!(job, Job::Reset(_) | Job::Chore(Chore::Catalog(..) | Chore::Jump(_)))
}

fn silent(waited: Duration) -> sqlx::Error {
    let what = format!("it did not answer within {waited:?}");
    sqlx::Error::Io(std::io::Error::new(std::io::ErrorKind::TimedOut, what))
}

/// A commit of a new island, and the record of that.
fn new_island(job: &Job) -> Option<(&Encoded, &IslandRecord)> {
    match job {
        Job::Commit(encoded) => Some((&**encoded, encoded.record.as_ref()?)),
        _ => None,
    }
}

/// The connection, opened again where it was lost.
async fn connection<'a>(
    db: &'a mut Option<PgConnection>,
    common: &Common,
) -> Result<&'a mut PgConnection, StoreError> {
    match db {
        Some(db) => Ok(db),
        lost => {
            let opened = common.link.connect().await;
            Ok(lost.insert(opened.map_err(|error| store_error(&common.name, &error))?))
        }
    }
}
