//! What each bad plugin gets, and that the next one does not notice.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "these are tests")]

mod support;

use insula_domain::DraftLimits;
use insula_sandbox::{LoadError, QuotaExceeded, Quotas, RunErrorKind};
use insula_test_guests::REFUSED;
use support::Host;

async fn refusal(host: &Host, name: &str) -> String {
    let error = host.load(name).await.expect_err(name);
    host.still_works().await;
    error.to_string()
}

#[tokio::test]
async fn what_is_no_plugin_is_refused_in_words_that_help() {
    let host = Host::new();
    let mut refusals = String::new();
    for name in REFUSED {
        refusals += &format!("{name}: {}\n", refusal(&host, name).await);
    }
    insta::assert_snapshot!(refusals);
}

#[tokio::test]
async fn a_plugin_that_is_too_large_is_refused_before_it_is_read() {
    let config = insula_sandbox::SandboxConfig { plugin_bytes: 100, ..Default::default() };
    let error = Host::with(config).load("good").await.unwrap_err();
    assert!(matches!(error, LoadError::TooLarge { limit: 100, .. }), "{error}");
}

async fn over(name: &str, change: impl FnOnce(Quotas) -> Quotas) -> QuotaExceeded {
    let host = Host::new();
    let plugin = host.load(name).await.unwrap();
    let error = host.run(&plugin, &change(host.quotas)).await.expect_err(name);
    host.still_works().await;
    match error.kind {
        RunErrorKind::Quota(exceeded) | RunErrorKind::OutOfTime(exceeded) => exceeded,
        other => panic!("{name}: {other}"),
    }
}

fn exceeded(quota: &'static str, limit: u64) -> QuotaExceeded {
    QuotaExceeded { quota, limit }
}

#[tokio::test]
async fn each_excess_names_its_quota_and_its_value() {
    let same = |quotas| quotas;
    assert_eq!(over("allocates_without_end", same).await, exceeded("memory_bytes", 128 << 20));
    assert_eq!(over("calls_the_host_a_million_times", same).await, exceeded("host_calls", 500_000));
    assert_eq!(over("passes_a_100mb_string", same).await, exceeded("call_bytes", 32 << 20));
    assert_eq!(over("logs_without_end", same).await, exceeded("log_lines", 1000));
    let little = |quotas| Quotas { fuel: 1_000_000, ..quotas };
    assert_eq!(over("loops_for_ever", little).await, exceeded("fuel", 1_000_000));
    let no_time = |quotas| Quotas { wall: std::time::Duration::from_millis(3), ..quotas };
    assert_eq!(over("loops_for_ever", no_time).await, exceeded("wall_ms", 3));
    let hundred = |quotas: Quotas| Quotas { draft: DraftLimits { entities: 100, ..quotas.draft }, ..quotas };
    assert_eq!(over("fills_the_island", hundred).await, exceeded("entities", 100));
    let no_params = |quotas| Quotas { params_bytes: 1, ..quotas };
    assert_eq!(over("good", no_params).await, exceeded("params_bytes", 1));
    let no_output = |quotas| Quotas { output_bytes: 1, ..quotas };
    assert_eq!(over("good", no_output).await, exceeded("output_bytes", 1));
}

#[tokio::test]
async fn a_crash_tells_where_it_happened_and_what_it_cost() {
    let host = Host::new();
    let error = host.try_guest("traps_after_50_entities").await.unwrap_err();
    assert_eq!(error.cost.host_calls, 50);
    assert!(error.cost.fuel > 50 && error.cost.peak_memory_bytes == 2 << 16, "{:?}", error.cost);
    let RunErrorKind::Trapped(trapped) = error.kind else { panic!("{}", error.kind) };
    assert!(trapped.trap.contains("unreachable"), "{trapped}");
    assert_eq!(trapped.backtrace[0].function, "at_fault");
    assert_eq!(trapped.backtrace.len(), 2);

    let error = host.try_guest("recurses").await.unwrap_err();
    let RunErrorKind::Trapped(trapped) = error.kind else { panic!("{}", error.kind) };
    assert_eq!(trapped.trap, "call stack exhausted");
    assert_eq!(trapped.backtrace[0].function, "deeper");
    host.still_works().await;
}

#[tokio::test]
async fn the_message_of_a_panic_is_handed_on() {
    let host = Host::new();
    let error = host.try_guest("panics").await.unwrap_err();
    assert_eq!(error.logs.len(), 1);
    let RunErrorKind::Trapped(trapped) = error.kind else { panic!("{}", error.kind) };
    assert_eq!(trapped.message.as_deref(), Some("panicked at src/lib.rs:7:5:\nno beds"));
    host.still_works().await;
}

#[tokio::test]
async fn a_forged_handle_names_nothing() {
    let host = Host::new();
    let error = host.try_guest("forges_handles").await.unwrap_err();
    let RunErrorKind::Rejected(rejection) = error.kind else { panic!("{}", error.kind) };
    assert_eq!(rejection.rule, "unknown_handle");
    host.still_works().await;
}

#[tokio::test]
async fn what_a_scenario_says_of_itself_is_handed_on() {
    let host = Host::new();
    let error = host.try_guest("says_it_failed").await.unwrap_err();
    assert!(matches!(&error.kind, RunErrorKind::Failed(message) if message == "no beds"), "{error}");
    let error = host.try_guest("returns_invalid_json").await.unwrap_err();
    assert!(matches!(error.kind, RunErrorKind::BadOutput { .. }), "{error}");
    host.still_works().await;
}

#[tokio::test]
async fn two_plugins_of_one_name_and_version_are_told_apart_by_their_digests() {
    let host = Host::new();
    let (one, other) = (host.load("good").await.unwrap(), host.load("duplicates_another").await.unwrap());
    assert_eq!(
        (&one.manifest().name, &one.manifest().version),
        (&other.manifest().name, &other.manifest().version)
    );
    assert_ne!(one.digest(), other.digest());
}
