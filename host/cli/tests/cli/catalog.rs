//! Adding, removing and rolling back scenarios; the lock file; signatures.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::program::{Place, Up, post, ran};

/// A scenario of so many patients, which tell its version.
pub fn ward(version: &str, patients: u32) -> String {
    format!(
        "name: ward\nversion: {version}\ntitle: A ward.\n\
         clinics:\n  - name: North\n    patients: [{{ repeat: {patients} }}]\n"
    )
}

fn patients(place: &Place, args: &[&str]) -> Value {
    place.json(&[&["seed", "ward"], args].concat())["counts"]["patients"].clone()
}

#[test]
fn a_scenario_is_added_rolled_back_and_removed_on_the_database() {
    let place = Place::new();
    for (version, count) in [("1.0.0", 1), ("1.1.0", 2)] {
        place.write("ward.scenario.yaml", ward(version, count));
        let added = place.json(&["add", "ward.scenario.yaml"]);
        assert_eq!((&added[0]["added"], &added[0]["default"]), (&json!(true), &json!(version)));
    }
    std::fs::remove_file(place.path("ward.scenario.yaml")).unwrap();
    assert_eq!(patients(&place, &[]), 2);
    assert_eq!(patients(&place, &["--version", "=1.0.0"]), 1);
    assert!(place.run(&["rollback", "ward"]).stdout.contains("is 1.0.0; it was 1.1.0"));
    assert_eq!(patients(&place, &[]), 1);
    assert_eq!(place.run(&["rollback", "ward"]).code, Some(1), "there is none before");
    place.json(&["rollback", "ward", "--to", "1.1.0"]);
    assert_eq!(patients(&place, &[]), 2);
    place.json(&["remove", "ward@1.1.0"]);
    assert_eq!(patients(&place, &[]), 1);
    assert!(place.run(&["remove", "ward"]).stdout.contains("none is left"));
    assert_eq!(place.run(&["seed", "ward"]).code, Some(3));
    assert_eq!(place.run(&["remove", "ward"]).code, Some(3));
    assert_eq!(place.run(&["remove", "minimal"]).code, Some(3), "what is built in stays");
}

#[test]
fn the_lock_file_holds_what_was_added_and_refuses_what_differs() {
    let place = Place::new();
    place.write("ward.scenario.yaml", ward("1.0.0", 1));
    place.json(&["build", "ward.scenario.yaml", "--out", "built"]);
    place.json(&["add", "built/ward.wasm"]);
    let lock =
        || serde_json::from_slice::<Value>(&std::fs::read(place.path("insula.lock")).unwrap()).unwrap();
    let first = lock();
    let digest = place.json(&["inspect", "built/ward.wasm"])["digest"].clone();
    let expected = json!({ "name": "ward", "version": "1.0.0", "digest": digest, "from": "built/ward.wasm" });
    assert_eq!(first["scenarios"], json!([expected]));

    // Somebody else's machine: what the lock file says, and nothing else.
    let fresh = ["--data-dir", "fresh"];
    let added = place.json(&[&["add", "--locked"], &fresh[..]].concat());
    assert_eq!((added[0]["scenario"].as_str(), &added[0]["added"]), (Some("ward"), &json!(true)));

    place.write("ward.scenario.yaml", ward("1.0.0", 7));
    place.json(&["build", "ward.scenario.yaml", "--out", "built"]);
    for args in [&["add", "built/ward.wasm"][..], &["add", "--locked"]] {
        let ran = place.run(&[args, &["--data-dir", "other"]].concat());
        assert!(ran.code == Some(1) && ran.stderr.contains("--update"), "{ran:?}");
    }
    assert_eq!(lock(), first, "what was refused changes nothing");
    place.json(&["add", "built/ward.wasm", "--update", "--data-dir", "other"]);
    assert_ne!(lock(), first);

    place.write("ward.scenario.yaml", ward("2.0.0", 7));
    place.json(&["build", "ward.scenario.yaml", "--out", "built"]);
    let ran = place.run(&["add", "built/ward.wasm", "--locked", "--data-dir", "other"]);
    assert!(ran.code == Some(1) && ran.stderr.contains("is not in insula.lock"), "{ran:?}");
    let ran = place.run(&["add", "--data-dir", "other"]);
    assert!(
        ran.code == Some(1) && ran.stderr.contains("1.0.0 is not at built/ward.wasm any more"),
        "{ran:?}"
    );
    place.json(&["remove", "ward@1.0.0", "--data-dir", "other"]);
    assert_eq!(lock()["scenarios"], json!([]));
}

#[test]
fn a_server_is_asked_with_its_key() {
    let place = Place::new();
    place.write("ward.scenario.yaml", ward("1.0.0", 3));
    let open = place.up(&["--data-dir", "open"]);
    let ran = place.run(&["add", "ward.scenario.yaml", "--server", open.url()]);
    assert!(ran.code == Some(2) && ran.stderr.contains("INSULA_API_KEY"), "{ran:?}");
    drop(open);

    let mut up = place.command(&["up", "--json", "--listen", "127.0.0.1:0"]);
    let up = Up::start(up.env("INSULA_API_KEY", "secret"));
    let keyed = |args: &[&str]| {
        let mut command = place.command(&[args, &["--json", "--server", up.url()]].concat());
        crate::program::ran(command.env("INSULA_API_KEY", "secret"))
    };
    assert_eq!(keyed(&["add", "ward.scenario.yaml"]).json()[0]["added"], true);
    place.write("ward.scenario.yaml", ward("1.1.0", 4));
    keyed(&["add", "ward.scenario.yaml"]).json();
    assert_eq!(keyed(&["seed", "ward"]).json()["counts"]["patients"], 4);
    assert_eq!(keyed(&["rollback", "ward"]).json()["default"], "1.0.0");
    assert_eq!(keyed(&["seed", "ward"]).json()["counts"]["patients"], 3);
    assert_eq!(keyed(&["remove", "ward"]).json().as_array().unwrap().len(), 2);
    assert_eq!(keyed(&["seed", "ward"]).code, Some(3));
}

trait Both: Read + Write {}
impl<T: Read + Write> Both for T {}

/// Answers each request, by TLS where there is some, with what it is given for its path: status, a header, a body. Returns
/// its port.
fn answers(
    tls: Option<Arc<rustls::ServerConfig>>,
    of: impl Fn(&str) -> (u16, String, Vec<u8>) + Send + 'static,
) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let stream = stream.unwrap();
            let mut stream: Box<dyn Both> = match &tls {
                None => Box::new(stream),
                Some(tls) => {
                    let connection = rustls::ServerConnection::new(Arc::clone(tls)).unwrap();
                    Box::new(rustls::StreamOwned::new(connection, stream))
                }
            };
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
                head.push(byte[0]);
            }
            // A client that does not trust the certificate says no more.
            if head.is_empty() {
                continue;
            }
            let head = String::from_utf8(head).unwrap();
            let (status, header, body) = of(head.split(' ').nth(1).unwrap_or_default());
            let length = body.len();
            let head = format!(
                "HTTP/1.1 {status} x\r\n{header}content-length: {length}\r\nconnection: close\r\n\r\n"
            );
            // A client that has heard enough hangs up.
            if stream.write_all(head.as_bytes()).is_ok() {
                stream.write_all(&body).unwrap_or_default();
            }
        }
    });
    port
}

#[test]
fn a_scenario_is_added_from_an_address() {
    let place = Place::new();
    place.write("ward.scenario.yaml", ward("1.0.0", 3));
    place.json(&["build", "ward.scenario.yaml"]);
    let wasm = std::fs::read(place.path("ward.wasm")).unwrap();
    let none = String::new;
    let port = answers(None, move |path| match path {
        "/ward.wasm" => (200, none(), wasm.clone()),
        "/moved" => (302, "location: /ward.wasm\r\n".to_owned(), Vec::new()),
        "/file" => (302, "location: file:///etc/passwd\r\n".to_owned(), Vec::new()),
        "/round" => (302, "location: /round\r\n".to_owned(), Vec::new()),
        "/large" => (200, none(), vec![0; (64 << 20) + 1]),
        _ => (404, none(), Vec::new()),
    });
    let at = |path: &str| format!("http://127.0.0.1:{port}{path}");
    assert_eq!(place.json(&["add", &at("/ward.wasm")])[0]["added"], true);
    assert_eq!(patients(&place, &[]), 3);
    let lock = std::fs::read_to_string(place.path("insula.lock")).unwrap();
    assert!(lock.contains(&at("/ward.wasm")), "{lock}");
    assert_eq!(place.json(&["add", &at("/moved")])[0]["added"], false, "it is the same");
    for (path, why) in
        [("/nothing", "404"), ("/file", "302"), ("/round", "too often"), ("/large", "more than")]
    {
        let ran = place.run(&["add", &at(path)]);
        assert!(ran.code != Some(0) && ran.stderr.contains(why), "{path}: {ran:?}");
    }
    let ran = place.run(&["add", "ftp://127.0.0.1/ward.wasm"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("ftp"), "{ran:?}");
}

#[test]
fn an_address_of_https_must_be_vouched_for() {
    let place = Place::new();
    place.write("ward.scenario.yaml", ward("1.0.0", 3));
    place.json(&["build", "ward.scenario.yaml"]);
    let wasm = std::fs::read(place.path("ward.wasm")).unwrap();
    let pair = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let certificate = place.write("certificate.pem", pair.cert.pem());
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(pair.signing_key.serialize_der());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let tls = tls.unwrap().with_no_client_auth();
    let tls = tls.with_single_cert(vec![pair.cert.der().clone()], key.into()).unwrap();
    let port = answers(Some(Arc::new(tls)), move |path| match path {
        "/ward.wasm" => (200, String::new(), wasm.clone()),
        "/down" => (302, "location: http://127.0.0.1/ward.wasm\r\n".to_owned(), Vec::new()),
        _ => (404, String::new(), Vec::new()),
    });
    let add = |path: &str, trusted: &Path| {
        let mut command = place.command(&["add", "--json", &format!("https://localhost:{port}{path}")]);
        ran(command.env("SSL_CERT_FILE", trusted))
    };
    let stranger = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let stranger = place.write("stranger.pem", stranger.cert.pem());
    let refused = add("/ward.wasm", &stranger);
    assert!(refused.code == Some(5) && refused.stderr.contains("certificate"), "{refused:?}");
    assert_eq!(add("/ward.wasm", &certificate).json()[0]["added"], true);
    let down = add("/down", &certificate);
    assert!(down.code != Some(0) && down.stderr.contains("from https to http"), "{down:?}");
}

#[test]
fn hosts_that_trust_a_key_take_what_it_has_signed() {
    let place = Place::new();
    place.write("plugins/ward.scenario.yaml", ward("1.0.0", 3));
    let made = place.json(&["keygen", "ours"]);
    assert_eq!(made["public_key"], "ours.pub.pem");
    let mode = |path: &str| {
        use std::os::unix::fs::PermissionsExt;
        std::fs::metadata(place.path(path)).unwrap().permissions().mode() & 0o777
    };
    assert_eq!(mode("ours.key.pem"), 0o600);
    assert_eq!(place.run(&["keygen", "ours"]).code, Some(1), "a key is never written over");
    place.json(&["keygen", "theirs"]);

    let seed = |args: &[&str]| {
        place.run(
            &[&["seed", "ward", "--plugins", "plugins", "--trusted-keys", "ours.pub.pem"], args].concat(),
        )
    };
    let ran = seed(&[]);
    assert!(ran.code == Some(2) && ran.stderr.contains("not signed"), "{ran:?}");
    place.json(&["sign", "plugins/ward.scenario.yaml", "--key", "theirs.key.pem"]);
    assert!(seed(&[]).stderr.contains("does not trust"));
    place.json(&["sign", "plugins/ward.scenario.yaml", "--key", "ours.key.pem"]);
    assert_eq!(seed(&[]).code, Some(0));
    place.write("plugins/ward.scenario.yaml", ward("1.0.0", 4));
    assert!(seed(&[]).stderr.contains("does not hold"), "it is another plugin now");

    // What is added takes its signature along.
    place.json(&["sign", "plugins/ward.scenario.yaml", "--key", "ours.key.pem"]);
    place.json(&["add", "plugins/ward.scenario.yaml"]);
    assert_eq!(patients(&place, &["--trusted-keys", "ours.pub.pem"]), 4);
    let ran = place.run(&["seed", "ward", "--trusted-keys", "theirs.pub.pem"]);
    assert!(ran.code == Some(3) && ran.stderr.contains("does not trust"), "{ran:?}");
    assert_eq!(place.run(&["seed", "minimal", "--trusted-keys", "theirs.pub.pem"]).code, Some(0));

    std::fs::create_dir(place.path("keys")).unwrap();
    for wrong in ["keys", "nowhere", "ours.key.pem", "insula.lock"] {
        assert_eq!(place.run(&["scenarios", "--trusted-keys", wrong]).code, Some(2), "{wrong}");
    }
    std::fs::copy(place.path("ours.pub.pem"), place.path("keys/ours.pem")).unwrap();
    assert_eq!(patients(&place, &["--trusted-keys", "keys"]), 4);
}

#[test]
fn a_manifest_is_read_without_running_the_plugin_and_must_be_true() {
    let place = Place::new();
    place.write("ward.scenario.yaml", ward("1.0.0", 3));
    place.json(&["build", "ward.scenario.yaml"]);
    let inspected = place.json(&["inspect", "ward.wasm"]);
    assert_eq!((&inspected["ran"], &inspected["manifest"]["version"]), (&json!(false), &json!("1.0.0")));
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugins/minimal");
    let built = place.json(&["build", package.to_str().unwrap(), "--out", "built"]);
    let inspected = place.json(&["inspect", built[0]["path"].as_str().unwrap()]);
    assert_eq!((&inspected["ran"], &inspected["manifest"]["name"]), (&json!(false), &json!("minimal")));
    place.plugins(&["good"]);
    assert_eq!(place.json(&["inspect", "plugins/good.wasm"])["ran"], true, "nothing of that stands in it");

    let wasm = std::fs::read(place.path("ward.wasm")).unwrap();
    let at = wasm.windows(17).rposition(|window| window == b"\"version\":\"1.0.0\"").unwrap();
    let mut lies = wasm;
    lies[at + 11] = b'2';
    place.write("lies/ward.wasm", lies);
    assert_eq!(place.json(&["inspect", "lies/ward.wasm"])["manifest"]["version"], "2.0.0");
    let ran = place.run(&["seed", "ward", "--plugins", "lies"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("differ in `version`"), "{ran:?}");
}

#[test]
fn a_folder_of_documents_is_built_and_added_whole() {
    let place = Place::new();
    place.write("scenarios/ward.scenario.yaml", ward("1.0.0", 3));
    let other = "name: tiny\nversion: 1.0.0\ntitle: A clinic.\nclinics: [{ name: North }]\n";
    place.write("scenarios/tiny.scenario.yml", other);
    let built = place.json(&["build", "scenarios", "--out", "built"]);
    let names: Vec<&str> =
        built.as_array().unwrap().iter().map(|it| it["scenario"].as_str().unwrap()).collect();
    assert_eq!(names, ["tiny", "ward"]);
    let ran = place.run(&["build", "built"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("built already"), "{ran:?}");
    assert_eq!(place.json(&["add", "scenarios"]).as_array().unwrap().len(), 2);
    place.json(&["seed", "tiny"]);
    // What was built beside its document is the same plugin.
    place.json(&["build", "scenarios"]);
    assert_eq!(place.json(&["seed", "ward", "--plugins", "scenarios"])["counts"]["patients"], 3);
}

/// Two hosts on one SQLite file.
#[test]
fn what_the_command_line_adds_a_server_has() {
    let place = Place::new();
    let up = place.up(&[]);
    place.write("ward.scenario.yaml", ward("1.0.0", 3));
    place.json(&["add", "ward.scenario.yaml"]);
    let (status, island) = post(up.url(), "/api/test/seed", &json!({ "scenario": "ward" })).unwrap();
    assert_eq!((status, &island["counts"]["patients"]), (201, &json!(3)));
}
