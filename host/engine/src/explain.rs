//! What a run was, and why it was refused: it is run once more, with a journal, and nothing is written. Equal inputs
//! give equal drafts, so what it does now is what it did then; where it is not, the first difference is said.

use std::sync::Arc;

use insula_domain::{Difference, Digest, Draft, IslandId};
use insula_sandbox::{Built, Frame};
use insula_store::{Event, Events, RunRecord};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::answer::RunReport;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::request::SeedRequest;
use crate::run::Inputs;

/// The runs of an island, or one that was refused, explained.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Explanation {
    /// The island, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub island_id: Option<IslandId>,
    /// The runs, in their order.
    pub runs: Vec<Replay>,
    /// The first difference between what the runs built and what the island holds now, which its application may have
    /// changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed_since: Option<Difference>,
}

/// A run that was run once more.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Replay {
    /// The scenario.
    pub scenario: String,
    /// Its version.
    pub version: String,
    /// The params.
    pub params: Value,
    /// The seed.
    pub seed: u64,
    /// The run's instant.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub clock: Timestamp,
    /// What came of it now.
    #[serde(flatten)]
    pub outcome: ReplayOutcome,
    /// Whether that is what came of it then.
    pub same: bool,
    /// What is other than it was then; nothing where it is the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<String>,
    /// What it cost and said, and each call of the host.
    pub run: RunReport,
}

/// What came of a run.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum ReplayOutcome {
    /// It built what has this digest.
    Built {
        /// The hash of what it built.
        digest: Digest,
    },
    /// It built nothing.
    Refused {
        /// Why.
        reason: String,
        /// The Wasm backtrace, innermost first.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        backtrace: Vec<Frame>,
    },
}

impl Engine {
    /// Runs an island's runs once more, and tells what each did.
    ///
    /// # Errors
    /// When there is no such island, its scenario is not here any more, or the database does not answer.
    pub async fn explain(&self, id: IslandId) -> Result<Explanation, EngineError> {
        let stored = self.inner.store.island(id).await?;
        let (mut runs, mut draft): (Vec<Replay>, Option<Draft>) = (Vec::new(), None);
        for record in &stored.runs {
            let (replay, built) = self.replay(record, draft.take()).await?;
            let same = replay.same;
            runs.push(replay);
            draft = built.filter(|_| same);
            let Some(draft) = &mut draft else { break };
            draft.hand_on();
        }
        let changed_since =
            draft.and_then(|draft| Difference::first(draft.entities(), &stored.island.entities));
        Ok(Explanation { island_id: Some(id), runs, changed_since })
    }

    /// Runs once more what was refused, and tells what it did until then.
    ///
    /// # Errors
    /// When there is no such event, or it is no refusal of a run.
    pub async fn explain_refusal(&self, event: i64) -> Result<Explanation, EngineError> {
        let found = self.inner.store.events(Events::After(event.saturating_sub(1)), 1).await?;
        let found = found.into_iter().find(|it| it.id == event);
        let found = found.ok_or(EngineError::UnknownEvent(event))?;
        let (request, reason) = refused(&found).ok_or_else(|| EngineError::Request {
            field: "event",
            problem: "this event is no refusal of a run; explain the island that it names".to_owned(),
        })?;
        let scenario = self.inner.catalog.find(&request.scenario, request.version.as_deref()).await?;
        let now = self.now_to_the_second();
        let inputs = Inputs::check(&scenario, request.params, request.seed, request.clock, now, true)?;
        let (draft, _) = self.draft(&scenario, request.into).await?;
        let outcome = self.build(&scenario, &inputs, draft).await;
        let manifest = scenario.manifest();
        let (scenario, version) = (manifest.name.clone(), manifest.version.to_string());
        let (outcome, run, difference) = match outcome {
            Ok(built) => {
                let digest = built.draft.digest();
                let difference = format!("it was refused: {reason}");
                (ReplayOutcome::Built { digest }, report(built).0, Some(difference))
            }
            Err(error) => {
                let said = error.to_string();
                let difference = (said != reason).then(|| format!("it was refused otherwise: {reason}"));
                (ReplayOutcome::refused(&error), error.run().cloned().unwrap_or_default(), difference)
            }
        };
        let (params, seed, clock) = (inputs.params, inputs.seed, inputs.clock);
        let same = difference.is_none();
        let replay = Replay { scenario, version, params, seed, clock, outcome, same, difference, run };
        Ok(Explanation { island_id: None, runs: vec![replay], changed_since: None })
    }

    async fn replay(
        &self,
        record: &RunRecord,
        draft: Option<Draft>,
    ) -> Result<(Replay, Option<Draft>), EngineError> {
        let scenario =
            self.inner.catalog.find(&record.scenario, Some(&format!("={}", record.version))).await?;
        let inputs =
            Inputs { params: record.params.clone(), seed: record.seed, clock: record.clock, journal: true };
        let draft = draft.unwrap_or_else(|| Draft::new(Arc::clone(&self.inner.setup), scenario.quotas.draft));
        let plugin = scenario.plugin.digest();
        let other_plugin = record.plugin.filter(|then| *then != plugin).map(|then| {
            format!("the plugin is another: it had the digest {then}, and that which is here has {plugin}")
        });
        let (outcome, run, draft, difference) = match self.build(&scenario, &inputs, draft).await {
            Ok(built) => {
                let digest = built.draft.digest();
                let difference = (digest != record.digest).then(|| {
                    format!("it built what has the digest {}, and builds {digest} now", record.digest)
                });
                let (run, draft) = report(built);
                (ReplayOutcome::Built { digest }, run, Some(draft), difference)
            }
            Err(error) => {
                let run = error.run().cloned().unwrap_or_default();
                (
                    ReplayOutcome::refused(&error),
                    run,
                    None,
                    Some("it built an island, and is refused now".to_owned()),
                )
            }
        };
        let difference = difference.map(|it| other_plugin.map_or(it.clone(), |why| format!("{it}; {why}")));
        let replay = Replay {
            scenario: record.scenario.clone(),
            version: record.version.clone(),
            params: record.params.clone(),
            seed: record.seed,
            clock: record.clock,
            outcome,
            same: difference.is_none(),
            difference,
            run,
        };
        Ok((replay, draft))
    }
}

impl ReplayOutcome {
    fn refused(error: &EngineError) -> Self {
        let backtrace = match error {
            EngineError::Faulty { backtrace, .. } => backtrace.clone(),
            _ => Vec::new(),
        };
        Self::Refused { reason: error.to_string(), backtrace }
    }
}

fn report(built: Built) -> (RunReport, Draft) {
    let Built { draft, cost, logs, journal, .. } = built;
    (RunReport { cost, logs, journal }, draft)
}

/// The request of a run that was refused, and why.
fn refused(event: &Event) -> Option<(SeedRequest, String)> {
    let request = serde_json::from_value(event.details.get("request")?.clone()).ok()?;
    Some((request, event.details.get("reason")?.as_str()?.to_owned()))
}
