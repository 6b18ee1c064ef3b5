//! The commands, one file each.

mod add;
mod backup;
mod backups;
pub mod build;
mod cleanup;
mod completions;
mod docs;
mod doctor;
mod end;
mod events;
mod explain;
mod inspect;
mod islands;
mod keygen;
mod new;
mod plan;
mod remove;
mod request;
mod reset;
mod restore;
mod rollback;
mod scenarios;
mod schema;
mod seed;
mod serve;
mod session;
mod show;
mod sweep;
mod test;
mod types;
mod up;
mod verify;
mod watch;

use clap::ArgMatches;

use crate::args::{Cli, Command, PlaceArgs};
use crate::config::{Environment, Place, Scenarios};
use crate::failure::{Exit, Failure};
use crate::host::{Host, Keeper};
use crate::log;
use crate::output::Output;

/// What a command is carried out with.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    output: Output,
    environment: &'a Environment,
    matches: &'a ArgMatches,
}

impl Context<'_> {
    /// What keeps the backups: of a database that need not be sound, nor there.
    fn keeper(self, place: &PlaceArgs) -> Result<Keeper, Failure> {
        Keeper::open(Place::choose(place, self.matches, self.environment, Scenarios::None)?)
    }

    async fn host(self, place: &PlaceArgs, needed: Scenarios<'_>) -> Result<Host, Failure> {
        Host::open(Place::choose(place, self.matches, self.environment, needed)?).await
    }
}

/// Carries out a command.
pub fn run(cli: Cli, matches: &ArgMatches, output: Output) -> Result<(), Failure> {
    let environment = Environment::read()?;
    let matches = matches.subcommand().map_or(matches, |(_, matches)| matches);
    let context = Context { output, environment: &environment, matches };
    let serves = matches!(cli.command, Command::Serve(_));
    let level = match () {
        () if environment.debug => "debug",
        () if serves => "info",
        () => "warn",
    };
    log::init(&cli.output, level)?;
    // A one-shot command has one thing to do at a time.
    let workers = if serves || matches!(cli.command, Command::Up(_)) { None } else { Some(2) };
    match cli.command {
        Command::Build(args) => block_on(workers, build::run(args, context)),
        Command::Add(args) => block_on(workers, add::run(args, context)),
        Command::Remove(args) => block_on(workers, remove::run(args, context)),
        Command::Rollback(args) => block_on(workers, rollback::run(args, context)),
        Command::Watch(args) => block_on(workers, watch::run(args, context)),
        Command::Keygen(args) => keygen::run(&args, context),
        Command::Sign(args) => keygen::run_sign(&args, context),
        Command::Inspect(args) => block_on(workers, inspect::run(args, context)),
        Command::Test(args) => block_on(workers, test::run(args, context)),
        Command::New(args) => new::run(&args, context),
        Command::Schema(args) => schema::run(&args, output),
        Command::Completions(args) => completions::run(&args, output),
        Command::Up(args) => block_on(workers, up::run(args, context)),
        Command::Serve(args) => block_on(workers, serve::run(args, context)),
        Command::Seed(args) => block_on(workers, seed::run(args, context)),
        Command::Plan(args) => block_on(workers, plan::run(args, context)),
        Command::Scenarios(args) => block_on(workers, scenarios::run(args, context)),
        Command::Islands(args) => block_on(workers, islands::run(args, context)),
        Command::End(args) => block_on(workers, end::run(args, context)),
        Command::Sweep(args) => block_on(workers, sweep::run(args, context)),
        Command::Events(args) => block_on(workers, events::run(args, context)),
        Command::Explain(args) => block_on(workers, explain::explain(args, context)),
        Command::Replay(args) => block_on(workers, explain::replay(args, context)),
        Command::Verify(args) => block_on(workers, verify::run(args, context)),
        Command::Reset(args) => block_on(workers, reset::run(args, context)),
        Command::Backup(args) => block_on(workers, backup::run(args, context)),
        Command::Backups(args) => block_on(workers, backups::run(args, context)),
        Command::Restore(args) => block_on(workers, restore::run(args, context)),
        Command::Session(args) => block_on(workers, session::run(args, context)),
        Command::Types(args) => block_on(workers, types::run(args, context)),
        Command::Docs(args) => block_on(workers, docs::run(args, context)),
        Command::Doctor(args) => block_on(workers, doctor::run(args, context)),
    }
}

fn block_on(
    workers: Option<usize>,
    command: impl Future<Output = Result<(), Failure>>,
) -> Result<(), Failure> {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    if let Some(workers) = workers {
        runtime.worker_threads(workers);
    }
    let runtime = runtime
        .enable_all()
        .build()
        .map_err(|reason| Failure::because(Exit::Failed, "cannot start threads", &reason))?;
    runtime.block_on(command)
}
