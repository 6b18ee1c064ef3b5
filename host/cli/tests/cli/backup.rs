//! Backups and sessions, as their users call them; on both databases.

use std::os::unix::fs::PermissionsExt;

use insula_test_postgres::Database;
use serde_json::{Value, json};

use crate::program::{Place, delete, http, post, ran};
use crate::suite::{Suite, both, id, kinds};

both!(
    a_restore_is_shown_and_then_done,
    one_that_is_not_wanted_goes,
    a_server_is_asked_for_what_only_it_can_do,
    a_session_leaves_the_database_as_it_was,
    a_session_is_cleaned_up_and_restored_only_where_that_fails,
    without_backups_a_session_is_cleaned_up,
    an_emergency_restores_what_there_is,
    an_emergency_names_what_it_does_not_restore,
    one_that_is_not_marked_is_adopted_by_its_name,
);

fn a_restore_is_shown_and_then_done(suite: &Suite) {
    let first = suite.seed();
    let backup = suite.json(&["backup", "--name", "mine"]);
    assert_eq!((&backup["name"], &backup["islands"]), (&json!("mine"), &json!(1)));
    assert!(backup["schema_version"].as_i64().unwrap() > 0);
    let listed = suite.json(&["backups"]);
    assert_eq!(listed["latest"], "mine");
    let listed = &listed["backups"][0];
    assert_eq!(
        (&listed["good"], &listed["checksum"], &listed["taken_at"]),
        (&json!(true), &backup["checksum"], &backup["taken_at"])
    );
    assert_eq!(backup["checksum"].as_str().unwrap().len(), 64);
    let table = suite.run(&["backups"]).stdout;
    assert!(table.contains("mine") && table.contains("\tgood\t"), "{table}");

    let second = suite.seed();
    let shown = suite.run(&["restore"]);
    assert!(shown.code == Some(0) && shown.stdout.contains("Would restore the backup mine"), "{shown:?}");
    let mut both = vec![first.clone(), second];
    both.sort();
    assert_eq!(suite.islands(), both, "nothing was restored yet");
    let restored = suite.json(&["restore", "mine", "--yes"]);
    assert_eq!(restored["backup"]["name"], "mine");
    assert_eq!(suite.islands(), [first]);
    assert_eq!(suite.kinds(), ["seeded", "backed_up", "seeded", "restored"]);
    let undone = restored["before"].as_str().unwrap();
    suite.json(&["restore", undone, "--yes"]);
    assert_eq!(suite.islands(), both);
    let none = suite.run(&["restore", "other", "--yes", "--json"]).problem(3);
    assert_eq!(none["type"], "/problems/unknown-backup");
    suite.assert_tidy();
}

fn one_that_is_not_wanted_goes(suite: &Suite) {
    suite.seed();
    let taken = ["one", "two", "three"].map(|name| suite.json(&["backup", "--name", name]));
    let left = || suite.json(&["backups"])["backups"].as_array().unwrap().len();
    let removed = suite.run(&["backups", "--remove", "one"]);
    assert!(removed.code == Some(0) && removed.stdout.contains("Backup one was removed: "), "{removed:?}");
    let removed = suite.json(&["backups", "--remove", "two"]);
    assert_eq!(removed, json!({ "name": "two", "bytes": taken[1]["bytes"] }));
    assert_eq!(left(), 1);
    let up = suite.up(&[]);
    let server = format!("--server={}", up.url());
    assert_eq!(suite.place.json(&["backups", "--remove", "three", &server])["name"], "three");
    assert_eq!(left(), 0);
    let gone = suite.run(&["backups", "--remove", "three", "--json"]).problem(3);
    assert_eq!(gone["type"], "/problems/unknown-backup");
    let named = suite.run(&["backups", "--remove", "../insula"]);
    assert!(named.code == Some(2) && named.stderr.contains("no name of a backup"), "{named:?}");
    let ends = &suite.kinds()[4..];
    assert_eq!(ends, ["backup_removed", "backup_removed", "seeded", "backup_removed", "refused"]);
}

fn a_server_is_asked_for_what_only_it_can_do(suite: &Suite) {
    let up = suite.up(&[]);
    let (status, backup) = up.post("/api/test/backups", json!({}));
    assert_eq!(status, 201, "{backup}");
    for path in ["/api/test/backups", "/api/test/sessions"] {
        assert_eq!(up.post(path, json!({ "keep": 0 })).0, 422, "{path}");
    }
    let (_, island) = up.post("/api/test/seed", json!({ "scenario": "standard" }));
    let refused = suite.run(&["restore", "--yes", "--json"]).problem(1);
    assert_eq!(refused["type"], "/problems/database-in-use", "{refused}");
    let server = format!("--server={}", up.url());
    let restored = suite.place.json(&["restore", "latest", "--yes", &server]);
    assert_eq!(restored["backup"]["name"], backup["name"]);
    assert_eq!(suite.islands(), [up.first_island()]);
    let token = island["tokens"][0]["access_token"].as_str().unwrap();
    assert_ne!(status_of(up.url(), "/api/me", token), 200, "its island is gone");
    let (status, _) = up.post("/api/test/seed", json!({ "scenario": "standard" }));
    assert_eq!(status, 201);
    assert_eq!(suite.islands().len(), 2);
    assert_eq!(
        kinds(&suite.place.json(&["events", &server])),
        ["seeded", "backed_up", "refused", "refused", "seeded", "restored", "seeded"]
    );
}

/// What the clinic application answers to a token.
fn status_of(url: &str, path: &str, token: &str) -> u16 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        http().get(format!("{url}{path}")).bearer_auth(token).send().await.unwrap().status().as_u16()
    })
}

fn a_session_leaves_the_database_as_it_was(suite: &Suite) {
    let kept = suite.seed();
    let begun = suite.run(&["session", "begin"]);
    assert_eq!(begun.code, Some(0), "{begun:?}");
    let session = begun.stdout.trim();
    suite.seed();
    suite.json(&["end", &kept]);
    let again = suite.run(&["session", "begin"]);
    assert!(again.stderr.contains(&format!("The session {session} has not ended")), "{again:?}");
    let ended = suite.json(&["session", "end", session]);
    assert_eq!((&ended["how"], &ended["restored"]["backup"]["name"]), (&json!("restored"), &json!(session)));
    assert_eq!(suite.islands(), [kept]);
    assert_eq!(suite.json(&["session", "end", session])["how"], "already");
    let last = suite.json(&["session", "end"]);
    assert_eq!(last["session_id"], again.stdout.trim(), "the last that has not ended");
    assert_eq!(suite.run(&["session", "end"]).code, Some(3));
    assert_eq!(suite.run(&["session", "end", "mine"]).code, Some(2));
}

fn a_session_is_cleaned_up_and_restored_only_where_that_fails(suite: &Suite) {
    let kept = suite.seed();
    let up = suite.up(&[]);
    let begin = || {
        let (status, session) = up.post("/api/test/sessions", json!({}));
        assert_eq!(status, 201, "{session}");
        session["session_id"].as_str().unwrap().to_owned()
    };
    let end = |session: &str| {
        let server = format!("--server={}", up.url());
        suite.place.json(&["session", "end", session, "--hybrid", &server])
    };
    let mut before = vec![kept, up.first_island().to_owned()];
    before.sort();
    let session = begin();
    for _ in 0..3 {
        up.post("/api/test/seed", json!({ "scenario": "standard" }));
    }
    let ended = end(&session);
    assert_eq!(
        (&ended["how"], &ended["islands"], &ended["restored"]),
        (&json!("cleaned"), &json!(3), &Value::Null)
    );
    assert_eq!(suite.islands(), before);

    let session = begin();
    up.post("/api/test/seed", json!({ "scenario": "standard" }));
    suite.make_stuck();
    let ended = end(&session);
    assert_eq!((&ended["how"], &ended["restored"]["backup"]["name"]), (&json!("restored"), &json!(session)));
    assert!(ended["stuck"][0]["reasons"][0].as_str().unwrap().contains("kept by law"), "{ended}");
    assert_eq!(suite.islands(), before);
    // The trigger is gone as well.
    let island = up.post("/api/test/seed", json!({ "scenario": "standard" })).1;
    assert_eq!(delete(up.url(), &format!("/api/test/islands/{}", id(&island))).unwrap().0, 200);
}

fn without_backups_a_session_is_cleaned_up(suite: &Suite) {
    let kept = suite.seed();
    let off = |args: &[&str]| ran(suite.command(args).env("E2E_NO_BACKUP", "true"));
    let begun = off(&["session", "begin"]);
    let session = begun.stdout.trim().to_owned();
    assert!(session.ends_with("-without-backup") && begun.stderr.contains("Backups are off"), "{begun:?}");
    assert!(!suite.place.path(".insula/backups").exists());
    let refused = off(&["backup", "--json"]).problem(1);
    assert_eq!(refused["type"], "/problems/backup-failed");
    suite.seed();
    let ended = suite.json(&["session", "end", &session]);
    assert_eq!((&ended["how"], &ended["islands"]), (&json!("cleaned"), &json!(1)));
    assert_eq!(suite.islands(), [kept]);
    // Again: what was made since is not the session's.
    let later = suite.seed();
    assert_eq!(suite.json(&["session", "end", &session])["how"], "already");
    assert!(suite.islands().contains(&later));
    // Neither is there anything to be removed for one that never began.
    for invented in ["session-20260105T090000.000001Z", "session-20260105T090000.000001Z-without-backup"] {
        assert_eq!(suite.run(&["session", "end", invented, "--hybrid"]).code, Some(3), "{invented}");
    }
    assert_eq!(suite.islands().len(), 2);
    let session = off(&["session", "begin"]).stdout.trim().to_owned();
    suite.seed();
    suite.make_stuck();
    let problem = suite.run(&["session", "end", &session, "--json"]).problem(1);
    assert_eq!(problem["type"], "/problems/session-unclean");
    assert!(problem["reasons"].to_string().contains("kept by law"), "{problem}");
}

fn an_emergency_restores_what_there_is(suite: &Suite) {
    let island = suite.seed();
    suite.json(&["backup", "--name", "good"]);
    let destroy = || match &suite.database {
        None => std::fs::write(suite.database_file(), "dear diary, ".repeat(1000)).unwrap(),
        Some(database) => database.remove(),
    };
    destroy();
    assert_ne!(suite.run(&["islands"]).code, Some(0));
    let restored = suite.run(&["restore", "--emergency"]);
    assert!(restored.code == Some(0) && restored.stdout.contains("Restored the backup good"), "{restored:?}");
    assert_eq!(suite.islands(), std::slice::from_ref(&island));
    // Whatever it is called by others.
    let elsewhere = suite.place.path("elsewhere");
    std::fs::rename(suite.place.path(".insula/backups"), &elsewhere).unwrap();
    destroy();
    let with = |args: &[&str], path: &std::path::Path| ran(suite.command(args).env("E2E_BACKUP_PATH", path));
    assert_eq!(with(&["restore", "--emergency"], &elsewhere).code, Some(0));
    assert_eq!(suite.islands(), [island]);
    destroy();
    let empty = suite.run(&["restore", "--emergency"]);
    assert!(empty.code == Some(0) && empty.stdout.contains("the database is new and empty"), "{empty:?}");
    assert!(suite.islands().is_empty());
    if suite.database.is_none() {
        let kept = empty.stdout.lines().last().unwrap().trim().to_owned();
        assert!(std::fs::read_to_string(&kept).unwrap().starts_with("dear diary"), "{empty:?}");
    }
    suite.seed();
}

fn an_emergency_names_what_it_does_not_restore(suite: &Suite) {
    let island = suite.seed();
    suite.json(&["backup", "--name", "golden"]);
    // As it is when the folder was moved, or the host has another name.
    let record = suite.place.path(".insula/backups/golden.backup.json");
    let mut moved: Value = serde_json::from_slice(&std::fs::read(&record).unwrap()).unwrap();
    moved["database"] = json!("elsewhere");
    std::fs::write(&record, moved.to_string()).unwrap();
    std::fs::write(suite.place.path(".insula/backups/bad.backup.json"), "{}").unwrap();
    let refused = suite.run(&["restore", "--emergency"]);
    assert_eq!(refused.code, Some(3), "a sound one is not replaced by an empty one: {refused:?}");
    let is_named =
        |said: &str| ["golden", "elsewhere", "insula restore golden"].iter().all(|name| said.contains(name));
    assert!(is_named(&refused.stderr) && refused.stderr.contains("bad"), "{refused:?}");
    assert_eq!(suite.islands(), std::slice::from_ref(&island));
    match &suite.database {
        None => std::fs::write(suite.database_file(), "dear diary, ".repeat(1000)).unwrap(),
        Some(database) => database.remove(),
    }
    let empty = suite.run(&["restore", "--emergency"]);
    assert!(empty.code == Some(0) && empty.stdout.contains("the database is new and empty"), "{empty:?}");
    assert!(is_named(&empty.stdout) && empty.stdout.contains("The backup bad is damaged"), "{empty:?}");
    suite.json(&["restore", "golden", "--yes"]);
    assert_eq!(suite.islands(), [island]);
}

fn one_that_is_not_marked_is_adopted_by_its_name(suite: &Suite) {
    let island = suite.seed();
    suite.json(&["backup"]);
    let name = match &suite.database {
        None => {
            suite.place.sql("DROP TABLE insula_mark");
            "insula.db"
        }
        Some(database) => {
            database.sql("DROP TABLE insula_mark");
            database.name()
        }
    };
    let refused = suite.run(&["restore", "--emergency"]);
    let adopt = format!("--adopt-database {name}");
    assert!(refused.code == Some(5) && refused.stderr.contains(&adopt), "{refused:?}");
    suite.json(&["restore", "--emergency", "--adopt-database", name]);
    assert_eq!(suite.islands(), [island]);
}

#[test]
fn without_postgresqls_programs_it_is_copied_as_a_template() {
    let suite = Suite { place: Place::new(), database: Some(Database::fresh()) };
    let without = |args: &[&str]| ran(suite.command(args).env("PATH", suite.place.path("empty")));
    let island = suite.seed();
    let backup = without(&["backup", "--json"]).json();
    assert_eq!((&backup["form"], backup.get("checksum")), (&json!("template"), None));
    suite.seed();
    assert_eq!(without(&["restore", "--yes", "--json"]).json()["backup"]["name"], backup["name"]);
    assert_eq!(suite.islands(), std::slice::from_ref(&island));
    suite.seed();
    let up = suite.up(&[]);
    // Also while it is used: whoever is connected is cut off, and comes back.
    assert_eq!(without(&["backup"]).code, Some(0));
    assert_eq!(up.post("/api/test/seed", json!({ "scenario": "minimal" })).0, 201);
    drop(up);
    suite.database.as_ref().unwrap().remove();
    without(&["restore", backup["name"].as_str().unwrap(), "--yes", "--json"]).json();
    assert_eq!(suite.islands(), [island]);
    let copies = || {
        suite
            .database
            .as_ref()
            .unwrap()
            .sql("SELECT count(*) FROM pg_database WHERE datname LIKE '%\\_\\_backup-%'")
    };
    without(&["backup", "--keep", "1", "--json"]).json();
    assert_eq!(copies(), "1", "those that are too many go with their databases");
    let last = without(&["backups", "--json"]).json()["latest"].as_str().unwrap().to_owned();
    // The record stands in a folder that hosts of other databases may use as well.
    let elsewhere = Database::fresh();
    let command = ["backups", "--remove", &last, "--json"];
    let refused = ran(suite.place.command(&command).env("DATABASE_URL", elsewhere.url())).problem(1);
    assert!(refused["detail"].as_str().unwrap().contains("DATABASE_URL"), "{refused}");
    assert_eq!(copies(), "1");
    without(&command).json();
    assert_eq!(copies(), "0");
    let damaged = without(&["backup", "--json"]).json()["name"].as_str().unwrap().to_owned();
    suite.place.write(&format!(".insula/backups/{damaged}.backup.json"), "{");
    without(&["backups", "--remove", &damaged, "--json"]).json();
    assert_eq!(copies(), "0");
}

/// Whoever lists the processes of a machine must not read a password there.
#[test]
fn passwords_stand_on_no_command_line() {
    let place = Place::new();
    let database = Database::fresh();
    let name = database.name();
    database.sql(&format!(
        "CREATE ROLE {name} LOGIN CREATEDB PASSWORD 's3cret'; ALTER DATABASE {name} OWNER TO {name}"
    ));
    let url = database.url().replace("insula@", &format!("{name}:s3cret@"));
    let programs = database.server().programs();
    for program in ["pg_dump", "pg_restore"] {
        let told = place.path("told");
        let script = format!(
            "#!/bin/sh\necho {program} \"$@\" \"password=$PGPASSWORD\" >> {}\nexec {} \"$@\"\n",
            told.display(),
            programs.join(program).display()
        );
        let path = place.write(&format!("bin/{program}"), script);
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let run = |args: &[&str]| {
        let path = format!("{}:{}", place.path("bin").display(), std::env::var("PATH").unwrap());
        ran(place.command(args).env("DATABASE_URL", &url).env("PATH", path))
    };
    run(&["seed", "minimal", "--json"]).json();
    let backup = run(&["backup", "--json"]);
    backup.json();
    run(&["restore", "--yes", "--json"]).json();
    let told = std::fs::read_to_string(place.path("told")).unwrap();
    let calls: Vec<&str> = told.lines().filter(|line| !line.contains("--version")).collect();
    assert!(calls.len() == 3, "{calls:?}");
    for call in calls {
        let (arguments, password) = call.rsplit_once("password=").unwrap();
        assert!(!arguments.contains("s3cret") && password == "s3cret", "{call}");
    }
    let folder = std::fs::read_dir(place.path(".insula/backups")).unwrap();
    for record in folder
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
    {
        assert!(!std::fs::read_to_string(&record).unwrap().contains("s3cret"), "{record:?}");
    }
    assert!(!backup.stdout.contains("s3cret"));
}

/// Runs that are under way are not pulled from under their callers.
#[test]
fn runs_under_way_are_waited_for_or_forced() {
    let place = Place::new();
    place.plugins(&["loops_for_ever"]);
    let up = place.up(&["--plugins", "plugins"]);
    up.post("/api/test/backups", json!({}));
    let (before, url) = (up.ticks(), up.url().to_owned());
    let asked =
        std::thread::spawn(move || post(&url, "/api/test/seed", &json!({ "scenario": "loops_for_ever" })));
    while up.ticks() < before + 20 {
        std::thread::yield_now();
    }
    let server = format!("--server={}", up.url());
    for command in [&["reset"][..], &["restore", "--yes"]] {
        let refused = place.run(&[command, &["--json", &server]].concat()).problem(1);
        assert_eq!(refused["type"], "/problems/runs-under-way", "{refused}");
    }
    place.json(&["restore", "--yes", "--force", &server]);
    drop(up);
    asked.join().unwrap();
}
