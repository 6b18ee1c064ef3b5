use crate::builder::setters;
use crate::civil::Hours;
use crate::contract::island;
use crate::{
    AppointmentBuilder, AppointmentType, BillingBuilder, Clinic, LocalTime, Patient, Result, Role,
    TimeOffBuilder, User, Weekday, host,
};

/// A user in a clinic: an admin, a practitioner, whoever works there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Member {
    /// Who it is. The same user may be a member of several clinics.
    pub user: User,
    /// Where.
    pub clinic: Clinic,
}

/// A user to be, who is in no clinic yet. [`Clinic::admin`] and its like create user and membership in one.
#[derive(Debug, Clone)]
#[must_use = "nothing is created before `create`"]
pub struct UserBuilder {
    new: island::NewUser,
    label: Option<String>,
}

impl UserBuilder {
    pub(crate) fn new() -> Self {
        Self { new: island::NewUser { email: None, subject: None }, label: None }
    }

    setters! {
        /// The address; the host adds the island to it, so that it is unique everywhere. Made up where it is left out.
        email(text),
        /// The identity provider's id of the user; the host makes it unique in the same way.
        subject(text),
    }

    /// Creates the user.
    ///
    /// # Errors
    /// When the address is none, or is taken.
    pub fn create(self) -> Result<User> {
        host::named(host::create_user(&self.new)?, self.label)
    }
}

/// A member to be.
#[derive(Debug, Clone)]
#[must_use = "nothing is created before `create`"]
pub struct MemberBuilder {
    clinic: Clinic,
    key: String,
    user: Option<User>,
    email: Option<String>,
    subject: Option<String>,
    full_name: Option<String>,
    roles: Vec<Role>,
    hours: Vec<(Weekday, Hours)>,
    new: Optional,
    label: Option<String>,
}

#[derive(Debug, Clone, Default)]
struct Optional {
    title: Option<String>,
    is_active: Option<bool>,
    settings: Option<String>,
}

impl MemberBuilder {
    pub(crate) fn new(clinic: Clinic, key: impl Into<String>, role: Role) -> Self {
        Self {
            clinic,
            key: key.into(),
            user: None,
            email: None,
            subject: None,
            full_name: None,
            roles: vec![role],
            hours: Vec::new(),
            new: Optional::default(),
            label: None,
        }
    }

    setters! {
        /// What stands with the name, such as `Dr.`.
        title(text),
        /// True where it is left out. A member who is not active cannot log in here.
        is_active(bool),
        /// The application's settings for this member, a JSON object.
        settings(json),
    }

    /// Tells members of one role apart: address and name come from it. `practitioner/2` is
    /// `practitioner-2@example.test`.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = key.into();
        self
    }

    /// A user who exists, in place of a new one.
    pub fn user(mut self, user: User) -> Self {
        self.user = Some(user);
        self
    }

    /// The user's address; the host adds the island to it, so that it is unique everywhere.
    pub fn email(mut self, email: impl Into<String>) -> Self {
        self.email = Some(email.into());
        self
    }

    /// The identity provider's id of the user; the host makes it unique in the same way.
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// The name in this clinic; made up by seed and key where it is left out.
    pub fn full_name(mut self, name: impl Into<String>) -> Self {
        self.full_name = Some(name.into());
        self
    }

    /// One more role.
    pub fn also(mut self, role: Role) -> Self {
        self.roles.push(role);
        self
    }

    /// Weekly hours on these days: `.works(WORKDAYS, 9..17)`. Call it again for an afternoon after a break.
    pub fn works(mut self, days: impl IntoIterator<Item = Weekday>, hours: impl Into<Hours>) -> Self {
        let hours = hours.into();
        self.hours.extend(days.into_iter().map(|day| (day, hours)));
        self
    }

    /// Creates the user, the membership and the weekly hours.
    ///
    /// # Errors
    /// When the host refuses a field, such as an address that is taken.
    pub fn create(self) -> Result<Member> {
        let user = match self.user {
            Some(user) => user,
            None => {
                let email =
                    self.email.unwrap_or_else(|| format!("{}@example.test", self.key.replace('/', "-")));
                host::create_user(&island::NewUser { email: Some(email), subject: self.subject })?
            }
        };
        let made_up = || host::person(&format!("user/{}", self.key), self.clinic.locale).full_name;
        host::create_membership(&island::NewMembership {
            clinic: self.clinic.handle,
            user,
            roles: self.roles,
            full_name: self.full_name.unwrap_or_else(made_up),
            title: self.new.title,
            is_active: self.new.is_active,
            settings: self.new.settings,
        })?;
        let member = Member { user, clinic: self.clinic };
        member.add_hours(&self.hours)?;
        host::named(user, self.label)?;
        Ok(member)
    }
}

impl Member {
    /// Weekly hours on these days: `doctor.works(WORKDAYS, 9..17)?`.
    ///
    /// # Errors
    /// When they overlap others of the same day.
    pub fn works(self, days: impl IntoIterator<Item = Weekday>, hours: impl Into<Hours>) -> Result<()> {
        let hours = hours.into();
        let days: Vec<_> = days.into_iter().map(|day| (day, hours)).collect();
        self.add_hours(&days)
    }

    /// Offers appointments of this type.
    ///
    /// # Errors
    /// When the member is no practitioner, or offers it already.
    pub fn offers(self, appointment_type: AppointmentType) -> Result<()> {
        host::create_offerings(&[island::NewOffering { practitioner: self.user, appointment_type }])?;
        Ok(())
    }

    /// A day, or hours of it, without work.
    pub fn time_off(self, date: crate::Date) -> TimeOffBuilder {
        TimeOffBuilder::new(self, date)
    }

    /// What this practitioner takes for a type of appointment, in hundredths of the currency.
    pub fn billing(
        self,
        appointment_type: AppointmentType,
        name: impl Into<String>,
        cents: i64,
    ) -> BillingBuilder {
        BillingBuilder::new(self, appointment_type, name.into(), cents)
    }

    /// An appointment with a patient.
    pub fn appointment(
        self,
        patient: Patient,
        kind: AppointmentType,
        starts: LocalTime,
    ) -> AppointmentBuilder {
        AppointmentBuilder::new(self, patient, kind, starts)
    }

    fn add_hours(self, hours: &[(Weekday, Hours)]) -> Result<()> {
        let of_day = |(weekday, hours): &(Weekday, Hours)| island::NewAvailability {
            practitioner: self.user,
            clinic: self.clinic.handle,
            weekday: *weekday,
            start: hours.start,
            end: hours.end,
        };
        host::in_batches(hours.iter().map(of_day), host::create_availabilities)?;
        Ok(())
    }
}
