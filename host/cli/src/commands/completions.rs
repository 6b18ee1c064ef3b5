//! `insula completions`: the completion script of a shell.

use crate::args::{self, CompletionsArgs};
use crate::failure::Failure;
use crate::output::Output;

pub fn run(args: &CompletionsArgs, output: Output) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut args::command(), "insula", &mut script);
    output.print(&String::from_utf8_lossy(&script))
}
