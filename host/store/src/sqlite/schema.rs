//! The mark of a test database, the migrations, and whether the tables are those of the layout.

use std::collections::BTreeMap;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection, SqlSafeStr};

use super::error::{migrate_error, store_error};
use crate::error::StoreError;
use crate::layout::{ColumnType, IdStrategy, Layout};
use crate::plan::Plan;
use crate::rows;

/// The migrations, in order. One that was released is never changed.
const MIGRATIONS: [(i64, &str, &str); 3] = [
    (1, "bookkeeping", include_str!("../../migrations/sqlite/0001_bookkeeping.sql")),
    (2, "own tables", include_str!("../../migrations/sqlite/0002_own_tables.sql")),
    (3, "ending", include_str!("../../migrations/sqlite/0003_ending.sql")),
];

/// Refuses a database that holds tables and no mark, unless it is to be adopted.
pub(super) async fn check_mark(db: &mut SqliteConnection, name: &str, adopt: bool) -> Result<(), StoreError> {
    const TABLES: &str =
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
    let tables: Vec<String> =
        sqlx::query_scalar(TABLES).fetch_all(db).await.map_err(|error| store_error(name, &error))?;
    if adopt || tables.is_empty() || tables.iter().any(|table| table == "insula_mark") {
        return Ok(());
    }
    let mut some = tables.iter().take(5).map(String::as_str).collect::<Vec<_>>().join(", ");
    if tables.len() > 5 {
        some.push_str(", …");
    }
    Err(StoreError::NotMarked { database: name.to_owned(), tables: some })
}

/// Brings the schema up to date and marks the database, in one transaction: another process that opens the same file at
/// the same time waits, and then finds it done.
pub(super) async fn migrate(db: &mut SqliteConnection, name: &str) -> Result<(), StoreError> {
    let failed = |error: sqlx::Error| store_error(name, &error);
    let known = MIGRATIONS.iter().map(|(version, ..)| *version).max().unwrap_or_default();
    if newest(db).await.map_err(failed)?.is_some_and(|(found, _)| found == known) {
        return Ok(());
    }
    let mut migrator = Migrator::with_migrations(
        MIGRATIONS
            .map(|(version, about, sql)| {
                Migration::new(version, about.into(), MigrationType::Simple, sql.into_sql_str(), false)
            })
            .into(),
    );
    // The transaction locks; and a newer version is refused with better words below.
    migrator.set_locking(false).set_ignore_missing(true);
    let mut transaction = db.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
    if let Some((found, insula)) = newest(&mut transaction).await.map_err(failed)?
        && found > known
    {
        return Err(StoreError::NewerSchema { database: name.to_owned(), found, known, insula });
    }
    migrator.run_direct(None, &mut *transaction, false).await.map_err(|error| migrate_error(name, &error))?;
    sqlx::query("INSERT OR IGNORE INTO insula_mark (schema_version, insula, written_at) VALUES (?, ?, ?)")
        .bind(known)
        .bind(env!("CARGO_PKG_VERSION"))
        .bind(rows::now().as_microsecond())
        .execute(&mut *transaction)
        .await
        .map_err(failed)?;
    transaction.commit().await.map_err(failed)
}

/// The newest schema version of a database, and which Insula brought it there. Nothing where there is no mark.
async fn newest(db: &mut SqliteConnection) -> Result<Option<(i64, String)>, sqlx::Error> {
    let marked: Option<i64> = sqlx::query_scalar("SELECT 1 FROM sqlite_schema WHERE name = 'insula_mark'")
        .fetch_optional(&mut *db)
        .await?;
    if marked.is_none() {
        return Ok(None);
    }
    sqlx::query_as("SELECT schema_version, insula FROM insula_mark ORDER BY schema_version DESC LIMIT 1")
        .fetch_optional(db)
        .await
}

/// A column as the database has it.
struct Found {
    ty: String,
    required: bool,
}

/// Compares the tables with the layout.
pub(super) async fn check_drift(
    db: &mut SqliteConnection,
    name: &str,
    plan: &Plan,
    layout: &Layout,
) -> Result<(), StoreError> {
    const COLUMNS: &str = "SELECT t.name, t.sql, c.name, c.type, c.\"notnull\" AND c.dflt_value IS NULL \
                           FROM sqlite_schema t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'";
    let rows: Vec<(String, String, String, String, bool)> =
        sqlx::query_as(COLUMNS).fetch_all(db).await.map_err(|error| store_error(name, &error))?;
    let mut tables: BTreeMap<String, (String, BTreeMap<String, Found>)> = BTreeMap::new();
    for (table, sql, column, ty, required) in rows {
        let (_, columns) = tables.entry(table).or_insert_with(|| (sql, BTreeMap::new()));
        columns.insert(column, Found { ty, required });
    }
    let missing = |table: &str| drift(table, None, "a table", "none");
    for table in &plan.tables {
        let (_, found) = tables.get(&*table.name).ok_or_else(|| missing(&table.name))?;
        for column in &table.columns {
            if !found.contains_key(&**column) {
                return Err(drift(&table.name, Some(column), "a column", "none"));
            }
        }
        let given = |column: &String| table.columns.iter().any(|name| *name == **column);
        if let Some((column, _)) = found.iter().find(|(column, found)| found.required && !given(column)) {
            let wanted = "no column that must be given and that the layout does not name";
            return Err(drift(&table.name, Some(column), wanted, "such a column"));
        }
    }
    for table in &layout.tables {
        let (sql, found) = tables.get(&*table.name).ok_or_else(|| missing(&table.name))?;
        for column in &table.columns {
            let ty = found.get(&*column.name).map_or("", |found| &found.ty);
            let (wanted, found) = (affinity_of(column.ty), affinity(ty));
            // BOOLEAN and DATE, which many tools declare, are NUMERIC: it keeps whole numbers, and texts that are none.
            let numeric = found == "NUMERIC" && !matches!(column.ty, ColumnType::Uuid | ColumnType::Text);
            if wanted != found && !numeric {
                return Err(drift(&table.name, Some(&column.name), wanted, ty));
            }
        }
        if table.ids == IdStrategy::Sequence && !sql.to_uppercase().contains("AUTOINCREMENT") {
            return Err(drift(&table.name, None, "AUTOINCREMENT, to draw ids from", "none"));
        }
    }
    Ok(())
}

fn drift(table: &str, column: Option<&str>, wanted: &str, found: &str) -> StoreError {
    StoreError::Drift {
        table: table.to_owned(),
        column: column.map(str::to_owned),
        wanted: wanted.to_owned(),
        found: found.to_owned(),
    }
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
