//! What is to be tested: from paths to plugins.

use std::path::{Path, PathBuf};

use insula_build::is_typescript;
use insula_engine::PluginSource;

use crate::commands::build;
use crate::config::files;
use crate::document;
use crate::failure::{Exit, Failure};

const WHAT: &str = "name a Cargo or npm package, a *.scenario.ts, a *.scenario.yaml, a *.wasm, or a directory of the last two";

/// A scenario to be tested.
pub struct Subject {
    pub source: PluginSource,
    /// Where its golden drafts are kept.
    pub golden: PathBuf,
}

/// The scenarios at some paths: a Cargo or npm package, a scenario in TypeScript, a plugin or document, or a directory
/// of the last two.
pub fn find(paths: &[PathBuf]) -> Result<Vec<Subject>, Failure> {
    let mut subjects = Vec::new();
    for path in paths {
        if path.join("Cargo.toml").exists() || is_typescript(path) {
            let folder = if path.is_dir() { path } else { path.parent().unwrap_or(path) };
            for artifact in build::build_programs(&[path])? {
                let origin = path.display().to_string();
                let source = PluginSource { origin, wasm: artifact.wasm.into() };
                subjects.push(Subject { source, golden: folder.join("golden") });
            }
        } else if path.is_dir() {
            let found = files::plugins(path)?;
            if found.is_empty() {
                let what = format!("{} holds no scenario", path.display());
                return Err(Failure::new(Exit::Usage, what).mend(WHAT));
            }
            subjects.extend(found.into_iter().map(|source| Subject { source, golden: path.join("golden") }));
        } else {
            let golden = path.parent().unwrap_or(Path::new("")).join("golden");
            subjects.push(Subject { source: plugin(path)?, golden });
        }
    }
    Ok(subjects)
}

fn plugin(path: &Path) -> Result<PluginSource, Failure> {
    if document::is_document(path) || path.extension().is_some_and(|extension| extension == "wasm") {
        return files::plugin(path);
    }
    Err(Failure::new(Exit::Usage, format!("{} is no scenario", path.display())).mend(WHAT))
}
