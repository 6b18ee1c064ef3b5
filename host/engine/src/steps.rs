//! The steps of a run, and how long each took.

use std::ops::RangeBounds;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

/// A step of a run, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    /// The request came in, and waited for others that are about its island.
    Received,
    /// Its scenario was found, and what it asks for is checked.
    Validated,
    /// There was a sandbox for it.
    Sandboxed,
    /// The scenario ran.
    Drafted,
    /// What it built was written.
    Committed,
    /// The answer was put together.
    TokensIssued,
}

impl Step {
    const ALL: [Self; 6] = [
        Self::Received,
        Self::Validated,
        Self::Sandboxed,
        Self::Drafted,
        Self::Committed,
        Self::TokensIssued,
    ];

    /// The word for it, in events.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Validated => "validated",
            Self::Sandboxed => "sandboxed",
            Self::Drafted => "drafted",
            Self::Committed => "committed",
            Self::TokensIssued => "tokens_issued",
        }
    }
}

/// The steps of a run so far.
#[derive(Clone, Debug)]
pub(crate) struct Steps {
    /// Which is under way.
    at: Step,
    since: Instant,
    /// How long each took, of those that began.
    times: [Option<Duration>; Step::ALL.len()],
}

impl Steps {
    /// The request has come in.
    pub(crate) fn begin() -> Self {
        Self { at: Step::Received, since: Instant::now(), times: Default::default() }
    }

    /// The step that is under way is done, and another one begins.
    pub(crate) fn enter(&mut self, step: Step) {
        self.pause();
        self.at = step;
    }

    /// The scenario ran for so long: until then it waited for a sandbox.
    pub(crate) fn ran(&mut self, time: Duration) {
        self.add(self.since.elapsed().saturating_sub(time));
        self.at = Step::Drafted;
        self.add(time);
        self.since = Instant::now();
    }

    /// Counts the time until now.
    pub(crate) fn pause(&mut self) {
        self.add(self.since.elapsed());
        self.since = Instant::now();
    }

    fn add(&mut self, time: Duration) {
        *self.times[self.at as usize].get_or_insert_default() += time;
    }

    /// The step that is under way.
    pub(crate) fn at(&self) -> Step {
        self.at
    }

    /// How many microseconds each of these took, of those that began.
    pub(crate) fn micros(&self, which: impl RangeBounds<Step>) -> Value {
        let began = Step::ALL.into_iter().zip(self.times).filter(|(step, _)| which.contains(step));
        let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        let took = began.filter_map(|(step, time)| Some((step.word().to_owned(), micros(time?).into())));
        Value::Object(took.collect())
    }
}

/// A run that is under way, until it is dropped.
#[derive(Debug)]
pub(crate) struct Running<'a>(&'a AtomicUsize);

impl<'a> Running<'a> {
    pub(crate) fn begin(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_step_has_its_own_time_and_a_second_try_adds_to_it() {
        let mut steps = Steps::begin();
        steps.enter(Step::Validated);
        steps.enter(Step::Sandboxed);
        steps.ran(Duration::from_micros(7));
        assert_eq!(
            (steps.at(), steps.times[Step::Drafted as usize]),
            (Step::Drafted, Some(Duration::from_micros(7)))
        );
        steps.enter(Step::Committed);
        steps.enter(Step::Validated);
        steps.enter(Step::Sandboxed);
        steps.ran(Duration::from_micros(5));
        assert!(steps.times[Step::Drafted as usize] >= Some(Duration::from_micros(12)));
        steps.pause();
        let words = |micros: Value| micros.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        let before = ["received", "validated", "sandboxed", "drafted"];
        assert_eq!(words(steps.micros(..Step::Committed)), before);
        assert_eq!(words(steps.micros(Step::Committed..)), ["committed"]);
        assert_eq!(Steps::begin().micros(..), json!({}));
    }
}
