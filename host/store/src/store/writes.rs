//! What a store is told to do: each a job that waits its turn in the queue.

use std::sync::{Arc, mpsc};

use insula_domain::{Island, IslandId, Kind};
use jiff::Timestamp;

use super::{Inner, Store};
use crate::catalog::CatalogChange;
use crate::ending::{Ending, Removal};
use crate::error::StoreError;
use crate::events::NewEvent;
use crate::find::Find;
use crate::lease::{Lease, LeaseRequest};
use crate::part::{Changes, Edit, Part};
use crate::queue::{Chore, Job, Outcome};
use crate::records::{Commit, Committed, IslandRecord, ResetReport};
use crate::rows::{self, Encoded};

/// A draft with more rows is made into rows on a thread of its own, so that it does not hold up the tasks beside it.
const LARGE: u64 = 2000;

impl Store {
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

    /// Remembers an event of which nothing else is written.
    ///
    /// # Errors
    /// What the database says.
    pub async fn tell(&self, event: NewEvent) -> Result<(), StoreError> {
        self.write(Chore::Tell(event)).await.map(drop)
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
}

impl Inner {
    fn encode(&self, commit: &Commit, drawn: &[(Kind, Vec<i64>)]) -> Encoded {
        let given = rows::give_ids(&self.plan, &commit.draft, &self.ids, drawn);
        rows::encode(&self.plan, commit, given, self.clock.now())
    }
}
