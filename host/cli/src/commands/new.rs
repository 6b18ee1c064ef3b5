//! `insula new`: a small scenario to begin with.

mod typescript;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::Context;
use crate::args::{Language, NewArgs};
use crate::failure::{Exit, Failure};

const YAML: &str = include_str!("new/scenario.yaml");
const CARGO_TOML: &str = include_str!("new/Cargo.toml.in");
const LIB_RS: &str = include_str!("new/lib.rs.in");

/// Where this program's own SDK was when it was compiled.
const SDK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../sdk/rust");

pub fn run(args: &NewArgs, context: Context<'_>) -> Result<(), Failure> {
    let is_name = args.name.starts_with(|first: char| first.is_ascii_lowercase())
        && args.name.len() <= 64
        && args.name.chars().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_');
    if !is_name {
        return Err(Failure::new(Exit::Usage, format!("{:?} is no name for a scenario", args.name))
            .mend("use a to z, 0 to 9 and _, beginning with a letter, at most 64"));
    }
    let folder = PathBuf::from(&args.name);
    if folder.exists() {
        return Err(Failure::new(Exit::Usage, format!("{} is there already", folder.display()))
            .mend("choose another name, or another directory"));
    }
    let fill = |template: &str| template.replace("@NAME@", &args.name);
    let files = match args.lang {
        Language::Yaml => vec![
            (format!("{}.scenario.yaml", args.name), fill(YAML)),
            ("scenario.schema.json".to_owned(), format!("{:#}\n", insula_compiler::schema())),
        ],
        Language::Rust => {
            let sdk = sdk(args.sdk.as_deref())?;
            let cargo = fill(CARGO_TOML).replace("@SDK@", &sdk.display().to_string());
            vec![
                ("Cargo.toml".to_owned(), cargo),
                ("src/lib.rs".to_owned(), fill(LIB_RS)),
                (".gitignore".to_owned(), "target/\n".to_owned()),
            ]
        }
        Language::Typescript => typescript::files(&args.name)
            .map_err(|reason| Failure::because(Exit::Failed, "the SDK in this program is broken", &reason))?,
    };
    for (name, text) in &files {
        write(&folder.join(name), text)?;
    }
    let place = folder.display();
    let next = [
        format!("insula test {place}"),
        format!("insula up {place}"),
        format!("insula build {place} --out plugins"),
        format!("insula plan {} --plugins plugins", args.name),
    ];
    let written: Vec<String> =
        files.iter().map(|(name, _)| folder.join(name).display().to_string()).collect();
    let answer: Value = json!({ "scenario": args.name, "written": written, "next": next });
    context.output.answer(&answer, |page| {
        page.heading(format_args!("{} is in {place}", args.name));
        page.line("Next:");
        next.iter().for_each(|next| page.line(format_args!("  {next}")));
    })
}

/// The SDK's folder: as given, or beside the source of this program.
fn sdk(given: Option<&Path>) -> Result<PathBuf, Failure> {
    let folder = given.unwrap_or(Path::new(SDK));
    fs::canonicalize(folder).ok().filter(|folder| folder.join("Cargo.toml").exists()).ok_or_else(|| {
        Failure::new(Exit::Usage, format!("the SDK is not in {}", folder.display()))
            .mend("give the folder sdk/rust of Insula's source with --sdk")
    })
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(path, text))
        .map_err(|reason| Failure::because(Exit::Failed, format!("cannot write {}", path.display()), &reason))
}
