//! What came of the tests, for programs.

use std::fs;
use std::path::Path;
use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use serde_json::{Value, json};

use crate::failure::{Exit, Failure};

/// What came of one test.
pub struct Test {
    pub name: String,
    /// Why not.
    pub outcome: Result<(), String>,
    pub time: Duration,
}

/// What came of the tests of one scenario.
pub struct Tested {
    pub scenario: String,
    pub origin: String,
    pub tests: Vec<Test>,
}

impl Tested {
    pub fn failed(&self) -> usize {
        self.tests.iter().filter(|test| test.outcome.is_err()).count()
    }

    pub fn json(&self) -> Value {
        let test = |test: &Test| json!({ "test": test.name, "passed": test.outcome.is_ok(), "why": test.outcome.as_ref().err() });
        let tests: Vec<Value> = self.tests.iter().map(test).collect();
        json!({ "scenario": self.scenario, "origin": self.origin, "tests": tests })
    }
}

/// Writes JUnit XML, as CI systems read it.
pub fn junit(path: &Path, tested: &[Tested]) -> Result<(), Failure> {
    let mut report = Report::new("insula test");
    for one in tested {
        let mut suite = TestSuite::new(one.scenario.clone());
        for test in &one.tests {
            let status = match &test.outcome {
                Ok(()) => TestCaseStatus::success(),
                Err(why) => {
                    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                    status.set_message(why.clone());
                    status
                }
            };
            let mut case = TestCase::new(test.name.clone(), status);
            case.set_time(test.time);
            suite.add_test_case(case);
        }
        report.add_test_suite(suite);
    }
    let unwritten = |reason: &(dyn std::error::Error + 'static)| {
        Failure::because(Exit::Failed, format!("cannot write {}", path.display()), reason)
    };
    let xml = report.to_string().map_err(|reason| unwritten(&reason))?;
    fs::write(path, xml).map_err(|reason| unwritten(&reason))
}
