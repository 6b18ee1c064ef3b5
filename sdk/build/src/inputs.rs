//! The files that a component was made from, out of the dependency list that cargo writes beside a module.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::{BuildError, read};

/// Sources of the package and of its path dependencies, their manifests, and what the workspace fixes for all.
pub(crate) fn of(module: &Path, workspace: &Path) -> Result<Vec<PathBuf>, BuildError> {
    let list = read(&module.with_extension("d"))?;
    let mut files: BTreeSet<PathBuf> = parse(&String::from_utf8_lossy(&list)).into_iter().collect();
    let manifests: Vec<PathBuf> = files.iter().filter_map(|file| manifest_of(file)).collect();
    files.extend(manifests);
    let shared = ["Cargo.toml", "Cargo.lock", "rust-toolchain.toml"].map(|name| workspace.join(name));
    files.extend(shared.into_iter().filter(|file| file.exists()));
    Ok(files.into_iter().collect())
}

/// Reads `target: file file …`, the format of make, in which a space inside a name is escaped.
fn parse(list: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for line in list.lines() {
        let Some((_, names)) = line.split_once(": ") else { continue };
        let names = names.replace("\\ ", "\0");
        files.extend(names.split_whitespace().map(|name| PathBuf::from(name.replace('\0', " "))));
    }
    files
}

fn manifest_of(file: &Path) -> Option<PathBuf> {
    file.ancestors().skip(1).map(|folder| folder.join("Cargo.toml")).find(|manifest| manifest.exists())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_spaces_stay_whole() {
        let files = parse("/t/a.wasm: /w/a/src/lib.rs /w/my\\ sdk/lib.rs\n");
        assert_eq!(files, [PathBuf::from("/w/a/src/lib.rs"), PathBuf::from("/w/my sdk/lib.rs")]);
    }
}
