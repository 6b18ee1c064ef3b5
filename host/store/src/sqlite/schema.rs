//! SQLite's part of the schema: reading what there is, and which declared type holds what.

use jiff::Timestamp;
use sqlx::Connection;
use sqlx::sqlite::SqliteConnection;

use super::error::store_error;
use super::sql::BEGIN;
use crate::error::StoreError;
use crate::layout::{ColumnType, IdStrategy, Layout};
use crate::plan::Plan;
use crate::schema::{self, Column, Tables, drift};

/// Refuses a database that holds tables and no mark, unless it is to be adopted.
pub(super) async fn check_mark(db: &mut SqliteConnection, name: &str, adopt: bool) -> Result<(), StoreError> {
    const TABLES: &str =
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
    let tables: Vec<String> =
        sqlx::query_scalar(TABLES).fetch_all(db).await.map_err(|error| store_error(name, &error))?;
    schema::check_mark(name, &tables, adopt)
}

/// Brings the schema up to date and marks the database, in one transaction: another process that opens the same file at
/// the same time waits, and then finds it done.
pub(super) async fn migrate(db: &mut SqliteConnection, name: &str) -> Result<(), StoreError> {
    let failed = |error: sqlx::Error| store_error(name, &error);
    if newest(db).await.map_err(failed)?.is_some_and(|(found, _)| found == schema::NEWEST) {
        return Ok(());
    }
    let mut transaction = db.begin_with(BEGIN).await.map_err(failed)?;
    schema::check_age(name, newest(&mut transaction).await.map_err(failed)?)?;
    schema::migrator(schema::SQLITE)
        .run_direct(None, &mut *transaction, false)
        .await
        .map_err(|error| schema::migrate_error(name, &error, store_error))?;
    sqlx::query("INSERT OR IGNORE INTO insula_mark (schema_version, insula, written_at) VALUES (?, ?, ?)")
        .bind(schema::NEWEST)
        .bind(env!("CARGO_PKG_VERSION"))
        .bind(Timestamp::now().as_microsecond())
        .execute(&mut *transaction)
        .await
        .map_err(failed)?;
    transaction.commit().await.map_err(failed)
}

async fn newest(db: &mut SqliteConnection) -> Result<Option<(i64, String)>, sqlx::Error> {
    let marked: Option<i64> = sqlx::query_scalar("SELECT 1 FROM sqlite_schema WHERE name = 'insula_mark'")
        .fetch_optional(&mut *db)
        .await?;
    match marked {
        Some(_) => sqlx::query_as(schema::READ_VERSION).fetch_optional(db).await,
        None => Ok(None),
    }
}

/// Compares the tables with the layout.
pub(super) async fn check_drift(
    db: &mut SqliteConnection,
    name: &str,
    plan: &Plan,
    layout: &Layout,
) -> Result<(), StoreError> {
    const COLUMNS: &str = "SELECT t.name, c.name, c.type, c.\"notnull\" AND c.dflt_value IS NULL \
                           FROM sqlite_schema t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'";
    const COUNTING: &str =
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%autoincrement%'";
    let failed = |error: sqlx::Error| store_error(name, &error);
    let rows: Vec<(String, String, String, bool)> =
        sqlx::query_as(COLUMNS).fetch_all(&mut *db).await.map_err(failed)?;
    let mut tables = Tables::new();
    for (table, column, ty, required) in rows {
        tables.entry(table).or_default().insert(column, Column { ty, required });
    }
    schema::check_tables(plan, &tables, lacks)?;
    let counting: Vec<String> = sqlx::query_scalar(COUNTING).fetch_all(db).await.map_err(failed)?;
    let drawn_from = layout.tables.iter().filter(|table| table.ids == IdStrategy::Sequence);
    match drawn_from.into_iter().find(|table| !counting.iter().any(|name| *name == *table.name)) {
        Some(table) => Err(drift(&table.name, None, "AUTOINCREMENT, to draw ids from", "none")),
        None => Ok(()),
    }
}

/// The affinity that a column needs to hold a type, if it has another.
fn lacks(ty: ColumnType, column: &Column) -> Option<&'static str> {
    let (wanted, found) = (affinity_of(ty), affinity(&column.ty));
    // BOOLEAN and DATE, which many tools declare, are NUMERIC: it keeps whole numbers, and texts that are none.
    let numeric = found == "NUMERIC" && !matches!(ty, ColumnType::Uuid | ColumnType::Text);
    (wanted != found && !numeric).then_some(wanted)
}

/// The affinity of a column that can hold a type.
fn affinity_of(ty: ColumnType) -> &'static str {
    match ty {
        ColumnType::Uuid => "BLOB",
        ColumnType::Integer | ColumnType::Bool | ColumnType::Micros | ColumnType::Cents => "INTEGER",
        ColumnType::Text | ColumnType::Date | ColumnType::Time | ColumnType::Json => "TEXT",
    }
}

/// The affinity of a declared type (sqlite.org/datatype3.html, section 3.1).
fn affinity(declared: &str) -> &'static str {
    let declared = declared.to_uppercase();
    let has = |part| declared.contains(part);
    if has("INT") {
        "INTEGER"
    } else if has("CHAR") || has("CLOB") || has("TEXT") {
        "TEXT"
    } else if has("BLOB") || declared.is_empty() {
        "BLOB"
    } else if has("REAL") || has("FLOA") || has("DOUB") {
        "REAL"
    } else {
        "NUMERIC"
    }
}
