//! The one writer.
//!
//! SQLite lets one connection write at a time, so one thread does all of it and takes what is to be written from a queue.
//! What came in while it wrote shares the next transaction (group commit): one `BEGIN`, one `COMMIT`, and one `INSERT` a
//! table for the rows of all. When such a group breaks a constraint, its jobs are done again one by one, so that only the
//! guilty one fails.

use std::thread;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};
use tokio::runtime::Handle;
use tokio::sync::{OwnedMutexGuard, mpsc};

use super::apply;
use super::checkpoint::Checkpointer;
use super::commits::Commits;
use super::ending;
use super::error::{breaks_connection, store_error};
use super::group;
use super::introspect;
use super::open::Database;
use super::part;
use super::schema;
use super::sql::Statements;
use crate::error::{Failure, StoreError};
use crate::part::Edit;
use crate::queue::{Chore, Job, Outcome, Waiting};
use crate::reach::{Dialect, Reaches};
use crate::reader;
use crate::records::ResetReport;
use crate::rows::Encoded;
use crate::store::Shared;

/// So many rows may share a transaction. Past this the gain is gone and only the waiting grows.
const ROWS_A_GROUP: usize = 4096;

/// Starts the thread that writes. To be called on a Tokio runtime.
///
/// # Errors
/// When there can be no more threads.
pub(crate) fn start(
    shared: Shared,
    database: Database,
    jobs: mpsc::Receiver<Waiting>,
) -> Result<(), StoreError> {
    let Database { name, file, writer, commits, options, .. } = database;
    let db = Some(writer);
    let checkpointer = file.map(|_| Checkpointer::start(options.clone(), name.clone()));
    let statements = Statements::new(&shared.plan);
    let reaches = Reaches::new(&shared.plan, Dialect::Sqlite);
    let failed = |error: std::io::Error| StoreError::Other {
        database: name.clone(),
        detail: format!("no thread can be started: {error}"),
    };
    let thread = thread::Builder::new().name("insula-writer".to_owned());
    let runtime = Handle::current();
    let task = Task {
        shared,
        statements,
        name: name.clone(),
        options,
        commits: Commits::new(name.clone(), commits),
        db,
        checkpointer,
        reaches,
    };
    thread.spawn(move || runtime.block_on(task.run(jobs))).map(drop).map_err(failed)
}

struct Task {
    shared: Shared,
    statements: Statements,
    name: String,
    options: SqliteConnectOptions,
    /// What commits; all else is written by `db`, never while this is in a transaction.
    commits: Commits,
    /// Nothing after it failed, until it is opened again.
    db: Option<SqliteConnection>,
    checkpointer: Option<Checkpointer>,
    reaches: Reaches,
}

impl Task {
    async fn run(mut self, mut jobs: mpsc::Receiver<Waiting>) {
        let mut closers = Vec::new();
        while let Some(first) = jobs.recv().await {
            let (mut commits, mut chores) = (Vec::new(), Vec::new());
            let mut rows = 0;
            let mut next = Some(first);
            while let Some(waiting) = next {
                rows += waiting.job.size();
                match waiting.job {
                    Job::Commit(_) => commits.push(waiting),
                    Job::Chore(_) => chores.push(waiting),
                    Job::Reset(_) | Job::Edit(_) => {
                        self.group(std::mem::take(&mut chores)).await;
                        self.group(std::mem::take(&mut commits)).await;
                        if matches!(waiting.job, Job::Reset(_)) {
                            self.reset(waiting).await;
                        } else {
                            self.edit(waiting).await;
                        }
                    }
                    Job::Close => {
                        jobs.close();
                        closers.push(waiting);
                    }
                }
                next = if rows < ROWS_A_GROUP { jobs.try_recv().ok() } else { None };
            }
            // Removals before commits: one that would add to an island that is removed here has to be refused.
            self.group(chores).await;
            self.group(commits).await;
        }
        let closed = self.close().await;
        for waiting in closers {
            waiting.reply(closed.clone().map(|()| Outcome::Closed));
        }
    }

    /// Keeps checkpoints from ending the log while it is held.
    async fn gate(&self) -> Option<OwnedMutexGuard<()>> {
        match &self.checkpointer {
            Some(checkpointer) => Some(checkpointer.gate().await),
            None => None,
        }
    }

    /// Does jobs, which are all commits or all chores, in one transaction; or one by one when they cannot share it.
    async fn group(&mut self, group: Vec<Waiting>) {
        if group.is_empty() {
            return;
        }
        let _open = self.gate().await;
        let rows = group.iter().map(|waiting| waiting.job.size()).sum();
        match self.attempt(&group).await {
            Ok(outcomes) => {
                for (waiting, outcome) in group.into_iter().zip(outcomes) {
                    waiting.reply(outcome);
                }
            }
            Err(StoreError::Conflict { .. } | StoreError::Full { .. }) if group.len() > 1 => {
                for waiting in group {
                    let outcome = self.alone(&waiting).await;
                    waiting.reply(outcome);
                }
            }
            Err(error) if group.len() == 1 => {
                for waiting in group {
                    let outcome = self.explain(&waiting.job, error.clone()).await;
                    waiting.reply(outcome);
                }
            }
            Err(error) => {
                for waiting in group {
                    waiting.reply(Err(error.clone()));
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
            Err(error) => self.explain(&waiting.job, error).await,
        }
    }

    /// A conflict of a commit whose key was used before is that, and not a fault; and an island that the database does
    /// not let go is stuck.
    async fn explain(&mut self, job: &Job, error: StoreError) -> Result<Outcome, StoreError> {
        let StoreError::Conflict { detail } = &error else { return Err(error) };
        match job {
            Job::Commit(encoded) => {
                let Some(key) = &encoded.key else { return Err(error) };
                let rows = self.commits.find(self.shared.selects.key.as_str(), &[key.as_str().into()])?;
                Err(reader::explain_conflict(&rows, key, error))
            }
            Job::Chore(Chore::End(of)) => {
                let db = connection(&mut self.db, &self.options, &self.name).await?;
                match ending::give_up(db, &self.shared.selects, of, self.shared.clock.now(), detail).await {
                    Ok(removal) => Ok(Outcome::Ended(Some(Box::new(removal)))),
                    Err(Failure::Refused(error)) => Err(error),
                    Err(Failure::Database(error)) => Err(store_error(&self.name, &error)),
                }
            }
            _ => Err(error),
        }
    }

    /// Tries to do jobs in one transaction. Either all of those that are not refused are done, or none.
    async fn attempt(&mut self, group: &[Waiting]) -> Result<Vec<Result<Outcome, StoreError>>, StoreError> {
        let Self { shared, statements, name, options, commits, db, reaches, .. } = self;
        let (Shared { plan, selects, .. }, at) = (&*shared, shared.clock.now());
        let drafts: Vec<&Encoded> = group.iter().filter_map(|waiting| waiting.job.commit()).collect();
        if !drafts.is_empty() {
            let records = commits.write(selects, statements, &drafts, at)?;
            return Ok(records.into_iter().map(|record| record.map(Outcome::Island)).collect());
        }
        let connection = connection(db, options, name).await?;
        let chores: Vec<&Chore> = group.iter().filter_map(|waiting| waiting.job.chore()).collect();
        let done = group::transaction(connection, plan, selects, statements, reaches, &chores, at).await;
        let error = match done {
            Ok(outcomes) => return Ok(outcomes),
            Err(error) => error,
        };
        // What was made on the connection for them is gone with the transaction.
        reaches.forget();
        // Some errors end the transaction by themselves (sqlite.org/lang_transaction.html).
        if let Err(rollback) = apply::run(connection, "ROLLBACK").await {
            tracing::debug!(%rollback, "nothing was left to roll back");
        }
        if breaks_connection(&error) {
            *db = None;
        }
        Err(store_error(name, &error))
    }

    /// Does an edit in a transaction of its own: what it reads must hold all that was written before.
    async fn edit(&mut self, waiting: Waiting) {
        let Job::Edit(edit) = &waiting.job else { return };
        let _open = self.gate().await;
        let outcome = self.try_edit(edit).await;
        if let Some(checkpointer) = &self.checkpointer {
            checkpointer.wrote(1);
        }
        waiting.reply(outcome);
    }

    async fn try_edit(&mut self, edit: &Edit) -> Result<Outcome, StoreError> {
        let Self { shared, name, options, db, reaches, .. } = self;
        let Shared { plan, selects, ids, clock } = &*shared;
        let connection = connection(db, options, name).await?;
        let failure = match part::edit(connection, plan, selects, ids, edit, clock.now()).await {
            Ok(Some(island)) => return Ok(Outcome::Edited(Some(Box::new(island)))),
            Ok(None) => None,
            Err(failure) => Some(failure),
        };
        if let Err(rollback) = apply::run(connection, "ROLLBACK").await {
            tracing::debug!(%rollback, "nothing was left to roll back");
        }
        match failure {
            None => Ok(Outcome::Edited(None)),
            Some(Failure::Refused(error)) => Err(error),
            Some(Failure::Database(error)) => {
                if breaks_connection(&error) {
                    *db = None;
                    reaches.forget();
                }
                Err(store_error(name, &error))
            }
        }
    }

    async fn reset(&mut self, waiting: Waiting) {
        let _open = self.gate().await;
        let outcome = self.try_reset(&waiting.job).await;
        if outcome.is_err() {
            // The foreign keys may still be off on it.
            self.db = None;
            self.reaches.forget();
        }
        waiting.reply(outcome.map(Outcome::Reset));
    }

    async fn try_reset(&mut self, job: &Job) -> Result<ResetReport, StoreError> {
        let Job::Reset(actor) = job else { return Err(StoreError::Closed) };
        let db = connection(&mut self.db, &self.options, &self.name).await?;
        schema::check_mark(db, &self.name, false).await?;
        schema::migrate(db, &self.name).await?;
        let failed = |error: sqlx::Error| store_error(&self.name, &error);
        let reach = introspect::read(&self.reaches, db).await.map_err(failed)?;
        let dangling: Vec<(String, String)> = reach
            .steps()
            .map(|step| {
                let text = format!("DELETE FROM {} AS a WHERE {}", step.table.sql(), step.dangling);
                (step.table.to_string(), text)
            })
            .collect();
        let reset = apply::reset(db, &self.statements, &dangling, actor, self.shared.clock.now()).await;
        reset.map_err(|failure| failure.explained(failed))
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
