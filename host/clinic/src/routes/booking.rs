//! What an appointment is to be, and what it keeps of the one that it was.

use insula_domain::{
    Allocation, Appointment, AppointmentStatus, EntityId, FieldValue, Fold, Handle, Kind, LocalTime,
    NewAppointment, Refs, Resource, Rule,
};
use insula_engine::{Filter, Find, Part};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::change::{Refused, referred, rule, unknown};
use crate::routes::calendar::days_around;
use crate::routes::patients::practitioner;
use crate::session::Session;
use crate::words::{Clock, Day, Id};

/// An appointment as it is to be. What is left out is empty, or found by the application.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EditAppointment {
    /// The patient.
    patient_id: Id,
    /// The practitioner, who offers the type.
    practitioner_id: Id,
    /// The appointment type.
    appointment_type_id: Id,
    /// The day, in the clinic's time zone.
    date: Day,
    /// The time of day from which, in the clinic's time zone.
    start_time: Clock,
    /// How long it takes; as long as its type where it is left out.
    #[serde(default)]
    minutes: Option<u32>,
    /// The resources that it takes. Where they are left out, those that it has while it stays at its time; else the first
    /// that are free, as the type requires.
    #[serde(default)]
    resource_ids: Option<Vec<Id>>,
    /// What the patient wrote.
    #[serde(default)]
    notes: Option<String>,
    /// What the clinic wrote.
    #[serde(default)]
    clinic_notes: Option<String>,
}

/// When an appointment is to be instead.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reschedule {
    /// The day, in the clinic's time zone.
    date: Day,
    /// The time of day from which, in the clinic's time zone.
    start_time: Clock,
    /// Another practitioner.
    #[serde(default)]
    practitioner_id: Option<Id>,
    /// Other resources; those that it has where they are left out.
    #[serde(default)]
    resource_ids: Option<Vec<Id>>,
}

impl Reschedule {
    /// The appointment with this id at that time, and all else as it is.
    pub(crate) fn of(self, part: &Part, id: EntityId) -> Result<EditAppointment, Refused> {
        let old = part.find::<Appointment>(id).and_then(|handle| part.island.entities.get(handle));
        let old = old.ok_or(Refused::Missing(Kind::Appointment))?;
        if old.status != AppointmentStatus::Confirmed {
            return Err(over());
        }
        let of = |kind, index| part.island.ids.get(kind, index).map(Id).ok_or(Refused::Missing(kind));
        let own = of(Kind::User, old.practitioner.index())?;
        // Whoever chose them is not known, so nobody else chooses others.
        let taken = old.resources.indices().iter().map(|&index| of(Kind::Resource, index));
        let resources = match self.resource_ids {
            Some(others) => others,
            None => taken.collect::<Result<_, _>>()?,
        };
        Ok(EditAppointment {
            patient_id: of(Kind::Patient, old.patient.index())?,
            practitioner_id: self.practitioner_id.unwrap_or(own),
            appointment_type_id: of(Kind::AppointmentType, old.appointment_type.index())?,
            date: self.date,
            start_time: self.start_time,
            minutes: u32::try_from(old.ends_at.duration_since(old.starts_at).as_mins()).ok(),
            resource_ids: Some(resources),
            notes: old.notes.clone(),
            clinic_notes: old.clinic_notes.clone(),
        })
    }
}

impl EditAppointment {
    /// The appointment that is asked for.
    pub(crate) fn new_appointment(self, part: &Part, clinic: EntityId) -> Result<NewAppointment, Refused> {
        let resources = match self.resource_ids {
            None => Allocation::Automatic,
            Some(ids) => {
                let chosen = ids.into_iter().map(|Id(id)| resource(part, id));
                Allocation::Chosen(chosen.collect::<Result<_, _>>()?)
            }
        };
        Ok(NewAppointment {
            clinic: referred(part, "clinic_id", clinic)?,
            practitioner: practitioner(part, "practitioner_id", self.practitioner_id.0)?,
            patient: referred(part, "patient_id", self.patient_id.0)?,
            appointment_type: referred(part, "appointment_type_id", self.appointment_type_id.0)?,
            starts: LocalTime::new(self.date.0, self.start_time.0),
            minutes: self.minutes,
            status: None,
            notes: self.notes,
            clinic_notes: self.clinic_notes,
            is_auto_assigned: false,
            resources,
            allow_overlap: false,
        })
    }

    /// The same in the place of an appointment. What stays where it is may overlap what it did.
    pub(crate) fn instead_of(
        self,
        old: &Appointment,
        part: &Part,
        clinic: EntityId,
    ) -> Result<NewAppointment, Refused> {
        let mut new = self.new_appointment(part, clinic)?;
        new.status = Some(old.status);
        new.is_auto_assigned = old.is_auto_assigned;
        let entities = &part.island.entities;
        let zone = entities.get(new.clinic).and_then(|clinic| TimeZone::get(&clinic.time_zone).ok());
        // What is in the second of two hours stays there: a body says the time by the clock, which both have.
        let folds = [Fold::Earlier, Fold::Later].map(|fold| LocalTime { fold, ..new.starts });
        let is_start = |starts: &LocalTime| {
            let instant = zone.as_ref().map(|zone| starts.instant(zone, "start_time"));
            instant.is_some_and(|instant| instant == Ok(old.starts_at))
        };
        let Some(starts) = folds.into_iter().find(is_start) else { return Ok(new) };
        new.starts = starts;
        let usual = entities.get(new.appointment_type).map(|of| of.duration_minutes);
        let minutes = new.minutes.or(usual).map(i64::from);
        if minutes != Some(old.ends_at.duration_since(old.starts_at).as_mins())
            || new.practitioner != old.practitioner
        {
            return Ok(new);
        }
        if new.resources == Allocation::Automatic && new.appointment_type == old.appointment_type {
            new.resources = Allocation::Chosen(old.resources.iter().collect());
        }
        if let Allocation::Chosen(chosen) = &new.resources {
            new.allow_overlap = chosen.iter().copied().collect::<Refs<_>>() == old.resources;
        }
        Ok(new)
    }

    /// Whom and what it is about: that is what was looked at for it.
    pub(crate) fn about(&self) -> [Id; 3] {
        [self.patient_id, self.practitioner_id, self.appointment_type_id]
    }
}

/// What the rules for an appointment look at: those days of its practitioner and of the clinic, and what it refers to.
pub(crate) fn around(session: &Session, body: &EditAppointment, own: Option<EntityId>) -> Vec<Find> {
    let [Id(patient), Id(practitioner), Id(appointment_type)] = body.about();
    let (date, all) = (body.date.0, || Filter::All(Vec::new()));
    let beside = Filter::Any(vec![
        Filter::of("practitioner_id", practitioner),
        // Its resources may be taken by others.
        Filter::of("clinic_id", session.clinic),
    ]);
    let own = Filter::Id(own.into_iter().collect());
    vec![
        Find::one(Kind::Clinic, session.clinic),
        session.in_clinic(Kind::Membership, all()),
        session.one(Kind::AppointmentType, appointment_type),
        Find::new(Kind::Offering, Filter::of("appointment_type_id", appointment_type)),
        session.in_clinic(Kind::ResourceType, all()),
        Find::all(Kind::Resource),
        Find::new(Kind::ResourceRequirement, Filter::of("appointment_type_id", appointment_type)),
        Find::new(Kind::CalendarEvent, days(date).and(Filter::of("practitioner_id", practitioner))),
        session.one(Kind::Patient, patient),
        Find::new(Kind::Appointment, Filter::Any(vec![days(date).and(beside), own])),
    ]
}

/// A resource of the clinic. Those of all the island's clinics were looked for, but types of this one alone.
fn resource(part: &Part, id: EntityId) -> Result<Handle<Resource>, Refused> {
    let of_clinic = |handle: &Handle<Resource>| {
        let resource = part.island.entities.get(*handle);
        resource.is_some_and(|one| (one.resource_type.index() as usize) < part.found(Kind::ResourceType))
    };
    part.find(id).filter(of_clinic).ok_or_else(|| unknown(Kind::Resource, "resource_ids", id))
}

fn days(date: Date) -> Filter {
    let (from, until) = days_around(date);
    Filter::Between("date", FieldValue::Date(from), FieldValue::Date(until))
}

/// That an appointment does not stand any more.
pub(crate) fn over() -> Refused {
    rule(
        "status",
        Rule::Range,
        "the appointment was canceled or took place; only one that is confirmed can be changed so",
    )
}
