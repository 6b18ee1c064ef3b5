//! The arguments of what those need who write scenarios.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

use super::KeepTypesArgs;

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
