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
    /// No cargo here: install what `mend` names.
    #[error("scenarios in Rust are built with cargo, and there is none in PATH; run: {mend}")]
    NoCargo {
        /// The command that mends it.
        mend: &'static str,
    },
    /// No linker here for this machine's own programs: install what `mend` names.
    #[error(
        "what cargo runs while it builds a scenario in Rust is linked with cc, and there is none in PATH; run: {mend}"
    )]
    NoLinker {
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
    /// Node is missing or too old: install one.
    #[error("scenarios in TypeScript are built with Node 18 or newer, and {found}; install it: {mend}")]
    NoNode {
        /// What is here instead.
        found: String,
        /// What mends it.
        mend: &'static str,
    },
    /// A scenario in TypeScript stands in no npm package: begin one.
    #[error(
        "{path} is in no npm package: no directory above it has a package.json; begin one: insula new NAME --lang typescript",
        path = path.display()
    )]
    NoNpmPackage {
        /// The scenario.
        path: PathBuf,
    },
    /// An npm package holds no scenario: name its file so.
    #[error("{path} holds no scenario: none of its files, or of those in its src, is called *.scenario.ts", path = path.display())]
    NoScenarioFile {
        /// The package.
        path: PathBuf,
    },
    /// npm could not install what the package needs; it has written why to standard error.
    #[error(
        "npm install failed in {path}; see its messages above. It needs what package.json and package-lock.json name, from the npm registry",
        path = path.display()
    )]
    Install {
        /// The package.
        path: PathBuf,
    },
    /// The SDK, or what it needs, is not installed.
    #[error("the SDK is not installed in {path}; run there: npm install --ignore-scripts", path = path.display())]
    NotInstalled {
        /// The package.
        path: PathBuf,
    },
    /// The scenario has a mistake; what was found was written to standard error.
    #[error("the scenarios of {path} could not be built; see the messages above", path = path.display())]
    TypeScript {
        /// The package.
        path: PathBuf,
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
