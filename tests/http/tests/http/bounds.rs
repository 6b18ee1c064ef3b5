//! Params, seeds, labels and times at their bounds and past them.

use insula_test_http::TestHost;
use serde_json::{Value, json};

async fn status(host: &TestHost, body: Value) -> u16 {
    host.client().post("/api/test/seed", body).await.status
}

#[tokio::test]
async fn params_are_taken_at_each_bound_and_refused_past_it() {
    let host = TestHost::start().await;
    let schema = host.client().get("/api/test/scenarios/busy_calendar").await.json()["params_schema"].clone();
    let properties = schema["properties"].as_object().unwrap();
    assert_eq!(properties.len(), 4);
    for (name, property) in properties {
        for (bound, past) in [("minimum", -1), ("maximum", 1)] {
            let at = property[bound].as_i64().unwrap();
            let plan = async |value: i64| {
                // Days enough for whatever is asked for.
                let mut params =
                    json!({ "days": 3_650, "practitioners": 10, "appointments": 10, "patients": 10 });
                if name == "days" {
                    params = json!({ "practitioners": 10, "appointments": 10, "patients": 10 });
                }
                params[name] = json!(value);
                host.client()
                    .post("/api/test/scenarios/busy_calendar/plan", json!({ "params": params }))
                    .await
            };
            let taken = plan(at).await;
            assert_eq!(taken.status, 200, "{name} = {at}: {}", taken.text);
            let refused = plan(at + past).await;
            assert_eq!(refused.status, 422, "{name} = {}", at + past);
            assert_eq!(refused.problem()["violations"][0]["pointer"], format!("/params/{name}"));
        }
    }
    crate::is_well(&host, 0).await;
}

/// JSON Schema takes 5.0 for an integer, and `serde_json` does not.
#[tokio::test]
async fn a_number_without_a_fraction_is_an_integer() {
    let host = TestHost::start().await;
    let plan = async |appointments: &str| {
        let body = format!(
            r#"{{"params":{{"appointments":{appointments}}},"seed":1,"clock":"2026-01-05T09:00:00Z"}}"#
        );
        let body: Value = serde_json::from_str(&body).unwrap();
        host.client().post("/api/test/scenarios/busy_calendar/plan", body).await
    };
    let (whole, float) = (plan("20").await, plan("20.0").await);
    assert_eq!(float.status, 200, "{}", float.text);
    assert_eq!(float.json()["digest"], whole.json()["digest"]);
    assert_eq!(plan("2e1").await.status, 200);
    assert_eq!(plan("20.5").await.problem()["violations"][0]["pointer"], "/params/appointments");
}

#[tokio::test]
async fn params_of_a_scenario_that_has_none_are_named() {
    let host = TestHost::start().await;
    let body = json!({ "scenario": "minimal", "params": { "days": 3 } });
    let problem = host.client().post("/api/test/seed", body).await.problem();
    assert!(problem["violations"][0]["message"].as_str().unwrap().contains("\"days\""), "{problem}");
}

#[tokio::test]
async fn a_scenario_that_refuses_its_params_says_field_and_rule() {
    let host = TestHost::start().await;
    // More appointments than its days can hold, which no schema can say.
    let params = json!({ "appointments": 1_000, "practitioners": 1, "days": 1 });
    let reply =
        host.client().post("/api/test/seed", json!({ "scenario": "busy_calendar", "params": params })).await;
    let problem = reply.problem();
    assert_eq!((reply.status, &problem["type"]), (422, &json!("/problems/rejected")), "{problem}");
    for member in ["field", "rule", "message"] {
        assert!(problem[member].is_string(), "{member} of {problem}");
    }
    assert!(problem["run"]["fuel"].as_u64().is_some_and(|fuel| fuel > 0), "{problem}");
    crate::is_well(&host, 0).await;
}

#[tokio::test]
async fn the_requests_own_fields_are_bounded() {
    let host = TestHost::start().await;
    let minimal = |field: &str, value: Value| json!({ "scenario": "minimal", field: value });
    let most = 2_i64.pow(53) - 1;
    for (field, taken, refused) in [
        ("seed", json!(0), json!(most + 1)),
        ("seed", json!(most), json!(u64::MAX)),
        ("label", json!("é".repeat(500)), json!("é".repeat(501))),
        ("ttl", json!("1s"), json!("0s")),
        ("ttl", json!("24h"), json!("24h 1s")),
        ("clock", json!("1900-01-01T00:00:00Z"), json!("1899-12-31T23:59:59Z")),
        ("clock", json!("2200-01-01T00:00:00Z"), json!("2200-01-01T00:00:01Z")),
    ] {
        assert_eq!(status(&host, minimal(field, taken.clone())).await, 201, "{field} = {taken}");
        let past = status(&host, minimal(field, refused.clone())).await;
        assert!([400, 422].contains(&past), "{field} = {refused}: {past}");
    }
}
