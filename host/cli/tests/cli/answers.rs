//! A command gives the same answer whether an engine here or a server did the work.

use serde_json::{Value, json};

use crate::program::Place;

/// What differs between two runs of the same request: ids and what carries them, times of day, and costs.
fn mask(value: &mut Value) {
    const IDS: [&str; 4] = ["id", "island_id", "clinic_id", "user_id"];
    const CARRY_IDS: [&str; 4] = ["email", "subject", "access_token", "roles"];
    const TIMES_AND_COSTS: [&str; 4] = ["created_at", "updated_at", "expires_at", "micros"];
    let varies = |name: &str| [IDS, CARRY_IDS, TIMES_AND_COSTS].iter().any(|names| names.contains(&name));
    let is_id = |text: &str| text.len() == 36 && text.matches('-').count() == 4;
    match value {
        Value::Object(members) => {
            // Only a server has requests.
            members.retain(|name, _| !["instance", "request_id"].contains(&name.as_str()));
            for (name, value) in members {
                if varies(name) {
                    *value = json!("…");
                } else {
                    mask(value);
                }
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(mask),
        Value::String(text) if is_id(text) => *value = json!("…"),
        _ => {}
    }
}

fn masked(text: &str) -> Value {
    let mut value = serde_json::from_str(text).unwrap_or_else(|reason| panic!("{reason}: {text}"));
    mask(&mut value);
    value
}

#[test]
fn here_and_at_a_server() {
    let (here, there) = (Place::new(), Place::new());
    let up = there.up(&["--scenario", "minimal"]);
    here.json(&["seed", "minimal", "--label", "the first island of insula up"]);
    let fixed = ["--seed", "7", "--clock", "2026-01-05T09:00:00Z"];
    let calls: [&[&str]; 12] = [
        &["scenarios"],
        &["scenarios", "busy_calendar"],
        &["scenarios", "nothing"],
        &["plan", "standard"],
        &["plan", "busy_calendar", "--param", "appointments=0"],
        &["seed", "with_appointment", "--label", "a label", "--ttl", "90m"],
        &["seed", "full_clinic", "--idempotency-key", "k1"],
        &["seed", "full_clinic", "--idempotency-key", "k1"],
        &["seed", "minimal", "--idempotency-key", "k1"],
        &["islands"],
        &["islands", "--label", "a label", "--limit", "5"],
        &["islands", "01890000-0000-7000-8000-000000000000"],
    ];
    for call in calls {
        let runs = matches!(call[0], "seed" | "plan");
        let call = [call, if runs { &fixed } else { &[] }, &["--json"]].concat();
        let one = here.run(&call);
        let other = there.run(&[&call[..], &["--server", up.url()]].concat());
        assert_eq!(one.code, other.code, "{call:?}: {one:?} {other:?}");
        let (one, other) =
            if one.code == Some(0) { (one.stdout, other.stdout) } else { (one.stderr, other.stderr) };
        assert_eq!(masked(&one), masked(&other), "{call:?}");
    }
    for place in [&here, &there] {
        let ended = place.json(&["end", &place.islands()[0]]);
        assert_eq!(ended[0]["removed"], true);
    }
    let one = here.json(&["reset"]);
    let other = there.json(&["reset", "--server", up.url()]);
    assert_eq!(one, other);
}

#[test]
fn one_island_whole_is_what_was_seeded() {
    let place = Place::new();
    let seeded = place.json(&["seed", "full_clinic", "--seed", "7"]);
    let island = place.json(&["islands", seeded["island_id"].as_str().unwrap()]);
    for same in ["island_id", "scenario", "counts", "named"] {
        assert_eq!(island[same], seeded[same], "{same}");
    }
    assert_eq!(island["runs"][0]["digest"], seeded["digest"]);
    assert_eq!(island["entities"]["patients"], seeded["patients"]);
}

#[test]
fn adding_to_an_island_and_planning_leave_others_alone() {
    let place = Place::new();
    place.plugins(&["good"]);
    let alone = place.json(&["seed", "good", "--plugins", "plugins"]);
    let first = place.json(&["seed", "standard"]);
    let id = first["island_id"].as_str().unwrap();
    let into = ["good", "--plugins", "plugins", "--into", id];
    let planned = place.json(&[&["plan"], &into[..]].concat());
    assert_eq!(place.json(&["islands", id])["counts"], first["counts"]);
    let added = place.json(&[&["seed"], &into[..]].concat());
    assert_eq!(added["island_id"], id);
    assert_eq!(planned["counts"], added["counts"]);
    let users = |answer: &Value| answer["counts"]["users"].as_u64().unwrap();
    assert_eq!(users(&added), users(&first) + users(&alone));
    assert_eq!(place.json(&["islands"])["total"], 2);
}

#[test]
fn people_get_tables_without_colours_through_a_pipe() {
    let place = Place::new();
    let seeded = place.run(&["seed", "standard", "--seed", "7"]);
    assert!(seeded.stdout.contains("1 clinic, 2 users"), "{seeded:?}");
    assert!(seeded.stdout.contains("USER\tROLES\tEMAIL\tID\n"), "{seeded:?}");
    let islands = place.run(&["islands"]);
    assert!(islands.stdout.starts_with("ISLAND\tSCENARIO\tLABEL\tSTATE\tCREATED\tEXPIRES\n"), "{islands:?}");
    for text in [seeded.stdout, islands.stdout, place.run(&["seed", "nothing"]).stderr] {
        assert!(!text.contains('\u{1b}'), "{text:?}");
    }
}
