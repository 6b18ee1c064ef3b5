//! Adding appointments.

use jiff::{SignedDuration, Timestamp, ToSpan};

use super::undo::{Undo, Unique, Which};
use super::{Draft, Every, NewAppointment, NewSeries, Refusal, same_clinic};
use crate::choice::AppointmentStatus;
use crate::civil;
use crate::entity::Kind;
use crate::handle::Handle;
use crate::people::User;
use crate::rejection::{Rejection, Rule};
use crate::services::AppointmentType;
use crate::times::Appointment;

impl Draft {
    /// Adds appointments, all or none.
    ///
    /// # Errors
    /// When a reference leaves the clinic, the practitioner does not offer the type, a time does not exist or
    /// passes midnight, a resource is missing, or (unless it is allowed) something overlaps.
    pub fn create_appointments(
        &mut self,
        news: impl IntoIterator<Item = NewAppointment>,
    ) -> Result<Vec<Handle<Appointment>>, Refusal> {
        self.each(news, Self::book)
    }

    /// Adds a series of appointments, all or none.
    ///
    /// # Errors
    /// As [`Draft::create_appointments`]; and when the series has no length or no distance.
    pub fn create_series(&mut self, new: NewSeries) -> Result<Vec<Handle<Appointment>>, Refusal> {
        if new.count == 0 {
            return Err(Rejection::of("count", Rule::Range, "a series has at least one appointment").into());
        }
        let (Every::Days(step) | Every::Weeks(step)) = new.every;
        if step == 0 {
            return Err(
                Rejection::of("every", Rule::Range, "a series goes on by at least one day or week").into()
            );
        }
        self.each(0..new.count, |draft, turn| {
            let days = i64::from(step) * i64::from(turn);
            let distance = match new.every {
                Every::Days(_) => 0.days().try_days(days),
                Every::Weeks(_) => 0.days().try_weeks(days),
            };
            let date =
                distance.and_then(|distance| new.first.starts.date.checked_add(distance)).map_err(|_| {
                    Rejection::of("every", Rule::CivilTime, "the series leaves the years that can be written")
                })?;
            let mut next = new.first.clone();
            next.starts.date = date;
            draft.book(next)
        })
    }

    fn book(&mut self, new: NewAppointment) -> Result<Handle<Appointment>, Refusal> {
        let clinic = new.clinic;
        self.get("clinic", clinic)?;
        same_clinic("patient", Kind::Patient, self.get("patient", new.patient)?.clinic, clinic)?;
        let appointment_type = self.get("appointment_type", new.appointment_type)?;
        same_clinic("appointment_type", Kind::AppointmentType, appointment_type.clinic, clinic)?;
        let minutes = new.minutes.unwrap_or(appointment_type.duration_minutes);
        self.practitioner(new.practitioner, clinic)?;
        self.offered(&new)?;

        let (starts_at, ends_at, end) = self.times(&new, minutes)?;
        let (from, until) = (starts_at.as_second(), ends_at.as_second());
        let status = new.status.unwrap_or(AppointmentStatus::Confirmed);
        let stands = status == AppointmentStatus::Confirmed;
        if stands && !new.allow_overlap {
            self.free(&new, from, until)?;
        }
        let resources = self.allocate(&new, from, until, !stands || new.allow_overlap)?;
        if stands {
            self.occupy(Which::Booked, new.practitioner.index(), from, until);
            for &resource in resources.indices() {
                self.occupy(Which::Taken, resource, from, until);
            }
        }
        if self.index.in_use.insert(new.appointment_type.index()) {
            self.undo.push(Undo::InUse(new.appointment_type.index()));
        }
        self.add(Appointment {
            clinic,
            practitioner: new.practitioner,
            patient: new.patient,
            appointment_type: new.appointment_type,
            date: new.starts.date,
            start_time: new.starts.time,
            end_time: end.time(),
            starts_at,
            ends_at,
            status,
            notes: new.notes,
            clinic_notes: new.clinic_notes,
            is_auto_assigned: new.is_auto_assigned,
            resources,
        })
    }

    fn offered(&self, new: &NewAppointment) -> Result<(), Rejection> {
        if self.offers(new.practitioner, new.appointment_type) {
            return Ok(());
        }
        let message = "the practitioner does not offer this appointment type; create an offering first";
        Err(Rejection::of("appointment_type", Rule::Offering, message))
    }

    /// The instants of start and end, and the end on the clinic's wall clock.
    fn times(
        &self,
        new: &NewAppointment,
        minutes: u32,
    ) -> Result<(Timestamp, Timestamp, jiff::civil::DateTime), Rejection> {
        if !(1..=1440).contains(&minutes) {
            return Err(Rejection::of(
                "minutes",
                Rule::Range,
                format!("{minutes} minutes are not between 1 and 1440; take a length between them"),
            ));
        }
        civil::check_date("starts", new.starts.date)?;
        civil::check_time("starts", new.starts.time)?;
        let zone = self.zone(new.clinic)?;
        let starts_at = new.starts.instant(zone, "starts")?;
        let ends_at = starts_at.checked_add(SignedDuration::from_mins(i64::from(minutes))).map_err(|_| {
            Rejection::of("starts", Rule::CivilTime, "it ends outside the years that can be written")
        })?;
        let end = zone.to_datetime(ends_at);
        if end.date() != new.starts.date {
            let message = format!(
                "{minutes} minutes from {} pass midnight; start earlier or take less time",
                new.starts.time
            );
            return Err(Rejection::of("starts", Rule::SameDay, message));
        }
        if end.time() <= new.starts.time {
            let message = format!(
                "the clocks go back during it, so that it would end at {} by the clock, not after its start at {}; \
                 take another time",
                end.time(),
                new.starts.time
            );
            return Err(Rejection::of("starts", Rule::EndsAfterStart, message));
        }
        Ok((starts_at, ends_at, end))
    }

    /// Checks that the practitioner has neither an appointment nor time off then.
    fn free(&self, new: &NewAppointment, from: i64, until: i64) -> Result<(), Rejection> {
        let who = new.practitioner.index();
        let (what, (start, end)) =
            match (self.index.booked.busy(who, from, until), self.index.off.busy(who, from, until)) {
                (Some(times), _) => ("an appointment", times),
                (None, Some(times)) => ("time off", times),
                (None, None) => return Ok(()),
            };
        let local = |second| {
            let instant = Timestamp::from_second(second).ok()?;
            Some(self.zone(new.clinic).ok()?.to_datetime(instant).to_string())
        };
        let message = format!(
            "the practitioner has {what} from {} to {}; take another time, or set allow-overlap if it is meant",
            local(start).unwrap_or_default(),
            local(end).unwrap_or_default(),
        );
        Err(Rejection::of("starts", Rule::Overlap, message))
    }

    /// Whether a practitioner offers a type.
    pub fn offers(&self, practitioner: Handle<User>, appointment_type: Handle<AppointmentType>) -> bool {
        self.index.unique.contains(&Unique::Offering(practitioner.index(), appointment_type.index()))
    }
}
