//! When things happen.

use jiff::Timestamp;
use jiff::civil::{Date, Time};

use crate::choice::{AppointmentStatus, EventKind, Weekday};
use crate::entity::entity;
use crate::handle::{Handle, Refs};
use crate::people::{Clinic, Patient, User};
use crate::services::{AppointmentType, Resource};

entity! {
    /// When a practitioner works in a clinic, week by week. The intervals of one day do not overlap.
    Availability in availabilities {
        /// Who.
        practitioner as "practitioner_id": Handle<User>,
        /// Where.
        clinic as "clinic_id": Handle<Clinic>,
        /// 0 is Monday.
        day_of_week: Weekday,
        /// From when, in the clinic's zone.
        #[schemars(with = "String")]
        start_time: Time,
        /// Until when, in the clinic's zone.
        #[schemars(with = "String")]
        end_time: Time,
    }
}

entity! {
    /// An exception to the weekly availability. Neither a start nor an end means the whole day.
    CalendarEvent in calendar_events {
        /// Where.
        clinic as "clinic_id": Handle<Clinic>,
        /// Who.
        practitioner as "practitioner_id": Handle<User>,
        /// Time off; an appointment is an event too, and has a list of its own.
        kind: EventKind,
        /// On which day, in the clinic's zone.
        #[schemars(with = "String")]
        date: Date,
        /// From when, in the clinic's zone.
        #[schemars(with = "Option<String>")]
        start_time: Option<Time>,
        /// Until when, in the clinic's zone.
        #[schemars(with = "Option<String>")]
        end_time: Option<Time>,
        /// What the calendar shows.
        #[schemars(length(min = 1, max = 200))]
        name: Option<String>,
    }
}

entity! {
    /// That a practitioner sees a patient. It starts and ends on one day of the clinic's zone.
    Appointment in appointments {
        /// Where.
        clinic as "clinic_id": Handle<Clinic>,
        /// Who treats; they offer the type.
        practitioner as "practitioner_id": Handle<User>,
        /// Who is treated.
        patient as "patient_id": Handle<Patient>,
        /// What for.
        appointment_type as "appointment_type_id": Handle<AppointmentType>,
        /// On which day, in the clinic's zone.
        #[schemars(with = "String")]
        date: Date,
        /// From when, in the clinic's zone.
        #[schemars(with = "String")]
        start_time: Time,
        /// Until when, in the clinic's zone.
        #[schemars(with = "String")]
        end_time: Time,
        /// The instant at which it starts.
        #[schemars(with = "String")]
        starts_at: Timestamp,
        /// The instant at which it ends.
        #[schemars(with = "String")]
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
