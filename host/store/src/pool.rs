//! The connections that read. Here, and at what writes, the databases differ; what is read with them does not.

use std::time::Instant;

use jiff::Timestamp;
use sqlx::{PgPool, Postgres, SqlStr, Sqlite, SqlitePool, Transaction};

use crate::cell::{self, Cell};
use crate::clock::Look;
use crate::error::{Failure, StoreError};
use crate::plan::Plan;
use crate::select::sql;
use crate::{postgres, sqlite};

/// Rows as they were read: their cells.
pub(crate) type Found = Vec<Vec<Cell>>;

/// The connections that read.
#[derive(Debug)]
pub(crate) enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// A database as it stood at one moment.
#[derive(Debug)]
pub(crate) enum Snapshot {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

impl Pool {
    /// The database as it stands now.
    pub(crate) async fn snapshot(&self) -> Result<Snapshot, sqlx::Error> {
        match self {
            Self::Sqlite(pool) => pool.begin().await.map(Snapshot::Sqlite),
            Self::Postgres(pool) => {
                const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
                pool.begin_with(BEGIN).await.map(Snapshot::Postgres)
            }
        }
    }

    /// What one statement finds.
    pub(crate) async fn rows(&self, sql: SqlStr, cells: &[Cell]) -> Result<Found, sqlx::Error> {
        match self {
            Self::Sqlite(pool) => sqlite::rows(&mut *pool.acquire().await?, sql, cells).await,
            Self::Postgres(pool) => postgres::rows(&mut *pool.acquire().await?, sql, cells).await,
        }
    }

    /// Looks at the clock that counts.
    pub(crate) async fn look(&self) -> Result<Look, Failure> {
        let text = match self {
            Self::Sqlite(_) => "SELECT moved, NULL FROM insula_clock",
            Self::Postgres(_) => "SELECT moved, clock_timestamp() FROM insula_clock",
        };
        let before = Instant::now();
        let found = self.rows(sql(text.to_owned()), &[]).await?;
        let row =
            found.first().and_then(|row| Some((cell::int(row.first()?)?, cell::instant_of(row.get(1)?))));
        let (moved, at) =
            row.ok_or_else(|| StoreError::Corrupt { what: "the row of insula_clock".to_owned() })?;
        let here = Timestamp::now();
        Ok(Look { between: (before, Instant::now()), at: at.unwrap_or(here), here, moved })
    }

    /// The bytes in the only column of the only row that one statement finds.
    pub(crate) async fn bytes(
        &self,
        sql: &'static str,
        texts: [&str; 2],
    ) -> Result<Option<Vec<u8>>, sqlx::Error> {
        let [first, second] = texts;
        match self {
            Self::Sqlite(pool) => sqlx::query_scalar(sql).bind(first).bind(second).fetch_optional(pool).await,
            Self::Postgres(pool) => {
                sqlx::query_scalar(sql).bind(first).bind(second).fetch_optional(pool).await
            }
        }
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Postgres(pool) => pool.close().await,
        }
    }

    /// What a failure means for a caller.
    pub(crate) fn error(&self, database: &str, failure: Failure) -> StoreError {
        failure.explained(|error| match (error, self) {
            (sqlx::Error::PoolClosed, _) => StoreError::Closed,
            (error, Self::Sqlite(_)) => sqlite::store_error(database, &error),
            (error, Self::Postgres(_)) => postgres::store_error(database, &error),
        })
    }
}

impl Snapshot {
    /// What a statement finds.
    pub(crate) async fn rows(&mut self, sql: SqlStr, cells: &[Cell]) -> Result<Found, sqlx::Error> {
        match self {
            Self::Sqlite(transaction) => sqlite::rows(transaction, sql, cells).await,
            Self::Postgres(transaction) => postgres::rows(transaction, sql, cells).await,
        }
    }

    /// For each table the statement that counts its stray rows: those of the island `$1`, or of any that is not there.
    pub(crate) async fn strays(
        &mut self,
        plan: &Plan,
        one: bool,
    ) -> Result<Vec<(String, SqlStr)>, sqlx::Error> {
        match self {
            Self::Sqlite(transaction) => sqlite::strays(transaction, plan, one).await,
            Self::Postgres(transaction) => postgres::strays(transaction, plan, one).await,
        }
    }

    pub(crate) async fn end(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(transaction) => transaction.commit().await,
            Self::Postgres(transaction) => transaction.commit().await,
        }
    }
}
