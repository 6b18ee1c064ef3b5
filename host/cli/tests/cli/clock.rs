//! The machine's clock is set while a server runs: as a laptop that wakes up has it done.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::program::{Place, Up, get, ran};

/// Has the program take the time from a file, by libfaketime; only that which can be set, not the time that goes by.
fn with_a_clock_to_be_set(place: &Place) -> Up {
    place.write("clock", "+0h");
    let mut faketime = place.command_of("faketime".as_ref(), &["-f", "+0h", "printenv", "LD_PRELOAD"]);
    let library = ran(&mut faketime);
    assert_eq!(library.code, Some(0), "faketime sets clocks (Debian: apt-get install faketime): {library:?}");
    let mut command = place.command(&["up", "--json", "--listen", "127.0.0.1:0"]);
    let command = command
        .env("LD_PRELOAD", library.stdout.trim())
        .env("FAKETIME_TIMESTAMP_FILE", place.path("clock"))
        .env("FAKETIME_NO_CACHE", "1")
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    Up::start(command)
}

fn near(one: SignedDuration, hours: i64) -> bool {
    (one - SignedDuration::from_hours(hours)).abs() < SignedDuration::from_secs(60)
}

#[test]
fn no_island_ends_early_when_the_clock_is_set_ahead() {
    let place = Place::new();
    let up = with_a_clock_to_be_set(&place);
    let (log, island) = (up.stderr(), format!("/api/test/islands/{}", up.first_island()));
    let expires_at = || -> Timestamp {
        let (status, told) = get(up.url(), &island).unwrap();
        assert_eq!(status, 200, "{told:#}");
        told["expires_at"].as_str().unwrap().parse().unwrap()
    };
    let before = expires_at();
    place.write("clock", "+30h");
    expires_at();
    // What is seeded, whether the reaper has looked by then or not, has the new time at once, and so have its tokens.
    let (status, new) = up.post("/api/test/seed", json!({ "scenario": "minimal", "ttl": "1h" }));
    assert_eq!(status, 201, "{new:#}");
    let ends: Timestamp = new["tokens"][0]["expires_at"].as_str().unwrap().parse().unwrap();
    let ahead = ends.duration_since(Timestamp::now());
    assert!(ahead > SignedDuration::from_hours(29), "{ahead}");
    let moved = || expires_at().duration_since(before);
    assert!(near(moved(), 30), "{}", moved());

    // Where nobody asks for anything, the reaper looks at it every few seconds.
    place.write("clock", "+70h");
    let jumped = |line: String| line.contains("the clock has jumped") && line.contains("islands=2");
    let told = |_| jumped(log.recv_timeout(Duration::from_secs(60)).expect("it says so"));
    assert!((0..10).any(told));
    assert!(near(moved(), 70), "{}", moved());
    assert_eq!(place.islands().len(), 2);
}
