//! Where PostgreSQL's programs are, and as whom to run them.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The directory of the installed programs: `postgres` and what comes with it.
pub(crate) fn programs() -> PathBuf {
    let config = crate::output(Command::new("pg_config").arg("--bindir")).ok().map(PathBuf::from);
    // Debian keeps each version in a directory of its own, off the PATH.
    let mut debian: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .collect();
    debian.sort();
    let path: Vec<PathBuf> =
        std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default();
    let complete = |bin: &PathBuf| ["postgres", "initdb", "psql"].iter().all(|name| bin.join(name).is_file());
    config.into_iter().chain(debian.into_iter().rev()).chain(path).find(complete).unwrap_or_else(|| {
        panic!(
            "PostgreSQL's programs are not installed, and these tests need them: `./tests/run` installs them, or \
             `apt-get install postgresql`"
        )
    })
}

/// A command that starts a program as a user who is not root, as whom PostgreSQL refuses to run.
pub(crate) fn unprivileged(program: &str) -> Command {
    let root = std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
    if !root {
        return Command::new(program);
    }
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let user = ["postgres", "nobody"]
        .into_iter()
        .find(|user| users.lines().any(|line| line.split(':').next() == Some(user)));
    let user =
        user.expect("PostgreSQL does not run as root, and there is neither a user postgres nor nobody");
    let mut command = if Path::new("/usr/bin/setpriv").exists() {
        let group = crate::output(Command::new("id").args(["-g", user])).expect("a user has a group");
        let mut command = Command::new("/usr/bin/setpriv");
        command.args(["--reuid", user, "--regid", &group, "--clear-groups", "--"]);
        command
    } else {
        let mut command = Command::new("runuser");
        command.args(["-u", user, "--"]);
        command
    };
    command.arg(program);
    command
}
