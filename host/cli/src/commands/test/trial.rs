//! The tests of one scenario.

use std::time::Instant;

use insula_domain::Manifest;
use insula_engine::{Engine, EngineError, Plan, PlanRequest, ScenarioInfo};
use jiff::Timestamp;
use jsonschema::Validator;
use serde_json::Value;

use super::golden;
use super::params::{self, Maker};
use super::report::{Test, Tested};
use super::subjects::Subject;
use crate::args::TestArgs;
use crate::config::builtin_plugins;
use crate::failure::Failure;
use crate::host;

/// A Monday morning. A draft depends on the clock, so golden drafts need one that stands still.
const CLOCK: i64 = 1_767_603_600;
const SEED: u64 = 42;

/// Each step of shrinking is a run; what is not small by then is shown as it is.
const MOST_SHRINKS: usize = 300;

/// Tests one of the subjects, with the others and the built-in scenarios at hand for it to extend.
pub async fn subject(subject: &Subject, all: &[Subject], args: &TestArgs) -> Result<Tested, Failure> {
    let began = Instant::now();
    let origin = subject.source.origin.clone();
    let engine = match load(subject, all).await {
        Ok(engine) => engine,
        Err(failure) => {
            let test = ended("it loads", began, Err(failure.in_words().0));
            return Ok(Tested { scenario: origin.clone(), origin, tests: vec![test] });
        }
    };
    let mut tests = vec![ended("it loads", began, Ok(()))];
    let mut scenario = origin.clone();
    for info in infos(&engine).await?.iter().filter(|info| info.origin == origin) {
        scenario.clone_from(&info.manifest.name);
        let trial = Trial { engine: &engine, manifest: &info.manifest };
        trial.examples(subject, args.update, &mut tests).await;
        trial.made_up(args, &mut tests).await;
    }
    engine.close().await.map_err(host::failure)?;
    Ok(Tested { scenario, origin, tests })
}

/// An engine with a subject; and where that extends others, with all that it may extend.
async fn load(subject: &Subject, all: &[Subject]) -> Result<Engine, Failure> {
    let engine = host::trial(vec![subject.source.clone()]).await?;
    if infos(&engine).await?.iter().any(|info| info.manifest.extends.is_some()) {
        let others = all.iter().map(|other| other.source.clone()).chain(builtin_plugins());
        for other in others.filter(|other| other.origin != subject.source.origin) {
            if let Err(reason) = engine.swap(&other.origin, Some(&other)).await {
                // One that cannot be loaded says so in its own tests; the subject goes before one that has its name.
                tracing::debug!(%reason, "this one cannot be extended");
            }
        }
    }
    Ok(engine)
}

async fn infos(engine: &Engine) -> Result<Vec<ScenarioInfo>, Failure> {
    let mut infos = Vec::new();
    for summary in engine.scenarios() {
        infos.push(engine.scenario(&summary.name, None).await.map_err(host::failure)?);
    }
    Ok(infos)
}

fn ended(name: impl Into<String>, began: Instant, outcome: Result<(), String>) -> Test {
    Test { name: name.into(), outcome, time: began.elapsed() }
}

struct Trial<'a> {
    engine: &'a Engine,
    manifest: &'a Manifest,
}

impl Trial<'_> {
    async fn plan(&self, params: &Value) -> Result<Plan, EngineError> {
        let params = params.as_object().cloned().unwrap_or_default();
        let clock = Timestamp::from_second(CLOCK).ok();
        let request = PlanRequest { params, seed: Some(SEED), clock, ..PlanRequest::default() };
        self.engine.plan(&self.manifest.name, request).await
    }

    async fn examples(&self, subject: &Subject, update: bool, tests: &mut Vec<Test>) {
        for example in &self.manifest.examples {
            let began = Instant::now();
            let (one, other) = tokio::join!(self.plan(&example.params), self.plan(&example.params));
            let both = one.and_then(|one| Ok((one, other?))).map_err(|error| error.to_string());
            let drafts = both.and_then(|(one, other)| Ok((text(&one)?, text(&other)?)));
            let same = match &drafts {
                Ok((one, other)) if one != other => Err(format!(
                    "it is not the same twice: two runs with one seed and one clock differ\n{}",
                    first_difference(one, other)
                )),
                Ok(_) => Ok(()),
                Err(why) => Err(why.clone()),
            };
            tests.push(ended(format!("example: {}", example.title), began, same));
            let Ok((draft, _)) = drafts else { continue };
            let path = golden::path(&subject.golden, &self.manifest.name, &example.title);
            let compared =
                if update { Some(golden::update(&path, &draft)) } else { golden::compare(&path, &draft) };
            if let Some(outcome) = compared {
                tests.push(ended(format!("golden: {}", example.title), began, outcome));
            }
        }
    }

    async fn made_up(&self, args: &TestArgs, tests: &mut Vec<Test>) {
        let began = Instant::now();
        let schema = &self.manifest.params_schema;
        let Ok(validator) = jsonschema::draft202012::new(schema) else { return };
        let mut maker = Maker::new(schema, args.seed);
        let fitting: Vec<Value> = (0..args.cases).filter_map(|_| maker.fitting(&validator)).collect();
        let mut outcome = Ok(());
        for params in &fitting {
            if let Some(why) = self.fault(params).await {
                outcome = Err(self.shrunk(params, why, &validator).await);
                break;
            }
        }
        if !fitting.is_empty() {
            tests.push(ended(format!("{} params that fit", fitting.len()), began, outcome));
        }
        let began = Instant::now();
        let unfit: Vec<Value> = fitting.iter().filter_map(|params| maker.unfit(params, &validator)).collect();
        let mut outcome = Ok(());
        for params in &unfit {
            if !matches!(self.plan(params).await, Err(EngineError::Params { .. })) {
                outcome = Err(format!("{params} does not fit the schema, and was not refused"));
                break;
            }
        }
        if !unfit.is_empty() {
            tests.push(ended(format!("{} params that do not fit", unfit.len()), began, outcome));
        }
    }

    /// What is wrong with the scenario, if these params show it.
    async fn fault(&self, params: &Value) -> Option<String> {
        match self.plan(params).await {
            Ok(_) => None,
            Err(EngineError::Rejected { rejection, .. }) if !rejection.rule.trim().is_empty() => None,
            Err(error) => Some(error.to_string()),
        }
    }

    /// The fault, shown by params that are as small as they were found to be.
    async fn shrunk(&self, params: &Value, why: String, validator: &Validator) -> String {
        let (mut smallest, mut why, mut tried) = (params.clone(), why, 0);
        'smaller: loop {
            for candidate in params::smaller(&smallest) {
                if tried == MOST_SHRINKS {
                    break 'smaller;
                }
                if !validator.is_valid(&candidate) {
                    continue;
                }
                tried += 1;
                if let Some(still) = self.fault(&candidate).await {
                    (smallest, why) = (candidate, still);
                    continue 'smaller;
                }
            }
            break;
        }
        format!("{smallest} fits the schema, but: {why}")
    }
}

fn text(plan: &Plan) -> Result<String, String> {
    serde_json::to_value(plan).map(golden::of_plan).map_err(|error| error.to_string())
}

fn first_difference(one: &str, other: &str) -> String {
    let differ = one.lines().zip(other.lines()).find(|(one, other)| one != other);
    differ.map(|(one, other)| format!("-{one}\n+{other}")).unwrap_or_default()
}
