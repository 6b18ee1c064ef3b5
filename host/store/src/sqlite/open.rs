//! Opening a database: finding it, seeing that it is ours to write, and bringing its schema up to date.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection};

use super::commits::Opening;
use super::error::store_error;
use super::schema;
use crate::config::{StoreConfig, Synchronous};
use crate::error::StoreError;
use crate::plan::Plan;

/// An open database.
pub(crate) struct Database {
    /// How errors call it.
    pub name: String,
    /// Its file, unless it is in memory.
    pub file: Option<PathBuf>,
    /// The connection that commits is opened so.
    pub(super) commits: Opening,
    /// The connection that writes all else.
    pub writer: SqliteConnection,
    /// How to open another such.
    pub options: SqliteConnectOptions,
    /// The connections that read.
    pub readers: SqlitePool,
}

/// Opens a database, and makes it where there is none.
///
/// # Errors
/// When it cannot be opened or written, is not ours, or has not the tables that the layout says.
pub(crate) async fn open(config: &StoreConfig, plan: &Plan) -> Result<Database, StoreError> {
    let Place { name, file, options } = place(&config.url)?;
    let commits = Opening {
        file: options.get_filename().to_owned(),
        vfs: file.is_none().then_some(MEMORY),
        read_only: config
            .url
            .split_once('?')
            .is_some_and(|(_, options)| options.contains("mode=ro") || options.contains("immutable=")),
        patience: config.patience,
        synchronous: config.synchronous,
        max_pages: config.max_bytes.map(pages),
    };
    if let Some(file) = &file {
        check_directory(&name, file)?;
    }
    let options = options.busy_timeout(config.patience).disable_statement_logging();
    let failed = |error: sqlx::Error| store_error(&name, &error);

    let write = writer_options(options.clone(), config, file.is_some());
    let mut writer = write.connect().await.map_err(failed)?;
    let prepared = prepare(&mut writer, config, plan, &name, file.is_some()).await;
    if let Err(error) = prepared {
        // Closed in good order, so that a database that is refused is left as it was found.
        writer.close().await.map_err(failed)?;
        return Err(error);
    }

    // A reader that needs no more than to read cannot change anything by mistake.
    let read = options.create_if_missing(false).pragma("query_only", "ON").pragma("mmap_size", MMAP);
    let readers =
        SqlitePoolOptions::new().max_connections(config.readers.max(1)).acquire_timeout(config.patience);
    Ok(Database { name, file, commits, writer, options: write, readers: readers.connect_lazy_with(read) })
}

async fn prepare(
    writer: &mut SqliteConnection,
    config: &StoreConfig,
    plan: &Plan,
    name: &str,
    on_disk: bool,
) -> Result<(), StoreError> {
    schema::check_mark(writer, name, config.adopt).await?;
    if on_disk {
        use_wal(writer, name).await?;
    }
    schema::migrate(writer, name).await?;
    schema::check_drift(writer, name, plan, &config.layout).await
}

/// The file that a URL names; nothing where it is a database in memory.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn file(url: &str) -> Result<Option<PathBuf>, StoreError> {
    place(url).map(|place| place.file)
}

/// However a file is named, by which directory or link: the same one, whether it is there or not.
fn whole(file: PathBuf) -> PathBuf {
    let in_directory = || {
        let directory = file.parent().filter(|path| !path.as_os_str().is_empty());
        let directory = directory.unwrap_or(Path::new(".")).canonicalize().ok()?;
        Some(directory.join(file.file_name()?))
    };
    file.canonicalize().ok().or_else(in_directory).unwrap_or(file)
}

/// Where a database is.
struct Place {
    name: String,
    file: Option<PathBuf>,
    options: SqliteConnectOptions,
}

fn place(url: &str) -> Result<Place, StoreError> {
    if matches!(url, "sqlite::memory:" | "sqlite://:memory:" | ":memory:") {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        // A name that begins with a slash is shared by the connections of one process (SQLite's memdb.c). It locks
        // as a file does, where a shared cache would make readers and the writer refuse one another.
        let memory = format!("/insula-{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let options = SqliteConnectOptions::new().filename(memory).vfs(MEMORY);
        return Ok(Place { name: "in memory".to_owned(), file: None, options });
    }
    let cannot = |problem: String| StoreError::CannotOpen { database: url.to_owned(), problem };
    let options: SqliteConnectOptions = if url.starts_with("sqlite:") {
        url.parse().map_err(|error: sqlx::Error| cannot(format!("{error}; write it as sqlite://path")))?
    } else if let Some((scheme, _)) = url.split_once("://") {
        return Err(cannot(format!("{scheme} is not supported; write sqlite://path")));
    } else {
        SqliteConnectOptions::new().filename(url)
    };
    let file = options.get_filename().to_owned();
    Ok(Place { name: file.display().to_string(), file: Some(whole(file)), options })
}

/// SQLite says no more than that it is unable to open the file.
fn check_directory(name: &str, file: &Path) -> Result<(), StoreError> {
    let cannot = |problem: String| Err(StoreError::CannotOpen { database: name.to_owned(), problem });
    if file.is_dir() {
        return cannot("it is a directory; name a file in it".to_owned());
    }
    match file.parent() {
        Some(directory) if !directory.as_os_str().is_empty() && !directory.is_dir() => {
            cannot(format!("there is no directory {}; make it first", directory.display()))
        }
        _ => Ok(()),
    }
}

/// How many bytes of the file readers map into memory rather than copy.
const MMAP: &str = "268435456";

fn writer_options(
    options: SqliteConnectOptions,
    config: &StoreConfig,
    on_disk: bool,
) -> SqliteConnectOptions {
    let synchronous = match config.synchronous {
        Synchronous::Normal | Synchronous::Relaxed => SqliteSynchronous::Normal,
        Synchronous::Full => SqliteSynchronous::Full,
    };
    let mut options = options
        .create_if_missing(true)
        .foreign_keys(true)
        .synchronous(synchronous)
        // The checkpointer does that, off the write path.
        .pragma("wal_autocheckpoint", "0");
    if !on_disk {
        options = options.journal_mode(SqliteJournalMode::Memory);
    }
    if let Some(bytes) = config.max_bytes {
        options = options.pragma("max_page_count", pages(bytes).to_string());
    }
    options
}

/// How many pages so many bytes are.
fn pages(bytes: u64) -> u64 {
    (bytes / PAGE_SIZE).max(1)
}

/// SQLite's name for databases in memory that several connections share.
const MEMORY: &str = "memdb";

/// SQLite's default.
const PAGE_SIZE: u64 = 4096;

/// Switches to a write-ahead log, in which readers and the writer do not wait for one another.
async fn use_wal(writer: &mut SqliteConnection, name: &str) -> Result<(), StoreError> {
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode = WAL")
        .fetch_one(writer)
        .await
        .map_err(|error| store_error(name, &error))?;
    if mode != "wal" {
        tracing::warn!(
            database = name,
            mode,
            "the database cannot use a write-ahead log; writing will be slow"
        );
    }
    Ok(())
}
