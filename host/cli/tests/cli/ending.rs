//! Ending islands, and what proves it; on the database here, and by a server.

use serde_json::{Value, json};

use crate::program::{Place, Up, delete};
use crate::suite::{Suite, both, id};

both!(
    those_that_are_older_go_and_the_others_stay,
    those_of_a_scenario_go_and_the_others_stay,
    a_certificate_that_is_lost_is_seen,
    a_reset_keeps_the_certificates_of_what_had_ended,
    what_happened_is_as_it_is_where_no_event_can_be_written,
);

#[test]
fn islands_are_swept_when_it_is_said_twice() {
    let place = Place::new();
    for label in ["a", "b", "a"] {
        place.json(&["seed", "minimal", "--label", label]);
    }
    assert_eq!(place.run(&["sweep"]).code, Some(2), "a sweep of all is refused");
    let plan = place.json(&["sweep", "--label", "a"]);
    assert_eq!(plan["would_remove"].as_array().unwrap().len(), 2);
    assert_eq!(place.islands().len(), 3);
    let swept = place.json(&["sweep", "--label", "a", "--yes"]);
    assert_eq!((swept["islands"].as_array().unwrap().len(), &swept["stuck"]), (2, &json!([])));
    assert_eq!(place.islands().len(), 1);
    assert!(place.run(&["verify", "cleanup"]).stderr.contains("Clean"));
}

#[test]
fn an_island_that_is_stuck_is_named_with_its_reason() {
    let place = Place::new();
    let island = place.json(&["seed", "standard", "--label", "a", "--ttl", "keep"]);
    let id = island["island_id"].as_str().unwrap();
    place.sql("CREATE TRIGGER keep BEFORE DELETE ON patients BEGIN SELECT RAISE(ABORT, 'kept by law'); END");
    let problem = place.run(&["end", id, "--json"]).problem(1);
    assert_eq!(problem["type"], "/problems/island-stuck");
    assert!(problem["reasons"][0].as_str().unwrap().contains("kept by law"), "{problem}");
    let swept = place.run(&["sweep", "--label", "a", "--yes"]);
    assert!(swept.code == Some(1) && swept.stderr.contains("kept by law"), "{swept:?}");
    let verified = place.run(&["verify", "cleanup", id]);
    assert!(verified.code == Some(1) && verified.stderr.contains("is stuck"), "{verified:?}");
    place.sql("DROP TRIGGER keep");
    assert_eq!(place.json(&["end", id])[0]["certificate"]["clean"], true);
    assert_eq!(place.json(&["verify", "cleanup", id])["clean"], true);
    let events = place.json(&["events", id]);
    let kinds: Vec<_> = events["events"].as_array().unwrap().iter().map(|event| &event["kind"]).collect();
    assert_eq!(kinds, ["seeded", "answered", "stuck", "stuck", "ended"]);
}

#[test]
fn a_certificate_that_was_changed_is_seen() {
    let place = Place::new();
    let island = place.json(&["seed", "minimal"]);
    let id = island["island_id"].as_str().unwrap();
    place.json(&["end", id]);
    place.sql(
        "UPDATE insula_certificate SET certificate = replace(certificate, '\"clinics\":1', '\"clinics\":2')",
    );
    let verified = place.run(&["verify", "cleanup"]);
    assert!(verified.code == Some(1) && verified.stderr.contains("was changed"), "{verified:?}");
}

fn a_certificate_that_is_lost_is_seen(suite: &Suite) {
    let [lost, kept] = [suite.seed(), suite.seed()];
    suite.json(&["end", &lost]);
    suite.sql("DELETE FROM insula_certificate");
    suite.json(&["end", &kept]);
    for args in [&["verify", "cleanup"][..], &["verify", "cleanup", &lost]] {
        let verified = suite.run(args);
        let said = format!("island {lost} ended, and its certificate is gone");
        assert!(verified.code == Some(1) && verified.stderr.contains(&said), "{verified:?}");
    }
    assert_eq!(suite.json(&["verify", "cleanup", &kept])["clean"], true);
    let there = suite.seed();
    assert_eq!(suite.run(&["verify", "cleanup", &there]).code, Some(3), "it has not ended");
}

fn a_reset_keeps_the_certificates_of_what_had_ended(suite: &Suite) {
    let (ended, there) = (suite.seed(), suite.seed());
    let certificate = suite.json(&["end", &ended])[0]["certificate"].clone();
    assert_eq!(suite.json(&["reset"])["rows"]["insula_island"], 1);
    assert_eq!(suite.json(&["end", &ended])[0]["certificate"], certificate);
    let verified = suite.json(&["verify", "cleanup"]);
    assert_eq!((&verified["clean"], &verified["certificates"]), (&json!(true), &json!(1)), "{verified}");
    assert_eq!(suite.run(&["end", &there]).code, Some(3));
    // Whoever takes it away afterwards is seen as well.
    suite.sql("DELETE FROM insula_certificate");
    assert_eq!(suite.run(&["verify", "cleanup"]).code, Some(1));
}

fn what_happened_is_as_it_is_where_no_event_can_be_written(suite: &Suite) {
    suite.seed();
    suite.forbid("INSERT ON insula_event");
    let backup = suite.run(&["backup", "--name", "mine", "--json"]);
    assert_eq!(backup.json()["name"], "mine");
    assert!(backup.stderr.contains("kept by law"), "{backup:?}");
    assert_eq!(suite.json(&["backups"])["backups"][0]["good"], true);
    let session = suite.run(&["session", "begin", "--json"]).json();
    assert_eq!(suite.json(&["backups"])["backups"][0]["name"], session["session_id"]);
    // What is refused is refused for its own reason.
    let unknown = suite.run(&["end", "01990000-0000-7000-8000-000000000000", "--json"]).problem(3);
    assert_eq!(unknown["type"], "/problems/unknown-island");
}

/// Sweeps by one filter and its value.
type Sweep = fn(&Suite, &Up, [&str; 2]) -> Value;

/// On the database itself, by a server, and by a request.
const WAYS: [Sweep; 3] = [
    |suite, _, [what, value]| suite.json(&["sweep", &format!("--{what}"), value, "--yes"]),
    |suite, up, [what, value]| {
        suite.place.json(&["sweep", &format!("--{what}"), value, "--yes", "--server", up.url()])
    },
    |_, up, [what, value]| {
        let path = format!("/api/test/islands?{}={value}", what.replace('-', "_"));
        let (status, swept) = delete(up.url(), &path).unwrap();
        assert_eq!(status, 200, "{swept}");
        swept
    },
];

/// The islands that a sweep ended, each with the proof of it.
fn went(swept: &Value) -> Vec<String> {
    assert_eq!(swept["stuck"], json!([]), "{swept}");
    let ended = swept["islands"].as_array().unwrap();
    assert!(ended.iter().all(|ended| ended["certificate"]["clean"] == true), "{swept}");
    ended.iter().map(id).collect()
}

fn those_that_are_older_go_and_the_others_stay(suite: &Suite) {
    let up = suite.up(&[]);
    let young = suite.seed();
    let mut stay = vec![young.clone(), up.first_island().to_owned()];
    stay.sort();
    for sweep in WAYS {
        let mut old = [(); 2].map(|()| id(&suite.json(&["seed", "standard", "--label", "old"])));
        old.sort();
        suite.sql(suite.either(
            "UPDATE insula_island SET created_at = created_at - 2 * 3600000000 WHERE label = 'old'",
            "UPDATE insula_island SET created_at = created_at - interval '2 hours' WHERE label = 'old'",
        ));
        assert_eq!(went(&sweep(suite, &up, ["older-than", "3h"])), [""; 0]);
        let plan = suite.json(&["sweep", "--older-than", "1h"]);
        let mut planned: Vec<String> = plan["would_remove"].as_array().unwrap().iter().map(id).collect();
        planned.sort();
        assert_eq!(planned, old);
        assert_eq!(went(&sweep(suite, &up, ["older-than", "1h"])), old);
        assert_eq!(suite.islands(), stay);
        assert_eq!(suite.json(&["verify", "cleanup"])["clean"], true);
    }
    // All are older than no time at all, and one filter does not widen another.
    let (status, swept) = delete(up.url(), "/api/test/islands?older_than=0s&scenario=standard").unwrap();
    assert_eq!((status, went(&swept)), (200, vec![young]));
    assert_eq!(went(&WAYS[2](suite, &up, ["older-than", "0s"])), [up.first_island()]);
    assert!(suite.islands().is_empty());
}

fn those_of_a_scenario_go_and_the_others_stay(suite: &Suite) {
    let up = suite.up(&[]);
    for (sweep, name) in WAYS.into_iter().zip(["StandardClinic", "StandardClinic", "standard"]) {
        let mut standard = [suite.seed(), suite.seed()];
        standard.sort();
        assert_eq!(went(&sweep(suite, &up, ["scenario", "multi_clinic"])), [""; 0]);
        // By whichever of its names.
        let plan = suite.json(&["sweep", "--scenario", "StandardClinic"]);
        assert_eq!(plan["would_remove"].as_array().unwrap().len(), 2, "{plan}");
        assert_eq!(suite.json(&["islands", "--scenario", "StandardClinic"])["total"], 2);
        assert_eq!(went(&sweep(suite, &up, ["scenario", name])), standard);
        assert_eq!(suite.islands(), [up.first_island()]);
        assert_eq!(suite.json(&["verify", "cleanup"])["clean"], true);
    }
}
