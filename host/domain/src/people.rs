//! Clinics and the people in them.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::choice::{Gender, PatientCreator, Subscription};
use crate::entity::entity;
use crate::field::{DateText, InstantText, Object, Roles};
use crate::handle::{Handle, Refs};
use crate::scoped::Scoped;

entity! {
    /// A clinic: the tenant of the application. All that refers to one another is of one clinic.
    Clinic in clinics {
        /// What it is called.
        #[schemars(length(min = 1, max = 200))]
        name: String,
        /// The IANA time zone in which its local times are read.
        #[schemars(length(min = 1, max = 64))]
        time_zone: String,
        /// The language of the clinic, as a BCP 47 tag.
        #[schemars(length(min = 2, max = 35), regex(pattern = r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$"))]
        locale: String,
        /// The postal address, in one text.
        #[schemars(length(max = 500))]
        address: Option<String>,
        /// The phone number, as people write it.
        #[schemars(length(max = 50))]
        phone: Option<String>,
        /// The application's settings of the clinic.
        settings: Object,
        /// Where it stands with its subscription.
        subscription_status: Subscription,
        /// Whether it is in use.
        is_active: bool,
    }
}

entity! {
    /// Somebody who logs in. What they are called and what they may do is said by their memberships.
    User in users {
        /// The email address: unique everywhere, so it carries the island.
        #[schemars(email)]
        email: Scoped,
        /// The identity provider's id of the user: unique everywhere, so it carries the island.
        subject: Scoped,
        /// When they last logged in.
        #[schemars(with = "Option<InstantText>")]
        last_login_at: Option<Timestamp>,
    }
}

entity! {
    /// A user's place in a clinic: one for each user and clinic.
    Membership in memberships {
        /// The user.
        user as "user_id": Handle<User>,
        /// The clinic.
        clinic as "clinic_id": Handle<Clinic>,
        /// What they may do in the clinic.
        roles: Roles,
        /// The person's name in this clinic.
        #[schemars(length(min = 1, max = 200))]
        full_name: String,
        /// A title before the name, such as `Dr.`
        #[schemars(length(max = 50))]
        title: Option<String>,
        /// A member who is not active gets no token for the clinic.
        is_active: bool,
        /// The application's settings of the member.
        settings: Object,
    }
}

entity! {
    /// Somebody who is treated at a clinic.
    Patient in patients {
        /// The clinic that keeps the patient's record.
        clinic as "clinic_id": Handle<Clinic>,
        /// The patient's name.
        #[schemars(length(min = 1, max = 200))]
        full_name: String,
        /// The phone number, as people write it.
        #[schemars(length(max = 50))]
        phone: Option<String>,
        /// The email address, not checked; two patients may share one.
        #[schemars(length(min = 3, max = 254))]
        email: Option<String>,
        /// The day of birth.
        #[schemars(with = "Option<DateText>")]
        birthday: Option<Date>,
        /// The patient's gender.
        gender: Option<Gender>,
        /// What the clinic wrote down.
        #[schemars(length(max = 5000))]
        notes: Option<String>,
        /// Who entered the patient.
        created_by: PatientCreator,
        /// Those who treat the patient; all are practitioners of the clinic.
        assigned_practitioners as "assigned_practitioner_ids": Refs<User>,
    }
}
