//! `insula build`: from a scenario's Cargo package to a plugin that this host takes.

use std::path::Path;

use insula_build::{Artifact, BuildError, Builder};
use insula_engine::{PluginSource, ScenarioSummary};
use serde_json::{Value, json};

use super::{Context, show};
use crate::args::BuildArgs;
use crate::failure::{Exit, Failure};
use crate::host;
use crate::output::Page;

pub async fn run(args: BuildArgs, context: Context<'_>) -> Result<(), Failure> {
    let folders: Vec<&Path> = args.paths.iter().map(AsRef::as_ref).collect();
    let artifacts = Builder::default().build(&folders).map_err(failure)?;
    let mut built = Vec::with_capacity(artifacts.len());
    for mut artifact in artifacts {
        let scenario = check(&artifact).await?;
        if let Some(folder) = &args.out {
            copy(&mut artifact, folder)?;
        }
        let (path, bytes) = (artifact.path.display().to_string(), artifact.wasm.len());
        built.push(
            json!({ "scenario": scenario.name, "version": scenario.version, "path": path, "bytes": bytes }),
        );
    }
    let built = Value::Array(built);
    context.output.answer(&built, |page| show(page, &built))
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

fn copy(artifact: &mut Artifact, folder: &Path) -> Result<(), Failure> {
    let path = folder.join(artifact.path.file_name().unwrap_or(artifact.name.as_ref()));
    std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&path, &artifact.wasm)).map_err(
        |reason| {
            Failure::because(Exit::Failed, format!("cannot write {}", path.display()), &reason)
                .mend("choose another directory with --out")
        },
    )?;
    artifact.path = path;
    Ok(())
}

/// What is missing on the machine or named wrongly is not the scenario's fault.
fn failure(reason: BuildError) -> Failure {
    let exit = match reason {
        BuildError::NotAPackage { .. } => Exit::Usage,
        BuildError::NoToolchain { .. } | BuildError::Spawn { .. } => Exit::Unavailable,
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
