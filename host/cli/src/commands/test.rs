//! `insula test`: holds scenarios to what they promise, in the real sandbox and under the real rules; nothing is kept.
//!
//! For each scenario: it loads; each example builds, twice at once and the same; what an example builds is what its
//! golden draft says; params that fit the schema build, or are refused by name of a rule; others are refused.

mod golden;
mod params;
mod report;
mod subjects;
mod trial;

use std::path::PathBuf;

use serde_json::{Value, json};

use super::{Context, show};
use crate::args::TestArgs;
use crate::failure::{Exit, Failure};
use crate::output::Page;
use report::Tested;

pub async fn run(args: TestArgs, context: Context<'_>) -> Result<(), Failure> {
    let paths = if args.paths.is_empty() { vec![PathBuf::from(".")] } else { args.paths.clone() };
    let mut tested = Vec::new();
    let subjects = subjects::find(&paths).await?;
    for subject in &subjects {
        tested.push(trial::subject(subject, &subjects, &args).await?);
    }
    if let Some(path) = &args.junit {
        report::junit(path, &tested)?;
    }
    let answer = Value::Array(tested.iter().map(Tested::json).collect());
    let failed: usize = tested.iter().map(Tested::failed).sum();
    context.output.answer(&answer, |page| show(page, &answer))?;
    match failed {
        0 => Ok(()),
        1 => Err(Failure::new(Exit::Failed, "1 test failed")),
        many => Err(Failure::new(Exit::Failed, format!("{many} tests failed"))),
    }
}

fn show(page: &mut Page, answer: &Value) {
    let (mut passed, mut failed) = (0, 0);
    for tested in answer.as_array().into_iter().flatten() {
        page.heading(format_args!("{} ({})", show::text(tested, "scenario"), show::text(tested, "origin")));
        for test in show::list(tested, "tests") {
            let why = show::text(test, "why");
            let mark = if test["passed"] == json!(true) { "ok  " } else { "FAIL" };
            if test["passed"] == json!(true) {
                passed += 1
            } else {
                failed += 1
            }
            page.line(format_args!("  {mark}  {}", show::text(test, "test")));
            why.lines().for_each(|line| page.line(format_args!("        {line}")));
        }
    }
    page.line(format_args!("\n{passed} passed, {failed} failed"));
}
