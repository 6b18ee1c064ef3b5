//! The proof of isolation holds; and it is a proof: whatever check is left out, it finds that.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "in tests a failure is to be seen at once"
)]

use insula_clinic_broken::broken::{Check, router_without};
use insula_engine::{Engine, TokenSettings};
use insula_test_http::{Builder, TestHost};
use insula_verify::{Proof, Subject, isolation};
use serde_json::{Value, json};

async fn proven(host: &TestHost, document: Value, scenarios: &[&str]) -> Proof {
    let scenarios: Vec<String> = scenarios.iter().map(|name| (*name).to_owned()).collect();
    let tokens = TokenSettings::default();
    let subject =
        Subject { address: host.address(), document: &document, tokens: &tokens, scenarios: &scenarios };
    isolation(host.engine(), subject, |_| {}).await.unwrap()
}

fn document() -> Value {
    serde_json::to_value(insula_clinic::openapi()).unwrap()
}

fn findings(proof: &Proof) -> Vec<String> {
    proof.findings().map(|(check, finding)| format!("{} {}: {finding}", check.scenario, check.name)).collect()
}

#[tokio::test]
async fn isolation_holds_for_every_scenario() {
    let host = TestHost::start().await;
    let all: Vec<&str> = insula_plugins::BUILTINS.iter().map(|builtin| builtin.name).collect();
    let proof = proven(&host, document(), &all).await;
    assert!(proof.holds(), "{:#?}", findings(&proof));
    assert!(proof.requests() > 5_000, "{}", proof.requests());
    assert_eq!(host.islands().await, 0, "nothing is left behind");
}

async fn broken(check: Check) -> Vec<String> {
    let without =
        move |engine: Engine, builder: &Builder| router_without(engine, builder.server_config(), check);
    let host = TestHost::builder().beside(without).start().await;
    let proof = proven(&host, document(), &["with_appointment"]).await;
    assert!(!proof.holds(), "an application without {check:?} is caught");
    findings(&proof)
}

#[tokio::test]
async fn a_look_up_that_does_not_name_its_island_is_caught() {
    let found = broken(Check::Island).await;
    for call in ["getPatient", "getAppointment", "listPatients", "getStaff"] {
        let leaked = |finding: &String| {
            finding.contains(&format!(" {call}: ")) && finding.contains("showed the other")
        };
        assert!(found.iter().any(leaked), "{call} in {found:#?}");
    }
}

#[tokio::test]
async fn a_signature_that_is_not_checked_is_caught() {
    let found = broken(Check::Signature).await;
    for trial in ["with a token of another key", "with alg none", "with a changed signature"] {
        assert!(found.iter().any(|finding| finding.contains(trial)), "{trial} in {found:#?}");
    }
}

#[tokio::test]
async fn a_time_that_is_not_checked_is_caught() {
    let found = broken(Check::Expiry).await;
    assert!(found.iter().any(|finding| finding.contains("with an expired token")), "{found:#?}");
    let known = |finding: &String| finding.contains("expired token") || finding.contains("in the database");
    assert!(found.iter().all(known), "{found:#?}");
}

#[tokio::test]
async fn a_member_who_left_and_is_let_in_is_caught() {
    let found = broken(Check::Member).await;
    assert!(found.iter().all(|finding| finding.contains("after being deactivated")), "{found:#?}");
}

#[tokio::test]
async fn a_call_that_the_prover_cannot_fill_in_is_a_finding() {
    let host = TestHost::start().await;
    let mut document = document();
    let parameter =
        json!({ "name": "invoice_id", "in": "path", "schema": { "type": ["string", "integer"] } });
    document["paths"]["/api/invoices/{invoice_id}"] =
        json!({ "get": { "operationId": "getInvoice", "parameters": [parameter] } });
    document["paths"]["/api/notes"] = json!({ "get": {
        "operationId": "listNotes", "parameters": [{ "name": "since", "in": "query", "schema": { "type": "string", "format": "date-time" } }],
    } });
    let found = findings(&proven(&host, document, &["minimal"]).await);
    assert!(
        found.iter().any(|finding| finding.contains("getInvoice") && finding.contains("invoice_id")),
        "{found:#?}"
    );
    assert!(
        found.iter().any(|finding| finding.contains("listNotes") && finding.contains("since")),
        "{found:#?}"
    );
}

#[tokio::test]
async fn what_is_shipped_has_no_switch() {
    // The feature is declared by the crate for tests alone, on which nothing that is shipped depends.
    let declared = include_str!("../../../../host/clinic/Cargo.toml");
    assert!(!declared.contains("broken"));
    for shipped in [
        include_str!("../../../../host/cli/Cargo.toml"),
        include_str!("../../../../host/server/Cargo.toml"),
        include_str!("../../../../host/verify/Cargo.toml"),
    ] {
        assert!(!shipped.contains("insula-clinic-broken"));
    }
}
