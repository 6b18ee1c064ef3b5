//! The rows of an island on PostgreSQL, to be written as statements.

use insula_domain::IslandId;
use jiff::Timestamp;
use sqlx::Connection;
use sqlx::postgres::PgConnection;

use super::{apply, bind, introspect};
use crate::cell::Cell;
use crate::error::Failure;
use crate::export::{Column, Exports, Literal, export};
use crate::plan::Plan;
use crate::reach::{Dialect, Reaches, TableName};
use crate::reader;
use crate::select::{Selects, quoted, sql};

/// All that is read is of one moment. Not read-only: what is found is remembered in sets.
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ";

/// Writes an island as statements.
pub(super) async fn island(
    db: &mut PgConnection,
    plan: &Plan,
    selects: &Selects,
    reaches: &mut Reaches,
    id: IslandId,
    at: Timestamp,
) -> Result<String, Failure> {
    let mut transaction = db.begin_with(BEGIN).await?;
    let text = read(&mut transaction, plan, selects, reaches, id, at).await;
    if text.is_err() {
        // The sets that were made in the transaction go with it.
        reaches.forget();
    }
    apply::end(transaction, text).await
}

async fn read(
    db: &mut PgConnection,
    plan: &Plan,
    selects: &Selects,
    reaches: &mut Reaches,
    id: IslandId,
    at: Timestamp,
) -> Result<String, Failure> {
    let record = reader::island_of(&bind::rows(db, selects.island.clone(), &[Cell::Uuid(id.0)]).await?, id)?;
    record.readable(at)?;
    let reach = introspect::current(reaches, db).await?;
    // However few rows the tables held when PostgreSQL looked last: an island is a small part of them.
    sqlx::query("SET LOCAL enable_seqscan = off").execute(&mut *db).await?;
    Ok(export(db, plan, reach, &record, at).await?)
}

impl Exports for PgConnection {
    const DIALECT: Dialect = Dialect::Postgres;

    async fn columns(&mut self, table: &TableName) -> Result<Vec<Column>, sqlx::Error> {
        // Computed columns are left out. All but the plainest types are read and written as text.
        const COLUMNS: &str = "SELECT attname::text, atttypid::regtype::text IN ('boolean', 'smallint', 'integer', 'bigint') \
                               FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum > 0 \
                               AND NOT attisdropped AND attgenerated = '' ORDER BY attnum";
        let found: Vec<(String, bool)> = sqlx::query_as(COLUMNS).bind(table.sql()).fetch_all(self).await?;
        let column = |(name, plain): (String, bool)| {
            let read = format!("a.{}{}", quoted(&name), if plain { "" } else { "::text" });
            Column { name, read }
        };
        Ok(found.into_iter().map(column).collect())
    }

    async fn values(&mut self, text: String, cells: &[Cell]) -> Result<Vec<Vec<Literal>>, sqlx::Error> {
        let rows = bind::rows(self, sql(text), cells).await?;
        Ok(rows.into_iter().map(|row| row.into_iter().map(literal).collect()).collect())
    }
}

fn literal(cell: Cell) -> Literal {
    match cell {
        Cell::Null => Literal::Null,
        Cell::Bool(value) => Literal::Bool(value),
        Cell::Int(value) => Literal::Int(value),
        Cell::Text(text) | Cell::Date(text) | Cell::Time(text) | Cell::Json(text) => {
            Literal::Text(text.as_bytes().to_vec())
        }
        // No column is read as one of these.
        Cell::Uuid(id) => Literal::Text(id.to_string().into_bytes()),
        Cell::Instant(instant) => Literal::Text(instant.to_string().into_bytes()),
    }
}
