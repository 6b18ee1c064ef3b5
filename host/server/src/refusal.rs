//! From an engine's error to its problem document. An application says itself what a refused change means to its callers.

use insula_domain::Violation;
use insula_engine::{EngineError, RunReport, StoreError};
use semver::Version;

use crate::problem::{Members, Problem, ProblemKind};

/// When a sandbox or the database may be free again, in seconds: the least that `Retry-After` can say.
const SOON: u32 = 1;

impl From<EngineError> for Problem {
    fn from(error: EngineError) -> Self {
        let detail = error.to_string();
        let (kind, members) = explain(error);
        Self::with(kind, detail, members)
    }
}

fn explain(error: EngineError) -> (ProblemKind, Members) {
    let none = Members::default();
    match error {
        EngineError::UnknownScenario { name, known, refused } => {
            let members = Members { scenario: Some(name), known, reasons: refused, ..none };
            (ProblemKind::UnknownScenario, members)
        }
        EngineError::NoVersion { scenario, wanted, known, refused } => {
            let (scenario, version) = (Some(scenario), Some(wanted));
            let members = Members { scenario, version, known, reasons: refused, ..none };
            (ProblemKind::UnknownVersion, members)
        }
        EngineError::Request { field, problem } => {
            let members = Members { field: Some(field.to_owned()), message: Some(problem), ..none };
            (ProblemKind::InvalidRequest, members)
        }
        EngineError::Plugin(_) => (ProblemKind::PluginRefused, none),
        EngineError::VersionTaken { scenario, version, .. } => {
            (ProblemKind::VersionTaken, of_version(scenario, version))
        }
        EngineError::NotKept { scenario, version, .. } => {
            (ProblemKind::NotKept, of_version(scenario, version))
        }
        EngineError::NothingBefore { scenario, version } => {
            (ProblemKind::NothingBefore, of_version(scenario, version))
        }
        EngineError::Params { scenario, version, violations } => {
            let violations = violations.into_iter().map(in_params).collect();
            let members =
                Members { scenario: Some(scenario), version: Some(version.to_string()), violations, ..none };
            (ProblemKind::InvalidParams, members)
        }
        EngineError::Rejected { scenario, version, rejection, run } => {
            let members = Members {
                scenario: Some(scenario),
                version: Some(version.to_string()),
                index: rejection.index,
                field: rejection.field,
                rule: Some(rejection.rule),
                message: Some(rejection.message),
                run: Some(run),
                ..none
            };
            (ProblemKind::Rejected, members)
        }
        EngineError::Faulty { scenario, version, reason, backtrace, run } => {
            let members = Members {
                plugin: Some(scenario),
                version: Some(version.to_string()),
                trap: Some(reason),
                backtrace,
                run: Some(run),
                ..none
            };
            (ProblemKind::ScenarioFailed, members)
        }
        EngineError::Quota { scenario, version, quota, limit, run } => {
            (ProblemKind::Quota, over_quota(scenario, &version, quota, limit, run))
        }
        EngineError::OutOfTime { scenario, version, quota, limit, run } => {
            (ProblemKind::OutOfTime, over_quota(scenario, &version, quota, limit, run))
        }
        EngineError::Busy { .. } => (ProblemKind::Busy, Members { retry_after: Some(SOON), ..none }),
        EngineError::UnknownIsland(id) => {
            (ProblemKind::UnknownIsland, Members { island_id: Some(id), ..none })
        }
        EngineError::Gone { id, .. } => (ProblemKind::Gone, Members { island_id: Some(id), ..none }),
        EngineError::Stuck { id, reasons } => {
            (ProblemKind::Stuck, Members { island_id: Some(id), reasons, ..none })
        }
        EngineError::Running { .. } => (ProblemKind::Running, Members { retry_after: Some(SOON), ..none }),
        EngineError::UnknownEvent(_) => (ProblemKind::UnknownEvent, none),
        EngineError::UnknownSession { .. } => (ProblemKind::UnknownBackup, none),
        EngineError::Unclean { reasons, .. } => (ProblemKind::Unclean, Members { reasons, ..none }),
        EngineError::KeyReused { .. } => (ProblemKind::KeyReused, none),
        EngineError::ShuttingDown => (ProblemKind::ShuttingDown, Members { retry_after: Some(SOON), ..none }),
        EngineError::Store(error) => explain_store(&error),
        EngineError::Token(_) => (ProblemKind::Internal, none),
    }
}

fn of_version(scenario: String, version: String) -> Members {
    Members { scenario: Some(scenario), version: Some(version), ..Members::default() }
}

fn over_quota(
    scenario: String,
    version: &Version,
    quota: &'static str,
    limit: u64,
    run: Box<RunReport>,
) -> Members {
    Members {
        scenario: Some(scenario),
        version: Some(version.to_string()),
        quota: Some(quota),
        limit: Some(limit),
        run: Some(run),
        ..Members::default()
    }
}

fn explain_store(error: &StoreError) -> (ProblemKind, Members) {
    let later = Members { retry_after: Some(SOON), ..Members::default() };
    match error {
        StoreError::NotFound { .. } => (ProblemKind::UnknownIsland, Members::default()),
        StoreError::Busy { .. } | StoreError::Changed { .. } | StoreError::Locked { .. } => {
            (ProblemKind::Busy, later)
        }
        StoreError::Closed => (ProblemKind::ShuttingDown, later),
        StoreError::Away { .. }
        | StoreError::ReadOnly { .. }
        | StoreError::Full { .. }
        | StoreError::CannotOpen { .. } => (ProblemKind::Unavailable, later),
        StoreError::NewerSchema { .. }
        | StoreError::Drift { .. }
        | StoreError::Outdated { .. }
        | StoreError::NotMarked { .. }
        | StoreError::Conflict { .. } => (ProblemKind::Database, Members::default()),
        StoreError::NoBackup { .. } => (ProblemKind::UnknownBackup, Members::default()),
        StoreError::DamagedBackup { .. } => (ProblemKind::BackupDamaged, Members::default()),
        StoreError::Backup { .. } => (ProblemKind::BackupFailed, Members::default()),
        StoreError::Held { .. } => (ProblemKind::Held, Members::default()),
        _ => (ProblemKind::Internal, Members::default()),
    }
}

/// The params' pointers are relative to them; the caller sent them as a field of the body.
fn in_params(violation: Violation) -> Violation {
    Violation { pointer: format!("/params{}", violation.pointer), message: violation.message }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use insula_domain::{IslandId, Rejection, Rule};
    use insula_engine::Frame;

    use super::*;

    fn run() -> Box<RunReport> {
        Box::new(RunReport::default())
    }

    fn document(error: EngineError) -> String {
        serde_json::to_string_pretty(&Problem::from(error)).unwrap()
    }

    macro_rules! snapshot {
        ($name:ident, $error:expr) => {
            #[test]
            fn $name() {
                insta::assert_snapshot!(document($error));
            }
        };
    }

    const VERSION: fn() -> Version = || Version::new(1, 0, 0);
    const ISLAND: IslandId = IslandId(uuid::Uuid::nil());

    snapshot!(
        unknown_scenario,
        EngineError::UnknownScenario {
            name: "standart".into(),
            known: vec!["minimal".into(), "standard".into()],
            refused: Vec::new(),
        }
    );
    snapshot!(
        unknown_version,
        EngineError::NoVersion {
            scenario: "standard".into(),
            wanted: "^2".into(),
            known: vec!["1.0.0".into()],
            refused: vec!["standard 2.0.0 in the database: it is not signed".into()],
        }
    );
    snapshot!(invalid_request, EngineError::Request { field: "seed", problem: "a seed is at most 9".into() });
    snapshot!(
        invalid_params,
        EngineError::Params {
            scenario: "busy_calendar".into(),
            version: VERSION(),
            violations: vec![
                Violation {
                    pointer: "/appointments".into(),
                    message: "0 is less than the minimum of 1".into()
                },
                Violation { pointer: String::new(), message: "additional properties are not allowed".into() },
            ],
        }
    );
    snapshot!(
        rejected,
        EngineError::Rejected {
            scenario: "busy_calendar".into(),
            version: VERSION(),
            rejection: Box::new(Rejection {
                index: Some(3),
                ..Rejection::of("starts_at", Rule::Overlap, "it overlaps another appointment")
            }),
            run: run(),
        }
    );
    snapshot!(
        scenario_failed,
        EngineError::Faulty {
            scenario: "traps".into(),
            version: VERSION(),
            reason: "it trapped: unreachable".into(),
            backtrace: vec![Frame { function: "traps::build".into(), source: Some("src/lib.rs:7".into()) }],
            run: run(),
        }
    );
    snapshot!(
        quota_exceeded,
        EngineError::Quota {
            scenario: "greedy".into(),
            version: VERSION(),
            quota: "memory_bytes",
            limit: 67_108_864,
            run: run(),
        }
    );
    snapshot!(
        out_of_time,
        EngineError::OutOfTime {
            scenario: "loops".into(),
            version: VERSION(),
            quota: "fuel",
            limit: 10_000_000_000,
            run: run(),
        }
    );
    snapshot!(busy, EngineError::Busy { what: "a sandbox", waited: Duration::from_secs(5) });
    snapshot!(unknown_event, EngineError::UnknownEvent(7));
    snapshot!(unknown_island, EngineError::UnknownIsland(ISLAND));
    snapshot!(island_gone, EngineError::Gone { id: ISLAND, at: jiff::Timestamp::UNIX_EPOCH, expired: true });
    snapshot!(
        island_stuck,
        EngineError::Stuck { id: ISLAND, reasons: vec!["table invoices is not to be emptied".to_owned()] }
    );
    snapshot!(key_reused, EngineError::KeyReused { key: "k1".into() });
    snapshot!(shutting_down, EngineError::ShuttingDown);
    snapshot!(
        database_away,
        EngineError::Store(StoreError::Away { database: "insula.db".into(), detail: "it is locked".into() })
    );
    snapshot!(
        database_drift,
        EngineError::Store(StoreError::Drift {
            table: "clinics".into(),
            column: Some("name".into()),
            wanted: "text".into(),
            found: "integer".into(),
        })
    );
    snapshot!(internal, EngineError::Store(StoreError::Corrupt { what: "the kind of island 1".into() }));
}
