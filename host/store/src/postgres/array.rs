//! One column of many rows, as the array that PostgreSQL takes apart again (`unnest`).
//!
//! Written in its binary form at once, from the cells, without a list of values in between.

use jiff::Timestamp;
use jiff::civil::{Date, Time, date};
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgTypeInfo};
use sqlx::{Encode, Postgres, Type};

use crate::cell::Cell;
use crate::layout::ColumnType;
use crate::rows::Encoded;

/// One column of a table, over the rows of several commits.
#[derive(Clone, Copy)]
pub(super) struct Column<'a> {
    pub commits: &'a [&'a Encoded],
    /// The table's place in the plan.
    pub table: usize,
    /// How many columns it has.
    pub width: usize,
    /// Which one this is.
    pub place: usize,
    pub ty: ColumnType,
}

/// A type and that of its arrays, by the numbers that they have in every PostgreSQL (its `pg_type.dat`); and how SQL calls
/// it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub name: &'static str,
    pub oid: u32,
    pub array: u32,
}

/// The type as which values of a column are sent.
pub(super) const fn known(ty: ColumnType) -> Known {
    let (name, oid, array) = match ty {
        ColumnType::Uuid => ("uuid", 2950, 2951),
        ColumnType::Integer | ColumnType::Cents => ("bigint", 20, 1016),
        ColumnType::Bool => ("boolean", 16, 1000),
        ColumnType::Text => ("text", 25, 1009),
        ColumnType::Date => ("date", 1082, 1182),
        ColumnType::Time => ("time without time zone", 1083, 1183),
        ColumnType::Micros => ("timestamp with time zone", 1184, 1185),
        ColumnType::Json => ("json", 114, 199),
    };
    Known { name, oid, array }
}

impl Type<Postgres> for Column<'_> {
    /// Any; [`Column::produces`] says which.
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(known(ColumnType::Text).array))
    }
}

impl<'q> Encode<'q, Postgres> for Column<'_> {
    fn produces(&self) -> Option<PgTypeInfo> {
        Some(PgTypeInfo::with_oid(Oid(known(self.ty).array)))
    }

    /// PostgreSQL's `array_recv`: dimensions, whether there may be nulls, the type; length and lower bound; the values.
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let rows = |commit: &&Encoded| commit.rows[self.table].len() / self.width;
        let length = i32::try_from(self.commits.iter().map(rows).sum::<usize>())?;
        buffer.extend_from_slice(&1_i32.to_be_bytes());
        buffer.extend_from_slice(&1_i32.to_be_bytes());
        buffer.extend_from_slice(&known(self.ty).oid.to_be_bytes());
        buffer.extend_from_slice(&length.to_be_bytes());
        buffer.extend_from_slice(&1_i32.to_be_bytes());
        let cells = |commit: &&'_ Encoded| -> Result<(), BoxDynError> {
            commit.rows[self.table]
                .iter()
                .skip(self.place)
                .step_by(self.width)
                .try_for_each(|cell| element(buffer, cell, self.ty))
        };
        self.commits.iter().try_for_each(cells)?;
        Ok(IsNull::No)
    }
}

/// Writes a value with its length before it.
fn element(buffer: &mut Vec<u8>, cell: &Cell, ty: ColumnType) -> Result<(), BoxDynError> {
    if *cell == Cell::Null {
        buffer.extend_from_slice(&(-1_i32).to_be_bytes());
        return Ok(());
    }
    let at = buffer.len();
    buffer.extend_from_slice(&[0; 4]);
    if type_of(cell).is_some_and(|sent| known(sent) != known(ty)) {
        return Err(format!("{cell:?} cannot be written as {ty:?}").into());
    }
    value(buffer, cell)?;
    let length = i32::try_from(buffer.len() - at - 4)?;
    buffer[at..at + 4].copy_from_slice(&length.to_be_bytes());
    Ok(())
}

/// The type of a cell, unless it is of whichever type is wanted.
pub(super) fn type_of(cell: &Cell) -> Option<ColumnType> {
    match cell {
        Cell::Null | Cell::Text(_) => None,
        Cell::Int(_) => Some(ColumnType::Integer),
        Cell::Bool(_) => Some(ColumnType::Bool),
        Cell::Uuid(_) => Some(ColumnType::Uuid),
        Cell::Instant(_) => Some(ColumnType::Micros),
        Cell::Date(_) => Some(ColumnType::Date),
        Cell::Time(_) => Some(ColumnType::Time),
        Cell::Json(_) => Some(ColumnType::Json),
    }
}

/// Writes a value in the binary form of its type; nothing for null.
pub(super) fn value(buffer: &mut Vec<u8>, cell: &Cell) -> Result<(), BoxDynError> {
    match cell {
        Cell::Null => {}
        Cell::Int(value) => buffer.extend_from_slice(&value.to_be_bytes()),
        Cell::Bool(value) => buffer.push(u8::from(*value)),
        Cell::Uuid(id) => buffer.extend_from_slice(id.as_bytes()),
        Cell::Instant(instant) => buffer.extend_from_slice(&micros(*instant).to_be_bytes()),
        Cell::Text(text) | Cell::Json(text) => buffer.extend_from_slice(text.as_bytes()),
        Cell::Date(text) => buffer.extend_from_slice(&days(text.parse()?)?.to_be_bytes()),
        Cell::Time(text) => buffer.extend_from_slice(&since_midnight(text.parse()?).to_be_bytes()),
    }
    Ok(())
}

/// Where PostgreSQL begins to count: 2000-01-01, in microseconds of Unix time.
const EPOCH: i64 = 946_684_800_000_000;

/// An instant as PostgreSQL counts it.
fn micros(instant: Timestamp) -> i64 {
    instant.as_microsecond() - EPOCH
}

/// The instant that PostgreSQL counts so.
pub(super) fn instant(micros: i64) -> Option<Timestamp> {
    Timestamp::from_microsecond(micros.checked_add(EPOCH)?).ok()
}

const FIRST_DAY: Date = date(2000, 1, 1);

fn days(date: Date) -> Result<i32, jiff::Error> {
    FIRST_DAY.until(date).map(|span| span.get_days())
}

/// The date that PostgreSQL counts so.
pub(super) fn date_of(days: i32) -> Option<Date> {
    FIRST_DAY.checked_add(jiff::Span::new().try_days(days).ok()?).ok()
}

fn since_midnight(time: Time) -> i64 {
    let seconds = i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60 + i64::from(time.second());
    seconds * 1_000_000 + i64::from(time.subsec_nanosecond()) / 1000
}

/// The time of day that PostgreSQL counts so. Its 24:00 is none of ours.
pub(super) fn time_of(micros: i64) -> Option<Time> {
    let part = |of: i64| i8::try_from(of).ok();
    let (seconds, rest) = (micros / 1_000_000, i32::try_from(micros % 1_000_000).ok()?);
    Time::new(part(seconds / 3600)?, part(seconds / 60 % 60)?, part(seconds % 60)?, rest * 1000).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_times_are_counted_there_and_back() {
        for day in [date(1931, 2, 28), date(2000, 1, 1), date(2026, 3, 29), date(9999, 12, 31)] {
            assert_eq!(date_of(days(day).unwrap()), Some(day));
        }
        for time in [Time::midnight(), Time::constant(23, 59, 58, 123_456_000)] {
            assert_eq!(time_of(since_midnight(time)), Some(time));
        }
        assert_eq!(time_of(24 * 3_600_000_000), None);
        assert_eq!(days(date(2000, 1, 2)).unwrap(), 1);
    }
}
