//! Packages that do not become a component, compiled for real.

#![expect(clippy::unwrap_used, reason = "a test says so when it fails")]

use std::fs;

use insula_build::{BuildError, Builder};
use tempfile::TempDir;

fn package(code: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let manifest = "[package]\nname = \"guest\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
                    [lib]\ncrate-type = [\"cdylib\"]\n\n[workspace]\n";
    fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
    fs::create_dir(folder.path().join("src")).unwrap();
    fs::write(folder.path().join("src/lib.rs"), code).unwrap();
    folder
}

#[test]
fn code_that_does_not_compile() {
    let guest = package("fn broken() -> u8 { \"no\" }");
    let error = Builder::default().build(&[guest.path()]).unwrap_err();
    assert!(matches!(&error, BuildError::Compile { packages } if packages == "guest"), "{error}");
}

#[test]
fn a_library_that_is_no_scenario() {
    let guest = package("#[unsafe(no_mangle)] pub extern \"C\" fn answer() -> u32 { 42 }");
    let error = Builder::default().build(&[guest.path()]).unwrap_err();
    assert!(matches!(&error, BuildError::NoScenario { package } if package == "guest"), "{error}");
}
