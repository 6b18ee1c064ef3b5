//! What happened, in the log: for whoever wants to see it there.

use std::sync::Arc;

use insula_store::{Event, Events, Store, StoreError};
use tokio::sync::Mutex;
use tracing::Level;

use crate::engine::{Engine, Inner};
use crate::events::{BATCH, LOOK};

/// The last event that is in the log; none where nobody wants to see any.
#[derive(Debug)]
pub(crate) struct Traced(Mutex<Option<i64>>);

impl Traced {
    /// From now on: after all that can be seen.
    pub(crate) async fn begin(store: &Store) -> Result<Self, StoreError> {
        if !tracing::enabled!(Level::DEBUG) {
            return Ok(Self(Mutex::new(None)));
        }
        let settled = store.settled().await?;
        let last =
            store.events(Events::Last, 1).await?.first().map_or(settled, |event| event.id.max(settled));
        Ok(Self(Mutex::new(Some(last))))
    }
}

impl Engine {
    /// Traces events, those of other hosts as well, for as long as anybody has the engine.
    pub(crate) async fn trace_events(&self) {
        if self.inner.traced.0.lock().await.is_none() {
            return;
        }
        let (inner, mut bell) = (Arc::downgrade(&self.inner), self.inner.bell.listen());
        tokio::spawn(async move {
            while let Some(inner) = inner.upgrade() {
                inner.trace(Events::Settled).await;
                drop(inner);
                // Whichever it was, the database says what there is.
                tokio::time::timeout(LOOK, bell.changed()).await.ok();
            }
        });
    }
}

impl Inner {
    /// Traces these events since it did so last.
    pub(crate) async fn trace(&self, which: impl Fn(i64) -> Events) {
        let mut last = self.traced.0.lock().await;
        let Some(last) = &mut *last else { return };
        loop {
            let events = match self.store.events(which(*last), BATCH).await {
                Ok(events) => events,
                Err(reason) => return tracing::debug!(%reason, "what happened cannot be read now"),
            };
            events.iter().for_each(trace);
            let Some(event) = events.last() else { return };
            *last = event.id;
        }
    }
}

fn trace(event: &Event) {
    let Event { id, at, kind, island_id, actor, outcome, details } = event;
    let island = island_id.map(tracing::field::display);
    tracing::debug!(event = id, %at, island, actor, outcome, %details, "{}", kind.word());
}
