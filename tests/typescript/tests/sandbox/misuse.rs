//! What no scenario should do, and what it is told.

use std::time::Duration;

use insula_sandbox::{Built, Quotas, RunError, RunErrorKind};
use serde_json::{Value, json};

use crate::support::{CLOCK, Host};

async fn run_within(what: &str, quotas: impl FnOnce(Quotas) -> Quotas) -> Result<Built, RunError> {
    let host = Host::shared();
    let plugin = host.typescript("misuse").await;
    let params = json!({ "what": what }).to_string();
    host.run_within(plugin, &params, 42, CLOCK, quotas(host.quotas())).await
}

async fn run(what: &str) -> Result<Built, RunError> {
    run_within(what, |quotas| quotas).await
}

async fn outputs(what: &str) -> Value {
    run(what).await.unwrap_or_else(|error| panic!("{what}: {error}")).outputs
}

async fn failed(what: &str) -> String {
    match run(what).await.map(|built| built.outputs) {
        Err(RunError { kind: RunErrorKind::Failed(message), .. }) => message,
        other => panic!("{what}: {other:?}"),
    }
}

#[tokio::test]
async fn a_refusal_reaches_the_caller_with_the_line_that_asked() {
    let error = run("is refused").await.map(|built| built.outputs).unwrap_err();
    let RunErrorKind::Rejected(refused) = error.kind else { panic!("{error}") };
    assert_eq!(refused.field.as_deref(), Some("name"));
    assert!(refused.message.contains("(at misuse.scenario.ts:22:"), "{refused}");

    let error = run("is refused in a list").await.map(|built| built.outputs).unwrap_err();
    let RunErrorKind::Rejected(refused) = error.kind else { panic!("{error}") };
    assert_eq!((refused.index, refused.field.as_deref()), (Some(1), Some("full_name")));
}

#[tokio::test]
async fn a_refusal_can_be_caught() {
    let caught = outputs("catches").await;
    assert_eq!(caught["field"], "name");
    assert!(caught["rule"].is_string(), "{caught}");
}

#[tokio::test]
async fn what_a_schema_checks_beyond_json_schema_is_a_refusal_as_well() {
    let error = run("odd").await.map(|built| built.outputs).unwrap_err();
    let RunErrorKind::Rejected(refused) = error.kind else { panic!("{error}") };
    assert_eq!((refused.field.as_deref(), refused.rule.as_str()), (Some("what"), "params"));
    assert_eq!(refused.message, "it is odd");
}

#[tokio::test]
async fn an_error_has_the_authors_lines() {
    assert_eq!(
        failed("throws in a module").await,
        "TypeError: cannot read property 'text' of undefined\n    \
         at tidy (tidy.ts:3:16)\n    at build (misuse.scenario.ts:34:38)"
    );
}

#[tokio::test]
async fn what_came_past_the_types_is_named() {
    for (what, named) in [
        ("gives nothing", "createAppointments[0]: patient must be given, and is undefined"),
        ("gives half a minute", "createAppointmentType: durationMinutes must be a whole number from 0 to"),
        (
            "invents a word",
            "roles[0] must be one of admin, practitioner, receptionist, read-only, and is \"cook\"",
        ),
        ("invents a day", "2026-2-30 is no day"),
        ("throws a text", "no more was thrown; throw an Error"),
        ("waits", "remove async and await"),
        ("returns a circle", "is no JSON: circular reference"),
        ("returns a function", "is no JSON: it is a function"),
    ] {
        let message = failed(what).await;
        assert!(message.contains(named), "{what}: {message}");
    }
}

#[tokio::test]
async fn what_a_scenario_does_not_have_is_told_with_the_reason() {
    for (what, reason) in [
        ("asks the network", "fetch is not defined (a scenario has no network"),
        ("encodes", "TextEncoder is not defined (the engine of scenarios, QuickJS"),
    ] {
        let message = failed(what).await;
        assert!(message.contains(reason), "{what}: {message}");
    }
}

#[tokio::test]
async fn the_clock_is_the_runs() {
    assert_eq!(
        outputs("looks at the clock").await,
        json!({
            "now": "2026-01-05T09:00:00.000Z",
            "called": "Mon Jan 05 2026 09:00:00 GMT+0000",
            "same": true,
            "fixed": "1970-01-01T00:00:00.000Z",
            "made": "2026-01-05T09:00:00.000Z",
        })
    );
}

#[tokio::test]
async fn chance_is_the_runs() {
    let host = Host::shared();
    let plugin = host.typescript("misuse").await;
    let mut rolled = Vec::new();
    for seed in [1, 1, 2] {
        rolled.push(host.run(plugin, r#"{"what":"rolls dice"}"#, seed, CLOCK).await.unwrap().outputs);
    }
    assert_eq!(rolled[0], rolled[1]);
    assert_ne!(rolled[0], rolled[2]);
    let dice: Vec<f64> =
        rolled[0]["dice"].as_array().unwrap().iter().map(|it| it.as_f64().unwrap()).collect();
    assert!(dice[..3].iter().all(|it| (0.0..1.0).contains(it)), "{dice:?}");
    assert_ne!(dice[0], dice[1]);
    assert!((1.0..=6.0).contains(&dice[3]), "{dice:?}");
}

#[tokio::test]
async fn what_it_says_is_in_the_log() {
    let logs = run("says").await.unwrap().logs;
    let lines: Vec<String> = logs.iter().map(|line| format!("{:?}: {}", line.level, line.message)).collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert_eq!(lines[0], "Info: evaluated {\"once\":true}");
    assert_eq!(lines[1], "Info: twelve 12 [1,{\"a\":null}] undefined");
    assert!(lines[2].starts_with("Warn: Error: not thrown\n    at build (misuse.scenario.ts:"), "{lines:?}");
}

#[tokio::test]
async fn what_does_not_end_is_ended() {
    let quick = |quotas: Quotas| Quotas { wall: Duration::from_millis(300), ..quotas };
    let error = run_within("loops for ever", quick).await.map(|built| built.outputs).unwrap_err();
    assert!(matches!(error.kind, RunErrorKind::OutOfTime(_)), "{error}");
    let small = |quotas: Quotas| Quotas { memory: 16 << 20, ..quotas };
    let error = run_within("takes all memory", small).await.map(|built| built.outputs).unwrap_err();
    assert!(
        matches!(error.kind, RunErrorKind::Quota(exceeded) if exceeded.quota == "memory_bytes"),
        "{error}"
    );
    let error = run("recurses").await.map(|built| built.outputs).unwrap_err();
    assert!(error.to_string().contains("call stack exhausted"), "{error}");
}
