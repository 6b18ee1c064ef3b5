//! One server.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;

use crate::find;

/// A PostgreSQL in a temporary directory. It ends, and its directory goes, when this is dropped, and just as well when
/// this process ends in any other way.
#[derive(Debug)]
pub struct Server {
    programs: PathBuf,
    directory: PathBuf,
    port: u16,
    keeper: Mutex<Keeper>,
}

/// The script that runs the server.
#[derive(Debug)]
struct Keeper {
    child: Child,
    words: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Server {
    /// Starts one.
    pub fn start() -> Self {
        Self::start_with(5432, &[])
    }

    /// Starts one that listens on a port of this machine as well, by TLS: with the `certificate.pem` and `key.pem` of a
    /// directory that anybody may read.
    pub fn start_with_tls(directory: &Path) -> Self {
        let port = TcpListener::bind(("localhost", 0)).and_then(|listener| listener.local_addr());
        let port = port.expect("a free port").port();
        Self::start_with(port, &[OsStr::new(&port.to_string()), directory.as_os_str()])
    }

    fn start_with(port: u16, more: &[&OsStr]) -> Self {
        let programs = find::programs();
        let mut child = find::unprivileged("/bin/sh")
            .args(["-c", include_str!("server.sh"), "sh"])
            .arg(&programs)
            .args(more)
            // A directory that anybody may enter.
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell");
        let (words, answers) = (child.stdin.take(), child.stdout.take().expect("it is piped"));
        let mut keeper = Keeper { child, words, answers: BufReader::new(answers) };
        let ready = keeper.tell("start");
        let directory = ready.strip_prefix("ready ").unwrap_or_else(|| panic!("PostgreSQL: {ready}"));
        Self { programs, directory: directory.into(), port, keeper: Mutex::new(keeper) }
    }

    /// Stops it in good order: clients are cut off.
    pub fn stop(&self) {
        self.tell("stop");
    }

    /// Stops it as a crash would.
    pub fn kill(&self) {
        self.tell("kill");
    }

    /// Starts it again where it was stopped.
    pub fn start_again(&self) {
        let ready = self.tell("start");
        assert!(ready.starts_with("ready "), "PostgreSQL: {ready}");
    }

    /// The URL of a database of this name.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://insula@localhost:{}/{database}?host={}", self.port, self.directory.display())
    }

    /// The URL of a database of this name, not by its socket.
    pub fn url_by_port(&self, database: &str) -> String {
        format!("postgres://insula@localhost:{}/{database}", self.port)
    }

    /// The directory of its socket.
    pub fn socket(&self) -> &std::path::Path {
        &self.directory
    }

    /// Where the programs are that came with it.
    pub fn programs(&self) -> &std::path::Path {
        &self.programs
    }

    /// Has psql run some SQL, and returns what it printed.
    ///
    /// # Errors
    /// What psql said.
    pub fn try_sql(&self, database: &str, text: &str) -> Result<String, String> {
        let mut command = Command::new(self.programs.join("psql"));
        command.args([
            "-X",
            "-q",
            "-A",
            "-t",
            "-v",
            "ON_ERROR_STOP=1",
            "-d",
            &self.url(database),
            "-c",
            text,
        ]);
        crate::output(&mut command)
    }

    /// The same where it must work.
    pub fn sql(&self, database: &str, text: &str) -> String {
        self.try_sql(database, text).unwrap_or_else(|reason| panic!("{text}: {reason}"))
    }

    fn tell(&self, word: &str) -> String {
        // Whoever panicked in between has not broken it.
        self.keeper.lock().unwrap_or_else(std::sync::PoisonError::into_inner).tell(word)
    }
}

impl Keeper {
    fn tell(&mut self, word: &str) -> String {
        let words = self.words.as_mut().expect("it is open until the server is dropped");
        writeln!(words, "{word}").expect("the script reads");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).expect("the script answers");
        answer.trim_end().to_owned()
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.words.take());
        if let Err(reason) = self.child.wait() {
            eprintln!("PostgreSQL's keeper: {reason}");
        }
    }
}
