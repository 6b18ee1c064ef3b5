//! What a scenario asks for. What is left out gets the default that the entity's field describes.

use jiff::civil::{Date, Time};

use crate::choice::{AppointmentStatus, Gender, PatientCreator, Role, Subscription, Weekday};
use crate::civil::LocalTime;
use crate::field::{Cents, Object};
use crate::handle::Handle;
use crate::people::{Clinic, Patient, User};
use crate::services::{AppointmentType, Resource, ResourceType, ServiceTypeGroup};

macro_rules! news {
    ($($(#[$meta:meta])* $name:ident { $($field:ident: $ty:ty),* $(,)? })*) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug)]
        #[expect(missing_docs, reason = "each is the field of that name of the entity")]
        pub struct $name { $(pub $field: $ty),* }
    )*};
}

news! {
    /// A [`Clinic`] to be. Active where it is not said.
    NewClinic {
        name: String, time_zone: Option<String>, locale: Option<String>, address: Option<String>,
        phone: Option<String>, settings: Option<Object>, subscription_status: Option<Subscription>,
        is_active: Option<bool>,
    }
    /// A [`User`] to be. Email and subject are made up where they are left out.
    NewUser { email: Option<String>, subject: Option<String> }
    /// A [`Membership`](crate::Membership) to be. Active where it is not said.
    NewMembership {
        clinic: Handle<Clinic>, user: Handle<User>, roles: Vec<Role>, full_name: String, title: Option<String>,
        is_active: Option<bool>, settings: Option<Object>,
    }
    /// A [`ServiceTypeGroup`] to be.
    NewServiceTypeGroup { clinic: Handle<Clinic>, name: String, display_order: Option<u32> }
    /// An [`AppointmentType`] to be. Bookable by all where it is not said.
    NewAppointmentType {
        clinic: Handle<Clinic>, name: String, duration_minutes: u32, buffer_minutes: Option<u32>,
        group: Option<Handle<ServiceTypeGroup>>, receipt_name: Option<String>, description: Option<String>,
        display_order: Option<u32>, bookable_by_new_patients: Option<bool>,
        bookable_by_existing_patients: Option<bool>, patient_chooses_practitioner: Option<bool>,
        confirmation_message: Option<Object>, reminder_message: Option<Object>,
    }
    /// An [`Offering`](crate::Offering) to be.
    NewOffering { practitioner: Handle<User>, appointment_type: Handle<AppointmentType> }
    /// A [`ResourceType`] to be.
    NewResourceType { clinic: Handle<Clinic>, name: String }
    /// A [`Resource`] to be.
    NewResource { resource_type: Handle<ResourceType>, name: String, description: Option<String> }
    /// A [`ResourceRequirement`](crate::ResourceRequirement) to be. One resource where it is not said.
    NewResourceRequirement {
        appointment_type: Handle<AppointmentType>, resource_type: Handle<ResourceType>, quantity: Option<u32>,
    }
    /// A [`BillingScenario`](crate::BillingScenario) to be.
    NewBillingScenario {
        practitioner: Handle<User>, appointment_type: Handle<AppointmentType>, name: String, amount: Cents,
        revenue_share: Option<Cents>, is_default: bool,
    }
    /// An [`Availability`](crate::Availability) to be.
    NewAvailability {
        practitioner: Handle<User>, clinic: Handle<Clinic>, day_of_week: Weekday, start_time: Time, end_time: Time,
    }
    /// Time off to be: the whole day without hours.
    NewTimeOff {
        clinic: Handle<Clinic>, practitioner: Handle<User>, date: Date, hours: Option<(Time, Time)>,
        name: Option<String>,
    }
    /// A [`Patient`] to be. Entered by the clinic where it is not said.
    NewPatient {
        clinic: Handle<Clinic>, full_name: String, phone: Option<String>, email: Option<String>,
        birthday: Option<Date>, gender: Option<Gender>, notes: Option<String>, created_by: Option<PatientCreator>,
        assigned_practitioners: Vec<Handle<User>>,
    }
    /// An [`Appointment`](crate::Appointment) to be. It is confirmed and takes as long as its type where it is not said.
    NewAppointment {
        clinic: Handle<Clinic>, practitioner: Handle<User>, patient: Handle<Patient>,
        appointment_type: Handle<AppointmentType>, starts: LocalTime, minutes: Option<u32>,
        status: Option<AppointmentStatus>, notes: Option<String>, clinic_notes: Option<String>,
        is_auto_assigned: bool, resources: Allocation, allow_overlap: bool,
    }
    /// Appointments at the same local time, again and again: `count` of them, the first of them `first`.
    NewSeries { first: NewAppointment, every: Every, count: u32 }
}

impl NewClinic {
    /// A clinic of this name, with the default of everything else.
    #[must_use]
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            time_zone: None,
            locale: None,
            address: None,
            phone: None,
            settings: None,
            subscription_status: None,
            is_active: None,
        }
    }
}

/// How the resources of an appointment are found.
#[derive(Clone, Debug, PartialEq)]
pub enum Allocation {
    /// The first that are free, as many as the type requires.
    Automatic,
    /// These.
    Chosen(Vec<Handle<Resource>>),
}

/// The distance between two appointments of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Every {
    /// So many days.
    Days(u32),
    /// So many weeks.
    Weeks(u32),
}
