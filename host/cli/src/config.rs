//! From words to a configuration: what was written on the command line, in the environment and in the file is
//! checked once, here, and the rest of the program uses what came out.
//!
//! A flag beats the environment, the environment beats the file, the file beats the defaults.

mod cache;
mod database;
mod environment;
pub mod files;
mod key;

use std::path::{Path, PathBuf};

use clap::ArgMatches;
use clap::parser::ValueSource;
use insula_domain::Kind;
use insula_engine::{PluginSource, Settings, SigningKey, TrustedKeys};
use reqwest::Url;
use serde_json::Value;

use crate::args::{HostArgs, PlaceArgs};
use crate::failure::{Exit, Failure};

pub use cache::cache;
pub use database::Database;
pub use environment::Environment;
pub use files::{params, plugins};

/// Where a command is carried out.
#[derive(Debug)]
pub enum Place {
    /// In this process, on the database.
    Here(Box<HostConfig>),
    /// By a server.
    Server(ServerAddress),
}

/// A server, and the key it may ask for.
#[derive(Debug)]
pub struct ServerAddress {
    /// Its root.
    pub url: Url,
    /// The key.
    pub key: Option<String>,
}

/// A host in this process.
#[derive(Debug)]
pub struct HostConfig {
    /// Where compiled plugins are kept.
    pub cache: PathBuf,
    /// The database.
    pub database: Database,
    /// The name of an unmarked database that may be used all the same.
    pub adopt: Option<String>,
    /// Whether islands are acknowledged before the disk has them.
    pub relaxed_durability: bool,
    /// Where its backups are kept; nothing when none are taken.
    pub backups: Option<PathBuf>,
    /// What the configuration file says.
    pub settings: Settings,
    /// The plugins, the built-in ones first.
    pub plugins: Vec<PluginSource>,
    /// The keys whose plugins are taken; those of anybody where there are none.
    pub trusted: Option<TrustedKeys>,
    /// Whether the scenarios that the database holds are needed as well.
    pub kept: bool,
    /// A team's stricter schemas.
    pub schemas: Vec<(Kind, Value)>,
    /// What signs tokens.
    pub signing_key: SigningKey,
}

/// The scenarios that a command needs. Loading a plugin costs about a millisecond, even when it is compiled already.
#[derive(Clone, Copy, Debug)]
pub enum Scenarios<'a> {
    /// The whole catalog.
    All,
    /// The one of this name.
    One(&'a str),
    /// None: what exists is read and removed without them.
    None,
}

impl<'a> Scenarios<'a> {
    /// What is needed to find islands by a scenario, where one is said: any of its names may be.
    pub fn named(scenario: Option<&'a str>) -> Self {
        scenario.map_or(Self::None, Self::One)
    }
}

impl Place {
    /// A server where one is named, else this process. To name both on the command line is a contradiction; with
    /// one of them in the environment, the flag wins.
    pub fn choose(
        args: &PlaceArgs,
        matches: &ArgMatches,
        environment: &Environment,
        needed: Scenarios<'_>,
    ) -> Result<Self, Failure> {
        const HERE: [&str; 12] = [
            "data_dir",
            "database",
            "adopt_database",
            "relaxed_durability",
            "backup_path",
            "no_backup",
            "config",
            "plugins",
            "trusted_keys",
            "schemas",
            "token_key",
            "token_algorithm",
        ];
        let written = |id: &str| matches.value_source(id) == Some(ValueSource::CommandLine);
        let here = HERE.into_iter().find(|id| written(id));
        match (&args.server, here) {
            (Some(_), Some(flag)) if written("server") => {
                let flag = flag.replace('_', "-");
                Err(Failure::new(Exit::Usage, format!("--server and --{flag} contradict each other"))
                    .mend("leave out --server to work on the database here, or the other to ask the server"))
            }
            (Some(url), None) => {
                Ok(Self::Server(ServerAddress { url: server_url(url)?, key: environment.api_key.clone() }))
            }
            _ => HostConfig::read(&args.host, environment, needed).map(|config| Self::Here(Box::new(config))),
        }
    }
}

impl HostConfig {
    /// Reads all that a host needs, and makes its data directory.
    pub fn read(args: &HostArgs, environment: &Environment, needed: Scenarios<'_>) -> Result<Self, Failure> {
        // What can be wrong in words comes first, so that a mistyped flag leaves nothing behind.
        let database = database::read(args.database.as_deref(), &args.data_dir)?;
        let mut settings = args.config.as_deref().map(files::settings).transpose()?.unwrap_or_default();
        let schemas = args.schemas.as_deref().map(files::schemas).transpose()?.unwrap_or_default();
        let trusted = args.trusted_keys.as_deref().map(files::trusted_keys).transpose()?;
        let (plugins, left_out) = plugins_for(needed, args.plugins.as_deref())?;
        if left_out {
            // The engine refuses settings of a scenario that it has not loaded.
            let one = if let Scenarios::One(name) = needed { name } else { "" };
            settings.scenarios.retain(|name, _| name == one);
        }
        files::make_data_dir(&args.data_dir)?;
        let signing_key = key::read(args, environment.token_secret.as_deref())?;
        Ok(Self {
            cache: cache_of(args),
            database,
            adopt: args.adopt_database.clone(),
            relaxed_durability: args.relaxed_durability,
            backups: backups(args),
            settings,
            plugins,
            trusted,
            kept: !matches!(needed, Scenarios::None),
            schemas,
            signing_key,
        })
    }
}

/// The directory of compiled scenarios: that of all that the user runs, or one beside the data where there is no such.
pub fn cache_of(args: &HostArgs) -> PathBuf {
    cache().unwrap_or_else(|| args.data_dir.join("cache"))
}

/// The directory of backups.
fn backups(args: &HostArgs) -> Option<PathBuf> {
    let given = args.backup_path.clone().filter(|path| !path.as_os_str().is_empty());
    (!args.no_backup).then(|| given.unwrap_or_else(|| args.data_dir.join("backups")))
}

/// The plugins that a command needs, and whether others were left out. Which scenario is in a file is not known
/// before it is loaded, and neither is whose other name a name is.
fn plugins_for(needed: Scenarios<'_>, folder: Option<&Path>) -> Result<(Vec<PluginSource>, bool), Failure> {
    let builtin = |name: &str| insula_plugins::BUILTINS.iter().find(|builtin| builtin.name == name);
    match needed {
        Scenarios::None => Ok((Vec::new(), true)),
        Scenarios::One(name) if folder.is_none() && builtin(name).is_some() => {
            Ok((builtin(name).into_iter().map(source).collect(), true))
        }
        Scenarios::One(_) | Scenarios::All => {
            let mut plugins = builtin_plugins();
            plugins.extend(folder.map(files::plugins).transpose()?.unwrap_or_default());
            Ok((plugins, false))
        }
    }
}

/// The scenarios inside this program.
pub fn builtin_plugins() -> Vec<PluginSource> {
    insula_plugins::BUILTINS.iter().map(source).collect()
}

fn source(builtin: &insula_plugins::Builtin) -> PluginSource {
    PluginSource::built_in(builtin.name, builtin.wasm)
}

fn server_url(text: &str) -> Result<Url, Failure> {
    let wrong = |what: String| {
        Failure::new(Exit::Usage, what).mend(format!("write one such as http://{}", crate::args::LISTEN))
    };
    let url = Url::parse(text).map_err(|reason| wrong(format!("--server {text:?} is no URL: {reason}")))?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        scheme => Err(wrong(format!("--server {text:?}: http and https are spoken here, not {scheme}"))),
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, FromArgMatches};

    use super::*;
    use crate::args::{Cli, Command};

    fn loaded(needed: Scenarios<'_>, folder: Option<&Path>) -> Vec<String> {
        plugins_for(needed, folder).unwrap().0.into_iter().map(|source| source.origin).collect()
    }

    #[test]
    fn only_what_is_needed_is_loaded() {
        let folder = tempfile::tempdir().unwrap();
        let (own, all) = (Some(folder.path()), insula_plugins::BUILTINS.len());
        assert_eq!(loaded(Scenarios::None, own), [""; 0]);
        assert_eq!(loaded(Scenarios::One("minimal"), None), ["built-in minimal"]);
        assert_eq!(loaded(Scenarios::One("MinimalClinic"), None).len(), all, "it may be another name of any");
        assert_eq!(loaded(Scenarios::One("minimal"), own).len(), all, "a file may hold a newer version");
        assert_eq!(loaded(Scenarios::All, None).len(), all);
    }

    fn choose(args: &[&str]) -> Result<Place, Failure> {
        let folder = tempfile::tempdir().unwrap();
        let matches = Cli::command().get_matches_from(args);
        let cli = Cli::from_arg_matches(&matches).unwrap();
        let Command::Reset(mut reset) = cli.command else { panic!("the tests use reset") };
        reset.place.host.data_dir = folder.path().join("data");
        Place::choose(&reset.place, matches.subcommand().unwrap().1, &Environment::default(), Scenarios::All)
    }

    #[test]
    fn without_a_server_the_work_is_done_here() {
        let Ok(Place::Here(config)) = choose(&["insula", "reset"]) else { panic!("no host here") };
        assert!(matches!(config.database, Database::File(path) if path.ends_with("data/insula.db")));
        assert!(!config.plugins.is_empty());
    }

    #[test]
    fn a_server_is_asked_where_one_is_named() {
        assert!(matches!(
            choose(&["insula", "reset", "--server", "http://localhost:1"]),
            Ok(Place::Server(_))
        ));
    }

    #[test]
    fn a_server_and_a_database_contradict_each_other() {
        let failure =
            choose(&["insula", "reset", "--server", "http://localhost:1", "--database", "a.db"]).unwrap_err();
        assert_eq!(failure.exit, Exit::Usage);
        assert!(failure.to_text().contains("--database"), "{}", failure.to_text());
    }

    #[test]
    fn only_http_is_spoken() {
        assert!(server_url("ftp://example.test").is_err());
        assert!(server_url("localhost:7357").is_err());
        assert!(server_url("http://localhost:7357").is_ok());
        assert!(server_url("https://example.test").is_ok());
    }
}
