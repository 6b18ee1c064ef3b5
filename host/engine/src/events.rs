//! What happens, told to whoever listens.

use insula_domain::IslandId;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use tokio::sync::broadcast;

/// Something that happened.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Event {
    /// The number of the event in this process, counted from 1.
    pub number: u64,
    /// When.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub at: Timestamp,
    /// What.
    pub kind: EventKind,
    /// To which island.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub island_id: Option<IslandId>,
    /// By which scenario.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scenario: Option<String>,
    /// More, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// What can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// A run was committed.
    Seeded,
    /// A run was refused or failed; nothing was written.
    Refused,
    /// An island's expiry was moved.
    Renewed,
    /// An island was removed.
    Ended,
    /// All islands were removed.
    Reset,
}

impl EventKind {
    /// The event's name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Seeded => "seeded",
            Self::Refused => "refused",
            Self::Renewed => "renewed",
            Self::Ended => "ended",
            Self::Reset => "reset",
        }
    }
}

/// How many events a slow listener may lag behind before it misses some: a burst of a thousand islands fits.
const BUFFERED: usize = 1_024;

/// Tells events to all who listen.
#[derive(Debug)]
pub(crate) struct Events {
    sender: broadcast::Sender<Event>,
    number: std::sync::atomic::AtomicU64,
}

impl Events {
    pub(crate) fn new() -> Self {
        Self { sender: broadcast::Sender::new(BUFFERED), number: 0.into() }
    }

    pub(crate) fn listen(&self) -> broadcast::Receiver<Event> {
        self.sender.subscribe()
    }

    pub(crate) fn tell(
        &self,
        kind: EventKind,
        island_id: Option<IslandId>,
        scenario: Option<&str>,
        detail: impl FnOnce() -> Option<String>,
    ) {
        let number = self.number.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
        if self.sender.receiver_count() == 0 {
            return;
        }
        let scenario = scenario.map(str::to_owned);
        let event = Event { number, at: Timestamp::now(), kind, island_id, scenario, detail: detail() };
        // That nobody listens any more is no failure.
        self.sender.send(event).ok();
    }
}
