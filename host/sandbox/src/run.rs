//! One run: what it is given, what it gives back, and what it cost.

use std::time::Duration;

use insula_domain::{Draft, Rejection};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::LoadError;
use crate::journal::Journal;
use crate::log::LogLine;
use crate::quotas::{QuotaExceeded, Quotas};
use crate::trap::Trapped;

/// What a run is given, beside its plugin and a draft.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// JSON that fits the scenario's schema.
    pub params: &'a str,
    /// What its randomness begins with.
    pub seed: u64,
    /// What its clock shows.
    pub clock: Timestamp,
    /// What it may use. The draft's own limits are those that it was made with.
    pub quotas: &'a Quotas,
    /// Whether each call of the host is written down.
    pub journal: bool,
}

/// What a run gave back.
#[derive(Debug)]
pub struct Built {
    /// What it built.
    pub draft: Draft,
    /// What it tells the caller.
    pub outputs: serde_json::Value,
    /// What it used.
    pub cost: RunCost,
    /// What it said.
    pub logs: Vec<LogLine>,
    /// What it called, where that was asked for.
    pub journal: Option<Journal>,
}

/// What a call gave that builds nothing.
#[derive(Debug)]
pub struct Returned {
    /// What it gave.
    pub json: serde_json::Value,
    /// What it used.
    pub cost: RunCost,
    /// What it said.
    pub logs: Vec<LogLine>,
}

/// What a run used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RunCost {
    /// Microseconds from the making of its sandbox to the answer.
    pub micros: u64,
    /// Units of Wasm work, about one for each instruction: the same for the same run.
    pub fuel: u64,
    /// Bytes that its linear memory grew to.
    pub peak_memory_bytes: u64,
    /// Calls of the host.
    pub host_calls: u64,
}

impl std::ops::AddAssign for RunCost {
    /// Two runs one after the other.
    fn add_assign(&mut self, other: Self) {
        self.micros = self.micros.saturating_add(other.micros);
        self.fuel = self.fuel.saturating_add(other.fuel);
        self.peak_memory_bytes = self.peak_memory_bytes.max(other.peak_memory_bytes);
        self.host_calls = self.host_calls.saturating_add(other.host_calls);
    }
}

/// A run built nothing.
#[derive(Debug, thiserror::Error)]
#[error("{kind}")]
pub struct RunError {
    /// Why.
    #[source]
    pub kind: RunErrorKind,
    /// What it used nevertheless.
    pub cost: RunCost,
    /// What it said until then.
    pub logs: Vec<LogLine>,
    /// What it called until then, where that was asked for.
    pub journal: Option<Box<Journal>>,
}

/// Why a run built nothing.
#[derive(Debug, thiserror::Error)]
pub enum RunErrorKind {
    /// The scenario refused its params, or gave up when a call was refused: give other params.
    #[error("the scenario rejected the params: {0}")]
    Rejected(Box<Rejection>),
    /// The scenario says that it is at fault: tell its author.
    #[error("the scenario failed: {0}")]
    Failed(String),
    /// The scenario crashed: tell its author.
    #[error(transparent)]
    Trapped(Box<Trapped>),
    /// It wanted more than a quota allows: ask for less, or raise the quota.
    #[error(transparent)]
    Quota(QuotaExceeded),
    /// It was not done in time, by `fuel` or by `wall_ms`: ask for less, or raise the quota.
    #[error(transparent)]
    OutOfTime(QuotaExceeded),
    /// No sandbox became free: come again later.
    #[error("no sandbox became free in {waited:?}; try again later, or allow more at once")]
    Busy {
        /// For how long it waited.
        waited: Duration,
    },
    /// The code of a plugin that was loaded cannot be made ready: a fault of this machine.
    #[error("the scenario cannot be run: {0}")]
    NoCode(LoadError),
    /// The outputs are not JSON: tell the author.
    #[error("the scenario's outputs are not JSON: {reason}")]
    BadOutput {
        /// Where they are not.
        reason: String,
    },
}

impl From<QuotaExceeded> for RunErrorKind {
    fn from(exceeded: QuotaExceeded) -> Self {
        match exceeded.quota {
            "fuel" | "wall_ms" => Self::OutOfTime(exceeded),
            _ => Self::Quota(exceeded),
        }
    }
}
