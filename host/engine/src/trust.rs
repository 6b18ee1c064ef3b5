//! Who is trusted to make plugins.
//!
//! A signature is a line of text beside the plugin, not a part of it: a plugin has one digest, whoever vouches for it.
//! What is signed is that digest, after words that no other use of the key begins with.

use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use insula_domain::Digest;

/// What every signed message begins with: a key that signs other things as well signs no plugin by accident.
const DOMAIN: &str = "insula plugin signature 1\n";

/// What every signature begins with.
const HEAD: &str = "insula-signature-1 ed25519";

/// A key, a signature or a trusted key cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// The text holds no key of the kind that is needed.
    #[error("{what} holds no {wanted} in PEM: {reason}; `insula keygen` makes a pair")]
    NoKey {
        /// Which file.
        what: String,
        /// Such as `ed25519 public key`.
        wanted: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The plugin has no signature.
    #[error(
        "it is not signed, and this host takes what a trusted key has signed; sign it with `insula sign`"
    )]
    Unsigned,
    /// The signature is not of this form, or not of this plugin.
    #[error("its signature does not hold: {reason}; sign it again with `insula sign`")]
    Broken {
        /// Why not.
        reason: String,
    },
    /// The signature holds, and nobody here knows the key.
    #[error("it is signed with the key {key}, which this host does not trust (--trusted-keys)")]
    UnknownKey {
        /// The key, in hexadecimal digits.
        key: String,
    },
}

/// A new pair of keys, in PEM.
#[derive(Clone)]
pub struct KeyPair {
    /// To sign with; PKCS #8. It must stay secret.
    pub private: String,
    /// To be trusted.
    pub public: String,
}

impl KeyPair {
    /// Makes a pair of 32 random bytes.
    ///
    /// # Errors
    /// When they cannot be written as PEM.
    pub fn of(random: [u8; 32]) -> Result<Self, TrustError> {
        let no_key = |reason: String| no_key("the new key", "ed25519 key", reason);
        let key = SigningKey::from_bytes(&random);
        let private = key.to_pkcs8_pem(LineEnding::LF).map_err(|reason| no_key(reason.to_string()))?;
        let public = key.verifying_key().to_public_key_pem(LineEnding::LF);
        let public = public.map_err(|reason| no_key(reason.to_string()))?;
        Ok(Self { private: private.to_string(), public })
    }
}

/// Signs a plugin with a private key in PEM, which `what` names in errors. Gives the line that goes beside the plugin.
///
/// # Errors
/// When the key cannot be used.
pub fn sign(what: &str, private: &str, plugin: Digest) -> Result<String, TrustError> {
    let key = SigningKey::from_pkcs8_pem(private)
        .map_err(|reason| no_key(what, "ed25519 private key", reason.to_string()))?;
    let signature = key.sign(message(plugin).as_bytes());
    let (key, signature) = (hex::encode(key.verifying_key().as_bytes()), hex::encode(signature.to_bytes()));
    Ok(format!("{HEAD} {key} {signature}"))
}

/// The keys whose plugins a host takes. It takes no others, but those that are built in.
#[derive(Clone, Debug)]
pub struct TrustedKeys(Vec<VerifyingKey>);

impl TrustedKeys {
    /// The public keys in texts of PEM, each with the name of where it is from: one at least in each.
    ///
    /// # Errors
    /// When one holds no public key, or there is none at all.
    pub fn read(texts: &[(String, String)]) -> Result<Self, TrustError> {
        const END: &str = "-----END PUBLIC KEY-----";
        let mut keys = Vec::new();
        for (what, text) in texts {
            let no_key = |reason: String| no_key(what, "ed25519 public key", reason);
            if text.contains("PRIVATE KEY") {
                return Err(no_key("it is a private key, which belongs to who signs".to_owned()));
            }
            let blocks: Vec<&str> = text.split_inclusive(END).filter(|block| block.contains(END)).collect();
            if blocks.is_empty() {
                return Err(no_key("there is none in it".to_owned()));
            }
            for block in blocks {
                let key = VerifyingKey::from_public_key_pem(block.trim());
                keys.push(key.map_err(|reason| no_key(reason.to_string()))?);
            }
        }
        if keys.is_empty() {
            return Err(no_key("the list of trusted keys", "ed25519 public key", "it is empty".to_owned()));
        }
        Ok(Self(keys))
    }

    /// Whether a plugin may be taken.
    pub(crate) fn check(&self, plugin: Digest, signature: Option<&str>) -> Result<(), TrustError> {
        let broken = |reason: &str| TrustError::Broken { reason: reason.to_owned() };
        let line = signature.ok_or(TrustError::Unsigned)?.trim();
        let (key, signature) = line
            .strip_prefix(HEAD)
            .and_then(|rest| rest.trim().split_once(' '))
            .ok_or_else(|| broken("it is not a line that begins with insula-signature-1 ed25519"))?;
        let mut bytes = [0; 64];
        hex::decode_to_slice(signature, &mut bytes).map_err(|_| broken("it is cut short or damaged"))?;
        let known = self.0.iter().find(|known| hex::encode(known.as_bytes()) == key);
        let known = known.ok_or_else(|| TrustError::UnknownKey { key: key.chars().take(64).collect() })?;
        known
            .verify_strict(message(plugin).as_bytes(), &Signature::from_bytes(&bytes))
            .map_err(|_| broken("it is of another plugin, or was changed"))
    }
}

fn message(plugin: Digest) -> String {
    format!("{DOMAIN}{plugin}")
}

fn no_key(what: &str, wanted: &'static str, reason: String) -> TrustError {
    TrustError::NoKey { what: what.to_owned(), wanted, reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(byte: u8) -> KeyPair {
        KeyPair::of([byte; 32]).unwrap()
    }

    fn trusted(pair: &KeyPair) -> TrustedKeys {
        TrustedKeys::read(&[("keys.pem".to_owned(), pair.public.clone())]).unwrap()
    }

    #[test]
    fn what_a_trusted_key_signed_is_taken_and_nothing_else() {
        let (one, other) = (pair(1), pair(2));
        let (mine, theirs) = (Digest::of(b"mine"), Digest::of(b"theirs"));
        let line = sign("key", &one.private, mine).unwrap();
        let trusted = trusted(&one);
        assert_eq!(trusted.check(mine, Some(&format!("{line}\n"))), Ok(()));
        assert_eq!(trusted.check(mine, None), Err(TrustError::Unsigned));
        assert!(matches!(trusted.check(theirs, Some(&line)), Err(TrustError::Broken { .. })));
        let unknown = sign("key", &other.private, mine).unwrap();
        assert!(matches!(trusted.check(mine, Some(&unknown)), Err(TrustError::UnknownKey { .. })));
        // Somebody else's signature under a trusted name.
        let (known, forged) = (line.rsplit_once(' ').unwrap().0, unknown.rsplit_once(' ').unwrap().1);
        let forged = format!("{known} {forged}");
        assert!(matches!(trusted.check(mine, Some(&forged)), Err(TrustError::Broken { .. })));
        for wrong in ["", "x", HEAD, &line[..line.len() - 2], &line.replace("signature-1", "signature-2")] {
            assert!(matches!(trusted.check(mine, Some(wrong)), Err(TrustError::Broken { .. })), "{wrong}");
        }
    }

    #[test]
    fn only_public_keys_are_trusted() {
        let (one, other) = (pair(1), pair(2));
        let both = format!("# ours\n{}\n# theirs\n{}", one.public, other.public);
        let trusted = TrustedKeys::read(&[("keys.pem".to_owned(), both)]).unwrap();
        let digest = Digest::of(b"mine");
        for pair in [&one, &other] {
            assert_eq!(trusted.check(digest, Some(&sign("key", &pair.private, digest).unwrap())), Ok(()));
        }
        for wrong in ["", "no key", &one.private] {
            assert!(TrustedKeys::read(&[("keys.pem".to_owned(), wrong.to_owned())]).is_err(), "{wrong}");
        }
        assert!(TrustedKeys::read(&[]).is_err());
        assert!(sign("key", &one.public, digest).is_err());
    }
}
