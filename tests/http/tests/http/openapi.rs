//! The OpenAPI document.

use std::collections::BTreeSet;

use insula_test_http::TestHost;
use serde_json::Value;

async fn document() -> Value {
    let host = TestHost::start().await;
    let reply = host.client().get("/openapi.json").await;
    assert_eq!((reply.status, reply.header("content-type")), (200, Some("application/json")));
    reply.json()
}

#[tokio::test]
async fn the_document_is_the_published_one() {
    insta::assert_json_snapshot!("openapi", document().await);
}

/// All values of a key, wherever it stands.
fn all<'a>(value: &'a Value, key: &str, found: &mut Vec<&'a Value>) {
    match value {
        Value::Object(object) => {
            found.extend(object.get(key));
            object.values().for_each(|value| all(value, key, found));
        }
        Value::Array(list) => list.iter().for_each(|value| all(value, key, found)),
        _ => {}
    }
}

#[tokio::test]
async fn every_reference_leads_somewhere() {
    let document = document().await;
    let mut references = Vec::new();
    all(&document, "$ref", &mut references);
    assert!(references.len() > 20, "there are but {} references", references.len());
    for reference in references {
        let pointer = reference.as_str().and_then(|reference| reference.strip_prefix('#'));
        let target = pointer.and_then(|pointer| document.pointer(pointer));
        let target = target.unwrap_or_else(|| panic!("{reference} leads nowhere"));
        assert_ne!(&target["$ref"], reference, "{reference} leads to itself");
    }
}

#[tokio::test]
async fn every_operation_has_an_id_a_summary_a_tag_and_its_problems() {
    let document = document().await;
    assert_eq!(document["openapi"], "3.1.0");
    let tags: BTreeSet<_> =
        document["tags"].as_array().unwrap().iter().map(|tag| tag["name"].as_str().unwrap()).collect();
    let (mut ids, mut count) = (BTreeSet::new(), 0);
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let place = format!("{method} {path}");
            count += 1;
            ids.insert(operation["operationId"].as_str().unwrap_or_else(|| panic!("{place} has no id")));
            assert!(operation["summary"].is_string(), "{place}");
            assert!(tags.contains(operation["tags"][0].as_str().unwrap()), "{place}");
            let responses = operation["responses"].as_object().unwrap();
            assert!(responses.keys().any(|status| status.starts_with('2')), "{place}");
            for (status, response) in responses.iter().filter(|(status, _)| status.starts_with(['4', '5'])) {
                assert!(response["content"]["application/problem+json"].is_object(), "{place} {status}");
            }
        }
    }
    assert_eq!(ids.len(), count);
    assert!(count >= 13, "there are but {count} operations");
}
