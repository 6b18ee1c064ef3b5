//! Compiles the built-in scenarios to components, with the code that `insula build` offers to everyone.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, error::Error, fs};

const SCENARIOS: [&str; 6] =
    ["minimal", "standard", "multi_clinic", "with_appointment", "busy_calendar", "full_clinic"];

fn main() -> ExitCode {
    if let Err(error) = embed() {
        eprintln!("error: {error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn embed() -> Result<(), Box<dyn Error>> {
    let plugins = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("..");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let folders = SCENARIOS.map(|name| plugins.join(name));
    // Known before the build, so that a failed one is tried again when its author has mended it.
    for folder in &folders {
        println!("cargo::rerun-if-changed={}", folder.join("src").display());
    }
    let built = insula_build::Builder::default()
        .target_dir(guests(&out)?)
        .build(&folders.each_ref().map(PathBuf::as_path))?;

    let mut list = String::from("&[\n");
    for (name, artifact) in SCENARIOS.iter().zip(&built) {
        list += &format!("Builtin {{ name: {name:?}, wasm: include_bytes!({:?}) }},\n", artifact.path);
        for input in &artifact.inputs {
            println!("cargo::rerun-if-changed={}", input.display());
        }
    }
    fs::write(out.join("builtins.rs"), list + "]")?;
    Ok(())
}

/// Beside the outer build, whose lock it must not wait for, and kept when the outer build's profile changes.
fn guests(out: &Path) -> Result<PathBuf, &'static str> {
    let target = out.ancestors().nth(4).ok_or("OUT_DIR does not lie in a target folder")?;
    Ok(target.join("guests"))
}
