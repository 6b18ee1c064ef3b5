//! What the tokens of an island carry, and that they hold against the key that signed them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "in tests a failure is to be seen at once"
)]

mod support;

use insula_engine::{SeedRequest, Settings, SigningKey, TokenError, TokenIssuer, TokenSettings};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Value, json};
use support::{SECRET, host, host_signing, json as as_json};

fn claims(token: &Value, algorithm: Algorithm, key: &DecodingKey) -> Value {
    let token = token["access_token"].as_str().expect("a token");
    jsonwebtoken::decode::<Value>(token, key, &Validation::new(algorithm)).expect("a good token").claims
}

#[tokio::test]
async fn the_first_token_is_an_admins_and_says_who_where_and_until_when() {
    let host = host().await;
    let answer = as_json(&host.engine.seed(SeedRequest::of("standard"), None).await.unwrap());
    let key = DecodingKey::from_secret(SECRET);
    let admin = claims(&answer["tokens"][0], Algorithm::HS256, &key);
    let user = &answer["users"][0];
    assert_eq!(admin["sub"], user["subject"]);
    assert_eq!(admin["user_id"], user["id"]);
    assert_eq!(admin["email"], user["email"]);
    assert_eq!(admin["name"], user["full_name"]);
    assert_eq!(admin["roles"], json!(["admin"]));
    assert_eq!(admin["user_type"], "clinic_user");
    assert_eq!(admin["active_clinic_id"], answer["clinic_id"]);
    assert_eq!(admin["island_id"], answer["island_id"]);
    let expires_at: jiff::Timestamp = answer["expires_at"].as_str().unwrap().parse().unwrap();
    assert_eq!(admin["exp"], expires_at.as_second());
    let practitioner = claims(&answer["tokens"][1], Algorithm::HS256, &key);
    assert_eq!(practitioner["roles"], json!(["practitioner"]));
}

#[tokio::test]
async fn another_secret_does_not_open_a_token() {
    let host = host().await;
    let answer = as_json(&host.engine.seed(SeedRequest::of("minimal"), None).await.unwrap());
    let key = DecodingKey::from_secret(b"another secret of thirty-two bytes");
    let token = answer["tokens"][0]["access_token"].as_str().unwrap();
    assert!(jsonwebtoken::decode::<Value>(token, &key, &Validation::new(Algorithm::HS256)).is_err());
}

#[tokio::test]
async fn tokens_are_signed_with_a_key_file_of_either_kind() {
    let eddsa = DecodingKey::from_ed_pem(include_bytes!("keys/ed25519.pub.pem")).unwrap();
    let rs256 = DecodingKey::from_rsa_pem(include_bytes!("keys/rsa.pub.pem")).unwrap();
    for (signing, algorithm, key) in [
        (SigningKey::EdDsa(include_bytes!("keys/ed25519.pem").to_vec()), Algorithm::EdDSA, eddsa),
        (SigningKey::Rs256(include_bytes!("keys/rsa.pem").to_vec()), Algorithm::RS256, rs256),
    ] {
        let host = host_signing(signing, Settings::default()).await;
        let answer = as_json(&host.engine.seed(SeedRequest::of("minimal"), None).await.unwrap());
        assert_eq!(claims(&answer["tokens"][0], algorithm, &key)["island_id"], answer["island_id"]);
    }
}

#[tokio::test]
async fn the_claims_follow_the_template() {
    let template = json!({ "claims": { "uid": "{user_id}", "iss": "clinic-app", "levels": [1, 2], "exp": "{expires_at}" } });
    let tokens: TokenSettings = serde_json::from_value(template).unwrap();
    let host = support::host_with(Settings { tokens, ..Settings::default() }).await;
    let answer = as_json(&host.engine.seed(SeedRequest::of("minimal"), None).await.unwrap());
    let claims = claims(&answer["tokens"][0], Algorithm::HS256, &DecodingKey::from_secret(SECRET));
    assert_eq!((&claims["uid"], &claims["iss"]), (&answer["users"][0]["id"], &json!("clinic-app")));
    assert_eq!(claims["levels"], json!([1, 2]));
    assert_eq!(claims.as_object().unwrap().len(), 4);
}

#[test]
fn what_cannot_sign_or_is_not_there_is_refused_at_the_start() {
    let short = TokenIssuer::new(&SigningKey::Hs256(b"short".to_vec()), &TokenSettings::default());
    assert!(matches!(short, Err(TokenError::Key(_))));
    let no_key = TokenIssuer::new(&SigningKey::EdDsa(b"no key".to_vec()), &TokenSettings::default());
    assert!(matches!(no_key, Err(TokenError::Key(_))));
    let typo = serde_json::from_value(json!({ "claims": { "sub": "{subjekt}" } })).unwrap();
    let error = TokenIssuer::new(&SigningKey::Hs256(SECRET.to_vec()), &typo).unwrap_err().to_string();
    assert!(error.contains("{subjekt}") && error.contains("{subject}"), "{error}");
    // It could be read, and would fail when the first island is there.
    let public = SigningKey::Rs256(include_bytes!("keys/rsa.pub.pem").to_vec());
    assert!(matches!(TokenIssuer::new(&public, &TokenSettings::default()), Err(TokenError::Key(_))));
    for inside in [json!("Hello {email}"), json!({ "user": ["{user_id}"] })] {
        let inside = serde_json::from_value(json!({ "claims": { "x": inside } })).unwrap();
        let error = TokenIssuer::new(&SigningKey::Hs256(SECRET.to_vec()), &inside).unwrap_err();
        assert!(matches!(error, TokenError::Inside { .. }), "{error}");
    }
}
