//! Opening a database: reaching it, seeing that it is ours to write, and bringing its schema up to date.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions, Connection};
use tokio::time::timeout;

use super::error::{cannot_open, store_error};
use super::schema;
use super::sql::Statements;
use crate::config::{StoreConfig, Synchronous};
use crate::error::StoreError;
use crate::hold::Hold;
use crate::select::sql;
use crate::store::Shared;

/// An open database.
pub(crate) struct Database {
    /// How errors call it.
    pub name: String,
    /// How to open a connection to it.
    pub link: Link,
    /// The statements that write.
    pub statements: Statements,
    /// The connections that read.
    pub readers: PgPool,
    /// How many connections write.
    pub writers: u32,
}

/// The way to a database.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    options: PgConnectOptions,
    /// The number of the store, by which its connections hold the database.
    number: i32,
}

/// The advisory lock that every connection of a store that writes holds, together with the store's number.
pub(super) const HOLD: i32 = 0x696e_7368;

/// The time that a server is given to take up a connection.
pub(super) const TO_CONNECT: Duration = Duration::from_secs(2);

impl Link {
    /// Opens a connection.
    pub(super) async fn connect(&self) -> Result<PgConnection, sqlx::Error> {
        let connect = async {
            let mut db = self.options.connect().await?;
            let hold = format!("SELECT pg_advisory_lock_shared({HOLD}, {})", self.number);
            sqlx::query(sql(hold)).execute(&mut db).await?;
            Ok(db)
        };
        match timeout(TO_CONNECT, connect).await {
            Ok(connected) => connected,
            Err(_) => {
                let said = format!("it did not answer within {} s", TO_CONNECT.as_secs());
                Err(sqlx::Error::Io(std::io::Error::new(std::io::ErrorKind::TimedOut, said)))
            }
        }
    }
}

/// Whether a URL names a PostgreSQL.
pub(crate) fn is_url(url: &str) -> bool {
    ["postgres:", "postgresql:"].iter().any(|scheme| url.starts_with(scheme))
}

/// Opens a database.
///
/// # Errors
/// When it cannot be reached or written, is not ours, or has not the tables that the layout says.
pub(crate) async fn open(config: &StoreConfig, hold: &Hold, shared: &Shared) -> Result<Database, StoreError> {
    let options = options(config)?;
    let (name, user) = (name(&options), options.get_username().to_owned());
    let failed = |error: sqlx::Error| cannot_open(&name, &user, &error);
    let link = Link { options: options.clone(), number: hold.own_number().unwrap_or_default() };
    let mut db = link.connect().await.map_err(failed)?;
    let prepared = prepare(&mut db, config, shared, &name).await;
    db.close().await.map_err(|error| store_error(&name, &error))?;
    let statements = Statements::new(&shared.plan, &prepared?, &shared.selects);
    let readers = PgPoolOptions::new().max_connections(config.readers.max(1)).acquire_timeout(TO_CONNECT);
    let readers = readers.connect_lazy_with(options);
    Ok(Database { name, link, statements, readers, writers: config.writers.max(1) })
}

async fn prepare(
    db: &mut PgConnection,
    config: &StoreConfig,
    shared: &Shared,
    name: &str,
) -> Result<schema::Types, StoreError> {
    schema::check_mark(db, name, config.adopt).await?;
    schema::migrate(db, name).await?;
    let failed = |error: sqlx::Error| store_error(name, &error);
    keep_numbers_rising(db).await.map_err(failed)?;
    schema::check_drift(db, name, &shared.plan, &config.layout).await
}

/// Events are numbered by transactions, which every server counts for itself. Those of a database that comes from another
/// server get numbers below all that will be given here.
async fn keep_numbers_rising(db: &mut PgConnection) -> Result<(), sqlx::Error> {
    const LOWER: &str = "UPDATE insula_event SET id = id - (SELECT max(id) FROM insula_event) WHERE \
         (SELECT max(id) FROM insula_event) / 16384 >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint";
    sqlx::query(LOWER).execute(db).await.map(drop)
}

pub(super) fn options(config: &StoreConfig) -> Result<PgConnectOptions, StoreError> {
    let options: PgConnectOptions = config.url.parse().map_err(|error: sqlx::Error| {
        // The URL may hold a password.
        let problem = format!(
            "the URL cannot be read: {error}. Write it as postgres://USER:PASSWORD@HOST:5432/DATABASE, or for a Unix \
             socket as postgres://USER@localhost/DATABASE?host=/DIRECTORY"
        );
        StoreError::CannotOpen { database: "that DATABASE_URL names".to_owned(), problem }
    })?;
    let synchronous = if config.synchronous == Synchronous::Relaxed { "off" } else { "on" };
    let milliseconds = config.patience.as_millis().max(1).to_string();
    let options = options
        .options([
            ("synchronous_commit", synchronous),
            ("lock_timeout", &milliseconds),
            // Compiling a statement takes longer than any of these.
            ("jit", "off"),
        ])
        // Some for each set of tables that scenarios write, and those that read.
        .statement_cache_capacity(256)
        .disable_statement_logging();
    Ok(match options.get_application_name() {
        Some(_) => options,
        None => options.application_name("insula"),
    })
}

/// How errors call a database: without user and password.
pub(super) fn name(options: &PgConnectOptions) -> String {
    let database = options.get_database().unwrap_or(options.get_username());
    match options.get_socket() {
        Some(socket) => format!("{database} at {}", socket.display()),
        None => format!("{database} at {}:{}", options.get_host(), options.get_port()),
    }
}
