//! From words to a configuration: what was written on the command line, in the environment and in the file is
//! checked once, here, and the rest of the program uses what came out.
//!
//! A flag beats the environment, the environment beats the file, the file beats the defaults.

mod cache;
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

/// A database.
#[derive(Clone, PartialEq, Eq)]
pub enum Database {
    /// SQLite, in a file.
    File(PathBuf),
    /// SQLite; it lives as long as this process.
    Memory,
    /// PostgreSQL.
    Postgres(Url),
}

impl Database {
    /// The name by which it is called where it is adopted.
    pub fn name(&self) -> Option<String> {
        match self {
            Self::File(path) => Some(path.file_name()?.to_str()?.to_owned()),
            Self::Memory => None,
            Self::Postgres(url) => {
                // As PostgreSQL's own clients read it: the parameter, the path, the user.
                let parameter =
                    url.query_pairs().find(|(key, _)| key == "dbname").map(|(_, name)| name.into_owned());
                let path = Some(url.path().trim_start_matches('/')).filter(|path| !path.is_empty());
                parameter.or_else(|| Some(path.unwrap_or(url.username()).to_owned()))
            }
        }
    }
}

impl std::fmt::Display for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Memory => f.write_str("memory, until this process ends"),
            // The rest of the URL may hold a password.
            Self::Postgres(url) => {
                let host =
                    url.query_pairs().find(|(key, _)| key == "host").map(|(_, host)| host.into_owned());
                let host = host.or_else(|| url.host_str().map(str::to_owned)).unwrap_or_default();
                write!(f, "PostgreSQL {} at {host}", self.name().unwrap_or_default())
            }
        }
    }
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
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
        let database = database(args.database.as_deref(), &args.data_dir)?;
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

fn database(url: Option<&str>, data_dir: &Path) -> Result<Database, Failure> {
    let Some(url) = url.filter(|url| !url.is_empty()) else {
        return Ok(Database::File(data_dir.join("insula.db")));
    };
    let path = match url.split_once(':') {
        Some(("postgres" | "postgresql", _)) => return postgres(url),
        Some(("sqlite", path)) => path.strip_prefix("//").unwrap_or(path),
        Some((scheme, rest)) if rest.starts_with("//") => {
            let what = format!(
                "--database (or DATABASE_URL) names a {scheme} database, but only SQLite and PostgreSQL can be used"
            );
            return Err(Failure::new(Exit::Usage, what).mend(
                "write one such as sqlite:tests.db or postgres://user:password@host/tests, or leave it out for the one in \
                 the data directory",
            ));
        }
        _ => url,
    };
    match path {
        ":memory:" => Ok(Database::Memory),
        "" => Err(Failure::new(Exit::Usage, format!("--database {url:?} names no file"))
            .mend("write one such as sqlite:tests.db")),
        path => Ok(Database::File(path.into())),
    }
}

fn postgres(url: &str) -> Result<Database, Failure> {
    Url::parse(url).map(Database::Postgres).map_err(|reason| {
        // Without the URL itself, which may hold a password.
        Failure::new(Exit::Usage, format!("--database (or DATABASE_URL) is no URL: {reason}")).mend(
            "write one such as postgres://user:password@host/tests; in a password write @ as %40, : as %3A, / as %2F",
        )
    })
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
    fn databases_are_named_by_url_or_path() {
        let folder = Path::new("data");
        let file = |path: &str| Database::File(path.into());
        for (url, expected) in [
            (None, file("data/insula.db")),
            (Some(""), file("data/insula.db")),
            (Some("sqlite:tests.db"), file("tests.db")),
            (Some("sqlite:///tmp/tests.db"), file("/tmp/tests.db")),
            (Some("tests.db"), file("tests.db")),
            (Some("sqlite::memory:"), Database::Memory),
        ] {
            assert_eq!(database(url, folder).unwrap(), expected, "{url:?}");
        }
        for wrong in ["mysql://localhost/app", "sqlite:", "postgres://user:p@ss:word@host:x/db"] {
            assert_eq!(database(Some(wrong), folder).unwrap_err().exit, Exit::Usage, "{wrong}");
        }
    }

    #[test]
    fn a_postgres_is_shown_without_its_password() {
        for (url, name, shown) in [
            ("postgres://me:secret@db.test:5433/tests", "tests", "PostgreSQL tests at db.test"),
            ("postgresql://me@localhost/tests?host=/run/pg", "tests", "PostgreSQL tests at /run/pg"),
            ("postgres://me:secret@db.test", "me", "PostgreSQL me at db.test"),
        ] {
            let database = database(Some(url), Path::new("data")).unwrap();
            assert_eq!((database.name().as_deref(), database.to_string().as_str()), (Some(name), shown));
            assert!(!format!("{database:?}").contains("secret"));
        }
        let failure = database(Some("postgres://me:secret@host:x/db"), Path::new("data")).unwrap_err();
        assert!(!failure.to_text().contains("secret"));
    }

    #[test]
    fn only_http_is_spoken() {
        assert!(server_url("ftp://example.test").is_err());
        assert!(server_url("localhost:7357").is_err());
        assert!(server_url("http://localhost:7357").is_ok());
        assert!(server_url("https://example.test").is_ok());
    }
}
