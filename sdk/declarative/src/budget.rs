//! How much a document may make. A sandbox has quotas of its own, but the compiler tries documents outside of one.

use std::cell::Cell;
use std::io;

use serde_json::Value;

/// The largest value of an expression, in bytes: as much as a host takes as params.
pub(crate) const LARGEST_VALUE: usize = 1 << 20;

/// Repetitions and references in a run. The host's quotas are lower for whatever costs something.
const MOST_THINGS: u32 = 1_000_000;

/// Of all values that a run gives to things; as much as a host takes in a draft.
const MOST_BYTES: usize = 256 << 20;

pub(crate) fn too_large() -> String {
    format!("this is larger than {} MiB, and a value may not be", LARGEST_VALUE >> 20)
}

/// What is left to a run.
pub(crate) struct Budget {
    things: Cell<u32>,
    bytes: Cell<usize>,
}

impl Default for Budget {
    fn default() -> Self {
        Self { things: Cell::new(MOST_THINGS), bytes: Cell::new(MOST_BYTES) }
    }
}

impl Budget {
    /// Takes what so many repetitions or references cost.
    pub(crate) fn take_things(&self, count: usize) -> Result<(), String> {
        let left = u32::try_from(count).ok().and_then(|count| self.things.get().checked_sub(count));
        self.things.set(left.ok_or_else(|| {
            format!(
                "{count} more are too many: a run has at most {MOST_THINGS} repetitions and references in all"
            )
        })?);
        Ok(())
    }

    /// Takes what a value costs.
    pub(crate) fn take_bytes(&self, count: usize) -> Result<(), String> {
        self.bytes.set(self.bytes.get().checked_sub(count).ok_or_else(|| {
            format!("this is too much: the values of a run have at most {} MiB in all", MOST_BYTES >> 20)
        })?);
        Ok(())
    }

    /// What all values have cost until now.
    pub(crate) fn bytes_taken(&self) -> usize {
        MOST_BYTES - self.bytes.get()
    }
}

/// The bytes of a value, about as it lies in memory.
pub(crate) fn size(value: &Value) -> usize {
    /// Whatever the value holds.
    const EACH: usize = 32;
    EACH + match value {
        Value::String(text) => text.len(),
        Value::Array(list) => list.iter().map(size).sum(),
        Value::Object(object) => object.iter().map(|(name, value)| EACH + name.len() + size(value)).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}

/// Counts what is written, and takes no more than a value may be.
pub(crate) struct Gauge(usize);

impl Gauge {
    pub(crate) fn new() -> Self {
        Self(LARGEST_VALUE)
    }
}

impl io::Write for Gauge {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.checked_sub(bytes.len()).ok_or_else(|| io::Error::other(too_large()))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
