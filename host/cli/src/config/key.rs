//! The key that signs tokens.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use insula_engine::{SigningKey, TokenIssuer, TokenSettings};

use crate::args::{HostArgs, TokenAlgorithm};
use crate::failure::{Exit, Failure};

/// The key that the flags or the environment name; without either, the data directory's own.
pub fn read(args: &HostArgs, secret: Option<&str>) -> Result<SigningKey, Failure> {
    let named = args.token_key.as_deref();
    match (args.token_algorithm, named, secret) {
        (TokenAlgorithm::Hs256, Some(path), _) => checked(path, SigningKey::Hs256(secret_in(path)?)),
        (TokenAlgorithm::Hs256, None, Some(secret)) => Ok(SigningKey::Hs256(secret.as_bytes().to_vec())),
        (TokenAlgorithm::Hs256, None, None) => own(&args.data_dir.join("token.key")).map(SigningKey::Hs256),
        (TokenAlgorithm::EdDsa, Some(path), _) => checked(path, SigningKey::EdDsa(file(path)?)),
        (TokenAlgorithm::Rs256, Some(path), _) => checked(path, SigningKey::Rs256(file(path)?)),
        (TokenAlgorithm::EdDsa, None, _) => {
            Err(no_key("eddsa", "openssl genpkey -algorithm ed25519 -out key.pem"))
        }
        (TokenAlgorithm::Rs256, None, _) => Err(no_key("rs256", "openssl genrsa -out key.pem 2048")),
    }
}

/// A key that can sign.
fn checked(path: &Path, key: SigningKey) -> Result<SigningKey, Failure> {
    match TokenIssuer::new(&key, &TokenSettings::default()) {
        Ok(_) => Ok(key),
        Err(reason) => {
            let what = format!("cannot use the token key {}", path.display());
            Err(Failure::because(Exit::Usage, what, &reason)
                .mend("name the private key; openssl makes one: `openssl genpkey -algorithm ed25519 -out key.pem`, or `openssl genrsa -out key.pem 2048`"))
        }
    }
}

/// The secret in a file.
fn secret_in(path: &Path) -> Result<Vec<u8>, Failure> {
    let secret = trimmed(file(path)?);
    if secret.starts_with(b"-----BEGIN ") {
        let what = format!("{} holds a key as PEM, which is no secret of HS256", path.display());
        return Err(
            Failure::new(Exit::Usage, what).mend("say which key it is: --token-algorithm eddsa or rs256")
        );
    }
    Ok(secret)
}

fn no_key(algorithm: &str, command: &str) -> Failure {
    Failure::new(Exit::Usage, format!("--token-algorithm {algorithm} needs a private key"))
        .mend(format!("name one with --token-key; this makes one: {command}"))
}

/// The data directory's own secret, made at the first use. It is text (32 random bytes as hexadecimal digits), and
/// the text is the secret, so that it can be handed to the application as it stands in the file.
fn own(path: &Path) -> Result<Vec<u8>, Failure> {
    match fs::read(path) {
        Ok(text) => Ok(trimmed(text)),
        Err(reason) if reason.kind() == io::ErrorKind::NotFound => make(path).map_err(|reason| {
            Failure::because(
                Exit::Unavailable,
                format!("cannot make the token key {}", path.display()),
                &reason,
            )
            .mend("make the directory writable, or choose another with --data-dir")
        }),
        Err(reason) => Err(unreadable(path, &reason)),
    }
}

/// Whole or not at all, and never over another that was made at the same moment.
fn make(path: &Path) -> io::Result<Vec<u8>> {
    let mut random = [0; 32];
    getrandom::fill(&mut random)?;
    let text = hex::encode(random).into_bytes();
    // Its mode is 0600 from the start.
    let mut file = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))?;
    file.write_all(&text)?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(text),
        Err(reason) if reason.error.kind() == io::ErrorKind::AlreadyExists => fs::read(path).map(trimmed),
        Err(reason) => Err(reason.error),
    }
}

fn file(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|reason| unreadable(path, &reason))
}

fn unreadable(path: &Path, reason: &io::Error) -> Failure {
    Failure::because(Exit::Usage, format!("cannot read the token key {}", path.display()), reason)
}

/// Editors and `echo` end a file with a new line that is no part of the secret.
fn trimmed(mut text: Vec<u8>) -> Vec<u8> {
    while text.last().is_some_and(u8::is_ascii_whitespace) {
        text.pop();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_key_is_made_once_and_is_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token.key");
        let first = own(&path).unwrap();
        assert_eq!(first.len(), 64);
        assert_eq!(own(&path).unwrap(), first);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn a_key_made_at_the_same_moment_by_another_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token.key");
        fs::write(&path, "theirs\n").unwrap();
        assert_eq!(make(&path).unwrap(), b"theirs");
    }
}
