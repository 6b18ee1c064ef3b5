//! Commands on a database of their own, SQLite or PostgreSQL.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use insula_test_postgres::Database;
use serde_json::Value;

use crate::program::{Place, Ran, Up, ran};

/// A place and the database on which its commands work.
pub struct Suite {
    pub place: Place,
    pub database: Option<Database>,
}

/// Runs tests on each database.
macro_rules! both {
    ($($name:ident),* $(,)?) => {$(
        mod $name {
            #[test]
            fn sqlite() {
                super::$name(&crate::suite::Suite { place: crate::program::Place::new(), database: None });
            }
            #[test]
            fn postgres() {
                let database = Some(insula_test_postgres::Database::fresh());
                super::$name(&crate::suite::Suite { place: crate::program::Place::new(), database });
            }
        }
    )*};
}
pub(crate) use both;

impl Suite {
    pub fn args(&self, args: &[&str]) -> Vec<String> {
        let url = self.database.as_ref().map(|database| format!("--database={}", database.url()));
        args.iter().map(|arg| (*arg).to_owned()).chain(url).collect()
    }

    pub fn command(&self, args: &[&str]) -> std::process::Command {
        let args = self.args(args);
        self.place.command(&args.iter().map(String::as_str).collect::<Vec<_>>())
    }

    pub fn run(&self, args: &[&str]) -> Ran {
        ran(&mut self.command(args))
    }

    pub fn json(&self, args: &[&str]) -> Value {
        self.run(&[args, &["--json"]].concat()).json()
    }

    pub fn seed(&self) -> String {
        id(&self.json(&["seed", "standard", "--ttl", "keep"]))
    }

    /// The ids of the islands, sorted.
    pub fn islands(&self) -> Vec<String> {
        let islands = self.json(&["islands"]);
        let mut ids: Vec<String> = islands["islands"].as_array().unwrap().iter().map(id).collect();
        ids.sort();
        ids
    }

    /// What happened, but for what was only answered.
    pub fn kinds(&self) -> Vec<String> {
        kinds(&self.json(&["events"]))
    }

    pub fn up(&self, args: &[&str]) -> Up {
        let args = [&["up", "--json", "--listen", "127.0.0.1:0", "--scenario", "minimal"], args].concat();
        Up::start(&mut self.command(&args))
    }

    /// Makes a patient undeletable, so that an island is stuck.
    pub fn make_stuck(&self) {
        self.forbid("DELETE ON patients");
    }

    /// Has the database refuse what is done to a table.
    pub fn forbid(&self, what: &str) {
        match &self.database {
            None => self.place.sql(&format!(
                "CREATE TRIGGER keep BEFORE {what} BEGIN SELECT RAISE(ABORT, 'kept by law'); END"
            )),
            Some(database) => drop(database.sql(&format!(
                "CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'kept by law'; END $$; \
                 CREATE TRIGGER keep BEFORE {what} FOR EACH ROW EXECUTE FUNCTION keep()"
            ))),
        }
    }

    /// Has another program run some SQL.
    pub fn sql(&self, text: &str) {
        match &self.database {
            None => self.place.sql(text),
            Some(database) => drop(database.sql(text)),
        }
    }

    /// The same SQL in the words of the one or the other.
    pub fn either<'a>(&self, sqlite: &'a str, postgres: &'a str) -> &'a str {
        if self.database.is_some() { postgres } else { sqlite }
    }

    /// Runs a command and kills it after a time.
    pub fn killed_after(&self, args: &[&str], time: Duration) {
        let mut command = self.command(args);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let began = Instant::now();
        while began.elapsed() < time && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        // It may have ended by itself.
        child.kill().unwrap_or_default();
        child.wait().unwrap();
    }

    /// The moments at which to kill something that takes a time: at once, spread over it, and when it has ended.
    pub fn moments(time: Duration) -> impl Iterator<Item = Duration> {
        (0..=10).map(move |step| time * step / 10).chain([Duration::MAX])
    }

    pub fn database_file(&self) -> PathBuf {
        self.place.path(".insula/insula.db")
    }

    /// Nothing is left over but what is listed.
    pub fn assert_tidy(&self) {
        match &self.database {
            None => {
                let left = std::fs::read_dir(self.place.path(".insula")).unwrap();
                let left: Vec<String> =
                    left.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
                assert!(!left.iter().any(|name| name.contains("restoring")), "{left:?}");
            }
            Some(database) => {
                let beside = format!(
                    "SELECT datname FROM pg_database WHERE datname LIKE '{}\\_\\_%'",
                    database.name()
                );
                let left = database.sql(&beside);
                let before = |name: &str| name.contains("__before-");
                assert!(left.lines().all(before) && left.lines().count() <= 2, "{left}");
            }
        }
    }
}

pub fn id(island: &Value) -> String {
    island["island_id"].as_str().unwrap().to_owned()
}

/// The kinds of events, but for those that were only answered.
pub fn kinds(events: &Value) -> Vec<String> {
    let kinds = events["events"].as_array().unwrap().iter().map(|event| event["kind"].as_str().unwrap());
    kinds.filter(|kind| *kind != "answered").map(str::to_owned).collect()
}
