//! The program on PostgreSQL.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use insula_test_postgres::Database;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::program::{Place, Up, get, heard, post};

#[test]
fn all_is_done_there_that_is_done_in_a_file() {
    let (place, database) = (Place::new(), Database::fresh());
    let url = database.url();
    let on = |args: &[&str]| place.json(&[args, &["--database", &url]].concat());
    let island = on(&["seed", "standard", "--relaxed-durability"]);
    let id = island["island_id"].as_str().unwrap();
    assert_eq!(database.sql("SELECT count(*) FROM patients"), "1");
    assert_eq!(on(&["islands", id])["counts"], island["counts"]);
    place.plugins(&["good"]);
    on(&["seed", "good", "--plugins", "plugins", "--into", id]);
    assert_eq!(on(&["islands"])["total"], 1);
    on(&["end", id]);
    assert_eq!(database.sql("SELECT count(*) FROM patients"), "0");
    on(&["seed", "minimal"]);
    assert_eq!(on(&["reset"])["rows"]["clinics"], 1);
    assert!(!place.path(".insula/insula.db").exists());
}

#[test]
fn doctor_says_whether_it_answers() {
    let (place, database) = (Place::new(), Database::fresh());
    let found = |url: &str| {
        let ran = place.run(&["doctor", "--listen", "127.0.0.1:0", "--json", "--database", url]);
        let findings: Value = serde_json::from_str(&ran.stdout).unwrap();
        findings.as_array().unwrap().iter().find(|finding| finding["what"] == "database").unwrap().clone()
    };
    let well = found(&database.url());
    assert_eq!(well["state"], "ok", "{well}");
    assert!(well["found"].as_str().unwrap().contains("answers"), "{well}");
    let away = found("postgres://me:secret@127.0.0.1:1/tests");
    assert_eq!(away["state"], "error");
    assert!(away["found"].as_str().unwrap().contains("no server answers there"), "{away}");
    assert!(!away.to_string().contains("secret"));
}

#[test]
fn one_that_is_not_for_tests_is_refused_until_it_is_named() {
    let (place, database) = (Place::new(), Database::fresh());
    let url = database.url();
    database.sql("CREATE TABLE orders (id int)");
    let ran = place.run(&["seed", "minimal", "--database", &url]);
    assert!(ran.code == Some(5) && ran.stderr.contains("orders"), "{ran:?}");
    let adopt = format!("--adopt-database {}", database.name());
    assert!(ran.stderr.contains(&adopt), "{ran:?}");
    assert_eq!(
        place.run(&["seed", "minimal", "--database", &url, "--adopt-database", "other"]).code,
        Some(2)
    );
    place.json(&["seed", "minimal", "--database", &url, "--adopt-database", database.name()]);
    place.json(&["seed", "minimal", "--database", &url]);
}

/// Two hosts seed into one database, and one of them is killed.
#[test]
fn of_two_hosts_one_is_killed_and_nothing_acknowledged_is_lost() {
    let (places, database) = ([Place::new(), Place::new()], Database::fresh());
    let url = database.url();
    let hosts = [0, 1].map(|host: usize| places[host].up(&["--scenario", "minimal", "--database", &url]));
    let request = json!({
        "scenario": "busy_calendar", "seed": 7, "clock": "2026-01-05T09:00:00Z", "params": { "appointments": 160 },
    });
    let killed = AtomicBool::new(false);
    let acknowledged: Vec<Value> = thread::scope(|scope| {
        let (hosts, request, killed) = (&hosts, &request, &killed);
        let ask = |host: usize| {
            let mut islands = Vec::new();
            while let Some((status, island)) = post(hosts[host].url(), "/api/test/seed", request) {
                assert_eq!(status, 201, "{island}");
                islands.push(island);
                if host == 0 && islands.len() == 10 && !killed.swap(true, Ordering::Relaxed) {
                    hosts[0].signal("KILL");
                }
                // The other goes on for as long as there is something to disturb, and a little longer.
                if host == 1 && islands.len() >= 20 && killed.load(Ordering::Relaxed) {
                    break;
                }
            }
            islands
        };
        let askers: Vec<_> = (0..4).map(|number| scope.spawn(move || ask(number % 2))).collect();
        askers.into_iter().flat_map(|asker| asker.join().unwrap()).collect()
    });
    drop(hosts);
    let on = |args: &[&str]| places[1].json(&[args, &["--database", &url]].concat());
    let listed = on(&["islands", "--limit", "1000"]);
    let listed: Vec<&Value> = listed["islands"].as_array().unwrap().iter().collect();
    for island in &acknowledged {
        let id = &island["island_id"];
        assert!(listed.iter().any(|kept| kept["island_id"] == *id), "{id} was acknowledged and is lost");
    }
    let whole = &acknowledged[0]["counts"];
    for island in &listed {
        let island = on(&["islands", island["island_id"].as_str().unwrap()]);
        assert!(
            island["scenario"] == "minimal" || &island["counts"] == whole,
            "it is not whole: {}",
            island["counts"]
        );
    }
    let ids: Vec<&str> = listed.iter().map(|island| island["island_id"].as_str().unwrap()).collect();
    on(&[&["end"], &ids[..]].concat());
    let left = on(&["reset"]);
    let left = left["rows"].as_object().unwrap().keys().filter(|table| !table.starts_with("insula_"));
    assert_eq!(left.count(), 0, "rows of no island");
}

/// Nobody has to ask for it.
#[test]
fn of_two_hosts_one_is_killed_and_the_other_ends_its_islands_when_their_time_is_over() {
    let (places, database) = ([Place::new(), Place::new()], Database::fresh());
    let url = database.url();
    let [first, other] =
        [0, 1].map(|host: usize| places[host].up(&["--scenario", "minimal", "--database", &url]));
    let seed = |up: &Up, ttl: &str| {
        let (status, island) = up.post("/api/test/seed", json!({ "scenario": "standard", "ttl": ttl }));
        assert_eq!(status, 201, "{island}");
        island
    };
    let stay = [seed(&first, "1h"), seed(&first, "keep"), seed(&other, "keep")];
    let short = [(); 8].map(|()| seed(&first, "10s"));
    first.kill();
    let killed_at = Timestamp::now();
    for island in &short {
        let id = island["island_id"].as_str().unwrap();
        // The lease of the reaper that was killed has to end as well.
        let mut kinds = heard(other.url(), id, "expired");
        kinds.retain(|kind| kind != "answered");
        assert_eq!(kinds, ["seeded", "expired"]);
        let (status, certificate) = get(other.url(), &format!("/api/test/islands/{id}/certificate")).unwrap();
        assert_eq!(
            (status, &certificate["clean"], &certificate["expired"]),
            (200, &json!(true), &json!(true))
        );
        let ended_at = instant(&certificate["ended_at"]);
        assert!(ended_at >= instant(&island["expires_at"]), "it ended early: {certificate}");
        assert!(ended_at > killed_at, "the other host ended it: {certificate}");
    }
    for island in &stay {
        let path = format!("/api/test/islands/{}", island["island_id"].as_str().unwrap());
        let (status, shown) = get(other.url(), &path).unwrap();
        assert_eq!((status, &shown["counts"]), (200, &island["counts"]), "{shown}");
    }
    let (_, verified) = get(other.url(), "/api/test/verify/cleanup").unwrap();
    assert_eq!((&verified["clean"], &verified["certificates"]), (&json!(true), &json!(8)), "{verified}");
}

fn instant(value: &Value) -> Timestamp {
    value.as_str().unwrap().parse().unwrap()
}
