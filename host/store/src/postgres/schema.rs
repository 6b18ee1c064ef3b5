//! The mark of a test database, the migrations, and whether the tables are those of the layout.

use std::collections::{BTreeMap, HashMap};

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::postgres::PgConnection;
use sqlx::{Connection, SqlSafeStr};

use super::array::known;
use super::error::{migrate_error, store_error};
use crate::error::StoreError;
use crate::layout::{ColumnType, IdStrategy, Layout};
use crate::plan::Plan;
use crate::select::quoted;

/// The migrations, in order. One that was released is never changed.
const MIGRATIONS: [(i64, &str, &str); 3] = [
    (1, "bookkeeping", include_str!("../../migrations/postgres/0001_bookkeeping.sql")),
    (2, "own tables", include_str!("../../migrations/postgres/0002_own_tables.sql")),
    (3, "ending", include_str!("../../migrations/postgres/0003_ending.sql")),
];

/// The type of each column, by table and column, as SQL calls it.
pub(crate) type Types = HashMap<(String, String), String>;

/// Refuses a database that holds tables and no mark, unless it is to be adopted.
pub(super) async fn check_mark(db: &mut PgConnection, name: &str, adopt: bool) -> Result<(), StoreError> {
    const TABLES: &str = "SELECT CASE WHEN schemaname = current_schema() THEN tablename::text \
                          ELSE schemaname || '.' || tablename END FROM pg_tables \
                          WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1";
    let tables: Vec<String> =
        sqlx::query_scalar(TABLES).fetch_all(&mut *db).await.map_err(|error| store_error(name, &error))?;
    if adopt || tables.is_empty() || tables.iter().any(|table| table == "insula_mark") {
        return Ok(());
    }
    let mut some = tables.iter().take(5).map(String::as_str).collect::<Vec<_>>().join(", ");
    if tables.len() > 5 {
        some.push_str(", …");
    }
    Err(StoreError::NotMarked { database: name.to_owned(), tables: some })
}

/// Two hosts that start at once bring the schema up to date one after the other: the number means Insula's migrations,
/// to whoever else takes advisory locks in this database.
const LOCK: i64 = 0x696e_7375_6c61;

/// Brings the schema up to date and marks the database, in one transaction.
pub(super) async fn migrate(db: &mut PgConnection, name: &str) -> Result<(), StoreError> {
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
    // The lock below is one that ends with the transaction; and a newer version is refused with better words.
    migrator.set_locking(false).set_ignore_missing(true);
    let mut transaction = db.begin().await.map_err(failed)?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)")
        .bind(LOCK)
        .execute(&mut *transaction)
        .await
        .map_err(failed)?;
    if let Some((found, insula)) = newest(&mut transaction).await.map_err(failed)?
        && found > known
    {
        return Err(StoreError::NewerSchema { database: name.to_owned(), found, known, insula });
    }
    migrator.run_direct(None, &mut *transaction, false).await.map_err(|error| migrate_error(name, &error))?;
    sqlx::query(
        "INSERT INTO insula_mark (schema_version, insula, written_at) VALUES ($1, $2, now()) ON CONFLICT DO NOTHING",
    )
    .bind(known)
    .bind(env!("CARGO_PKG_VERSION"))
    .execute(&mut *transaction)
    .await
    .map_err(failed)?;
    transaction.commit().await.map_err(failed)
}

/// The newest schema version of a database, and which Insula brought it there. Nothing where there is no mark.
async fn newest(db: &mut PgConnection) -> Result<Option<(i64, String)>, sqlx::Error> {
    let marked: bool =
        sqlx::query_scalar("SELECT to_regclass('insula_mark') IS NOT NULL").fetch_one(&mut *db).await?;
    if !marked {
        return Ok(None);
    }
    sqlx::query_as("SELECT schema_version, insula FROM insula_mark ORDER BY schema_version DESC LIMIT 1")
        .fetch_optional(db)
        .await
}

/// A column as the database has it.
struct Found {
    /// Its type, as SQL calls it.
    ty: String,
    /// The type's short name, and whether it lists its values.
    short: String,
    is_enum: bool,
    required: bool,
}

/// Compares the tables with the layout, and returns the types of their columns.
pub(super) async fn check_drift(
    db: &mut PgConnection,
    name: &str,
    plan: &Plan,
    layout: &Layout,
) -> Result<Types, StoreError> {
    let tables = columns(db).await.map_err(|error| store_error(name, &error))?;
    let missing = |table: &str| drift(table, None, "a table", "none");
    for table in &plan.tables {
        let found = tables.get(&*table.name).ok_or_else(|| missing(&table.name))?;
        for (column, ty) in table.columns.iter().zip(&table.types) {
            let Some(found) = found.get(&**column) else {
                return Err(drift(&table.name, Some(column), "a column", "none"));
            };
            if !holds(*ty, found) {
                return Err(drift(&table.name, Some(column), known(*ty).name, &found.ty));
            }
        }
        let given = |column: &String| table.columns.iter().any(|name| *name == **column);
        if let Some((column, _)) = found.iter().find(|(column, found)| found.required && !given(column)) {
            let wanted = "no column that must be given and that the layout does not name";
            return Err(drift(&table.name, Some(column), wanted, "such a column"));
        }
    }
    for table in layout.tables.iter().filter(|table| table.ids == IdStrategy::Sequence) {
        let id = &plan.table(table.kind).order[0];
        let sequence: Option<String> = sqlx::query_scalar("SELECT pg_get_serial_sequence($1, $2)")
            .bind(quoted(&table.name))
            .bind(&**id)
            .fetch_one(&mut *db)
            .await
            .map_err(|error| store_error(name, &error))?;
        if sequence.is_none() {
            return Err(drift(
                &table.name,
                Some(id),
                "GENERATED AS IDENTITY, to draw ids from",
                "no sequence",
            ));
        }
    }
    let types = tables.into_iter().flat_map(|(table, columns)| {
        columns.into_iter().map(move |(column, found)| ((table.clone(), column), found.ty))
    });
    Ok(types.collect())
}

/// The columns of all tables that are seen without naming their schema.
async fn columns(db: &mut PgConnection) -> Result<BTreeMap<String, BTreeMap<String, Found>>, sqlx::Error> {
    const COLUMNS: &str = "SELECT c.relname::text, a.attname::text, format_type(a.atttypid, NULL), t.typname::text, \
         t.typtype = 'e', a.attnotnull AND NOT a.atthasdef AND a.attidentity = '' \
         FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_type t ON t.oid = a.atttypid \
         WHERE c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped AND pg_table_is_visible(c.oid) \
         AND c.relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)";
    let rows: Vec<(String, String, String, String, bool, bool)> =
        sqlx::query_as(COLUMNS).fetch_all(db).await?;
    let mut tables: BTreeMap<String, BTreeMap<String, Found>> = BTreeMap::new();
    for (table, column, ty, short, is_enum, required) in rows {
        tables.entry(table).or_default().insert(column, Found { ty, short, is_enum, required });
    }
    Ok(tables)
}

/// Whether a column can hold what is written as a type.
fn holds(ty: ColumnType, found: &Found) -> bool {
    let of = |names: &[&str]| names.contains(&found.short.as_str());
    match ty {
        ColumnType::Uuid => of(&["uuid"]),
        ColumnType::Integer | ColumnType::Cents => of(&["int8", "int4", "int2"]),
        ColumnType::Bool => of(&["bool"]),
        ColumnType::Text => found.is_enum || of(&["text", "varchar", "bpchar"]),
        ColumnType::Date => of(&["date", "text", "varchar"]),
        ColumnType::Time => of(&["time", "text", "varchar"]),
        ColumnType::Micros => of(&["timestamptz", "timestamp"]),
        ColumnType::Json => of(&["json", "jsonb", "text", "varchar"]),
    }
}

fn drift(table: &str, column: Option<&str>, wanted: &str, found: &str) -> StoreError {
    StoreError::Drift {
        table: table.to_owned(),
        column: column.map(str::to_owned),
        wanted: wanted.to_owned(),
        found: found.to_owned(),
    }
}
