//! Measures how fast Insula is and what it takes, through its front door.
//!
//! Each command starts the server that it measures, on a free port of loopback and a database that goes with it, and
//! prints a table in Markdown. How long it loads, and with how many connections, is bounded.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod client;
mod cold;
mod endings;
mod growth;
mod load;
mod memory;
mod process;
mod removal;
mod seed;
mod server;
mod stats;
mod table;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(name = "insula-test-load", about = "Measures how fast Insula is and what it takes")]
struct Cli {
    /// The program to measure
    #[arg(long, global = true, value_name = "PATH", default_value = "target/release/insula")]
    insula: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Many requests at once: how many a second, how long each takes, and what it costs the server
    Seed(seed::Args),
    /// From the start of the program to the first island
    Cold(cold::Args),
    /// Whether more appointments, or more islands, make each of them dearer
    Growth(growth::Args),
    /// What a server takes when it is idle, and with many runs at once
    Memory(memory::Args),
    /// Many islands, each ended, by many clients and in a row: whether every certificate is clean
    Endings(endings::Args),
    /// How long the removal of a large island takes, beside few others and beside many
    Removal(removal::Args),
}

// One thread: what is measured has the rest of the machine.
#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let Cli { insula, command } = Cli::parse();
    println!("{}\n", process::machine());
    match command {
        Command::Seed(args) => seed::run(&insula, args).await,
        Command::Cold(args) => cold::run(&insula, args).await,
        Command::Growth(args) => growth::run(&insula, args).await,
        Command::Memory(args) => memory::run(&insula, args).await,
        Command::Endings(args) => endings::run(&insula, args).await,
        Command::Removal(args) => removal::run(&insula, args).await,
    }
}
