//! What the environment says: it is heeded, or refused by the name of the variable.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use crate::program::{Place, Ran, ran};

fn with(name: &str, value: impl AsRef<OsStr>, args: &[&str]) -> Ran {
    ran(Place::new().command(args).env(name, value))
}

#[test]
fn what_is_no_text_is_refused() {
    for name in [
        "INSULA_API_KEY",
        "INSULA_TOKEN_SECRET",
        "E2E_TEST_MODE",
        "E2E_DEBUG",
        "DATABASE_URL",
        "INSULA_SERVER",
    ] {
        let ran = with(name, OsStr::from_bytes(b"s3cret\xff"), &["islands"]);
        assert!(ran.code == Some(2) && ran.stderr.contains(name), "{ran:?}");
        assert!(!ran.stderr.contains("s3cret"), "it may be a secret: {ran:?}");
    }
}

#[test]
fn a_key_that_nobody_can_send_is_refused() {
    for key in [" s3cret", "s3cret\n", "s3\ncret", "   "] {
        let ran = with("INSULA_API_KEY", key, &["doctor", "--listen", "127.0.0.1:0"]);
        assert!(ran.code == Some(2) && ran.stderr.contains("INSULA_API_KEY"), "{key:?}: {ran:?}");
        assert!(!ran.stderr.contains("cret"), "{key:?}: {ran:?}");
    }
}

#[test]
fn yes_and_no_are_true_and_false() {
    let args = ["doctor", "--listen", "127.0.0.1:0"];
    for name in
        ["E2E_TEST_MODE", "E2E_DEBUG", "E2E_NO_BACKUP", "INSULA_RELAXED_DURABILITY", "INSULA_NO_CLINIC"]
    {
        for wrong in ["1", "maybe", " true"] {
            let ran = with(name, wrong, &args);
            let said = format!("{name}=true or {name}=false");
            assert!(ran.code == Some(2) && ran.stderr.contains(&said), "{wrong:?}: {ran:?}");
        }
        for right in ["true", "FALSE", ""] {
            assert_eq!(with(name, right, &args).code, Some(0), "{name}={right}");
        }
    }
}
