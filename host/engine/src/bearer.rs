//! Tokens as they come back: whose they are, once they hold against the key that signed them.
//!
//! The template of the claims says by which names an application finds the island, the user and the clinic, so it says
//! the same here.

use insula_domain::{EntityId, IslandId};
use jiff::Timestamp;
use jsonwebtoken::dangerous::insecure_decode;
use serde_json::{Map, Value};
use subtle::ConstantTimeEq;

use crate::tokens::{Claim, TokenError, TokenIssuer};

/// Whose a token is, and where it leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bearer {
    /// The island.
    pub island: IslandId,
    /// The user.
    pub user: EntityId,
    /// The active clinic.
    pub clinic: EntityId,
    /// Until when the token is good.
    pub expires_at: Timestamp,
}

/// A token is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BearerError {
    /// It is no JWT, or of another algorithm or key.
    #[error("the token is no JWT of this host's algorithm and key")]
    Header,
    /// It was not signed with the host's key.
    #[error("the token was not signed with this host's key")]
    Signature,
    /// A claim is not what this host writes.
    #[error("the token's claim {0:?} is not what this host writes")]
    Claim(String),
    /// Its time is over.
    #[error("the token expired at {0}; seed an island or renew it for a new one")]
    Expired(Timestamp),
}

/// The claims that tell whose a token is.
const NEEDED: [&str; 4] = ["{island_id}", "{user_id}", "{clinic_id}", "{expires_at}"];

impl TokenIssuer {
    /// Whether tokens of this template say whose they are.
    ///
    /// # Errors
    /// The first thing that the template leaves out.
    pub fn can_verify(&self) -> Result<(), TokenError> {
        let has = [
            self.name_of(|claim| matches!(claim, Claim::IslandId)),
            self.name_of(|claim| matches!(claim, Claim::UserId)),
            self.name_of(|claim| matches!(claim, Claim::ClinicId)),
            self.name_of(|claim| matches!(claim, Claim::ExpiresAt)),
        ];
        match NEEDED.iter().zip(has).find(|(_, name)| name.is_none()) {
            Some((missing, _)) => Err(TokenError::Missing { placeholder: missing }),
            None => Ok(()),
        }
    }

    /// Checks a token: its algorithm, its key, its signature, its constant claims, and its time.
    ///
    /// # Errors
    /// The first of these that does not hold.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Bearer, BearerError> {
        let (message, signature) = token.rsplit_once('.').ok_or(BearerError::Header)?;
        let header = jsonwebtoken::decode_header(token).map_err(|_| BearerError::Header)?;
        if header.alg != self.header.alg || header.kid != self.header.kid {
            return Err(BearerError::Header);
        }
        // Each of the algorithms gives one message one signature, so whoever holds the key checks by signing again.
        let own = jsonwebtoken::crypto::sign(message.as_bytes(), &self.key, self.header.alg)
            .map_err(|_| BearerError::Signature)?;
        if !bool::from(own.as_bytes().ct_eq(signature.as_bytes())) {
            return Err(BearerError::Signature);
        }
        let claims = insecure_decode::<Map<String, Value>>(token).map_err(|_| BearerError::Header)?.claims;
        self.read(&claims, now)
    }

    fn read(&self, claims: &Map<String, Value>, now: Timestamp) -> Result<Bearer, BearerError> {
        let wrong = |name: &str| BearerError::Claim(name.to_owned());
        for (name, claim) in &self.claims {
            if let Claim::Constant(value) = claim
                && claims.get(name) != Some(value)
            {
                return Err(wrong(name));
            }
        }
        let expires_at = self.claim(
            claims,
            |claim| matches!(claim, Claim::ExpiresAt),
            |value| Timestamp::from_second(value.as_i64()?).ok(),
        )?;
        if expires_at <= now {
            return Err(BearerError::Expired(expires_at));
        }
        let id = |value: &Value| serde_json::from_value::<EntityId>(value.clone()).ok();
        Ok(Bearer {
            island: self.claim(
                claims,
                |claim| matches!(claim, Claim::IslandId),
                |value| value.as_str()?.parse().ok(),
            )?,
            user: self.claim(claims, |claim| matches!(claim, Claim::UserId), id)?,
            clinic: self.claim(claims, |claim| matches!(claim, Claim::ClinicId), id)?,
            expires_at,
        })
    }

    fn claim<T>(
        &self,
        claims: &Map<String, Value>,
        is: impl Fn(&Claim) -> bool,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Result<T, BearerError> {
        let name = self.name_of(is).unwrap_or_default();
        claims.get(name).and_then(read).ok_or_else(|| BearerError::Claim(name.to_owned()))
    }

    fn name_of(&self, is: impl Fn(&Claim) -> bool) -> Option<&str> {
        self.claims.iter().find(|(_, claim)| is(claim)).map(|(name, _)| name.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::{SigningKey, TokenSettings};
    use serde_json::json;

    const SECRET: &[u8] = b"a secret of thirty-two bytes ...";
    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn issuer(secret: &[u8], settings: Value) -> TokenIssuer {
        let settings: TokenSettings = serde_json::from_value(settings).unwrap();
        TokenIssuer::new(&SigningKey::Hs256(secret.to_vec()), &settings).unwrap()
    }

    fn claims() -> Value {
        json!({
            "user_id": "00000000-0000-0000-0000-000000000001", "active_clinic_id": 7, "exp": 60,
            "island_id": "00000000-0000-0000-0000-000000000002", "user_type": "clinic_user",
        })
    }

    fn signed(issuer: &TokenIssuer, claims: &Value) -> String {
        jsonwebtoken::encode(&issuer.header, claims, &issuer.key).unwrap()
    }

    #[test]
    fn a_good_token_says_whose_it_is() {
        let own = issuer(SECRET, json!({}));
        let bearer = own.verify(&signed(&own, &claims()), NOW).unwrap();
        assert_eq!((bearer.island.0.as_u128(), bearer.clinic), (2, EntityId::Int(7)));
        assert_eq!(bearer.expires_at.as_second(), 60);
    }

    #[test]
    fn names_and_constants_are_those_of_the_template() {
        let template = json!({ "claims": {
            "isl": "{island_id}", "uid": "{user_id}", "org": "{clinic_id}", "until": "{expires_at}", "iss": "app",
        } });
        let own = issuer(SECRET, template);
        let mut claims = json!({ "isl": uuid::Uuid::nil(), "uid": 1, "org": 2, "until": 60, "iss": "app" });
        assert_eq!(own.verify(&signed(&own, &claims), NOW).unwrap().user, EntityId::Int(1));
        claims["iss"] = "another app".into();
        assert_eq!(own.verify(&signed(&own, &claims), NOW), Err(BearerError::Claim("iss".to_owned())));
    }

    #[test]
    fn what_is_forged_expired_or_of_another_key_is_refused() {
        let own = issuer(SECRET, json!({}));
        let good = signed(&own, &claims());
        let other = issuer(b"another secret of thirty-two byte", json!({}));
        assert_eq!(own.verify(&signed(&other, &claims()), NOW), Err(BearerError::Signature));
        let kid = issuer(SECRET, json!({ "key_id": "new" }));
        assert_eq!(own.verify(&signed(&kid, &claims()), NOW), Err(BearerError::Header));
        assert_eq!(kid.verify(&good, NOW), Err(BearerError::Header));
        let later = NOW + jiff::SignedDuration::from_secs(60);
        assert_eq!(own.verify(&good, later), Err(BearerError::Expired(later)));
        // {"alg":"none"}, and no signature.
        let (head, rest) = good.split_once('.').unwrap();
        let payload = rest.split_once('.').unwrap().0;
        for forged in [
            format!("eyJhbGciOiJub25lIn0.{payload}."),
            format!("eyJhbGciOiJub25lIn0.{payload}"),
            format!("{head}.{payload}."),
            format!("{head}.{payload}"),
            format!("{good}A"),
            format!("{good}."),
            "a.b.c".to_owned(),
            String::new(),
        ] {
            assert!(own.verify(&forged, NOW).is_err(), "{forged}");
        }
        for (name, value) in [("exp", json!("60")), ("exp", Value::Null), ("island_id", json!("here"))] {
            let mut wrong = claims();
            wrong[name] = value;
            assert_eq!(own.verify(&signed(&own, &wrong), NOW), Err(BearerError::Claim(name.to_owned())));
        }
    }

    #[test]
    fn a_template_that_leaves_out_whose_a_token_is_cannot_be_verified() {
        assert!(issuer(SECRET, json!({})).can_verify().is_ok());
        let error =
            issuer(SECRET, json!({ "claims": { "island_id": "{island_id}" } })).can_verify().unwrap_err();
        assert!(error.to_string().contains("{user_id}"), "{error}");
    }
}
