//! What was refused is an event, as what was done is. What never came in is none: that is for the door to say.

use insula_domain::IslandId;
use insula_store::{EventKind, NewEvent, StoreError};
use serde::Serialize;
use serde_json::{Value, json};

use crate::engine::Engine;
use crate::error::EngineError;
use crate::request::SeedRequest;
use crate::steps::{Step, Steps};

/// What somebody asked for.
pub(crate) struct Asked {
    what: &'static str,
    island: Option<IslandId>,
    details: Value,
}

impl Asked {
    /// With these details: members of an object.
    pub(crate) fn new(what: &'static str, details: impl Serialize) -> Self {
        Self { what, island: None, details: json!(details) }
    }

    /// For an island.
    pub(crate) fn of(what: &'static str, island: IslandId) -> Self {
        Self { what, island: Some(island), details: json!({}) }
    }

    /// A run, with the step at which it failed, and how long each took.
    fn run(request: &SeedRequest, mut steps: Steps) -> Self {
        steps.pause();
        let rolled_back = match steps.at() {
            Step::TokensIssued => "nothing: what was written stays until the island expires",
            _ => "nothing was written",
        };
        let details = json!({
            "scenario": request.scenario, "failed": steps.at().word(), "micros": steps.micros(..),
            "rolled_back": rolled_back, "request": request,
        });
        Self { what: "seed", island: request.into, details }
    }
}

impl Engine {
    /// Remembers what was refused. The refusal stays what it is, also where that cannot be written.
    pub(crate) async fn told<T>(
        &self,
        asked: Asked,
        outcome: Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        if let Err(error) = &outcome {
            self.tell_refusal(asked, error).await;
        }
        outcome
    }

    /// The same of a run.
    pub(crate) async fn tell_refused_run(&self, request: &SeedRequest, steps: Steps, error: &EngineError) {
        self.tell_refusal(Asked::run(request, steps), error).await;
    }

    /// Remembers what an application refused to somebody who acts on an island.
    pub async fn tell_refused(
        &self,
        island: IslandId,
        asked: &'static str,
        outcome: &'static str,
        reason: &'static str,
    ) {
        let details = json!({ "asked": asked, "reason": reason });
        let (kind, actor) = (EventKind::Refused, self.actor());
        self.remember(asked, NewEvent { kind, island: Some(island), actor, outcome, details }).await;
    }

    async fn tell_refusal(&self, Asked { what, island, mut details }: Asked, error: &EngineError) {
        tracing::debug!(asked = what, %error, "refused");
        if is_out_of_use(error) {
            return;
        }
        if let Value::Object(members) = &mut details {
            members.insert("asked".to_owned(), what.into());
            members.insert("reason".to_owned(), error.to_string().into());
        }
        // One that never was has nothing that happened to it.
        let island = island.filter(|_| !matches!(error, EngineError::UnknownIsland(_)));
        let (actor, outcome) = (self.actor(), error.outcome());
        self.remember(what, NewEvent { kind: EventKind::Refused, island, actor, outcome, details }).await;
    }

    async fn remember(&self, what: &'static str, event: NewEvent) {
        match self.inner.store.tell(event).await {
            Ok(()) => self.inner.bell.ring(),
            Err(reason) => tracing::warn!(asked = what, %reason, "a refusal could not be remembered"),
        }
    }
}

/// Whether it is the database that cannot be used: then it takes no event either, and whoever asks would wait twice.
fn is_out_of_use(error: &EngineError) -> bool {
    match error {
        EngineError::ShuttingDown => true,
        EngineError::Busy { what, .. } => *what == EngineError::QUEUE,
        EngineError::Store(error) => matches!(
            error,
            StoreError::Away { .. }
                | StoreError::Busy { .. }
                | StoreError::Closed
                | StoreError::Full { .. }
                | StoreError::Locked { .. }
                | StoreError::ReadOnly { .. }
        ),
        _ => false,
    }
}
