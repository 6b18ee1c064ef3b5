//! What goes into the store and comes out of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use insula_domain::{Digest, Draft, EntityId, Island, IslandId, Kind, RunId, View};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::ending::RowCounts;
use crate::error::StoreError;

/// A draft to be written, with what is to be remembered of it.
#[derive(Debug)]
pub struct Commit {
    /// What to write. It says itself whether it adds to an island.
    pub draft: Draft,
    /// What the new island is called and when it ends; of no meaning when the draft adds to one.
    pub island: NewIsland,
    /// The run that filled the draft.
    pub run: NewRun,
    /// When the draft adds to an island: the revision that the island had when it was read. If it has another by now, the
    /// draft was not checked together with all that is there, and the commit is refused.
    pub revision: Option<i64>,
}

/// An island to be.
#[derive(Clone, Debug, Default)]
pub struct NewIsland {
    /// What the caller calls it, such as the test's name.
    pub label: Option<String>,
    /// When it may be removed, whoever uses it.
    pub expires_at: Option<Timestamp>,
}

/// A run to be remembered.
#[derive(Clone, Debug)]
pub struct NewRun {
    /// The scenario.
    pub scenario: String,
    /// Its version.
    pub version: String,
    /// The digest of the plugin, where the scenario is one.
    pub plugin: Option<Digest>,
    /// The params.
    pub params: Value,
    /// The seed.
    pub seed: u64,
    /// The run's instant.
    pub clock: Timestamp,
    /// The digest of the draft.
    pub digest: Digest,
    /// What the scenario returned.
    pub outputs: Value,
    /// What the run cost.
    pub cost: Value,
    /// What it logged.
    pub logs: Value,
    /// The caller's idempotency key, where there is one.
    pub key: Option<NewKey>,
    /// Who asked for it.
    pub actor: Arc<str>,
    /// How many microseconds each step took so far, by its name.
    pub steps: Value,
}

/// An idempotency key to be remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewKey {
    /// The key.
    pub key: String,
    /// The hash of the request that it stands for.
    pub request_hash: String,
}

/// What became of a commit.
#[derive(Clone, Debug)]
pub struct Committed {
    /// The island whole: with what was there before, when the draft added to one.
    pub island: Island,
    /// What is remembered of it.
    pub record: IslandRecord,
    /// The run's id.
    pub run: RunId,
}

/// Where an island is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IslandState {
    /// It is there.
    Active,
    /// It was to end, and could not be removed: its rows are there, whole.
    Stuck,
    /// Somebody ended it.
    Removed,
    /// Its time was over, and it was removed.
    Expired,
}

impl IslandState {
    /// The word for it, in tables and answers.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Stuck => "stuck",
            Self::Removed => "removed",
            Self::Expired => "expired",
        }
    }

    /// Whether the island's rows are gone.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Removed | Self::Expired)
    }

    /// The state that a word stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Active, Self::Stuck, Self::Removed, Self::Expired]
            .into_iter()
            .find(|state| state.word() == word)
    }
}

/// What is remembered of an island.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct IslandRecord {
    /// Its id.
    pub id: IslandId,
    /// What the caller calls it.
    pub label: Option<String>,
    /// The scenario of its first run.
    pub scenario: String,
    /// The version of that scenario.
    pub version: String,
    /// Where it is in its life.
    pub state: IslandState,
    /// When it was committed.
    #[schemars(with = "String")]
    pub created_at: Timestamp,
    /// When it may be removed.
    #[schemars(with = "Option<String>")]
    pub expires_at: Option<Timestamp>,
    /// When it was removed.
    #[schemars(with = "Option<String>")]
    pub removed_at: Option<Timestamp>,
    /// How often it was added to or edited.
    pub revision: i64,
}

impl IslandRecord {
    /// Whether its time is over, and it is still there.
    pub(crate) fn is_overdue(&self, at: Timestamp) -> bool {
        self.state == IslandState::Active && self.expires_at.is_some_and(|end| end <= at)
    }

    /// Refuses an island that is not there any more. What one holds that is stuck may be looked at.
    pub(crate) fn readable(&self, at: Timestamp) -> Result<(), StoreError> {
        match self.gone(at) {
            None | Some(StoreError::Stuck { .. }) => Ok(()),
            Some(gone) => Err(gone),
        }
    }

    /// Why the island cannot be changed any more, if it cannot.
    pub(crate) fn gone(&self, at: Timestamp) -> Option<StoreError> {
        match (self.state, self.expires_at) {
            (IslandState::Active, Some(end)) if end <= at => {
                Some(StoreError::Gone { id: self.id, at: end, expired: true })
            }
            (IslandState::Active, _) => None,
            (IslandState::Stuck, _) => Some(StoreError::Stuck { id: self.id }),
            (IslandState::Removed | IslandState::Expired, _) => Some(self.over()),
        }
    }

    /// What is said of an island whose rows are gone.
    pub(crate) fn over(&self) -> StoreError {
        let expired = self.state == IslandState::Expired;
        let ended = self.removed_at.unwrap_or(self.created_at);
        let at = if expired { self.expires_at.unwrap_or(ended) } else { ended };
        StoreError::Gone { id: self.id, at, expired }
    }
}

/// What is remembered of a run.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct RunRecord {
    /// Its id.
    pub id: RunId,
    /// The scenario.
    pub scenario: String,
    /// Its version.
    pub version: String,
    /// The digest of the plugin, where the scenario is one.
    pub plugin: Option<Digest>,
    /// The params.
    pub params: Value,
    /// The seed.
    pub seed: u64,
    /// The run's instant.
    #[schemars(with = "String")]
    pub clock: Timestamp,
    /// The digest of the draft: of all that the island held after the run.
    pub digest: Digest,
    /// What the run named, with its kind and id.
    pub names: BTreeMap<String, Named>,
    /// What the scenario returned.
    pub outputs: Value,
    /// What the run cost.
    pub cost: Value,
    /// What it logged.
    pub logs: Value,
    /// When it was committed.
    #[schemars(with = "String")]
    pub created_at: Timestamp,
}

/// A thing that a run named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Named {
    /// What it is.
    #[serde(serialize_with = "kind_name")]
    #[schemars(with = "String")]
    pub kind: Kind,
    /// Its id.
    pub id: EntityId,
}

fn kind_name<S: serde::Serializer>(kind: &Kind, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(kind.singular())
}

/// An island whole.
#[derive(Clone, Debug)]
pub struct StoredIsland {
    /// What is remembered of it.
    pub record: IslandRecord,
    /// Its runs, the first first.
    pub runs: Vec<RunRecord>,
    /// What it holds.
    pub island: Island,
}

/// Which islands to list.
#[derive(Clone, Debug, Default)]
pub struct IslandFilter {
    /// Those with this label.
    pub label: Option<String>,
    /// Those whose first run was of this scenario.
    pub scenario: Option<String>,
    /// Those whose rows are there, or those whose are not.
    pub there: Option<bool>,
    /// Those committed before.
    pub older_than: Option<Timestamp>,
}

/// A piece of a list.
#[derive(Clone, Copy, Debug)]
pub struct Page<C> {
    /// Begin after this one; from the start where it is not said.
    pub after: Option<C>,
    /// How many at most.
    pub limit: u32,
}

/// A piece of a list, as it came out.
#[derive(Clone, Debug)]
pub struct Paged<T, C> {
    /// The piece.
    pub items: Vec<T>,
    /// Where the next piece begins: its [`Page::after`]. Nothing when this was the last.
    pub next: Option<C>,
    /// How many there are in the whole list.
    pub total: u64,
}

/// A piece of the list of an island's entities of one kind.
#[derive(Clone, Debug)]
pub struct EntityPage {
    /// The entities of this piece, and the ids of these and of all that they refer to.
    part: Island,
    kind: Kind,
    /// Where the next piece begins.
    pub next: Option<EntityId>,
    /// How many of the kind the island has.
    pub total: u64,
}

impl EntityPage {
    pub(crate) fn new(part: Island, kind: Kind, next: Option<EntityId>, total: u64) -> Self {
        Self { part, kind, next, total }
    }

    /// The entities as callers see them.
    pub fn views(&self) -> impl Iterator<Item = View<'_>> {
        self.part.views(self.kind)
    }
}

/// What an idempotency key was used for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRecord {
    /// The island.
    pub island: IslandId,
    /// The run.
    pub run: RunId,
    /// The hash of the request.
    pub request_hash: String,
    /// When it was committed.
    pub created_at: Timestamp,
}

/// What a reset took away.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ResetReport {
    /// How many rows went, by table. Tables that had none are not listed.
    pub rows: RowCounts,
}

/// How many islands there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Stats {
    /// In use.
    pub active: u64,
    /// Past their expiry, and still there.
    pub overdue: u64,
    /// They were to end, and could not be removed.
    pub stuck: u64,
    /// Ended by somebody.
    pub removed: u64,
    /// Ended by their expiry.
    pub expired: u64,
}
