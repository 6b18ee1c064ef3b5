//! Scenarios that change while they are watched.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::catalog::ward;
use crate::program::{Place, Up, post, ran};

/// Longer than anything takes on the slowest machine.
const DEADLINE: Duration = Duration::from_secs(120);

/// Asks again and again until it is so.
pub fn eventually(what: &str, mut ask: impl FnMut() -> bool) {
    let began = Instant::now();
    while !ask() {
        assert!(began.elapsed() < DEADLINE, "{what} did not happen within {DEADLINE:?}");
        // Each question is a request, and what is waited for may be a compiler: it is to have the machine.
        std::thread::sleep(Duration::from_millis(50));
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

/// `sdk/rust/README.md` to the letter, from an empty folder; and what it says of saving.
#[test]
fn the_guide_to_rust_works_as_it_stands() {
    let sdk = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sdk/rust").canonicalize().unwrap();
    let guide = std::fs::read_to_string(sdk.join("README.md")).unwrap();
    let block = |language: &str| {
        let (_, rest) = guide.split_once(&format!("```{language}\n")).unwrap();
        rest.split_once("```").unwrap().0
    };
    let said = |command: &str| {
        assert!(guide.contains(&format!("`{command}`")), "{command}");
        command.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    let place = Place::new();
    let new = said("cargo new --lib my-scenario");
    let made = ran(place.command_of(Path::new(&new[0]), &[]).args(&new[1..]));
    assert_eq!(made.code, Some(0), "{made:?}");
    let manifest = std::fs::read_to_string(place.path("my-scenario/Cargo.toml")).unwrap();
    let settings = block("toml").replace("…/sdk/rust", sdk.to_str().unwrap());
    place.write("my-scenario/Cargo.toml", manifest.replace("[dependencies]\n", &settings));
    let scenario = block("rust");
    let write = |scenario: &str| drop(place.write("my-scenario/src/lib.rs", scenario));
    write(scenario);

    let up = place.up(&[&said("insula up my-scenario")[2]]);
    let body = block("sh").split_once("-d '").unwrap().1.split('\'').next().unwrap();
    let body: Value = serde_json::from_str(body).unwrap();
    let seed = || up.post("/api/test/seed", body.clone());
    let clinic = || seed().1["clinics"][0]["name"].as_str().map(str::to_owned);
    let (status, island) = seed();
    assert_eq!((status, &island["named"]["visit"]["kind"]), (201, &"appointment".into()), "{island:#}");

    write(&scenario.replace("Northside", "Southside"));
    eventually("another one of the same version", || clinic().as_deref() == Some("Southside Clinic"));
    write(&scenario.replace("create()?", "no_such_thing()?"));
    let errors = up.stderr();
    eventually("the error", || errors.try_iter().any(|line| line.contains("no_such_thing")));
    assert_eq!(clinic().as_deref(), Some("Southside Clinic"));
    write(scenario);
    eventually("the mended one", || clinic().as_deref() == Some("Northside Clinic"));

    for command in ["insula build my-scenario", "insula add my-scenario"] {
        let words = said(command);
        let did = place.run(&words[1..].iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(did.code, Some(0), "{did:?}");
    }
    assert_eq!(place.json(&["seed", "first_visit"])["counts"]["appointments"], 1);
}

/// A scenario in TypeScript: so many patients.
fn typescript(place: &Place, patients: &str) {
    const SOURCE: &str = r#"
import { scenario } from "@insula/sdk";
import { count } from "./count";

export default scenario({
  name: "ward",
  version: "1.0.0",
  title: "A ward.",
  build(island) {
    const clinic = island.clinic("North").create();
    for (let n = 0; n < count; n++) clinic.patient().key(`patient/${n}`).create();
  },
});
"#;
    place.write("ward/count.ts", format!("export const count: number = {patients};\n"));
    if !place.path("ward/ward.scenario.ts").exists() {
        place.write("ward/ward.scenario.ts", SOURCE);
    }
}

/// Not the scenario's own file changes, but one that it imports.
#[test]
fn typescript_is_checked_and_swapped_in() {
    let place = Place::new();
    crate::typescript::package(&place, "ward");
    typescript(&place, "1");
    let up = place.up(&["ward/ward.scenario.ts"]);
    assert_eq!(patients(&up), Some(1));
    typescript(&place, "2");
    eventually("another one of the same version", || patients(&up) == Some(2));
    typescript(&place, "'many'");
    let errors = up.stderr();
    eventually("the error", || errors.try_iter().any(|line| line.contains("types do not fit")));
    assert_eq!(patients(&up), Some(2));
    typescript(&place, "3");
    eventually("the mended one", || patients(&up) == Some(3));
}

/// A scenario that takes this param.
fn asks_for(param: &str) -> String {
    format!(
        "name: ward\nversion: 1.0.0\ntitle: A ward.\nparams: {{ {param}: {{ type: integer, default: 1 }} }}\n\
         clinics: [{{ name: North }}]\n"
    )
}

#[test]
fn types_are_written_again_whenever_a_scenario_changes() {
    let place = Place::new();
    let types = |file: &str| std::fs::read_to_string(place.path(file)).unwrap_or_default();
    place.write("ward.scenario.yaml", asks_for("beds"));
    let up = place.up(&["ward.scenario.yaml", "--types", "e2e/insula.ts"]);
    let knows = |what: &str| types("e2e/insula.ts").contains(what);
    eventually("the first types", || knows("beds?: number;") && knows("busy_calendar"));
    place.write("ward.scenario.yaml", asks_for("rooms"));
    eventually("other types", || knows("rooms?: number;") && !knows("beds"));
    place.write("annex.scenario.yaml", asks_for("floors").replace("ward", "annex"));
    place.json(&["add", "annex.scenario.yaml"]);
    eventually("those of what another host added", || knows("floors?: number;"));
    drop(up);

    let mut watch = place.command(&["watch", "ward.scenario.yaml", "--types", "types.py"]);
    let mut child = watch.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    eventually("in Python as well", || types("types.py").contains("rooms"));
    place.write("ward.scenario.yaml", asks_for("beds"));
    eventually("and again", || {
        types("types.py").contains("beds") && types("types.py").contains("busy_calendar")
    });
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(place.run(&["watch", "--types", "types.txt"]).code, Some(2));
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
