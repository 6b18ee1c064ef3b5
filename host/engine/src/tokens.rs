//! The tokens with which seeded users log in: signed JWTs (RFC 7519) whose claims follow a template.

use insula_domain::{Choice, Clinic, EntityId, Handle, Island, Kind, Membership, Role, User};
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use schemars::JsonSchema;
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value, json};

use crate::answer::Token;

/// Tokens cannot be issued.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The template asks for something that a token cannot carry.
    #[error("the claim {claim:?} asks for {placeholder:?}; a token can carry {}", PLACEHOLDERS.join(", "))]
    Placeholder {
        /// Which claim.
        claim: String,
        /// What it asks for.
        placeholder: String,
    },
    /// The template asks for something where nothing is replaced.
    #[error(
        "the claim {claim:?} holds {placeholder} beside other things; only a claim that is nothing else is replaced"
    )]
    Inside {
        /// Which claim.
        claim: String,
        /// What it asks for.
        placeholder: &'static str,
    },
    /// The template leaves out what tells whose a token is.
    #[error(
        "no claim carries {placeholder}; without it nobody can tell whose a token is: add it to the claims"
    )]
    Missing {
        /// What is left out.
        placeholder: &'static str,
    },
    /// The key is not of the kind that the algorithm needs.
    #[error("the signing key cannot be used: {0}")]
    Key(String),
}

/// The key that signs tokens, and so the algorithm.
#[derive(Clone)]
pub enum SigningKey {
    /// HMAC with SHA-256: the application must know the secret. At least 32 bytes (RFC 7518, section 3.2).
    Hs256(Vec<u8>),
    /// Ed25519 (RFC 8037), a private key as PKCS #8 PEM.
    EdDsa(Vec<u8>),
    /// RSA with SHA-256, a private key as PEM.
    Rs256(Vec<u8>),
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = match self {
            Self::Hs256(_) => "HS256",
            Self::EdDsa(_) => "EdDSA",
            Self::Rs256(_) => "RS256",
        };
        write!(f, "SigningKey::{name}(…)")
    }
}

/// What tokens carry.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TokenSettings {
    /// The claims. A text such as `{user_id}` is replaced; anything else stands in every token as it is.
    pub claims: Map<String, Value>,
    /// The key's id, for the token's header (`kid`).
    pub key_id: Option<String>,
}

impl Default for TokenSettings {
    fn default() -> Self {
        let claims = json!({
            "sub": "{subject}",
            "user_id": "{user_id}",
            "email": "{email}",
            "name": "{name}",
            "roles": "{roles}",
            "user_type": "clinic_user",
            "active_clinic_id": "{clinic_id}",
            "island_id": "{island_id}",
            "iat": "{issued_at}",
            "exp": "{expires_at}",
        });
        let claims = claims.as_object().cloned().unwrap_or_default();
        Self { claims, key_id: None }
    }
}

const PLACEHOLDERS: [&str; 9] = [
    "{subject}",
    "{user_id}",
    "{email}",
    "{name}",
    "{roles}",
    "{clinic_id}",
    "{island_id}",
    "{issued_at}",
    "{expires_at}",
];

#[derive(Clone, Debug)]
pub(crate) enum Claim {
    Subject,
    UserId,
    Email,
    Name,
    Roles,
    ClinicId,
    IslandId,
    IssuedAt,
    ExpiresAt,
    Constant(Value),
}

impl Claim {
    fn parse(name: &str, value: &Value) -> Result<Self, TokenError> {
        let Some(text) = value.as_str().filter(|text| text.starts_with('{') && text.ends_with('}')) else {
            return match PLACEHOLDERS.into_iter().find(|placeholder| holds(value, placeholder)) {
                Some(placeholder) => Err(TokenError::Inside { claim: name.to_owned(), placeholder }),
                None => Ok(Self::Constant(value.clone())),
            };
        };
        Ok(match text {
            "{subject}" => Self::Subject,
            "{user_id}" => Self::UserId,
            "{email}" => Self::Email,
            "{name}" => Self::Name,
            "{roles}" => Self::Roles,
            "{clinic_id}" => Self::ClinicId,
            "{island_id}" => Self::IslandId,
            "{issued_at}" => Self::IssuedAt,
            "{expires_at}" => Self::ExpiresAt,
            _ => {
                return Err(TokenError::Placeholder { claim: name.to_owned(), placeholder: text.to_owned() });
            }
        })
    }
}

/// Whether a text of the value has this in it.
fn holds(value: &Value, placeholder: &str) -> bool {
    match value {
        Value::String(text) => text.contains(placeholder),
        Value::Array(values) => values.iter().any(|value| holds(value, placeholder)),
        Value::Object(values) => values.values().any(|value| holds(value, placeholder)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Signs tokens.
pub struct TokenIssuer {
    pub(crate) header: Header,
    pub(crate) key: EncodingKey,
    pub(crate) claims: Vec<(String, Claim)>,
}

impl std::fmt::Debug for TokenIssuer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenIssuer").field("header", &self.header).finish_non_exhaustive()
    }
}

impl TokenIssuer {
    /// An issuer with this key and template.
    ///
    /// # Errors
    /// When the key cannot be read, a secret is short, or the template asks for what is not there.
    pub fn new(key: &SigningKey, settings: &TokenSettings) -> Result<Self, TokenError> {
        let unreadable = |what: &str, reason: jsonwebtoken::errors::Error| {
            TokenError::Key(format!("it is no private key of {what} as PEM ({reason})"))
        };
        let (algorithm, encoding) = match key {
            SigningKey::Hs256(secret) if secret.len() < 32 => {
                let message =
                    format!("an HS256 secret needs at least 32 bytes, this one has {}", secret.len());
                return Err(TokenError::Key(message));
            }
            SigningKey::Hs256(secret) => (Algorithm::HS256, EncodingKey::from_secret(secret)),
            SigningKey::EdDsa(pem) => {
                let key = EncodingKey::from_ed_pem(pem).map_err(|reason| unreadable("Ed25519", reason))?;
                (Algorithm::EdDSA, key)
            }
            SigningKey::Rs256(pem) => {
                let key = EncodingKey::from_rsa_pem(pem).map_err(|reason| unreadable("RSA", reason))?;
                // A public key or a certificate is read as well, and fails when it is to sign.
                let trial = jsonwebtoken::encode(&Header::new(Algorithm::RS256), &json!({}), &key);
                trial.map_err(|reason| unreadable("RSA", reason))?;
                (Algorithm::RS256, key)
            }
        };
        let claims =
            settings.claims.iter().map(|(name, value)| Ok((name.clone(), Claim::parse(name, value)?)));
        let header = Header { kid: settings.key_id.clone(), ..Header::new(algorithm) };
        Ok(Self { header, key: encoding, claims: claims.collect::<Result<_, TokenError>>()? })
    }

    /// One token for each user with an active membership, in the order of the users, the first an admin's.
    ///
    /// # Errors
    /// When signing fails.
    pub fn issue(
        &self,
        island: &Island,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<Vec<Token>, TokenError> {
        let mut holders: Vec<&Membership> = Vec::with_capacity(island.entities.users.len());
        let mut seen = vec![false; island.entities.users.len()];
        for membership in island.entities.memberships.iter().filter(|membership| membership.is_active) {
            if let Some(seen) = seen.get_mut(membership.user.index() as usize).filter(|seen| !**seen) {
                *seen = true;
                holders.push(membership);
            }
        }
        holders.sort_by_key(|membership| membership.user);
        if let Some(admin) = holders.iter().position(|membership| membership.roles.has(Role::Admin)) {
            holders[..=admin].rotate_right(1);
        }
        holders.iter().map(|membership| self.issue_one(island, membership, now, expires_at)).collect()
    }

    /// A token for a member of a clinic.
    ///
    /// # Errors
    /// When signing fails.
    pub fn issue_one(
        &self,
        island: &Island,
        membership: &Membership,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<Token, TokenError> {
        let claims = Claims { template: &self.claims, island, membership, now, expires_at };
        let access_token = jsonwebtoken::encode(&self.header, &claims, &self.key)
            .map_err(|reason| TokenError::Key(reason.to_string()))?;
        let user_id = user_id(island, membership.user);
        Ok(Token { user_id, access_token, token_type: "Bearer", expires_at })
    }
}

fn user_id(island: &Island, user: Handle<User>) -> EntityId {
    island.ids.get(Kind::User, user.index()).unwrap_or(EntityId::Int(i64::from(user.index())))
}

fn clinic_id(island: &Island, clinic: Handle<Clinic>) -> EntityId {
    island.ids.get(Kind::Clinic, clinic.index()).unwrap_or(EntityId::Int(i64::from(clinic.index())))
}

/// The claims of one token, written straight from the island.
pub struct Claims<'a> {
    template: &'a [(String, Claim)],
    island: &'a Island,
    membership: &'a Membership,
    now: Timestamp,
    expires_at: Timestamp,
}

impl Serialize for Claims<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (island, membership) = (self.island, self.membership);
        let user = island.entities.get(membership.user);
        let mut map = serializer.serialize_map(Some(self.template.len()))?;
        for (name, claim) in self.template {
            match claim {
                Claim::Subject => map.serialize_entry(name, &user.map(|user| user.subject.render(island.id))),
                Claim::UserId => map.serialize_entry(name, &user_id(island, membership.user)),
                Claim::Email => map.serialize_entry(name, &user.map(|user| user.email.render(island.id))),
                Claim::Name => map.serialize_entry(name, &membership.full_name),
                Claim::Roles => {
                    map.serialize_entry(name, &membership.roles.iter().map(Role::word).collect::<Vec<_>>())
                }
                Claim::ClinicId => map.serialize_entry(name, &clinic_id(island, membership.clinic)),
                Claim::IslandId => map.serialize_entry(name, &island.id),
                Claim::IssuedAt => map.serialize_entry(name, &self.now.as_second()),
                Claim::ExpiresAt => map.serialize_entry(name, &self.expires_at.as_second()),
                Claim::Constant(value) => map.serialize_entry(name, value),
            }?;
        }
        map.end()
    }
}
