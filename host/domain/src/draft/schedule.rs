//! Who is busy when.

use std::collections::{BTreeMap, HashMap};

/// The busy times of practitioners or resources, in seconds since 1970. Times that overlap are kept as one, so a
/// look-up sees at most one neighbour and costs the same however full the calendar is.
#[derive(Debug, Default)]
pub(super) struct Schedule {
    by_who: HashMap<u32, BTreeMap<i64, i64>>,
}

impl Schedule {
    /// The busy time that overlaps `start..end`, if any.
    pub(super) fn busy(&self, who: u32, start: i64, end: i64) -> Option<(i64, i64)> {
        let (&from, &until) = self.by_who.get(&who)?.range(..end).next_back()?;
        (until > start).then_some((from, until))
    }

    /// Adds a busy time. Returns where the resulting time starts and which ones it swallowed.
    pub(super) fn add(&mut self, who: u32, mut start: i64, mut end: i64) -> (i64, Vec<(i64, i64)>) {
        let mut swallowed = Vec::new();
        while let Some((from, until)) = self.busy(who, start, end) {
            swallowed.push((from, until));
            if let Some(times) = self.by_who.get_mut(&who) {
                times.remove(&from);
            }
            (start, end) = (start.min(from), end.max(until));
        }
        self.by_who.entry(who).or_default().insert(start, end);
        (start, swallowed)
    }

    /// Takes an addition back.
    pub(super) fn remove(&mut self, who: u32, start: i64, swallowed: Vec<(i64, i64)>) {
        let times = self.by_who.entry(who).or_default();
        times.remove(&start);
        times.extend(swallowed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn times_that_touch_do_not_overlap() {
        let mut schedule = Schedule::default();
        schedule.add(0, 10, 20);
        assert_eq!(schedule.busy(0, 20, 30), None);
        assert_eq!(schedule.busy(0, 0, 10), None);
        assert_eq!(schedule.busy(1, 10, 20), None);
        assert_eq!(schedule.busy(0, 19, 21), Some((10, 20)));
    }

    proptest! {
        #[test]
        fn it_agrees_with_a_list_and_takes_back_exactly(
            times in prop::collection::vec((0_i64..200, 1_i64..30), 0..40),
            (from, length) in (0_i64..200, 1_i64..30),
        ) {
            let mut schedule = Schedule::default();
            for &(start, length) in &times {
                schedule.add(0, start, start + length);
            }
            let listed = times.iter().any(|&(start, long)| start < from + length && start + long > from);
            prop_assert_eq!(schedule.busy(0, from, from + length).is_some(), listed);

            let before = schedule.by_who.get(&0).cloned().unwrap_or_default();
            let (start, swallowed) = schedule.add(0, from, from + length);
            schedule.remove(0, start, swallowed);
            prop_assert_eq!(schedule.by_who.get(&0).cloned().unwrap_or_default(), before);
        }
    }
}
