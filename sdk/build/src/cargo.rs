//! Talks to cargo: which packages are there, and compile them.

use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde::Deserialize;

use crate::toolchain::{TARGET, clean, no_cargo};
use crate::{BuildError, Toolchain};

/// Small and fast enough; the author's Cargo.toml needs no word of it. Overflow stays an error, because a
/// scenario that miscounts must not build a wrong island.
const PROFILE: [&str; 7] = [
    "profile.guest.inherits=\"release\"",
    "profile.guest.opt-level=\"s\"",
    "profile.guest.lto=true",
    "profile.guest.codegen-units=1",
    "profile.guest.panic=\"abort\"",
    "profile.guest.overflow-checks=true",
    "profile.guest.debug=false",
];

/// Function names stay: a trap's backtrace is worth their few kilobytes.
const NAMES: &str = "profile.guest.strip=\"debuginfo\"";
/// The standard library's own lines come along, some 3 MB.
const LINES: &str = "profile.guest.strip=\"none\"";

/// A run touches few pages of a stack of this size, and no scenario recurses deeply.
const STACK_BYTES: u32 = 64 * 1024;

/// One package, as cargo describes it.
#[derive(Debug, Clone)]
pub(crate) struct Package {
    pub name: String,
    pub manifest: PathBuf,
    pub workspace: PathBuf,
    pub target_dir: PathBuf,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<MetaPackage>,
    workspace_root: PathBuf,
    target_directory: PathBuf,
}

#[derive(Deserialize)]
struct MetaPackage {
    name: String,
    manifest_path: PathBuf,
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Target {
    crate_types: Vec<String>,
}

/// A line of `--message-format json`. Other kinds of lines hold none of these fields.
#[derive(Deserialize)]
struct Message {
    manifest_path: Option<PathBuf>,
    #[serde(default)]
    filenames: Vec<PathBuf>,
}

/// The package in a folder.
pub(crate) fn package(folder: &Path) -> Result<Package, BuildError> {
    let not_a_package = |reason: String| BuildError::NotAPackage {
        path: folder.to_owned(),
        reason: reason.trim().to_owned(),
    };
    let manifest = std::fs::canonicalize(folder.join("Cargo.toml"))
        .map_err(|_missing| not_a_package("it holds no Cargo.toml".into()))?;
    let output = clean("cargo")
        .args(["metadata", "--no-deps", "--format-version", "1", "--manifest-path"])
        .arg(&manifest)
        .output()
        .map_err(cannot_run)?;
    if !output.status.success() {
        return Err(not_a_package(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    let metadata: Metadata =
        serde_json::from_slice(&output.stdout).map_err(|error| not_a_package(error.to_string()))?;
    let found = metadata.packages.into_iter().find(|package| package.manifest_path == manifest);
    let found = found.ok_or_else(|| not_a_package("its Cargo.toml has no [package]".into()))?;
    let makes_wasm = |target: &Target| target.crate_types.iter().any(|kind| kind == "cdylib");
    if !found.targets.iter().any(makes_wasm) {
        return Err(BuildError::NotACdylib { package: found.name });
    }
    Ok(Package {
        name: found.name,
        manifest,
        workspace: metadata.workspace_root,
        target_dir: metadata.target_directory,
    })
}

/// Compiles packages of one workspace in one call; the core modules come back in the order of the packages.
/// The compiler's messages go straight to standard error.
pub(crate) fn compile(
    toolchain: &Toolchain,
    packages: &[&Package],
    target_dir: &Path,
    source_lines: bool,
) -> Result<Vec<PathBuf>, BuildError> {
    let Some(first) = packages.first() else { return Ok(Vec::new()) };
    let failed = || BuildError::Compile {
        packages: packages.iter().map(|p| p.name.as_str()).collect::<Vec<_>>().join(", "),
    };

    let mut cargo = clean("cargo");
    // Under rustup the folder decides which compiler it is.
    cargo.current_dir(&first.workspace).args(["build", "--profile", "guest", "--target", TARGET]);
    cargo.args(["--message-format", "json-render-diagnostics", "--target-dir"]).arg(target_dir);
    for setting in PROFILE {
        cargo.args(["--config", setting]);
    }
    cargo.args(["--config", if source_lines { LINES } else { NAMES }]);
    // Of the packages alone, so that what they depend on is compiled once for both.
    for package in packages.iter().filter(|_| source_lines) {
        let lines = format!("profile.guest.package.{}.debug=\"line-tables-only\"", package.name);
        cargo.args(["--config", &lines]);
    }
    cargo.args(["--config", &rustflags(&first.workspace)]);
    match toolchain {
        Toolchain::Stable { rustc } => rustc.iter().for_each(|path| _ = cargo.env("RUSTC", path)),
        Toolchain::BuildStd { rustc } => {
            rustc.iter().for_each(|path| _ = cargo.env("RUSTC", path));
            // Building std is an unstable feature; a stable compiler allows it under this name.
            cargo.env("RUSTC_BOOTSTRAP", "1").arg("-Zbuild-std=std,panic_abort");
            cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", "wasm-ld");
        }
    }
    for package in packages {
        cargo.args(["--package", &package.name]);
    }

    let mut child = cargo.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().map_err(cannot_run)?;
    let mut messages = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        let lines = BufReader::new(stdout).lines().map_while(Result::ok);
        messages.extend(lines.filter_map(|line| serde_json::from_str::<Message>(&line).ok()));
    }
    if !child.wait().map_err(cannot_run)?.success() {
        return Err(failed());
    }
    packages.iter().map(|package| module_of(package, &messages).ok_or_else(failed)).collect()
}

fn cannot_run(source: io::Error) -> BuildError {
    match source.kind() {
        io::ErrorKind::NotFound => no_cargo(),
        _ => BuildError::Spawn { program: "cargo".into(), source },
    }
}

fn module_of(package: &Package, messages: &[Message]) -> Option<PathBuf> {
    messages
        .iter()
        .filter(|message| message.manifest_path.as_ref() == Some(&package.manifest))
        .flat_map(|message| &message.filenames)
        .find(|file| file.extension().is_some_and(|extension| extension == "wasm"))
        .cloned()
}

/// The stack, and paths that are the same on every machine, so that the same source gives the same bytes.
fn rustflags(workspace: &Path) -> String {
    let mut flags = vec![format!("-Clink-arg=-zstack-size={STACK_BYTES}")];
    flags.push(format!("--remap-path-prefix={}=.", workspace.display()));
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".cargo")));
    flags.extend(home.map(|home| format!("--remap-path-prefix={}=cargo", home.display())));
    format!("target.{TARGET}.rustflags={}", serde_json::Value::from(flags))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_is_found_among_cargos_messages() {
        let lines = [
            r#"{"reason":"compiler-artifact","manifest_path":"/w/sdk/Cargo.toml","filenames":["/t/libinsula.rlib"]}"#,
            r#"{"reason":"compiler-artifact","manifest_path":"/w/a/Cargo.toml","filenames":["/t/a.wasm","/t/liba.rlib"]}"#,
            r#"{"reason":"build-finished","success":true}"#,
        ];
        let messages: Vec<Message> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        let package = Package {
            name: "a".into(),
            manifest: "/w/a/Cargo.toml".into(),
            workspace: "/w".into(),
            target_dir: "/t".into(),
        };
        assert_eq!(module_of(&package, &messages), Some("/t/a.wasm".into()));
    }

    #[test]
    fn a_folder_without_a_package_is_told_so() {
        let folder = tempfile::tempdir().unwrap();
        let error = package(folder.path()).unwrap_err();
        assert!(error.to_string().contains("holds no Cargo.toml"), "{error}");
    }

    #[test]
    fn a_package_that_makes_no_wasm_is_told_what_to_add() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(
            folder.path().join("Cargo.toml"),
            "[package]\nname = \"plain\"\nversion = \"0.1.0\"\n",
        )
        .unwrap();
        std::fs::create_dir(folder.path().join("src")).unwrap();
        std::fs::write(folder.path().join("src/lib.rs"), "").unwrap();
        let error = package(folder.path()).unwrap_err();
        assert!(error.to_string().contains("crate-type"), "{error}");
    }
}
