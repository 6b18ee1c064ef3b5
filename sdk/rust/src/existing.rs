use crate::contract::{island, types};
use crate::{AppointmentType, Clinic, Entity, Member, Patient, Role, User};

/// What an island held before the run.
#[derive(Debug, Clone)]
pub struct Existing {
    /// Its clinics.
    pub clinics: Vec<ExistingClinic>,
    /// All users, also those who are in no clinic.
    pub users: Vec<User>,
    /// Who works in its clinics.
    pub members: Vec<ExistingMember>,
    /// What is offered there.
    pub appointment_types: Vec<ExistingAppointmentType>,
    /// Who is treated there.
    pub patients: Vec<ExistingPatient>,
    /// What was named.
    pub names: Vec<(String, Entity)>,
}

/// A clinic that was there.
#[derive(Debug, Clone)]
pub struct ExistingClinic {
    /// The clinic.
    pub clinic: Clinic,
    /// Its name.
    pub name: String,
    /// Its IANA time zone.
    pub time_zone: String,
}

/// A member who was there.
#[derive(Debug, Clone)]
pub struct ExistingMember {
    /// The user in the clinic.
    pub member: Member,
    /// What the member may do.
    pub roles: Vec<Role>,
    /// The name in that clinic.
    pub full_name: String,
    /// Whether the member can log in.
    pub is_active: bool,
}

/// A kind of appointment that was there.
#[derive(Debug, Clone)]
pub struct ExistingAppointmentType {
    /// The kind of appointment.
    pub appointment_type: AppointmentType,
    /// Where it is offered.
    pub clinic: Clinic,
    /// Its name.
    pub name: String,
    /// How long it takes.
    pub duration_minutes: u32,
    /// Who offers it.
    pub offered_by: Vec<Member>,
}

/// A patient who was there.
#[derive(Debug, Clone)]
pub struct ExistingPatient {
    /// The patient.
    pub patient: Patient,
    /// The clinic.
    pub clinic: Clinic,
    /// The patient's name.
    pub full_name: String,
}

impl Existing {
    /// What was given this name.
    pub fn named(&self, name: &str) -> Option<Entity> {
        self.names.iter().find(|(known, _)| known == name).map(|(_, thing)| *thing)
    }
}

fn clinic(handle: types::Clinic) -> Clinic {
    Clinic { handle, locale: None }
}

impl From<island::Contents> for Existing {
    fn from(contents: island::Contents) -> Self {
        let appointment_type = |it: island::ExistingAppointmentType| {
            let clinic = clinic(it.clinic);
            ExistingAppointmentType {
                appointment_type: it.appointment_type,
                clinic,
                name: it.name,
                duration_minutes: it.duration_minutes,
                offered_by: it.offered_by.into_iter().map(|user| Member { user, clinic }).collect(),
            }
        };
        let member = |it: island::ExistingMember| ExistingMember {
            member: Member { user: it.user, clinic: clinic(it.clinic) },
            roles: it.roles,
            full_name: it.full_name,
            is_active: it.is_active,
        };
        let its_clinic = |it: island::ExistingClinic| ExistingClinic {
            clinic: clinic(it.clinic),
            name: it.name,
            time_zone: it.time_zone,
        };
        let patient = |it: island::ExistingPatient| ExistingPatient {
            patient: it.patient,
            clinic: clinic(it.clinic),
            full_name: it.full_name,
        };
        Self {
            clinics: contents.clinics.into_iter().map(its_clinic).collect(),
            users: contents.users,
            members: contents.members.into_iter().map(member).collect(),
            appointment_types: contents.appointment_types.into_iter().map(appointment_type).collect(),
            patients: contents.patients.into_iter().map(patient).collect(),
            names: contents.names,
        }
    }
}
