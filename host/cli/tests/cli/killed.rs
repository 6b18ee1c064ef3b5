//! Commands that are killed at any moment have done what they were to do, or have not begun; done again, they end well. On
//! both databases.
//!
//! How long a command takes is measured first; then it is killed at moments that are spread over that time.

use std::time::Instant;

use crate::suite::{Suite, both};

both!(a_restore, a_backup, a_reset, a_seed);

fn a_restore(suite: &Suite) {
    let old = suite.seed();
    suite.json(&BUSY);
    suite.json(&["backup"]);
    let backed_up = suite.islands();
    let change = || {
        suite.seed();
        suite.islands()
    };
    change();
    let began = Instant::now();
    suite.json(&["restore", "--yes"]);
    let time = began.elapsed();
    let mut outcomes = [0, 0];
    for moment in Suite::moments(time) {
        let changed = change();
        suite.killed_after(&["restore", "--yes"], moment);
        let found = suite.islands();
        assert!(found == changed || found == backed_up, "half restored after {moment:?}: {found:?}");
        outcomes[usize::from(found == backed_up)] += 1;
        assert_eq!(suite.json(&["verify", "cleanup"])["clean"], true);
        suite.json(&["restore", "--yes"]);
        assert_eq!(suite.islands(), backed_up);
        suite.assert_tidy();
    }
    assert!(outcomes[0] > 0 && outcomes[1] > 0, "it must be killed before and after: {outcomes:?}");
    assert!(suite.islands().contains(&old));
    let listed = suite.json(&["backups"]);
    let before = listed["backups"].as_array().unwrap().iter().filter(|backup| backup["reason"] == "before");
    assert!(before.count() <= 2);
}

fn a_backup(suite: &Suite) {
    suite.json(&BUSY);
    let began = Instant::now();
    suite.json(&["backup"]);
    let time = began.elapsed();
    for moment in Suite::moments(time) {
        suite.killed_after(&["backup", "--keep", "100"], moment);
        let listed = suite.json(&["backups"]);
        let listed = listed["backups"].as_array().unwrap();
        assert!(listed.iter().all(|backup| backup["good"] == true), "after {moment:?}: {listed:?}");
    }
    suite.json(&["backup", "--keep", "1"]);
    let left = std::fs::read_dir(suite.place.path(".insula/backups")).unwrap();
    let left: Vec<String> = left.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(
        left.iter().filter(|name| !name.starts_with('.')).count(),
        2,
        "a file and its record: {left:?}"
    );
    suite.assert_tidy();
}

fn a_reset(suite: &Suite) {
    let mut outcomes = [0, 0];
    let fill = || {
        suite.seed();
        suite.json(&BUSY);
        suite.islands()
    };
    fill();
    let began = Instant::now();
    suite.json(&["reset"]);
    for moment in Suite::moments(began.elapsed()) {
        let before = fill();
        suite.killed_after(&["reset"], moment);
        let found = suite.islands();
        assert!(found == before || found.is_empty(), "half reset after {moment:?}: {found:?}");
        outcomes[usize::from(found.is_empty())] += 1;
        assert_eq!(suite.json(&["verify", "cleanup"])["clean"], true);
        suite.json(&["reset"]);
        assert!(suite.islands().is_empty());
    }
    assert!(outcomes[0] > 0 && outcomes[1] > 0, "it must be killed before and after: {outcomes:?}");
}

fn a_seed(suite: &Suite) {
    // The first compiles the scenario.
    suite.json(&BUSY);
    let began = Instant::now();
    let whole = suite.json(&BUSY);
    let mut outcomes = [0, 0];
    for moment in Suite::moments(began.elapsed()) {
        let before = suite.islands();
        suite.killed_after(&BUSY, moment);
        let found = suite.islands();
        outcomes[found.len() - before.len()] += 1;
        for island in found.iter().filter(|island| !before.contains(island)) {
            assert_eq!(
                suite.json(&["islands", island])["counts"],
                whole["counts"],
                "half an island after {moment:?}"
            );
        }
        assert_eq!(suite.json(&["verify", "cleanup"])["clean"], true);
    }
    assert!(outcomes[0] > 0 && outcomes[1] > 0, "it must be killed before and after: {outcomes:?}");
}

/// An island that takes a while to write.
const BUSY: [&str; 8] =
    ["seed", "busy_calendar", "--ttl", "keep", "--param", "appointments=2000", "--param", "days=80"];
