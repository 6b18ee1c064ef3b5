//! Adding working hours and time off.

use jiff::civil::{Date, Time};

use super::undo::{Undo, Which};
use super::{Draft, NewAvailability, NewTimeOff, Refusal};
use crate::choice::EventKind;
use crate::civil::{self, LocalTime};
use crate::handle::Handle;
use crate::people::Clinic;
use crate::rejection::{Rejection, Rule};
use crate::times::{Availability, CalendarEvent};

impl Draft {
    /// Adds weekly working hours, all or none.
    ///
    /// # Errors
    /// When hours end before they start or overlap others of the day, or the user is no practitioner there.
    pub fn create_availabilities(
        &mut self,
        news: impl IntoIterator<Item = NewAvailability>,
    ) -> Result<Vec<Handle<Availability>>, Refusal> {
        self.each(news, |draft, new| {
            let NewAvailability { practitioner, clinic, day_of_week, start_time, end_time } = new;
            draft.get("clinic", clinic)?;
            draft.practitioner(practitioner, clinic)?;
            civil::check_time("start_time", start_time)?;
            civil::check_time("end_time", end_time)?;
            ends_after_start("end_time", start_time, end_time)?;
            let key = (practitioner.index(), clinic.index(), day_of_week);
            let day = draft.index.working.entry(key).or_default();
            if day.iter().any(|&(start, end)| start < end_time && start_time < end) {
                let message =
                    "the practitioner works at that time of the day already; join the two intervals";
                return Err(Rejection::of("start_time", Rule::Overlap, message).into());
            }
            day.push((start_time, end_time));
            draft.undo.push(Undo::Working(key.0, key.1, key.2));
            draft.add(Availability { practitioner, clinic, day_of_week, start_time, end_time })
        })
    }

    /// Adds time off, all or none. Two times off may overlap.
    ///
    /// # Errors
    /// When it ends before it starts, or the practitioner has an appointment then.
    pub fn create_time_off(
        &mut self,
        news: impl IntoIterator<Item = NewTimeOff>,
    ) -> Result<Vec<Handle<CalendarEvent>>, Refusal> {
        self.each(news, |draft, new| {
            draft.get("clinic", new.clinic)?;
            draft.practitioner(new.practitioner, new.clinic)?;
            civil::check_date("date", new.date)?;
            if let Some((start, end)) = new.hours {
                civil::check_time("hours", start)?;
                civil::check_time("hours", end)?;
                ends_after_start("hours", start, end)?;
            }
            let (start, end) = draft.off_times(new.clinic, new.date, new.hours)?;
            let who = new.practitioner.index();
            if draft.index.booked.busy(who, start, end).is_some() {
                let message = "the practitioner has an appointment at that time; give the time off first, and book \
                               the appointment with allow-overlap if both are meant";
                return Err(Rejection::of("date", Rule::Overlap, message).into());
            }
            draft.occupy(Which::Off, who, start, end);
            draft.add(CalendarEvent {
                clinic: new.clinic,
                practitioner: new.practitioner,
                kind: EventKind::TimeOff,
                date: new.date,
                start_time: new.hours.map(|(start, _)| start),
                end_time: new.hours.map(|(_, end)| end),
                name: new.name,
            })
        })
    }

    /// From when until when a time off lasts, in seconds since 1970.
    pub(super) fn off_times(
        &self,
        clinic: Handle<Clinic>,
        date: Date,
        hours: Option<(Time, Time)>,
    ) -> Result<(i64, i64), Rejection> {
        let zone = self.zone(clinic)?;
        let (start, end) = match hours {
            Some((start, end)) => (
                LocalTime::new(date, start).instant(zone, "hours")?,
                LocalTime::new(date, end).instant(zone, "hours")?,
            ),
            None => {
                let start = civil::day_start(date, zone);
                let end = date.tomorrow().ok().and_then(|next| civil::day_start(next, zone));
                let (start, end) = start.zip(end).ok_or_else(|| {
                    Rejection::of("date", Rule::CivilTime, "the day is outside the years that can be written")
                })?;
                if start == end {
                    let message = format!("the clinic's time zone skipped {date}; take another day");
                    return Err(Rejection::of("date", Rule::SkippedTime, message));
                }
                (start, end)
            }
        };
        Ok((start.as_second(), end.as_second()))
    }
}

fn ends_after_start(field: &str, start: Time, end: Time) -> Result<(), Rejection> {
    if start < end {
        return Ok(());
    }
    let message = format!("{end} is not after {start}; let it end after it starts, on the same day");
    Err(Rejection::of(field, Rule::EndsAfterStart, message))
}
