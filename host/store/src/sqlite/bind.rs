//! Cells in SQLite: a UUID is a blob of 16 bytes.

use std::sync::Arc;

use sqlx::error::BoxDynError;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments, Decode, Row, Sqlite, TypeInfo, ValueRef};
use uuid::Uuid;

use crate::cell::Cell;

/// Adds cells to a statement's arguments.
///
/// # Errors
/// Never: each of these types can be an argument.
pub(super) fn bind<'a>(
    arguments: &mut SqliteArguments,
    cells: impl IntoIterator<Item = &'a Cell>,
) -> Result<(), BoxDynError> {
    for cell in cells {
        match cell {
            Cell::Null => arguments.add(None::<i64>)?,
            Cell::Int(value) => arguments.add(*value)?,
            Cell::Uuid(id) => arguments.add(*id)?,
            Cell::Text(text) => arguments.add(Arc::clone(text))?,
        }
    }
    Ok(())
}

/// The arguments of a statement.
///
/// # Errors
/// As [`bind`].
pub(super) fn arguments<'a>(
    cells: impl IntoIterator<Item = &'a Cell>,
) -> Result<SqliteArguments, BoxDynError> {
    let mut arguments = SqliteArguments::default();
    bind(&mut arguments, cells)?;
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
