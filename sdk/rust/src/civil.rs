//! Days and times of day, as a clinic's wall shows them.
//!
//! Whether a time exists in the clinic's zone is the host's to say; here is only the calendar.

use std::fmt;
use std::ops::Range;

use crate::contract::types::{Date, Fold, LocalTime, Time, Weekday};

/// Monday to Friday.
pub const WORKDAYS: [Weekday; 5] =
    [Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday];

const WEEK: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

/// A day: `date(2026, 1, 5)`.
pub const fn date(year: i16, month: u8, day: u8) -> Date {
    Date { year, month, day }
}

/// A time of day: `time(9, 30)`.
pub const fn time(hour: u8, minute: u8) -> Time {
    Time { hour, minute }
}

impl Date {
    /// This day at a time of day: `monday.at(9, 30)`.
    #[must_use]
    pub const fn at(self, hour: u8, minute: u8) -> LocalTime {
        self.at_time(time(hour, minute))
    }

    /// This day at a time of day.
    #[must_use]
    pub const fn at_time(self, time: Time) -> LocalTime {
        LocalTime { date: self, time, fold: Fold::Earlier }
    }

    /// So many days later, or earlier.
    #[must_use]
    pub fn plus_days(self, days: i32) -> Self {
        Self::from_days(self.days().saturating_add(days))
    }

    /// So many days lie between this day and a later one.
    #[must_use]
    pub fn days_until(self, later: Self) -> i32 {
        later.days() - self.days()
    }

    /// The day of the week.
    #[must_use]
    pub fn weekday(self) -> Weekday {
        // 1970-01-01 was a Thursday.
        WEEK[(self.days() + 3).rem_euclid(7) as usize]
    }

    /// The first such day after this one.
    #[must_use]
    pub fn next(self, weekday: Weekday) -> Self {
        let ahead = (weekday as i32 - self.weekday() as i32).rem_euclid(7);
        self.plus_days(if ahead == 0 { 7 } else { ahead })
    }

    /// Days since 1970-01-01. Years are counted from March, so that a leap day is the last of its year, and
    /// in spans of 400 years, which all have the same number of days.
    fn days(self) -> i32 {
        let (month, day) = (i32::from(self.month), i32::from(self.day));
        let year = i32::from(self.year) - i32::from(month <= 2);
        let span = year.div_euclid(400);
        let year_of_span = year.rem_euclid(400);
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        span * 146_097 + year_of_span * 365 + year_of_span / 4 - year_of_span / 100 + day_of_year - 719_468
    }

    fn from_days(days: i32) -> Self {
        let days = days.saturating_add(719_468);
        let span = days.div_euclid(146_097);
        let day_of_span = days.rem_euclid(146_097);
        let year_of_span =
            (day_of_span - day_of_span / 1_460 + day_of_span / 36_524 - day_of_span / 146_096) / 365;
        let day_of_year = day_of_span - (365 * year_of_span + year_of_span / 4 - year_of_span / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = (month_from_march + 2) % 12 + 1;
        let year = span * 400 + year_of_span + i32::from(month <= 2);
        let year = i16::try_from(year).unwrap_or(if year < 0 { i16::MIN } else { i16::MAX });
        Self { year, month: month as u8, day: day as u8 }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl Time {
    /// So many minutes later, up to 23:59.
    #[must_use]
    pub fn plus_minutes(self, minutes: u32) -> Self {
        let minute = self.minutes().saturating_add(minutes).min(24 * 60 - 1);
        time((minute / 60) as u8, (minute % 60) as u8)
    }

    /// Minutes since midnight.
    #[must_use]
    pub fn minutes(self) -> u32 {
        u32::from(self.hour) * 60 + u32::from(self.minute)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.hour, self.minute)
    }
}

impl LocalTime {
    /// The later of the two instants, where daylight saving makes this time happen twice.
    #[must_use]
    pub const fn later(mut self) -> Self {
        self.fold = Fold::Later;
        self
    }
}

/// From one time of day to another: `(9..17).into()`, or `(time(9, 30)..time(17, 0)).into()`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    /// When they begin.
    pub start: Time,
    /// When they are over.
    pub end: Time,
}

impl From<Range<u8>> for Hours {
    fn from(hours: Range<u8>) -> Self {
        Self { start: time(hours.start, 0), end: time(hours.end, 0) }
    }
}

impl From<Range<Time>> for Hours {
    fn from(times: Range<Time>) -> Self {
        Self { start: times.start, end: times.end }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of_jiff(day: jiff::civil::Date) -> Date {
        date(day.year(), day.month() as u8, day.day() as u8)
    }

    proptest! {
        #[test]
        fn arithmetic_agrees_with_jiff(start in -400_000_i32..400_000, step in -200_000_i32..200_000) {
            let epoch = jiff::civil::date(1970, 1, 1);
            let from = epoch.checked_add(jiff::Span::new().days(start)).unwrap();
            let to = from.checked_add(jiff::Span::new().days(step)).unwrap();
            prop_assert_eq!(of_jiff(from).plus_days(step), of_jiff(to));
            prop_assert_eq!(of_jiff(from).days_until(of_jiff(to)), step);
            prop_assert_eq!(of_jiff(from).weekday() as i8, from.weekday().to_monday_zero_offset());
        }

        #[test]
        fn the_next_weekday_is_within_a_week(start in -400_000_i32..400_000, wanted in 0_usize..7) {
            let day = date(1970, 1, 1).plus_days(start);
            let next = day.next(WEEK[wanted]);
            prop_assert_eq!(next.weekday(), WEEK[wanted]);
            prop_assert!((1..=7).contains(&day.days_until(next)));
        }

        #[test]
        fn no_day_overflows(year: i16, month in 0_u8..=255, day in 0_u8..=255, step: i32) {
            let _far = date(year, month, day).plus_days(step).weekday();
        }
    }

    #[test]
    fn leap_days_are_kept() {
        assert_eq!(date(2024, 2, 28).plus_days(1), date(2024, 2, 29));
        assert_eq!(date(2100, 2, 28).plus_days(1), date(2100, 3, 1));
        assert_eq!(date(2026, 12, 31).plus_days(1).to_string(), "2027-01-01");
    }

    #[test]
    fn the_next_monday_after_a_monday_is_a_week_later() {
        let monday = date(2026, 1, 5);
        assert_eq!(monday.next(Weekday::Monday), date(2026, 1, 12));
        assert_eq!(monday.next(Weekday::Sunday), date(2026, 1, 11));
    }

    #[test]
    fn a_day_ends_at_its_last_minute() {
        assert_eq!(time(9, 45).plus_minutes(30), time(10, 15));
        assert_eq!(time(23, 50).plus_minutes(30), time(23, 59));
    }
}
