//! Turns a scenario's package in Rust into a WebAssembly component, with cargo and the linker that it asks for; and one in
//! TypeScript into a script for an interpreter that is one, with Node and what its SDK names ([`build_typescript`]).
//!
//! ```no_run
//! # fn main() -> Result<(), insula_build::BuildError> {
//! for built in insula_build::Builder::default().build(&["my-scenario".as_ref()])? {
//!     println!("{}: {} bytes at {}", built.name, built.wasm.len(), built.path.display());
//! }
//! # Ok(()) }
//! ```
//! All settings that make a component small and quick are given to cargo from here, so that an author's
//! Cargo.toml stays plain. What the compiler has to say goes to standard error, as with cargo itself.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod cargo;
mod component;
mod error;
mod inputs;
mod node;
mod section;
mod toolchain;
mod typescript;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use component::encode as component;
pub use error::BuildError;
pub use node::Node;
pub use section::{MANIFEST, with_manifest};
pub use toolchain::Toolchain;
pub use typescript::{
    Script, TYPESCRIPT, build_typescript, is_typescript, scenarios as typescript_scenarios,
};

/// A component that was built.
#[derive(Debug, Clone)]
pub struct Artifact {
    /// The package's name.
    pub name: String,
    /// The component.
    pub wasm: Vec<u8>,
    /// The file that holds it.
    pub path: PathBuf,
    /// The file that holds the core module of which it was made, where cargo made one.
    pub module: Option<PathBuf>,
    /// The files it was made from: sources, manifests and the lock file. While none of them changes, a
    /// build would give the same component.
    pub inputs: Vec<PathBuf>,
}

/// How to build.
#[derive(Debug, Clone, Default)]
#[must_use = "nothing is built before `build`"]
pub struct Builder {
    toolchain: Option<Toolchain>,
    target_dir: Option<PathBuf>,
    source_lines: bool,
}

impl Builder {
    /// Uses this compiler; otherwise [`Toolchain::detect`] finds one.
    pub fn toolchain(mut self, toolchain: Toolchain) -> Self {
        self.toolchain = Some(toolchain);
        self
    }

    /// Builds in this folder; otherwise in `guests` inside the workspace's own target folder. It must not be
    /// the target folder of a cargo that waits for this build, which holds that folder's lock.
    pub fn target_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.target_dir = Some(folder.into());
        self
    }

    /// Keeps which line each instruction is from, so that a backtrace names the author's lines. The plugin is some 3 MB
    /// larger.
    pub fn source_lines(mut self, kept: bool) -> Self {
        self.source_lines = kept;
        self
    }

    /// Builds the package in each folder, and gives the components in the order of the folders. Packages of
    /// one workspace are compiled together.
    ///
    /// # Errors
    /// See [`BuildError`]; nothing is returned unless all of them could be built.
    pub fn build(&self, folders: &[&Path]) -> Result<Vec<Artifact>, BuildError> {
        let packages = folders.iter().map(|folder| cargo::package(folder)).collect::<Result<Vec<_>, _>>()?;
        let mut workspaces = BTreeMap::<&Path, Vec<usize>>::new();
        for (index, package) in packages.iter().enumerate() {
            workspaces.entry(&package.workspace).or_default().push(index);
        }
        let mut artifacts = Vec::with_capacity(packages.len());
        for (root, members) in workspaces {
            let built =
                self.build_workspace(root, members.iter().map(|index| &packages[*index]).collect())?;
            artifacts.extend(members.into_iter().zip(built));
        }
        artifacts.sort_by_key(|(index, _)| *index);
        Ok(artifacts.into_iter().map(|(_, artifact)| artifact).collect())
    }

    fn build_workspace(
        &self,
        root: &Path,
        packages: Vec<&cargo::Package>,
    ) -> Result<Vec<Artifact>, BuildError> {
        let toolchain = self.toolchain.clone().map_or_else(|| Toolchain::detect(root), Ok)?;
        let default_dir =
            || packages.first().map_or_else(|| root.to_owned(), |first| first.target_dir.clone());
        let target_dir = self.target_dir.clone().unwrap_or_else(|| default_dir().join("guests"));
        let modules = cargo::compile(&toolchain, &packages, &target_dir, self.source_lines)?;
        packages.iter().zip(modules).map(|(package, module)| finish(package, &module, &target_dir)).collect()
    }
}

fn finish(package: &cargo::Package, module: &Path, target_dir: &Path) -> Result<Artifact, BuildError> {
    let wasm = component::encode(&package.name, &read(module)?)?;
    let folder = target_dir.join("components");
    let path = folder.join(&package.name).with_extension("wasm");
    // An unchanged file keeps its time, so that whoever watches it is not woken.
    if std::fs::read(&path).ok().as_deref() != Some(&wasm) {
        std::fs::create_dir_all(&folder).map_err(|source| BuildError::File { path: folder, source })?;
        std::fs::write(&path, &wasm).map_err(|source| BuildError::File { path: path.clone(), source })?;
    }
    let inputs = inputs::of(module, &package.workspace)?;
    Ok(Artifact { name: package.name.clone(), wasm, path, module: Some(module.to_owned()), inputs })
}

fn read(path: &Path) -> Result<Vec<u8>, BuildError> {
    std::fs::read(path).map_err(|source| BuildError::File { path: path.to_owned(), source })
}
