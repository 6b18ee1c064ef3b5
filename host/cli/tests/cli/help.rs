//! The help of every command is a contract: a change of it shows in review.

use crate::program::Place;

#[test]
fn of_the_program() {
    let ran = Place::new().run(&["--help"]);
    assert_eq!(ran.code, Some(0));
    insta::assert_snapshot!(ran.stdout);
}

/// The commands that a help lists, which is all that clap knows; its own `help` is none of ours.
fn listed(help: &str) -> Vec<String> {
    let list = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    list.take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next())
        .filter(|name| !name.is_empty() && *name != "help")
        .map(str::to_owned)
        .collect()
}

/// Looks at the help of each command in it, and of each command in those.
fn look_into(place: &Place, help: &str, path: &[&str], seen: &mut Vec<String>) {
    for command in listed(help) {
        let path = [path, &[command.as_str()]].concat();
        let ran = place.run(&[&path[..], &["--help"]].concat());
        assert_eq!(ran.code, Some(0), "{ran:?}");
        insta::assert_snapshot!(path.join("_"), ran.stdout);
        look_into(place, &ran.stdout, &path, seen);
        seen.push(path.join(" "));
    }
}

#[test]
fn of_every_command() {
    let (place, mut seen) = (Place::new(), Vec::new());
    look_into(&place, &place.run(&["--help"]).stdout, &[], &mut seen);
    // The first, the last, and one in another: the list was read.
    for known in ["up", "completions", "session end"] {
        assert!(seen.iter().any(|command| command == known), "{known} is not among {seen:?}");
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
