//! The reaper: ends islands whose time is over.
//!
//! It sleeps until the next one expires. Of several hosts that share a database the one with the lease does the work; and
//! whether an island's time is over is looked at once more in the transaction that removes it. So none is removed that was
//! just renewed, and none twice.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, Instant};

use insula_domain::IslandId;
use insula_store::{Ending, IslandState, LeaseRequest};
use jiff::Timestamp;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::engine::Engine;
use crate::error::EngineError;

/// So many islands are removed in one go: enough to share a transaction, few enough not to hold up those who seed.
const BATCH: u32 = 16;

/// How long the lease is good for. A reaper that was killed keeps others from it for no longer.
const LEASE: Duration = Duration::from_secs(30);

/// It looks at least so often, for islands that other hosts have made.
const LOOK: Duration = Duration::from_secs(15);

/// How often what ended long ago is forgotten.
const FORGET: Duration = Duration::from_secs(60 * 60);

/// When the reaper looks again, in microseconds, and how it is woken before.
#[derive(Debug)]
pub(crate) struct Alarm {
    next: AtomicI64,
    earlier: Notify,
}

impl Default for Alarm {
    fn default() -> Self {
        Self { next: AtomicI64::new(i64::MAX), earlier: Notify::new() }
    }
}

impl Alarm {
    /// An island expires then.
    pub(crate) fn set(&self, expires_at: Timestamp) {
        if expires_at.as_microsecond() < self.next.load(Ordering::SeqCst) {
            self.earlier.notify_one();
        }
    }

    /// The reaper is about to look. Whatever is set from now on it may not see, and so wakes it again.
    fn looking(&self) {
        self.next.store(i64::MAX, Ordering::SeqCst);
    }

    async fn sleep(&self, until: Timestamp, now: Timestamp) {
        let time = until.duration_since(now);
        let time = Duration::try_from(time).unwrap_or_default().min(LOOK);
        self.next.store(until.as_microsecond(), Ordering::SeqCst);
        // Whether it was woken or the time is over: it looks again.
        tokio::time::timeout(time, self.earlier.notified()).await.ok();
    }
}

/// Whether it is this host's turn to reap.
#[derive(Debug)]
pub(crate) struct ReapersTurn {
    /// No two hosts say the same.
    holder: String,
    held: AtomicBool,
}

impl Default for ReapersTurn {
    fn default() -> Self {
        Self { holder: uuid::Uuid::new_v4().to_string(), held: AtomicBool::new(false) }
    }
}

impl ReapersTurn {
    fn request(&self, time: Duration) -> LeaseRequest {
        LeaseRequest { name: "reaper", holder: self.holder.clone(), time }
    }
}

impl Engine {
    /// Gives the lease back, so that another host need not wait until it is over.
    pub(crate) async fn release(&self) {
        let turn = &self.inner.turn;
        if turn.held.swap(false, Ordering::SeqCst)
            && let Err(reason) = self.inner.store.lease(turn.request(Duration::ZERO)).await
        {
            tracing::debug!(%reason, "the reaper's lease was not given back; it ends by itself");
        }
    }

    /// Ends islands whose time is over, for as long as the engine is open.
    pub async fn reap(self) {
        let mut forgot: Option<Instant> = None;
        loop {
            let next = match self.reap_overdue(&mut forgot).await {
                Ok(next) => next,
                Err(EngineError::ShuttingDown) => return,
                Err(reason) => {
                    tracing::warn!(%reason, "islands whose time is over could not be removed; trying again");
                    None
                }
            };
            self.inner.alarm.sleep(next.unwrap_or(Timestamp::MAX), self.inner.store.now()).await;
        }
    }

    /// Ends all that are overdue; returns when to look again.
    async fn reap_overdue(&self, forgot: &mut Option<Instant>) -> Result<Option<Timestamp>, EngineError> {
        let (store, turn) = (&self.inner.store, &self.inner.turn);
        self.inner.alarm.looking();
        store.look().await?;
        loop {
            let overdue = store.expired(store.now(), BATCH).await?;
            let forgets = forgot.is_none_or(|last| last.elapsed() > FORGET);
            if overdue.is_empty() && !forgets {
                return Ok(store.next_expiry().await?);
            }
            let lease = store.lease(turn.request(LEASE)).await?;
            turn.held.store(lease.mine, Ordering::SeqCst);
            if !lease.mine {
                return Ok(Some(lease.until));
            }
            if forgets {
                self.forget().await?;
                *forgot = Some(Instant::now());
            }
            self.reap_these(overdue).await?;
        }
    }

    async fn reap_these(&self, overdue: Vec<IslandId>) -> Result<(), EngineError> {
        let mut ends = JoinSet::new();
        for island in overdue {
            let ending = Ending { island, actor: self.actor(), overdue_only: true };
            let store = self.inner.store.clone();
            ends.spawn(async move { store.end(ending).await });
        }
        let mut outcome = Ok(());
        while let Some(done) = ends.join_next().await {
            match done {
                Ok(Ok(Some(removal))) => {
                    let word = if removal.record.state == IslandState::Stuck { "stuck" } else { "done" };
                    metrics::counter!("insula_reaped_total", "outcome" => word).increment(1);
                    if !removal.certificate.clean {
                        let reasons = &removal.certificate.reasons;
                        tracing::warn!(island = %removal.record.id, ?reasons, "an island cannot be removed");
                    }
                    self.inner.bell.ring();
                }
                // It was renewed since it was listed.
                Ok(Ok(None)) => {}
                Ok(Err(error)) => outcome = Err(error.into()),
                Err(_) => outcome = Err(EngineError::ShuttingDown),
            }
        }
        outcome
    }

    /// Forgets what ended longer ago than the settings say.
    async fn forget(&self) -> Result<(), EngineError> {
        const AT_ONCE: u32 = 500;
        let Ok(before) = self.inner.store.now().checked_sub(self.inner.remember) else { return Ok(()) };
        while self.inner.store.forget(before, AT_ONCE).await? == u64::from(AT_ONCE) {}
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_set_while_the_reaper_looks_wakes_it() {
        let (alarm, now) = (Alarm::default(), Timestamp::now());
        let soon = now + Duration::from_secs(1);
        alarm.sleep(now, now).await;
        alarm.looking();
        alarm.set(soon);
        let woken = tokio::time::timeout(Duration::ZERO, alarm.sleep(Timestamp::MAX, now)).await;
        assert!(woken.is_ok(), "it would have slept on");
    }
}
