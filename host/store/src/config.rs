//! How a store is opened.

use std::path::PathBuf;
use std::time::Duration;

use crate::layout::Layout;

/// How to open a store.
#[derive(Clone, Debug)]
pub struct StoreConfig {
    /// `sqlite://path`, a path, or `sqlite::memory:`; or `postgres://user:password@host/database`, with `?host=/directory`
    /// for a Unix socket.
    pub url: String,
    /// Use a database that holds tables and is not marked as a test database, and mark it.
    pub adopt: bool,
    /// When a commit counts as written.
    pub synchronous: Synchronous,
    /// How entities map to tables.
    pub layout: Layout,
    /// How many writes may wait.
    pub queue: usize,
    /// How long a write waits for a place in the queue before it is refused, and for another program that holds
    /// the database.
    pub patience: Duration,
    /// How many connections read at once.
    pub readers: u32,
    /// How many connections write at once, where the database lets more than one: PostgreSQL.
    pub writers: u32,
    /// The folder of its backups.
    pub backups: Option<PathBuf>,
    /// How large the database may grow, in bytes; as large as the disk where it is not said.
    pub max_bytes: Option<u64>,
}

/// When a commit counts as written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Synchronous {
    /// SQLite: when the operating system has it; a kill loses nothing, and a power cut may lose the last commits but
    /// leaves no half of one. PostgreSQL: when the disk has it.
    #[default]
    Normal,
    /// When the disk has it.
    Full,
    /// As `Normal` on SQLite. PostgreSQL: at once; a crash of the server may lose the last commits but leaves no half of
    /// one (its `synchronous_commit = off`).
    Relaxed,
}

impl StoreConfig {
    /// The defaults, for a database.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            adopt: false,
            synchronous: Synchronous::default(),
            layout: Layout::insula(),
            // More than any sensible number of parallel tests; each holds one small draft.
            queue: 1024,
            patience: Duration::from_secs(5),
            // Reads are short, and each connection is a thread.
            readers: 4,
            // While one waits for the disk, another writes what came in meanwhile. More than there are cores would each
            // write less with a statement, which costs more than the rows of a small island.
            writers: std::thread::available_parallelism()
                .map_or(2, |cores| u32::try_from(cores.get()).unwrap_or(4).clamp(2, 4)),
            backups: None,
            max_bytes: None,
        }
    }
}
