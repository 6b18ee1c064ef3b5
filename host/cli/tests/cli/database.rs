//! What a database can have wrong: each is said in words, nothing is written, and a sound one works afterwards.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;

use sqlx::{Connection, SqliteConnection};

use crate::program::{PROGRAM, Place, ran};

/// Changes a database behind Insula's back.
fn sql(file: &Path, sql: &'static str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let url = format!("sqlite://{}?mode=rwc", file.display());
        let mut db = SqliteConnection::connect(&url).await.unwrap();
        sqlx::raw_sql(sql).execute(&mut db).await.unwrap();
        db.close().await.unwrap();
    });
}

#[test]
fn a_file_that_is_no_database() {
    let place = Place::new();
    let text = "dear diary, ".repeat(100);
    place.write("diary.db", &text);
    let ran = place.run(&["seed", "minimal", "--database", "diary.db"]);
    assert!(ran.code == Some(5) && ran.stderr.contains("no sound SQLite database"), "{ran:?}");
    assert_eq!(std::fs::read_to_string(place.path("diary.db")).unwrap(), text);
}

#[test]
fn one_that_a_newer_insula_wrote() {
    let place = Place::new();
    place.json(&["seed", "minimal"]);
    sql(
        &place.path(".insula/insula.db"),
        "INSERT INTO insula_mark (schema_version, insula, written_at) VALUES (99, '9.9.9', 0)",
    );
    let ran = place.run(&["islands"]);
    assert!(ran.code == Some(5) && ran.stderr.contains("9.9.9") && ran.stderr.contains("99"), "{ran:?}");
    assert_eq!(place.run(&["up", "--listen", "127.0.0.1:0"]).code, Some(5));
}

#[test]
fn one_that_is_not_for_tests_until_it_is_named() {
    let place = Place::new();
    sql(&place.path("shop.db"), "CREATE TABLE orders (id INTEGER); INSERT INTO orders VALUES (7)");
    let ran = place.run(&["seed", "minimal", "--database", "shop.db"]);
    assert!(ran.code == Some(5) && ran.stderr.contains("--adopt-database"), "{ran:?}");
    assert!(ran.stderr.contains("orders"), "its tables are named: {ran:?}");
    assert_eq!(place.run(&["reset", "--database", "shop.db"]).code, Some(5));
    let other = place.run(&["seed", "minimal", "--database", "shop.db", "--adopt-database", "other.db"]);
    assert_eq!(other.code, Some(2), "another name is another database: {other:?}");
    place.json(&["seed", "minimal", "--database", "shop.db", "--adopt-database", "shop.db"]);
    place.json(&["seed", "minimal", "--database", "shop.db"]);
}

#[test]
fn one_in_a_directory_that_is_not_there() {
    let ran = Place::new().run(&["seed", "minimal", "--database", "nowhere/a.db"]);
    assert!(ran.code == Some(5) && ran.stderr.contains("there is no directory nowhere"), "{ran:?}");
}

#[test]
fn one_that_is_named_as_sqlx_has_it() {
    let place = Place::new();
    place.json(&["seed", "minimal", "--database", "sqlite:app.db?mode=rwc"]);
    let total = |url: &str| place.json(&["islands", "--database", url])["total"].clone();
    for url in ["sqlite:app.db", "sqlite://app%2Edb?mode=rw&cache=private", "SQLITE:app.db", "app.db"] {
        assert_eq!(total(url), 1, "{url}");
    }
    assert_eq!(total("sqlite:app.db?mode=memory"), 0);
    let none = place.run(&["islands", "--database", "sqlite:none.db?mode=rw"]);
    assert!(none.code == Some(5) && none.stderr.contains("none.db"), "{none:?}");
    let databases = std::fs::read_dir(place.path("")).unwrap().flatten().map(|entry| entry.file_name());
    let databases: Vec<_> = databases.filter(|name| !name.to_string_lossy().starts_with(['.'])).collect();
    assert!(databases.iter().all(|name| name.to_string_lossy().starts_with("app.db")), "{databases:?}");
    assert!(!place.path("app.db?mode=rwc").exists() && !place.path("app%2Edb").exists());
}

#[test]
fn one_that_is_only_read() {
    let place = Place::new();
    place.json(&["seed", "minimal", "--database", "app.db"]);
    place.json(&["backup", "--database", "app.db"]);
    let read_only = ["--database", "sqlite:app.db?mode=ro"];
    let run = |args: &[&str]| place.run(&[args, &read_only].concat());
    assert_eq!(place.json(&[&["islands"], &read_only[..]].concat())["total"], 1);
    for args in [&["seed", "minimal"][..], &["reset"], &["restore", "--yes"]] {
        let ran = run(args);
        assert!(ran.code == Some(5) && ran.stderr.contains("app.db"), "{args:?}: {ran:?}");
    }
    assert_eq!(place.json(&["islands", "--database", "app.db"])["total"], 1);
}

#[test]
fn one_that_may_not_be_written() {
    let place = Place::new();
    place.json(&["seed", "minimal", "--database", "own.db"]);
    let mode = |name: &str, mode| {
        std::fs::set_permissions(place.path(name), std::fs::Permissions::from_mode(mode)).unwrap();
    };
    // Root may write anything, so the program runs as somebody else, from where everybody may read.
    let program = place.path("insula");
    std::fs::copy(PROGRAM, &program).unwrap();
    std::fs::create_dir(place.path("data")).unwrap();
    mode("data", 0o777);
    mode("own.db", 0o444);
    mode("", 0o555);
    let args = ["seed", "minimal", "--database", "own.db", "--data-dir", "data"];
    let mut command = place.command_of(&program, &args);
    if std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0) {
        command.uid(65_534).gid(65_534);
    }
    let ran = ran(&mut command);
    mode("", 0o755);
    assert!(ran.code == Some(5) && ran.stderr.contains("own.db"), "{ran:?}");
    mode("own.db", 0o644);
    assert_eq!(place.json(&["islands", "--database", "own.db"])["total"], 1);
}

/// A file may not grow beyond a bound: for whoever writes it, the disk is full.
#[test]
fn one_on_a_full_disk() {
    let place = Place::new();
    let first = place.json(&["seed", "minimal"]);
    // The signal of the same name would end the program; ignored, the write fails. Blocks are of 512 bytes (POSIX).
    let script = "trap '' XFSZ; ulimit -f 2048; exec \"$@\"";
    let args = ["seed", "busy_calendar", "--param", "appointments=20000", "--param", "days=625"];
    let call = [&["-c", script, "sh", PROGRAM][..], &args].concat();
    let ran = ran(&mut place.command_of("sh".as_ref(), &call));
    assert!(ran.code == Some(5) && ran.stderr.contains("insula.db"), "{ran:?}");
    assert_eq!(place.islands(), [first["island_id"].as_str().unwrap()], "nothing of it was kept");
    place.json(&args);
}

/// What a server was told stays, also when the disk is full in between.
#[test]
fn a_server_outlives_a_full_disk() {
    let place = Place::new();
    let script = "trap '' XFSZ; ulimit -f 2048; exec \"$@\"";
    let call = ["-c", script, "sh", PROGRAM, "up", "--json", "--listen", "127.0.0.1:0"];
    let up = crate::program::Up::start(&mut place.command_of("sh".as_ref(), &call));
    let large =
        serde_json::json!({ "scenario": "busy_calendar", "params": { "appointments": 20_000, "days": 625 } });
    let (status, problem) = up.post("/api/test/seed", large);
    assert_eq!((status, &problem["type"]), (503, &serde_json::json!("/problems/unavailable")), "{problem:#}");
    let (status, small) = up.post("/api/test/seed", serde_json::json!({ "scenario": "minimal" }));
    assert_eq!(status, 201, "{small:#}");
    let mut kept = [up.first_island().to_owned(), small["island_id"].as_str().unwrap().to_owned()];
    drop(up);
    kept.sort();
    let mut islands = place.islands();
    islands.sort();
    assert_eq!(islands, kept);
}
