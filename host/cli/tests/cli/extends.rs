//! Scenarios that extend others.

use serde_json::{Value, json};

use crate::program::Place;

const SEED: [&str; 4] = ["--seed", "42", "--clock", "2026-01-05T09:00:00Z"];

/// The built-in scenario `with_appointment`, on top of `standard`.
const VISIT: &str = r#"
name: visit
version: 1.0.0
title: A visit to the standard clinic.
extends: standard
clinics:
  - name: Northside Clinic
    existing: true
    appointments:
      - practitioner: practitioner
        patient: patient
        appointment_type: check-up
        starts: next monday 09:30
        named: appointment
"#;

const BUSIER: &str = r#"
name: busier
version: 1.0.0
title: A full calendar, and someone new.
params:
  booked: { type: integer, minimum: 1, maximum: 20, default: 5 }
extends:
  scenario: busy_calendar
  version: ^1
  params: { appointments: "{{ params.booked * 2 }}", practitioners: 2 }
clinics:
  - name: Northside Clinic
    existing: true
    members: [{ role: practitioner, named: newcomer }]
    patients: [{ repeat: 3 }]
outputs:
  booked: "{{ params.booked }}"
"#;

fn place() -> Place {
    let place = Place::new();
    place.write("plugins/visit.scenario.yaml", VISIT);
    place.write("plugins/busier.scenario.yaml", BUSIER);
    place
}

fn plan(place: &Place, args: &[&str]) -> Value {
    place.json(&[&["plan"], args, &["--plugins", "plugins"], &SEED].concat())
}

#[test]
fn what_is_built_on_a_scenario_equals_what_is_built_at_once() {
    let place = place();
    let (extended, whole) = (plan(&place, &["visit"]), plan(&place, &["with_appointment"]));
    assert_eq!(extended["digest"], whole["digest"], "{extended:#}");
    assert_eq!(extended["named"], whole["named"]);
}

#[test]
fn a_base_gets_its_params_and_is_what_it_is_alone() {
    let place = place();
    let extended = plan(&place, &["busier", "--param", "booked=4"]);
    let base = plan(&place, &["busy_calendar", "--param", "appointments=8", "--param", "practitioners=2"]);
    assert_eq!(extended["entities"]["appointments"], base["entities"]["appointments"]);
    let (all, first) = (
        extended["entities"]["patients"].as_array().unwrap(),
        base["entities"]["patients"].as_array().unwrap(),
    );
    assert_eq!((all.len(), &all[..first.len()]), (first.len() + 3, &first[..]));
    // Someone new is somebody else, under the same keys.
    let name = |patient: &Value| patient["full_name"].as_str().unwrap().to_owned();
    assert_ne!(name(&all[first.len()]), name(&first[0]));
    assert_eq!(extended["outputs"], json!({ "booked": 4 }));
    // What it cost is what both cost.
    assert!(extended["run"]["fuel"].as_u64() > base["run"]["fuel"].as_u64(), "{extended:#}");
}

#[test]
fn an_extension_is_seeded_into_an_island_too() {
    let place = place();
    let annex = "name: annex\nversion: 1.0.0\ntitle: A clinic.\nclinics: [{ name: Annex }]\n";
    place.write("plugins/annex.scenario.yaml", annex);
    let annex = place.json(&["seed", "annex", "--plugins", "plugins"]);
    let island = annex["island_id"].as_str().unwrap().to_owned();
    let seeded = place.json(&["seed", "visit", "--plugins", "plugins", "--into", &island]);
    assert_eq!((&seeded["counts"]["clinics"], &seeded["counts"]["appointments"]), (&json!(2), &json!(1)));
    assert_eq!(seeded["island_id"], island);
}

#[test]
fn it_passes_its_tests_with_its_base_from_beside_it() {
    let place = place();
    let again = VISIT.replace("name: visit", "name: again").replace("extends: standard", "extends: visit");
    place.write(
        "plugins/again.scenario.yaml",
        again.replace("09:30", "10:30").replace("named: app", "named: 2nd-app"),
    );
    let tested = place.json(&["test", "plugins"]);
    for scenario in tested.as_array().unwrap() {
        let tests = scenario["tests"].as_array().unwrap();
        assert!(tests.len() > 1 && tests.iter().all(|test| test["passed"] == true), "{scenario:#}");
    }
    assert_eq!(tested.as_array().unwrap().len(), 3);
}

/// The second document of `schemas/README.md`.
#[test]
fn the_guides_document_works_as_it_stands() {
    let guide = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/README.md");
    let guide = std::fs::read_to_string(guide).unwrap();
    let document = guide.split("```yaml\n").nth(2).unwrap().split("```").next().unwrap();
    let place = Place::new();
    place.write("plugins/second_visit.scenario.yaml", document);
    assert_eq!(plan(&place, &["second_visit"])["named"]["visit"]["kind"], "appointment");
}

#[test]
fn what_cannot_be_extended_is_told_by_name() {
    let place = place();
    let fails = |name: &str, from: &str, to: &str, code: i32, says: &str| {
        place.write(
            &format!("plugins/{name}.scenario.yaml"),
            VISIT.replace("name: visit", &format!("name: {name}")).replace(from, to),
        );
        let ran = place.run(&["plan", name, "--plugins", "plugins"]);
        assert!(ran.code == Some(code) && ran.stderr.contains(says), "{says}: {ran:?}");
    };
    fails(
        "orphan",
        "extends: standard",
        "extends: nothing_like_it",
        1,
        "extends nothing_like_it: there is no scenario",
    );
    fails(
        "ahead",
        "extends: standard",
        "extends: { scenario: standard, version: ^7 }",
        1,
        "extends standard ^7",
    );
    fails("itself", "extends: standard", "extends: itself", 1, "extends itself: itself extends itself");
    let params = "extends: { scenario: standard, params: { rooms: 3 } }";
    fails("asking", "extends: standard", params, 1, "do not fit its schema");
    fails(
        "lost",
        "name: Northside Clinic",
        "name: Southside Clinic",
        4,
        "clinics that were: Northside Clinic",
    );
    place.write(
        "plugins/ring.scenario.yaml",
        VISIT.replace("name: visit", "name: ring").replace("standard", "rung"),
    );
    fails("rung", "extends: standard", "extends: ring", 1, "rung extends ring extends rung");
    // The others go on.
    assert_eq!(plan(&place, &["visit"])["counts"]["appointments"], 1);
}

#[test]
fn outputs_that_do_not_fit_their_schema_are_the_scenarios_fault() {
    let place = Place::new();
    let text = "name: odd\nversion: 1.0.0\ntitle: Odd.\nclinics: [{ name: North }]\noutputs: { first: 'n {{ 1 }}' }\n";
    place.write("plugins/odd.scenario.yaml", text);
    let shown = place.json(&["scenarios", "odd", "--plugins", "plugins"]);
    assert_eq!(shown["outputs_schema"]["properties"]["first"], json!({ "type": "string" }));
    let planned = place.json(&["plan", "odd", "--plugins", "plugins"]);
    assert_eq!(planned["outputs"], json!({ "first": "n 1" }));
}
