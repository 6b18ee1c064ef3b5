//! The steps of a run, and how long each took.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Map, Value};

/// The steps so far: the event of a run says them.
#[derive(Clone, Debug)]
pub(crate) struct Steps {
    last: Instant,
    micros: Map<String, Value>,
}

impl Steps {
    /// The request has come in.
    pub(crate) fn begin() -> Self {
        Self { last: Instant::now(), micros: Map::new() }
    }

    /// A step is done; so much of the time since the last one was another step.
    pub(crate) fn done(&mut self, step: &str, other: Duration) {
        self.took(step, self.last.elapsed().saturating_sub(other));
        self.last = Instant::now();
    }

    /// A step took so long; one that was done before, so much longer.
    pub(crate) fn took(&mut self, step: &str, time: Duration) {
        let before = self.micros.get(step).and_then(Value::as_u64).unwrap_or_default();
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        self.micros.insert(step.to_owned(), before.saturating_add(micros).into());
    }
}

impl From<Steps> for Value {
    fn from(steps: Steps) -> Self {
        Self::Object(steps.micros)
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
