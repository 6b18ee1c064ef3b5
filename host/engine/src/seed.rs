//! Seeding: run a scenario and commit what it built, or only plan it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use insula_domain::{Counts, Digest, Draft, Ids, Island, IslandId};
use insula_sandbox::Built;
use insula_store::{Commit, Committed, IslandRecord, NewIsland, NewRun, StoreError};
use jiff::Timestamp;
use serde_json::json;
use tokio::task::JoinSet;

use crate::answer::{Answer, Plan, RunReport};
use crate::catalog::Scenario;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::key::Key;
use crate::listed::{AllListed, Content, LISTED, Listed, Names, Users};
use crate::request::{PlanRequest, SeedRequest, Ttl};
use crate::run::Inputs;
use crate::steps::{Running, Step, Steps};

/// So often a scenario is run, where the island that it adds to is changed by another host or an application meanwhile.
const TRIES: u32 = 5;

impl Engine {
    /// Runs a scenario and commits its island.
    ///
    /// With an idempotency key, the same request gives the same island again instead of a new one.
    ///
    /// # Errors
    /// Whatever the reason, nothing was written; but where a token cannot be signed, the island is there until it expires.
    pub async fn seed(&self, mut request: SeedRequest, key: Option<&str>) -> Result<Answer, EngineError> {
        let mut steps = Steps::begin();
        let outcome = {
            let _running = Running::begin(&self.inner.running);
            self.seed_unobserved(&mut request, key, &mut steps).await
        };
        let seeded = outcome.as_ref();
        let seeded = seeded.map(|answer| ("seeded", answer.scenario.as_str(), &answer.run));
        self.observe(&request.scenario, seeded);
        match &outcome {
            Ok(_) => self.inner.bell.ring(),
            Err(error) => self.tell_refused_run(&request, steps, error).await,
        }
        outcome
    }

    async fn seed_unobserved(
        &self,
        request: &mut SeedRequest,
        key: Option<&str>,
        steps: &mut Steps,
    ) -> Result<Answer, EngineError> {
        // Else the first tokens after a machine has slept would be those of the evening before.
        self.inner.store.look_if_due().await?;
        let _turn = match request.into {
            Some(island) => Some(self.inner.turns.take(island).await),
            None => None,
        };
        steps.enter(Step::Validated);
        let key = key.map(|key| Key::of(key, request)).transpose()?;
        if let Some(key) = &key
            && let Some(answer) = self.answer_again(key).await?
        {
            return Ok(answer);
        }
        let scenario = self.inner.catalog.find(&request.scenario, request.version.as_deref()).await?;
        if request.label.as_ref().is_some_and(|label| label.chars().count() > 500 || label.contains('\0')) {
            return Err(EngineError::Request {
                field: "label",
                problem: "a label has at most 500 letters, none of them U+0000".to_owned(),
            });
        }
        let now = self.now_to_the_second();
        let (seed, clock) = (request.seed, request.clock);
        let inputs = Inputs::check(&scenario, request.params.clone(), seed, clock, now, request.journal)?;
        // So that a refusal remembers what it was a refusal of.
        (request.seed, request.clock) = (Some(inputs.seed), Some(inputs.clock));
        let mut tries = 1;
        let (done, committed) = loop {
            let (done, committed) = self.run(&scenario, &inputs, request, key.as_ref(), steps).await?;
            match committed {
                Err(StoreError::Changed { .. }) if tries < TRIES => tries += 1,
                committed => break (done, committed),
            }
        };
        let Done { now, expires_at, digest, outputs, report } = done;
        match (committed, key) {
            (Ok(committed), _) => {
                steps.enter(Step::TokensIssued);
                let (island, run) = (committed.island.id, committed.run);
                // Not before: whoever is woken looks for it in the database.
                if let Some(expires_at) = expires_at {
                    self.inner.alarm.set(expires_at);
                }
                let manifest = scenario.manifest();
                let parts = Parts {
                    scenario: manifest.name.clone(),
                    version: manifest.version.to_string(),
                    seed: inputs.seed,
                    clock: inputs.clock,
                    digest,
                    outputs,
                    run: report,
                };
                let answer = self.assemble(committed.island, &committed.record, parts, now)?;
                steps.pause();
                self.inner.answered.add(island, run, steps);
                Ok(answer)
            }
            // Another request with the key was faster: its island is this one's, too.
            (Err(StoreError::KeyUsed { used, .. }), Some(key)) => self.answer_with(*used, &key).await,
            (Err(error), _) => Err(error.into()),
        }
    }

    /// Runs a scenario on what its island holds now, and commits what it built.
    async fn run(
        &self,
        scenario: &Arc<Scenario>,
        inputs: &Inputs,
        request: &SeedRequest,
        key: Option<&Key>,
        steps: &mut Steps,
    ) -> Result<(Done, Result<Committed, StoreError>), EngineError> {
        steps.enter(Step::Validated);
        let (draft, revision) = self.draft(scenario, request.into).await?;
        steps.enter(Step::Sandboxed);
        let built = self.build(scenario, inputs, draft).await;
        let cost =
            built.as_ref().map_or_else(|error| error.run().map(|run| run.cost), |built| Some(built.cost));
        if let Some(cost) = cost {
            steps.ran(Duration::from_micros(cost.micros));
        }
        let Built { draft, outputs, cost, logs, journal } = built?;

        let now = self.now_to_the_second();
        let expires_at = request.ttl.unwrap_or_default().after(now);
        let digest = draft.digest();
        let report = RunReport { cost, logs, journal };
        let run = NewRun {
            actor: self.actor(),
            steps: steps.micros(..Step::Committed),
            ..new_run(scenario, inputs, digest, &outputs, &report, key)
        };
        let island = NewIsland { label: request.label.clone(), expires_at };
        steps.enter(Step::Committed);
        let began = Instant::now();
        let committed = self.inner.store.commit(Commit { draft, run, island, revision }).await;
        metrics::histogram!("insula_commit_seconds").record(began.elapsed());
        Ok((Done { now, expires_at, digest, outputs, report }, committed))
    }

    /// Seeds many at once; each has its own outcome, in the order of the requests.
    pub async fn seed_batch(&self, requests: Vec<SeedRequest>) -> Vec<Result<Answer, EngineError>> {
        let mut outcomes: Vec<Option<Result<Answer, EngineError>>> = Vec::new();
        outcomes.resize_with(requests.len(), || None);
        let mut runs = JoinSet::new();
        for (index, request) in requests.into_iter().enumerate() {
            let engine = self.clone();
            runs.spawn(async move { (index, engine.seed(request, None).await) });
        }
        while let Some(joined) = runs.join_next().await {
            if let Ok((index, outcome)) = joined
                && let Some(slot) = outcomes.get_mut(index)
            {
                *slot = Some(outcome);
            }
        }
        outcomes.into_iter().map(|outcome| outcome.unwrap_or(Err(EngineError::ShuttingDown))).collect()
    }

    /// Runs a scenario without the commit.
    ///
    /// # Errors
    /// As [`Engine::seed`].
    pub async fn plan(&self, name: &str, request: PlanRequest) -> Result<Plan, EngineError> {
        let planned = self.plan_unobserved(name, request).await;
        self.observe(name, planned.as_ref().map(|plan| ("planned", plan.scenario.as_str(), &plan.run)));
        planned
    }

    async fn plan_unobserved(&self, name: &str, request: PlanRequest) -> Result<Plan, EngineError> {
        let scenario = self.inner.catalog.find(name, request.version.as_deref()).await?;
        let now = self.now_to_the_second();
        let (seed, clock, journal) = (request.seed, request.clock, request.journal);
        let inputs = Inputs::check(&scenario, request.params, seed, clock, now, journal)?;
        let (draft, _) = self.draft(&scenario, request.into).await?;
        let Built { draft, outputs, cost, logs, journal } = self.build(&scenario, &inputs, draft).await?;
        let digest = draft.digest();
        let committed = draft.base().is_some();
        let (id, ids) =
            draft.base().map_or((IslandId(uuid::Uuid::nil()), Ids::default()), |(id, ids)| (id, ids.clone()));
        let (entities, names) = draft.into_parts();
        let counts = Counts::of(&entities);
        let content =
            Content { island: Arc::new(Island { id, entities, ids, names }), committed, at_most: LISTED };
        let manifest = scenario.manifest();
        Ok(Plan {
            scenario: manifest.name.clone(),
            version: manifest.version.to_string(),
            entities: AllListed(content.clone()),
            named: Names(content),
            outputs,
            counts,
            seed: inputs.seed,
            clock: inputs.clock,
            digest,
            run: RunReport { cost, logs, journal },
        })
    }

    /// The draft that a run starts from: empty, or what the island holds, and at which revision.
    pub(crate) async fn draft(
        &self,
        scenario: &Scenario,
        into: Option<IslandId>,
    ) -> Result<(Draft, Option<i64>), EngineError> {
        let (setup, limits) = (Arc::clone(&self.inner.setup), scenario.quotas.draft);
        let Some(id) = into else { return Ok((Draft::new(setup, limits), None)) };
        let stored = self.inner.store.island(id).await?;
        let revision = stored.record.revision;
        let draft = Draft::onto(setup, limits, stored.island).map_err(|refusal| EngineError::Request {
            field: "into",
            problem: format!("the island cannot be added to: {refusal}"),
        })?;
        Ok((draft, Some(revision)))
    }

    /// Puts an answer together; the tokens are made for it.
    pub(crate) fn assemble(
        &self,
        island: Island,
        record: &IslandRecord,
        parts: Parts,
        now: Timestamp,
    ) -> Result<Answer, EngineError> {
        let expires_at = record.expires_at;
        let until = expires_at.unwrap_or_else(|| Ttl::Keep.tokens_until(now));
        let tokens = self.inner.tokens.issue(&island, now, until)?;
        let counts = Counts::of(&island.entities);
        let content = Content { island: Arc::new(island), committed: true, at_most: LISTED };
        let island = &content.island;
        Ok(Answer {
            island_id: island.id,
            scenario: parts.scenario,
            version: parts.version,
            clinic_id: island.ids.get(insula_domain::Kind::Clinic, 0),
            clinics: Listed::of(&content),
            users: Users(content.clone()),
            tokens,
            appointment_types: Listed::of(&content),
            patients: Listed::of(&content),
            appointments: Listed::of(&content),
            service_type_groups: Listed::of(&content),
            resources: Listed::of(&content),
            billing_scenarios: Listed::of(&content),
            calendar_events: Listed::of(&content),
            named: Names(content.clone()),
            outputs: parts.outputs,
            counts,
            seed: parts.seed,
            clock: parts.clock,
            digest: parts.digest,
            expires_at,
            run: parts.run,
        })
    }

    /// Counts a run: what it came to, of which scenario, and what it cost.
    fn observe(&self, asked: &str, outcome: Result<(&'static str, &str, &RunReport), &EngineError>) {
        let catalog;
        let (word, name, run) = match outcome {
            Ok((word, name, run)) => (word, name, Some(run)),
            Err(error) => {
                catalog = self.inner.catalog.now();
                // A name that a caller made up must not become a label of its own.
                let name = if catalog.versions(asked).is_ok() { catalog.name_of(asked) } else { "unknown" };
                (error.outcome(), name, error.run())
            }
        };
        metrics::counter!("insula_runs_total", "scenario" => name.to_owned(), "outcome" => word).increment(1);
        if let Some(run) = run {
            run.record(name);
        }
    }
}

impl RunReport {
    fn record(&self, scenario: &str) {
        let label = || scenario.to_owned();
        #[expect(clippy::cast_precision_loss, reason = "metrics are floating-point")]
        let float = |number: u64| number as f64;
        metrics::histogram!("insula_run_seconds", "scenario" => label())
            .record(float(self.cost.micros) / 1e6);
        metrics::histogram!("insula_run_fuel", "scenario" => label()).record(float(self.cost.fuel));
        let memory = float(self.cost.peak_memory_bytes);
        metrics::histogram!("insula_run_peak_memory_bytes", "scenario" => label()).record(memory);
    }
}

/// A run that was to be committed.
struct Done {
    now: Timestamp,
    expires_at: Option<Timestamp>,
    digest: Digest,
    outputs: serde_json::Value,
    report: RunReport,
}

/// What an answer says of its run.
pub(crate) struct Parts {
    pub(crate) scenario: String,
    pub(crate) version: String,
    pub(crate) seed: u64,
    pub(crate) clock: Timestamp,
    pub(crate) digest: Digest,
    pub(crate) outputs: serde_json::Value,
    pub(crate) run: RunReport,
}

fn new_run(
    scenario: &Scenario,
    inputs: &Inputs,
    digest: Digest,
    outputs: &serde_json::Value,
    report: &RunReport,
    key: Option<&Key>,
) -> NewRun {
    let manifest = scenario.manifest();
    NewRun {
        scenario: manifest.name.clone(),
        version: manifest.version.to_string(),
        plugin: Some(scenario.plugin.digest()),
        params: inputs.params.clone(),
        seed: inputs.seed,
        clock: inputs.clock,
        digest,
        outputs: outputs.clone(),
        cost: json!(report.cost),
        logs: json!(report.logs),
        actor: "".into(),
        steps: serde_json::Value::Null,
        key: key.map(Key::to_store),
    }
}
