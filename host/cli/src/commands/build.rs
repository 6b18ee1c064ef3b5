//! `insula build`: from a scenario in Rust or TypeScript, or from its description in YAML, to a plugin that this host
//! takes.

use std::collections::BTreeMap;
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
    check_apart(&projects, &made, args.out.as_deref())?;
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
        // A file that is not there is of its kind all the same to those who watch.
        if !path.exists() {
            return Err(project::none(path));
        }
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
    let path = target(made, out);
    let wasm = &made.source.wasm;
    write(&path, wasm)?;
    Ok(json!({
        "scenario": scenario.name, "version": scenario.version, "path": path, "bytes": wasm.len(),
        "digest": Digest::of(wasm),
    }))
}

/// Refuses to write one plugin over another. The same plugin twice is one.
fn check_apart(projects: &[Project], made: &[Made], out: Option<&Path>) -> Result<(), Failure> {
    let mut known = BTreeMap::<PathBuf, (&Project, &Made)>::new();
    for (project, made) in projects.iter().zip(made) {
        let path = target(made, out);
        let (first, same) = known.entry(whole(&path)).or_insert((project, made));
        if same.source.wasm != made.source.wasm {
            let (one, other, path) = (first.path().display(), project.path().display(), path.display());
            let what = format!("{one} and {other} would both be written to {path}, so nothing was");
            return Err(Failure::new(Exit::Usage, what)
                .mend("give one of them another name, or build them one by one, each with its own --out"));
        }
    }
    Ok(())
}

/// Where a plugin is written.
fn target(made: &Made, out: Option<&Path>) -> PathBuf {
    match (out, made.path.file_name()) {
        (Some(folder), Some(name)) => folder.join(name),
        _ => made.path.clone(),
    }
}

/// However a file is named, by which directory or link: the same one, also where it is not there yet.
fn whole(path: &Path) -> PathBuf {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = folder.canonicalize().or_else(|_| std::path::absolute(folder));
    folder.ok().zip(path.file_name()).map_or_else(|| path.to_owned(), |(folder, name)| folder.join(name))
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
        | BuildError::NoCargo { .. }
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
