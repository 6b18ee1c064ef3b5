//! Copying a database while it is used, and putting a copy in its place.
//!
//! Where PostgreSQL's programs are installed, `pg_dump` copies it while all goes on. Else it is copied as a template,
//! for which PostgreSQL wants nobody to be connected: whoever is, is cut off, and comes back.
//!
//! A copy that is to take the database's place is a database beside it until it is ready. Then the two change names in one
//! transaction.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use sqlx::Connection;
use sqlx::postgres::PgConnection;

use super::error::is_in_use;
use super::server::{Server, TRIES};
use super::{apply, programs, schema};
use crate::backup::{Contents, Locale, blocking};
use crate::error::StoreError;
use crate::events::NewEvent;
use crate::schema::MARK;
use crate::select::{quoted, sql};

impl Server {
    /// Whether `pg_dump` can be used.
    ///
    /// # Errors
    /// When the server does not answer.
    pub(crate) async fn can_dump(&mut self) -> Result<bool, StoreError> {
        let version: String = self.one("SHOW server_version_num").await?;
        let major = version.parse::<u32>().unwrap_or(u32::MAX) / 10_000;
        blocking(move || Ok(programs::fit(major))).await
    }

    /// Writes what the database holds into a file, while it is used.
    ///
    /// # Errors
    /// When it cannot be read, or the file not be written.
    pub(crate) async fn dump(&mut self, file: PathBuf) -> Result<(Contents, Locale), StoreError> {
        let locale = self.locale().await?;
        let mut db = self.to(&self.database).await?;
        let dumped = self.dump_from(&mut db, file).await;
        // The transaction ends with its connection.
        db.close().await.map_err(|error| self.error(&error))?;
        dumped.map(|contents| (contents, locale))
    }

    async fn dump_from(&self, db: &mut PgConnection, file: PathBuf) -> Result<Contents, StoreError> {
        let failed = |error: sqlx::Error| self.error(&error);
        // What is counted and what is dumped are one state.
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        sqlx::query(begin).execute(&mut *db).await.map_err(failed)?;
        let snapshot: String =
            sqlx::query_scalar("SELECT pg_export_snapshot()").fetch_one(&mut *db).await.map_err(failed)?;
        let contents = contents(db).await.map_err(failed)?;
        let (access, database) = (self.access.clone(), self.database.clone());
        blocking(move || programs::dump(&access, &database, &snapshot, &file)).await?;
        Ok(contents)
    }

    async fn locale(&mut self) -> Result<Locale, StoreError> {
        // As JSON, since versions differ in which columns there are.
        const LOCALE: &str = "SELECT pg_encoding_to_char(encoding)::text, datcollate::text, datctype::text, \
            CASE to_jsonb(d) ->> 'datlocprovider' WHEN 'c' THEN 'libc' WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' END, \
            coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale'), to_jsonb(d) ->> 'daticurules' \
            FROM pg_database d WHERE datname = $1";
        let found = sqlx::query_as(LOCALE).bind(&self.database).fetch_one(&mut self.main).await;
        let (encoding, collate, ctype, provider, locale, rules) =
            found.map_err(|error| self.error(&error))?;
        Ok(Locale { encoding, collate, ctype, provider, locale, rules })
    }

    /// Copies a database of the server to a new one. Whoever is connected to it is cut off.
    ///
    /// # Errors
    /// When its clients come back faster than it can be copied, or the user may not make databases.
    pub(crate) async fn copy(&mut self, from: &str, to: &str) -> Result<(), StoreError> {
        self.drop(to).await?;
        let copy = format!("CREATE DATABASE {} TEMPLATE {}", quoted(to), quoted(from));
        let mut tries = 0;
        loop {
            self.cut_off(from).await?;
            match sqlx::query(sql(copy.clone())).execute(&mut self.main).await {
                Ok(_) => return Ok(()),
                Err(error) if is_in_use(&error) && tries < TRIES => tries += 1,
                Err(error) => return Err(self.error(&error)),
            }
        }
    }

    /// Makes a database of what [`Server::dump`] wrote.
    ///
    /// # Errors
    /// When none can be made. What is wrong with the file comes back as it is.
    pub(crate) async fn load(
        &mut self,
        file: &Path,
        locale: &Locale,
        to: &str,
    ) -> Result<Result<(), String>, StoreError> {
        self.create(to, Some(locale)).await?;
        let (access, to, file) = (self.access.clone(), to.to_owned(), file.to_owned());
        blocking(move || Ok(programs::restore(&access, &to, &file))).await
    }

    /// What a database holds.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) async fn contents(&mut self, database: &str) -> Result<Contents, StoreError> {
        let mut db = self.to(database).await?;
        let contents = contents(&mut db).await.map_err(|error| self.error(&error));
        self.done(db, contents).await
    }

    /// Makes a copy ready: brings its schema up to date, takes over the events that the database has beyond it, and adds
    /// one with a larger number than any. Returns whether the events could be taken over.
    ///
    /// # Errors
    /// When its schema is of a newer Insula, or it cannot be written.
    pub(crate) async fn make_ready(
        &mut self,
        copy: &str,
        has_events: bool,
        event: &NewEvent,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut db = self.to(copy).await?;
        let made = async {
            schema::migrate(&mut db, &self.name).await?;
            let kept = has_events && {
                let mut there = self.to(&self.database).await?;
                let taken = take_over(&mut there, &mut db).await;
                if let Err(reason) = &taken {
                    tracing::warn!(%reason, "the events since the backup cannot be read");
                }
                there.close().await.map_err(|error| self.error(&error))?;
                taken.is_ok()
            };
            apply::tell(&mut db, event, at).await.map_err(|error| self.error(&error))?;
            Ok(kept)
        };
        let made = made.await;
        self.done(db, made).await
    }
}

async fn take_over(from: &mut PgConnection, to: &mut PgConnection) -> Result<(), sqlx::Error> {
    const AT_ONCE: i64 = 10_000;
    const READ: &str = "SELECT coalesce(json_agg(e ORDER BY e.id), '[]')::text, coalesce(max(e.id), 0), count(*) \
                        FROM (SELECT * FROM insula_event WHERE id > $1 ORDER BY id LIMIT $2) e";
    const WRITE: &str = "INSERT INTO insula_event \
                         SELECT * FROM json_populate_recordset(NULL::insula_event, $1::json)";
    let mut last: i64 =
        sqlx::query_scalar("SELECT coalesce(max(id), 0) FROM insula_event").fetch_one(&mut *to).await?;
    loop {
        let (events, newest, count): (String, i64, i64) =
            sqlx::query_as(READ).bind(last).bind(AT_ONCE).fetch_one(&mut *from).await?;
        if count > 0 {
            sqlx::query(WRITE).bind(events).execute(&mut *to).await?;
            last = newest;
        }
        if count < AT_ONCE {
            break;
        }
    }
    Ok(())
}

async fn contents(db: &mut PgConnection) -> Result<Contents, sqlx::Error> {
    const TABLES: &str = "SELECT schemaname::text, tablename::text FROM pg_tables \
                          WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2";
    let tables: Vec<(String, String)> = sqlx::query_as(TABLES).fetch_all(&mut *db).await?;
    let here: Option<String> =
        sqlx::query_scalar("SELECT current_schema()::text").fetch_one(&mut *db).await?;
    let mut found = Contents::default();
    for (schema, table) in tables {
        let text = format!("SELECT count(*) FROM {}.{}", quoted(&schema), quoted(&table));
        let rows: i64 = sqlx::query_scalar(sql(text)).fetch_one(&mut *db).await?;
        if rows > 0 {
            let name = if here.as_ref() == Some(&schema) { table } else { format!("{schema}.{table}") };
            found.rows.insert(name, rows.unsigned_abs());
        }
    }
    if found.rows.contains_key(MARK) {
        let version = "SELECT max(schema_version) FROM insula_mark";
        found.schema_version = sqlx::query_scalar(version).fetch_one(&mut *db).await?;
        let islands = "SELECT count(*) FROM insula_island WHERE removed_at IS NULL";
        found.islands = sqlx::query_scalar::<_, i64>(islands).fetch_one(db).await?.unsigned_abs();
    }
    Ok(found)
}
