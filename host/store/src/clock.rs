//! Whose clock counts.
//!
//! Whether an island's time is over must be the same for all who ask. Several hosts may share one PostgreSQL, and their
//! clocks differ and jump; so there it is the database's: as it was seen last, and the time that has gone by since. SQLite is
//! on the machine of all who use it, and that machine's clock counts.

use std::sync::{PoisonError, RwLock};
use std::time::Instant;

use jiff::Timestamp;

/// The clock that counts. Until another one was seen it is the machine's.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    seen: RwLock<Option<(Instant, Timestamp)>>,
}

impl Clock {
    /// The present, as precisely as it is written.
    pub(crate) fn now(&self) -> Timestamp {
        // A poisoned lock only means that another task died here; the instant is still good.
        let seen = *self.seen.read().unwrap_or_else(PoisonError::into_inner);
        let now = seen.and_then(|(since, at)| at.checked_add(since.elapsed()).ok());
        let now = now.unwrap_or_else(Timestamp::now);
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }

    /// What the database's clock says now.
    pub(crate) fn set(&self, at: Timestamp) {
        *self.seen.write().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), at));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;

    #[test]
    fn it_goes_on_from_what_was_seen_whatever_the_machine_says() {
        let clock = Clock::default();
        let near = |at: Timestamp| clock.now().duration_since(at).abs() < SignedDuration::from_secs(5);
        assert!(near(Timestamp::now()));
        for hours in [-48, 3] {
            let other = Timestamp::now() + SignedDuration::from_hours(hours);
            clock.set(other);
            assert!(near(other));
        }
    }
}
