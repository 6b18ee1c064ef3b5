//! A server that is killed, at any moment, leaves whole islands or none.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use serde_json::{Value, json};

use crate::program::{Place, post};

#[test]
fn killed_in_the_middle_of_a_run_it_leaves_nothing_of_it() {
    let place = Place::new();
    place.plugins(&["loops_for_ever"]);
    let up = place.up(&["--plugins", "plugins"]);
    let first = up.first_island().to_owned();
    let (before, url) = (up.ticks(), up.url().to_owned());
    let asked = thread::spawn(move || post(&url, "/api/test/seed", &json!({ "scenario": "loops_for_ever" })));
    // An idle server uses no time: when it has used this much, the run is under way.
    while up.ticks() < before + 20 {
        thread::yield_now();
    }
    up.kill();
    assert!(asked.join().unwrap().is_none(), "the run cannot have ended");
    assert_eq!(place.islands(), [first]);
    let up = place.up(&[]);
    assert_eq!(up.post("/api/test/seed", json!({ "scenario": "standard" })).0, 201);
}

#[test]
fn killed_while_it_commits_every_island_is_whole() {
    let place = Place::new();
    let up = place.up(&["--scenario", "minimal"]);
    let request = json!({ "scenario": "busy_calendar", "seed": 7, "clock": "2026-01-05T09:00:00Z", "params": { "appointments": 160 } });
    let killed = AtomicBool::new(false);
    let acknowledged: Vec<Value> = thread::scope(|scope| {
        let ask = || {
            let mut islands = Vec::new();
            while let Some((status, island)) = post(up.url(), "/api/test/seed", &request) {
                assert_eq!(status, 201, "{island}");
                islands.push(island);
                // Some are written by now, and the others are at it.
                if islands.len() == 10 && !killed.swap(true, Ordering::Relaxed) {
                    up.signal("KILL");
                }
            }
            islands
        };
        let askers = [scope.spawn(ask), scope.spawn(ask), scope.spawn(ask), scope.spawn(ask)];
        askers.into_iter().flat_map(|asker| asker.join().unwrap()).collect()
    });
    drop(up);
    let islands = place.islands();
    for island in &acknowledged {
        let id = island["island_id"].as_str().unwrap();
        assert!(islands.iter().any(|kept| kept == id), "{id} was acknowledged and is lost");
    }
    let whole = &acknowledged[0]["counts"];
    for id in &islands {
        let island = place.json(&["islands", id]);
        assert!(
            island["scenario"] == "minimal" || &island["counts"] == whole,
            "{id} is not whole: {}",
            island["counts"]
        );
    }
    assert_nothing_is_left(&place, &islands);
}

/// When all islands have been removed, no row of any table is left over.
fn assert_nothing_is_left(place: &Place, islands: &[String]) {
    let ids: Vec<&str> = islands.iter().map(String::as_str).collect();
    place.json(&[&["end"], &ids[..]].concat());
    let reset = place.json(&["reset"]);
    let left: Vec<_> = reset["rows"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(table, rows)| !table.starts_with("insula_") && rows.as_u64() != Some(0))
        .collect();
    assert!(left.is_empty(), "rows of no island: {left:?}");
}
