//! Moving the write-ahead log into the database, off the write path.
//!
//! SQLite would do it inside whichever commit makes the log too long, and that commit would wait for the disk. Here a
//! connection of its own does it, on its own thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use sqlx::ConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use tokio::sync::{Mutex, Notify, OwnedMutexGuard};
use tokio::task::JoinHandle;

/// About so many pages are written between two checkpoints. More saves writing busy pages again and again; the log is
/// 4 KiB a page.
const EVERY_PAGES: usize = 4000;

/// A log of so many pages (64 MiB) is brought to an end, for which the writer has to wait a moment: while somebody
/// writes, a checkpoint never reaches the end, and a log whose end is never reached only grows.
const TOO_LONG: i64 = 16_384;

/// To move so few pages (4 MiB) takes a moment, for which the writer may wait.
const SHORT: i64 = 1024;

/// After so many rounds the writer has to wait for more than that: it writes as fast as the disk does.
const ROUNDS: u32 = 4;

pub(super) struct Checkpointer {
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Shared {
    pages: AtomicUsize,
    wake: Notify,
    stop: AtomicBool,
    gate: Arc<Mutex<()>>,
}

impl Checkpointer {
    pub(super) fn start(options: SqliteConnectOptions, name: String) -> Self {
        let shared = Arc::new(Shared::default());
        let task = tokio::spawn(run(Arc::clone(&shared), options.create_if_missing(false), name));
        Self { shared, task }
    }

    /// Held by the writer while it writes.
    pub(super) async fn gate(&self) -> OwnedMutexGuard<()> {
        Arc::clone(&self.shared.gate).lock_owned().await
    }

    /// To be told after each transaction: about how many rows it wrote.
    pub(super) fn wrote(&self, rows: usize) {
        // A transaction changes a page or two of each table that it touches, however few its rows.
        let pages = 24 + rows / 12;
        if self.shared.pages.fetch_add(pages, Ordering::Relaxed) + pages >= EVERY_PAGES {
            self.shared.wake.notify_one();
        }
    }

    pub(super) async fn stop(self) {
        self.shared.stop.store(true, Ordering::Release);
        self.shared.wake.notify_one();
        if let Err(error) = self.task.await {
            tracing::warn!(%error, "the checkpointer died");
        }
    }
}

async fn run(shared: Arc<Shared>, options: SqliteConnectOptions, name: String) {
    let mut db = None;
    loop {
        shared.wake.notified().await;
        if shared.stop.load(Ordering::Acquire) {
            return;
        }
        shared.pages.store(0, Ordering::Relaxed);
        if let Err(error) = checkpoint(&mut db, &options, &shared).await {
            // The log grows until it succeeds; nothing is lost.
            tracing::warn!(%error, database = name, "a checkpoint failed; it is tried again later");
            db = None;
        }
    }
}

async fn checkpoint(
    db: &mut Option<SqliteConnection>,
    options: &SqliteConnectOptions,
    shared: &Shared,
) -> Result<(), sqlx::Error> {
    let db = match db {
        Some(db) => db,
        none => none.insert(options.connect().await?),
    };
    let mut log = passive(db).await?;
    if log <= TOO_LONG {
        return Ok(());
    }
    // Each round leaves what was written during it, so each is shorter than the one before.
    for _ in 0..ROUNDS {
        let before = log;
        log = passive(db).await?;
        if log - before < SHORT {
            break;
        }
    }
    let _closed = shared.gate.lock().await;
    // It reaches the end, since nobody writes; the next write begins the log anew.
    passive(db).await?;
    Ok(())
}

/// Moves what it can without waiting for anybody, and says how many pages the log has.
async fn passive(db: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    let (_busy, pages, _moved): (i64, i64, i64) =
        sqlx::query_as("PRAGMA wal_checkpoint(PASSIVE)").fetch_one(db).await?;
    Ok(pages)
}
