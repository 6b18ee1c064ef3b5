//! `insula build`: from a scenario in Rust or TypeScript, or from its description in YAML, to a plugin that this host
//! takes.

use std::path::{Path, PathBuf};

use insula_build::BuildError;
use insula_domain::Digest;
use insula_engine::PluginSource;
use serde_json::{Value, json};

use super::{Context, show};
use crate::args::BuildArgs;
use crate::failure::{Exit, Failure};
use crate::generated;
use crate::host;
use crate::loader::Loader;
use crate::output::Page;
use crate::project::{self, Made, Project};

pub async fn run(args: BuildArgs, context: Context<'_>) -> Result<(), Failure> {
    let projects = projects(&args.paths)?;
    let mut built = Vec::with_capacity(projects.len());
    let made = project::build_all(&projects, args.source_lines, &Loader::default()).await?;
    for (project, made) in projects.iter().zip(made) {
        built.push(keep(project, &made, args.out.as_deref()).await?);
    }
    let built = Value::Array(built);
    context.output.answer(&built, |page| show(page, &built))
}

/// What there is to be built at some paths. A plugin in a directory is built already.
pub fn projects(paths: &[PathBuf]) -> Result<Vec<Project>, Failure> {
    let mut projects = Vec::new();
    for path in paths {
        let found = Project::at(path)?;
        let to_build = found.into_iter().filter(|project| !matches!(project, Project::Plugin(_)));
        let before = projects.len();
        projects.extend(to_build);
        if projects.len() == before {
            let what = format!("{} is built already, or holds only what is", path.display());
            return Err(Failure::new(Exit::Usage, what)
                .mend("`insula inspect` shows what a plugin is; --plugins loads it"));
        }
    }
    Ok(projects)
}

/// Checks what was made as a host would, writes it where it belongs, and says so.
pub async fn keep(project: &Project, made: &Made, out: Option<&Path>) -> Result<Value, Failure> {
    let origin = project.path().display().to_string();
    let source = PluginSource { origin: origin.clone(), ..made.source.clone() };
    let found = host::try_plugins(vec![source]).await?.into_iter().next();
    let scenario = found.ok_or_else(|| Failure::new(Exit::Failed, format!("{origin} holds no scenario")))?;
    let path = match (out, made.path.file_name()) {
        (Some(folder), Some(name)) => folder.join(name),
        _ => made.path.clone(),
    };
    let wasm = &made.source.wasm;
    write(&path, wasm)?;
    Ok(json!({
        "scenario": scenario.name, "version": scenario.version, "path": path, "bytes": wasm.len(),
        "digest": Digest::of(wasm),
    }))
}

/// An unchanged file keeps its time, so that whoever watches it is not woken.
fn write(path: &Path, wasm: &[u8]) -> Result<(), Failure> {
    if std::fs::read(path).is_ok_and(|there| there == wasm) {
        return Ok(());
    }
    let folder = path.parent().unwrap_or(path);
    std::fs::create_dir_all(folder).and_then(|()| generated::replace(path, wasm)).map_err(|reason| {
        Failure::because(Exit::Failed, format!("cannot write {}", path.display()), &reason)
            .mend("choose another directory with --out")
    })
}

/// What is missing on the machine or named wrongly is not the scenario's fault.
pub fn failure(reason: BuildError) -> Failure {
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
