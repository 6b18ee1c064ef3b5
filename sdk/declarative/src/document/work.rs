//! What happens in a clinic, and what does not.

use std::borrow::Cow;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::json;

use super::entry;
use crate::choice::AppointmentStatus;
use crate::field::{Field, Reference};
use crate::moment::{Day, Hours, Moment};

entry! {
    /// A day, or hours of it, on which a practitioner does not work.
    TimeOff {
        /// Who.
        #[schemars(example = &"doctor")]
        practitioner: Field<Reference>,
        /// When.
        #[schemars(example = &"next friday")]
        day: Field<Day>,
        /// Only these hours; the whole day where they are left out.
        #[schemars(example = &"12:00-14:00")]
        hours: Option<Field<Hours>>,
        /// What the calendar calls it.
        #[schemars(example = &"Conference")]
        name: Option<Field<String>>,
    }
}

entry! {
    /// A patient with a practitioner at some time.
    Appointment {
        /// Who treats.
        #[schemars(example = &"doctor")]
        practitioner: Field<Reference>,
        /// Who is treated.
        #[schemars(example = &"patient/1")]
        patient: Field<Reference>,
        /// What for. The practitioner must offer it.
        #[schemars(example = &"check-up")]
        appointment_type: Field<Reference>,
        /// When, on the clinic's wall.
        #[schemars(example = &"next monday 09:30")]
        starts: Field<Moment>,
        /// Of a time that daylight saving makes happen twice, the later; the earlier where it is left out.
        #[schemars(example = true)]
        later: Option<Field<bool>>,
        /// How long, where it is not as long as its type says.
        #[schemars(example = 45)]
        minutes: Option<Field<u32>>,
        /// What became of it; `confirmed` where it is left out.
        #[schemars(example = &"completed")]
        status: Option<Field<AppointmentStatus>>,
        /// What the patient wrote.
        #[schemars(example = &"My left shoulder hurts.")]
        notes: Option<Field<String>>,
        /// What only the clinic reads.
        #[schemars(example = &"Bring the X-ray.")]
        clinic_notes: Option<Field<String>>,
        /// Whether the application chose the practitioner; false where it is left out.
        #[schemars(example = true)]
        auto_assigned: Option<Field<bool>>,
        /// These rooms and devices, in place of the first that are free.
        #[schemars(example = serde_json::json!(["quiet-room"]))]
        resources: Option<Vec<Field<Reference>>>,
        /// Whether it may overlap other appointments and time off; false where it is left out.
        #[schemars(example = true)]
        allow_overlap: Option<Field<bool>>,
        /// The same again at the same time of later days. A name goes to the first.
        #[schemars(example = json!({ "every": "1 week", "count": 4 }))]
        series: Option<Series>,
    }
}

/// Appointments at the same time of several days.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Series {
    /// How far from one to the next.
    #[schemars(example = &"1 week")]
    pub every: Field<Interval>,
    /// How many in all.
    #[schemars(example = 4)]
    pub count: Field<u32>,
}

/// A distance between days.
#[derive(Clone, Copy, Debug)]
pub struct Interval(pub(crate) insula::Interval);

impl FromStr for Interval {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let read = || {
            let (count, unit) = text.split_once(' ')?;
            let digits = count.len() <= 6 && count.bytes().all(|byte| byte.is_ascii_digit());
            let count = count.parse().ok().filter(|_| digits)?;
            match unit {
                "day" | "days" => Some(insula::Interval::Days(count)),
                "week" | "weeks" => Some(insula::Interval::Weeks(count)),
                _ => None,
            }
        };
        let interval = read()
            .ok_or_else(|| format!("`{text}` is no distance: write one such as `1 week` or `2 days`"))?;
        Ok(Self(interval))
    }
}

impl<'de> Deserialize<'de> for Interval {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl JsonSchema for Interval {
    fn schema_name() -> Cow<'static, str> {
        "Interval".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A distance between days.",
            "type": "string",
            "pattern": "^[0-9]{1,6} (day|week)s?$",
            "examples": ["1 week", "2 days"],
        })
    }
}
