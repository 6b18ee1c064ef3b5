//! The server that is measured.

use std::fs;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use hyper::Method;
use hyper::body::Bytes;
use insula_test_postgres::Database;
use tempfile::TempDir;

use crate::client::Client;

/// A server that is not ready after this time will never be.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where a server keeps its database, its cache and its key; gone when dropped.
#[derive(Debug)]
pub struct DataDir {
    directory: TempDir,
    /// Its database, where that is not a file here.
    postgres: Option<Database>,
}

/// Which database is measured.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct DatabaseArgs {
    /// On a PostgreSQL that is started for it (with its own settings, in a temporary directory), rather than on SQLite
    #[arg(long)]
    postgres: bool,
}

impl DataDir {
    /// An empty one.
    pub fn new() -> Result<Self> {
        let directory = tempfile::Builder::new().prefix("insula-load-").tempdir()?;
        Ok(Self { directory, postgres: None })
    }

    /// An empty one, with such a database.
    pub fn with(database: DatabaseArgs) -> Result<Self> {
        let postgres = database.postgres.then(Database::fresh);
        Ok(Self { postgres, ..Self::new()? })
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Takes the database away, and leaves what was compiled.
    pub fn forget_database(&self) -> Result<()> {
        for file in ["insula.db", "insula.db-wal", "insula.db-shm"] {
            match fs::remove_file(self.path().join(file)) {
                Err(reason) if reason.kind() != ErrorKind::NotFound => return Err(reason.into()),
                _ => {}
            }
        }
        Ok(())
    }
}

/// A server; killed when dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Server {
    /// Starts a server, and waits until it is ready.
    pub async fn start(insula: &Path, data: &DataDir, more: &[&str]) -> Result<Self> {
        let mut server = Self::spawn(insula, data, more)?;
        server.connect().await?.expect(Method::GET, "/readyz", Bytes::new()).await?;
        Ok(server)
    }

    /// Starts a server and does not wait.
    pub fn spawn(insula: &Path, data: &DataDir, more: &[&str]) -> Result<Self> {
        // Free a moment ago; that another program takes it at once is unlikely, and would be told.
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let mut command = Command::new(insula);
        match &data.postgres {
            Some(database) => command.env("DATABASE_URL", database.url()),
            None => command.env_remove("DATABASE_URL"),
        };
        let child = command
            .args(["serve", "--log", "error", "--listen", &address.to_string(), "--data-dir"])
            .arg(data.path())
            .args(more)
            .env("E2E_TEST_MODE", "true")
            .env("INSULA_CACHE_DIR", data.path().join("cache"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .with_context(|| {
                format!("cannot start {}; build it, or name it with --insula", insula.display())
            })?;
        Ok(Self { child, address })
    }

    /// A connection, as soon as it is to be had.
    pub async fn connect(&mut self) -> Result<Client> {
        let began = Instant::now();
        loop {
            match Client::connect(self.address).await {
                Ok(client) => return Ok(client),
                Err(reason) if began.elapsed() > PATIENCE => return Err(reason),
                Err(_) => {}
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("the server ended before it listened ({status})");
            }
            // Tokio's timer is too coarse for a start of milliseconds, and nothing else is to be done.
            std::thread::sleep(Duration::from_micros(100));
        }
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Err(reason) = self.child.kill().and_then(|()| self.child.wait()) {
            eprintln!("the server {} did not end: {reason}", self.child.id());
        }
    }
}
