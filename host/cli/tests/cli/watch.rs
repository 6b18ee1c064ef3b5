//! Scenarios that change while they are watched.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::catalog::ward;
use crate::program::{Place, Up, post};

/// Longer than anything takes on the slowest machine.
const DEADLINE: Duration = Duration::from_secs(120);

/// Asks again and again until it is so.
fn eventually(what: &str, mut ask: impl FnMut() -> bool) {
    let began = Instant::now();
    while !ask() {
        assert!(began.elapsed() < DEADLINE, "{what} did not happen within {DEADLINE:?}");
        std::thread::yield_now();
    }
}

/// How many patients the ward has that this server seeds; nothing where it has no ward.
fn patients(up: &Up) -> Option<u64> {
    let (_, answer) = post(up.url(), "/api/test/seed", &json!({ "scenario": "ward" })).unwrap();
    answer["counts"]["patients"].as_u64()
}

#[test]
fn a_document_is_swapped_in_and_a_broken_one_leaves_the_last_good_version() {
    let place = Place::new();
    place.write("ward.scenario.yaml", ward("1.0.0", 1));
    let up = place.up(&["ward.scenario.yaml"]);
    assert_eq!(patients(&up), Some(1));
    place.write("ward.scenario.yaml", ward("1.0.0", 2));
    eventually("another one of the same version", || patients(&up) == Some(2));

    place.write("ward.scenario.yaml", "name: ward\nversion: 1.0.0\ntitel: broken\n");
    let errors = up.stderr();
    eventually("the error", || errors.try_iter().any(|line| line.contains("titel")));
    assert_eq!(patients(&up), Some(2));
    place.write("ward.scenario.yaml", ward("1.1.0", 3));
    eventually("the mended one", || patients(&up) == Some(3));
}

#[test]
fn plugins_come_and_go_with_their_files() {
    let place = Place::new();
    std::fs::create_dir(place.path("plugins")).unwrap();
    let up = place.up(&["--plugins", "plugins"]);
    assert_eq!(patients(&up), None);
    place.write("plugins/ward.scenario.yaml", ward("1.0.0", 1));
    eventually("a new document", || patients(&up) == Some(1));
    std::fs::rename(place.path("plugins/ward.scenario.yaml"), place.path("ward.scenario.yaml")).unwrap();
    eventually("it is out", || patients(&up).is_none());
    // As another program puts it there: whole, or built there.
    place.write("ward.scenario.yaml", ward("1.0.0", 4));
    place.json(&["build", "ward.scenario.yaml", "--out", "plugins"]);
    eventually("a plugin that was built there", || patients(&up) == Some(4));
    place.write("ward.scenario.yaml", ward("1.0.0", 5));
    place.json(&["build", "ward.scenario.yaml", "--out", "plugins"]);
    eventually("and again", || patients(&up) == Some(5));
}

/// A package of this scenario: so many patients.
fn package(place: &Place, patients: &str) {
    let sdk = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sdk/rust").canonicalize().unwrap();
    let manifest = format!(
        "[package]\nname = \"ward\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[lib]\ncrate-type = [\"cdylib\", \
         \"rlib\"]\n\n[dependencies]\ninsula-sdk = {{ path = {sdk:?} }}\n\n[workspace]\n"
    );
    if !place.path("ward/Cargo.toml").exists() {
        place.write("ward/Cargo.toml", manifest);
    }
    let source = format!(
        "use insula::prelude::*;\n/// A ward.\n#[insula::scenario(name = \"ward\", version = \"1.0.0\")]\n\
         fn build(island: &mut Island) -> Result<()> {{\n    let clinic = island.clinic(\"North\").create()?;\n    \
         island.create_all((1..={patients}).map(|n| clinic.patient().key(format!(\"patient/{{n}}\"))))?;\n    Ok(())\n}}\n"
    );
    place.write("ward/src/lib.rs", source);
}

#[test]
fn a_package_is_compiled_and_swapped_in() {
    let place = Place::new();
    package(&place, "1");
    let up = place.up(&["ward"]);
    assert_eq!(patients(&up), Some(1));
    package(&place, "2");
    eventually("another one of the same version", || patients(&up) == Some(2));
    package(&place, "no_number");
    let errors = up.stderr();
    eventually("the error", || errors.try_iter().any(|line| line.contains("no_number")));
    assert_eq!(patients(&up), Some(2));
    package(&place, "3");
    eventually("the mended one", || patients(&up) == Some(3));
}

#[test]
fn watch_builds_whatever_changes() {
    let place = Place::new();
    place.write("ward.scenario.yaml", ward("1.0.0", 1));
    let mut command = place.command(&["watch", "--json", "--out", "built"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut built = serde_json::Deserializer::from_reader(child.stdout.take().unwrap()).into_iter::<Value>();
    let mut errors = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    assert_eq!(built.next().unwrap().unwrap()["path"], "built/ward.wasm");
    place.write("ward.scenario.yaml", "name: ward\n");
    assert!(errors.any(|line| line.contains("mistake")));
    place.write("ward.scenario.yaml", ward("1.1.0", 2));
    let again = built.next().unwrap().unwrap();
    assert_eq!((&again["scenario"], &again["version"]), (&json!("ward"), &json!("1.1.0")));
    assert_eq!(place.json(&["inspect", "built/ward.wasm"])["digest"], again["digest"]);
    place.write(
        "tiny.scenario.yaml",
        "name: tiny\nversion: 1.0.0\ntitle: A clinic.\nclinics: [{ name: North }]\n",
    );
    assert_eq!(built.next().unwrap().unwrap()["scenario"], "tiny", "also what is new");
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(place.run(&["watch", "nowhere"]).code, Some(2));
}
