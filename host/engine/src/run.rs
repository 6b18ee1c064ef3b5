//! One run: from a scenario and its params to a draft.

use std::sync::Arc;
use std::time::{Duration, Instant};

use insula_domain::{Draft, Violation, violations};
use insula_sandbox::{Built, Frame, Journal, LogLine, QuotaExceeded, Run, RunCost, RunError, RunErrorKind};
use jiff::Timestamp;
use jsonschema::Validator;
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
    /// Whether each call of the host is written down; it changes nothing else.
    pub(crate) journal: bool,
}

impl Inputs {
    /// Checks what the caller gave and makes up what they did not.
    pub(crate) fn check(
        scenario: &Scenario,
        params: Map<String, Value>,
        seed: Option<u64>,
        clock: Option<Timestamp>,
        now: Timestamp,
        journal: bool,
    ) -> Result<Self, EngineError> {
        let mut params = Value::Object(params);
        if !scenario.params.is_valid(&params) {
            return Err(bad_params(scenario, violations(&scenario.params, &params)));
        }
        params.sort_all_objects();
        make_whole(&mut params);
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
        Ok(Self { params, seed: seed.unwrap_or_else(random_seed), clock, journal })
    }
}

/// Writes numbers without a fraction as integers, which they are to JSON Schema (draft 2020-12, section 4.2.3) and to
/// JavaScript: a plugin's language may refuse `5.0` where its schema asks for an integer.
fn make_whole(value: &mut Value) {
    /// Up to here a float is exact (IEEE 754, binary64).
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match value {
        Value::Array(values) => values.iter_mut().for_each(make_whole),
        Value::Object(values) => values.values_mut().for_each(make_whole),
        Value::Number(number) if number.is_f64() => {
            if let Some(float) = number.as_f64().filter(|it| it.fract() == 0.0 && it.abs() < EXACT) {
                *number = (float as i64).into();
            }
        }
        Value::Number(_) | Value::String(_) | Value::Bool(_) | Value::Null => {}
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
    /// Runs a scenario on a draft, after those that it extends. What it returns is its own, what it cost and said is that
    /// of all.
    pub(crate) async fn build(
        &self,
        scenario: &Arc<Scenario>,
        inputs: &Inputs,
        mut draft: Draft,
    ) -> Result<Built, EngineError> {
        let mut sum = RunReport::default();
        for base in self.bases(scenario, inputs, &mut sum).await? {
            draft = self.build_one(&base.scenario, base.run(inputs), draft, &mut sum).await?.0;
            draft.hand_on();
        }
        let params = inputs.params.to_string();
        let run = scenario.run(&params, inputs);
        let (draft, outputs) = self.build_one(scenario, run, draft, &mut sum).await?;
        Ok(Built { draft, outputs, cost: sum.cost, logs: sum.logs, journal: sum.journal })
    }

    async fn build_one(
        &self,
        scenario: &Scenario,
        run: Run<'_>,
        draft: Draft,
        sum: &mut RunReport,
    ) -> Result<(Draft, Value), EngineError> {
        let began = Instant::now();
        let outcome = self.inner.sandbox.run(&scenario.plugin, run, draft).await;
        let cost = outcome.as_ref().map_or_else(|error| error.cost, |built| built.cost);
        // What is not the run itself is the wait for a sandbox.
        let waited = began.elapsed().saturating_sub(Duration::from_micros(cost.micros));
        metrics::histogram!("insula_queue_seconds").record(waited);
        let Built { draft, outputs, cost, logs, journal } =
            outcome.map_err(|error| sum.explain(scenario, error))?;
        sum.add(cost, logs, journal);
        match scenario.outputs.as_ref().filter(|schema| !schema.is_valid(&outputs)) {
            Some(schema) => Err(sum.faulty(scenario, unfit_outputs(schema, &outputs), Vec::new())),
            None => Ok((draft, outputs)),
        }
    }
}

fn unfit_outputs(schema: &Validator, outputs: &Value) -> String {
    let wrong: Vec<String> = violations(schema, outputs)
        .into_iter()
        .take(MOST_VIOLATIONS)
        .map(|wrong| format!("{} at {:?}", wrong.message, wrong.pointer))
        .collect();
    format!("its outputs do not fit its outputs schema: {}", wrong.join("; "))
}

impl RunReport {
    /// What another scenario of the same run cost and said.
    pub(crate) fn add(&mut self, cost: RunCost, logs: Vec<LogLine>, journal: Option<Journal>) {
        self.cost += cost;
        self.logs.extend(logs);
        if let Some(journal) = journal {
            self.journal.get_or_insert_default().append(journal);
        }
    }

    /// What a scenario did wrong, with what the run cost and said until then.
    pub(crate) fn faulty(
        &mut self,
        scenario: &Scenario,
        reason: String,
        backtrace: Vec<Frame>,
    ) -> EngineError {
        let manifest = scenario.manifest();
        let (scenario, version) = (manifest.name.clone(), manifest.version.clone());
        EngineError::Faulty { scenario, version, reason, backtrace, run: Box::new(std::mem::take(self)) }
    }

    /// Why a scenario built nothing, with what the run cost and said until then.
    pub(crate) fn explain(&mut self, by: &Scenario, error: RunError) -> EngineError {
        self.add(error.cost, error.logs, error.journal.map(|journal| *journal));
        let manifest = by.manifest();
        let (scenario, version) = (manifest.name.clone(), manifest.version.clone());
        let reason = error.kind.to_string();
        match error.kind {
            RunErrorKind::Rejected(rejection) => {
                EngineError::Rejected { scenario, version, rejection, run: Box::new(std::mem::take(self)) }
            }
            RunErrorKind::Failed(_) | RunErrorKind::NoCode(_) | RunErrorKind::BadOutput { .. } => {
                self.faulty(by, reason, Vec::new())
            }
            RunErrorKind::Trapped(trapped) => self.faulty(by, reason, trapped.backtrace),
            RunErrorKind::Quota(QuotaExceeded { quota, limit }) => {
                EngineError::Quota { scenario, version, quota, limit, run: Box::new(std::mem::take(self)) }
            }
            RunErrorKind::OutOfTime(QuotaExceeded { quota, limit }) => EngineError::OutOfTime {
                scenario,
                version,
                quota,
                limit,
                run: Box::new(std::mem::take(self)),
            },
            RunErrorKind::Busy { waited } => EngineError::Busy { what: "a sandbox", waited },
        }
    }
}
