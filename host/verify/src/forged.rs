//! Tokens that must not let anybody in.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use insula_domain::{Island, Membership};
use insula_engine::{Engine, SigningKey, TokenIssuer, TokenSettings};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::report::VerifyError;
use crate::world::World;

/// A token, and what is wrong with it.
#[derive(Clone, Debug)]
pub(crate) struct Forged {
    pub name: &'static str,
    /// What is sent as `Authorization`; nothing at all, where it is left out.
    pub authorization: Option<String>,
}

/// Tokens for the other island that do not hold, and well-signed ones whose user is not where they say.
///
/// # Errors
/// When they cannot be made.
pub(crate) fn forged(
    engine: &Engine,
    settings: &TokenSettings,
    own: &World,
    other: &World,
) -> Result<Vec<Forged>, VerifyError> {
    let (Some(mine), Some(theirs)) = (member(&own.island), member(&other.island)) else {
        return Ok(Vec::new());
    };
    let now = Timestamp::now();
    let (soon, before) = (now + SignedDuration::from_hours(1), now - SignedDuration::from_mins(1));
    let good = engine.token(&other.island, theirs, soon)?.access_token;
    let foreign = |key: [u8; 32]| -> Result<String, VerifyError> {
        let issuer = TokenIssuer::new(&SigningKey::Hs256(key.to_vec()), settings)?;
        Ok(issuer.issue_one(&other.island, theirs, now, soon)?.access_token)
    };
    let moved_here = Island { id: own.island.id, ..other.island.clone() };
    let moved_there = Island { id: other.island.id, ..own.island.clone() };
    let [head, claims, signature] = parts(&good);
    let [_, _, of_another] = parts(&engine.token(&own.island, mine, soon)?.access_token);
    let header = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let none = header(json!({ "alg": "none", "typ": "JWT" }));
    let weird = header(json!({ "alg": "HS256", "typ": "JWT", "kid": "../../../../dev/null" }));
    let mut flipped = signature.clone();
    let last = if flipped.starts_with('A') { "B" } else { "A" };
    flipped.replace_range(..1, last);
    let bearer = |name, token: String| Forged { name, authorization: Some(format!("Bearer {token}")) };
    Ok(vec![
        Forged { name: "without a token", authorization: None },
        Forged { name: "with an empty token", authorization: Some("Bearer ".to_owned()) },
        Forged { name: "as Basic", authorization: Some(format!("Basic {good}")) },
        bearer("with an expired token", engine.token(&other.island, theirs, before)?.access_token),
        bearer("with a token of another key", foreign([7; 32])?),
        bearer("with a token of an empty key", foreign([0; 32])?),
        bearer("with alg none", format!("{none}.{claims}.")),
        bearer("with alg none and a signature", format!("{none}.{claims}.{signature}")),
        bearer("with another key id", format!("{weird}.{claims}.{signature}")),
        bearer("without a signature", format!("{head}.{claims}.")),
        bearer("with a changed signature", format!("{head}.{claims}.{flipped}")),
        bearer("with the signature of its own token", format!("{head}.{claims}.{of_another}")),
        bearer(
            "as the other's user, moved to the own island",
            engine.token(&moved_here, theirs, soon)?.access_token,
        ),
        bearer(
            "as the own user, moved to the other island",
            engine.token(&moved_there, mine, soon)?.access_token,
        ),
    ])
}

/// The first who can log in.
pub(crate) fn member(island: &Island) -> Option<&Membership> {
    island.entities.memberships.iter().find(|membership| membership.is_active)
}

fn parts(token: &str) -> [String; 3] {
    let mut parts = token.split('.').map(str::to_owned);
    std::array::from_fn(|_| parts.next().unwrap_or_default())
}
