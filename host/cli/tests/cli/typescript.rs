//! Scenarios in TypeScript, from the guide to a plugin. They are built with Node and npm.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use serde_json::json;

use crate::program::{PROGRAM, Place, ran};

const SDK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../sdk/typescript");

/// The SDK, with what its lock file names.
pub fn sdk() -> &'static Path {
    static INSTALLED: LazyLock<PathBuf> = LazyLock::new(|| {
        let sdk = Path::new(SDK).canonicalize().unwrap();
        if !sdk.join("node_modules").exists() {
            let npm = ["install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund"];
            let ran = ran(Command::new("npm").args(npm).current_dir(&sdk));
            assert_eq!(ran.code, Some(0), "{ran:?}");
        }
        sdk
    });
    &INSTALLED
}

/// An npm package with the SDK as it stands in this repository.
pub fn package(place: &Place, name: &str) {
    place.write(&format!("{name}/package.json"), r#"{ "private": true, "type": "module" }"#);
    let tsconfig = r#"{ "extends": "@insula/sdk/tsconfig.json", "include": ["*.ts"] }"#;
    place.write(&format!("{name}/tsconfig.json"), tsconfig);
    for (dependency, at) in [("@insula/sdk", sdk().to_owned()), ("zod", sdk().join("node_modules/zod"))] {
        let link = place.path(&format!("{name}/node_modules/{dependency}"));
        std::fs::create_dir_all(link.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(at, link).unwrap();
    }
}

/// The blocks of a language in the guide.
pub fn blocks(guide: &str, language: &str) -> Vec<String> {
    let begin = format!("```{language}\n");
    let blocks = guide.split(&begin).skip(1);
    blocks.map(|rest| rest.split_once("```").unwrap().0.to_owned()).collect()
}

/// `sdk/typescript/README.md` to the letter.
#[test]
fn the_guide_to_typescript_works_as_it_stands() {
    let guide = std::fs::read_to_string(Path::new(SDK).join("README.md")).unwrap();
    let place = Place::new();
    let shell = |script: &str| {
        let path =
            format!("{}:{}", Path::new(PROGRAM).parent().unwrap().display(), std::env::var("PATH").unwrap());
        let ran = ran(place.command_of(Path::new("sh"), &["-euxc", script]).env("PATH", path));
        assert_eq!(ran.code, Some(0), "{ran:?}");
    };
    let [steps, up, request] = blocks(&guide, "sh").try_into().unwrap();
    shell(&steps);
    let body = request.split('\'').nth(3).unwrap();
    let up: Vec<&str> = up.split_whitespace().skip(2).collect();
    let host = || place.command(&[&["up", "--json", "--listen", "127.0.0.1:0"], up.as_slice()].concat());
    let seed = |body: serde_json::Value| {
        let host = crate::program::Up::start(host().current_dir(place.path("first_visit")));
        host.post("/api/test/seed", body)
    };
    let (status, seeded) = seed(serde_json::from_str(body).unwrap());
    assert_eq!((status, &seeded["named"]["visit"]["kind"]), (201, &json!("appointment")), "{seeded:#}");

    // The scenarios that the guide shows, in the same package.
    for scenario in blocks(&guide, "ts") {
        let name = scenario.lines().next().unwrap().strip_prefix("// ").unwrap();
        place.write(&format!("first_visit/{name}"), &scenario);
    }
    shell("cd first_visit; insula test .; insula build . --out plugins");
    let (status, seeded) = seed(json!({ "scenario": "WaitingRoom", "params": { "patients": 7 } }));
    assert_eq!((status, &seeded["outputs"]), (201, &json!({ "waiting": 7 })), "{seeded:#}");
    let (status, seeded) = seed(json!({ "scenario": "one_more_patient" }));
    assert_eq!((status, &seeded["counts"]["patients"]), (201, &json!(1)), "{seeded:#}");
}

#[test]
fn a_package_of_which_something_is_missing_is_told_what() {
    let place = Place::new();
    let told = |args: &[&str], code: i32, what: &[&str]| {
        let ran = place.run(args);
        assert_eq!(ran.code, Some(code), "{ran:?}");
        assert!(what.iter().all(|what| ran.stderr.contains(what)), "{ran:?}");
    };
    place.write("alone.scenario.ts", "");
    told(&["build", "alone.scenario.ts"], 2, &["no npm package", "insula new NAME --lang typescript"]);
    place.write("package.json", "{}");
    std::fs::remove_file(place.path("alone.scenario.ts")).unwrap();
    told(&["build", "."], 2, &["*.scenario.ts"]);
    place.write("alone.scenario.ts", "");
    told(&["build", "."], 5, &["npm install --ignore-scripts"]);
    place.write("package.json", r#"{ "dependencies": { "zod": "file:nowhere.tgz" } }"#);
    place.write("package-lock.json", r#"{ "lockfileVersion": 3, "packages": {} }"#);
    told(&["test", "."], 5, &["npm install failed", "package-lock.json"]);

    let without_node = ran(place.command(&["build", "."]).env("PATH", "/nowhere"));
    assert!(
        without_node.stderr.contains("Node 18 or newer") && without_node.stderr.contains("nodejs.org"),
        "{without_node:?}"
    );
}

/// What is made of it would be kept in plugins/, and is not.
#[test]
fn a_scenario_that_says_wrong_things_of_itself_is_named_by_its_file() {
    let place = Place::new();
    package(&place, "visits");
    let scenario = r#"import { scenario } from "@insula/sdk";
export default scenario({ name: "Bad name", version: "1.0.0", title: "T", build() {} });
"#;
    place.write("visits/visit.scenario.ts", scenario);
    let ran = place.run(&["build", "visits"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stderr.contains("visits/visit.scenario.ts") && ran.stderr.contains("Bad name"), "{ran:?}");
    assert!(!ran.stderr.contains("plugins/"), "{ran:?}");
}

#[test]
fn the_doctor_knows_node() {
    let place = Place::new();
    let doctor = |path: &str| {
        let mut command = Command::new(PROGRAM);
        command.args(["doctor", "--json", "--listen", "127.0.0.1:0"]).current_dir(place.folder.path());
        let findings: serde_json::Value =
            serde_json::from_str(&ran(command.env("PATH", path)).stdout).unwrap();
        let findings = findings.as_array().unwrap().clone();
        findings.into_iter().find(|finding| finding["what"] == "node").unwrap()
    };
    assert_eq!(doctor(&std::env::var("PATH").unwrap())["state"], "ok");
    let missing = doctor("/nowhere");
    assert_eq!(missing["state"], "warning");
    assert!(missing["mend"].as_str().unwrap().contains("nodejs"), "{missing}");
}
