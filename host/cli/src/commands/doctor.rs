//! `insula doctor`: what is missing here, and the command that mends it.

mod checks;

use serde_json::{Value, json};

use super::Context;
use crate::args::DoctorArgs;
use crate::failure::{Exit, Failure};
use crate::output::Page;

/// How it is with one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Fine,
    /// Something does not work without it, but a host does.
    Lacking,
    /// A host does not work.
    Broken,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            Self::Fine => "ok",
            Self::Lacking => "warning",
            Self::Broken => "error",
        }
    }
}

/// What was found out about one thing.
#[derive(Debug)]
struct Finding {
    what: &'static str,
    state: State,
    found: String,
    mend: Option<String>,
}

impl Finding {
    fn fine(what: &'static str, found: impl Into<String>) -> Self {
        Self { what, state: State::Fine, found: found.into(), mend: None }
    }

    fn lacking(what: &'static str, found: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { what, state: State::Lacking, found: found.into(), mend: Some(mend.into()) }
    }

    fn broken(what: &'static str, failure: &Failure) -> Self {
        let (found, mend) = failure.in_words();
        Self { what, state: State::Broken, found, mend }
    }
}

pub async fn run(args: DoctorArgs, context: Context<'_>) -> Result<(), Failure> {
    let progress = context.output.progress("looking around");
    let findings = checks::all(&args, context.environment).await;
    drop(progress);
    let answer: Vec<Value> = findings
        .iter()
        .map(|Finding { what, state, found, mend }| {
            json!({ "what": what, "state": state.word(), "found": found, "mend": mend })
        })
        .collect();
    context
        .output
        .answer(&Value::Array(answer), |page| findings.iter().for_each(|finding| show(page, finding)))?;
    match findings.iter().filter(|finding| finding.state == State::Broken).count() {
        0 => Ok(()),
        broken => {
            let what = if broken == 1 { "one thing has".to_owned() } else { format!("{broken} things have") };
            Err(Failure::new(Exit::Failed, format!("{what} to be mended before a host works here")))
        }
    }
}

fn show(page: &mut Page, finding: &Finding) {
    use anstyle::{AnsiColor, Style};

    let (mark, color) = match finding.state {
        State::Fine => ("ok", AnsiColor::Green),
        State::Lacking => ("warn", AnsiColor::Yellow),
        State::Broken => ("FAIL", AnsiColor::Red),
    };
    let style = Style::new().fg_color(Some(color.into()));
    page.line(format_args!("{style}{mark:4}{style:#}  {:12} {}", finding.what, finding.found));
    for mend in finding.mend.iter().flat_map(|mend| mend.lines()) {
        page.line(format_args!("                   → {mend}"));
    }
}
