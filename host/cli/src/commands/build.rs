//! `insula build`: from a scenario in Rust or TypeScript, or from its description in YAML, to a plugin that this host
//! takes.

use std::path::Path;

use insula_build::{Artifact, BuildError, Builder, build_typescript, is_typescript};
use insula_engine::{PluginSource, ScenarioSummary};
use serde_json::{Value, json};

use super::{Context, show};
use crate::args::BuildArgs;
use crate::document;
use crate::failure::{Exit, Failure};
use crate::host;
use crate::output::Page;

pub async fn run(args: BuildArgs, context: Context<'_>) -> Result<(), Failure> {
    let (documents, programs): (Vec<&Path>, Vec<&Path>) =
        args.paths.iter().map(AsRef::as_ref).partition(|path| document::is_document(path));
    let mut built = Vec::with_capacity(args.paths.len());
    for path in documents {
        built.push(build_document(path, args.out.as_deref())?);
    }
    for mut artifact in build_programs(&programs)? {
        let scenario = check(&artifact).await?;
        if let Some(folder) = &args.out {
            artifact.path = folder.join(artifact.path.file_name().unwrap_or(artifact.name.as_ref()));
            write(&artifact.path, &artifact.wasm)?;
        }
        built.push(line(&scenario.name, &scenario.version, &artifact.path, &artifact.wasm));
    }
    let built = Value::Array(built);
    context.output.answer(&built, |page| show(page, &built))
}

/// Builds what is written in a programming language.
pub fn build_programs(paths: &[&Path]) -> Result<Vec<Artifact>, Failure> {
    let (typescript, rust): (Vec<&Path>, Vec<&Path>) = paths.iter().partition(|path| is_typescript(path));
    let mut built = Builder::default().build(&rust).map_err(failure)?;
    built.extend(build_typescript(&typescript).map_err(failure)?);
    Ok(built)
}

/// Makes a plugin of a declarative scenario, beside it where no other directory is given.
fn build_document(path: &Path, out: Option<&Path>) -> Result<Value, Failure> {
    let scenario = document::read(path)?;
    let wasm = document::compile(path, &scenario)?;
    let folder = out.or(path.parent()).unwrap_or(Path::new(""));
    let (name, version) = (&scenario.document().name, &scenario.document().version);
    let plugin = folder.join(name).with_extension("wasm");
    write(&plugin, &wasm)?;
    Ok(line(name, version, &plugin, &wasm))
}

fn line(scenario: &str, version: &str, path: &Path, wasm: &[u8]) -> Value {
    json!({ "scenario": scenario, "version": version, "path": path, "bytes": wasm.len() })
}

/// Loads the plugin as a host would, so that whatever does not fit is said now.
async fn check(artifact: &Artifact) -> Result<ScenarioSummary, Failure> {
    let origin = artifact.path.display().to_string();
    let source = PluginSource { origin: origin.clone(), wasm: artifact.wasm.clone().into() };
    let scenarios = host::try_plugins(vec![source]).await?;
    scenarios
        .into_iter()
        .next()
        .ok_or_else(|| Failure::new(Exit::Failed, format!("{origin} holds no scenario")))
}

fn write(path: &Path, wasm: &[u8]) -> Result<(), Failure> {
    let folder = path.parent().unwrap_or(path);
    std::fs::create_dir_all(folder).and_then(|()| std::fs::write(path, wasm)).map_err(|reason| {
        Failure::because(Exit::Failed, format!("cannot write {}", path.display()), &reason)
            .mend("choose another directory with --out")
    })
}

/// What is missing on the machine or named wrongly is not the scenario's fault.
fn failure(reason: BuildError) -> Failure {
    let exit = match reason {
        BuildError::NotAPackage { .. }
        | BuildError::NoNpmPackage { .. }
        | BuildError::NoScenarioFile { .. } => Exit::Usage,
        BuildError::NoToolchain { .. }
        | BuildError::NoNode { .. }
        | BuildError::Install { .. }
        | BuildError::NotInstalled { .. }
        | BuildError::Spawn { .. } => Exit::Unavailable,
        _ => Exit::Failed,
    };
    Failure::because(exit, "nothing was built", &reason)
}

fn show(page: &mut Page, built: &Value) {
    let rows =
        built.as_array().into_iter().flatten().map(|built| {
            ["scenario", "version", "bytes", "path"].map(|name| show::text(built, name)).to_vec()
        });
    page.table(&["SCENARIO", "VERSION", "BYTES", "PLUGIN"], rows.collect());
}
