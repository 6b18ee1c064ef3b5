//! How a command ends when it cannot do what it was asked.
//!
//! Whatever went wrong, here or at a server, becomes a [`Failure`], and this is the one place that renders errors
//! for people: what happened, where, and what to do.

use std::error::Error;
use std::fmt::Write as _;
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use serde_json::{Map, Value, json};

use crate::output::plain;

/// What the exit code says; the command line's help lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Refused, or failed.
    Failed = 1,
    /// The command line or the configuration cannot be used.
    Usage = 2,
    /// No such scenario, island or backup.
    NotFound = 3,
    /// The params were refused.
    Params = 4,
    /// The server or the database is not available.
    Unavailable = 5,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// A command failed.
#[derive(Debug)]
pub struct Failure {
    /// What kind of failure.
    pub exit: Exit,
    said: Box<Said>,
}

/// What is to be said of it.
#[derive(Debug, Default)]
struct Said {
    what: String,
    causes: Vec<String>,
    mend: Option<String>,
    /// What is wrong in a file, and a picture of it.
    mistakes: Vec<Value>,
    picture: Option<String>,
    /// The problem document (RFC 9457) of a use case that failed.
    problem: Map<String, Value>,
}

impl Failure {
    /// A failure in a sentence.
    pub fn new(exit: Exit, what: impl Into<String>) -> Self {
        Self { exit, said: Box::new(Said { what: what.into(), ..Said::default() }) }
    }

    /// A failure with its chain of causes. A cause that an outer message repeats is left out.
    pub fn because(exit: Exit, what: impl Into<String>, cause: &(dyn Error + 'static)) -> Self {
        let mut failure = Self::new(exit, what);
        let mut next = Some(cause);
        while let Some(cause) = next {
            let message = cause.to_string();
            let said = failure.said.what.contains(&message)
                || failure.said.causes.iter().any(|said| said.contains(&message));
            if !said {
                failure.said.causes.push(message);
            }
            next = cause.source();
        }
        failure
    }

    /// What to do about it.
    #[must_use]
    pub fn mend(mut self, mend: impl Into<String>) -> Self {
        self.said.mend = Some(mend.into());
        self
    }

    /// Adds what is wrong in a file, for programs and for people.
    #[must_use]
    pub fn with_mistakes(mut self, mistakes: Vec<Value>, picture: String) -> Self {
        self.said.mistakes = mistakes;
        self.said.picture = Some(picture);
        self
    }

    /// A use case failed, here or at a server.
    pub fn problem(problem: Map<String, Value>) -> Self {
        let text = |name: &str| problem.get(name).and_then(Value::as_str);
        let exit = exit_of(text("type").unwrap_or_default());
        let what = text("detail").or_else(|| text("title")).unwrap_or("the server refused it").to_owned();
        Self { exit, said: Box::new(Said { what, problem, ..Said::default() }) }
    }

    /// For programs: the problem document, or one of the same shape.
    pub fn to_json(&self) -> Value {
        if !self.said.problem.is_empty() {
            return Value::Object(self.said.problem.clone());
        }
        let mut json =
            json!({ "type": "about:blank", "title": self.said.what, "exit_code": self.exit as u8 });
        if !self.said.causes.is_empty() {
            json["detail"] = self.said.causes.join(": ").into();
        }
        if !self.said.mistakes.is_empty() {
            json["mistakes"] = self.said.mistakes.clone().into();
        }
        if let Some(mend) = &self.said.mend {
            json["mend"] = mend.as_str().into();
        }
        json
    }

    /// For people; styled, which `anstream` takes off where nobody sees it.
    pub fn to_text(&self) -> String {
        let bad = Style::new().fg_color(Some(AnsiColor::Red.into())).bold();
        let dim = Style::new().dimmed();
        let violations = self.violations();
        let what = match self.said.problem.get("title").and_then(Value::as_str) {
            // The detail repeats the violations in one long line.
            Some(title) if !violations.is_empty() => title,
            _ => &self.said.what,
        };
        let mut text = format!("{bad}error:{bad:#} {what}\n");
        // Writing to a String cannot fail.
        let mut line = |arguments: std::fmt::Arguments<'_>| text.write_fmt(arguments).unwrap_or_default();
        if let Some(picture) = &self.said.picture {
            line(format_args!("{picture}\n"));
        }
        for cause in &self.said.causes {
            line(format_args!("  because {cause}\n"));
        }
        for (pointer, message) in violations {
            let place = if pointer.is_empty() { "(the whole)" } else { pointer };
            line(format_args!("  {place}: {message}\n"));
        }
        for frame in self.list("backtrace") {
            line(format_args!("  {dim}at {}{dim:#}\n", frame_text(frame)));
        }
        let logs = self.said.problem.get("run").and_then(|run| run.get("logs")).and_then(Value::as_array);
        for log in logs.into_iter().flatten() {
            line(format_args!("  {dim}{}{dim:#}\n", log_line(log)));
        }
        if let Some(mend) = &self.said.mend {
            for mend in mend.lines() {
                line(format_args!("  → {mend}\n"));
            }
        }
        text
    }

    /// What and why in a sentence, and what to do.
    pub fn in_words(&self) -> (String, Option<String>) {
        let words: Vec<&str> =
            std::iter::once(&self.said.what).chain(&self.said.causes).map(String::as_str).collect();
        (words.join(": "), self.said.mend.clone())
    }

    fn list(&self, name: &str) -> impl Iterator<Item = &Value> {
        self.said.problem.get(name).and_then(Value::as_array).into_iter().flatten()
    }

    fn violations(&self) -> Vec<(&str, &str)> {
        self.list("violations")
            .filter_map(|violation| {
                Some((violation.get("pointer")?.as_str()?, violation.get("message")?.as_str()?))
            })
            .collect()
    }
}

/// A function that was being called, and its source line where that is known.
pub fn frame_text(frame: &Value) -> String {
    let text = |key: &str| plain(frame.get(key));
    if text("source").is_empty() {
        text("function")
    } else {
        format!("{} ({})", text("function"), text("source"))
    }
}

/// What a problem's type means for the exit code.
fn exit_of(kind: &str) -> Exit {
    match kind.strip_prefix("/problems/").unwrap_or(kind) {
        "unknown-scenario" | "unknown-version" | "unknown-island" | "unknown-event" | "unknown-backup"
        | "island-gone" => Exit::NotFound,
        "invalid-params" | "rejected" => Exit::Params,
        "invalid-json" | "invalid-body" | "invalid-query" | "invalid-request" | "unauthorized"
        | "key-needed" | "bad-token" => Exit::Usage,
        "test-mode-off"
        | "unknown-path"
        | "foreign-host"
        | "unexpected-database"
        | "busy"
        | "unavailable"
        | "shutting-down" => Exit::Unavailable,
        _ => Exit::Failed,
    }
}

/// A line of a run's log.
pub fn log_line(log: &Value) -> String {
    let text = |name: &str| log.get(name).and_then(Value::as_str).unwrap_or_default();
    format!("{}: {}", text("level"), text("message"))
}

#[cfg(test)]
mod tests {
    use insula_server::ProblemKind;

    use super::*;

    fn of(problem: Value) -> Failure {
        let Value::Object(problem) = problem else { panic!("a problem is an object") };
        Failure::problem(problem)
    }

    #[test]
    fn violations_are_listed_with_their_pointers() {
        let failure = of(json!({
            "type": ProblemKind::InvalidParams, "title": "The params do not fit", "status": 422,
            "detail": "the params do not fit: /days: 0 is less than 1; no such field",
            "violations": [{ "pointer": "/days", "message": "0 is less than 1" }, { "pointer": "", "message": "no such field" }],
        }));
        assert_eq!(failure.exit, Exit::Params);
        insta::assert_snapshot!(anstream::adapter::strip_str(&failure.to_text()).to_string(), @r"
        error: The params do not fit
          /days: 0 is less than 1
          (the whole): no such field
        ");
    }

    #[test]
    fn a_fault_shows_where_and_what_was_said_before() {
        let failure = of(json!({
            "type": ProblemKind::ScenarioFailed, "title": "The scenario failed", "detail": "traps 1.0.0 failed: unreachable",
            "backtrace": [{ "function": "traps::build", "source": "src/lib.rs:7" }], "run": { "logs": [{ "level": "info", "message": "so far so good" }] },
        }));
        assert_eq!(failure.exit, Exit::Failed);
        insta::assert_snapshot!(anstream::adapter::strip_str(&failure.to_text()).to_string(), @r"
        error: traps 1.0.0 failed: unreachable
          at traps::build (src/lib.rs:7)
          info: so far so good
        ");
    }

    #[test]
    fn causes_are_told_once_and_end_with_what_to_do() {
        let cause = std::io::Error::other("the disk is away");
        let failure = Failure::because(Exit::Unavailable, "cannot read a.toml", &cause).mend("mount it");
        insta::assert_snapshot!(anstream::adapter::strip_str(&failure.to_text()).to_string(), @r"
        error: cannot read a.toml
          because the disk is away
          → mount it
        ");
        let repeated = Failure::because(Exit::Failed, "it failed: the disk is away", &cause);
        assert!(!repeated.to_text().contains("because"));
    }

    #[test]
    fn every_kind_of_problem_has_its_exit_code() {
        let of = |exit: Exit| {
            let kinds = ProblemKind::ALL.iter().filter(|kind| exit_of(kind.uri()) == exit);
            kinds.map(|kind| kind.uri().trim_start_matches("/problems/")).collect::<Vec<_>>().join(", ")
        };
        let codes = [Exit::Failed, Exit::Usage, Exit::NotFound, Exit::Params, Exit::Unavailable];
        let lines = codes.map(|exit| format!("{}: {}", exit as u8, of(exit)));
        insta::assert_snapshot!(lines.join("\n"), @r"
        1: foreign-origin, role-missing, not-found, method-not-allowed, slow-body, key-reused, in-use, version-taken, not-kept, nothing-before, island-stuck, runs-under-way, session-unclean, database-in-use, backup-failed, backup-damaged, request-too-large, quota-exceeded, not-wasm, unsupported-media-type, plugin-refused, rule-broken, internal-error, scenario-failed, out-of-time, timed-out
        2: invalid-json, invalid-body, invalid-query, unauthorized, bad-token, key-needed, invalid-request
        3: unknown-scenario, unknown-version, unknown-island, unknown-event, unknown-backup, island-gone
        4: invalid-params, rejected
        5: test-mode-off, unknown-path, unexpected-database, foreign-host, busy, unavailable, shutting-down
        ");
    }
}
