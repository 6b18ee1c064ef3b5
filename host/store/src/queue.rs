//! The queue of what is to be written.
//!
//! Whoever writes takes from it; whoever asks waits for a place, and then for the outcome.

use std::sync::Arc;
use std::time::Duration;

use insula_domain::{Island, IslandId, Kind};
use jiff::Timestamp;
use tokio::sync::mpsc::{self, error::TrySendError};
use tokio::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock, oneshot};
use tokio::time::timeout;

use crate::catalog::CatalogChange;
use crate::clock::Jump;
use crate::ending::{Ending, Removal};
use crate::error::StoreError;
use crate::events::NewEvent;
use crate::lease::{Lease, LeaseRequest};
use crate::part::Edit;
use crate::records::{IslandRecord, ResetReport};
use crate::rows::Encoded;

/// A thing to be written.
#[derive(Debug)]
pub(crate) enum Job {
    Commit(Box<Encoded>),
    Chore(Chore),
    Edit(Box<Edit>),
    /// For whom.
    Reset(Arc<str>),
    Close,
}

/// A small thing, which may share a transaction with others of its sort.
#[derive(Debug)]
pub(crate) enum Chore {
    /// Which island, until when, and for whom.
    Renew(IslandId, Option<Timestamp>, Arc<str>),
    End(Ending),
    /// Not a write; but what is found beside Insula's own tables is remembered on the connection that writes.
    Export(IslandId),
    Tell(NewEvent),
    Lease(LeaseRequest),
    /// The clock has jumped: leases of islands, and those of hosts, are moved along.
    Jump(Jump),
    /// Forgets what ended before an instant: so many islands at most.
    Forget(Timestamp, u32),
    /// So many ids of each kind are wanted from its table's sequence.
    Draw(Vec<(Kind, i64)>),
    /// What is to be changed of the catalog, and for whom.
    Catalog(Box<CatalogChange>, Arc<str>),
}

impl From<Chore> for Job {
    fn from(chore: Chore) -> Self {
        Self::Chore(chore)
    }
}

/// What became of a job. It is given back with it, so that its memory is freed on the caller's task.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Committed or renewed.
    Island(IslandRecord),
    /// Nothing where the island was to end only if its time was over.
    Ended(Option<Box<Removal>>),
    /// The ids of each kind, in rising order.
    Drawn(Vec<(Kind, Vec<i64>)>),
    /// The part as it is now; nothing, when nothing was to be changed.
    Edited(Option<Box<Island>>),
    Reset(ResetReport),
    /// Whether there was anything to be changed.
    Catalog(bool),
    /// The statements.
    Exported(String),
    Told,
    Lease(Lease),
    /// The leases of so many islands.
    Moved(u64),
    /// How many islands.
    Forgotten(u64),
    Closed,
}

type Done = (Job, Result<Outcome, StoreError>);

/// A job, and who waits for it.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub job: Job,
    reply: oneshot::Sender<Done>,
    /// With the job, since whoever asked may go away before it is done.
    _open: OwnedRwLockReadGuard<()>,
}

/// The way to what writes.
#[derive(Debug)]
pub(crate) struct Queue {
    jobs: mpsc::Sender<Waiting>,
    patience: Duration,
    /// Every job has it together with the others; who has it alone keeps all away.
    gate: Arc<RwLock<()>>,
}

impl Queue {
    /// A queue of so many places, and the end at which jobs are taken.
    pub(crate) fn new(places: usize, patience: Duration) -> (Self, mpsc::Receiver<Waiting>) {
        let (jobs, taken) = mpsc::channel(places.max(1));
        (Self { jobs, patience, gate: Arc::default() }, taken)
    }

    /// Has a job done.
    ///
    /// # Errors
    /// What the job met; and when the queue stays full or the store is closed.
    pub(crate) async fn run(&self, job: Job) -> (Option<Job>, Result<Outcome, StoreError>) {
        let Ok(open) = timeout(self.patience, Arc::clone(&self.gate).read_owned()).await else {
            return (Some(job), Err(self.busy()));
        };
        let place = match self.place().await {
            Ok(place) => place,
            Err(error) => return (Some(job), Err(error)),
        };
        let (reply, done) = oneshot::channel();
        place.send(Waiting { job, reply, _open: open });
        match done.await {
            Ok((job, outcome)) => (Some(job), outcome),
            Err(_) => (None, Err(StoreError::Closed)),
        }
    }

    /// Waits until all that was asked for is done, and has all else wait until what is returned is dropped.
    pub(crate) async fn pause(&self) -> OwnedRwLockWriteGuard<()> {
        Arc::clone(&self.gate).write_owned().await
    }

    fn busy(&self) -> StoreError {
        StoreError::Busy { waiting: self.jobs.max_capacity(), seconds: self.patience.as_secs() }
    }

    /// A place in the queue.
    async fn place(&self) -> Result<mpsc::Permit<'_, Waiting>, StoreError> {
        match self.jobs.try_reserve() {
            Ok(place) => Ok(place),
            Err(TrySendError::Closed(())) => Err(StoreError::Closed),
            Err(TrySendError::Full(())) if self.patience.is_zero() => Err(self.busy()),
            Err(TrySendError::Full(())) => match timeout(self.patience, self.jobs.reserve()).await {
                Ok(place) => place.map_err(|_| StoreError::Closed),
                Err(_) => Err(self.busy()),
            },
        }
    }
}

impl Waiting {
    /// Tells who waits what became of the job.
    pub(crate) fn reply(self, outcome: Result<Outcome, StoreError>) {
        if self.reply.send((self.job, outcome)).is_err() {
            tracing::debug!("whoever asked for a write has gone away; it was done all the same");
        }
    }
}

impl Job {
    /// The commit that it is.
    pub(crate) fn commit(&self) -> Option<&Encoded> {
        if let Self::Commit(encoded) = self { Some(encoded) } else { None }
    }

    /// The chore that it is.
    pub(crate) fn chore(&self) -> Option<&Chore> {
        if let Self::Chore(chore) = self { Some(chore) } else { None }
    }

    /// About how many rows it writes.
    pub(crate) fn size(&self) -> usize {
        match self {
            // Counted in cells; ten a row is near enough for what it is used for.
            Self::Commit(encoded) => encoded.rows.iter().map(Vec::len).sum::<usize>() / 10,
            Self::Chore(Chore::End(_)) => 64,
            Self::Chore(Chore::Forget(..) | Chore::Export(_)) => 512,
            // Its component may be large.
            Self::Chore(Chore::Catalog(..)) => 1024,
            Self::Chore(_) | Self::Edit(_) | Self::Reset(_) | Self::Close => 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures::poll;

    use super::*;

    #[tokio::test]
    async fn a_pause_waits_for_jobs_whose_callers_went_away() {
        let (queue, mut jobs) = Queue::new(4, Duration::from_secs(60));
        {
            let asked = pin!(queue.run(Job::Reset("who goes away".into())));
            assert!(poll!(asked).is_pending());
        }
        let mut paused = pin!(queue.pause());
        assert!(poll!(&mut paused).is_pending());
        jobs.recv().await.unwrap().reply(Err(StoreError::Closed));
        paused.await;
    }
}
