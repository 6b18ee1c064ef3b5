use crate::builder::setters;
use crate::contract::{island, types};
use crate::{
    AppointmentTypeBuilder, MemberBuilder, PatientBuilder, ResourceTypeBuilder, Result, Role,
    ServiceTypeGroupBuilder, Subscription, host,
};

/// A clinic of the island. What belongs to it is created from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Clinic {
    pub(crate) handle: types::Clinic,
    /// The language of the people who are made up for it. It lasts as long as the run, as memory does.
    pub(crate) locale: Option<&'static str>,
}

/// A clinic to be.
#[derive(Debug, Clone)]
#[must_use = "nothing is created before `create`"]
pub struct ClinicBuilder {
    new: island::NewClinic,
    label: Option<String>,
}

impl ClinicBuilder {
    pub(crate) fn new(name: String) -> Self {
        let new = island::NewClinic {
            name,
            time_zone: None,
            locale: None,
            address: None,
            phone: None,
            settings: None,
            subscription: None,
            is_active: None,
        };
        Self { new, label: None }
    }

    setters! {
        /// An IANA name such as `Europe/Berlin`; the host's default where it is left out.
        time_zone(text),
        /// A BCP 47 tag such as `zh-TW`, also for the names of its people; the host's default where it is left out.
        locale(text),
        /// The postal address.
        address(text),
        /// The telephone number.
        phone(text),
        /// The application's settings, a JSON object.
        settings(json),
        /// `Active` where it is left out.
        subscription(Subscription),
        /// True where it is left out.
        is_active(bool),
    }

    /// Creates the clinic.
    ///
    /// # Errors
    /// When the host refuses a field.
    pub fn create(self) -> Result<Clinic> {
        let handle = host::named(host::create_clinic(&self.new)?, self.label)?;
        let locale = self.new.locale.map(|tag| &*String::leak(tag));
        Ok(Clinic { handle, locale })
    }
}

impl Clinic {
    /// A new user who administers the clinic: `admin@example.test`, unless told otherwise.
    pub fn admin(self) -> MemberBuilder {
        MemberBuilder::new(self, "admin", Role::Admin)
    }

    /// A new user who treats patients here: `practitioner@example.test`, unless told otherwise.
    pub fn practitioner(self) -> MemberBuilder {
        MemberBuilder::new(self, "practitioner", Role::Practitioner)
    }

    /// A new user at the desk: `receptionist@example.test`, unless told otherwise.
    pub fn receptionist(self) -> MemberBuilder {
        MemberBuilder::new(self, "receptionist", Role::Receptionist)
    }

    /// A new user with any one role.
    pub fn member(self, key: impl Into<String>, role: Role) -> MemberBuilder {
        MemberBuilder::new(self, key, role)
    }

    /// A new patient, made up by seed and key.
    pub fn patient(self) -> PatientBuilder {
        PatientBuilder::new(self)
    }

    /// A new kind of appointment.
    pub fn appointment_type(self, name: impl Into<String>, minutes: u32) -> AppointmentTypeBuilder {
        AppointmentTypeBuilder::new(self, name.into(), minutes)
    }

    /// A new heading under which kinds of appointments are offered.
    pub fn service_type_group(self, name: impl Into<String>) -> ServiceTypeGroupBuilder {
        ServiceTypeGroupBuilder::new(self, name.into())
    }

    /// A new kind of room or device.
    pub fn resource_type(self, name: impl Into<String>) -> ResourceTypeBuilder {
        ResourceTypeBuilder::new(self, name.into())
    }
}
