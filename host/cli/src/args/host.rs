//! The arguments of what runs a host, and of where a command is carried out.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

use super::KeepTypesArgs;

/// Where `up` and `serve` listen, and so where a server is expected.
pub const LISTEN: &str = "127.0.0.1:7357";

/// The host that runs in this process: its database, its plugins, its key.
#[derive(Debug, Args)]
#[command(next_help_heading = "Host")]
pub struct HostArgs {
    /// Where the database and the key are kept. Compiled scenarios are kept for all projects of a user, in INSULA_CACHE_DIR,
    /// or else in ~/.cache/insula
    #[arg(
        long, value_name = "DIR", env = "INSULA_DATA_DIR", default_value = ".insula",
        value_hint = ValueHint::DirPath
    )]
    pub data_dir: PathBuf,
    /// The database, such as sqlite:tests.db, sqlite::memory: or postgres://user:password@host/tests; a Unix socket is named
    /// as postgres://user@localhost/tests?host=/run/postgresql [default: insula.db in the data directory]
    #[arg(long, value_name = "URL", env = "DATABASE_URL")]
    pub database: Option<String>,
    /// Use this database although it is not marked as a test database, and mark it: give its name, such as tests.db
    #[arg(long, value_name = "NAME")]
    pub adopt_database: Option<String>,
    /// Acknowledge an island before the disk has it: PostgreSQL writes faster, and its crash may lose the last islands
    #[arg(long, env = "INSULA_RELAXED_DURABILITY", value_parser = truth("INSULA_RELAXED_DURABILITY"))]
    pub relaxed_durability: bool,
    /// Keep the backups in this directory [default: backups in the data directory]
    #[arg(long, value_name = "DIR", env = "E2E_BACKUP_PATH", value_hint = ValueHint::DirPath)]
    pub backup_path: Option<PathBuf>,
    /// Take no backups: what a session made is removed at its end, and that is all
    #[arg(long, env = "E2E_NO_BACKUP", value_parser = truth("E2E_NO_BACKUP"))]
    pub no_backup: bool,
    /// A TOML file with quotas, claims and defaults (schemas/configuration.schema.json)
    #[arg(long, value_name = "FILE", env = "INSULA_CONFIG", value_hint = ValueHint::FilePath)]
    pub config: Option<PathBuf>,
    /// Load every *.wasm and *.scenario.yaml of this directory besides the built-in scenarios
    #[arg(long, value_name = "DIR", env = "INSULA_PLUGINS", value_hint = ValueHint::DirPath)]
    pub plugins: Option<PathBuf>,
    /// Take only plugins that one of these keys has signed, and the built-in ones: a file of public keys, or a directory of
    /// *.pem
    #[arg(long, value_name = "PATH", env = "INSULA_TRUSTED_KEYS", value_hint = ValueHint::AnyPath)]
    pub trusted_keys: Option<PathBuf>,
    /// Check entities against the <entity>.schema.json files of this directory as well
    #[arg(long, value_name = "DIR", env = "INSULA_SCHEMAS", value_hint = ValueHint::DirPath)]
    pub schemas: Option<PathBuf>,
    /// Sign tokens with the key in this file; INSULA_TOKEN_SECRET may hold an hs256 secret instead [default: token.key
    /// in the data directory, made at the first use]
    #[arg(long, value_name = "FILE", env = "INSULA_TOKEN_KEY", value_hint = ValueHint::FilePath)]
    pub token_key: Option<PathBuf>,
    /// How to sign tokens; eddsa and rs256 need --token-key with a PEM file
    #[arg(long, value_name = "NAME", env = "INSULA_TOKEN_ALGORITHM", default_value = "hs256")]
    pub token_algorithm: TokenAlgorithm,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TokenAlgorithm {
    Hs256,
    #[value(name = "eddsa")]
    EdDsa,
    Rs256,
}

/// Where a command is carried out: here, on the database, or by a server.
#[derive(Debug, Args)]
pub struct PlaceArgs {
    /// Ask this server, such as http://127.0.0.1:7357, instead of using the database; INSULA_API_KEY holds its key
    #[arg(long, value_name = "URL", env = "INSULA_SERVER", value_hint = ValueHint::Url)]
    pub server: Option<String>,
    #[command(flatten)]
    pub host: HostArgs,
}

/// How a server is reached.
#[derive(Debug, Args)]
#[command(next_help_heading = "Server")]
pub struct ListenArgs {
    /// The address to listen on; beyond loopback INSULA_API_KEY must be set
    #[arg(long, value_name = "ADDRESS", env = "INSULA_LISTEN", default_value = LISTEN)]
    pub listen: SocketAddr,
    /// A name, besides those of loopback, by which the server may be called, such as host.docker.internal
    #[arg(long, value_name = "HOST", env = "INSULA_ALLOW_HOST", value_delimiter = ',')]
    pub allow_host: Vec<String>,
    /// An origin whose pages may call the server from a browser, such as http://localhost:3000
    #[arg(long, value_name = "ORIGIN", env = "INSULA_ALLOW_ORIGIN", value_delimiter = ',')]
    pub allow_origin: Vec<String>,
    /// Do not serve the clinic application under /api, an application to test against; it is served in test mode alone
    #[arg(long, env = "INSULA_NO_CLINIC", value_parser = truth("INSULA_NO_CLINIC"))]
    pub no_clinic: bool,
}

#[derive(Debug, Args)]
pub struct UpArgs {
    /// Build and load these as well, and again whenever they change: Cargo packages, declarative scenarios, plugins, or
    /// directories of such files. What --plugins names is loaded again when it changes, too
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub paths: Vec<PathBuf>,
    /// The scenario of the first island
    #[arg(long, value_name = "NAME", default_value = "standard")]
    pub scenario: String,
    #[command(flatten)]
    pub types: KeepTypesArgs,
    #[command(flatten)]
    pub listen: ListenArgs,
    #[command(flatten)]
    pub host: HostArgs,
}

#[derive(Debug, Args)]
pub struct ServeArgs {
    #[command(flatten)]
    pub listen: ListenArgs,
    #[command(flatten)]
    pub host: HostArgs,
}

#[derive(Debug, Args)]
pub struct DoctorArgs {
    #[command(flatten)]
    pub listen: ListenArgs,
    #[command(flatten)]
    pub host: HostArgs,
}

/// How a yes or a no is read from a variable of the environment; an empty one is as good as none.
pub fn truth(
    variable: &'static str,
) -> impl Fn(&str) -> Result<bool, String> + Clone + Send + Sync + 'static {
    move |text| match text.to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" | "" => Ok(false),
        _ => Err(format!("write {variable}=true or {variable}=false")),
    }
}
