//! Compiles the interpreter, with the code that `insula build` offers to everyone.

use std::path::PathBuf;
use std::process::ExitCode;
use std::{env, error::Error, fs};

fn main() -> ExitCode {
    if let Err(error) = embed() {
        eprintln!("error: {error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn embed() -> Result<(), Box<dyn Error>> {
    let guest = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../guest");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    // Known before the build, so that a failed one is tried again when its author has mended it.
    for folder in ["guest", "src"] {
        println!("cargo::rerun-if-changed={}", guest.with_file_name(folder).display());
    }
    // Beside the outer build, whose lock it must not wait for, and where plugins/bundle builds as well.
    let target = out.ancestors().nth(4).ok_or("OUT_DIR does not lie in a target folder")?;
    for artifact in insula_build::Builder::default().target_dir(target.join("guests")).build(&[&guest])? {
        let module = artifact.module.as_ref().ok_or("cargo made no module of the interpreter")?;
        fs::copy(module, out.join("interpreter.wasm"))?;
        for input in &artifact.inputs {
            println!("cargo::rerun-if-changed={}", input.display());
        }
    }
    Ok(())
}
