//! A server, as who copies and replaces one of its databases sees it.

use std::time::{Duration, Instant};

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Connection};
use tokio::time::{sleep, timeout};

use super::error::{cannot_open, in_words, is_forbidden, is_missing, store_error};
use super::open::{self, TO_CONNECT};
use super::programs::Access;
use super::schema;
use crate::backup::Locale;
use crate::config::StoreConfig;
use crate::error::StoreError;
use crate::select::{quoted, sql};

/// A server, and one database of it.
pub(crate) struct Server {
    /// A connection to another database of it, from which this one can be copied, renamed and dropped.
    pub(super) main: PgConnection,
    pub(super) options: PgConnectOptions,
    /// And how PostgreSQL's programs reach it.
    pub(super) access: Access,
    /// The database.
    pub(super) database: String,
    /// How errors call it.
    pub(super) name: String,
}

/// Whoever copies or restores a database holds this lock, together with the hash of its name.
const LOCK: i32 = 0x696e_7362;

/// Databases that are always there, but for one that somebody removed.
const HOMES: [&str; 2] = ["postgres", "template1"];

/// PostgreSQL cuts longer names off.
const LONGEST_NAME: usize = 63;

/// So long a server may take to see that a client is gone.
const TO_LET_GO: Duration = Duration::from_secs(2);

/// After so long it is looked at again whether it has.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// How often it is tried to be alone with a database whose clients come back at once.
pub(super) const TRIES: u32 = 5;

impl Server {
    /// How errors and records call the database of a configuration.
    ///
    /// # Errors
    /// When its URL cannot be read.
    pub(crate) fn name(config: &StoreConfig) -> Result<String, StoreError> {
        open::options(config).map(|options| open::name(&options))
    }

    /// Connects, and waits for whoever copies or restores the same database.
    ///
    /// # Errors
    /// When it does not answer.
    pub(crate) async fn connect(config: &StoreConfig) -> Result<Self, StoreError> {
        let mut server = Self::look(config).await?;
        server.run("SET lock_timeout = 0").await?;
        let lock = format!("SELECT pg_advisory_lock({LOCK}, hashtext($1))");
        let locked = sqlx::query(sql(lock)).bind(server.database.clone()).execute(&mut server.main).await;
        locked.map_err(|error| server.error(&error))?;
        Ok(server)
    }

    /// Connects, to see what is there.
    ///
    /// # Errors
    /// When it does not answer.
    pub(crate) async fn look(config: &StoreConfig) -> Result<Self, StoreError> {
        let options = open::options(config)?;
        let name = open::name(&options);
        let database = options.get_database().unwrap_or(options.get_username()).to_owned();
        let mut homes = HOMES.into_iter().filter(|home| *home != database);
        let main = loop {
            let Some(home) = homes.next() else {
                let problem =
                    "there is no database postgres or template1 from which it could be copied".to_owned();
                return Err(StoreError::CannotOpen { database: name, problem });
            };
            match connect(&options, home).await {
                Ok(main) => break main,
                Err(error) if is_missing(&error) => {}
                Err(error) => return Err(cannot_open(&name, options.get_username(), &error)),
            }
        };
        let access = Access::new(&options, &config.url);
        Ok(Self { main, options, access, database, name })
    }

    /// Lets the server go.
    pub(crate) async fn close(self) {
        if let Err(reason) = self.main.close().await {
            tracing::debug!(%reason, "a connection was not closed in good order; all was done before");
        }
    }

    /// The name of a database that goes with this one.
    pub(crate) fn beside(&self, what: &str) -> String {
        beside(&self.database, what)
    }

    pub(crate) fn database(&self) -> String {
        self.database.clone()
    }

    /// Whether there is a database of this name.
    ///
    /// # Errors
    /// When the server does not answer.
    pub(crate) async fn exists(&mut self, database: &str) -> Result<bool, StoreError> {
        let exists = "SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)";
        let found = sqlx::query_scalar(exists).bind(database).fetch_one(&mut self.main).await;
        found.map_err(|error| self.error(&error))
    }

    /// Refuses a database that holds tables and no mark. Says whether it holds events, and any tables at all.
    ///
    /// # Errors
    /// That, and when it cannot be connected to.
    pub(crate) async fn check_mark(&mut self, adopt: bool) -> Result<(bool, bool), StoreError> {
        let mut db = self.to(&self.database).await?;
        let tables = schema::tables(&mut db, &self.name).await;
        let tables = self.done(db, tables).await?;
        crate::schema::check_mark(&self.name, &tables, adopt)?;
        Ok((tables.iter().any(|table| table == "insula_event"), !tables.is_empty()))
    }

    /// Whether other stores than that of this number write to the database. One whose process has just ended, or was
    /// killed, is given the time in which the server sees it.
    ///
    /// # Errors
    /// When the server does not answer.
    pub(crate) async fn is_held(&mut self, own: Option<i32>) -> Result<bool, StoreError> {
        let given_up = Instant::now() + TO_LET_GO;
        loop {
            let held = self.is_held_now(own).await?;
            if !held || Instant::now() >= given_up {
                return Ok(held);
            }
            sleep(LOOK_AGAIN).await;
        }
    }

    async fn is_held_now(&mut self, own: Option<i32>) -> Result<bool, StoreError> {
        const HELD: &str = "SELECT EXISTS (SELECT 1 FROM pg_locks l JOIN pg_database d ON d.oid = l.database \
            WHERE d.datname = $1 AND l.locktype = 'advisory' AND l.objsubid = 2 AND l.classid::bigint = $2 \
            AND ($3 IS NULL OR l.objid::bigint <> $3))";
        let own = own.map(|own| i64::from(own.cast_unsigned()));
        let held = sqlx::query_scalar(HELD)
            .bind(&self.database)
            .bind(i64::from(open::HOLD))
            .bind(own)
            .fetch_one(&mut self.main)
            .await;
        held.map_err(|error| self.error(&error))
    }

    /// Makes an empty database, in the place of one of that name.
    ///
    /// # Errors
    /// When the user may not.
    pub(crate) async fn create(&mut self, database: &str, locale: Option<&Locale>) -> Result<(), StoreError> {
        self.drop(database).await?;
        let like = locale.map_or(String::new(), in_locale);
        self.run(format!("CREATE DATABASE {} TEMPLATE template0{like}", quoted(database))).await
    }

    /// Removes a database, where it is there.
    ///
    /// # Errors
    /// When the user may not.
    pub(crate) async fn drop(&mut self, database: &str) -> Result<(), StoreError> {
        if self.exists(database).await? {
            self.cut_off(database).await?;
            self.run(format!("DROP DATABASE IF EXISTS {}", quoted(database))).await?;
        }
        Ok(())
    }

    /// How many bytes a database takes.
    ///
    /// # Errors
    /// When the server does not answer.
    pub(crate) async fn size(&mut self, database: &str) -> Result<u64, StoreError> {
        let size = sqlx::query_scalar::<_, i64>("SELECT pg_database_size($1)").bind(database);
        let size = size.fetch_one(&mut self.main).await.map_err(|error| self.error(&error))?;
        Ok(size.unsigned_abs())
    }

    /// Ends all connections to a database but our own.
    pub(super) async fn cut_off(&mut self, database: &str) -> Result<(), StoreError> {
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()";
        let ended = sqlx::query(end).bind(database).execute(&mut self.main).await;
        ended.map(drop).map_err(|error| self.error(&error))
    }

    pub(super) async fn to(&self, database: &str) -> Result<PgConnection, StoreError> {
        let connected = connect(&self.options, database).await;
        connected.map_err(|error| cannot_open(&self.name, self.options.get_username(), &error))
    }

    /// Closes a connection, so that its database can be renamed, and passes on what was done over it.
    pub(super) async fn done<T>(
        &self,
        db: PgConnection,
        outcome: Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let closed = db.close().await.map_err(|error| self.error(&error));
        let outcome = outcome?;
        closed.map(|()| outcome)
    }

    pub(super) async fn one(&mut self, text: &'static str) -> Result<String, StoreError> {
        sqlx::query_scalar(text)
            .fetch_one(&mut self.main)
            .await
            .map_err(|error| store_error(&self.name, &error))
    }

    pub(super) async fn run(&mut self, text: impl Into<String>) -> Result<(), StoreError> {
        let done = sqlx::query(sql(text.into())).execute(&mut self.main).await;
        done.map(drop).map_err(|error| self.error(&error))
    }

    pub(super) fn error(&self, error: &sqlx::Error) -> StoreError {
        if is_forbidden(error) {
            let user = quoted(self.options.get_username());
            let problem = format!(
                "{}. To copy and restore it {user} must own it, may make databases (ALTER ROLE {user} CREATEDB) and \
                 may end the connections of its other users (GRANT pg_signal_backend TO {user})",
                in_words(error)
            );
            return StoreError::CannotOpen { database: self.name.clone(), problem };
        }
        store_error(&self.name, error)
    }
}

/// How a database is made for texts of a locale.
fn in_locale(locale: &Locale) -> String {
    let Locale { encoding, collate, ctype, provider, locale, rules } = locale;
    let of_provider = match provider.as_deref() {
        Some("icu") => "ICU_LOCALE",
        _ => "BUILTIN_LOCALE",
    };
    let options = [
        ("ENCODING", Some(encoding)),
        ("LC_COLLATE", Some(collate)),
        ("LC_CTYPE", Some(ctype)),
        ("LOCALE_PROVIDER", provider.as_ref()),
        (of_provider, locale.as_ref()),
        ("ICU_RULES", rules.as_ref()),
    ];
    let given = options.into_iter().filter_map(|(option, text)| Some((option, text?)));
    given.map(|(option, text)| format!(" {option} '{}'", text.replace('\'', "''"))).collect()
}

/// The name of a database that goes with another: cut, and told apart by its hash, where it would be too long.
fn beside(database: &str, what: &str) -> String {
    let name = format!("{database}__{what}");
    if name.len() <= LONGEST_NAME {
        return name;
    }
    let hash = insula_domain::Digest::of(name.as_bytes()).to_string();
    let cut = (0..=40).rev().find(|end| name.is_char_boundary(*end)).unwrap_or_default();
    format!("{}__{}", &name[..cut], &hash[..16])
}

async fn connect(options: &PgConnectOptions, database: &str) -> Result<PgConnection, sqlx::Error> {
    let options = options.clone().database(database);
    timeout(TO_CONNECT, options.connect()).await.unwrap_or_else(|_| {
        Err(sqlx::Error::Io(std::io::Error::new(std::io::ErrorKind::TimedOut, "it did not answer in time")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_beside_a_database_fit_and_differ() {
        assert_eq!(beside("tests", "restoring"), "tests__restoring");
        let long = "ä".repeat(31);
        let names =
            [beside(&long, "restoring"), beside(&long, "trial"), beside(&format!("{long}x"), "trial")];
        assert!(names.iter().all(|name| name.len() <= LONGEST_NAME), "{names:?}");
        assert!(names[0] != names[1] && names[1] != names[2], "{names:?}");
    }
}
