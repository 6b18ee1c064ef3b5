//! The store.

use std::sync::{Arc, mpsc};

use insula_domain::{EntityId, Island, IslandId, Kind};
use jiff::Timestamp;
use tokio::sync::OwnedRwLockWriteGuard;

use crate::backup::Backups;
use crate::catalog::{CatalogChange, StoredCatalog};
use crate::clock::Clock;
use crate::config::{StoreConfig, Synchronous};
use crate::ending::{Certificate, Ending, Removal, RowCounts};
use crate::error::StoreError;
use crate::events::{Event, EventKind, Events, NewEvent};
use crate::find::Find;
use crate::hold::Hold;
use crate::ids::IdSource;
use crate::layout::IdStrategy;
use crate::lease::{Lease, LeaseRequest};
use crate::part::{Changes, Edit, Part};
use crate::plan::Plan;
use crate::pool::Pool;
use crate::queue::{Chore, Job, Outcome, Queue};
use crate::reader::Reader;
use crate::records::{
    Commit, Committed, EntityPage, IslandFilter, IslandRecord, KeyRecord, Page, Paged, ResetReport, Stats,
    StoredIsland,
};
use crate::rows::{self, Encoded};
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

/// A draft with more rows is made into rows on a thread of its own, so that it does not hold up the tasks beside it.
const LARGE: u64 = 2000;

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
        let settled = if is_postgres { postgres::SETTLED } else { sqlite::SETTLED };
        let selects = Arc::new(Selects::new(&plan, settled));
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

    /// Writes a draft, whole or not at all.
    ///
    /// # Errors
    /// [`StoreError::KeyUsed`] when its idempotency key was used, [`StoreError::Gone`] when it adds to an island that is
    /// not there any more, [`StoreError::Busy`] when too much is waiting; and what the database says.
    pub async fn commit(&self, commit: Commit) -> Result<Committed, StoreError> {
        let drawn = self.draw(&commit).await?;
        let (encoded, draft) = if commit.draft.size().rows > LARGE {
            let inner = Arc::clone(&self.inner);
            let work = tokio::task::spawn_blocking(move || (inner.encode(&commit, &drawn), commit.draft));
            work.await.map_err(|error| StoreError::Other {
                database: String::new(),
                detail: format!("building rows failed: {error}"),
            })?
        } else {
            (self.inner.encode(&commit, &drawn), commit.draft)
        };
        let (Some(Job::Commit(encoded)), Outcome::Island(record)) =
            self.write(Job::Commit(Box::new(encoded))).await?
        else {
            return Err(StoreError::Closed);
        };
        let (entities, names) = draft.into_parts();
        let given = encoded.given;
        let island = Island { id: given.island, entities, ids: given.ids, names };
        Ok(Committed { island, record, run: given.run })
    }

    /// The ids that a commit needs from sequences.
    async fn draw(&self, commit: &Commit) -> Result<Vec<(Kind, Vec<i64>)>, StoreError> {
        let new =
            |kind: &Kind| (*kind, i64::try_from(rows::new_of(&commit.draft, *kind)).unwrap_or(i64::MAX));
        let blocks: Vec<_> = self.inner.sequences.iter().map(new).filter(|(_, count)| *count > 0).collect();
        if blocks.is_empty() {
            return Ok(Vec::new());
        }
        match self.write(Chore::Draw(blocks)).await? {
            (_, Outcome::Drawn(drawn)) => Ok(drawn),
            _ => Err(StoreError::Closed),
        }
    }

    async fn write(&self, job: impl Into<Job>) -> Result<(Option<Job>, Outcome), StoreError> {
        let (job, outcome) = self.inner.queue.run(job.into()).await;
        outcome.map(|outcome| (job, outcome))
    }

    /// An island whole, as it stands now.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] and [`StoreError::Gone`]; and what the database says.
    pub async fn island(&self, id: IslandId) -> Result<StoredIsland, StoreError> {
        self.inner.reader.island(id).await
    }

    /// What is remembered of islands, the newest first.
    ///
    /// # Errors
    /// What the database says.
    pub async fn islands(
        &self,
        filter: &IslandFilter,
        page: Page<IslandId>,
    ) -> Result<Paged<IslandRecord, IslandId>, StoreError> {
        self.inner.reader.islands(filter, page).await
    }

    /// An island as statements of this database, which load it into another one: the rows of Insula's own tables, and of all
    /// others that refer to them, as they stand at one moment.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] and [`StoreError::Gone`]; and what the database says.
    pub async fn export(&self, id: IslandId) -> Result<String, StoreError> {
        match self.write(Chore::Export(id)).await? {
            (_, Outcome::Exported(text)) => Ok(text),
            _ => Err(StoreError::Closed),
        }
    }

    /// An island's entities of one kind, the first made first.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] and [`StoreError::Gone`]; and what the database says.
    pub async fn entities(
        &self,
        id: IslandId,
        kind: Kind,
        page: Page<EntityId>,
    ) -> Result<EntityPage, StoreError> {
        self.inner.reader.entities(id, kind, page).await
    }

    /// A part of an island: what these find, and all that it refers to, as it stands at one moment.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] and [`StoreError::Gone`]; and what the database says.
    pub async fn part(&self, id: IslandId, finds: &[Find]) -> Result<Part, StoreError> {
        self.inner.reader.part(id, finds).await
    }

    /// Changes a part of an island: reads it, has it decided what to change, and writes that, in one transaction. Where it
    /// is decided to change nothing, the decision's own refusal comes back. What is written is the part as it is then, and
    /// an event that tells who did it.
    ///
    /// `decide` is waited for by all who write: it must not take long.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] and [`StoreError::Gone`]; [`StoreError::Conflict`] when what is removed is still referred to;
    /// and what the database says.
    pub async fn edit<E: Send + 'static>(
        &self,
        id: IslandId,
        finds: Vec<Find>,
        actor: Arc<str>,
        decide: impl Fn(Part) -> Result<Changes, E> + Send + Sync + 'static,
    ) -> Result<Result<Island, E>, StoreError> {
        let (refuse, refused) = mpsc::channel();
        let decide = Box::new(move |part| match decide(part) {
            Ok(changes) => Some(changes),
            // Nobody listens any more: then nobody needs to be told.
            Err(refusal) => refuse.send(refusal).ok().and(None),
        });
        let edit = Edit { island: id, finds, actor, decide };
        match self.write(Job::Edit(Box::new(edit))).await? {
            (_, Outcome::Edited(Some(island))) => Ok(Ok(*island)),
            _ => refused.try_recv().map(Err).map_err(|_| StoreError::Closed),
        }
    }

    /// What an idempotency key was used for.
    ///
    /// # Errors
    /// What the database says.
    pub async fn find_key(&self, key: &str) -> Result<Option<KeyRecord>, StoreError> {
        self.inner.reader.find_key(key).await
    }

    /// Gives an island another expiry; none lets it stay until somebody removes it.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] and [`StoreError::Gone`]; and what the database says.
    pub async fn renew(
        &self,
        id: IslandId,
        expires_at: Option<Timestamp>,
        actor: Arc<str>,
    ) -> Result<IslandRecord, StoreError> {
        match self.write(Chore::Renew(id, expires_at, actor)).await? {
            (_, Outcome::Island(record)) => Ok(record),
            _ => Err(StoreError::Closed),
        }
    }

    /// Ends an island: removes its rows, and all that refer to them, in every table of the database. Where they cannot be
    /// removed, they stay as they are, the island is stuck, and the certificate says why. Ending an island again that
    /// has ended takes nothing away and says so.
    ///
    /// Nothing comes back when it was to end only if its time is over, and it is not.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; and what the database says.
    pub async fn end(&self, ending: Ending) -> Result<Option<Removal>, StoreError> {
        match self.write(Chore::End(ending)).await? {
            (_, Outcome::Ended(removal)) => Ok(removal.map(|removal| *removal)),
            _ => Err(StoreError::Closed),
        }
    }

    /// What was removed with an island that has ended, or why it is stuck.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; and what the database says.
    pub async fn certificate(&self, id: IslandId) -> Result<Certificate, StoreError> {
        self.inner.reader.certificate(id).await
    }

    /// The islands that had expired by an instant and are still there, the longest expired first.
    ///
    /// # Errors
    /// What the database says.
    pub async fn expired(&self, now: Timestamp, limit: u32) -> Result<Vec<IslandId>, StoreError> {
        self.inner.reader.expired(now, limit).await
    }

    /// Takes away all islands that are there, and the memory of them. Those that had ended stay remembered, with their
    /// certificates.
    ///
    /// # Errors
    /// What the database says.
    pub async fn reset(&self, actor: Arc<str>) -> Result<ResetReport, StoreError> {
        match self.write(Job::Reset(actor)).await? {
            (_, Outcome::Reset(report)) => Ok(report),
            _ => Err(StoreError::Closed),
        }
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

    /// Remembers an event of which nothing else is written.
    ///
    /// # Errors
    /// What the database says.
    pub async fn tell(&self, event: NewEvent) -> Result<(), StoreError> {
        self.write(Chore::Tell(event)).await.map(drop)
    }

    /// What happened: so much of it at most.
    ///
    /// # Errors
    /// What the database says.
    pub async fn events(&self, which: Events, limit: u32) -> Result<Vec<Event>, StoreError> {
        self.inner.reader.events(which, limit).await
    }

    /// What was told of a session: that it began, that it ended.
    ///
    /// # Errors
    /// What the database says.
    pub async fn told_of_session(&self, session: &str) -> Result<Vec<EventKind>, StoreError> {
        self.inner.reader.told_of_session(session).await
    }

    /// The number up to which no more events will be written.
    ///
    /// # Errors
    /// What the database says.
    pub async fn settled(&self) -> Result<i64, StoreError> {
        self.inner.reader.settled().await
    }

    /// Takes a lease, or says who has it.
    ///
    /// # Errors
    /// What the database says.
    pub async fn lease(&self, request: LeaseRequest) -> Result<Lease, StoreError> {
        match self.write(Chore::Lease(request)).await? {
            (_, Outcome::Lease(lease)) => Ok(lease),
            _ => Err(StoreError::Closed),
        }
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

    /// When the next island expires.
    ///
    /// # Errors
    /// What the database says.
    pub async fn next_expiry(&self) -> Result<Option<Timestamp>, StoreError> {
        self.inner.reader.next_expiry().await
    }

    /// Forgets islands that ended before an instant, with their certificates and events: so many at most. Who asks for one
    /// is then told that there never was such an island. Returns how many.
    ///
    /// # Errors
    /// What the database says.
    pub async fn forget(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        match self.write(Chore::Forget(before, limit)).await? {
            (_, Outcome::Forgotten(count)) => Ok(count),
            _ => Err(StoreError::Closed),
        }
    }

    /// Certificates, those of islands after one: so many at most.
    ///
    /// # Errors
    /// What the database says.
    pub async fn certificates(
        &self,
        after: Option<IslandId>,
        limit: u32,
    ) -> Result<Vec<Certificate>, StoreError> {
        self.inner.reader.certificates(after, limit).await
    }

    /// The islands that are remembered to have ended, and whose certificates are gone: all there are, or this one.
    ///
    /// # Errors
    /// What the database says.
    pub async fn uncertified(&self, island: Option<IslandId>) -> Result<Vec<IslandId>, StoreError> {
        self.inner.reader.uncertified(island).await
    }

    /// Counts stray rows in every table that can hold rows of islands: those that say that they belong to this island; or,
    /// without one, those of islands that are not there, and those that refer to what is not there.
    ///
    /// # Errors
    /// What the database says.
    pub async fn strays(&self, island: Option<IslandId>) -> Result<RowCounts, StoreError> {
        self.inner.reader.strays(island).await
    }

    /// A number that is larger after each change of the catalog, and is read fast; 0 before the first.
    ///
    /// # Errors
    /// What the database says.
    pub async fn catalog_generation(&self) -> Result<i64, StoreError> {
        self.inner.reader.generation().await
    }

    /// The scenarios that the database holds, as they stand at one moment.
    ///
    /// # Errors
    /// What the database says.
    pub async fn catalog(&self) -> Result<StoredCatalog, StoreError> {
        self.inner.reader.catalog().await
    }

    /// The component of a version of a scenario that the database holds.
    ///
    /// # Errors
    /// What the database says.
    pub async fn plugin(&self, scenario: &str, version: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.inner.reader.plugin(scenario, version).await
    }

    /// Changes the catalog. Returns whether there was anything to be changed.
    ///
    /// # Errors
    /// [`StoreError::OtherPlugin`] when another plugin has the version; and what the database says.
    pub async fn change_catalog(&self, change: CatalogChange, actor: Arc<str>) -> Result<bool, StoreError> {
        match self.write(Chore::Catalog(Box::new(change), actor)).await? {
            (_, Outcome::Catalog(changed)) => Ok(changed),
            _ => Err(StoreError::Closed),
        }
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// Why it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.inner.reader.ping().await
    }

    /// How many islands there are.
    ///
    /// # Errors
    /// What the database says.
    pub async fn stats(&self) -> Result<Stats, StoreError> {
        self.inner.reader.stats(self.now()).await
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

impl Inner {
    fn encode(&self, commit: &Commit, drawn: &[(Kind, Vec<i64>)]) -> Encoded {
        let given = rows::give_ids(&self.plan, &commit.draft, &self.ids, drawn);
        rows::encode(&self.plan, commit, given, self.clock.now())
    }
}
