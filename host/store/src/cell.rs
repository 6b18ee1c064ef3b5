//! Cells: values on their way between a field and a column.

use std::borrow::Cow;
use std::sync::Arc;

use insula_domain::{EntityId, FieldType, FieldValue, IslandId, Scoped};
use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use uuid::Uuid;

use crate::layout::ColumnType;

/// A value as databases know it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    Null,
    Int(i64),
    Instant(Timestamp),
    Uuid(Uuid),
    Bool(bool),
    /// Shared, because a batch that has to be taken apart binds it again.
    Text(Arc<str>),
    /// A text that is a date.
    Date(Arc<str>),
    /// A text that is a time of day.
    Time(Arc<str>),
    /// A text that is JSON.
    Json(Arc<str>),
}

impl From<EntityId> for Cell {
    fn from(id: EntityId) -> Self {
        match id {
            EntityId::Uuid(id) => Self::Uuid(id),
            EntityId::Int(id) => Self::Int(id),
        }
    }
}
impl From<Timestamp> for Cell {
    fn from(instant: Timestamp) -> Self {
        Self::Instant(instant)
    }
}
impl From<Date> for Cell {
    fn from(date: Date) -> Self {
        Self::Date(date_text(date))
    }
}
impl From<Time> for Cell {
    fn from(time: Time) -> Self {
        Self::Time(time_text(time))
    }
}
impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}
impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}
impl<T: Into<Self>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// Writes a field's value for a column. References and lists of them are not values of a column: they need the ids.
pub(crate) fn encode(value: &FieldValue<'_>, ty: ColumnType, island: IslandId) -> Cell {
    match value {
        FieldValue::Null | FieldValue::Ref(..) | FieldValue::Refs(..) => Cell::Null,
        FieldValue::Bool(value) => Cell::Bool(*value),
        FieldValue::Int(value) | FieldValue::Cents(value) => Cell::Int(*value),
        FieldValue::Text(text) => (&**text).into(),
        FieldValue::Scoped(scoped) => scoped.render(island).into(),
        FieldValue::Date(date) => (*date).into(),
        FieldValue::Time(time) => (*time).into(),
        FieldValue::Instant(instant) => match ty {
            ColumnType::Date => utc(*instant).date().into(),
            ColumnType::Time => utc(*instant).time().into(),
            _ => (*instant).into(),
        },
        FieldValue::Object(object) if object.is_empty() => Cell::Json("{}".into()),
        FieldValue::Object(object) => json(&**object),
        FieldValue::Choices(words) => json(words),
    }
}

/// Reads a field's value from its column, or from its two.
///
/// # Errors
/// What was wanted instead of what stands there.
pub(crate) fn decode(
    cells: (&Cell, Option<&Cell>),
    ty: FieldType,
    island: IslandId,
) -> Result<FieldValue<'static>, &'static str> {
    let (cell, second) = cells;
    if *cell == Cell::Null {
        return Ok(FieldValue::Null);
    }
    match ty {
        FieldType::Bool => bool(cell).map(FieldValue::Bool).ok_or("0 or 1"),
        FieldType::Int => int(cell).map(FieldValue::Int).ok_or("a whole number"),
        FieldType::Cents => int(cell).map(FieldValue::Cents).ok_or("a whole number of hundredths"),
        FieldType::Text | FieldType::Choice => {
            text(cell).map(|text| FieldValue::Text(Cow::Owned(text.to_owned()))).ok_or("a text")
        }
        FieldType::Scoped => {
            let scoped = text(cell).map(|text| Scoped::parse(text, island));
            scoped.map(|scoped| FieldValue::Scoped(Cow::Owned(scoped))).ok_or("a text")
        }
        FieldType::Date => parsed::<Date>(cell).map(FieldValue::Date).ok_or("a date such as 2026-01-05"),
        FieldType::Time => parsed::<Time>(cell).map(FieldValue::Time).ok_or("a time such as 09:30"),
        FieldType::Instant => instant(cell, second).map(FieldValue::Instant).ok_or("an instant"),
        FieldType::Object => {
            parsed_json(cell).map(|object| FieldValue::Object(Cow::Owned(object))).ok_or("a JSON object")
        }
        FieldType::Choices => {
            let words: Option<Vec<String>> = parsed_json(cell);
            let words = words.map(|words| words.into_iter().map(Cow::Owned).collect());
            words.map(FieldValue::Choices).ok_or("a JSON list of texts")
        }
        FieldType::Ref(_) | FieldType::Refs(_) => Err("no reference"),
    }
}

/// The id in a cell.
pub(crate) fn entity_id(cell: &Cell) -> Option<EntityId> {
    match cell {
        Cell::Uuid(id) => Some(EntityId::Uuid(*id)),
        Cell::Int(id) => Some(EntityId::Int(*id)),
        _ => None,
    }
}

pub(crate) fn int(cell: &Cell) -> Option<i64> {
    if let Cell::Int(value) = cell { Some(*value) } else { None }
}

fn bool(cell: &Cell) -> Option<bool> {
    match cell {
        Cell::Bool(value) => Some(*value),
        Cell::Int(value) => Some(*value != 0),
        _ => None,
    }
}

/// The instant in a cell: itself, or its microseconds.
pub(crate) fn instant_of(cell: &Cell) -> Option<Timestamp> {
    match cell {
        Cell::Instant(instant) => Some(*instant),
        Cell::Int(micros) => Timestamp::from_microsecond(*micros).ok(),
        _ => None,
    }
}

pub(crate) fn text(cell: &Cell) -> Option<&str> {
    match cell {
        Cell::Text(text) | Cell::Date(text) | Cell::Time(text) | Cell::Json(text) => Some(text),
        _ => None,
    }
}

pub(crate) fn parsed<T: std::str::FromStr>(cell: &Cell) -> Option<T> {
    text(cell)?.parse().ok()
}

pub(crate) fn parsed_json<T: serde::de::DeserializeOwned>(cell: &Cell) -> Option<T> {
    serde_json::from_str(text(cell)?).ok()
}

fn instant(cell: &Cell, second: Option<&Cell>) -> Option<Timestamp> {
    match second {
        None => instant_of(cell),
        Some(time) => {
            let local = parsed::<Date>(cell)?.to_datetime(parsed(time)?);
            local.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
        }
    }
}

fn utc(instant: Timestamp) -> jiff::civil::DateTime {
    jiff::tz::Offset::UTC.to_datetime(instant)
}

/// JSON text of what cannot fail to be written: maps with text keys, and texts.
pub(crate) fn json(value: &(impl serde::Serialize + ?Sized)) -> Cell {
    Cell::Json(serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned()).into())
}

/// `YYYY-MM-DD`, written digit by digit: a calendar is mostly dates and times.
fn date_text(date: Date) -> Arc<str> {
    let Ok(year @ 0..=9999) = u16::try_from(date.year()) else { return date.to_string().into() };
    let mut bytes = *b"0000-00-00";
    digits(&mut bytes[0..2], year / 100);
    digits(&mut bytes[2..4], year % 100);
    digits(&mut bytes[5..7], date.month().unsigned_abs().into());
    digits(&mut bytes[8..10], date.day().unsigned_abs().into());
    ascii(&bytes)
}

/// `HH:MM` where it is whole minutes.
fn time_text(time: Time) -> Arc<str> {
    if time.second() != 0 || time.subsec_nanosecond() != 0 {
        return time.to_string().into();
    }
    let mut bytes = *b"00:00";
    digits(&mut bytes[0..2], time.hour().unsigned_abs().into());
    digits(&mut bytes[3..5], time.minute().unsigned_abs().into());
    ascii(&bytes)
}

/// Writes a number below 100 as two digits.
fn digits(to: &mut [u8], number: u16) {
    for (place, digit) in to.iter_mut().zip([number / 10, number % 10]) {
        *place = b'0' + u8::try_from(digit).unwrap_or_default();
    }
}

fn ascii(bytes: &[u8]) -> Arc<str> {
    String::from_utf8_lossy(bytes).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::{date, time};
    use proptest::prelude::*;

    const ISLAND: IslandId = IslandId(Uuid::from_u128(7));

    #[test]
    fn dates_and_times_are_written_as_people_and_sorting_expect() {
        assert_eq!(&*date_text(date(2026, 1, 5)), "2026-01-05");
        assert_eq!(&*date_text(date(-7, 12, 31)), "-000007-12-31");
        assert_eq!(&*time_text(time(9, 5, 0, 0)), "09:05");
        assert_eq!(&*time_text(time(23, 59, 58, 0)), "23:59:58");
    }

    #[test]
    fn an_instant_may_stand_in_two_columns() {
        let instant: Timestamp = "2026-03-29T01:30:15.000001Z".parse().unwrap();
        let value = FieldValue::Instant(instant);
        let cells = (encode(&value, ColumnType::Date, ISLAND), encode(&value, ColumnType::Time, ISLAND));
        assert_eq!(cells, (Cell::Date("2026-03-29".into()), Cell::Time("01:30:15.000001".into())));
        assert_eq!(decode((&cells.0, Some(&cells.1)), FieldType::Instant, ISLAND), Ok(value));
    }

    proptest! {
        #[test]
        fn what_was_encoded_is_decoded_the_same(days in -3_000_000_i32..2_900_000, minute in 0_i32..1440, micros in -300_000_000_000_000_000_i64..200_000_000_000_000_000) {
            let day = date(1970, 1, 1).checked_add(jiff::Span::new().days(days)).unwrap();
            let clock = time((minute / 60) as i8, (minute % 60) as i8, 0, 0);
            let instant = Timestamp::from_microsecond(micros).unwrap();
            for (value, field, column) in [
                (FieldValue::Date(day), FieldType::Date, ColumnType::Date),
                (FieldValue::Time(clock), FieldType::Time, ColumnType::Time),
                (FieldValue::Instant(instant), FieldType::Instant, ColumnType::Micros),
            ] {
                let cell = encode(&value, column, ISLAND);
                prop_assert_eq!(decode((&cell, None), field, ISLAND), Ok(value));
            }
        }
    }
}
