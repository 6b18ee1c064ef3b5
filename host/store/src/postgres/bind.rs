//! Cells in PostgreSQL: each in a type of its own, in binary form.

use futures::TryStreamExt;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgArguments, PgConnection, PgRow, PgTypeInfo, PgTypeKind};
use sqlx::{Arguments, Encode, Postgres, Row, SqlStr, Type, TypeInfo, ValueRef};
use uuid::Uuid;

use super::array;
use crate::cell::Cell;
use crate::pool::Found;

/// A cell as a parameter.
struct Param<'a>(&'a Cell);

impl Type<Postgres> for Param<'_> {
    /// Whatever the statement makes of it.
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(0))
    }
}

impl<'q> Encode<'q, Postgres> for Param<'_> {
    fn produces(&self) -> Option<PgTypeInfo> {
        array::type_of(self.0).map(|ty| PgTypeInfo::with_oid(Oid(array::known(ty).oid)))
    }

    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        array::value(buffer, self.0)?;
        Ok(if *self.0 == Cell::Null { IsNull::Yes } else { IsNull::No })
    }
}

/// The arguments of a statement.
///
/// # Errors
/// When one is larger than PostgreSQL takes.
pub(super) fn arguments<'a>(cells: impl IntoIterator<Item = &'a Cell>) -> Result<PgArguments, BoxDynError> {
    let mut arguments = PgArguments::default();
    for cell in cells {
        arguments.add(Param(cell))?;
    }
    Ok(arguments)
}

/// What a statement finds.
pub(crate) async fn rows(db: &mut PgConnection, sql: SqlStr, values: &[Cell]) -> Result<Found, sqlx::Error> {
    let arguments = arguments(values).map_err(sqlx::Error::Encode)?;
    let mut found = sqlx::query_with(sql, arguments).fetch(db);
    let mut rows = Vec::new();
    while let Some(row) = found.try_next().await? {
        rows.push(cells(&row).map_err(sqlx::Error::Decode)?);
    }
    Ok(rows)
}

/// The cells of a row.
///
/// # Errors
/// When a value is of a type that Insula does not write, or beyond what it can hold.
pub(super) fn cells(row: &PgRow) -> Result<Vec<Cell>, BoxDynError> {
    (0..row.len())
        .map(|place| {
            let value = row.try_get_raw(place)?;
            if value.is_null() {
                return Ok(Cell::Null);
            }
            let ty = value.type_info();
            cell_of(&ty, value.as_bytes()?)?.ok_or_else(|| {
                format!("column {place} of a row holds a value of type {} that cannot be read", ty.name())
                    .into()
            })
        })
        .collect()
}

/// The numbers of the types that are read; see [`array::known`].
mod oid {
    pub(super) const BOOL: u32 = 16;
    pub(super) const NAME: u32 = 19;
    pub(super) const INT8: u32 = 20;
    pub(super) const INT2: u32 = 21;
    pub(super) const INT4: u32 = 23;
    pub(super) const TEXT: u32 = 25;
    pub(super) const JSON: u32 = 114;
    pub(super) const BPCHAR: u32 = 1042;
    pub(super) const VARCHAR: u32 = 1043;
    pub(super) const DATE: u32 = 1082;
    pub(super) const TIME: u32 = 1083;
    pub(super) const TIMESTAMP: u32 = 1114;
    pub(super) const TIMESTAMPTZ: u32 = 1184;
    pub(super) const UUID: u32 = 2950;
    pub(super) const JSONB: u32 = 3802;
}

fn cell_of(ty: &PgTypeInfo, bytes: &[u8]) -> Result<Option<Cell>, BoxDynError> {
    let text = |bytes| std::str::from_utf8(bytes).map(Cell::from);
    Ok(match ty.oid().map(|oid| oid.0) {
        Some(oid::UUID) => Some(Cell::Uuid(Uuid::from_slice(bytes)?)),
        Some(oid::INT8) => Some(Cell::Int(i64::from_be_bytes(bytes.try_into()?))),
        Some(oid::INT4) => Some(Cell::Int(i32::from_be_bytes(bytes.try_into()?).into())),
        Some(oid::INT2) => Some(Cell::Int(i16::from_be_bytes(bytes.try_into()?).into())),
        Some(oid::BOOL) => Some(Cell::Bool(bytes != [0])),
        Some(oid::TEXT | oid::VARCHAR | oid::BPCHAR | oid::NAME | oid::JSON) => Some(text(bytes)?),
        // Its first byte is the version of the format.
        Some(oid::JSONB) => Some(text(bytes.get(1..).unwrap_or_default())?),
        Some(oid::TIMESTAMPTZ | oid::TIMESTAMP) => {
            array::instant(i64::from_be_bytes(bytes.try_into()?)).map(Cell::from)
        }
        Some(oid::DATE) => array::date_of(i32::from_be_bytes(bytes.try_into()?)).map(Cell::from),
        Some(oid::TIME) => array::time_of(i64::from_be_bytes(bytes.try_into()?)).map(Cell::from),
        _ if matches!(ty.kind(), PgTypeKind::Enum(_)) => Some(text(bytes)?),
        _ => None,
    })
}
