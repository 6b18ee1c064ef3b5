use crate::contract::{island, types};
use crate::{AppointmentType, Clinic, Entity, Error, Member, Patient, Result, Role, User};

/// What was there before the scenario began: what the island held, and what the scenario that it extends has built.
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
    /// Its language, a BCP 47 tag.
    pub locale: String,
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

    /// The first clinic.
    ///
    /// # Errors
    /// When there is none.
    pub fn clinic(&self) -> Result<Clinic> {
        let first = self.clinics.first().map(|it| it.clinic);
        first.ok_or_else(|| Error::failed("no clinic was there before this scenario"))
    }

    /// The clinic that is called so: by its name, or by what it was given as a name.
    ///
    /// # Errors
    /// When there is none.
    pub fn clinic_called(&self, name: &str) -> Result<Clinic> {
        let named = match self.named(name) {
            Some(Entity::Clinic(clinic)) => Some(clinic),
            _ => None,
        };
        let by_name = self.clinics.iter().find(|it| it.name == name);
        let found = by_name.or_else(|| self.clinics.iter().find(|it| Some(it.clinic.handle) == named));
        found.map(|it| it.clinic).ok_or_else(|| {
            let known: Vec<&str> = self.clinics.iter().map(|it| it.name.as_str()).collect();
            Error::failed(match known.as_slice() {
                [] => format!(
                    "no clinic {name:?} was there before: nothing was, since nothing is added to or extended"
                ),
                known => {
                    format!("no clinic {name:?} was there before; clinics that were: {}", known.join(", "))
                }
            })
        })
    }

    /// The member whose user was given this name, in the first clinic that knows the user.
    ///
    /// # Errors
    /// When there is none.
    pub fn member(&self, name: &str) -> Result<Member> {
        let found = match self.named(name) {
            Some(Entity::User(user)) => self.members.iter().find(|it| it.member.user == user),
            _ => None,
        };
        found.map(|it| it.member).ok_or_else(|| self.no("member", name))
    }

    /// The kind of appointment that was given this name.
    ///
    /// # Errors
    /// When there is none.
    pub fn appointment_type(&self, name: &str) -> Result<AppointmentType> {
        match self.named(name) {
            Some(Entity::AppointmentType(found)) => Ok(found),
            _ => Err(self.no("kind of appointment", name)),
        }
    }

    /// The patient who was given this name.
    ///
    /// # Errors
    /// When there is none.
    pub fn patient(&self, name: &str) -> Result<Patient> {
        match self.named(name) {
            Some(Entity::Patient(found)) => Ok(found),
            _ => Err(self.no("patient", name)),
        }
    }

    fn no(&self, what: &str, name: &str) -> Error {
        let known: Vec<&str> = self.names.iter().map(|(name, _)| name.as_str()).collect();
        Error::failed(format!("no {what} that was there is named {name:?}; named are: {}", known.join(", ")))
    }
}

impl From<island::Contents> for Existing {
    fn from(contents: island::Contents) -> Self {
        // The language of the people who are made up for a clinic that was there is the clinic's own.
        let locales: Vec<(types::Clinic, &'static str)> =
            contents.clinics.iter().map(|it| (it.clinic, &*String::leak(it.locale.clone()))).collect();
        let clinic = |handle: types::Clinic| {
            let locale = locales.iter().find(|(known, _)| *known == handle).map(|(_, locale)| *locale);
            Clinic { handle, locale }
        };
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
            locale: it.locale,
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
