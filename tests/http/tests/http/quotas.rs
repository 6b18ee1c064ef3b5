//! Every quota that a host or a scenario is given is kept, and named to who asked for more.

use std::collections::BTreeSet;

use insula_sandbox::QuotaOverrides;
use insula_test_guests::guest;
use insula_test_http::TestHost;
use serde_json::{Value, json};

use crate::is_well;

/// Each quota, how small it is made, the guest that needs more of it, and the answer's status. No machine is so quick that it
/// ends a loop, and none so slow that it does not describe a guest in the time.
const SMALL: [(&str, u64, &str, u16); 11] = [
    ("fuel", 1_000_000, "loops_for_ever", 504),
    ("wall_ms", 500, "loops_for_ever", 504),
    ("memory_bytes", 16 << 20, "allocates_without_end", 413),
    ("host_calls", 1_000, "calls_the_host_a_million_times", 413),
    ("call_bytes", 1 << 20, "passes_a_100mb_string", 413),
    ("params_bytes", 1, "good", 413),
    ("output_bytes", 1, "good", 413),
    ("log_lines", 3, "logs_without_end", 413),
    ("entities", 100, "fills_the_island", 413),
    ("rows", 100, "fills_the_island", 413),
    ("bytes", 10_000, "fills_the_island", 413),
];

/// What is longer is cut, so nothing is refused.
const CUTS: &str = "log_line_bytes";

/// A host where these quotas are the host's, and those are the guest's; a loop ends by its time, unless they say otherwise.
async fn with(name: &str, of_host: Value, of_guest: Value) -> TestHost {
    let mut quotas = json!({ "fuel": u64::MAX / 2 });
    quotas.as_object_mut().unwrap().extend(of_host.as_object().unwrap().clone());
    let settings = json!({ "quotas": quotas, "scenarios": { name: { "quotas": of_guest } } });
    let settings = serde_json::from_value(settings).unwrap();
    TestHost::builder().settings(|all| *all = settings).plugin(name, guest(name)).start().await
}

/// Asks for the guest, which is refused by this quota, and holds nothing afterwards.
async fn is_refused(host: &TestHost, (quota, limit, name, status): (&str, u64, &str, u16)) {
    let reply = host.client().post("/api/test/seed", json!({ "scenario": name })).await;
    let problem = reply.problem();
    let told = (reply.status, &problem["scenario"], &problem["quota"], &problem["limit"]);
    assert_eq!(told, (status, &json!(name), &json!(quota), &json!(limit)), "{problem:#}");
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains(&format!("`{quota}` of {limit}")), "{detail}");
    assert_eq!(host.islands().await, 0, "{quota}");
}

#[test]
fn every_quota_stands_in_the_table() {
    let all = serde_json::to_value(QuotaOverrides::default()).unwrap();
    let all: BTreeSet<&str> = all.as_object().unwrap().keys().map(String::as_str).collect();
    let tested = SMALL.iter().map(|(quota, ..)| *quota).chain([CUTS]);
    assert_eq!(tested.collect::<BTreeSet<_>>(), all);
}

#[tokio::test]
async fn each_quota_of_the_host_is_named_to_who_needs_more() {
    for row @ (quota, limit, name, _) in SMALL {
        let host = with(name, json!({ quota: limit }), json!({})).await;
        is_refused(&host, row).await;
        host.stop().await;
    }
}

#[tokio::test]
async fn each_quota_of_one_scenario_is_named_to_who_needs_more_and_holds_for_no_other() {
    for row @ (quota, limit, name, _) in SMALL {
        let host = with(name, json!({}), json!({ quota: limit })).await;
        is_refused(&host, row).await;
        is_well(&host, 0).await;
        host.stop().await;
    }
}
