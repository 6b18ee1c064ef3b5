//! When things happen.

use jiff::Timestamp;
use jiff::civil::{Date, Time};

use crate::choice::{AppointmentStatus, EventKind, Weekday};
use crate::entity::entity;
use crate::field::{ClockText, DateText, InstantText};
use crate::handle::{Handle, Refs};
use crate::people::{Clinic, Patient, User};
use crate::services::{AppointmentType, Resource};

entity! {
    /// When a practitioner works in a clinic, week by week. The intervals of one day do not overlap.
    Availability in availabilities {
        /// The practitioner.
        practitioner as "practitioner_id": Handle<User>,
        /// The clinic.
        clinic as "clinic_id": Handle<Clinic>,
        /// The day of the week: 0 is Monday, 6 is Sunday.
        day_of_week: Weekday,
        /// The time of day from which, in the clinic's time zone.
        #[schemars(with = "ClockText")]
        start_time: Time,
        /// The time of day until which, in the clinic's time zone.
        #[schemars(with = "ClockText")]
        end_time: Time,
    }
}

entity! {
    /// An exception to the weekly availability. Neither a start nor an end means the whole day.
    CalendarEvent in calendar_events {
        /// The clinic.
        clinic as "clinic_id": Handle<Clinic>,
        /// The practitioner.
        practitioner as "practitioner_id": Handle<User>,
        /// Time off; an appointment is an event too, and has a list of its own.
        kind: EventKind,
        /// The day, in the clinic's time zone.
        #[schemars(with = "DateText")]
        date: Date,
        /// The time of day from which, in the clinic's time zone.
        #[schemars(with = "Option<ClockText>")]
        start_time: Option<Time>,
        /// The time of day until which, in the clinic's time zone.
        #[schemars(with = "Option<ClockText>")]
        end_time: Option<Time>,
        /// What the calendar shows.
        #[schemars(length(min = 1, max = 200))]
        name: Option<String>,
    }
}

entity! {
    /// That a practitioner sees a patient. It starts and ends on one day of the clinic's zone.
    Appointment in appointments {
        /// The clinic.
        clinic as "clinic_id": Handle<Clinic>,
        /// The practitioner, who offers the type.
        practitioner as "practitioner_id": Handle<User>,
        /// The patient.
        patient as "patient_id": Handle<Patient>,
        /// The appointment type.
        appointment_type as "appointment_type_id": Handle<AppointmentType>,
        /// The day, in the clinic's time zone.
        #[schemars(with = "DateText")]
        date: Date,
        /// The time of day from which, in the clinic's time zone.
        #[schemars(with = "ClockText")]
        start_time: Time,
        /// The time of day until which, in the clinic's time zone.
        #[schemars(with = "ClockText")]
        end_time: Time,
        /// The instant at which it starts.
        #[schemars(with = "InstantText")]
        starts_at: Timestamp,
        /// The instant at which it ends.
        #[schemars(with = "InstantText")]
        ends_at: Timestamp,
        /// What became of it.
        status: AppointmentStatus,
        /// What the patient wrote.
        #[schemars(length(max = 5000))]
        notes: Option<String>,
        /// What the clinic wrote.
        #[schemars(length(max = 5000))]
        clinic_notes: Option<String>,
        /// Whether the practitioner was found by the application rather than chosen.
        is_auto_assigned: bool,
        /// The resources that it takes.
        resources as "resource_ids": Refs<Resource>,
    }
}
