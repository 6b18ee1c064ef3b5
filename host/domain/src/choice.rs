//! The words that a field can be one of.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::field::Choice;

macro_rules! choice {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $word:literal),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$vmeta])* $variant),* }

        impl $name {
            /// All of them, in order.
            pub const ALL: &[Self] = &[$(Self::$variant),*];
        }

        impl Choice for $name {
            fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }
            fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)* _ => None }
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "enum": [$($word),*] })
            }
            fn inline_schema() -> bool {
                true
            }
        }
    };
}

choice! {
    /// What a member may do in a clinic.
    Role {
        /// Everything.
        Admin = "admin",
        /// Treats patients: has availability, offerings and appointments.
        Practitioner = "practitioner",
        /// Keeps the calendar and the patients.
        Receptionist = "receptionist",
        /// Looks, and changes nothing.
        ReadOnly = "read_only",
    }
}
choice! {
    /// Where a clinic stands with its subscription.
    Subscription {
        /// Tries the application.
        Trial = "trial",
        /// Pays.
        Active = "active",
        /// Should have paid.
        PastDue = "past_due",
        /// Has left.
        Canceled = "canceled",
    }
}
choice! {
    /// A patient's gender, as in FHIR's administrative gender.
    Gender {
        /// Female.
        Female = "female",
        /// Male.
        Male = "male",
        /// Neither of the two.
        Other = "other",
        /// Not told.
        Unknown = "unknown",
    }
}
choice! {
    /// Who entered a patient.
    PatientCreator {
        /// Somebody at the clinic.
        ClinicUser = "clinic_user",
        /// The patient.
        Patient = "patient",
    }
}
choice! {
    /// What became of an appointment.
    AppointmentStatus {
        /// It stands.
        Confirmed = "confirmed",
        /// The patient canceled it.
        CanceledByPatient = "canceled_by_patient",
        /// The clinic canceled it.
        CanceledByClinic = "canceled_by_clinic",
        /// It took place.
        Completed = "completed",
        /// The patient did not come.
        NoShow = "no_show",
    }
}
choice! {
    /// What a calendar event is.
    EventKind {
        /// An [`Appointment`](crate::Appointment).
        Appointment = "appointment",
        /// An exception to the weekly availability.
        TimeOff = "time_off",
    }
}

/// A day of the week. On the wire and in tables it is a number: 0 is Monday.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl Weekday {
    /// All seven, from Monday.
    pub const ALL: [Self; 7] = [
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
    ];
}

impl JsonSchema for Weekday {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Weekday".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": 0, "maximum": 6 })
    }
    fn inline_schema() -> bool {
        true
    }
}
