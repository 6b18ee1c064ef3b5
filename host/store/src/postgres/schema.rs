//! PostgreSQL's part of the schema: reading what there is, and which type holds what.

use std::collections::HashMap;

use sqlx::Connection;
use sqlx::postgres::PgConnection;

use super::apply;
use super::array::known;
use super::error::store_error;
use crate::error::{Failure, StoreError};
use crate::layout::{ColumnType, IdStrategy, Layout};
use crate::plan::Plan;
use crate::schema::{self, Column, Tables, drift};
use crate::select::quoted;

/// The type of each column, by table and column, as SQL calls it.
pub(crate) type Types = HashMap<(String, String), String>;

/// Refuses a database that holds tables and no mark, unless it is to be adopted.
pub(super) async fn check_mark(db: &mut PgConnection, name: &str, adopt: bool) -> Result<(), StoreError> {
    schema::check_mark(name, &tables(db, name).await?, adopt)
}

/// The names of its tables, those of other schemas with the schema's.
pub(super) async fn tables(db: &mut PgConnection, name: &str) -> Result<Vec<String>, StoreError> {
    const TABLES: &str = "SELECT CASE WHEN schemaname = current_schema() THEN tablename::text \
                          ELSE schemaname || '.' || tablename END FROM pg_tables \
                          WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1";
    sqlx::query_scalar(TABLES).fetch_all(db).await.map_err(|error| store_error(name, &error))
}

/// Two hosts that start at once bring the schema up to date one after the other: the number means Insula's migrations,
/// to whoever else takes advisory locks in this database.
const LOCK: i64 = 0x696e_7375_6c61;

/// Brings the schema up to date and marks the database, in one transaction.
pub(super) async fn migrate(db: &mut PgConnection, name: &str) -> Result<(), StoreError> {
    let failed = |error: sqlx::Error| store_error(name, &error);
    if newest(db).await.map_err(failed)?.is_some_and(|(found, _)| found == schema::NEWEST) {
        return Ok(());
    }
    let mut transaction = db.begin().await.map_err(failed)?;
    let migrated = migrate_inside(&mut transaction, name).await;
    apply::end(transaction, migrated).await.map_err(|failure| failure.explained(failed))
}

async fn migrate_inside(db: &mut PgConnection, name: &str) -> Result<(), Failure> {
    // It ends with the transaction.
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(LOCK).execute(&mut *db).await?;
    schema::check_age(name, newest(db).await?)?;
    schema::migrator(schema::POSTGRES)
        .run_direct(None, &mut *db, false)
        .await
        .map_err(|error| schema::migrate_error(name, &error, store_error))?;
    sqlx::query(
        "INSERT INTO insula_mark (schema_version, insula, written_at) VALUES ($1, $2, now()) ON CONFLICT DO NOTHING",
    )
    .bind(schema::NEWEST)
    .bind(env!("CARGO_PKG_VERSION"))
    .execute(&mut *db)
    .await?;
    Ok(())
}

async fn newest(db: &mut PgConnection) -> Result<Option<(i64, String)>, sqlx::Error> {
    let marked: bool =
        sqlx::query_scalar("SELECT to_regclass('insula_mark') IS NOT NULL").fetch_one(&mut *db).await?;
    if !marked {
        return Ok(None);
    }
    sqlx::query_as(schema::READ_VERSION).fetch_optional(db).await
}

/// Compares the tables with the layout, and returns the types of their columns.
pub(super) async fn check_drift(
    db: &mut PgConnection,
    name: &str,
    plan: &Plan,
    layout: &Layout,
) -> Result<Types, StoreError> {
    let failed = |error: sqlx::Error| store_error(name, &error);
    let (tables, enums) = columns(db).await.map_err(failed)?;
    schema::check_tables(plan, &tables, |ty, column| lacks(ty, column, &enums))?;
    for table in layout.tables.iter().filter(|table| table.ids == IdStrategy::Sequence) {
        let id = &plan.table(table.kind).order[0];
        let sequence: Option<String> = sqlx::query_scalar("SELECT pg_get_serial_sequence($1, $2)")
            .bind(quoted(&table.name))
            .bind(&**id)
            .fetch_one(&mut *db)
            .await
            .map_err(failed)?;
        if sequence.is_none() {
            let wanted = "GENERATED AS IDENTITY, to draw ids from";
            return Err(drift(&table.name, Some(id), wanted, "no sequence"));
        }
    }
    let types = tables.into_iter().flat_map(|(table, columns)| {
        columns.into_iter().map(move |(column, found)| ((table.clone(), column), found.ty))
    });
    Ok(types.collect())
}

/// The columns of all tables that are seen without naming their schema; and which of their types list their values.
async fn columns(db: &mut PgConnection) -> Result<(Tables, Vec<String>), sqlx::Error> {
    const COLUMNS: &str = "SELECT c.relname::text, a.attname::text, format_type(a.atttypid, NULL), \
         t.typtype = 'e', a.attnotnull AND NOT a.atthasdef AND a.attidentity = '' \
         FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_type t ON t.oid = a.atttypid \
         WHERE c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped AND pg_table_is_visible(c.oid) \
         AND c.relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)";
    let rows: Vec<(String, String, String, bool, bool)> = sqlx::query_as(COLUMNS).fetch_all(db).await?;
    let (mut tables, mut enums) = (Tables::new(), Vec::new());
    for (table, column, ty, is_enum, required) in rows {
        if is_enum {
            enums.push(ty.clone());
        }
        tables.entry(table).or_default().insert(column, Column { ty, required });
    }
    Ok((tables, enums))
}

/// The type as which values are sent, if a column cannot hold them.
fn lacks(ty: ColumnType, column: &Column, enums: &[String]) -> Option<&'static str> {
    const TEXTS: [&str; 3] = ["text", "character varying", "character"];
    const INTEGERS: [&str; 3] = ["bigint", "integer", "smallint"];
    const INSTANTS: [&str; 2] = ["timestamp with time zone", "timestamp without time zone"];
    let wanted = known(ty).name;
    let found = column.ty.as_str();
    let others = match ty {
        ColumnType::Integer | ColumnType::Cents => INTEGERS.contains(&found),
        ColumnType::Text => TEXTS.contains(&found) || enums.iter().any(|name| name == found),
        ColumnType::Date | ColumnType::Time => TEXTS[..2].contains(&found),
        ColumnType::Micros => INSTANTS.contains(&found),
        ColumnType::Json => found == "jsonb" || TEXTS[..2].contains(&found),
        ColumnType::Uuid | ColumnType::Bool => false,
    };
    (found != wanted && !others).then_some(wanted)
}
