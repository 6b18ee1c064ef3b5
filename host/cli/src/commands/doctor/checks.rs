//! What can be missing.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use insula_build::{Node, Toolchain};

use super::Finding;
use crate::args::DoctorArgs;
use crate::commands::serve::Server;
use crate::config::{Database, Environment, HostConfig, Scenarios, builtin_plugins, cache_of, plugins};
use crate::failure::Failure;
use crate::host;

/// Looks at everything; what is wrong with one thing does not hide another.
pub async fn all(args: &DoctorArgs, environment: &Environment) -> Vec<Finding> {
    let mut findings = vec![toolchain(), linker(), node(), clock(), configuration(args, environment)];
    findings.push(scenarios().await);
    if let Some(folder) = &args.host.plugins {
        findings.extend(own_plugins(folder).await);
    }
    findings.extend(database(args, environment).await);
    findings.extend(cache(&cache_of(&args.host)));
    findings.push(port(args, environment).await);
    findings.push(test_mode(environment));
    findings
}

/// Only `insula build` needs a compiler: a copied program works without one.
fn toolchain() -> Finding {
    match Toolchain::detect(Path::new(".")) {
        Ok(Toolchain::Stable { .. }) => {
            Finding::fine("compiler", "Rust, with the target wasm32-unknown-unknown")
        }
        Ok(Toolchain::BuildStd { .. }) => {
            Finding::fine("compiler", "Rust, with the source of its library, and wasm-ld")
        }
        Err(reason) => {
            let found = "none that can build scenarios; all else works without";
            Finding::lacking("compiler", found, reason.to_string())
        }
    }
}

/// A compiler of Debian brings one along; one of rustup does not.
fn linker() -> Finding {
    const WHAT: &str = "linker";
    match Toolchain::linker() {
        Ok(()) => Finding::fine(WHAT, "cc, with which cargo links what it runs while it builds"),
        Err(reason) => {
            let found = "none with which scenarios in Rust can be built; all else works without";
            Finding::lacking(WHAT, found, reason.to_string())
        }
    }
}

/// Only scenarios in TypeScript need it, and npm only until what they need is installed.
fn node() -> Finding {
    const WHAT: &str = "node";
    match Node::detect() {
        Ok(Node { version, npm: Some(npm) }) => Finding::fine(WHAT, format!("{version}, with npm {npm}")),
        Ok(Node { version, npm: None }) => {
            let found = format!("{version}, without npm, which installs what scenarios in TypeScript need");
            Finding::lacking(WHAT, found, "apt-get install npm")
        }
        Err(reason) => {
            let found = "none that can build scenarios in TypeScript; all else works without";
            Finding::lacking(WHAT, found, reason.to_string())
        }
    }
}

/// Tokens and expiries follow the clock. This program cannot be older than the clock says.
fn clock() -> Finding {
    const WHAT: &str = "clock";
    let built = std::env::current_exe().and_then(fs::metadata).and_then(|file| file.modified());
    let slack = Duration::from_secs(24 * 60 * 60);
    let now = SystemTime::now();
    match built {
        Ok(built) if now + slack < built => {
            let found = format!("it is {}, which is before this program was made", jiff_text(now));
            Finding::lacking(WHAT, found, "set the clock: timedatectl set-ntp true")
        }
        _ => Finding::fine(WHAT, jiff_text(now)),
    }
}

fn jiff_text(time: SystemTime) -> String {
    jiff::Timestamp::try_from(time).map_or_else(|_| "out of bounds".to_owned(), |time| format!("{time:.0}"))
}

/// Flags, files, and the key.
fn configuration(args: &DoctorArgs, environment: &Environment) -> Finding {
    const WHAT: &str = "settings";
    match HostConfig::read(&args.host, environment, Scenarios::All) {
        Ok(config) => {
            let (data, cache) = (args.host.data_dir.display(), config.cache.display());
            Finding::fine(WHAT, format!("read; data directory {data}, compiled scenarios in {cache}"))
        }
        Err(failure) => Finding::broken(WHAT, &failure),
    }
}

/// Whether the sandbox works on this machine at all.
async fn scenarios() -> Finding {
    const WHAT: &str = "sandbox";
    match host::try_plugins(builtin_plugins()).await {
        Ok(scenarios) => Finding::fine(WHAT, format!("runs; {} scenarios built in", scenarios.len())),
        Err(failure) => Finding::broken(WHAT, &failure),
    }
}

/// Each plugin by itself, so that all that do not fit are named; then all of them beside one another.
async fn own_plugins(folder: &Path) -> Vec<Finding> {
    const WHAT: &str = "plugins";
    let sources = match plugins(folder) {
        Ok(sources) => sources,
        Err(failure) => return vec![Finding::broken(WHAT, &failure)],
    };
    let count = sources.len();
    let mut findings = Vec::new();
    for source in &sources {
        if let Err(failure) = host::try_plugins(vec![source.clone()]).await {
            findings.push(Finding::broken(WHAT, &failure));
        }
    }
    if findings.is_empty()
        && let Err(failure) = host::try_plugins([builtin_plugins(), sources].concat()).await
    {
        findings.push(Finding::broken(WHAT, &failure));
    }
    if findings.is_empty() {
        findings.push(Finding::fine(WHAT, format!("{count} in {}, all of them load", folder.display())));
    }
    findings
}

/// Whether the database can be used. One that does not exist is not made.
async fn database(args: &DoctorArgs, environment: &Environment) -> Option<Finding> {
    const WHAT: &str = "database";
    let config = HostConfig::read(&args.host, environment, Scenarios::None).ok()?;
    let name = config.database.to_string();
    match &config.database {
        Database::File(path) if !path.exists() => {
            return Some(Finding::fine(WHAT, format!("{name}, made at the first use")));
        }
        _ => {}
    }
    Some(match try_database(config).await {
        Ok(()) => Finding::fine(WHAT, format!("{name}, answers and is marked as a test database")),
        Err(failure) => Finding::broken(WHAT, &failure),
    })
}

async fn try_database(config: HostConfig) -> Result<(), Failure> {
    let engine = host::engine(config, host::one_shot()).await?;
    let ready = engine.ready().await.map_err(host::failure);
    engine.close().await.map_err(host::failure)?;
    ready
}

/// What lies in the cache is run as machine code, so nobody else may write there.
fn cache(folder: &PathBuf) -> Option<Finding> {
    const WHAT: &str = "cache";
    let found = fs::metadata(folder).ok()?;
    #[cfg(unix)]
    if std::os::unix::fs::MetadataExt::mode(&found) & 0o022 != 0 {
        let mend = format!("chmod 700 {}", folder.display());
        return Some(Finding::lacking(
            WHAT,
            "others can write into it, so it is not used and starts are slow",
            mend,
        ));
    }
    let what = if found.is_dir() { "is this user's own" } else { "is no directory, so it is not used" };
    Some(Finding::fine(WHAT, format!("{} {what}", folder.display())))
}

async fn port(args: &DoctorArgs, environment: &Environment) -> Finding {
    const WHAT: &str = "port";
    let address = args.listen.listen;
    match Server::bind(&args.listen, environment, false).await {
        Ok(_) => Finding::fine(WHAT, format!("{address} is free")),
        Err(_) if host::is_insula(address).await => {
            Finding::fine(WHAT, format!("an Insula is up at {address}"))
        }
        Err(failure) => Finding::broken(WHAT, &failure),
    }
}

/// Either is as it may be: it is told because it is the first thing to forget.
fn test_mode(environment: &Environment) -> Finding {
    let found = if environment.test_mode {
        "on: `insula serve` takes requests for islands"
    } else {
        "off: `insula serve` takes no requests for islands without E2E_TEST_MODE=true; `insula up` does"
    };
    Finding::fine("test mode", found)
}
