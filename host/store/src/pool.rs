//! The connections that read. Here, and at what writes, the databases differ; what is read with them does not.

use sqlx::{PgPool, Postgres, SqlStr, Sqlite, SqlitePool, Transaction};

use crate::cell::Cell;
use crate::clock::Clock;
use crate::error::{Failure, StoreError};
use crate::plan::Plan;
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
    pub(crate) async fn see(&self, clock: &Clock) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(pool) => postgres::see(&mut *pool.acquire().await?, clock).await,
        }
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
        match failure {
            Failure::Refused(error) => error,
            Failure::Database(sqlx::Error::PoolClosed) => StoreError::Closed,
            Failure::Database(error) => match self {
                Self::Sqlite(_) => sqlite::store_error(database, &error),
                Self::Postgres(_) => postgres::store_error(database, &error),
            },
        }
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
