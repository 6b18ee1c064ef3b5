//! Cells in SQLite: a UUID is a blob of 16 bytes, an instant its microseconds, true a 1.

use std::sync::Arc;

use futures::TryStreamExt;
use sqlx::error::BoxDynError;
use sqlx::sqlite::{SqliteArguments, SqliteConnection, SqliteRow};
use sqlx::{Arguments, Decode, Row, SqlStr, Sqlite, TypeInfo, ValueRef};
use uuid::Uuid;

use crate::cell::Cell;
use crate::pool::Found;

/// The arguments of a statement.
///
/// # Errors
/// Never: each of these types can be an argument.
pub(super) fn arguments<'a>(
    cells: impl IntoIterator<Item = &'a Cell>,
) -> Result<SqliteArguments, BoxDynError> {
    let mut arguments = SqliteArguments::default();
    for cell in cells {
        match cell {
            Cell::Null => arguments.add(None::<i64>)?,
            Cell::Int(value) => arguments.add(*value)?,
            Cell::Instant(instant) => arguments.add(instant.as_microsecond())?,
            Cell::Uuid(id) => arguments.add(*id)?,
            Cell::Bool(value) => arguments.add(i64::from(*value))?,
            Cell::Text(text) | Cell::Date(text) | Cell::Time(text) | Cell::Json(text) => {
                arguments.add(Arc::clone(text))?;
            }
        }
    }
    Ok(arguments)
}

/// The cells of a row.
///
/// # Errors
/// When a value is of a type that Insula does not write.
pub(super) fn cells(row: &SqliteRow) -> Result<Vec<Cell>, BoxDynError> {
    (0..row.len())
        .map(|place| {
            let value = row.try_get_raw(place)?;
            if value.is_null() {
                return Ok(Cell::Null);
            }
            let ty = value.type_info();
            match ty.name() {
                "INTEGER" => Ok(Cell::Int(<i64 as Decode<Sqlite>>::decode(value)?)),
                "TEXT" => Ok(Cell::Text(<&str as Decode<Sqlite>>::decode(value)?.into())),
                "BLOB" => Ok(Cell::Uuid(Uuid::from_slice(<&[u8] as Decode<Sqlite>>::decode(value)?)?)),
                other => Err(format!("column {place} of a row holds a value of type {other}").into()),
            }
        })
        .collect()
}

/// What a statement finds.
pub(crate) async fn rows(
    db: &mut SqliteConnection,
    sql: SqlStr,
    values: &[Cell],
) -> Result<Found, sqlx::Error> {
    let arguments = arguments(values).map_err(sqlx::Error::Encode)?;
    let mut found = sqlx::query_with(sql, arguments).fetch(db);
    let mut rows = Vec::new();
    while let Some(row) = found.try_next().await? {
        rows.push(cells(&row).map_err(sqlx::Error::Decode)?);
    }
    Ok(rows)
}
