//! The help of every command is a contract: a change of it shows in review.

use crate::program::Place;

#[test]
fn of_the_program() {
    let ran = Place::new().run(&["--help"]);
    assert_eq!(ran.code, Some(0));
    insta::assert_snapshot!(ran.stdout);
}

#[test]
fn of_every_command() {
    let place = Place::new();
    let commands = [
        "up",
        "serve",
        "seed",
        "plan",
        "scenarios",
        "islands",
        "end",
        "sweep",
        "events",
        "verify",
        "reset",
        "backup",
        "backups",
        "restore",
        "session",
        "new",
        "build",
        "inspect",
        "test",
        "doctor",
        "schema",
        "completions",
    ];
    for command in commands {
        let ran = place.run(&[command, "--help"]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        insta::assert_snapshot!(command, ran.stdout);
    }
}

#[test]
fn secrets_in_the_environment_are_not_printed() {
    let place = Place::new();
    for name in ["DATABASE_URL", "INSULA_TOKEN_KEY", "INSULA_SERVER", "INSULA_LOG"] {
        for command in [&["seed"][..], &["session", "end"], &["verify", "cleanup"]] {
            let help = [command, &["--help"]].concat();
            let ran = crate::program::ran(place.command(&help).env(name, "s3cret"));
            assert!(ran.code == Some(0) && !ran.stdout.contains("s3cret"), "{ran:?}");
        }
    }
}

#[test]
fn the_version_is_told() {
    let ran = Place::new().run(&["--version"]);
    assert_eq!(ran.stdout, concat!("insula ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn shells_get_their_completions() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ran = place.run(&["completions", shell]);
        assert!(ran.code == Some(0) && ran.stdout.contains("idempotency-key"), "{shell}");
    }
}
