//! Adding clinics and people.

use jiff::tz::TimeZone;

use super::undo::Unique;
use super::{Draft, NewClinic, NewMembership, NewPatient, NewUser, Refusal};
use crate::choice::{PatientCreator, Subscription};
use crate::civil;
use crate::handle::Handle;
use crate::people::{Clinic, Membership, Patient, User};
use crate::rejection::{Rejection, Rule, quoted};
use crate::scoped::Scoped;

impl Draft {
    /// Adds a clinic.
    ///
    /// # Errors
    /// When its time zone is not known or a field does not fit its schema.
    pub fn create_clinic(&mut self, new: NewClinic) -> Result<Handle<Clinic>, Refusal> {
        let time_zone = new.time_zone.unwrap_or_else(|| self.setup.defaults.time_zone.clone());
        let zone = find_zone(&time_zone)?;
        // As the database of time zones writes it: found is `europe/berlin` too, but not by every application.
        let time_zone = zone.iana_name().map_or(time_zone, str::to_owned);
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
        let (email, subject) = match (new.email, new.subject) {
            (Some(email), Some(subject)) => (email, subject),
            (email, subject) => {
                let (made_up_email, made_up_subject) = self.make_up_user();
                (email.unwrap_or(made_up_email), subject.unwrap_or(made_up_subject))
            }
        };
        check_email(&email)?;
        if subject.len() + MARK > 254 {
            let message = format!("it is longer than {} bytes; take a shorter one", 254 - MARK);
            return Err(Rejection::of("subject", Rule::Range, message).into());
        }
        let user =
            User { email: Scoped::email(email), subject: Scoped::suffixed(subject), last_login_at: None };
        self.whole(|draft| {
            draft.claim_user(&user)?;
            draft.add(user)
        })
    }

    /// The first email and subject from the number of users on that nobody has.
    fn make_up_user(&mut self) -> (String, String) {
        let taken = &self.index.unique;
        let mut number = u32::try_from(self.entities.users.len() + 1).unwrap_or(u32::MAX).max(self.next_user);
        loop {
            let (email, subject) = (format!("user-{number}@example.test"), format!("user-{number}"));
            if !taken.contains(&Unique::email(&email)) && !taken.contains(&Unique::Subject(subject.clone())) {
                self.next_user = number;
                return (email, subject);
            }
            number += 1;
        }
    }

    fn claim_user(&mut self, user: &User) -> Result<(), Refusal> {
        let (email, subject) = (user.email.text(), user.subject.text());
        self.claim(Unique::email(email), || taken("email", email))?;
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
            if let Some(birthday) = new.birthday {
                civil::check_date("birthday", birthday)?;
            }
            draft.add(Patient {
                clinic: new.clinic,
                full_name: new.full_name,
                phone: new.phone,
                email: new.email,
                birthday: new.birthday,
                gender: new.gender,
                notes: new.notes,
                created_by: new.created_by.unwrap_or(PatientCreator::ClinicUser),
                assigned_practitioners: new.assigned_practitioners.into_iter().collect(),
            })
        })
    }
}

/// The zone of this IANA name, in whatever case.
pub(super) fn find_zone(name: &str) -> Result<TimeZone, Rejection> {
    // jiff also finds `Etc/Unknown`, which IANA does not list: that zone has no name.
    TimeZone::get(name).ok().filter(|zone| zone.iana_name().is_some()).ok_or_else(|| {
        let message = format!("{} is no IANA time zone; write one such as Europe/Berlin", quoted(name));
        Rejection::of("time_zone", Rule::TimeZone, message)
    })
}

/// How many bytes the mark of the island takes: `+` and a UUID.
const MARK: usize = 37;

/// Checks an address as RFC 5321 has them, without quotes and comments. Only ASCII, so that all databases and
/// applications agree on which addresses are the same.
fn check_email(email: &str) -> Result<(), Rejection> {
    let is_atom = |letter: u8| letter.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&letter);
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|letter| letter.is_ascii_alphanumeric() || letter == b'-')
    };
    let sound = email.len() + MARK <= 254
        && email.split_once('@').is_some_and(|(local, domain)| {
            (1..=64 - MARK).contains(&local.len())
                && local.bytes().all(is_atom)
                && local.split('.').all(|part| !part.is_empty())
                && domain.split('.').all(is_label)
        });
    if sound {
        return Ok(());
    }
    let message = format!(
        "{} is no address such as anna@example.test; use ASCII letters, at most {} of them before the @",
        quoted(email),
        64 - MARK
    );
    Err(Rejection::of("email", Rule::Format, message))
}

fn taken(field: &str, value: &str) -> Rejection {
    let message = format!("another user of this island has the {field} {}; take another", quoted(value));
    Rejection::of(field, Rule::Unique, message)
}
