//! The rows of an island on SQLite, to be written as statements.

use futures::TryStreamExt;
use insula_domain::IslandId;
use jiff::Timestamp;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{Decode, Row, Sqlite, TypeInfo, ValueRef};

use super::{apply, bind, introspect};
use crate::cell::Cell;
use crate::error::Failure;
use crate::export::{Column, Exports, Literal, export};
use crate::plan::Plan;
use crate::reach::{Dialect, Reaches, TableName};
use crate::select::{Selects, quoted, sql};

/// Writes an island as statements, inside a transaction.
pub(super) async fn island(
    db: &mut SqliteConnection,
    plan: &Plan,
    selects: &Selects,
    reaches: &mut Reaches,
    id: IslandId,
    at: Timestamp,
) -> Result<String, Failure> {
    let record = apply::island(db, selects, id).await?;
    record.readable(at)?;
    let version = sqlx::query_scalar("PRAGMA schema_version").fetch_one(&mut *db).await?;
    let reach = introspect::current(reaches, db, version).await?;
    Ok(export(db, plan, reach, &record, at).await?)
}

impl Exports for SqliteConnection {
    const DIALECT: Dialect = Dialect::Sqlite;

    async fn columns(&mut self, table: &TableName) -> Result<Vec<Column>, sqlx::Error> {
        // What is hidden is computed.
        const COLUMNS: &str = "SELECT name FROM pragma_table_xinfo(?) WHERE hidden = 0 ORDER BY cid";
        let names: Vec<String> = sqlx::query_scalar(COLUMNS).bind(&table.name).fetch_all(self).await?;
        let column = |name: String| Column { read: format!("a.{}", quoted(&name)), name };
        Ok(names.into_iter().map(column).collect())
    }

    async fn values(&mut self, text: String, cells: &[Cell]) -> Result<Vec<Vec<Literal>>, sqlx::Error> {
        let arguments = bind::arguments(cells).map_err(sqlx::Error::Encode)?;
        // The application may change its tables: such a statement is not kept.
        let mut found = sqlx::query_with(sql(text), arguments).persistent(false).fetch(self);
        let mut rows = Vec::new();
        while let Some(row) = found.try_next().await? {
            rows.push((0..row.len()).map(|place| literal(&row, place)).collect::<Result<_, _>>()?);
        }
        Ok(rows)
    }
}

/// A value, as SQLite keeps it.
pub(crate) fn literal(row: &SqliteRow, place: usize) -> Result<Literal, sqlx::Error> {
    let value = row.try_get_raw(place)?;
    if value.is_null() {
        return Ok(Literal::Null);
    }
    let ty = value.type_info();
    let literal = match ty.name() {
        "INTEGER" => <i64 as Decode<Sqlite>>::decode(value).map(Literal::Int),
        "REAL" => <f64 as Decode<Sqlite>>::decode(value).map(Literal::Real),
        "TEXT" => <&[u8] as Decode<Sqlite>>::decode(value).map(|text| Literal::Text(text.to_vec())),
        _ => <&[u8] as Decode<Sqlite>>::decode(value).map(|bytes| Literal::Blob(bytes.to_vec())),
    };
    literal.map_err(sqlx::Error::Decode)
}
