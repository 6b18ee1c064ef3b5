//! A clinic and its people.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::{Appointment, AppointmentType, Billing, ResourceType, ServiceTypeGroup, TimeOff, entry};
use crate::choice::{Gender, PatientCreator, Role, Subscription, Weekday};
use crate::field::{Field, Object, Reference};
use crate::moment::{Day, Hours};

entry! {
    /// A clinic, and all that belongs to it. Its lists are made in the order in which they stand here, whatever their
    /// order in the file.
    Clinic {
        /// Its name.
        #[schemars(example = &"Northside Clinic")]
        name: Field<String>,
        /// It is there already, in the island that is added to or from the scenario that is extended: found by its name,
        /// or by what it was named; what belongs to it is added.
        #[serde(default)]
        #[schemars(example = true)]
        existing: bool,
        /// Its time zone, an IANA name; the host's default where it is left out.
        #[schemars(example = &"Europe/Berlin", example = &"Asia/Taipei")]
        time_zone: Option<Field<String>>,
        /// Its language, a BCP 47 tag, also for the names of its people; the host's default where it is left out.
        #[schemars(example = &"en-GB", example = &"zh-TW")]
        locale: Option<Field<String>>,
        /// The postal address.
        #[schemars(example = &"12 Mill Lane, Leeds LS1 4AB")]
        address: Option<Field<String>>,
        /// The telephone number.
        #[schemars(example = &"+44 113 496 0100")]
        phone: Option<Field<String>>,
        /// The application's settings for the clinic.
        #[schemars(example = json!({ "booking_window_days": 60 }))]
        settings: Option<Object>,
        /// Whether it pays for the application; `active` where it is left out.
        #[schemars(example = &"trial")]
        subscription: Option<Field<Subscription>>,
        /// Whether it is in use; true where it is left out.
        #[schemars(example = false)]
        is_active: Option<Field<bool>>,
        /// Who works there.
        #[serde(default)]
        #[schemars(example = json!([{ "role": "admin", "named": "admin" }]))]
        members: Vec<Member>,
        /// Kinds of rooms and devices, with the rooms and devices themselves.
        #[serde(default)]
        #[schemars(example = json!([{ "name": "Treatment room", "resources": [{ "name": "Room 1" }], "as": "room" }]))]
        resource_types: Vec<ResourceType>,
        /// Headings under which kinds of appointments are offered.
        #[serde(default)]
        #[schemars(example = json!([{ "name": "Therapy", "as": "therapy" }]))]
        service_type_groups: Vec<ServiceTypeGroup>,
        /// Kinds of appointments.
        #[serde(default)]
        #[schemars(example = json!([{ "name": "Check-up", "minutes": 30, "offered_by": ["doctor"], "as": "check-up" }]))]
        appointment_types: Vec<AppointmentType>,
        /// What practitioners take for a kind of appointment.
        #[serde(default)]
        #[schemars(example = json!([{ "practitioner": "doctor", "appointment_type": "check-up", "name": "Private", "amount": 60.0 }]))]
        billing: Vec<Billing>,
        /// Who is treated there.
        #[serde(default)]
        #[schemars(example = json!([{ "repeat": 12, "as": "patient" }]))]
        patients: Vec<Patient>,
        /// Days and hours on which practitioners do not work.
        #[serde(default)]
        #[schemars(example = json!([{ "practitioner": "doctor", "day": "next friday" }]))]
        time_off: Vec<TimeOff>,
        /// What is booked.
        #[serde(default)]
        #[schemars(example = json!([{ "practitioner": "doctor", "patient": "patient/1", "appointment_type": "check-up", "starts": "next monday 09:30" }]))]
        appointments: Vec<Appointment>,
    }
}

entry! {
    /// A user who is in no clinic yet.
    User {
        /// The address; the host adds the island to it, so that it is unique everywhere. Made up where it is left out.
        #[schemars(example = &"newcomer@example.test")]
        email: Option<Field<String>>,
        /// The identity provider's id of the user; made unique in the same way.
        #[schemars(example = &"newcomer")]
        subject: Option<Field<String>>,
    }
}

entry! {
    /// Someone who works in the clinic: a user, and what the user may do there.
    Member {
        /// What the member may do.
        #[schemars(example = &"practitioner")]
        role: Field<Role>,
        /// What else the member may do.
        #[serde(default)]
        #[schemars(example = serde_json::json!(["admin"]))]
        also: Vec<Field<Role>>,
        /// A user who stands in this document already, such as a member of another clinic. A new one where it is left
        /// out.
        #[schemars(example = &"admin")]
        user: Option<Field<Reference>>,
        /// Tells people who are made up apart: another key is another name and address. The role where it is left out,
        /// with a number from the second on: `practitioner`, `practitioner/2`, ….
        #[schemars(example = &"therapist")]
        key: Option<Field<String>>,
        /// The name in this clinic; made up where it is left out.
        #[schemars(example = &"Anna Smith")]
        full_name: Option<Field<String>>,
        /// What stands with the name.
        #[schemars(example = &"Dr.")]
        title: Option<Field<String>>,
        /// The address of a new user; the host adds the island to it. It comes from the key where it is left out.
        #[schemars(example = &"anna@example.test")]
        email: Option<Field<String>>,
        /// The identity provider's id of a new user.
        #[schemars(example = &"anna")]
        subject: Option<Field<String>>,
        /// Whether the member can log in here; true where it is left out.
        #[schemars(example = false)]
        is_active: Option<Field<bool>>,
        /// The application's settings for this member.
        #[schemars(example = json!({ "calendar_color": "#2a9d8f" }))]
        settings: Option<Object>,
        /// Weekly hours.
        #[serde(default)]
        #[schemars(example = json!([{ "days": "workdays", "hours": "09:00-17:00" }]))]
        works: Vec<WorkingHours>,
    }
}

/// Hours on some days of every week.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkingHours {
    /// Which days.
    #[schemars(example = &"workdays", example = serde_json::json!(["monday", "wednesday"]))]
    pub days: Field<Weekdays>,
    /// From when to when. Two intervals of one day leave a break between them.
    #[schemars(example = &"09:00-17:00")]
    pub hours: Field<Hours>,
}

/// Days of the week.
#[derive(Clone, Debug)]
pub struct Weekdays(pub(crate) Vec<Weekday>);

impl<'de> Deserialize<'de> for Weekdays {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let all = Weekday::ALL;
        Ok(Self(match Value::deserialize(deserializer)? {
            Value::String(word) => match word.as_str() {
                "workdays" => all[..5].to_vec(),
                "weekend" => all[5..].to_vec(),
                "every day" => all.to_vec(),
                day => vec![Weekday::read(day).ok_or_else(|| {
                    D::Error::custom(format!("`{day}` is no day: write `workdays`, `weekend`, `every day`, `monday`, or a list of days"))
                })?],
            },
            list => Vec::deserialize(list).map_err(D::Error::custom)?,
        }))
    }
}

impl JsonSchema for Weekdays {
    fn schema_name() -> Cow<'static, str> {
        "Weekdays".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let day = generator.subschema_for::<Weekday>();
        json_schema!({
            "description": "Days of the week: a word for several, one day, or a list.",
            "anyOf": [
                { "enum": ["workdays", "weekend", "every day"] },
                day,
                { "type": "array", "items": day },
            ],
        })
    }
}

entry! {
    /// Someone who is treated in the clinic. What is left out of name, phone, email and birthday is made up.
    Patient {
        /// Tells people who are made up apart: another key is another person. `patient` where it is left out, with a
        /// number from the second on: `patient`, `patient/2`, …; `patient/1`, … in a repetition.
        #[schemars(example = &"patient/regular")]
        key: Option<Field<String>>,
        /// The name.
        #[schemars(example = &"Zoë O’Brien-Łuczak")]
        full_name: Option<Field<String>>,
        /// The telephone number.
        #[schemars(example = &"+44 113 496 0199")]
        phone: Option<Field<String>>,
        /// The e-mail address.
        #[schemars(example = &"zoe@example.test")]
        email: Option<Field<String>>,
        /// The day of birth.
        #[schemars(example = &"1980-05-01")]
        birthday: Option<Field<Day>>,
        /// The gender, as the clinic notes it.
        #[schemars(example = &"female")]
        gender: Option<Field<Gender>>,
        /// What the clinic notes about the patient.
        #[schemars(example = &"Allergic to latex.")]
        notes: Option<Field<String>>,
        /// Who entered the patient; the clinic where it is left out.
        #[schemars(example = &"patient")]
        created_by: Option<Field<PatientCreator>>,
        /// The practitioners whom the patient is assigned to.
        #[serde(default)]
        #[schemars(example = serde_json::json!(["doctor"]))]
        assigned_to: Vec<Field<Reference>>,
    }
}
