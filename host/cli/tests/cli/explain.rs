//! `insula explain` and `insula replay`.

use serde_json::{Value, json};

use crate::program::Place;

pub const CLASH: &str = r#"
name: clash
version: 1.0.0
title: Two appointments at once.
params:
  starts: { type: string, default: "09:30" }
clinics:
  - name: Northside Clinic
    members: [{ role: practitioner, as: doctor }]
    appointment_types: [{ name: Check-up, minutes: 30, offered_by: [doctor], as: check-up }]
    patients: [{ as: patient }]
    appointments:
      - { practitioner: doctor, patient: patient, appointment_type: check-up, starts: next monday 09:00 }
      - { practitioner: doctor, patient: patient, appointment_type: check-up, starts: "next monday {{ params.starts }}" }
"#;

fn calls(explained: &Value) -> Vec<&str> {
    let calls = explained["runs"][0]["run"]["journal"]["calls"].as_array().unwrap();
    calls.iter().map(|call| call["call"].as_str().unwrap()).collect()
}

#[test]
fn the_runs_of_an_island_are_told_call_by_call() {
    let place = Place::new();
    let annex = "name: annex\nversion: 1.0.0\ntitle: One more.\nclinics: [{ name: Annex }]\n";
    place.write("plugins/annex.scenario.yaml", annex);
    let island = place.json(&["seed", "standard"])["island_id"].as_str().unwrap().to_owned();
    place.json(&["seed", "annex", "--into", &island, "--plugins", "plugins"]);
    let explained = place.json(&["explain", &island, "--plugins", "plugins"]);
    let same: Vec<&Value> = explained["runs"].as_array().unwrap().iter().map(|run| &run["same"]).collect();
    assert_eq!(same, [&json!(true), &json!(true)], "{explained:#}");
    assert_eq!(explained.get("changed_since"), None);
    let calls = calls(&explained);
    assert!(calls.starts_with(&["create-clinic"]) && calls.contains(&"create-availabilities"), "{calls:?}");
    let first = &explained["runs"][0]["run"]["journal"]["calls"][0];
    assert_eq!(
        (&first["input"]["name"], &first["returned"]["handle"]),
        (&json!("Northside Clinic"), &json!(0))
    );

    let told = place.run(&["explain", &island, "--plugins", "plugins"]).stdout;
    assert!(told.contains("create-clinic") && told.contains("built in"), "{told}");
    let replayed = place.run(&["replay", &island, "--plugins", "plugins"]);
    assert!(replayed.code == Some(0) && replayed.stdout.contains("standard 1.0.0: the same"), "{replayed:?}");
}

#[test]
fn what_the_application_changed_is_told_as_the_first_difference() {
    let place = Place::new();
    let island = place.json(&["seed", "standard"])["island_id"].as_str().unwrap().to_owned();
    place.sql("UPDATE patients SET full_name = 'Somebody Else'");
    let changed = &place.json(&["replay", &island])["changed_since"];
    assert_eq!((&changed["kind"], &changed["field"]), (&json!("patient"), &json!("full_name")));
    assert_eq!(changed["found"], json!("\"Somebody Else\""));
    let told = place.run(&["explain", &island]).stdout;
    assert!(told.contains("since changed: patient 0, full_name was"), "{told}");
}

#[test]
fn a_refusal_is_told_by_the_call_that_was_refused() {
    let place = Place::new();
    place.write("plugins/clash.scenario.yaml", CLASH);
    let plugins = ["--plugins", "plugins"];
    let refused = place.run(&[&["seed", "clash", "--param", "starts=09:15"][..], &plugins].concat());
    assert_eq!(refused.code, Some(4), "{refused:?}");
    let events = place.json(&["events"]);
    let event = events["events"].as_array().unwrap().iter().find(|it| it["kind"] == "refused").unwrap();
    let number = event["id"].to_string();
    let explained = place.json(&[&["explain", &number][..], &plugins].concat());
    let run = &explained["runs"][0];
    assert_eq!(
        (&run["outcome"], &run["same"], &run["params"]["starts"]),
        (&json!("refused"), &json!(true), &json!("09:15"))
    );
    let last = run["run"]["journal"]["calls"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["call"], &last["refused"]["rule"]), (&json!("create-appointments"), &json!("overlap")));
    let told = place.run(&[&["explain", &number][..], &plugins].concat()).stdout;
    assert!(told.contains("REFUSED, overlap") && told.contains("refused: "), "{told}");

    // The scenario was mended since.
    place.write("plugins/clash.scenario.yaml", CLASH.replace("{{ params.starts }}", "14:00"));
    let replayed = place.run(&[&["replay", &number][..], &plugins].concat());
    assert!(replayed.code == Some(1) && replayed.stdout.contains("it was refused"), "{replayed:?}");
}

#[test]
fn a_request_may_ask_for_its_journal() {
    let place = Place::new();
    let planned = place.json(&["plan", "minimal", "--journal"]);
    assert_eq!(planned["run"]["journal"]["calls"][0]["call"], "create-clinic");
    assert_eq!(place.json(&["plan", "minimal"])["run"].get("journal"), None);
}

#[test]
fn what_is_neither_island_nor_event_is_told_so() {
    let place = Place::new();
    assert_eq!(place.run(&["explain", "standard"]).code, Some(2));
    let ran = place.run(&["explain", "77"]);
    assert!(ran.code == Some(3) && ran.stderr.contains("there is no event 77"), "{ran:?}");
}

#[test]
fn an_island_is_exported_and_loaded_elsewhere() {
    let place = Place::new();
    let up = place.up(&[]);
    let seeded = up
        .post(
            "/api/test/seed",
            json!({ "scenario": "busy_calendar", "params": { "appointments": 1_500, "practitioners": 10, "days": 20 } }),
        )
        .1;
    let island = seeded["island_id"].as_str().unwrap();
    place.sql("UPDATE patients SET full_name = 'Robert''); DROP TABLE patients; --'");
    let server = ["--server", up.url()];
    let export = |format: &str, place_of: &[&str]| {
        let ran = place.run(&[&["explain", island, "--export", format][..], place_of].concat());
        assert_eq!(ran.code, Some(0), "{ran:?}");
        ran.stdout
    };
    let told: Value = serde_json::from_str(&export("json", &server)).unwrap();
    assert_eq!(told["entities"]["appointments"].as_array().unwrap().len(), 1_500);
    assert_eq!(told["entities"]["patients"][0]["full_name"], "Robert'); DROP TABLE patients; --");
    assert_eq!(told, serde_json::from_str::<Value>(&export("json", &[])).unwrap());

    let statements = |text: &str| text.split_once('\n').unwrap().1.to_owned();
    assert_eq!(statements(&export("sql", &[])), statements(&export("sql", &server)));
    let written = place.json(&["explain", island, "--export", "sql", "--out", "island.sql"]);
    assert_eq!(written["path"], "island.sql");
    let elsewhere = ["--database", "sqlite:elsewhere.db"];
    place.json(&[&["islands"][..], &elsewhere].concat());
    let text = std::fs::read_to_string(place.path("island.sql")).unwrap();
    place.sql_in("elsewhere.db", &text);
    let there: Value = serde_json::from_str(&export("json", &elsewhere)).unwrap();
    assert_eq!(there, told);
    assert_eq!(place.run(&[&["replay", island][..], &elsewhere].concat()).code, Some(0));
}

#[test]
fn what_cannot_be_exported_says_why() {
    let place = Place::new();
    let told = |args: &[&str], code: i32, what: &str| {
        let ran = place.run(args);
        assert!(ran.code == Some(code) && ran.stderr.contains(what), "{ran:?}");
    };
    told(&["explain", "42", "--export", "sql"], 2, "insula islands");
    told(&["explain", "42", "--out", "island.sql"], 2, "--export");
    told(&["explain", "0190a6a0-0000-7000-8000-000000000000", "--export", "json"], 3, "no island");
    let island = place.json(&["seed", "minimal"])["island_id"].as_str().unwrap().to_owned();
    told(&["explain", &island, "--export", "sql", "--out", "not/there.sql"], 1, "not/there.sql");
}
