//! What happened, told to whoever listens.
//!
//! Events are kept in the database. A listener reads them from there: it is woken when this host wrote some, and looks
//! from time to time for those of other hosts. So it can go on where it left off, and misses none.

use std::time::Duration;

use insula_domain::IslandId;
use insula_store::{Event, EventKind, NewEvent, Store};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::watch;

use crate::engine::Engine;
use crate::error::EngineError;

/// How long a listener waits for this host before it looks for events of others.
const LOOK: Duration = Duration::from_secs(1);

/// So many events are read at once.
const BATCH: u32 = 500;

/// The largest page, and the usual one.
const PAGE: (u32, u32) = (1_000, 100);

/// Which events to list.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct EventsQuery {
    /// Only those after this one: the `next` of the answer before. Of all islands the last ones where it is left out.
    pub after: Option<i64>,
    /// How many at most: 1 to 1,000; 100 where it is left out.
    pub limit: Option<u32>,
}

/// Some of the events, the first first.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct EventList {
    /// The events.
    pub events: Vec<Event>,
    /// Where to go on, now or when more has happened.
    pub next: i64,
}

/// Wakes listeners.
#[derive(Debug, Default)]
pub(crate) struct Bell(watch::Sender<()>);

impl Bell {
    /// To be called when an event was written.
    pub(crate) fn ring(&self) {
        self.0.send_replace(());
    }
}

/// Hears of events.
#[derive(Debug)]
pub struct Listener {
    store: Store,
    bell: watch::Receiver<()>,
    after: i64,
}

impl Listener {
    /// The next events: at least one, once there is one.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn next(&mut self) -> Result<Vec<Event>, EngineError> {
        loop {
            self.bell.mark_unchanged();
            let events = self.store.events(None, self.after, BATCH).await?;
            if let Some(last) = events.last() {
                self.after = last.id;
                return Ok(events);
            }
            // Whichever it was, the database says what there is.
            tokio::time::timeout(LOOK, self.bell.changed()).await.ok();
        }
    }
}

impl Engine {
    /// Listens for what happens after an event, or from now on.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn listen(&self, after: Option<i64>) -> Result<Listener, EngineError> {
        let store = self.inner.store.clone();
        let after = match after {
            Some(after) => after,
            None => store.last_event().await?,
        };
        Ok(Listener { bell: self.inner.bell.0.subscribe(), store, after })
    }

    /// What happened to one island, or to all; also when it is gone.
    ///
    /// # Errors
    /// When the query cannot be used, there is no such island, or the database does not answer.
    pub async fn past_events(
        &self,
        island: Option<IslandId>,
        query: EventsQuery,
    ) -> Result<EventList, EngineError> {
        let limit = query.limit.unwrap_or(PAGE.1);
        if !(1..=PAGE.0).contains(&limit) {
            let problem = format!("{limit} is not between 1 and {}", PAGE.0);
            return Err(EngineError::Request { field: "limit", problem });
        }
        let store = &self.inner.store;
        let after = match (query.after, island) {
            (Some(after), _) => after,
            (None, Some(_)) => 0,
            (None, None) => (store.last_event().await? - i64::from(limit)).max(0),
        };
        let events = store.events(island, after, limit).await?;
        if let (Some(id), None, true) = (island, query.after, events.is_empty()) {
            return Err(EngineError::UnknownIsland(id));
        }
        let next = events.last().map_or(after, |event| event.id);
        Ok(EventList { events, next })
    }

    /// Remembers that a run was refused, unless it was the database that refused it.
    pub(crate) async fn tell_refusal(&self, scenario: &str, island: Option<IslandId>, error: &EngineError) {
        let Some(step) = error.step() else { return };
        let event = NewEvent {
            kind: EventKind::Refused,
            island,
            actor: self.actor(),
            outcome: error.outcome(),
            details: json!({
                "scenario": scenario, "failed": step, "reason": error.to_string(), "rolled_back": "nothing was written",
            }),
        };
        match self.inner.store.tell(event).await {
            Ok(()) => self.inner.bell.ring(),
            Err(reason) => tracing::warn!(scenario, %reason, "a refusal could not be remembered"),
        }
    }
}
