//! Anything that has a handle can be named.

use crate::contract::types::Entity;
use crate::{Clinic, Member};

macro_rules! entities {
    ($($kind:ident),+ $(,)?) => {
        $(impl From<crate::contract::types::$kind> for Entity {
            fn from(handle: crate::contract::types::$kind) -> Self {
                Self::$kind(handle)
            }
        })+
    };
}

entities!(
    Clinic,
    User,
    Membership,
    ServiceTypeGroup,
    AppointmentType,
    Offering,
    ResourceType,
    ClinicResource,
    ResourceRequirement,
    BillingScenario,
    Availability,
    CalendarEvent,
    Patient,
    Appointment,
);

impl From<Clinic> for Entity {
    fn from(clinic: Clinic) -> Self {
        Self::Clinic(clinic.handle)
    }
}

impl From<Member> for Entity {
    fn from(member: Member) -> Self {
        Self::User(member.user)
    }
}
