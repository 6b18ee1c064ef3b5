//! Runs the program, once or as a server.

use std::io::Read;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_insula");

/// What one call of the program came to.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    /// The answer of a call that must succeed.
    pub fn json(&self) -> Value {
        assert_eq!(self.code, Some(0), "{self:?}");
        serde_json::from_str(&self.stdout).unwrap_or_else(|reason| panic!("{reason}: {self:?}"))
    }

    /// What a call with `--json` that must fail says of it.
    pub fn problem(&self, code: i32) -> Value {
        assert_eq!(self.code, Some(code), "{self:?}");
        let last = self.stderr.lines().last().unwrap_or_default();
        serde_json::from_str(last).unwrap_or_else(|reason| panic!("{reason}: {self:?}"))
    }
}

/// A directory in which the program runs, with nothing of the outer environment that it would heed.
pub struct Place {
    pub folder: TempDir,
}

impl Place {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    /// A directory of plugins with the hostile guests of these names.
    pub fn plugins(&self, guests: &[&str]) {
        for guest in guests {
            self.write(&format!("plugins/{guest}.wasm"), insula_test_guests::guest(guest));
        }
    }

    pub fn command(&self, args: &[&str]) -> Command {
        self.command_of(Path::new(PROGRAM), args)
    }

    /// The same for another program that starts this one.
    pub fn command_of(&self, program: &Path, args: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(args).current_dir(self.folder.path()).stdin(Stdio::null());
        let heeded = |name: &str| {
            name.starts_with("INSULA_")
                || name.starts_with("E2E_")
                || ["DATABASE_URL", "COLUMNS"].contains(&name)
        };
        for (name, _) in std::env::vars().filter(|(name, _)| heeded(name)) {
            command.env_remove(name);
        }
        // Shared by all tests: the built-in scenarios are compiled once, and not at each call of the program.
        command.env("INSULA_CACHE_DIR", concat!(env!("CARGO_TARGET_TMPDIR"), "/cache"));
        command
    }

    pub fn run(&self, args: &[&str]) -> Ran {
        ran(&mut self.command(args))
    }

    /// Runs a call and reads its answer.
    pub fn json(&self, args: &[&str]) -> Value {
        self.run(&[args, &["--json"]].concat()).json()
    }

    /// Starts `up` on a free port, with a first island.
    pub fn up(&self, args: &[&str]) -> Up {
        Up::start(&mut self.command(&[&["up", "--json", "--listen", "127.0.0.1:0"], args].concat()))
    }

    /// Has another program change the database.
    pub fn sql(&self, sql: &str) {
        self.sql_in(".insula/insula.db", sql);
    }

    /// The same with a database in another file.
    pub fn sql_in(&self, file: &str, sql: &str) {
        use sqlx::{AssertSqlSafe, Connection, SqliteConnection};
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let url = format!("sqlite://{}", self.path(file).display());
            let mut db = SqliteConnection::connect(&url).await.unwrap();
            sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut db).await.unwrap();
            db.close().await.unwrap();
        });
    }

    /// The ids of the islands that exist.
    pub fn islands(&self) -> Vec<String> {
        let islands = self.json(&["islands", "--limit", "1000"]);
        let list = islands["islands"].as_array().unwrap();
        assert_eq!(islands["total"], list.len());
        list.iter().map(|island| island["island_id"].as_str().unwrap().to_owned()).collect()
    }
}

/// Runs a command to its end.
pub fn ran(command: &mut Command) -> Ran {
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// A server that is up. It is killed when the test is done with it.
pub struct Up {
    child: Child,
    stdout: ChildStdout,
    stderr: Option<ChildStderr>,
    /// What it said when it was up.
    pub said: Value,
}

impl Up {
    pub fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdout = child.stdout.take().unwrap();
        let mut stderr = child.stderr.take();
        let said = serde_json::Deserializer::from_reader(&mut stdout).into_iter::<Value>().next();
        let said = said.and_then(Result::ok).unwrap_or_else(|| {
            let mut reason = String::new();
            stderr.take().unwrap().read_to_string(&mut reason).unwrap();
            panic!("it did not come up: {reason}")
        });
        Self { child, stdout, stderr, said }
    }

    pub fn url(&self) -> &str {
        self.said["url"].as_str().unwrap()
    }

    pub fn first_island(&self) -> &str {
        self.said["island"]["island_id"].as_str().unwrap()
    }

    /// Sends a request as curl would.
    pub fn post(&self, path: &str, body: Value) -> (u16, Value) {
        post(self.url(), path, &body).unwrap()
    }

    pub fn signal(&self, signal: &str) {
        let kill = format!("kill -{signal} {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    }

    /// What it says on standard error from now on, line by line.
    pub fn stderr(&self) -> std::sync::mpsc::Receiver<String> {
        use std::io::BufRead;
        let (tell, lines) = std::sync::mpsc::channel();
        let stderr = self.stderr.as_ref().unwrap().as_fd().try_clone_to_owned().unwrap();
        std::thread::spawn(move || {
            let read = std::io::BufReader::new(std::fs::File::from(stderr)).lines().map_while(Result::ok);
            read.for_each(|line| tell.send(line).unwrap_or_default());
        });
        lines
    }

    /// Waits for its end after a signal.
    pub fn end(mut self) -> Ran {
        let (mut stdout, mut stderr) = (String::new(), String::new());
        self.stdout.read_to_string(&mut stdout).unwrap();
        self.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        Ran { code: self.child.wait().unwrap().code(), stdout, stderr }
    }

    /// Kills it as the kernel would.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// The processor time that it has used, in ticks.
    pub fn ticks(&self) -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        // The name may hold spaces; it ends with the last parenthesis (proc(5)).
        let fields: Vec<&str> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
        fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            self.child.kill().unwrap();
            self.child.wait().unwrap();
        }
    }
}

/// Asks servers, without TLS; but reqwest makes no client before it knows whose it would be.
pub fn http() -> reqwest::Client {
    // It fails where it was set before, which is as good.
    drop(rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::new()
}

/// Sends a request; nothing comes back from a server that dies.
pub fn post(url: &str, path: &str, body: &Value) -> Option<(u16, Value)> {
    asked(http().post(format!("{url}{path}")).json(body))
}

/// Asks for what there is, in the same way.
pub fn get(url: &str, path: &str) -> Option<(u16, Value)> {
    asked(http().get(format!("{url}{path}")))
}

/// Asks for something to be removed, in the same way.
pub fn delete(url: &str, path: &str) -> Option<(u16, Value)> {
    asked(http().delete(format!("{url}{path}")))
}

/// Listens to what happens to an island, from its beginning, until there is an event of this kind. Returns the kinds.
pub fn heard(url: &str, island: &str, last: &str) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let request = http().get(format!("{url}/api/test/events?island={island}")).header("last-event-id", "0");
    let listening = async {
        let (mut response, mut text) = (request.send().await.unwrap(), String::new());
        loop {
            let piece = response.chunk().await.unwrap().unwrap_or_else(|| panic!("no {last} in {text}"));
            text.push_str(std::str::from_utf8(&piece).unwrap());
            let lines = text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'));
            let kinds: Vec<String> =
                lines.filter_map(|line| line.strip_prefix("event: ")).map(str::to_owned).collect();
            if kinds.iter().any(|kind| kind == last) {
                return kinds;
            }
        }
    };
    // Longer than anything that is listened for takes on the slowest machine.
    let listening = async { tokio::time::timeout(Duration::from_secs(120), listening).await };
    runtime.block_on(listening).unwrap_or_else(|_| panic!("{last} does not happen"))
}

fn asked(request: reqwest::RequestBuilder) -> Option<(u16, Value)> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let response = request.send().await.ok()?;
        Some((response.status().as_u16(), response.json().await.ok()?))
    })
}
