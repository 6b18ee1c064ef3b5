//! Finds Node and npm, which scenarios in TypeScript are built with.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::BuildError;

/// The oldest major version that the tools of the SDK run on.
const OLDEST: u32 = 18;
const MEND: &str = "apt-get install nodejs npm, or see https://nodejs.org/en/download";

/// Node as found on a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Its version, such as `20.20.2`.
    pub version: String,
    /// npm's version, where it is there. Only what is not installed yet needs it.
    pub npm: Option<String>,
}

impl Node {
    /// Looks for Node in `PATH`.
    ///
    /// # Errors
    /// [`BuildError::NoNode`] where there is none, or one that is too old, with what mends it.
    pub fn detect() -> Result<Self, BuildError> {
        Self::choose(version_of("node"), || version_of("npm"))
    }

    fn choose(node: Option<String>, npm: impl FnOnce() -> Option<String>) -> Result<Self, BuildError> {
        let no_node = |found: String| BuildError::NoNode { found, mend: MEND };
        let version = node.ok_or_else(|| no_node("there is none here".to_owned()))?;
        let major = version.split('.').next().and_then(|major| major.parse::<u32>().ok());
        if major.is_none_or(|major| major < OLDEST) {
            return Err(no_node(format!("here is {version}")));
        }
        Ok(Self { version, npm: npm() })
    }

    /// Installs what a project's lock file names, and runs no script of any package.
    pub(crate) fn install(&self, project: &Path) -> Result<(), BuildError> {
        if self.npm.is_none() {
            return Err(BuildError::NoNode { found: "npm is missing".to_owned(), mend: MEND });
        }
        // It may take a while, and npm says nothing before it is done.
        eprintln!("npm install --no-save --ignore-scripts, in {}", project.display());
        let status = npm()
            .current_dir(project)
            // Not `npm ci`: npm 11 refuses lock files in which a package for another platform is missing, also where it
            // was never published, as some of componentize-qjs are. The lock file holds all the same.
            .args([
                "install",
                "--no-save",
                "--ignore-scripts",
                "--no-audit",
                "--no-fund",
                "--loglevel",
                "error",
            ])
            .stdin(Stdio::null())
            // What a command of ours writes to standard output is its answer.
            .stdout(io::stderr())
            .status()
            .map_err(|source| BuildError::Spawn { program: "npm".into(), source })?;
        if status.success() { Ok(()) } else { Err(BuildError::Install { path: project.to_owned() }) }
    }
}

fn npm() -> Command {
    Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" })
}

fn version_of(program: &str) -> Option<String> {
    let mut command = if program == "npm" { npm() } else { Command::new(program) };
    let output = command.arg("--version").stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().trim_start_matches('v').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_that_is_missing_or_old_is_told_what_mends_it() {
        for (node, found) in [(None, "there is none here"), (Some("16.20.2"), "here is 16.20.2")] {
            let error = Node::choose(node.map(str::to_owned), || None).unwrap_err().to_string();
            assert!(error.contains(found) && error.contains("nodejs.org"), "{error}");
        }
    }

    #[test]
    fn debians_node_will_do() {
        let node = Node::choose(Some("18.20.4".to_owned()), || Some("9.2.0".to_owned())).unwrap();
        assert_eq!((node.version.as_str(), node.npm.as_deref()), ("18.20.4", Some("9.2.0")));
    }
}
