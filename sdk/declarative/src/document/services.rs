//! What a clinic offers, with what, and for how much.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::entry;
use crate::field::{Field, Money, Object, Reference};

entry! {
    /// A kind of room or device, and those that there are.
    ResourceType {
        /// Its name.
        #[schemars(example = &"Treatment room")]
        name: Field<String>,
        /// The rooms or devices.
        #[serde(default)]
        #[schemars(example = json!([{ "name": "Room 1" }]))]
        resources: Vec<Resource>,
    }
}

entry! {
    /// A room or device.
    Resource {
        /// Its name.
        #[schemars(example = &"Room 1")]
        name: Field<String>,
        /// What the clinic notes about it.
        #[schemars(example = &"Ground floor, step-free.")]
        description: Option<Field<String>>,
    }
}

entry! {
    /// A heading under which kinds of appointments are offered.
    ServiceTypeGroup {
        /// Its name.
        #[schemars(example = &"Therapy")]
        name: Field<String>,
        /// Its place among the others.
        #[schemars(example = 1)]
        display_order: Option<Field<u32>>,
    }
}

entry! {
    /// A kind of appointment.
    AppointmentType {
        /// Its name.
        #[schemars(example = &"Check-up")]
        name: Field<String>,
        /// How long it takes: 1 to 1440.
        #[schemars(example = 30)]
        minutes: Field<u32>,
        /// Minutes kept free after each appointment; none where it is left out.
        #[schemars(example = 10)]
        buffer_minutes: Option<Field<u32>>,
        /// The heading under which it stands.
        #[schemars(example = &"therapy")]
        group: Option<Field<Reference>>,
        /// What a receipt calls it.
        #[schemars(example = &"Initial assessment")]
        receipt_name: Option<Field<String>>,
        /// What patients read about it.
        #[schemars(example = &"We listen, examine and plan.")]
        description: Option<Field<String>>,
        /// Its place among the others.
        #[schemars(example = 1)]
        display_order: Option<Field<u32>>,
        /// True where it is left out.
        #[schemars(example = false)]
        bookable_by_new_patients: Option<Field<bool>>,
        /// True where it is left out.
        #[schemars(example = false)]
        bookable_by_existing_patients: Option<Field<bool>>,
        /// True where it is left out.
        #[schemars(example = false)]
        patient_chooses_practitioner: Option<Field<bool>>,
        /// The message after booking.
        #[schemars(example = json!({ "text": "See you soon." }))]
        confirmation_message: Option<Object>,
        /// The message before the appointment.
        #[schemars(example = json!({ "text": "Your visit is tomorrow." }))]
        reminder_message: Option<Object>,
        /// The practitioners who offer it. A repeated one without its number means all of them.
        #[serde(default)]
        #[schemars(example = serde_json::json!(["doctor"]))]
        offered_by: Vec<Field<Reference>>,
        /// The rooms and devices that each appointment takes.
        #[serde(default)]
        #[schemars(example = json!([{ "resource_type": "room", "quantity": 1 }]))]
        requires: Vec<Requirement>,
    }
}

/// Rooms or devices that an appointment takes.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// Of which kind.
    #[schemars(example = &"room")]
    pub resource_type: Field<Reference>,
    /// How many; 1 where it is left out.
    #[schemars(example = 1)]
    pub quantity: Option<Field<u32>>,
}

entry! {
    /// What a practitioner takes for a kind of appointment.
    Billing {
        /// The practitioner.
        #[schemars(example = &"doctor")]
        practitioner: Field<Reference>,
        /// The kind of appointment.
        #[schemars(example = &"check-up")]
        appointment_type: Field<Reference>,
        /// What it is called.
        #[schemars(example = &"Private")]
        name: Field<String>,
        /// How much, with at most two decimals.
        #[schemars(example = 60.0)]
        amount: Field<Money>,
        /// How much of it the practitioner keeps; nothing where it is left out.
        #[schemars(example = 40.0)]
        revenue_share: Option<Field<Money>>,
        /// Whether it is taken unless another is asked for; false where it is left out.
        #[schemars(example = true)]
        default: Option<Field<bool>>,
    }
}
