//! The arguments of what tells others of scenarios: types and pages.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

use super::PlaceArgs;

#[derive(Debug, Args)]
pub struct TypesArgs {
    /// The language
    #[arg(long, value_name = "LANGUAGE", default_value = "typescript")]
    pub lang: TypesLanguage,
    /// Write to this file [default: standard output]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub out: Option<PathBuf>,
    /// Write nothing; fail when the file differs
    #[arg(long, requires = "out")]
    pub check: bool,
    #[command(flatten)]
    pub place: PlaceArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TypesLanguage {
    /// Types, and a function `seed` that knows them
    Typescript,
    /// Typed dictionaries, and a function `seed` that knows them
    Python,
    /// The JSON Schemas, for other tools
    Json,
}

#[derive(Debug, Args)]
pub struct DocsArgs {
    /// The directory to write to
    #[arg(value_name = "DIR", default_value = "scenarios", value_hint = ValueHint::DirPath)]
    pub dir: PathBuf,
    /// Write nothing; fail when a page differs
    #[arg(long)]
    pub check: bool,
    #[command(flatten)]
    pub place: PlaceArgs,
}
