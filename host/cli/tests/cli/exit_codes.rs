//! What the exit codes say, and what is said with them.

use serde_json::json;

use crate::program::{Place, ran};

#[test]
fn zero_is_done() {
    let place = Place::new();
    let island = place.json(&["seed", "minimal"]);
    assert_eq!(place.run(&["islands", island["island_id"].as_str().unwrap()]).code, Some(0));
    let id = island["island_id"].as_str().unwrap();
    assert_eq!(place.json(&["end", id])[0]["removed"], true);
    assert!(place.json(&["reset"])["rows"].is_object());
}

#[test]
fn one_is_a_scenario_that_fails() {
    let place = Place::new();
    place.plugins(&["traps_after_50_entities", "allocates_without_end"]);
    let problem =
        place.run(&["seed", "traps_after_50_entities", "--plugins", "plugins", "--json"]).problem(1);
    assert_eq!(problem["type"], "/problems/scenario-failed");
    let problem = place.run(&["seed", "allocates_without_end", "--plugins", "plugins", "--json"]).problem(1);
    assert_eq!(
        (&problem["type"], &problem["quota"]),
        (&json!("/problems/quota-exceeded"), &json!("memory_bytes"))
    );
    assert!(place.islands().is_empty());
}

#[test]
fn two_is_what_was_written() {
    let place = Place::new();
    place.write("wrong.toml", "[quotas]\nfuell = 1\n");
    place.plugins(&["imports_wasi"]);
    for (args, said) in [
        (&["seed"][..], "<NAME>"),
        (&["seed", "minimal", "--param", "days"], "--param \"days\" has no value"),
        (&["seed", "minimal", "--param", "=1"], "--param \"=1\" has no name"),
        (&["seed", "minimal", "--params", "nowhere.json"], "cannot read nowhere.json"),
        (&["seed", "minimal", "--config", "wrong.toml"], "unknown field `fuell`"),
        (&["seed", "minimal", "--database", "mysql://localhost/app"], "only SQLite and PostgreSQL"),
        (&["seed", "minimal", "--token-algorithm", "rs256"], "needs a private key"),
        (&["seed", "minimal", "--plugins", "plugins"], "wasi"),
        (&["seed", "minimal", "--adopt-database", "other.db"], "\"other.db\""),
        (&["seed", "minimal", "--log", "insula=loud"], "--log"),
        (&["reset", "--server", "http://127.0.0.1:1", "--database", "a.db"], "--database"),
        (&["reset", "--server", "localhost:7357"], "http and https"),
        (&["up", "--listen", "0.0.0.0:0"], "INSULA_API_KEY"),
        (&["seed", "minimal", "--version", "new"], "version requirement"),
    ] {
        let ran = place.run(args);
        assert!(ran.code == Some(2) && ran.stderr.contains(said), "{args:?}: {ran:?}");
        assert_eq!(ran.stdout, "", "{args:?}");
    }
}

#[test]
fn two_is_two_plugins_of_one_name_and_version_as_well() {
    let place = Place::new();
    place.plugins(&["duplicates_another", "good"]);
    for args in [&["seed", "minimal"][..], &["up", "--listen", "127.0.0.1:0"]] {
        let ran = place.run(&[args, &["--plugins", "plugins"]].concat());
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{ran:?}");
        for said in
            ["plugins/duplicates_another.wasm", "plugins/good.wasm", "good 1.0.0", "raise the version"]
        {
            assert!(ran.stderr.contains(said), "{said}: {ran:?}");
        }
    }
    // Each of them loads by itself.
    let ran = place.run(&["doctor", "--listen", "127.0.0.1:0", "--plugins", "plugins", "--json"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let found = finding(&ran, "plugins");
    assert_eq!(found["state"], "error");
    assert!(found["found"].as_str().unwrap().contains("good 1.0.0"), "{found}");
}

#[test]
fn three_is_what_is_not_there() {
    let place = Place::new();
    let ran = place.run(&["seed", "standart"]);
    assert!(ran.code == Some(3) && ran.stderr.contains("minimal"), "the names that exist are told: {ran:?}");
    assert_eq!(place.run(&["plan", "standart"]).code, Some(3));
    assert_eq!(place.run(&["scenarios", "standart"]).code, Some(3));
    assert_eq!(place.run(&["scenarios", "minimal", "--version", "^99"]).code, Some(3));
    let nowhere = "01890000-0000-7000-8000-000000000000";
    assert_eq!(place.run(&["islands", nowhere]).code, Some(3));
    assert_eq!(place.run(&["seed", "minimal", "--into", nowhere]).code, Some(3));
}

#[test]
fn four_is_params_that_do_not_fit() {
    let place = Place::new();
    let args = ["seed", "busy_calendar", "--param", "appointments=0", "--param", "colour=red"];
    let problem = place.run(&[&args[..], &["--json"]].concat()).problem(4);
    let mut pointers: Vec<&str> = problem["violations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|violation| violation["pointer"].as_str().unwrap())
        .collect();
    pointers.sort_unstable();
    assert_eq!(pointers, ["/params", "/params/appointments"]);
    let text = place.run(&args).stderr;
    assert!(text.contains("  /params/appointments: "), "{text}");
}

#[test]
fn five_is_a_server_that_is_not_there() {
    let place = Place::new();
    let ran = place.run(&["scenarios", "--server", "http://127.0.0.1:1"]);
    assert!(ran.code == Some(5) && ran.stderr.contains("does not answer"), "{ran:?}");
    let ran = ran_with_env(&place, "INSULA_SERVER", "http://127.0.0.1:1");
    assert_eq!(ran.code, Some(5), "the environment names it as well: {ran:?}");
}

fn ran_with_env(place: &Place, name: &str, value: &str) -> crate::program::Ran {
    ran(place.command(&["scenarios"]).env(name, value))
}

#[test]
fn the_doctor_finds_what_is_broken_and_makes_no_database() {
    let place = Place::new();
    let healthy = place.run(&["doctor", "--json", "--listen", "127.0.0.1:0"]);
    assert_eq!(healthy.code, Some(0), "{healthy:?}");
    assert!(!place.path(".insula/insula.db").exists());

    place.write(
        "text.db",
        "this is no database, and long enough for one to be told from an empty file".repeat(9),
    );
    place.plugins(&["good", "not_wasm"]);
    let args =
        ["doctor", "--json", "--listen", "127.0.0.1:0", "--database", "text.db", "--plugins", "plugins"];
    let sick = place.run(&args);
    assert_eq!(sick.code, Some(1));
    let findings: serde_json::Value = serde_json::from_str(&sick.stdout).unwrap();
    let broken: Vec<&str> = findings
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["state"] == "error")
        .map(|finding| finding["what"].as_str().unwrap())
        .collect();
    assert_eq!(broken, ["plugins", "database"], "{findings:#}");
}

/// What the doctor found out about one thing.
fn finding(ran: &crate::program::Ran, what: &str) -> serde_json::Value {
    let findings: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    findings.as_array().unwrap().iter().find(|finding| finding["what"] == what).unwrap().clone()
}

#[test]
fn the_doctor_looks_for_the_linker() {
    let place = Place::new();
    let args = ["doctor", "--json", "--listen", "127.0.0.1:0"];
    assert_eq!(finding(&place.run(&args), "linker")["state"], "ok");
    let missing = finding(&ran(place.command(&args).env("PATH", "/nowhere")), "linker");
    assert_eq!(missing["state"], "warning");
    assert!(missing["mend"].as_str().unwrap().contains("apt-get install gcc libc6-dev"), "{missing}");
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let place = Place::new();
    let pipe = format!("{} scenarios --json | true", crate::program::PROGRAM);
    let ran = ran(&mut place.command_of("sh".as_ref(), &["-c", &pipe]));
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
}
