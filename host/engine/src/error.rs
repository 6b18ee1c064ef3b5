//! Why a use case failed, in terms of what the caller can do about it.

use std::time::Duration;

use insula_domain::{IslandId, Rejection, Violation};
use insula_sandbox::Frame;
use insula_store::StoreError;
use jiff::Timestamp;
use semver::Version;

use crate::answer::RunReport;
use crate::catalog::CatalogError;
use crate::tokens::TokenError;

impl From<StoreError> for EngineError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Gone { id, at, expired } => Self::Gone { id, at, expired },
            StoreError::Stuck { id } => Self::Stuck { id, reasons: Vec::new() },
            StoreError::NotFound { what, id } => match id.parse() {
                Ok(island) if what == "island" => Self::UnknownIsland(island),
                _ => Self::Store(StoreError::NotFound { what, id }),
            },
            StoreError::Busy { seconds, .. } => {
                Self::Busy { what: Self::QUEUE, waited: Duration::from_secs(seconds) }
            }
            StoreError::OtherPlugin { scenario, version, .. } => {
                Self::VersionTaken { scenario, version, other: "the database".to_owned() }
            }
            StoreError::Closed => Self::ShuttingDown,
            other => Self::Store(other),
        }
    }
}

/// A use case failed. Nothing was written, whichever it is.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// No scenario has this name.
    #[error("there is no scenario {name:?}; there are {}{}", known.join(", "), but(refused))]
    UnknownScenario {
        /// The name.
        name: String,
        /// The names that exist.
        known: Vec<String>,
        /// Why this host does not take what the database holds under the name.
        refused: Vec<String>,
    },
    /// No version of the scenario fits.
    #[error("{scenario} has no version that fits {wanted:?}; there are {}{}", known.join(", "), but(refused))]
    NoVersion {
        /// The scenario.
        scenario: String,
        /// The requirement.
        wanted: String,
        /// The versions that exist.
        known: Vec<String>,
        /// Why this host does not take others that the database holds.
        refused: Vec<String>,
    },
    /// The plugin is not taken.
    #[error("the plugin is not taken: {0}")]
    Plugin(#[source] CatalogError),
    /// Another plugin has the version already.
    #[error(
        "{scenario} {version} is there already, from {other}, and it is another plugin; a version never changes, so raise it"
    )]
    VersionTaken {
        /// The scenario.
        scenario: String,
        /// The version.
        version: String,
        /// Where the other is from.
        other: String,
    },
    /// The version is not in the database, so it cannot be removed from there.
    #[error("{scenario} {version} is not kept in the database, the host brings it along itself ({origin})")]
    NotKept {
        /// The scenario.
        scenario: String,
        /// The version.
        version: String,
        /// Where it is from.
        origin: String,
    },
    /// There is no version to roll back to.
    #[error("{scenario} has no version before {version} to roll back to; name another with `to`")]
    NothingBefore {
        /// The scenario.
        scenario: String,
        /// The default version.
        version: String,
    },
    /// A field of the request cannot be used.
    #[error("{field}: {problem}")]
    Request {
        /// Which field.
        field: &'static str,
        /// What is wrong and what to do.
        problem: String,
    },
    /// The params do not fit the scenario's schema.
    #[error("the params do not fit the schema of {scenario} {version}: {}", list(violations))]
    Params {
        /// The scenario.
        scenario: String,
        /// Its version.
        version: Version,
        /// Where they do not fit; pointers are relative to the params.
        violations: Vec<Violation>,
    },
    /// The scenario refused the params, or the draft refused what the scenario built.
    #[error("{scenario} {version} cannot be built with these params: {rejection}")]
    Rejected {
        /// The scenario.
        scenario: String,
        /// Its version.
        version: Version,
        /// Field and rule.
        rejection: Box<Rejection>,
        /// What the run cost and said.
        run: Box<RunReport>,
    },
    /// The scenario is at fault: it failed, trapped, or returned what is no JSON.
    #[error("{scenario} {version} failed: {reason}; its author must mend it, nothing was written")]
    Faulty {
        /// The scenario.
        scenario: String,
        /// Its version.
        version: Version,
        /// What happened.
        reason: String,
        /// The Wasm backtrace, innermost first.
        backtrace: Vec<Frame>,
        /// What the run cost and said.
        run: Box<RunReport>,
    },
    /// The run used more than its quota allows.
    #[error(
        "{scenario} {version} needs more than its quota `{quota}` of {limit}; ask for less, or raise the quota in the \
         host's configuration"
    )]
    Quota {
        /// The scenario.
        scenario: String,
        /// Its version.
        version: Version,
        /// Which quota.
        quota: &'static str,
        /// How much it allows.
        limit: u64,
        /// What the run cost and said.
        run: Box<RunReport>,
    },
    /// The run took too long.
    #[error(
        "{scenario} {version} was not done within its quota `{quota}` of {limit}; nothing was written. Ask for less, or \
         raise the quota in the host's configuration"
    )]
    OutOfTime {
        /// The scenario.
        scenario: String,
        /// Its version.
        version: Version,
        /// Which quota: `fuel` or `wall_ms`.
        quota: &'static str,
        /// How much it allows.
        limit: u64,
        /// What the run cost and said.
        run: Box<RunReport>,
    },
    /// Too much is going on.
    #[error("{what} was not free within {waited:?}; try again in a moment")]
    Busy {
        /// What was not free.
        what: &'static str,
        /// How long the request waited.
        waited: Duration,
    },
    /// There is no such island.
    #[error("there is no island {0}")]
    UnknownIsland(IslandId),
    /// The island was there, and is not any more.
    #[error("island {id} {} at {at}; seed a new one", if *.expired { "expired" } else { "was removed" })]
    Gone {
        /// Which island.
        id: IslandId,
        /// Since when.
        at: Timestamp,
        /// Its time was over, rather than somebody removing it.
        expired: bool,
    },
    /// The island was to end, and could not be removed; all its rows are there.
    #[error(
        "island {id} cannot be removed: {}. Mend that, and end it again",
        if reasons.is_empty() { "its certificate says why".to_owned() } else { reasons.join("; ") }
    )]
    Stuck {
        /// Which island.
        id: IslandId,
        /// Why.
        reasons: Vec<String>,
    },
    /// Runs are under way, and what was asked for would take their ground.
    #[error("{runs} runs are under way; wait for them, or force it")]
    Running {
        /// How many.
        runs: usize,
    },
    /// No event has this number.
    #[error("there is no event {0}; `insula events` lists them")]
    UnknownEvent(i64),
    /// No such session began with this database.
    #[error("no session {session} began with this database; `insula backups` lists those that have a backup")]
    UnknownSession {
        /// Which.
        session: String,
    },
    /// A session without a backup left something behind.
    #[error(
        "session {session} is not clean: {}. Mend that, and end it again; or `insula reset`",
        reasons.join("; ")
    )]
    Unclean {
        /// Which session.
        session: String,
        /// What is left, and why.
        reasons: Vec<String>,
    },
    /// The idempotency key belongs to another request.
    #[error("the Idempotency-Key {key:?} was used with another body; use a new key for a new request")]
    KeyReused {
        /// The key.
        key: String,
    },
    /// The host is shutting down.
    #[error("the host is shutting down; ask again when it is back")]
    ShuttingDown,
    /// The database did not take it.
    #[error(transparent)]
    Store(StoreError),
    /// A token could not be signed.
    #[error(transparent)]
    Token(#[from] TokenError),
}

impl EngineError {
    /// What is not free when too much is to be written.
    pub(crate) const QUEUE: &str = "the database's queue";

    /// What the run cost and said, where there was one.
    pub fn run(&self) -> Option<&RunReport> {
        match self {
            Self::Rejected { run, .. }
            | Self::Faulty { run, .. }
            | Self::Quota { run, .. }
            | Self::OutOfTime { run, .. } => Some(run),
            _ => None,
        }
    }

    /// A word for the outcome, for metrics and events.
    pub fn outcome(&self) -> &'static str {
        match self {
            Self::UnknownScenario { .. } | Self::NoVersion { .. } => "unknown_scenario",
            Self::Request { .. } => "bad_request",
            Self::Params { .. } => "bad_params",
            Self::Rejected { .. } => "rejected",
            Self::Faulty { .. } => "faulty",
            Self::Quota { .. } => "quota",
            Self::OutOfTime { .. } => "out_of_time",
            Self::Busy { .. } => "busy",
            Self::UnknownIsland(_) => "unknown_island",
            Self::Gone { .. } => "gone",
            Self::Stuck { .. } => "stuck",
            Self::Running { .. } => "running",
            Self::UnknownEvent(_) => "unknown_event",
            Self::UnknownSession { .. } => "unknown_session",
            Self::Unclean { .. } => "unclean",
            Self::KeyReused { .. } => "key_reused",
            Self::ShuttingDown => "shutting_down",
            Self::Plugin(_) => "bad_plugin",
            Self::VersionTaken { .. } => "version_taken",
            Self::NotKept { .. } => "not_kept",
            Self::NothingBefore { .. } => "nothing_before",
            Self::Store(StoreError::NoBackup { .. }) => "unknown_backup",
            Self::Store(StoreError::DamagedBackup { .. }) => "backup_damaged",
            Self::Store(StoreError::Backup { .. }) => "backup_failed",
            Self::Store(StoreError::Held { .. }) => "database_in_use",
            Self::Store(_) => "store",
            Self::Token(_) => "token",
        }
    }
}

/// What the database holds besides.
fn but(refused: &[String]) -> String {
    if refused.is_empty() { String::new() } else { format!("; not taken: {}", refused.join("; ")) }
}

fn list(violations: &[Violation]) -> String {
    let words: Vec<String> = violations
        .iter()
        .map(|violation| match violation.pointer.as_str() {
            "" => violation.message.clone(),
            pointer => format!("{pointer}: {}", violation.message),
        })
        .collect();
    words.join("; ")
}
