//! What happened, told to whoever listens.
//!
//! Events are kept in the database. A listener reads them from there: it is woken when this host wrote some, and looks
//! from time to time for those of other hosts. It hears of one only when no other can be written before it any more; so it can
//! go on where it left off, and misses none. What is looked up is there as soon as it is committed.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use insula_domain::{IslandId, RunId};
use insula_store::{Event, EventKind, Events, NewEvent, Store};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::{Notify, watch};

use crate::engine::{Engine, Inner};
use crate::error::EngineError;
use crate::steps::{Step, Steps};

/// How long whoever follows events waits for this host before it looks for events of others.
pub(crate) const LOOK: Duration = Duration::from_secs(1);

/// How long it waits when there are events already, and a transaction that is under way may write others before them.
const SOON: Duration = Duration::from_millis(20);

/// Runs that are answered within this time are told of together.
const MOMENT: Duration = Duration::from_millis(100);

/// So many events are read at once.
pub(crate) const BATCH: u32 = 500;

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

    pub(crate) fn listen(&self) -> watch::Receiver<()> {
        self.0.subscribe()
    }
}

/// Runs whose callers have their answers. How long the commit took is known only after it; a row for each would cost a
/// seed a twelfth of its time, so one tells of all that were answered within a moment.
#[derive(Debug, Default)]
pub(crate) struct Answered {
    runs: Mutex<Vec<AnsweredRun>>,
    some: Notify,
}

#[derive(Debug, Serialize)]
struct AnsweredRun {
    island_id: IslandId,
    run: RunId,
    micros: Value,
}

impl Answered {
    pub(crate) fn add(&self, island_id: IslandId, run: RunId, steps: &Steps) {
        let run = AnsweredRun { island_id, run, micros: steps.micros(Step::Committed..) };
        self.runs.lock().unwrap_or_else(PoisonError::into_inner).push(run);
        self.some.notify_one();
    }

    fn take(&self) -> Vec<AnsweredRun> {
        std::mem::take(&mut *self.runs.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Hears of events.
#[derive(Debug)]
pub struct Listener {
    store: Store,
    bell: watch::Receiver<()>,
    /// Of which island; of all without one.
    island: Option<IslandId>,
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
            let (settled, all) = match self.island {
                None => (Events::Settled(self.after), Events::After(self.after)),
                Some(id) => (Events::SettledOf(id, self.after), Events::Of(id, self.after)),
            };
            let events = self.store.events(settled, BATCH).await?;
            if let Some(last) = events.last() {
                self.after = last.id;
                return Ok(events);
            }
            let waiting = self.store.events(all, 1).await?;
            let time = if waiting.is_empty() { LOOK } else { SOON };
            // Whichever it was, the database says what there is.
            tokio::time::timeout(time, self.bell.changed()).await.ok();
        }
    }
}

impl Engine {
    /// Listens for what happens after an event, or from now on: to one island, or to all.
    ///
    /// # Errors
    /// When there never was such an island, or the database does not answer.
    pub async fn listen(
        &self,
        island: Option<IslandId>,
        after: Option<i64>,
    ) -> Result<Listener, EngineError> {
        let store = self.inner.store.clone();
        // Whoever mistook its id would wait for ever.
        if let Some(id) = island
            && store.events(Events::Of(id, i64::MIN), 1).await?.is_empty()
        {
            return Err(EngineError::UnknownIsland(id));
        }
        // A number beyond what there can be is of another database.
        let settled = store.settled().await?;
        let after = after.map_or(settled, |after| after.min(settled));
        Ok(Listener { bell: self.inner.bell.listen(), store, island, after })
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
        // Read before the events, so that none of them is committed in between.
        let settled = store.settled().await?;
        let which = match (island, query.after) {
            (Some(island), after) => Events::Of(island, after.unwrap_or(i64::MIN)),
            (None, Some(after)) => Events::After(after),
            (None, None) => Events::Last,
        };
        let mut events = store.events(which, limit).await?;
        if let (Some(id), None, true) = (island, query.after, events.is_empty()) {
            return Err(EngineError::UnknownIsland(id));
        }
        if query.after.is_some() {
            // Whoever goes on from page to page is to get each event once.
            events.retain(|event| event.id <= settled);
        }
        let after = query.after.unwrap_or(settled);
        let next = events.last().map_or(after, |event| event.id.min(settled));
        Ok(EventList { events, next })
    }

    /// Tells of runs whose callers have their answers, for as long as anybody has the engine.
    pub(crate) fn tell_of_answers(&self) {
        let inner = Arc::downgrade(&self.inner);
        let actor = self.actor();
        tokio::spawn(async move {
            while let Some(inner) = inner.upgrade() {
                // There may be none for long: meanwhile the engine may go.
                if tokio::time::timeout(LOOK, inner.answered.some.notified()).await.is_ok() {
                    tokio::time::sleep(MOMENT).await;
                    inner.tell_answered(&actor).await;
                }
            }
        });
    }
}

impl Inner {
    /// Tells of the runs that were answered since it was told last.
    pub(crate) async fn tell_answered(&self, actor: &Arc<str>) {
        let runs = self.answered.take();
        let Some(first) = runs.first() else { return };
        // One that tells of several islands is none's.
        let island = runs.iter().all(|run| run.island_id == first.island_id).then_some(first.island_id);
        let event = NewEvent::done(EventKind::Answered, island, Arc::clone(actor), json!({ "runs": runs }));
        match self.store.tell(event).await {
            Ok(()) => self.bell.ring(),
            Err(reason) => tracing::warn!(%reason, "how long answers took could not be remembered"),
        }
    }
}
