//! A PostgreSQL of one's own, for tests.
//!
//! The installed programs are started in a temporary directory, on a socket there and on no port. All tests of a binary
//! share one server, each with a database of its own; a test that stops the server starts one for itself.
//!
//! ```no_run
//! let database = insula_test_postgres::Database::fresh();
//! println!("DATABASE_URL={}", database.url());
//! ```

#![allow(clippy::expect_used, clippy::panic, reason = "in tests a failure is to be seen at once")]

mod find;
mod server;

use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

pub use server::Server;

/// A database of its own, gone when it is dropped.
#[derive(Debug)]
pub struct Database {
    name: String,
    server: &'static Server,
}

impl Database {
    /// An empty database on the server that all tests of this process share.
    pub fn fresh() -> Self {
        static SERVER: OnceLock<Server> = OnceLock::new();
        Self::on(SERVER.get_or_init(Server::start), "template1")
    }

    /// A copy of this one, to which nobody is connected.
    pub fn copy(&self) -> Self {
        Self::on(self.server, &self.name)
    }

    fn on(server: &'static Server, template: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        server.sql("postgres", &format!("CREATE DATABASE {name} TEMPLATE {template}"));
        Self { name, server }
    }

    /// Its URL.
    pub fn url(&self) -> String {
        self.server.url(&self.name)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Takes it away.
    pub fn remove(&self) {
        self.server.sql("postgres", &format!("DROP DATABASE {} WITH (FORCE)", self.name));
    }

    /// The server that it is on.
    pub fn server(&self) -> &'static Server {
        self.server
    }

    /// Has psql run some SQL, and returns what it printed.
    ///
    /// # Errors
    /// What psql said.
    pub fn try_sql(&self, text: &str) -> Result<String, String> {
        self.server.try_sql(&self.name, text)
    }

    /// The same where it must work.
    pub fn sql(&self, text: &str) -> String {
        self.server.sql(&self.name, text)
    }
}

impl Drop for Database {
    /// Nobody waits for it: what is left over goes with the server.
    fn drop(&mut self) {
        let (server, text) = (self.server, format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
        std::thread::spawn(move || server.try_sql("postgres", &text));
    }
}

/// The output of a program that must succeed.
fn output(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|reason| format!("{command:?}: {reason}"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}
