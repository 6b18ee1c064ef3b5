//! The command line as written. What it means is for [`crate::config`].

mod authoring;
mod backup;
mod catalog;
mod explain;
mod host;
mod islands;
mod publish;
mod runs;
mod verify;

use clap::error::ErrorKind;
use clap::{Arg, ArgMatches, Args, CommandFactory, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;

pub use authoring::{BuildArgs, InspectArgs, KeygenArgs, Language, NewArgs, SignArgs, TestArgs, WatchArgs};
pub use backup::{
    BackupArgs, BackupsArgs, BeginArgs, EndSessionArgs, RestoreArgs, SessionArgs, SessionCommand,
};
pub use catalog::{AddArgs, RemoveArgs, RollbackArgs, ScenariosArgs};
pub use explain::{ExplainArgs, Explained, ExportFormat, ReplayArgs};
pub use host::{
    DoctorArgs, HostArgs, LISTEN, ListenArgs, PlaceArgs, ServeArgs, TokenAlgorithm, UpArgs, truth,
};
pub use islands::{EndArgs, EventsArgs, FilterArgs, IslandsArgs, ResetArgs, SweepArgs};
pub use publish::{DocsArgs, KeepTypesArgs, SchemaArgs, TypesArgs, TypesFile, TypesLanguage};
pub use runs::{PlanArgs, RunArgs, SeedArgs};
pub use verify::{CleanupArgs, IsolationArgs, Verify, VerifyArgs};

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

/// Reads the command line, and what stands for it in the environment.
pub fn read() -> Result<ArgMatches, clap::Error> {
    command().try_get_matches().map_err(|reason| match not_text(&command()) {
        Some(variable) if reason.kind() == ErrorKind::InvalidUtf8 => {
            let problem = format!("{variable} in the environment is not UTF-8; set it to text, or unset it");
            command().error(ErrorKind::InvalidUtf8, problem)
        }
        _ => reason,
    })
}

/// The variable that is not UTF-8, which clap does not name. A path may be as it is.
fn not_text(command: &clap::Command) -> Option<String> {
    let is_path = |arg: &Arg| {
        matches!(arg.get_value_hint(), ValueHint::AnyPath | ValueHint::FilePath | ValueHint::DirPath)
    };
    let variables = command.get_arguments().filter(|arg| !is_path(arg)).filter_map(Arg::get_env);
    let mut broken = variables.filter(|name| std::env::var_os(name).is_some_and(|it| it.to_str().is_none()));
    let own = broken.next().map(|name| name.to_string_lossy().into_owned());
    own.or_else(|| command.get_subcommands().find_map(not_text))
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
    /// List the backups, or remove one
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
