//! Adding clinics and people.

use jiff::tz::TimeZone;

use super::undo::Unique;
use super::{Draft, NewClinic, NewMembership, NewPatient, NewUser, Refusal};
use crate::choice::{PatientCreator, Subscription};
use crate::handle::Handle;
use crate::people::{Clinic, Membership, Patient, User};
use crate::rejection::{Rejection, Rule};
use crate::scoped::Scoped;

impl Draft {
    /// Adds a clinic.
    ///
    /// # Errors
    /// When its time zone is not known or a field does not fit its schema.
    pub fn create_clinic(&mut self, new: NewClinic) -> Result<Handle<Clinic>, Refusal> {
        let time_zone = new.time_zone.unwrap_or_else(|| self.setup.defaults.time_zone.clone());
        let zone = find_zone(&time_zone)?;
        let clinic = Clinic {
            name: new.name,
            time_zone,
            locale: new.locale.unwrap_or_else(|| self.setup.defaults.locale.clone()),
            address: new.address,
            phone: new.phone,
            settings: new.settings.unwrap_or_default(),
            subscription_status: new.subscription_status.unwrap_or(Subscription::Active),
            is_active: new.is_active.unwrap_or(true),
        };
        let handle = self.whole(|draft| draft.add(clinic))?;
        self.zones.push(zone);
        Ok(handle)
    }

    /// Adds a user.
    ///
    /// # Errors
    /// When the email is no address, or another user of the island has the email or subject.
    pub fn create_user(&mut self, new: NewUser) -> Result<Handle<User>, Refusal> {
        let number = self.entities.users.len() + 1;
        let email = new.email.unwrap_or_else(|| format!("user-{number}@example.test"));
        let subject = new.subject.unwrap_or_else(|| format!("user-{number}"));
        check_email(&email)?;
        let user =
            User { email: Scoped::email(email), subject: Scoped::suffixed(subject), last_login_at: None };
        self.whole(|draft| {
            draft.claim_user(&user)?;
            draft.add(user)
        })
    }

    pub(super) fn claim_user(&mut self, user: &User) -> Result<(), Refusal> {
        let (email, subject) = (user.email.text(), user.subject.text());
        self.claim(Unique::Email(email.to_lowercase()), || taken("email", email))?;
        self.claim(Unique::Subject(subject.to_owned()), || taken("subject", subject))
    }

    /// Makes a user a member of a clinic.
    ///
    /// # Errors
    /// When they are one already, or no role is given.
    pub fn create_membership(&mut self, new: NewMembership) -> Result<Handle<Membership>, Refusal> {
        self.get("user", new.user)?;
        self.get("clinic", new.clinic)?;
        let (user, clinic) = (new.user, new.clinic);
        let membership = Membership {
            user,
            clinic,
            roles: new.roles.into_iter().collect(),
            full_name: new.full_name,
            title: new.title,
            is_active: new.is_active.unwrap_or(true),
            settings: new.settings.unwrap_or_default(),
        };
        let handle = self.whole(|draft| {
            draft.claim(Unique::Membership(user.index(), clinic.index()), || {
                let message = "the user is a member of the clinic already; give all roles in one membership";
                Rejection::of("user", Rule::Unique, message)
            })?;
            draft.add(membership)
        })?;
        self.index.memberships.insert((user, clinic), handle);
        Ok(handle)
    }

    /// Adds patients, all or none.
    ///
    /// # Errors
    /// When an assigned practitioner is none in the clinic, or a field does not fit its schema.
    pub fn create_patients(
        &mut self,
        news: impl IntoIterator<Item = NewPatient>,
    ) -> Result<Vec<Handle<Patient>>, Refusal> {
        self.each(news, |draft, new| {
            draft.get("clinic", new.clinic)?;
            for &practitioner in &new.assigned_practitioners {
                draft.practitioner(practitioner, new.clinic).map_err(|rejection| Rejection {
                    field: Some("assigned_practitioners".to_owned()),
                    ..rejection
                })?;
            }
            let mut assigned = new.assigned_practitioners;
            assigned.sort_unstable();
            assigned.dedup();
            draft.add(Patient {
                clinic: new.clinic,
                full_name: new.full_name,
                phone: new.phone,
                email: new.email,
                birthday: new.birthday,
                gender: new.gender,
                notes: new.notes,
                created_by: new.created_by.unwrap_or(PatientCreator::ClinicUser),
                assigned_practitioners: assigned.into_iter().collect(),
            })
        })
    }
}

/// The zone of this IANA name.
pub(super) fn find_zone(name: &str) -> Result<TimeZone, Rejection> {
    TimeZone::get(name).map_err(|_| {
        let message = format!("{name:?} is no IANA time zone; write one such as Europe/Berlin");
        Rejection::of("time_zone", Rule::TimeZone, message)
    })
}

fn check_email(email: &str) -> Result<(), Rejection> {
    let sound = email.split_once('@').is_some_and(|(local, domain)| {
        // RFC 5321 bounds the local part to 64; 37 of them are kept for the island.
        (1..=64 - 37).contains(&local.len())
            && !domain.is_empty()
            && !domain.contains('@')
            && !email.contains(|letter: char| letter.is_whitespace() || letter.is_control())
    });
    if sound {
        return Ok(());
    }
    let message =
        format!("{email:?} is no address such as anna@example.test, with at most 27 letters before the @");
    Err(Rejection::of("email", Rule::Format, message))
}

fn taken(field: &str, value: &str) -> Rejection {
    Rejection::of(
        field,
        Rule::Unique,
        format!("another user of this island has the {field} {value:?}; take another"),
    )
}
