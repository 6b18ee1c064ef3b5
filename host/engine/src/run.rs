//! One run: from a scenario and its params to a draft.

use std::sync::Arc;
use std::time::{Duration, Instant};

use insula_domain::{Draft, Violation, violations};
use insula_sandbox::{Built, Run, RunError, RunErrorKind};
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::answer::RunReport;
use crate::catalog::Scenario;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::request::MAX_SEED;

/// More violations than this help nobody.
const MOST_VIOLATIONS: usize = 20;

/// What a run depends on, besides the draft that it starts from: equal inputs give equal drafts.
#[derive(Clone, Debug)]
pub(crate) struct Inputs {
    /// The params, with their keys in order.
    pub(crate) params: Value,
    pub(crate) seed: u64,
    pub(crate) clock: Timestamp,
}

impl Inputs {
    /// Checks what the caller gave and makes up what they did not.
    pub(crate) fn check(
        scenario: &Scenario,
        params: Map<String, Value>,
        seed: Option<u64>,
        clock: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Self, EngineError> {
        let mut params = Value::Object(params);
        if !scenario.params.is_valid(&params) {
            return Err(bad_params(scenario, violations(&scenario.params, &params)));
        }
        params.sort_all_objects();
        if seed.is_some_and(|seed| seed > MAX_SEED) {
            let problem =
                format!("a seed is at most {MAX_SEED}, which JSON numbers hold exactly in every language");
            return Err(EngineError::Request { field: "seed", problem });
        }
        let clock = clock.unwrap_or(now);
        if !(YEARS.0..=YEARS.1).contains(&clock.as_second()) {
            let problem = "the clock must be between the years 1900 and 2200".to_owned();
            return Err(EngineError::Request { field: "clock", problem });
        }
        Ok(Self { params, seed: seed.unwrap_or_else(random_seed), clock })
    }
}

/// 1900-01-01 and 2200-01-01: far from the edges of every calendar type on the way.
const YEARS: (i64, i64) = (-2_208_988_800, 7_258_118_400);

impl Engine {
    /// The present, by the clock that says when islands expire.
    pub(crate) fn now_to_the_second(&self) -> Timestamp {
        let now = self.inner.store.now();
        Timestamp::from_second(now.as_second()).unwrap_or(now)
    }
}

fn random_seed() -> u64 {
    let (high, _) = uuid::Uuid::new_v4().as_u64_pair();
    high & MAX_SEED
}

fn bad_params(scenario: &Scenario, mut violations: Vec<Violation>) -> EngineError {
    violations.truncate(MOST_VIOLATIONS);
    let manifest = scenario.manifest();
    EngineError::Params { scenario: manifest.name.clone(), version: manifest.version.clone(), violations }
}

impl Engine {
    /// Runs a scenario on a draft.
    pub(crate) async fn build(
        &self,
        scenario: &Arc<Scenario>,
        inputs: &Inputs,
        draft: Draft,
    ) -> Result<Built, EngineError> {
        let params = inputs.params.to_string();
        let run = Run { params: &params, seed: inputs.seed, clock: inputs.clock, quotas: &scenario.quotas };
        let began = Instant::now();
        let outcome = self.inner.sandbox.run(&scenario.plugin, run, draft).await;
        let cost = outcome.as_ref().map_or_else(|error| error.cost, |built| built.cost);
        // What is not the run itself is the wait for a sandbox.
        let waited = began.elapsed().saturating_sub(Duration::from_micros(cost.micros));
        metrics::histogram!("insula_queue_seconds").record(waited);
        outcome.map_err(|error| explain(scenario, error))
    }
}

fn explain(scenario: &Scenario, error: RunError) -> EngineError {
    let manifest = scenario.manifest();
    let (name, version) = (manifest.name.clone(), manifest.version.clone());
    let reason = error.kind.to_string();
    let run = RunReport { cost: error.cost, logs: error.logs };
    match error.kind {
        RunErrorKind::Rejected(rejection) => {
            EngineError::Rejected { scenario: name, version, rejection, run: Box::new(run) }
        }
        RunErrorKind::Failed(_) | RunErrorKind::BadOutput { .. } => {
            EngineError::Faulty { scenario: name, version, reason, backtrace: Vec::new(), run: Box::new(run) }
        }
        RunErrorKind::Trapped(trapped) => {
            let backtrace = trapped.backtrace;
            EngineError::Faulty { scenario: name, version, reason, backtrace, run: Box::new(run) }
        }
        RunErrorKind::Quota(exceeded) => {
            let quota = exceeded.quota;
            EngineError::Quota { scenario: name, version, quota, limit: exceeded.limit, run: Box::new(run) }
        }
        RunErrorKind::OutOfTime(exceeded) => {
            let quota = exceeded.quota;
            EngineError::OutOfTime {
                scenario: name,
                version,
                quota,
                limit: exceeded.limit,
                run: Box::new(run),
            }
        }
        RunErrorKind::Busy { waited } => EngineError::Busy { what: "a sandbox", waited },
    }
}
