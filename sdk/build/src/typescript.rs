//! Scenarios in TypeScript, up to the scripts that an interpreter is to read. The SDK knows how they are built (its
//! `build.mjs`); here is who starts it, and where. What reads them needs a sandbox, and so is done where there is one.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use serde::Deserialize;

use crate::{BuildError, Node, read};

/// How the files of scenarios in TypeScript end.
pub const TYPESCRIPT: &str = ".scenario.ts";

/// Node resolves the SDK as it resolves any import of the project, and this file's own arguments are the SDK's.
const START: &str = "await import('@insula/sdk/build').catch((error) => {
    const missing = ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND', 'ERR_PACKAGE_PATH_NOT_EXPORTED'];
    if (!missing.includes(error.code)) throw error;
    console.error(error.message);
    process.exit(3);
});";
/// What `START` exits with where the SDK, or what it needs, is not installed.
const NOT_INSTALLED: i32 = 3;

/// A scenario in TypeScript as its interpreter reads it.
#[derive(Debug, Clone)]
pub struct Script {
    /// The scenario's file.
    pub file: PathBuf,
    /// The npm package.
    pub project: PathBuf,
    /// What the interpreter reads.
    pub text: String,
    /// The interpreter: a component that becomes the scenario's plugin when it has read the script.
    pub interpreter: Arc<[u8]>,
    /// The files it was made from: sources, manifests and the lock file. While none of them changes, a build would give the
    /// same script.
    pub inputs: Vec<PathBuf>,
}

impl Script {
    /// The name of the scenario's file, without its end.
    pub fn name(&self) -> String {
        let name = self.file.file_name().unwrap_or_default().to_string_lossy();
        name.strip_suffix(TYPESCRIPT).unwrap_or(&name).to_owned()
    }
}

/// What the SDK makes of a project.
#[derive(Deserialize)]
struct Built {
    interpreter: PathBuf,
    scripts: Vec<BuiltScript>,
}

#[derive(Deserialize)]
struct BuiltScript {
    file: PathBuf,
    text: String,
    inputs: Vec<PathBuf>,
}

/// Whether a path names a scenario in TypeScript, or a folder of an npm package.
pub fn is_typescript(path: &Path) -> bool {
    is_scenario(path) || (path.join("package.json").exists() && !path.join("Cargo.toml").exists())
}

fn is_scenario(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(TYPESCRIPT))
}

/// Builds scenarios: files, or npm packages with all scenarios in them and in their `src`. Their scripts come in the order of
/// the paths. The tools' messages go straight to standard error.
///
/// Where nothing is installed yet, what the lock file names is installed first.
///
/// # Errors
/// See [`BuildError`].
pub fn build_typescript(paths: &[&Path]) -> Result<Vec<Script>, BuildError> {
    if paths.is_empty() {
        return Ok(Vec::new());
    }
    let node = Node::detect()?;
    let mut projects = BTreeMap::<PathBuf, Vec<PathBuf>>::new();
    let mut order = Vec::new();
    for path in paths {
        for file in scenarios(path)? {
            let project = project_of(&file)?;
            projects.entry(project).or_default().push(file.clone());
            order.push(file);
        }
    }
    let mut built = BTreeMap::new();
    for (project, files) in &projects {
        built.extend(files.iter().cloned().zip(build_project(&node, project, files)?));
    }
    Ok(order.iter().filter_map(|file| built.remove(file)).collect())
}

/// The scenarios at a path, as absolute paths.
pub fn scenarios(path: &Path) -> Result<Vec<PathBuf>, BuildError> {
    let file = |source| BuildError::File { path: path.to_owned(), source };
    let whole = fs::canonicalize(path).map_err(file)?;
    if is_scenario(&whole) {
        return Ok(vec![whole]);
    }
    let mut found = Vec::new();
    for folder in [whole.clone(), whole.join("src")] {
        let Ok(entries) = fs::read_dir(folder) else { continue };
        found.extend(entries.flatten().map(|entry| entry.path()).filter(|path| is_scenario(path)));
    }
    found.sort();
    if found.is_empty() { Err(BuildError::NoScenarioFile { path: path.to_owned() }) } else { Ok(found) }
}

fn project_of(file: &Path) -> Result<PathBuf, BuildError> {
    let found = file.ancestors().skip(1).find(|folder| folder.join("package.json").exists());
    found.map(Path::to_owned).ok_or_else(|| BuildError::NoNpmPackage { path: file.to_owned() })
}

fn build_project(node: &Node, project: &Path, files: &[PathBuf]) -> Result<Vec<Script>, BuildError> {
    if !project.join("node_modules").exists() && project.join("package-lock.json").exists() {
        node.install(project)?;
    }
    let relative = |file: &PathBuf| file.strip_prefix(project).unwrap_or(file).to_owned();
    let output = Command::new("node")
        .current_dir(project)
        .args(["--input-type=module", "--eval", START, "--"])
        .args(files.iter().map(relative))
        .stdin(Stdio::null())
        .stderr(io::stderr())
        .output()
        .map_err(|source| BuildError::Spawn { program: "node".into(), source })?;
    let of = || project.to_owned();
    if output.status.code() == Some(NOT_INSTALLED) {
        return Err(BuildError::NotInstalled { path: of() });
    }
    if !output.status.success() {
        return Err(BuildError::TypeScript { path: of() });
    }
    let Built { interpreter, scripts } = serde_json::from_slice(&output.stdout)
        .map_err(|_unreadable| BuildError::TypeScript { path: of() })?;
    let interpreter: Arc<[u8]> = read(&interpreter)?.into();
    let manifests = ["package.json", "package-lock.json", "tsconfig.json"].map(|name| project.join(name));
    let manifests: Vec<PathBuf> = manifests.into_iter().filter(|file| file.exists()).collect();
    let finish = |BuiltScript { file, text, inputs }: BuiltScript| Script {
        file: project.join(file),
        project: project.to_owned(),
        text,
        interpreter: Arc::clone(&interpreter),
        inputs: [inputs, manifests.clone()].concat(),
    };
    Ok(scripts.into_iter().map(finish).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scenarios_are_found_by_the_end_of_their_names() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.scenario.ts", "src/a.scenario.ts", "helper.ts", "node_modules/x/c.scenario.ts"] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let whole = fs::canonicalize(folder.path()).unwrap();
        let expected = [whole.join("b.scenario.ts"), whole.join("src/a.scenario.ts")];
        assert_eq!(scenarios(folder.path()).unwrap(), expected);
        let error = project_of(&expected[0]).unwrap_err().to_string();
        assert!(error.contains("insula new"), "{error}");
    }

    #[test]
    fn a_package_without_scenarios_is_told_what_they_are_called() {
        let folder = tempfile::tempdir().unwrap();
        let error = scenarios(folder.path()).unwrap_err().to_string();
        assert!(error.contains("*.scenario.ts"), "{error}");
    }
}
