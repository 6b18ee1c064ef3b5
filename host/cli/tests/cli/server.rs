//! `up` and `serve`, from their start to their end.

use serde_json::{Value, json};

use crate::program::{Place, ran};

#[test]
fn up_seeds_over_http_and_ends_when_it_is_told() {
    let place = Place::new();
    let up = place.up(&[]);
    let (status, island) = up.post("/api/test/seed", json!({ "scenario": "standard" }));
    assert_eq!(status, 201, "{island:#}");
    assert_ne!(island["island_id"], up.first_island());
    assert!(island["tokens"][0]["access_token"].as_str().unwrap().starts_with("eyJ"));
    let first = up.first_island().to_owned();
    up.signal("TERM");
    let ended = up.end();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let mut islands = place.islands();
    islands.sort();
    assert_eq!(islands, [first.as_str(), island["island_id"].as_str().unwrap()]);
}

#[test]
fn an_interrupt_ends_it_as_well() {
    let up = Place::new().up(&[]);
    up.signal("INT");
    assert_eq!(up.end().code, Some(0));
}

#[test]
fn what_runs_is_finished_before_the_end() {
    let place = Place::new();
    let up = place.up(&["--scenario", "minimal"]);
    let (before, url) = (up.ticks(), up.url().to_owned());
    let request = json!({ "scenario": "busy_calendar", "params": { "appointments": 5_000, "days": 157 } });
    let asked = std::thread::spawn(move || crate::program::post(&url, "/api/test/seed", &request));
    // The server has begun with it, or is done, when it has used more time than starting leaves over.
    while up.ticks() < before + 20 && !asked.is_finished() {
        std::thread::yield_now();
    }
    up.signal("TERM");
    assert_eq!(up.end().code, Some(0));
    let (status, island) = asked.join().unwrap().expect("an answer");
    assert_eq!((status, &island["counts"]["appointments"]), (201, &json!(5_000)));
    assert_eq!(place.islands().len(), 2);
}

#[test]
fn a_second_one_says_that_one_is_up() {
    let place = Place::new();
    let up = place.up(&[]);
    let address = up.url().strip_prefix("http://").unwrap();
    let second = place.run(&["up", "--listen", address]);
    assert_eq!(second.code, Some(5), "{second:?}");
    assert!(second.stderr.contains("is up at") && second.stderr.contains("--listen"), "{second:?}");
    assert_eq!(place.islands(), [up.first_island()], "the second one touched nothing");
}

#[test]
fn a_port_of_another_program_is_named() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    // It answers, and is no Insula.
    let stranger = std::thread::spawn(move || {
        use std::io::Write;
        listener.accept().unwrap().0.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi").unwrap();
    });
    let ran = Place::new().run(&["up", "--listen", &address]);
    stranger.join().unwrap();
    assert!(ran.code == Some(5) && ran.stderr.contains("another program has that port"), "{ran:?}");
}

#[test]
fn serve_takes_requests_for_islands_in_test_mode_alone() {
    for (mode, status) in [("false", 404), ("true", 201)] {
        let place = Place::new();
        let mut command = place.command(&["serve", "--listen", "127.0.0.1:0", "--log-format", "json"]);
        let mut child =
            command.env("E2E_TEST_MODE", mode).stderr(std::process::Stdio::piped()).spawn().unwrap();
        let log = std::io::BufRead::lines(std::io::BufReader::new(child.stderr.take().unwrap()));
        let serving =
            log.map(Result::unwrap).find(|line| line.contains("\"serving\"")).expect("it begins to serve");
        let serving: Value = serde_json::from_str(&serving).unwrap();
        let address = serving["fields"]["listen"].as_str().or(serving["listen"].as_str());
        let url = format!("http://{}", address.unwrap_or_else(|| panic!("{serving:#}")));
        let answer = crate::program::post(&url, "/api/test/seed", &json!({ "scenario": "minimal" }));
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(answer.map(|(status, _)| status), Some(status), "E2E_TEST_MODE={mode}");
    }
}

#[test]
fn a_key_is_asked_for_and_sent() {
    let place = Place::new();
    let mut command = place.command(&["up", "--json", "--listen", "127.0.0.1:0"]);
    let up = crate::program::Up::start(command.env("INSULA_API_KEY", "s3cret"));
    let without = place.run(&["islands", "--json", "--server", up.url()]).problem(2);
    assert_eq!(without["type"], "/problems/unauthorized");
    let with =
        ran(place.command(&["islands", "--json", "--server", up.url()]).env("INSULA_API_KEY", "s3cret"));
    assert_eq!(with.json()["total"], 1);
}

#[test]
fn a_body_is_as_large_as_the_largest_quota_of_params_needs() {
    let place = Place::new();
    for name in ["letter", "note"] {
        let document = format!(
            "name: {name}\nversion: 1.0.0\ntitle: A text.\nparams:\n  text: {{ type: string }}\n\
             clinics:\n  - name: North\n"
        );
        place.write(&format!("plugins/{name}.scenario.yaml"), document);
    }
    let of =
        |name: &str, length: usize| json!({ "scenario": name, "params": { "text": "x".repeat(length) } });
    let up = place.up(&["--plugins", "plugins"]);
    let (status, problem) = up.post("/api/test/seed", of("letter", 2_000_000));
    assert_eq!((status, &problem["type"]), (413, &json!("/problems/request-too-large")));
    assert!(problem["detail"].as_str().unwrap().contains("params_bytes"), "{problem}");
    drop(up);

    place.write("insula.toml", "[scenarios.letter.quotas]\nparams_bytes = 2_500_000\n");
    let up = place.up(&["--plugins", "plugins", "--config", "insula.toml"]);
    let (status, island) = up.post("/api/test/seed", of("letter", 2_000_000));
    assert_eq!(status, 201, "{island:#}");
    // What is too much for the quota is told by its name, also where another scenario has a larger one.
    for (request, limit) in [(of("letter", 3_000_000), 2_500_000), (of("note", 2_000_000), 1 << 20)] {
        let (status, problem) = up.post("/api/test/seed", request);
        assert_eq!(
            (status, &problem["quota"], &problem["limit"]),
            (413, &json!("params_bytes"), &json!(limit)),
            "{problem}"
        );
    }
}

#[test]
fn people_are_told_how_to_go_on() {
    let place = Place::new();
    let mut command = place.command(&["up", "--listen", "127.0.0.1:0"]);
    let mut child = command.stdout(std::process::Stdio::piped()).spawn().unwrap();
    let lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap()));
    let mut said = String::new();
    for line in lines {
        said += &line.unwrap();
        said.push('\n');
        if said.contains("Ctrl-C") {
            break;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let curl = said.lines().find(|line| line.contains("curl -s")).unwrap_or_else(|| panic!("{said}"));
    let body = curl.split("-d '").nth(1).and_then(|rest| rest.strip_suffix('\'')).unwrap();
    assert_eq!(serde_json::from_str::<Value>(body).unwrap(), json!({ "scenario": "standard" }));
    assert!(said.contains("/openapi.json") && said.contains(".insula/insula.db"), "{said}");
}
