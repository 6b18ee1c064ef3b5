//! Things to be, with nothing said that need not be, and a clinic to put them in.

#![allow(dead_code, clippy::unwrap_used, reason = "each test takes what it needs")]

use std::sync::Arc;

use insula_domain::*;
use jiff::civil::{Date, Time, time};

pub fn setup() -> Arc<Setup> {
    Arc::new(Setup::builtin(Defaults::default()).unwrap())
}

pub fn empty() -> Draft {
    Draft::new(setup(), DraftLimits::default())
}

/// A time of day.
pub fn at(hour: i8, minute: i8) -> Time {
    time(hour, minute, 0, 0)
}

pub fn clinic(name: &str, time_zone: &str) -> NewClinic {
    NewClinic { time_zone: Some(time_zone.to_owned()), ..NewClinic::named(name) }
}

pub fn user(email: &str) -> NewUser {
    NewUser { email: Some(email.to_owned()), subject: None }
}

pub fn membership(clinic: Handle<Clinic>, user: Handle<User>, roles: &[Role]) -> NewMembership {
    NewMembership {
        clinic,
        user,
        roles: roles.to_vec(),
        full_name: "Anna Weber".to_owned(),
        title: None,
        is_active: None,
        settings: None,
    }
}

pub fn appointment_type(clinic: Handle<Clinic>, name: &str, duration_minutes: u32) -> NewAppointmentType {
    NewAppointmentType {
        clinic,
        name: name.to_owned(),
        duration_minutes,
        buffer_minutes: None,
        group: None,
        receipt_name: None,
        description: None,
        display_order: None,
        bookable_by_new_patients: None,
        bookable_by_existing_patients: None,
        patient_chooses_practitioner: None,
        confirmation_message: None,
        reminder_message: None,
    }
}

pub fn billing(practitioner: Handle<User>, of: Handle<AppointmentType>, name: &str) -> NewBillingScenario {
    NewBillingScenario {
        practitioner,
        appointment_type: of,
        name: name.to_owned(),
        amount: Cents(1250),
        revenue_share: None,
        is_default: false,
    }
}

pub fn hours(
    practitioner: Handle<User>,
    clinic: Handle<Clinic>,
    day_of_week: Weekday,
    start_time: Time,
    end_time: Time,
) -> NewAvailability {
    NewAvailability { practitioner, clinic, day_of_week, start_time, end_time }
}

pub fn time_off(
    clinic: Handle<Clinic>,
    practitioner: Handle<User>,
    date: Date,
    hours: Option<(Time, Time)>,
) -> NewTimeOff {
    NewTimeOff { clinic, practitioner, date, hours, name: None }
}

pub fn patient(clinic: Handle<Clinic>, full_name: &str) -> NewPatient {
    NewPatient {
        clinic,
        full_name: full_name.to_owned(),
        phone: None,
        email: None,
        birthday: None,
        gender: None,
        notes: None,
        created_by: None,
        assigned_practitioners: Vec::new(),
    }
}

/// A clinic with all that an appointment needs.
#[derive(Clone, Copy)]
pub struct Place {
    pub clinic: Handle<Clinic>,
    pub practitioner: Handle<User>,
    pub appointment_type: Handle<AppointmentType>,
    pub patient: Handle<Patient>,
}

impl Place {
    /// Adds one: its practitioner is a new user, and its type takes half an hour.
    pub fn add(draft: &mut Draft, time_zone: &str) -> Self {
        let practitioner = draft.create_user(NewUser { email: None, subject: None }).unwrap();
        Self::add_with(draft, time_zone, practitioner)
    }

    /// Adds one where this user practises.
    pub fn add_with(draft: &mut Draft, time_zone: &str, practitioner: Handle<User>) -> Self {
        let clinic = draft.create_clinic(clinic("Northside", time_zone)).unwrap();
        draft.create_membership(membership(clinic, practitioner, &[Role::Practitioner])).unwrap();
        let appointment_type =
            draft.create_appointment_type(appointment_type(clinic, "Consultation", 30)).unwrap();
        draft.create_offerings([NewOffering { practitioner, appointment_type }]).unwrap();
        let patient = draft.create_patients([patient(clinic, "Paul Fischer")]).unwrap()[0];
        Self { clinic, practitioner, appointment_type, patient }
    }

    /// An appointment here.
    pub fn appointment(&self, date: Date, time: Time) -> NewAppointment {
        NewAppointment {
            clinic: self.clinic,
            practitioner: self.practitioner,
            patient: self.patient,
            appointment_type: self.appointment_type,
            starts: LocalTime::new(date, time),
            minutes: None,
            status: None,
            notes: None,
            clinic_notes: None,
            is_auto_assigned: false,
            resources: Allocation::Automatic,
            allow_overlap: false,
        }
    }
}

/// A place in a draft of its own.
pub fn place(time_zone: &str) -> (Draft, Place) {
    let mut draft = empty();
    let place = Place::add(&mut draft, time_zone);
    (draft, place)
}

/// The rejection in an outcome.
pub fn rejection<T: std::fmt::Debug>(outcome: Result<T, Refusal>) -> Rejection {
    match outcome.unwrap_err() {
        Refusal::Rejected(rejection) => rejection,
        full @ Refusal::Full { .. } => unreachable!("{full}"),
    }
}

/// The rule that was broken and the field that broke it.
pub fn broken<T: std::fmt::Debug>(outcome: Result<T, Refusal>) -> (String, String) {
    let rejection = rejection(outcome);
    (rejection.rule, rejection.field.unwrap_or_default())
}

/// What a draft becomes when it is committed. Ids are numbers.
pub fn island(draft: Draft) -> Island {
    let mut ids = draft.base().map(|(_, ids)| ids.clone()).unwrap_or_default();
    let id = draft.base().map_or(IslandId(uuid::Uuid::from_u128(7)), |(id, _)| id);
    let (entities, names) = draft.into_parts();
    for kind in Kind::ALL {
        let all = ids.of_mut(kind);
        for index in all.len()..entities.len(kind) {
            all.push(EntityId::Int(1000 * (kind as i64 + 1) + i64::try_from(index).unwrap()));
        }
    }
    Island { id, entities, ids, names }
}
