//! What those who write scenarios use: inspect and test.

use serde_json::json;

use crate::program::Place;

const WARDS: &str = r#"
name: wards
version: 1.0.0
title: Wards with patients.
params:
  patients: { type: integer, minimum: 0, maximum: 9, default: 2 }
examples:
  - title: Two patients
clinics:
  - name: Northside Clinic
    members: [{ role: practitioner, as: doctor }]
    appointment_types: [{ name: Check-up, minutes: 30, offered_by: [doctor], as: check-up }]
    patients: [{ repeat: "{{ params.patients }}", as: patient }]
    appointments:
      - repeat: "{{ params.patients }}"
        practitioner: doctor
        patient: "patient/{{ n }}"
        appointment_type: check-up
        starts: "next monday {{ 8 + n }}:00"
"#;

#[test]
fn a_plugin_says_what_it_is_and_what_it_touches() {
    let place = Place::new();
    place.write("wards.scenario.yaml", WARDS);
    let inspected = place.json(&["inspect", "wards.scenario.yaml"]);
    assert_eq!(inspected["manifest"]["name"], "wards");
    assert_eq!(inspected["manifest"]["params_schema"]["properties"]["patients"]["maximum"], 9);
    assert_eq!(inspected["contract"], "0.1.0");
    let imports = inspected["imports"].as_array().unwrap();
    assert!(
        imports.iter().all(|import| import.as_str().unwrap().starts_with("insula:scenario/")),
        "{imports:?}"
    );

    place.json(&["build", "wards.scenario.yaml"]);
    let built = place.json(&["inspect", "wards.wasm"]);
    assert_eq!(built["digest"], inspected["digest"]);
    assert!(place.run(&["inspect", "wards.wasm"]).stdout.contains("Wards with patients."));

    place.write("notes.wasm", "notes");
    let ran = place.run(&["inspect", "notes.wasm"]);
    assert!(ran.code == Some(1) && ran.stderr.contains("not WebAssembly"), "{ran:?}");
}

#[test]
fn a_sound_scenario_passes_its_tests_and_keeps_its_golden_draft() {
    let place = Place::new();
    place.write("wards.scenario.yaml", WARDS);
    let tests = |args: &[&str]| {
        let tested = place.json(&[&["test"], args].concat());
        let tests = tested[0]["tests"].as_array().unwrap().clone();
        assert!(tests.iter().all(|test| test["passed"] == true), "{tested:#}");
        tests.into_iter().map(|test| test["test"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let without = ["it loads", "example: Two patients", "50 params that fit", "50 params that do not fit"];
    assert_eq!(tests(&[]), without);
    tests(&["--update"]);
    let golden = place.path("golden/wards/two-patients.json");
    let draft = std::fs::read_to_string(&golden).unwrap();
    assert!(draft.contains("Northside Clinic"));
    assert!(
        tests(&["wards.scenario.yaml", "--junit", "tests.xml"]).contains(&"golden: Two patients".to_owned())
    );
    let xml = std::fs::read_to_string(place.path("tests.xml")).unwrap();
    assert!(xml.contains("<testsuite name=\"wards\" tests=\"5\"") && xml.contains("failures=\"0\""), "{xml}");

    place.write("wards.scenario.yaml", WARDS.replace("Northside", "Southside"));
    let ran = place.run(&["test"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stdout.contains("\"name\": \"Southside Clinic\""), "{ran:?}");
    assert!(ran.stdout.contains("insula test --update"), "{ran:?}");
}

#[test]
fn a_fault_is_shown_by_the_smallest_params_that_have_it() {
    let place = Place::new();
    // Made-up params may be refused by name of a rule; examples must build.
    let overlapping = WARDS.replace("{{ 8 + n }}:00", "9:00");
    place.write("wards.scenario.yaml", overlapping);
    let ran = place.run(&["test", "--json"]);
    let tested: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let test = |name: &str| {
        let tests = tested[0]["tests"].as_array().unwrap();
        tests.iter().find(|test| test["test"] == name).unwrap_or_else(|| panic!("{tested:#}")).clone()
    };
    assert_eq!(test("50 params that fit")["passed"], json!(true));
    let why = test("example: Two patients")["why"].as_str().unwrap().to_owned();
    assert!(why.contains("overlap") && why.contains("(at /clinics/0/appointments/0, repetition 2)"), "{why}");

    place.plugins(&["says_it_failed"]);
    let ran = place.run(&["test", "plugins", "--json"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stdout.contains("{} fits the schema, but:"), "{ran:?}");
}

#[test]
fn what_holds_no_scenario_is_told_so() {
    let place = Place::new();
    for path in [".", "nothing.txt"] {
        let ran = place.run(&["test", path]);
        assert!(ran.code == Some(2) && ran.stderr.contains("*.scenario.yaml"), "{ran:?}");
    }
}

/// What `insula new` says comes next, done.
fn from_nothing(language: &str) -> Place {
    let place = Place::new();
    let begun = place.json(&["new", "first_steps", "--lang", language]);
    for next in begun["next"].as_array().unwrap() {
        let call: Vec<&str> = next.as_str().unwrap().split_whitespace().skip(1).collect();
        if call[0] == "up" {
            let up = place.up(&call[1..]);
            let (status, answer) =
                up.post("/api/test/seed", json!({ "scenario": "first_steps", "params": { "patients": 7 } }));
            assert_eq!((status, &answer["counts"]["patients"]), (201, &json!(7)), "{answer:#}");
        } else {
            let ran = place.run(&call);
            assert_eq!(ran.code, Some(0), "{call:?}: {ran:?}");
        }
    }
    assert_eq!(place.run(&["new", "first_steps"]).code, Some(2), "it would have been written over");
    place
}

#[test]
fn a_first_scenario_in_yaml_runs_as_it_is_told() {
    from_nothing("yaml");
}

#[test]
fn a_first_scenario_in_rust_runs_as_it_is_told() {
    let place = from_nothing("rust");
    let source = std::fs::read_to_string(place.path("first_steps/src/lib.rs")).unwrap();
    let line = 1 + source.lines().position(|line| line.contains("patients[0]")).unwrap();
    place.write("first_steps/src/lib.rs", source.replace("patients[0]", "patients[patients.len()]"));
    place.json(&["build", "first_steps", "--out", "plugins", "--source-lines"]);
    let ran = place.run(&["seed", "first_steps", "--plugins", "plugins"]);
    let frame = format!("src/lib.rs:{line})");
    assert!(ran.code == Some(1) && ran.stderr.contains(&frame), "{frame}: {ran:?}");
}

#[test]
fn a_first_scenario_in_typescript_runs_as_it_is_told() {
    from_nothing("typescript");
}

#[test]
fn a_name_that_no_scenario_may_have_is_refused() {
    for name in ["First", "1st", "a-b", "../a"] {
        let ran = Place::new().run(&["new", name]);
        assert!(ran.code == Some(2) && ran.stderr.contains("a to z"), "{ran:?}");
    }
}
