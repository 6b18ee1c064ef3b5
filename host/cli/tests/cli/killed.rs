//! Commands that are killed at any moment have done what they were to do, or have not begun; done again, they end well. On
//! both databases.
//!
//! How long a command takes is measured first; then it is killed at moments that are spread over that time.

use std::time::Instant;

use serde_json::{Value, json};

use crate::suite::{Suite, both, id, kinds};

both!(a_restore, a_backup, a_reset, a_seed, an_end, a_hybrid_end, an_emergency);

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

fn an_end(suite: &Suite) {
    let first = suite.json(&BUSY);
    let began = Instant::now();
    suite.json(&["end", &id(&first)]);
    let mut outcomes = [0, 0];
    for moment in Suite::moments(began.elapsed()) {
        let island = id(&suite.json(&BUSY));
        suite.killed_after(&["end", &island], moment);
        outcomes[usize::from(is_gone(suite, &island, &first["counts"]))] += 1;
        let certificate = &suite.json(&["end", &island])[0]["certificate"];
        assert_eq!(
            (&certificate["clean"], &certificate["rows"]["appointments"]),
            (&json!(true), &json!(2000))
        );
        assert!(is_gone(suite, &island, &first["counts"]));
        // However often it is asked for, it happens once.
        assert_eq!(kinds(&suite.json(&["events", &island])), ["seeded", "ended"]);
        assert_eq!(suite.json(&["verify", "cleanup"])["clean"], true);
    }
    assert!(outcomes[0] > 0 && outcomes[1] > 0, "it must be killed before and after: {outcomes:?}");
    assert!(suite.islands().is_empty());
}

fn a_hybrid_end(suite: &Suite) {
    let kept = suite.seed();
    let begin = || {
        let session = suite.json(&["session", "begin"])["session_id"].as_str().unwrap().to_owned();
        (session, [(); 3].map(|()| suite.json(&BUSY)))
    };
    let end = |session: &str| suite.json(&["session", "end", session, "--hybrid"]);
    let (session, [first, ..]) = begin();
    let began = Instant::now();
    assert_eq!(end(&session)["islands"], 3);
    let mut outcomes = [0, 0];
    for moment in Suite::moments(began.elapsed()) {
        let (session, made) = begin();
        let gone = || made.iter().filter(|island| is_gone(suite, &id(island), &first["counts"])).count();
        suite.killed_after(&["session", "end", &session, "--hybrid"], moment);
        let went = gone();
        outcomes[0] += usize::from(went == 0);
        outcomes[1] += usize::from(went == 3);
        let ended = end(&session);
        assert!(ended["how"] == "cleaned" || ended["how"] == "already" && went == 3, "{went} of {ended}");
        assert_eq!((gone(), end(&session)["how"].as_str()), (3, Some("already")));
        assert_eq!(suite.islands(), std::slice::from_ref(&kept));
        assert_eq!(suite.json(&["verify", "cleanup"])["clean"], true);
    }
    assert!(outcomes[0] > 0 && outcomes[1] > 0, "it must be killed before and after: {outcomes:?}");
}

fn an_emergency(suite: &Suite) {
    let island = suite.json(&BUSY);
    suite.json(&["backup"]);
    let destroy = |round: usize| match &suite.database {
        Some(database) => database.remove(),
        None if round % 2 == 1 => std::fs::remove_file(suite.database_file()).unwrap(),
        None => std::fs::write(suite.database_file(), "dear diary, ".repeat(1000)).unwrap(),
    };
    // Who asks for the islands of a file that is gone would make a new one.
    let is_there = || suite.database.is_some() || suite.database_file().exists();
    destroy(0);
    let began = Instant::now();
    suite.json(&["restore", "--emergency"]);
    let mut outcomes = [0, 0];
    for (round, moment) in Suite::moments(began.elapsed()).enumerate() {
        destroy(round);
        suite.killed_after(&["restore", "--emergency"], moment);
        let is_restored = is_there() && suite.run(&["islands"]).code == Some(0);
        outcomes[usize::from(is_restored)] += 1;
        if is_restored {
            assert_eq!(suite.islands(), [id(&island)], "half restored after {moment:?}");
        }
        suite.json(&["restore", "--emergency"]);
        assert_eq!(suite.islands(), [id(&island)]);
        assert!(!is_gone(suite, &id(&island), &island["counts"]));
        assert_eq!(suite.json(&["verify", "cleanup"])["clean"], true);
        suite.assert_tidy();
    }
    assert!(outcomes[0] > 0 && outcomes[1] > 0, "it must be killed before and after: {outcomes:?}");
}

/// Whether an island is gone, with the proof of it; else it is whole.
fn is_gone(suite: &Suite, island: &str, whole: &Value) -> bool {
    let shown = suite.run(&["islands", island, "--json"]);
    if shown.code == Some(0) {
        assert_eq!((&shown.json()["counts"], &shown.json()["state"]), (whole, &json!("active")));
        return false;
    }
    assert_eq!(shown.problem(3)["type"], "/problems/island-gone");
    assert_eq!(suite.json(&["verify", "cleanup", island])["clean"], true);
    true
}

/// An island that takes a while to write.
const BUSY: [&str; 8] =
    ["seed", "busy_calendar", "--ttl", "keep", "--param", "appointments=2000", "--param", "days=80"];
