//! The command line as written. What it means is for [`crate::config`].

mod explain;
mod publish;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::FalseyValueParser;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;
pub use explain::{ExplainArgs, Explained, ExportFormat, ReplayArgs};
use insula_domain::IslandId;
use insula_engine::{BackupName, SessionId, Ttl};
use insula_store::BackupNameError;
use jiff::Timestamp;
pub use publish::{DocsArgs, KeepTypesArgs, TypesArgs, TypesFile, TypesLanguage};

/// Where `up` and `serve` listen, and so where a server is expected.
pub const LISTEN: &str = "127.0.0.1:7357";

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  refused, or failed
  2  the command line or the configuration cannot be used
  3  no such scenario, island or backup
  4  the params were refused
  5  the server or the database is not available";

/// Builds islands of test data: one for every test, shared with no other.
#[derive(Debug, Parser)]
#[command(name = "insula", version, after_help = EXIT_CODES, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    pub output: OutputArgs,
    #[command(subcommand)]
    pub command: Command,
}

/// The command line, whose help does not print what stands in the environment: that may be a secret.
pub fn command() -> clap::Command {
    fn hide(command: clap::Command) -> clap::Command {
        command.mut_args(|arg| arg.hide_env_values(true)).mut_subcommands(hide)
    }
    hide(Cli::command())
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start a server for tests here, seed a first island and show how to go on
    Up(UpArgs),
    /// Start a server; with E2E_TEST_MODE=true it takes requests for islands
    Serve(ServeArgs),
    /// Run a scenario and commit its island
    Seed(SeedArgs),
    /// Run a scenario without the commit, and show what it would build
    Plan(PlanArgs),
    /// List the scenarios, or show one whole
    Scenarios(ScenariosArgs),
    /// Put scenarios into the database, for every host that shares it
    Add(AddArgs),
    /// Take scenarios out of the database
    Remove(RemoveArgs),
    /// Make the version of a scenario before the default one the default
    Rollback(RollbackArgs),
    /// List the islands, or show one whole
    Islands(IslandsArgs),
    /// Remove islands
    End(EndArgs),
    /// Remove the islands of a label, a scenario or an age; shows which without --yes
    Sweep(SweepArgs),
    /// Show what happened to an island, or at all
    Events(EventsArgs),
    /// Tell what the runs of an island did, or one that was refused
    Explain(ExplainArgs),
    /// Run an island's runs once more, write nothing, and show the first difference
    Replay(ReplayArgs),
    /// Remove all islands
    Reset(ResetArgs),
    /// Take a backup of the database, while it is used
    Backup(BackupArgs),
    /// List the backups
    Backups(BackupsArgs),
    /// Put a backup in the place of the database; shows which without --yes
    Restore(RestoreArgs),
    /// Begin and end a run of a test suite, after which the database is as it was before
    Session(SessionArgs),
    /// Begin a scenario of your own
    New(NewArgs),
    /// Build scenarios in Rust, TypeScript or YAML into plugins
    Build(BuildArgs),
    /// Build again whenever something changes
    Watch(WatchArgs),
    /// Make a pair of keys: to sign plugins with, and for hosts to trust
    Keygen(KeygenArgs),
    /// Sign plugins, so that hosts that trust the key take them
    Sign(SignArgs),
    /// Prove what Insula promises, by trying to break it
    Verify(VerifyArgs),
    /// Show what a plugin is: manifest, params, contract, and what it can touch
    Inspect(InspectArgs),
    /// Test scenarios: examples, golden drafts, determinism, and params made from the schema
    Test(TestArgs),
    /// Write the types of what scenarios take and return, for those who write tests
    Types(TypesArgs),
    /// Write a page about each scenario
    Docs(DocsArgs),
    /// Look for what is missing here, and say what mends it
    Doctor(DoctorArgs),
    /// Write the JSON Schemas of entities, requests, answers and the configuration
    Schema(SchemaArgs),
    /// Print the completion script of a shell
    Completions(CompletionsArgs),
}

/// How to talk; holds for every command.
#[derive(Debug, Args)]
pub struct OutputArgs {
    /// Print JSON on standard output, and nothing else there
    #[arg(long, global = true, help_heading = "Output")]
    pub json: bool,
    /// What to log on standard error: error, warn, info, debug, trace, or a filter such as insula_engine=debug;
    /// E2E_DEBUG=true stands for debug
    #[arg(
        long,
        global = true,
        hide_env_values = true,
        value_name = "LEVEL",
        env = "INSULA_LOG",
        help_heading = "Output"
    )]
    pub log: Option<String>,
    /// How to write the log: for people, or one JSON object a line
    #[arg(
        long,
        global = true,
        value_name = "FORMAT",
        env = "INSULA_LOG_FORMAT",
        default_value = "pretty",
        help_heading = "Output"
    )]
    pub log_format: LogFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    Pretty,
    Json,
}

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
    #[arg(long, env = "INSULA_RELAXED_DURABILITY")]
    pub relaxed_durability: bool,
    /// Keep the backups in this directory [default: backups in the data directory]
    #[arg(long, value_name = "DIR", env = "E2E_BACKUP_PATH", value_hint = ValueHint::DirPath)]
    pub backup_path: Option<PathBuf>,
    /// Take no backups: what a session made is removed at its end, and that is all
    #[arg(long, env = "E2E_NO_BACKUP", value_parser = FalseyValueParser::new())]
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
    #[arg(long, env = "INSULA_NO_CLINIC")]
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

/// What seed and plan have in common.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// The scenario
    pub name: String,
    /// One of its params: JSON, or else text; may be given often
    #[arg(long = "param", value_name = "KEY=VALUE")]
    pub param: Vec<String>,
    /// Its params as a JSON object, from a file or, with -, from standard input; --param goes on top
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub params: Option<PathBuf>,
    /// Equal seeds give equal drafts [default: a random one]
    #[arg(long, value_name = "NUMBER")]
    pub seed: Option<u64>,
    /// The run's instant, such as 2026-01-05T09:00:00Z [default: now]
    #[arg(long, value_name = "INSTANT")]
    pub clock: Option<Timestamp>,
    /// A version requirement, such as ^1 [default: the default version]
    #[arg(long, value_name = "VERSION")]
    pub version: Option<String>,
    /// Add to this island [default: a new one]
    #[arg(long, value_name = "ISLAND")]
    pub into: Option<IslandId>,
    /// Write down each call of the host; --json shows them
    #[arg(long)]
    pub journal: bool,
}

#[derive(Debug, Args)]
pub struct SeedArgs {
    #[command(flatten)]
    pub run: RunArgs,
    /// How long the island is kept, such as 90m; at most 24h, or keep: until somebody ends it [default: 2h]
    #[arg(long, value_name = "DURATION")]
    pub ttl: Option<Ttl>,
    /// What the island is for, such as the test's title
    #[arg(long, value_name = "TEXT")]
    pub label: Option<String>,
    /// The same key and request give the same island again
    #[arg(long, value_name = "KEY")]
    pub idempotency_key: Option<String>,
    #[command(flatten)]
    pub place: PlaceArgs,
}

#[derive(Debug, Args)]
pub struct PlanArgs {
    #[command(flatten)]
    pub run: RunArgs,
    #[command(flatten)]
    pub place: PlaceArgs,
}

#[derive(Debug, Args)]
pub struct ScenariosArgs {
    /// Show this one whole
    pub name: Option<String>,
    /// A version requirement, such as ^1 [default: the default version]
    #[arg(long, value_name = "VERSION", requires = "name")]
    pub version: Option<String>,
    #[command(flatten)]
    pub place: PlaceArgs,
}

#[derive(Debug, Args)]
pub struct AddArgs {
    /// A plugin (*.wasm), a declarative scenario, a Cargo package, a directory of such files, or the http or https address
    /// of a plugin [default: what the lock file has]
    #[arg(value_name = "SOURCE", value_hint = ValueHint::AnyPath)]
    pub sources: Vec<String>,
    #[command(flatten)]
    pub lock: LockArgs,
    #[command(flatten)]
    pub place: PlaceArgs,
}

/// What to do about the lock file.
#[derive(Debug, Args)]
pub struct LockArgs {
    /// The file that says which plugin each version is
    #[arg(long, value_name = "FILE", default_value = "insula.lock", value_hint = ValueHint::FilePath)]
    pub lock: PathBuf,
    /// Add only what the lock file has
    #[arg(long, conflicts_with = "update")]
    pub locked: bool,
    /// Add also what differs from the lock file, and write it down there
    #[arg(long)]
    pub update: bool,
}

#[derive(Debug, Args)]
pub struct RemoveArgs {
    /// The scenario, and which version of it [default: all that the database holds]
    #[arg(value_name = "NAME[@VERSION]")]
    pub scenario: String,
    /// The file that says which plugin each version is
    #[arg(long, value_name = "FILE", default_value = "insula.lock", value_hint = ValueHint::FilePath)]
    pub lock: PathBuf,
    #[command(flatten)]
    pub place: PlaceArgs,
}

#[derive(Debug, Args)]
pub struct RollbackArgs {
    /// The scenario
    pub name: String,
    /// Make this version the default, also if it is newer [default: the one before]
    #[arg(long, value_name = "VERSION")]
    pub to: Option<String>,
    #[command(flatten)]
    pub place: PlaceArgs,
}

#[derive(Debug, Args)]
pub struct WatchArgs {
    /// Cargo packages, declarative scenarios, or directories of such files [default: this directory]
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub paths: Vec<PathBuf>,
    /// Write the plugins into this directory, from which --plugins may load them
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub out: Option<PathBuf>,
    #[command(flatten)]
    pub types: KeepTypesArgs,
}

#[derive(Debug, Args)]
pub struct KeygenArgs {
    /// What the files are called: NAME.key.pem, which is secret, and NAME.pub.pem
    #[arg(value_name = "NAME", default_value = "plugins", value_hint = ValueHint::FilePath)]
    pub name: PathBuf,
}

#[derive(Debug, Args)]
pub struct SignArgs {
    /// Plugins (*.wasm) or declarative scenarios; each signature is written beside its file, as FILE.sig
    #[arg(value_name = "FILE", required = true, value_hint = ValueHint::FilePath)]
    pub files: Vec<PathBuf>,
    /// The private key
    #[arg(
        long, value_name = "FILE", env = "INSULA_SIGNING_KEY", default_value = "plugins.key.pem",
        value_hint = ValueHint::FilePath
    )]
    pub key: PathBuf,
}

/// Which islands are meant.
#[derive(Debug, Args)]
pub struct FilterArgs {
    /// Only those with this label
    #[arg(long, value_name = "TEXT")]
    pub label: Option<String>,
    /// Only those that this scenario made
    #[arg(long, value_name = "NAME")]
    pub scenario: Option<String>,
    /// Only those older than this, such as 30m
    #[arg(long, value_name = "DURATION")]
    pub older_than: Option<String>,
}

#[derive(Debug, Args)]
pub struct IslandsArgs {
    /// Show this one whole
    #[arg(value_name = "ISLAND", conflicts_with_all = ["label", "scenario", "older_than", "limit", "after"])]
    pub id: Option<IslandId>,
    #[command(flatten)]
    pub filter: FilterArgs,
    /// How many at most: 1 to 1000 [default: 100]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub limit: Option<u32>,
    /// Only those that come after this one in the list
    #[arg(long, value_name = "ISLAND")]
    pub after: Option<IslandId>,
    #[command(flatten)]
    pub place: PlaceArgs,
}

#[derive(Debug, Args)]
pub struct EndArgs {
    /// The islands to remove
    #[arg(value_name = "ISLAND", required = true)]
    pub ids: Vec<IslandId>,
    #[command(flatten)]
    pub place: PlaceArgs,
}

#[derive(Debug, Args)]
#[group(id = "filter", multiple = true, required = true, args = ["label", "scenario", "older_than"])]
pub struct SweepArgs {
    #[command(flatten)]
    pub filter: FilterArgs,
    /// Remove them, rather than show them
    #[arg(long)]
    pub yes: bool,
    #[command(flatten)]
    pub place: PlaceArgs,
}

#[derive(Debug, Args)]
pub struct EventsArgs {
    /// Of this island [default: of all, the last ones]
    #[arg(value_name = "ISLAND")]
    pub id: Option<IslandId>,
    /// Only those after this one
    #[arg(long, value_name = "NUMBER")]
    pub after: Option<i64>,
    /// How many at most: 1 to 1000 [default: 100]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub limit: Option<u32>,
    #[command(flatten)]
    pub place: PlaceArgs,
}

#[derive(Debug, Args)]
pub struct CleanupArgs {
    /// Only this island [default: all]
    #[arg(value_name = "ISLAND")]
    pub id: Option<IslandId>,
    #[command(flatten)]
    pub place: PlaceArgs,
}

#[derive(Debug, Args)]
pub struct ResetArgs {
    /// Also while runs are under way
    #[arg(long)]
    pub force: bool,
    #[command(flatten)]
    pub place: PlaceArgs,
}

#[derive(Debug, Args)]
pub struct BackupArgs {
    /// What to call it [default: after the time]
    #[arg(long, value_name = "NAME")]
    pub name: Option<BackupName>,
    /// How many backups to keep, this one included; the last good one is always kept [default: 5]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    pub keep: Option<u32>,
    #[command(flatten)]
    pub place: PlaceArgs,
}

#[derive(Debug, Args)]
pub struct BackupsArgs {
    #[command(flatten)]
    pub place: PlaceArgs,
}

#[derive(Debug, Args)]
pub struct RestoreArgs {
    /// The backup, or latest: the last good one of this database
    #[arg(value_name = "BACKUP", default_value = BackupName::LATEST)]
    pub backup: Which,
    /// Restore it, rather than show which
    #[arg(long)]
    pub yes: bool,
    /// Also while runs are under way, or another host uses the database; what they write meanwhile may be lost
    #[arg(long)]
    pub force: bool,
    /// At once, and whatever state the database is in: where there is no backup, a new empty one takes its place. What was
    /// there before is kept
    #[arg(long)]
    pub emergency: bool,
    #[command(flatten)]
    pub place: PlaceArgs,
}

/// Which backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    Latest,
    Named(BackupName),
}

impl FromStr for Which {
    type Err = BackupNameError;

    fn from_str(text: &str) -> Result<Self, BackupNameError> {
        if text == BackupName::LATEST { Ok(Self::Latest) } else { text.parse().map(Self::Named) }
    }
}

impl Which {
    /// Its name, unless it is the last good one.
    pub fn name(self) -> Option<BackupName> {
        if let Self::Named(name) = self { Some(name) } else { None }
    }
}

#[derive(Debug, Args)]
pub struct SessionArgs {
    #[command(subcommand)]
    pub what: SessionCommand,
}

#[derive(Debug, Subcommand)]
pub enum SessionCommand {
    /// Take the backup that the session's end restores, and print the session's name
    Begin(BeginArgs),
    /// Restore the session's backup; or remove its islands
    End(EndSessionArgs),
}

#[derive(Debug, Args)]
pub struct BeginArgs {
    /// How many backups to keep, this one included; the last good one is always kept [default: 5]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    pub keep: Option<u32>,
    #[command(flatten)]
    pub place: PlaceArgs,
}

#[derive(Debug, Args)]
pub struct EndSessionArgs {
    /// The session [default: the last one that has not ended]
    #[arg(value_name = "SESSION")]
    pub id: Option<SessionId>,
    /// Remove its islands, and restore its backup only when that does not leave the database clean
    #[arg(long)]
    pub hybrid: bool,
    /// Also while runs are under way, or another host uses the database; what they write meanwhile may be lost
    #[arg(long)]
    pub force: bool,
    #[command(flatten)]
    pub place: PlaceArgs,
}

#[derive(Debug, Args)]
pub struct BuildArgs {
    /// Directories of Cargo or npm packages, scenarios in TypeScript (*.scenario.ts), declarative ones (*.scenario.yaml,
    /// .yml or .json), and directories of these last files
    #[arg(value_name = "PATH", required = true, value_hint = ValueHint::AnyPath)]
    pub paths: Vec<PathBuf>,
    /// Write the plugins into this directory, from which --plugins may load them
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub out: Option<PathBuf>,
    /// Keep which source line each instruction of a scenario in Rust is from, for `insula explain`; the plugin is some 3 MB
    /// larger
    #[arg(long)]
    pub source_lines: bool,
}

#[derive(Debug, Args)]
pub struct VerifyArgs {
    #[command(subcommand)]
    pub what: Verify,
}

#[derive(Debug, Subcommand)]
pub enum Verify {
    /// Try to get from one island to another, by every call of the clinic application
    ///
    /// Of each scenario two islands are made in the database, and removed at the end. The application is served on
    /// loopback for as long as that takes.
    Isolation(IsolationArgs),
    /// Check cleanup certificates, and scan the database again for what islands left
    Cleanup(CleanupArgs),
}

#[derive(Debug, Args)]
pub struct IsolationArgs {
    /// A scenario to make the islands of; may be given often [default: all]
    #[arg(long, value_name = "NAME")]
    pub scenario: Vec<String>,
    /// Write the result as JUnit XML to this file as well
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub junit: Option<PathBuf>,
    #[command(flatten)]
    pub host: HostArgs,
}

#[derive(Debug, Args)]
pub struct NewArgs {
    /// Its name, which is that of its directory as well
    #[arg(value_name = "NAME")]
    pub name: String,
    /// What it is written in
    #[arg(long, value_name = "LANGUAGE", default_value = "yaml")]
    pub lang: Language,
    /// Where sdk/rust of Insula's source is [default: where this program was compiled]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub sdk: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Language {
    Yaml,
    Rust,
    Typescript,
}

#[derive(Debug, Args)]
pub struct InspectArgs {
    /// A plugin (*.wasm), or a declarative scenario
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
}

#[derive(Debug, Args)]
pub struct TestArgs {
    /// Cargo or npm packages, scenarios in TypeScript, declarative ones, plugins, or directories of the last two
    /// [default: this directory]
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub paths: Vec<PathBuf>,
    /// Write what each example builds as its golden draft, into golden/ beside the scenario
    #[arg(long)]
    pub update: bool,
    /// How many params to make from the schema
    #[arg(long, value_name = "NUMBER", default_value_t = 50)]
    pub cases: u32,
    /// What chance begins with when they are made
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub seed: u64,
    /// Write what came of it as JUnit XML
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub junit: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct DoctorArgs {
    #[command(flatten)]
    pub listen: ListenArgs,
    #[command(flatten)]
    pub host: HostArgs,
}

#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// The directory to write to
    #[arg(value_name = "DIR", default_value = "schemas", value_hint = ValueHint::DirPath)]
    pub dir: PathBuf,
    /// Write nothing; fail when a file differs
    #[arg(long)]
    pub check: bool,
}

#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: Shell,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        command().debug_assert();
    }

    #[test]
    fn both_addresses_and_ids_are_checked_as_they_are_read() {
        for wrong in
            [&["up", "--listen", "here"][..], &["end", "first"], &["seed", "a", "--ttl", "25h"], &["end"]]
        {
            let args = std::iter::once("insula").chain(wrong.iter().copied());
            assert!(Cli::try_parse_from(args).is_err(), "{wrong:?} must be refused");
        }
    }
}
