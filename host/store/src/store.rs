//! The store: how it is opened and closed, and what it knows of the time and of other hosts.

mod reads;
mod writes;

use std::sync::Arc;

use insula_domain::Kind;
use jiff::Timestamp;
use tokio::sync::OwnedRwLockWriteGuard;

use crate::backup::Backups;
use crate::clock::Clock;
use crate::config::{StoreConfig, Synchronous};
use crate::error::StoreError;
use crate::hold::Hold;
use crate::ids::IdSource;
use crate::layout::IdStrategy;
use crate::plan::Plan;
use crate::pool::Pool;
use crate::queue::{Chore, Job, Outcome, Queue};
use crate::reader::Reader;
use crate::select::Selects;
use crate::{postgres, sqlite};

/// A database full of islands. Clones are the same store.
#[derive(Clone, Debug)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    plan: Arc<Plan>,
    ids: Arc<IdSource>,
    queue: Queue,
    reader: Reader,
    clock: Arc<Clock>,
    hold: Arc<Hold>,
    config: StoreConfig,
    /// The kinds whose tables have sequences.
    sequences: Vec<Kind>,
}

/// What those who write and the store have in common.
#[derive(Debug)]
pub(crate) struct Shared {
    pub plan: Arc<Plan>,
    pub selects: Arc<Selects>,
    pub ids: Arc<IdSource>,
    pub clock: Arc<Clock>,
}

/// A store that writes nothing, until this is dropped.
#[derive(Debug)]
#[must_use]
pub struct Paused(#[expect(dead_code, reason = "it is a guard")] OwnedRwLockWriteGuard<()>);

impl Store {
    /// Opens a database, and makes it where there is none. To be called on a Tokio runtime: what writes is a task of it.
    ///
    /// # Errors
    /// When the database cannot be opened or written, is of a newer schema version, is not marked as a test
    /// database, or has not the tables that the layout says.
    pub async fn open(config: StoreConfig) -> Result<Self, StoreError> {
        let plan = Arc::new(Plan::new(&config.layout)?);
        if config.synchronous == Synchronous::Relaxed {
            tracing::warn!("durability is relaxed: a crash may lose the last islands that were acknowledged");
        }
        let is_postgres = postgres::is_url(&config.url);
        let (settled, answered) = if is_postgres {
            (postgres::SETTLED, postgres::ANSWERED)
        } else {
            (sqlite::SETTLED, sqlite::ANSWERED)
        };
        let selects = Arc::new(Selects::new(&plan, settled, answered));
        let (queue, jobs) = Queue::new(config.queue, config.patience);
        let (ids, clock) = (Arc::new(IdSource::default()), Arc::new(Clock::default()));
        let shared = Shared {
            plan: Arc::clone(&plan),
            selects: Arc::clone(&selects),
            ids: Arc::clone(&ids),
            clock: Arc::clone(&clock),
        };
        let (pool, name, hold);
        if is_postgres {
            hold = Hold::number();
            let database = postgres::open(&config, &hold, &shared).await?;
            (pool, name) = (Pool::Postgres(database.readers.clone()), database.name.clone());
            postgres::start(shared, database, jobs);
        } else {
            let database = sqlite::open(&config, &plan).await?;
            (pool, name) = (Pool::Sqlite(database.readers.clone()), database.name.clone());
            hold = Hold::file(database.file.as_deref());
            sqlite::start(shared, database, jobs)?;
        }
        let sequences =
            Kind::ALL.into_iter().filter(|kind| plan.kind(*kind).ids == IdStrategy::Sequence).collect();
        let reader = Reader::new(pool, name, Arc::clone(&plan), selects, Arc::clone(&clock));
        if is_postgres {
            // Until then it would be this machine's. There is nothing yet from which it could have jumped.
            reader.look().await?;
        }
        let inner = Inner { plan, ids, queue, reader, clock, hold: Arc::new(hold), config, sequences };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The present by the clock that says when islands expire (PostgreSQL's own, else this machine's), as it was looked
    /// at last, and the time that has gone by since.
    pub fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    async fn write(&self, job: impl Into<Job>) -> Result<(Option<Job>, Outcome), StoreError> {
        let (job, outcome) = self.inner.queue.run(job.into()).await;
        outcome.map(|outcome| (job, outcome))
    }

    /// Says when another host uses the database.
    ///
    /// # Errors
    /// [`StoreError::Held`] when one does; and what the database says.
    pub async fn check_alone(&self) -> Result<(), StoreError> {
        let Inner { config, hold, reader, .. } = &*self.inner;
        let held = match hold.own_number() {
            Some(own) => {
                let mut server = postgres::Server::look(config).await?;
                let held = server.is_held(Some(own)).await;
                server.close().await;
                held?
            }
            None => sqlite::file(&config.url)?.is_some_and(|file| Hold::alone(Some(hold), &file).is_none()),
        };
        if held { Err(StoreError::Held { database: reader.name().to_owned() }) } else { Ok(()) }
    }

    /// The backups of this database.
    ///
    /// # Errors
    /// When the configuration names no folder for them, or the database is in memory.
    pub fn backups(&self) -> Result<Backups, StoreError> {
        Backups::of_store(
            self.inner.config.clone(),
            Arc::clone(&self.inner.hold),
            Arc::clone(&self.inner.clock),
        )
    }

    /// Whether backups can be taken of this database, and there is a folder for them.
    pub fn has_backups(&self) -> bool {
        self.backups().is_ok()
    }

    /// Waits until all that was asked for is written. Whoever asks for more waits until what is returned is dropped.
    pub async fn pause(&self) -> Paused {
        Paused(self.inner.queue.pause().await)
    }

    /// Looks at the clock that counts, from which [`Store::now`] goes on. If it has jumped since the last look, the leases
    /// of islands are moved by as much before: what was to be there for an hour stays for an hour.
    ///
    /// # Errors
    /// What the database says.
    pub async fn look(&self) -> Result<(), StoreError> {
        // Another host may see the same jump, and move them first.
        while let Some(jump) = self.inner.reader.look().await? {
            let (_, outcome) = self.write(Chore::Jump(jump)).await?;
            if let Outcome::Moved(islands @ 1..) = outcome {
                let seconds = jump.by / 1_000_000;
                tracing::warn!(
                    seconds,
                    islands,
                    "the clock has jumped: the leases of islands are moved by as much"
                );
            }
        }
        Ok(())
    }

    /// The same, if this machine's clock was set or it slept since the last look.
    ///
    /// # Errors
    /// What the database says.
    pub async fn look_if_due(&self) -> Result<(), StoreError> {
        if self.inner.clock.is_stale() { self.look().await } else { Ok(()) }
    }

    /// Writes what is waiting, and closes the database. Whoever asks for more is told that the store is closed.
    ///
    /// # Errors
    /// When the log could not be moved into the database; nothing is lost by that.
    pub async fn close(&self) -> Result<(), StoreError> {
        self.inner.reader.close().await;
        let closed = self.write(Job::Close).await;
        self.inner.hold.release();
        match closed {
            Ok(_) | Err(StoreError::Closed) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
