//! Days and times as a document writes them, such as `next monday + 2 days 09:30`: relative to the run's clock, and
//! read on the clinic's wall.

use std::borrow::Cow;
use std::str::FromStr;

use insula::{Date, LocalTime, Time, date, time};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::choice::Weekday;

/// What a day counts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Anchor {
    Date(Date),
    FromToday(i32),
    Next(Weekday),
    Last(Weekday),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Days,
    Weeks,
    Workdays,
}

/// A day: `today`, `next monday`, `last friday`, `2026-01-05`, each with steps such as `+ 3 days`, `- 2 weeks`,
/// `+ 1 workday`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    anchor: Anchor,
    steps: Vec<(i32, Unit)>,
}

/// A day and a time of day: `next monday 09:30`, `tomorrow + 2 workdays 09:00 + 45 minutes`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    day: Day,
    time: Time,
    minutes: i32,
}

/// From one time of day to another: `09:00-17:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hours {
    pub(crate) start: Time,
    pub(crate) end: Time,
}

const DAY: &str = "a day such as `today`, `next monday`, `last friday`, `2026-01-05` or `tomorrow + 3 days`";
const MOMENT: &str = "a day and a time such as `next monday 09:30` or `today + 2 workdays 14:00`";
const HOURS: &str = "hours such as `09:00-17:00`";

impl Day {
    /// The day that it is when today is `today`.
    pub(crate) fn from(&self, today: Date) -> Date {
        let first = match self.anchor {
            Anchor::Date(date) => date,
            Anchor::FromToday(days) => today.plus_days(days),
            Anchor::Next(weekday) => today.next(weekday.into()),
            // The last one is the one before the next, or a week before where today is that day.
            Anchor::Last(weekday) => {
                let next = today.next(weekday.into());
                next.plus_days(if today.days_until(next) == 7 { -14 } else { -7 })
            }
        };
        self.steps.iter().fold(first, |day, (count, unit)| match unit {
            Unit::Days => day.plus_days(*count),
            Unit::Weeks => day.plus_days(count.saturating_mul(7)),
            Unit::Workdays => workdays(day, *count),
        })
    }
}

/// So many working days later or earlier. No step from a weekend is one to the working day that comes next.
fn workdays(day: Date, count: i32) -> Date {
    let is_off = |day: Date| matches!(day.weekday(), insula::Weekday::Saturday | insula::Weekday::Sunday);
    let step = if count < 0 { -1 } else { 1 };
    let mut day = day;
    while is_off(day) {
        day = day.plus_days(step);
    }
    // Whole weeks need no counting of days, however many there are.
    day = day.plus_days((count / 5).saturating_mul(7));
    for _ in 0..(count % 5).abs() {
        day = day.plus_days(step);
        while is_off(day) {
            day = day.plus_days(step);
        }
    }
    day
}

impl Moment {
    /// The local time that it is when today is `today`. None when its steps leave the day.
    pub(crate) fn from(&self, today: Date) -> Option<LocalTime> {
        let minutes = i32::try_from(self.time.minutes()).ok()?.checked_add(self.minutes)?;
        (0..24 * 60).contains(&minutes).then(|| {
            let time = time(0, 0).plus_minutes(minutes.unsigned_abs());
            self.day.from(today).at_time(time)
        })
    }
}

impl FromStr for Day {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let words = words(text);
        let (day, rest) = take_day(&words).ok_or_else(|| expected(text, DAY))?;
        if rest.is_empty() { Ok(day) } else { Err(expected(text, DAY)) }
    }
}

impl FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let read = || {
            let words = words(text);
            let (day, rest) = take_day(&words)?;
            let (clock, mut rest) = rest.split_first()?;
            let time = read_time(clock)?;
            let mut minutes = 0_i32;
            while let Some((count, unit, left)) = take_step(rest) {
                let each = match unit {
                    "minute" => 1,
                    "hour" => 60,
                    _ => return None,
                };
                minutes = minutes.checked_add(count.checked_mul(each)?)?;
                rest = left;
            }
            rest.is_empty().then_some(Self { day, time, minutes })
        };
        read().ok_or_else(|| expected(text, MOMENT))
    }
}

impl FromStr for Hours {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let read = || {
            let (start, end) = text.split_once('-')?;
            Some(Self { start: read_time(start.trim())?, end: read_time(end.trim())? })
        };
        read().ok_or_else(|| expected(text, HOURS))
    }
}

fn expected(text: &str, what: &str) -> String {
    if let Some(none) = words(text).into_iter().find(|word| written_date(word).is_some_and(|it| !exists(it)))
    {
        return format!("`{text}` names a day that the calendar does not have: {none}");
    }
    format!("`{text}` is not what was expected here: {what}")
}

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

fn take_day<'a>(words: &'a [&'a str]) -> Option<(Day, &'a [&'a str])> {
    let (anchor, mut rest) = match words {
        ["today", rest @ ..] => (Anchor::FromToday(0), rest),
        ["tomorrow", rest @ ..] => (Anchor::FromToday(1), rest),
        ["yesterday", rest @ ..] => (Anchor::FromToday(-1), rest),
        ["next", day, rest @ ..] => (Anchor::Next(Weekday::read(day)?), rest),
        ["last", day, rest @ ..] => (Anchor::Last(Weekday::read(day)?), rest),
        [day, rest @ ..] => (Anchor::Date(read_date(day)?), rest),
        [] => return None,
    };
    let mut steps = Vec::new();
    while let Some((count, unit, left)) = take_step(rest) {
        let unit = match unit {
            "day" => Unit::Days,
            "week" => Unit::Weeks,
            "workday" => Unit::Workdays,
            _ => return None,
        };
        steps.push((count, unit));
        rest = left;
    }
    Some((Day { anchor, steps }, rest))
}

/// `+ 3 days`: the count, the unit in the singular, and what comes after.
fn take_step<'a>(words: &'a [&'a str]) -> Option<(i32, &'a str, &'a [&'a str])> {
    let [sign @ ("+" | "-"), count, unit, rest @ ..] = words else { return None };
    let count: i32 = digits(count, 1..=6)?;
    Some((if *sign == "-" { -count } else { count }, unit.strip_suffix('s').unwrap_or(unit), rest))
}

fn read_date(text: &str) -> Option<Date> {
    written_date(text).filter(|date| exists(*date))
}

fn written_date(text: &str) -> Option<Date> {
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let read = date(digits(year, 4..=4)?, digits(month, 2..=2)?, digits(day, 2..=2)?);
    parts.next().is_none().then_some(read)
}

/// Whether its month has such a day.
fn exists(date: Date) -> bool {
    // Counted in days and back, a day that is none becomes another.
    (1..=12).contains(&date.month) && date.plus_days(0) == date
}

fn read_time(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':')?;
    let read = time(digits(hour, 1..=2)?, digits(minute, 2..=2)?);
    (read.hour < 24 && read.minute < 60).then_some(read)
}

fn digits<N: FromStr>(text: &str, length: std::ops::RangeInclusive<usize>) -> Option<N> {
    let fits = length.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| text.parse().ok()).flatten()
}

const DAY_PATTERN: &str = "(today|tomorrow|yesterday|(next|last) (monday|tuesday|wednesday|thursday|friday|saturday|sunday)|[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01]))( [+-] [0-9]{1,6} (day|week|workday)s?)*";
const TIME_PATTERN: &str = "([01]?[0-9]|2[0-3]):[0-5][0-9]";

macro_rules! text {
    ($type:ident, $description:expr, $pattern:expr, $examples:expr) => {
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(D::Error::custom)
            }
        }

        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "description": $description,
                    "type": "string",
                    "pattern": format!("^{}$", $pattern),
                    "examples": $examples,
                })
            }
        }
    };
}

text!(
    Day,
    "A day where the clinic is, with steps of days, weeks or workdays.",
    DAY_PATTERN,
    ["today", "next monday", "last friday", "tomorrow + 3 workdays", "2026-01-05"]
);
text!(
    Moment,
    "A day and a time on the clinic's wall, with steps of days before the time and of minutes or hours after it.",
    format!("{DAY_PATTERN} {TIME_PATTERN}( [+-] [0-9]{{1,6}} (minute|hour)s?)*"),
    ["next monday 09:30", "today + 2 workdays 14:00", "2026-01-05 09:00 + 45 minutes"]
);
text!(
    Hours,
    "From one time of day to another.",
    format!("{TIME_PATTERN} ?- ?{TIME_PATTERN}"),
    ["09:00-17:00"]
);

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str, today: Date) -> String {
        text.parse::<Day>().unwrap().from(today).to_string()
    }

    #[test]
    fn days_count_from_today() {
        let monday = date(2026, 1, 5);
        for (text, expected) in [
            ("today", "2026-01-05"),
            ("tomorrow", "2026-01-06"),
            ("yesterday", "2026-01-04"),
            ("next monday", "2026-01-12"),
            ("next tuesday", "2026-01-06"),
            ("last monday", "2025-12-29"),
            ("last sunday", "2026-01-04"),
            ("last tuesday", "2025-12-30"),
            ("next monday + 2 weeks", "2026-01-26"),
            ("2026-02-27 + 1 day - 2 days", "2026-02-26"),
            ("today + 5 workdays", "2026-01-12"),
            ("today - 1 workday", "2026-01-02"),
            ("2026-01-10 + 0 workdays", "2026-01-12"),
            ("2026-01-10 - 0 workdays", "2026-01-12"),
            ("2026-01-10 - 1 workday", "2026-01-08"),
            ("2026-01-09 + 1 workday", "2026-01-12"),
            ("2026-01-09 + 12 workdays", "2026-01-27"),
        ] {
            assert_eq!(day(text, monday), expected, "{text}");
        }
    }

    #[test]
    fn workdays_are_counted_one_by_one() {
        let first = date(2026, 1, 1);
        for start in 0..14 {
            let start = first.plus_days(start);
            let mut expected = workdays(start, 0);
            for count in 1..30 {
                expected = workdays(expected.plus_days(1), 0);
                assert_eq!(workdays(start, count), expected, "{start} + {count}");
            }
        }
    }

    #[test]
    fn times_stay_in_their_day() {
        let at = |text: &str| text.parse::<Moment>().unwrap().from(date(2026, 1, 5));
        assert_eq!(at("next monday 9:30"), Some(date(2026, 1, 12).at(9, 30)));
        assert_eq!(at("today + 1 day 09:00 + 1 hour - 15 minutes"), Some(date(2026, 1, 6).at(9, 45)));
        assert_eq!(at("today 23:30 + 30 minutes"), None);
        assert_eq!(at("today 00:10 - 11 minutes"), None);
    }

    #[test]
    fn what_is_none_says_what_would_be() {
        for wrong in
            ["monday", "next month", "today +3 days", "today 9", "today 24:00", "today 09:00 + 1 day"]
        {
            let error = wrong.parse::<Moment>().unwrap_err();
            assert!(error.contains("such as `next monday 09:30`"), "{error}");
        }
        for (wrong, date) in [
            ("2026-02-30", "2026-02-30"),
            ("2026-13-01 + 1 day", "2026-13-01"),
            ("2026-06-00", "2026-06-00"),
            ("2100-02-29", "2100-02-29"),
        ] {
            let error = wrong.parse::<Day>().unwrap_err();
            assert_eq!(error, format!("`{wrong}` names a day that the calendar does not have: {date}"));
        }
        assert!("2024-02-29".parse::<Day>().is_ok() && "2000-02-29".parse::<Day>().is_ok());
        assert!("09:00".parse::<Hours>().is_err() && "9-17".parse::<Hours>().is_err());
    }
}
