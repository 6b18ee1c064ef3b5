//! What happened, as it is kept: an event is written together with what it tells of, and never changed.

use std::sync::Arc;

use insula_domain::IslandId;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::bookkeeping::EVENT;
use crate::cell::{self, Cell};
use crate::ending::Removal;
use crate::records::IslandState;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Event {
    /// Its number. What a listener hears later has a larger one.
    pub id: i64,
    /// When.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub at: Timestamp,
    /// What.
    pub kind: EventKind,
    /// To which island.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub island_id: Option<IslandId>,
    /// Who did it.
    pub actor: String,
    /// How it ended: `done`, or why not.
    pub outcome: String,
    /// More: the scenario, the steps of a run with the microseconds that each took, the rows; why it was refused.
    pub details: Value,
}

impl Event {
    /// What it tells of this island, where it tells of several.
    pub(crate) fn about(mut self, id: IslandId) -> Self {
        if self.island_id.is_none() {
            self.island_id = Some(id);
            if let Some(Value::Array(runs)) = self.details.get_mut("runs") {
                runs.retain(|run| run.get("island_id") == Some(&json!(id)));
            }
        }
        self
    }
}

/// What can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// A run made an island.
    Seeded,
    /// A run added to an island.
    Added,
    /// What somebody asked for was refused, or failed. Of a run nothing was written then.
    Refused,
    /// Runs were answered: so long took their commits and tokens. Where it tells of several islands, who asks for one of
    /// them reads what it tells of that one; who asks for all reads it once, as an event of no island.
    Answered,
    /// The application changed an island.
    Edited,
    /// An island's expiry was moved.
    Renewed,
    /// Somebody ended an island.
    Ended,
    /// An island's time was over, and it was removed.
    Expired,
    /// An island was to end and could not be removed.
    Stuck,
    /// All islands were removed.
    Reset,
    /// A backup was taken.
    BackedUp,
    /// A backup was removed, since somebody asked for that.
    BackupRemoved,
    /// A backup was restored: all is as it was when it was taken, but for the events, which stay.
    Restored,
    /// A session began.
    SessionBegan,
    /// A session ended, its islands with it.
    SessionEnded,
    /// A version of a scenario was added to the catalog.
    ScenarioAdded,
    /// A version of a scenario was removed from the catalog.
    ScenarioRemoved,
    /// Versions of a scenario were rolled back.
    RolledBack,
}

impl EventKind {
    const ALL: [Self; 18] = [
        Self::Seeded,
        Self::Added,
        Self::Refused,
        Self::Answered,
        Self::Edited,
        Self::Renewed,
        Self::Ended,
        Self::Expired,
        Self::Stuck,
        Self::Reset,
        Self::BackedUp,
        Self::BackupRemoved,
        Self::Restored,
        Self::SessionBegan,
        Self::SessionEnded,
        Self::ScenarioAdded,
        Self::ScenarioRemoved,
        Self::RolledBack,
    ];

    /// What a word means.
    pub(crate) fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// The word for it, in tables and answers.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Seeded => "seeded",
            Self::Added => "added",
            Self::Refused => "refused",
            Self::Answered => "answered",
            Self::Edited => "edited",
            Self::Renewed => "renewed",
            Self::Ended => "ended",
            Self::Expired => "expired",
            Self::Stuck => "stuck",
            Self::Reset => "reset",
            Self::BackedUp => "backed_up",
            Self::BackupRemoved => "backup_removed",
            Self::Restored => "restored",
            Self::SessionBegan => "session_began",
            Self::SessionEnded => "session_ended",
            Self::ScenarioAdded => "scenario_added",
            Self::ScenarioRemoved => "scenario_removed",
            Self::RolledBack => "rolled_back",
        }
    }
}

/// Which events are meant; the first always comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Events {
    /// The last ones.
    Last,
    /// Those with a larger number than this.
    After(i64),
    /// Of these, those before which none will be written any more. Where several write at once, one with a smaller number
    /// may be committed later than one with a larger; these are withheld until that cannot happen.
    Settled(i64),
    /// The same of this island.
    SettledOf(IslandId, i64),
    /// Of this island those with a larger number.
    Of(IslandId, i64),
}

/// Something to be remembered.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// What happened.
    pub kind: EventKind,
    /// To which island.
    pub island: Option<IslandId>,
    /// Who did it.
    pub actor: Arc<str>,
    /// How it ended: [`NewEvent::DONE`], or why not.
    pub outcome: &'static str,
    /// More.
    pub details: Value,
}

impl NewEvent {
    /// The outcome of what was done.
    pub const DONE: &'static str = "done";

    /// Something that was done.
    pub fn done(kind: EventKind, island: Option<IslandId>, actor: Arc<str>, details: Value) -> Self {
        Self { kind, island, actor, outcome: Self::DONE, details }
    }

    /// What a removal came to.
    pub(crate) fn of_removal(removal: &Removal) -> Self {
        let Removal { record, certificate, .. } = removal;
        let kind = match record.state {
            IslandState::Stuck => EventKind::Stuck,
            IslandState::Expired => EventKind::Expired,
            IslandState::Active | IslandState::Removed => EventKind::Ended,
        };
        let rows: u64 = certificate.rows.values().sum();
        let details = json!({ "rows": rows, "digest": certificate.digest, "reasons": certificate.reasons });
        let outcome = if certificate.clean { Self::DONE } else { "stuck" };
        let actor = certificate.actor.as_str().into();
        Self { kind, island: Some(record.id), actor, outcome, details }
    }

    pub(crate) fn row(&self, at: Timestamp) -> [Cell; EVENT.len()] {
        [
            at.into(),
            self.kind.word().into(),
            self.island.map_or(Cell::Null, |island| Cell::Uuid(island.0)),
            Cell::Text(Arc::clone(&self.actor)),
            self.outcome.into(),
            cell::json(&self.details),
        ]
    }
}

/// Reads an event: its id, and the columns of [`EVENT`].
///
/// # Errors
/// That it is not what is written.
pub(crate) fn event(cells: &[Cell]) -> Result<Event, String> {
    let read = || {
        let [id, at, kind, island, actor, outcome, details] = cells else { return None };
        let word = cell::text(kind)?;
        Some(Event {
            id: cell::int(id)?,
            at: cell::instant_of(at)?,
            kind: EventKind::of(word)?,
            island_id: if let Cell::Uuid(id) = island { Some(IslandId(*id)) } else { None },
            actor: cell::text(actor)?.to_owned(),
            outcome: cell::text(outcome)?.to_owned(),
            details: cell::parsed_json(details)?,
        })
    };
    read().ok_or_else(|| "a row of insula_event".to_owned())
}
