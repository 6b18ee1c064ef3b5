//! What a clinic offers, with what, and for how much.

use crate::entity::entity;
use crate::field::{Cents, Object};
use crate::handle::Handle;
use crate::people::{Clinic, User};

entity! {
    /// A heading under which a clinic lists its appointment types.
    ServiceTypeGroup in service_type_groups {
        /// The clinic.
        clinic as "clinic_id": Handle<Clinic>,
        /// What it is called; unique in its clinic.
        #[schemars(length(min = 1, max = 200))]
        name: String,
        /// The position in lists.
        #[schemars(range(max = 1_000_000))]
        display_order: u32,
    }
}

entity! {
    /// Something that can be booked. Name and duration together are unique in the clinic.
    AppointmentType in appointment_types {
        /// The clinic.
        clinic as "clinic_id": Handle<Clinic>,
        /// What it is called.
        #[schemars(length(min = 1, max = 200))]
        name: String,
        /// How long it takes.
        #[schemars(range(min = 1, max = 1440))]
        duration_minutes: u32,
        /// How long the application should keep free after it. The draft does not enforce this.
        #[schemars(range(max = 1440))]
        buffer_minutes: u32,
        /// The heading under which it is listed.
        group as "group_id": Option<Handle<ServiceTypeGroup>>,
        /// What receipts call it.
        #[schemars(length(max = 200))]
        receipt_name: Option<String>,
        /// What it is.
        #[schemars(length(max = 5000))]
        description: Option<String>,
        /// The position in lists.
        #[schemars(range(max = 1_000_000))]
        display_order: u32,
        /// Whether new patients may book it.
        bookable_by_new_patients: bool,
        /// Whether known patients may book it.
        bookable_by_existing_patients: bool,
        /// Whether the patient picks the practitioner.
        patient_chooses_practitioner: bool,
        /// The application's settings of the confirmation message.
        confirmation_message: Object,
        /// The application's settings of the reminder.
        reminder_message: Object,
    }
}

entity! {
    /// That a practitioner offers an appointment type: one for each pair.
    Offering in offerings {
        /// The practitioner, of the type's clinic.
        practitioner as "practitioner_id": Handle<User>,
        /// The appointment type.
        appointment_type as "appointment_type_id": Handle<AppointmentType>,
    }
}

entity! {
    /// A sort of room or device.
    ResourceType in resource_types {
        /// The clinic.
        clinic as "clinic_id": Handle<Clinic>,
        /// What it is called; unique in its clinic.
        #[schemars(length(min = 1, max = 200))]
        name: String,
    }
}

entity! {
    /// A room or device.
    Resource in resources {
        /// The resource type.
        resource_type as "resource_type_id": Handle<ResourceType>,
        /// What it is called; unique in its type.
        #[schemars(length(min = 1, max = 200))]
        name: String,
        /// What it is.
        #[schemars(length(max = 5000))]
        description: Option<String>,
    }
}

entity! {
    /// How many resources of a type an appointment of a type needs: one for each pair.
    ResourceRequirement in resource_requirements {
        /// The appointment type.
        appointment_type as "appointment_type_id": Handle<AppointmentType>,
        /// The resource type, of the same clinic.
        resource_type as "resource_type_id": Handle<ResourceType>,
        /// How many resources of the type.
        #[schemars(range(min = 1, max = 1000))]
        quantity: u32,
    }
}

entity! {
    /// What a practitioner charges for an appointment type. One of them may be the default.
    BillingScenario in billing_scenarios {
        /// The practitioner, of the type's clinic.
        practitioner as "practitioner_id": Handle<User>,
        /// The appointment type.
        appointment_type as "appointment_type_id": Handle<AppointmentType>,
        /// What it is called; unique for the practitioner and type.
        #[schemars(length(min = 1, max = 200))]
        name: String,
        /// What the patient pays, in the clinic's currency, with at most two decimals.
        amount: Cents,
        /// What of it goes to the practitioner: 0 to `amount`.
        revenue_share: Cents,
        /// Whether it is taken where none is chosen.
        is_default: bool,
    }
}
