//! What is to be tested: from paths to plugins.

use std::path::{Path, PathBuf};

use insula_engine::PluginSource;

use crate::failure::Failure;
use crate::loader::Loader;
use crate::project::{self, Project};

/// A scenario to be tested.
pub struct Subject {
    pub source: PluginSource,
    /// Where its golden drafts are kept.
    pub golden: PathBuf,
}

/// The scenarios at some paths.
pub async fn find(paths: &[PathBuf]) -> Result<Vec<Subject>, Failure> {
    let mut subjects = Vec::new();
    let loader = Loader::default();
    for path in paths {
        let folder = if path.is_dir() { path } else { path.parent().unwrap_or(Path::new("")) };
        let projects = Project::at(path)?;
        for (project, made) in projects.iter().zip(project::build_all(&projects, false, &loader).await?) {
            let origin = project.path().display().to_string();
            let source = PluginSource { origin, ..made.source };
            subjects.push(Subject { source, golden: folder.join("golden") });
        }
    }
    Ok(subjects)
}
