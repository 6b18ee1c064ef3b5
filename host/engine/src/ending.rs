//! How islands end.

use std::time::Duration;

use insula_domain::IslandId;
use insula_store::{Certificate, Ending, IslandState};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::engine::Engine;
use crate::error::EngineError;
use crate::islands::{IslandSummary, IslandsQuery};
use crate::refusals::Asked;

/// An island that is no more.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Ended {
    /// The island.
    pub island_id: IslandId,
    /// Whether it was removed now; false when it had ended before.
    pub removed: bool,
    /// What was removed, and the proof that nothing is left.
    pub certificate: Certificate,
}

/// Which islands to end; at least one must be given.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct EndQuery {
    /// Only those with this label.
    pub label: Option<String>,
    /// Only those that this scenario made.
    pub scenario: Option<String>,
    /// Only those that are older than this, such as `30m`.
    pub older_than: Option<String>,
}

/// The islands that were to end.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct EndedIslands {
    /// Those that are no more.
    pub islands: Vec<Ended>,
    /// Those that could not be removed; all their rows are there.
    pub stuck: Vec<StuckIsland>,
}

/// An island that could not be removed.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct StuckIsland {
    /// The island.
    pub island_id: IslandId,
    /// Why.
    pub reasons: Vec<String>,
}

/// How long an end waits for runs that add to the island: longer than a run may usually take.
const DRAIN: Duration = Duration::from_secs(10);

/// So many islands are removed at once: enough to share transactions.
const AT_ONCE: usize = 32;

/// The largest page of a list.
const PAGE: u32 = 1_000;

impl Engine {
    /// Ends an island: waits for the run that adds to it, and removes all that it holds and all that refers to that, in
    /// every table. Ending one that has ended changes nothing.
    ///
    /// # Errors
    /// When there never was such an island, when it cannot be removed (nothing is, then), or the database does not
    /// answer.
    pub async fn end(&self, id: IslandId) -> Result<Ended, EngineError> {
        match self.end_now(id).await {
            // The store has told of it, together with the certificate.
            Err(stuck @ EngineError::Stuck { .. }) => Err(stuck),
            ended => self.told(Asked::of("end", id), ended).await,
        }
    }

    async fn end_now(&self, id: IslandId) -> Result<Ended, EngineError> {
        // Runs that come later wait for this, and then find no island. One that takes longer than is waited for finds
        // none when it commits.
        let turn = timeout(DRAIN, self.inner.turns.take(id)).await;
        let ending = Ending { island: id, actor: self.actor(), overdue_only: false };
        let removal = self.inner.store.end(ending).await?.ok_or(EngineError::UnknownIsland(id))?;
        drop(turn);
        if !removal.already {
            self.inner.bell.ring();
        }
        if removal.record.state == IslandState::Stuck {
            tracing::warn!(island = %id, reasons = ?removal.certificate.reasons, "an island cannot be removed");
            return Err(EngineError::Stuck { id, reasons: removal.certificate.reasons });
        }
        Ok(Ended { island_id: id, removed: !removal.already, certificate: removal.certificate })
    }

    /// Ends all islands that a query leaves. One that cannot be removed does not keep the others.
    ///
    /// # Errors
    /// When the query leaves all there are, or the database does not answer.
    pub async fn end_all(&self, query: EndQuery) -> Result<EndedIslands, EngineError> {
        let asked = Asked::new("end_islands", &query);
        let ended = self.end_found(query).await;
        self.told(asked, ended).await
    }

    async fn end_found(&self, query: EndQuery) -> Result<EndedIslands, EngineError> {
        let islands = self.to_end(query).await?.into_iter().map(|island| island.island_id);
        self.end_these(islands).await
    }

    /// Ends these islands.
    pub(crate) async fn end_these(
        &self,
        islands: impl IntoIterator<Item = IslandId>,
    ) -> Result<EndedIslands, EngineError> {
        let mut all = EndedIslands::default();
        let mut waiting = islands.into_iter();
        let mut running = JoinSet::new();
        loop {
            while running.len() < AT_ONCE
                && let Some(id) = waiting.next()
            {
                let engine = self.clone();
                running.spawn(async move { engine.end_now(id).await });
            }
            match running.join_next().await {
                None => break,
                Some(Ok(Ok(ended))) => all.islands.push(ended),
                Some(Ok(Err(EngineError::Stuck { id, reasons }))) => {
                    all.stuck.push(StuckIsland { island_id: id, reasons });
                }
                // It was forgotten since it was listed.
                Some(Ok(Err(EngineError::UnknownIsland(_)))) => {}
                Some(Ok(Err(error))) => return Err(error),
                Some(Err(_)) => return Err(EngineError::ShuttingDown),
            }
        }
        all.islands.sort_by_key(|ended| ended.island_id);
        all.stuck.sort_by_key(|stuck| stuck.island_id);
        Ok(all)
    }

    /// The islands that a query leaves.
    async fn to_end(&self, query: EndQuery) -> Result<Vec<IslandSummary>, EngineError> {
        let EndQuery { label, scenario, older_than } = query;
        if label.is_none() && scenario.is_none() && older_than.is_none() {
            return Err(EngineError::Request {
                field: "label",
                problem: "say which islands to end: by label, scenario or older_than; a reset removes all"
                    .to_owned(),
            });
        }
        let mut all = Vec::new();
        let mut query = IslandsQuery { label, scenario, older_than, limit: Some(PAGE), after: None };
        loop {
            let page = self.islands(query.clone()).await?;
            all.extend(page.islands);
            query.after = page.next;
            if query.after.is_none() {
                return Ok(all);
            }
        }
    }

    /// What was removed with an island that has ended, or why it is stuck.
    ///
    /// # Errors
    /// When there is no such island, or it has not ended.
    pub async fn certificate(&self, id: IslandId) -> Result<Certificate, EngineError> {
        Ok(self.inner.store.certificate(id).await?)
    }
}
