//! Ending islands, and what proves it; on the database here, and by a server.

use serde_json::json;

use crate::program::Place;
use crate::suite::{Suite, both};

both!(
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

#[test]
fn killed_while_islands_are_removed_each_is_whole_or_gone() {
    let place = Place::new();
    let up = place.up(&["--scenario", "minimal"]);
    let request = json!({ "scenario": "busy_calendar", "label": "many", "params": { "appointments": 160 } });
    for _ in 0..60 {
        assert_eq!(up.post("/api/test/seed", request.clone()).0, 201);
    }
    let path = up.url().to_owned();
    let sweeping = std::thread::spawn(move || crate::program::delete(&path, "/api/test/islands?label=many"));
    let before = up.ticks();
    while up.ticks() < before + 3 {
        std::thread::yield_now();
    }
    up.kill();
    sweeping.join().unwrap();
    let verified = place.json(&["verify", "cleanup"]);
    assert_eq!(verified["clean"], true, "{verified}");
    place.json(&["sweep", "--label", "many", "--yes"]);
    let verified = place.json(&["verify", "cleanup"]);
    assert_eq!(verified["clean"], true, "{verified}");
}
