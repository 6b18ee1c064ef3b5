//! `insula build`: from a package or a document to a plugin that a host takes.

use std::path::Path;

use crate::program::{Place, ran};

const TINY: &str = "name: tiny\nversion: 1.2.3\ntitle: A clinic.\nclinics: [{ name: North }]\n";

#[test]
fn what_is_built_runs() {
    let place = Place::new();
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugins/minimal");
    let built = place.json(&["build", package.to_str().unwrap(), "--out", "plugins"]);
    assert_eq!(built[0]["scenario"], "minimal", "{built:#}");
    let plugin = built[0]["path"].as_str().unwrap();
    assert!(place.path(plugin).exists() && plugin.starts_with("plugins/"), "{plugin}");
}

#[test]
fn what_is_no_package_is_told_so() {
    let place = Place::new();
    let ran = place.run(&["build", "."]);
    assert!(ran.code == Some(2) && ran.stderr.contains("Cargo.toml"), "{ran:?}");
}

#[test]
fn a_document_becomes_a_plugin_where_it_stands() {
    let place = Place::new();
    place.write("a.scenario.yaml", TINY);
    let built = place.json(&["build", "a.scenario.yaml"]);
    assert_eq!((&built[0]["scenario"], &built[0]["version"]), (&"tiny".into(), &"1.2.3".into()));
    assert!(place.path("tiny.wasm").exists());
    std::fs::create_dir(place.path("plugins")).unwrap();
    std::fs::rename(place.path("tiny.wasm"), place.path("plugins/tiny.wasm")).unwrap();
    let planned = place.json(&["plan", "tiny", "--plugins", "plugins"]);
    assert_eq!(planned["counts"]["clinics"], 1);
}

#[test]
fn a_mistake_in_a_document_is_told_with_its_place() {
    let place = Place::new();
    place.write(
        "a.scenario.yaml",
        "name: tiny\nversion: 1.2.3\ntitle: A clinic.\nclinics: [{ nam: North }]\n",
    );
    let problem = place.run(&["build", "a.scenario.yaml", "--json"]).problem(1);
    assert_eq!((&problem["mistakes"][0]["line"], &problem["mistakes"][0]["column"]), (&4.into(), &13.into()));
    let ran = place.run(&["build", "a.scenario.yaml"]);
    assert!(
        ran.stderr.contains("a.scenario.yaml:4:13") && ran.stderr.contains("unknown key `nam`"),
        "{ran:?}"
    );
}

#[test]
fn nothing_is_written_where_two_would_be_one_file() {
    let place = Place::new();
    place.write("a.scenario.yaml", TINY);
    place.write("b.scenario.yaml", TINY.replace("North", "South"));
    place.write("c/c.scenario.yaml", TINY.replace("North", "West"));
    for args in [&["build", "."][..], &["build", "a.scenario.yaml", "c", "--out", "plugins"]] {
        let ran = place.run(args);
        let other = if args.len() == 2 { "b.scenario.yaml" } else { "c/c.scenario.yaml" };
        assert_eq!(ran.code, Some(2), "{ran:?}");
        for said in ["a.scenario.yaml", other, "tiny.wasm"] {
            assert!(ran.stderr.contains(said), "{said}: {ran:?}");
        }
        assert!(!place.path("tiny.wasm").exists() && !place.path("plugins").exists());
    }
    place.json(&["build", "a.scenario.yaml", "c"]);
    place.json(&["build", "a.scenario.yaml", "./a.scenario.yaml"]);
}

#[test]
fn a_path_with_nothing_at_it_is_told_so() {
    let ran = Place::new().run(&["build", "nope"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("there is nothing at nope"), "{ran:?}");
    assert!(ran.stderr.contains("*.scenario.ts"), "{ran:?}");
}

#[test]
fn without_cargo_it_says_what_installs_it() {
    let place = Place::new();
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugins/minimal");
    let mut build = place.command(&["build", package.to_str().unwrap()]);
    let ran = ran(build.env("PATH", "/nowhere"));
    assert!(ran.code == Some(5) && ran.stderr.contains("apt-get install cargo-web"), "{ran:?}");
}

/// `schemas/README.md` to the letter.
#[test]
fn the_guide_to_yaml_works_as_it_stands() {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/README.md");
    let guide = std::fs::read_to_string(guide).unwrap();
    let block = |language: &str| {
        let (_, rest) = guide.split_once(&format!("```{language}\n")).unwrap();
        rest.split_once("```").unwrap().0
    };
    let place = Place::new();
    place.write("waiting_room.scenario.yaml", block("yaml"));
    let calls = block("sh").lines().map(|line| line.split('#').next().unwrap().split_whitespace().collect());
    for call in calls.collect::<Vec<Vec<&str>>>() {
        let (program, args) = call.split_first().unwrap();
        assert_eq!(*program, "insula");
        if args[0] == "up" {
            let up = place.up(&args[1..]);
            let seeded = up.post(
                "/api/test/seed",
                serde_json::json!({ "scenario": "waiting_room", "params": { "patients": 7 } }),
            );
            assert_eq!((seeded.0, &seeded.1["counts"]["patients"]), (201, &7.into()));
            assert_eq!(seeded.1["named"]["visit"]["kind"], "appointment", "{:#}", seeded.1["named"]);
        } else {
            let ran = place.run(args);
            assert_eq!(ran.code, Some(0), "{ran:?}");
        }
    }
}
