//! What only the environment says, because it does not belong on a command line.

use std::ffi::OsString;

use crate::args::truth;
use crate::failure::{Exit, Failure};

/// What was found there.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// The key with which callers show that they may use a server.
    pub api_key: Option<String>,
    /// An HS256 secret.
    pub token_secret: Option<String>,
    /// Whether `serve` takes requests for islands.
    pub test_mode: bool,
    /// Whether to log more than was asked for.
    pub debug: bool,
}

impl Environment {
    /// That of this process. An empty variable is as good as none; one that cannot be used is never passed over, or a
    /// server would start without the key that it was given.
    pub fn read() -> Result<Self, Failure> {
        Self::of(|name| std::env::var_os(name))
    }

    fn of(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, Failure> {
        let text = |name: &str| {
            let value = variable(name).map(OsString::into_string).transpose().map_err(|_| {
                Failure::new(Exit::Usage, format!("{name} in the environment is not UTF-8"))
                    .mend(format!("set {name} to text, or unset it"))
            });
            value.map(|value| value.filter(|value| !value.is_empty()))
        };
        let is_true = |name: &'static str| {
            let Some(value) = text(name)? else { return Ok(false) };
            truth(name)(&value).map_err(|mend| {
                Failure::new(Exit::Usage, format!("{name} is {value:?}, which is neither yes nor no"))
                    .mend(mend)
            })
        };
        Ok(Self {
            api_key: text("INSULA_API_KEY")?.map(sendable).transpose()?,
            token_secret: text("INSULA_TOKEN_SECRET")?,
            test_mode: is_true("E2E_TEST_MODE")?,
            debug: is_true("E2E_DEBUG")?,
        })
    }
}

/// A key as it can stand in a header, whose ends are trimmed. The key itself is never shown.
fn sendable(key: String) -> Result<String, Failure> {
    let problem = match () {
        () if key.trim() != key => "begins or ends with white space",
        () if key.contains(char::is_control) => "holds a line break or another control character",
        () => return Ok(key),
    };
    Err(Failure::new(Exit::Usage, format!("INSULA_API_KEY {problem}, so no request could carry it"))
        .mend("take that out of it, both for the server and for those who ask it"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, value: &str) -> Result<Environment, Failure> {
        Environment::of(|asked| (asked == name).then(|| value.into()))
    }

    #[test]
    fn what_is_there_is_read_or_refused() {
        assert_eq!(of("INSULA_API_KEY", "s3cret!").unwrap().api_key.as_deref(), Some("s3cret!"));
        assert_eq!(of("INSULA_API_KEY", "").unwrap().api_key, None);
        // A secret is bytes; only a key is sent as it stands.
        assert_eq!(of("INSULA_TOKEN_SECRET", "a b\n").unwrap().token_secret.as_deref(), Some("a b\n"));
        for key in [" ", "s3cret\r\n", "s3\tcret", "\u{a0}s3cret"] {
            let failure = of("INSULA_API_KEY", key).unwrap_err();
            assert!(failure.exit == Exit::Usage && !failure.to_text().contains("cret"), "{key:?}");
        }
    }

    #[test]
    fn yes_is_true_and_no_is_false() {
        for (value, expected) in [("true", true), ("True", true), ("false", false), ("", false)] {
            assert_eq!(of("E2E_TEST_MODE", value).unwrap().test_mode, expected, "{value:?}");
        }
        for wrong in ["1", "yes", "true "] {
            let said = of("E2E_TEST_MODE", wrong).unwrap_err().to_text();
            assert!(said.contains("E2E_TEST_MODE=true or E2E_TEST_MODE=false"), "{said}");
        }
    }
}
