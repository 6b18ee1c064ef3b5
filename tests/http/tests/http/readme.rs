//! What README.md says to send works as it stands there.

use insula_test_http::TestHost;
use reqwest::Method;
use serde_json::{Value, json};

const README: &str = include_str!("../../../../README.md");

/// The bodies of the requests in it: `curl … -d '…'`, and `data: {…}` of the Playwright test.
fn bodies() -> Vec<Value> {
    let curl = README.split("-d '").skip(1).filter_map(|rest| rest.split('\'').next()).map(str::to_owned);
    let script = README.split("data: {").skip(1).filter_map(|rest| rest.split('}').next()).map(|fields| {
        let quoted = fields.split(", ").filter_map(|field| field.trim().split_once(": "));
        let quoted: Vec<String> = quoted.map(|(name, value)| format!("{name:?}: {value}")).collect();
        format!("{{ {} }}", quoted.join(", "))
    });
    curl.chain(script)
        .map(|body| serde_json::from_str(&body).unwrap_or_else(|reason| panic!("{body}: {reason}")))
        .collect()
}

#[tokio::test]
async fn its_requests_are_answered_as_it_says() {
    let host = TestHost::start().await;
    let bodies = bodies();
    assert_eq!(bodies.len(), 2, "{bodies:?}");
    for body in bodies {
        let island = host.client().seed(body).await;
        assert!(
            island["tokens"][0]["access_token"].is_string() && island["clinic_id"].is_string(),
            "{island}"
        );
    }
    // And what the Playwright test opens in its browser holds what it looks for.
    let island = host.client().seed(json!({ "scenario": "with_appointment" })).await;
    let page = README.split("page.goto(`http://127.0.0.1:7357").nth(1).unwrap().split('`').next().unwrap();
    let id = island["named"]["appointment"]["id"].as_str().unwrap();
    let page = page.replace("${island.named.appointment.id}", id);
    let token = island["tokens"][0]["access_token"].as_str().unwrap();
    let client = host.client();
    let opened = client.send(client.request(Method::GET, &page).bearer_auth(token)).await;
    assert!(opened.text.contains(island["patients"][0]["id"].as_str().unwrap()), "{page}: {}", opened.text);
    host.stop().await;
}

#[tokio::test]
async fn its_session_begins_and_ends_as_it_says() {
    let host = TestHost::start().await;
    let script =
        README.split("```ts").find(|script| script.trim_start().starts_with("const sessions")).unwrap();
    let path = script.split("http://127.0.0.1:7357").nth(1).unwrap().split('"').next().unwrap();
    let ending = script.split("${sessions}").nth(1).unwrap().split('`').next().unwrap();
    let client = host.client();
    let begun = client.send(client.request(Method::POST, path)).await;
    assert_eq!(begun.status, 201, "{}", begun.text);
    host.client().seed(json!({ "scenario": "standard" })).await;
    let ending = ending.replace("${session_id}", begun.json()["session_id"].as_str().unwrap());
    let ended = host.client().delete(&format!("{path}{ending}")).await;
    assert!(ended.status == 200 && ended.json()["how"] == "cleaned", "{}", ended.text);
    assert_eq!(host.islands().await, 0);
    host.stop().await;
}

#[tokio::test]
async fn its_table_names_the_built_in_scenarios() {
    let host = TestHost::start().await;
    let listed = host.client().get("/api/test/scenarios").await;
    let listed: Value = serde_json::from_str(&listed.text).unwrap();
    let names: Vec<&str> = listed["scenarios"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|scenario| scenario["name"].as_str())
        .collect();
    assert!(names.len() >= 6);
    for name in names {
        assert!(README.contains(&format!("\n| `{name}` |")), "{name} is not in the table");
    }
    host.stop().await;
}
