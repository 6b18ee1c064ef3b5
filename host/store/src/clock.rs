//! Whose clock counts, and what happens when it jumps.
//!
//! Whether an island's time is over must be the same for all who ask. Several hosts may share one PostgreSQL, and their
//! clocks differ; so there it is the database's. SQLite is on the machine of all who use it, and that machine's clock counts.
//!
//! Hosts look at it every few seconds, and count on from there. When it was set meanwhile, or its machine slept, the leases of
//! islands are moved by as much, so that none ends early; only then is the new time taken over. The database remembers how
//! far leases were moved in all, so that of several hosts that see the same jump one moves them.

use std::sync::{PoisonError, RwLock};
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};

/// What is less is no jump: clocks that are set right bit by bit differ by milliseconds from look to look.
const JUMP: SignedDuration = SignedDuration::from_secs(1);

/// The clock that counts. Until it was looked at, it is the machine's.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    seen: RwLock<Option<Look>>,
}

/// A look at the clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    /// It was looked at between these two.
    pub between: (Instant, Instant),
    /// What it said.
    pub at: Timestamp,
    /// What this machine's clock said.
    pub here: Timestamp,
    /// How far leases have been moved by then, in microseconds.
    pub moved: i64,
}

/// A jump by which leases have not been moved yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Jump {
    /// How far, in microseconds.
    pub by: i64,
    /// How far they had been moved before.
    pub moved: i64,
}

impl Clock {
    /// The present, as precisely as it is written.
    pub(crate) fn now(&self) -> Timestamp {
        // A poisoned lock only means that another task died here; what was seen is still good.
        let seen = *self.seen.read().unwrap_or_else(PoisonError::into_inner);
        let now = seen.and_then(|seen| seen.at.checked_add(seen.between.1.elapsed()).ok());
        let now = now.unwrap_or_else(Timestamp::now);
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }

    /// Whether this machine's clock was set, or it slept, since the last look: then another look is due, whoever's clock counts.
    pub(crate) fn is_stale(&self) -> bool {
        let seen = *self.seen.read().unwrap_or_else(PoisonError::into_inner);
        seen.is_some_and(|seen| {
            let on = Timestamp::now().duration_since(seen.here);
            on.saturating_sub(signed(seen.between.1.elapsed())).abs() > JUMP
        })
    }

    /// Counts on from what was seen; unless the clock has jumped, and leases are to be moved before.
    pub(crate) fn look(&self, found: Look) -> Option<Jump> {
        let mut seen = self.seen.write().unwrap_or_else(PoisonError::into_inner);
        let jump = seen.and_then(|last| found.jump_since(last));
        if jump.is_none() {
            *seen = Some(found);
        }
        jump
    }
}

impl Look {
    /// How far the clock has jumped that leases were not moved. Between the two looks went by some time between the longest
    /// and the shortest that it may have been.
    fn jump_since(&self, last: Self) -> Option<Jump> {
        let (earliest, latest) = self.between;
        let shortest = signed(earliest.saturating_duration_since(last.between.1));
        let longest = signed(latest.saturating_duration_since(last.between.0));
        let moved = SignedDuration::from_micros(self.moved.saturating_sub(last.moved));
        let on = self.at.duration_since(last.at).saturating_sub(moved);
        if on <= longest.saturating_add(JUMP) && on >= shortest.saturating_sub(JUMP) {
            return None;
        }
        // Of all that it may be, what lets leases end the latest.
        let by = on.saturating_sub(shortest);
        Some(Jump { by: i64::try_from(by.as_micros()).ok()?, moved: self.moved })
    }
}

fn signed(time: std::time::Duration) -> SignedDuration {
    SignedDuration::try_from(time).unwrap_or(SignedDuration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const HOUR: i64 = 3_600_000_000;

    /// A look that took two seconds, so long after the start, by a clock that is ahead by so much.
    fn look(start: (Instant, Timestamp), after: u64, ahead: i64, moved: i64) -> Look {
        let before = start.0 + Duration::from_secs(after);
        let said = start.1 + Duration::from_secs(after + 1) + SignedDuration::from_micros(ahead);
        Look { between: (before, before + Duration::from_secs(2)), at: said, here: said, moved }
    }

    fn seen() -> ((Instant, Timestamp), Clock) {
        let (start, clock) = ((Instant::now(), Timestamp::UNIX_EPOCH), Clock::default());
        assert_eq!(clock.look(look(start, 0, 0, 0)), None);
        (start, clock)
    }

    #[test]
    fn it_goes_on_from_what_was_seen_whatever_the_machine_says() {
        let clock = Clock::default();
        let near = |clock: &Clock, at: Timestamp| {
            clock.now().duration_since(at).abs() < SignedDuration::from_secs(5)
        };
        assert!(near(&clock, Timestamp::now()));
        let now = Instant::now();
        for hours in [-48, 3] {
            let (clock, other) = (Clock::default(), Timestamp::now() + SignedDuration::from_hours(hours));
            let look = Look { between: (now, now), at: other, here: Timestamp::now(), moved: 0 };
            assert_eq!(clock.look(look), None);
            assert!(near(&clock, other) && !clock.is_stale());
            assert_eq!(clock.look(Look { here: other, ..look }), None);
            assert!(clock.is_stale(), "this machine says something else now");
        }
    }

    #[test]
    fn a_look_that_takes_long_is_no_jump() {
        let (start, clock) = seen();
        assert_eq!(clock.look(look(start, 15, 0, 0)), None);
        assert_eq!(clock.look(look(start, 30, 900_000, 0)), None);
        assert_eq!(clock.look(look(start, 45, -900_000, 0)), None);
    }

    #[test]
    fn a_jump_is_taken_over_when_leases_were_moved_by_whichever_host() {
        for hours in [HOUR, -HOUR] {
            let (start, clock) = seen();
            let before = clock.now();
            let jump = clock.look(look(start, 15, hours, 0)).unwrap();
            assert!((jump.by - hours).abs() <= 2_000_000 && jump.moved == 0, "{jump:?}");
            assert!(clock.now().duration_since(before) < SignedDuration::from_secs(60), "not taken over yet");
            assert_eq!(clock.look(look(start, 16, hours, jump.by)), None);
            let on = clock.now().duration_since(before);
            assert!((on - SignedDuration::from_micros(hours)).abs() < SignedDuration::from_secs(60), "{on}");
        }
    }

    /// Its leases are those of before the jump.
    #[test]
    fn leases_of_a_backup_from_before_a_jump_are_moved_as_well() {
        let (start, clock) = seen();
        let jump = clock.look(look(start, 15, HOUR, 0)).unwrap();
        assert_eq!(clock.look(look(start, 16, HOUR, jump.by)), None);
        let again = clock.look(look(start, 30, HOUR, 0)).unwrap();
        assert!((again.by - jump.by).abs() <= 2_000_000, "{again:?}");
    }
}
