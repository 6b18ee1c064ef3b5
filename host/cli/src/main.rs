//! `insula`: the command line and the server in one program.
//!
//! What was written is parsed ([`args`]), turned once into a validated configuration ([`config`]), and carried out by
//! a [`host`]: an engine in this process, or a server. Answers are JSON whichever it was; [`output`] shows them to
//! people or programs, and [`failure`] is the one place that renders errors.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod args;
mod commands;
mod config;
mod document;
mod failure;
mod fetch;
mod generated;
mod host;
mod loader;
mod lock;
mod log;
mod output;
mod project;
mod watch;

use std::process::ExitCode;

use clap::FromArgMatches;

use args::Cli;
use output::Output;

/// What one thread allocates another often frees (a run's rows go to the writer), at which glibc's threads wait for one
/// another.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let read = args::read().and_then(|matches| Cli::from_arg_matches(&matches).map(|cli| (matches, cli)));
    let (matches, cli) = match read {
        Ok(read) => read,
        Err(reason) => reason.exit(),
    };
    let output = Output::new(cli.output.json);
    // Whose TLS it is that addresses are asked with. It fails where it was set before, which is as good.
    drop(rustls::crypto::ring::default_provider().install_default());
    match commands::run(cli, &matches, output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output.failure(&failure);
            failure.exit.into()
        }
    }
}
