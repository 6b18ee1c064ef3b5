//! The one writer.
//!
//! SQLite lets one connection write at a time, so one task owns it and takes what is to be written from a queue. What
//! came in while it wrote shares the next transaction (group commit): one `BEGIN`, one `COMMIT`, and one `INSERT` a table
//! for the rows of all. When such a group breaks a constraint, its jobs are done again one by one, so that only the guilty
//! one fails.

use std::sync::Arc;
use std::time::Duration;

use insula_domain::{IslandId, Kind};
use jiff::Timestamp;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};
use tokio::sync::mpsc::{self, error::TrySendError};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::apply::{self, Failure};
use super::checkpoint::Checkpointer;
use super::error::{breaks_connection, store_error};
use super::group;
use super::open::Database;
use super::shapes::Shapes;
use super::sql::Statements;
use crate::error::StoreError;
use crate::plan::Plan;
use crate::records::{IslandRecord, Removal, ResetReport};
use crate::rows::Encoded;

/// A thing to be written.
#[derive(Debug)]
pub(crate) enum Job {
    Commit(Box<Encoded>),
    Renew(IslandId, Option<Timestamp>),
    Remove(IslandId),
    Draw(Vec<(Kind, i64)>),
    Reset,
    Close,
}

/// What became of a job. It is given back with it, so that its memory is freed on the caller's task.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Committed or renewed.
    Island(IslandRecord),
    Removed(Removal),
    /// Where the block of each kind begins.
    Drawn(Vec<(Kind, i64)>),
    Reset(ResetReport),
    Closed,
}

type Done = (Job, Result<Outcome, StoreError>);

pub(super) struct Waiting {
    pub(super) job: Job,
    reply: oneshot::Sender<Done>,
}

/// The way to the writer.
#[derive(Debug)]
pub(crate) struct Writer {
    queue: mpsc::Sender<Waiting>,
    patience: Duration,
}

/// So many rows may share a transaction. Past this the gain is gone and only the waiting grows.
const ROWS_A_GROUP: usize = 4096;

impl Writer {
    /// Starts the task that writes.
    pub(crate) fn start(
        plan: Arc<Plan>,
        statements: Arc<Statements>,
        database: Database,
        queue: usize,
        patience: Duration,
    ) -> Self {
        let (sender, jobs) = mpsc::channel(queue.max(1));
        let Database { name, file, writer, options, .. } = database;
        let checkpointer = file.map(|_| Checkpointer::start(options.clone(), name.clone()));
        let task = Task {
            plan,
            statements,
            name,
            options,
            db: Some(writer),
            checkpointer,
            shapes: Shapes::default(),
        };
        tokio::spawn(task.run(jobs));
        Self { queue: sender, patience }
    }

    /// Has a job done.
    ///
    /// # Errors
    /// What the job met; and when the queue stays full or the store is closed.
    pub(crate) async fn run(&self, job: Job) -> (Option<Job>, Result<Outcome, StoreError>) {
        let place = match self.place().await {
            Ok(place) => place,
            Err(error) => return (Some(job), Err(error)),
        };
        let (reply, done) = oneshot::channel();
        place.send(Waiting { job, reply });
        match done.await {
            Ok((job, outcome)) => (Some(job), outcome),
            Err(_) => (None, Err(StoreError::Closed)),
        }
    }

    /// A place in the queue.
    async fn place(&self) -> Result<mpsc::Permit<'_, Waiting>, StoreError> {
        let busy = StoreError::Busy { waiting: self.queue.max_capacity(), seconds: self.patience.as_secs() };
        match self.queue.try_reserve() {
            Ok(place) => Ok(place),
            Err(TrySendError::Closed(())) => Err(StoreError::Closed),
            Err(TrySendError::Full(())) if self.patience.is_zero() => Err(busy),
            Err(TrySendError::Full(())) => match timeout(self.patience, self.queue.reserve()).await {
                Ok(place) => place.map_err(|_| StoreError::Closed),
                Err(_) => Err(busy),
            },
        }
    }
}

struct Task {
    plan: Arc<Plan>,
    statements: Arc<Statements>,
    name: String,
    options: SqliteConnectOptions,
    /// Nothing after it failed, until it is opened again.
    db: Option<SqliteConnection>,
    checkpointer: Option<Checkpointer>,
    shapes: Shapes,
}

impl Task {
    async fn run(mut self, mut jobs: mpsc::Receiver<Waiting>) {
        let mut closers = Vec::new();
        let mut busy = false;
        while let Some(first) = jobs.recv().await {
            // Where many call, those who were just answered are about to ask again: let them, and write all together.
            if busy {
                tokio::task::yield_now().await;
            }
            let mut group = Vec::new();
            let mut rows = 0;
            let mut next = Some(first);
            while let Some(waiting) = next {
                match waiting.job {
                    Job::Close => {
                        jobs.close();
                        closers.push(waiting);
                    }
                    Job::Reset => {
                        self.group(std::mem::take(&mut group)).await;
                        self.reset(waiting).await;
                    }
                    Job::Commit(_) | Job::Renew(..) | Job::Remove(_) | Job::Draw(_) => {
                        rows += size(&waiting.job);
                        group.push(waiting);
                    }
                }
                next = if rows < ROWS_A_GROUP { jobs.try_recv().ok() } else { None };
            }
            busy = group.len() > 1;
            self.group(group).await;
        }
        let closed = self.close().await;
        for waiting in closers {
            reply(waiting, closed.clone().map(|()| Outcome::Closed));
        }
    }

    /// Does jobs in one transaction, or one by one when they cannot share it.
    async fn group(&mut self, group: Vec<Waiting>) {
        if group.is_empty() {
            return;
        }
        let _open = match &self.checkpointer {
            Some(checkpointer) => Some(checkpointer.gate().await),
            None => None,
        };
        let rows = group.iter().map(|waiting| size(&waiting.job)).sum();
        match self.attempt(&group).await {
            Ok(outcomes) => {
                for (waiting, outcome) in group.into_iter().zip(outcomes) {
                    reply(waiting, outcome);
                }
            }
            Err(StoreError::Conflict { .. } | StoreError::Full { .. }) if group.len() > 1 => {
                for waiting in group {
                    let outcome = self.alone(&waiting).await;
                    reply(waiting, outcome);
                }
            }
            Err(error) if group.len() == 1 => {
                for waiting in group {
                    let error = self.explain(&waiting.job, error.clone()).await;
                    reply(waiting, Err(error));
                }
            }
            Err(error) => {
                for waiting in group {
                    reply(waiting, Err(error.clone()));
                }
            }
        }
        if let Some(checkpointer) = &self.checkpointer {
            checkpointer.wrote(rows);
        }
    }

    async fn alone(&mut self, waiting: &Waiting) -> Result<Outcome, StoreError> {
        match self.attempt(std::slice::from_ref(waiting)).await {
            Ok(outcomes) => outcomes.into_iter().next().unwrap_or(Err(StoreError::Closed)),
            Err(error) => Err(self.explain(&waiting.job, error).await),
        }
    }

    /// A conflict of a commit whose key was used before is that, and not a fault.
    async fn explain(&mut self, job: &Job, error: StoreError) -> StoreError {
        let (Job::Commit(encoded), StoreError::Conflict { .. }) = (job, &error) else { return error };
        let (Some(key), Ok(db)) = (&encoded.key, connection(&mut self.db, &self.options, &self.name).await)
        else {
            return error;
        };
        match apply::find_key(db, key).await {
            Ok(Some(used)) => StoreError::KeyUsed { key: key.clone(), used: Box::new(used) },
            Ok(None) => error,
            Err(Failure::Refused(error)) => error,
            Err(Failure::Database(error)) => store_error(&self.name, &error),
        }
    }

    /// Tries to do jobs in one transaction. Either all of those that are not refused are done, or none.
    async fn attempt(&mut self, group: &[Waiting]) -> Result<Vec<Result<Outcome, StoreError>>, StoreError> {
        let Self { plan, statements, name, options, db, shapes, .. } = self;
        let connection = connection(db, options, name).await?;
        let error = match group::transaction(connection, plan, statements, shapes, group).await {
            Ok(outcomes) => return Ok(outcomes),
            Err(error) => error,
        };
        // Some errors end the transaction by themselves (sqlite.org/lang_transaction.html).
        if let Err(rollback) = apply::run(connection, "ROLLBACK").await {
            tracing::debug!(%rollback, "nothing was left to roll back");
        }
        if breaks_connection(&error) {
            *db = None;
        }
        Err(store_error(name, &error))
    }

    async fn reset(&mut self, waiting: Waiting) {
        let _open = match &self.checkpointer {
            Some(checkpointer) => Some(checkpointer.gate().await),
            None => None,
        };
        let outcome = match connection(&mut self.db, &self.options, &self.name).await {
            Ok(db) => {
                apply::reset(db, &self.statements).await.map_err(|error| store_error(&self.name, &error))
            }
            Err(error) => Err(error),
        };
        if outcome.is_err() {
            // The foreign keys may still be off on it.
            self.db = None;
        }
        reply(waiting, outcome.map(Outcome::Reset));
    }

    async fn close(mut self) -> Result<(), StoreError> {
        let on_disk = self.checkpointer.is_some();
        if let Some(checkpointer) = self.checkpointer.take() {
            checkpointer.stop().await;
        }
        let Some(mut db) = self.db.take() else { return Ok(()) };
        let failed = |error: sqlx::Error| store_error(&self.name, &error);
        if on_disk {
            apply::run(&mut db, "PRAGMA wal_checkpoint(TRUNCATE)").await.map_err(failed)?;
        }
        db.close().await.map_err(failed)
    }
}

/// The connection, opened again where it was lost.
async fn connection<'a>(
    db: &'a mut Option<SqliteConnection>,
    options: &SqliteConnectOptions,
    name: &str,
) -> Result<&'a mut SqliteConnection, StoreError> {
    match db {
        Some(db) => Ok(db),
        lost => {
            // A file that is gone is not made anew: it would lack the tables.
            let options = options.clone().create_if_missing(false);
            let opened = options.connect().await.map_err(|error| store_error(name, &error))?;
            Ok(lost.insert(opened))
        }
    }
}

/// About how many rows a job writes.
fn size(job: &Job) -> usize {
    match job {
        // Counted in cells; ten a row is near enough for what it is used for.
        Job::Commit(encoded) => encoded.rows.iter().map(Vec::len).sum::<usize>() / 10,
        Job::Remove(_) => 64,
        Job::Renew(..) | Job::Draw(_) | Job::Reset | Job::Close => 1,
    }
}

fn reply(waiting: Waiting, outcome: Result<Outcome, StoreError>) {
    if waiting.reply.send((waiting.job, outcome)).is_err() {
        tracing::debug!("whoever asked for a write has gone away; it was done all the same");
    }
}
