//! The arguments of what tells others of scenarios and of Insula: types, pages, schemas.

use std::path::{Path, PathBuf};
use std::str::FromStr;

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

/// Types that are written again whenever a scenario changes.
#[derive(Debug, Args)]
pub struct KeepTypesArgs {
    /// Write the types of all scenarios to this file, and again whenever one changes; it ends in .ts, .py or .json
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub types: Option<TypesFile>,
}

/// A file of types, and the language that its end names.
#[derive(Clone, Debug)]
pub struct TypesFile {
    pub path: PathBuf,
    pub lang: TypesLanguage,
}

impl FromStr for TypesFile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let lang = match Path::new(text).extension().and_then(|end| end.to_str()) {
            Some("ts") => TypesLanguage::Typescript,
            Some("py") => TypesLanguage::Python,
            Some("json") => TypesLanguage::Json,
            _ => return Err("it ends in none of .ts, .py and .json".to_owned()),
        };
        Ok(Self { path: text.into(), lang })
    }
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

#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// The directory to write to
    #[arg(value_name = "DIR", default_value = "schemas", value_hint = ValueHint::DirPath)]
    pub dir: PathBuf,
    /// Write nothing; fail when a file differs
    #[arg(long)]
    pub check: bool,
}
