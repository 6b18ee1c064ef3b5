//! Local times, read in a clinic's zone.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};

use crate::rejection::{Rejection, Rule};

/// Which of the two instants is meant by a local time that happens twice, when daylight saving ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fold {
    /// The first.
    #[default]
    Earlier,
    /// The second.
    Later,
}

/// A time on a clinic's wall clock, to the minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalTime {
    /// The day.
    pub date: Date,
    /// The time of day.
    pub time: Time,
    /// Which of two, where it happens twice.
    pub fold: Fold,
}

impl LocalTime {
    /// A local time; the earlier one where it happens twice.
    pub fn new(date: Date, time: Time) -> Self {
        Self { date, time, fold: Fold::Earlier }
    }

    /// The instant that is meant.
    ///
    /// # Errors
    /// When daylight saving skips it.
    pub fn instant(self, zone: &TimeZone, field: &str) -> Result<Timestamp, Rejection> {
        let local = self.date.to_datetime(self.time);
        let offset = match zone.to_ambiguous_timestamp(local).offset() {
            AmbiguousOffset::Unambiguous { offset } => offset,
            AmbiguousOffset::Fold { before, after } => match self.fold {
                Fold::Earlier => before,
                Fold::Later => after,
            },
            AmbiguousOffset::Gap { before, after } => {
                let message = format!(
                    "{local} does not exist in {}: the clocks go from UTC{before} to UTC{after} there; take a time \
                     before or after the gap",
                    zone.iana_name().unwrap_or("this time zone"),
                );
                return Err(Rejection::of(field, Rule::SkippedTime, message));
            }
        };
        offset.to_timestamp(local).map_err(|_| {
            Rejection::of(field, Rule::CivilTime, format!("{local} is outside the years that can be written"))
        })
    }
}

/// Checks that a date is of the years that RFC 3339 and all databases can write.
pub(crate) fn check_date(field: &str, date: Date) -> Result<(), Rejection> {
    if date.year() >= 1 {
        return Ok(());
    }
    let message = format!("the year {} cannot be written; take one from 1 to 9999", date.year());
    Err(Rejection::of(field, Rule::CivilTime, message))
}

/// Checks that a time of day is to the minute.
pub(crate) fn check_time(field: &str, time: Time) -> Result<(), Rejection> {
    if time.second() == 0 && time.subsec_nanosecond() == 0 {
        return Ok(());
    }
    let message = format!("{time} is not to the minute; leave out the seconds");
    Err(Rejection::of(field, Rule::CivilTime, message))
}

/// The first instant of a local day.
pub(crate) fn day_start(date: Date, zone: &TimeZone) -> Option<Timestamp> {
    date.to_zoned(zone.clone()).ok()?.start_of_day().ok().map(|zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::{date, time};

    fn instant(zone: &str, day: Date, hour: i8, minute: i8, fold: Fold) -> Result<String, String> {
        let zone = TimeZone::get(zone).unwrap();
        LocalTime { date: day, time: time(hour, minute, 0, 0), fold }
            .instant(&zone, "starts")
            .map(|instant| instant.to_string())
            .map_err(|rejection| rejection.rule)
    }

    #[test]
    fn a_skipped_time_is_rejected() {
        assert_eq!(
            instant("Europe/Berlin", date(2026, 3, 29), 2, 30, Fold::Earlier),
            Err("skipped_time".to_owned())
        );
    }

    #[test]
    fn a_time_that_happens_twice_takes_the_earlier_unless_told_otherwise() {
        let at = |fold| instant("Europe/Berlin", date(2026, 10, 25), 2, 30, fold).unwrap();
        assert_eq!(at(Fold::Earlier), "2026-10-25T00:30:00Z");
        assert_eq!(at(Fold::Later), "2026-10-25T01:30:00Z");
    }

    #[test]
    fn zones_with_odd_offsets_and_the_edges_of_a_day_are_read_right() {
        let at = |zone, hour, minute| instant(zone, date(2026, 1, 5), hour, minute, Fold::Earlier).unwrap();
        assert_eq!(at("Asia/Kolkata", 0, 1), "2026-01-04T18:31:00Z");
        assert_eq!(at("Asia/Kathmandu", 23, 59), "2026-01-05T18:14:00Z");
        assert_eq!(at("Australia/Lord_Howe", 23, 59), "2026-01-05T12:59:00Z");
    }
}
