use std::{io, path::PathBuf};

/// Why no component was built, and what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// No compiler here can build for WebAssembly: install what `mend` names.
    #[error("no Rust compiler here can build for wasm32-unknown-unknown; run: {mend}")]
    NoToolchain {
        /// The command that mends it.
        mend: &'static str,
    },
    /// A program could not be started: is it installed and in `PATH`?
    #[error("cannot run {program}: {source}")]
    Spawn {
        /// The program's name.
        program: String,
        /// What the system says.
        source: io::Error,
    },
    /// Cargo does not know the package: give a folder that holds a `Cargo.toml` with a `[package]`.
    #[error("{path} is not a Cargo package: {reason}", path = path.display())]
    NotAPackage {
        /// The folder that was given.
        path: PathBuf,
        /// What cargo says.
        reason: String,
    },
    /// The package builds no `.wasm`: add the crate type.
    #[error(
        "package {package} builds no component; add to its Cargo.toml: [lib] crate-type = [\"cdylib\", \"rlib\"]"
    )]
    NotACdylib {
        /// The package's name.
        package: String,
    },
    /// The code does not compile; the compiler has written why to standard error.
    #[error("cargo could not compile {packages}; see its messages above")]
    Compile {
        /// The packages that were asked for.
        packages: String,
    },
    /// The module carries no scenario: mark a function with `#[insula::scenario]`.
    #[error(
        "package {package} has no scenario; put #[insula::scenario(name = \"…\", version = \"…\")] on its function"
    )]
    NoScenario {
        /// The package's name.
        package: String,
    },
    /// The module does not become a component, mostly because it imports what no scenario may.
    #[error("the module of package {package} does not become a component: {reason}")]
    Component {
        /// The package's name.
        package: String,
        /// What the encoder says.
        reason: String,
    },
    /// A file could not be read or written.
    #[error("{path}: {source}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}
