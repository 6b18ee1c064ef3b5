//! What a proof came to.

use std::time::Duration;

use insula_engine::{EngineError, TokenError};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use serde::Serialize;

/// A proof could not be carried out.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// An island could not be made, read or removed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// Tokens cannot be made for the trials.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The application does not answer.
    #[error("the application at {address} does not answer: {reason}")]
    Unreachable {
        /// Where it should be.
        address: std::net::SocketAddr,
        /// What went wrong.
        reason: String,
    },
    /// The document is not one of an application that can be proven.
    #[error("the OpenAPI document cannot be used: {0}")]
    Document(String),
    /// The report cannot be written as JUnit XML.
    #[error("the report cannot be written as JUnit XML: {0}")]
    Junit(String),
}

/// What a proof came to.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Proof {
    /// What was tried.
    pub checks: Vec<Check>,
}

/// One thing that was tried, with one scenario.
#[derive(Clone, Debug, Serialize)]
pub struct Check {
    /// The scenario of the two islands.
    pub scenario: String,
    /// What was tried: a call of the application by its id, or `database`.
    pub name: String,
    /// How many requests that took.
    pub requests: u32,
    /// How long it took, in milliseconds.
    pub millis: u64,
    /// Where it got through; nothing, when isolation held.
    pub findings: Vec<Finding>,
}

/// A place where isolation did not hold, or was not tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was tried.
    pub trial: String,
    /// What came of it.
    pub found: String,
}

impl Proof {
    /// Whether isolation held, everywhere.
    pub fn holds(&self) -> bool {
        !self.checks.is_empty() && self.checks.iter().all(|check| check.findings.is_empty())
    }

    /// How many requests were made.
    pub fn requests(&self) -> u64 {
        self.checks.iter().map(|check| u64::from(check.requests)).sum()
    }

    /// All findings, each with its check.
    pub fn findings(&self) -> impl Iterator<Item = (&Check, &Finding)> {
        self.checks.iter().flat_map(|check| check.findings.iter().map(move |finding| (check, finding)))
    }

    /// The proof as JUnit XML: a suite for each scenario, a case for each call.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn junit(&self) -> Result<String, VerifyError> {
        let mut report = Report::new("insula verify isolation");
        let mut suites: Vec<TestSuite> = Vec::new();
        for check in &self.checks {
            let status = match &check.findings[..] {
                [] => TestCaseStatus::success(),
                [first, ..] => {
                    let mut failed = TestCaseStatus::non_success(NonSuccessKind::Failure);
                    let lines: Vec<String> = check.findings.iter().map(ToString::to_string).collect();
                    failed.set_message(first.to_string()).set_description(lines.join("\n"));
                    failed
                }
            };
            let mut case = TestCase::new(check.name.as_str(), status);
            case.set_classname(format!("isolation.{}", check.scenario));
            case.set_time(Duration::from_millis(check.millis));
            match suites.last_mut().filter(|suite| suite.name.as_str() == check.scenario) {
                Some(suite) => {
                    suite.add_test_case(case);
                }
                None => {
                    let mut suite = TestSuite::new(check.scenario.as_str());
                    suite.add_test_case(case);
                    suites.push(suite);
                }
            }
        }
        report.add_test_suites(suites);
        report.to_string().map_err(|reason| VerifyError::Junit(reason.to_string()))
    }
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.trial, self.found)
    }
}
