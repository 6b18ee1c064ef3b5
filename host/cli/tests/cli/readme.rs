//! The commands of README.md, as they stand there.

use std::path::Path;

use serde_json::{Value, json};

use crate::catalog::ward;
use crate::program::{PROGRAM, Place, Ran, ran};
use crate::publish::tsc;
use crate::typescript::{blocks, sdk};

const README: &str = include_str!("../../../../README.md");

/// What stands under a heading.
fn section(heading: &str) -> &'static str {
    let rest = README.split(&format!("\n## {heading}\n")).nth(1).unwrap_or_else(|| panic!("no {heading}"));
    rest.split("\n## ").next().unwrap()
}

/// The commands of the only block of commands in a section.
fn commands(heading: &str) -> Vec<String> {
    let [block] = blocks(section(heading), "sh").try_into().unwrap();
    block.lines().map(|line| line.split(" #").next().unwrap().trim_end().to_owned()).collect()
}

fn shell(place: &Place, command: &str) -> Ran {
    let programs = Path::new(PROGRAM).parent().unwrap();
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    ran(place.command_of(Path::new("sh"), &["-euc", command]).env("PATH", path))
}

fn works(place: &Place, command: &str) -> String {
    let ran = shell(place, command);
    assert_eq!(ran.code, Some(0), "{command}: {ran:?}");
    ran.stdout
}

/// The arguments of `insula up …`.
fn up(command: &str) -> Vec<&str> {
    command.strip_prefix("insula up ").unwrap_or_else(|| panic!("{command}")).split_whitespace().collect()
}

#[test]
fn its_types_are_written_compiled_and_used() {
    let place = Place::new();
    let commands = commands("Types for your tests");
    let (serves, others): (Vec<&String>, Vec<_>) =
        commands.iter().partition(|command| command.starts_with("insula up"));
    for command in others {
        works(&place, command);
    }
    assert!(place.path("scenarios/busy_calendar.md").exists());

    let [test] = blocks(section("Types for your tests"), "ts").try_into().unwrap();
    place.write("e2e/calendar.ts", test);
    let compiled = tsc(&place, "e2e/calendar.ts", &[]);
    assert_eq!(compiled.code, Some(0), "{compiled:?}");
    let up = place.up(&up(serves[0]));
    let bundle = "--bundle --format=esm --platform=node --outfile=calendar.mjs --log-level=error";
    let esbuild = sdk().join("node_modules/.bin/esbuild");
    works(&place, &format!("{} e2e/calendar.ts {bundle}", esbuild.display()));
    let said = works(&place, &format!("INSULA_URL={} node calendar.mjs", up.url()));
    assert!(said.contains(".ey") || said.starts_with("20"), "a day and a token: {said}");
    let listed = place.json(&["islands", "--label", "calendar.spec.ts", "--server", up.url()]);
    assert_eq!(listed["total"], 1);
}

#[test]
fn its_stories_are_told() {
    let place = Place::new();
    place.write("plugins/clash.scenario.yaml", crate::explain::CLASH);
    let island = place.json(&["seed", "standard"])["island_id"].as_str().unwrap().to_owned();
    let refused = place.run(&["seed", "clash", "--param", "starts=09:15", "--plugins", "plugins"]);
    assert_eq!(refused.code, Some(4), "{refused:?}");
    let events = place.json(&["events"]);
    let event = events["events"].as_array().unwrap().iter().find(|it| it["kind"] == "refused").unwrap();
    let commands = commands("What did it do?");
    assert!(commands.iter().any(|command| command.ends_with(" 42")) && commands.len() >= 5, "{commands:?}");
    for command in &commands {
        let command = command.replace("0199…", &island).replace(" 42", &format!(" {}", event["id"]));
        let said = works(&place, &format!("export INSULA_PLUGINS=plugins; {command}"));
        assert!(!said.is_empty(), "{command}");
    }
    assert!(std::fs::read_to_string(place.path("island.sql")).unwrap().contains("INSERT INTO \"clinics\""));
}

#[test]
fn what_it_watches_is_swapped_in() {
    let place = Place::new();
    place.write("waiting_room/waiting_room.scenario.yaml", waiting_room("1.0.0", 1));
    let [command] = commands("While you work on it").try_into().unwrap();
    let up = place.up(&up(&command));
    let seeded =
        || up.post("/api/test/seed", json!({ "scenario": "waiting_room" })).1["counts"]["patients"].clone();
    assert_eq!(seeded(), json!(1));
    place.write("waiting_room/waiting_room.scenario.yaml", waiting_room("1.0.0", 2));
    crate::watch::eventually("the change", || seeded() == json!(2));
}

fn waiting_room(version: &str, patients: u32) -> String {
    ward(version, patients).replace("name: ward", "name: waiting_room")
}

#[test]
fn its_versions_are_added_rolled_back_and_removed() {
    let place = Place::new();
    let seeded = |wanted: &[&str]| -> Value {
        place.json(&[&["seed", "waiting_room"][..], wanted].concat())["version"].clone()
    };
    place.write("waiting_room.scenario.yaml", waiting_room("1.0.0", 1));
    place.json(&["add", "waiting_room.scenario.yaml"]);
    place.write("waiting_room.scenario.yaml", waiting_room("1.1.0", 2));
    let [add, roll_back, remove] = commands("For everybody: versions").try_into().unwrap();
    works(&place, &add);
    assert_eq!((seeded(&[]), seeded(&["--version", "^1"])), (json!("1.1.0"), json!("1.1.0")));
    works(&place, &roll_back);
    assert_eq!(seeded(&[]), json!("1.0.0"));
    works(&place, &remove);
    assert_eq!(place.run(&["seed", "waiting_room", "--version", "=1.0.0"]).code, Some(3));
    assert_eq!(seeded(&["--version", "=1.1.0"]), json!("1.1.0"));
    assert!(place.path("insula.lock").exists());
}
