//! Words of which one is to be chosen.

/// An enum of words, each with its description, and what it is in the SDK.
macro_rules! choices {
    ($(#[$doc:meta])* $name:ident => $sdk:ty { $($(#[$word_doc:meta])* $word:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$word_doc])* $word),+ }

        impl From<$name> for $sdk {
            fn from(word: $name) -> Self {
                match word { $($name::$word => Self::$word),+ }
            }
        }

        impl From<$sdk> for $name {
            fn from(word: $sdk) -> Self {
                match word { $(<$sdk>::$word => Self::$word),+ }
            }
        }
    };
}

choices! {
    /// What a member may do in a clinic.
    Role => insula::Role {
        /// Administers the clinic.
        Admin,
        /// Treats patients.
        Practitioner,
        /// Works at the desk.
        Receptionist,
        /// Looks, and changes nothing.
        ReadOnly,
    }
}

impl Role {
    /// The word, by which members without a key are known.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Practitioner => "practitioner",
            Self::Receptionist => "receptionist",
            Self::ReadOnly => "read_only",
        }
    }
}

choices! {
    /// Whether the clinic pays for the application.
    Subscription => insula::Subscription {
        /// Tries it out.
        Trial,
        /// Pays.
        Active,
        /// Has not paid in time.
        PastDue,
        /// Has left.
        Canceled,
    }
}

choices! {
    /// A patient's gender, as the clinic notes it.
    Gender => insula::Gender {
        /// Female.
        Female,
        /// Male.
        Male,
        /// Another.
        Other,
        /// The clinic does not know.
        Unknown,
    }
}

choices! {
    /// Who entered a patient.
    PatientCreator => insula::PatientCreator {
        /// Someone at the clinic.
        ClinicUser,
        /// The patient, online.
        Patient,
    }
}

choices! {
    /// What became of an appointment.
    AppointmentStatus => insula::AppointmentStatus {
        /// It takes place.
        Confirmed,
        /// The patient canceled it.
        CanceledByPatient,
        /// The clinic canceled it.
        CanceledByClinic,
        /// It took place.
        Completed,
        /// The patient did not come.
        NoShow,
    }
}

choices! {
    /// A day of the week.
    Weekday => insula::Weekday {
        /// The first day of the week.
        Monday,
        /// The day after.
        Tuesday,
        /// The day after.
        Wednesday,
        /// The day after.
        Thursday,
        /// The day after.
        Friday,
        /// The first day of the weekend.
        Saturday,
        /// The last day of the week.
        Sunday,
    }
}

impl Weekday {
    pub(crate) const ALL: [Self; 7] = [
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
    ];

    pub(crate) fn read(word: &str) -> Option<Self> {
        let words = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
        words.iter().zip(Self::ALL).find(|(known, _)| **known == word).map(|(_, day)| day)
    }
}
