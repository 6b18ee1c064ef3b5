//! Adding what a clinic offers.

use super::undo::Unique;
use super::{
    Draft, NewAppointmentType, NewBillingScenario, NewOffering, NewResource, NewResourceRequirement,
    NewResourceType, NewServiceTypeGroup, Refusal, same_clinic,
};
use crate::entity::Kind;
use crate::field::Cents;
use crate::handle::Handle;
use crate::rejection::{Rejection, Rule, quoted};
use crate::services::{
    AppointmentType, BillingScenario, Offering, Resource, ResourceRequirement, ResourceType, ServiceTypeGroup,
};

impl Draft {
    /// Adds a group of appointment types.
    ///
    /// # Errors
    /// When the clinic has one of that name.
    pub fn create_service_type_group(
        &mut self,
        new: NewServiceTypeGroup,
    ) -> Result<Handle<ServiceTypeGroup>, Refusal> {
        self.get("clinic", new.clinic)?;
        self.whole(|draft| {
            let key = Unique::Group(new.clinic.index(), new.name.clone());
            draft.claim(key, || taken("name", &new.name, "group of the clinic"))?;
            let display_order = new.display_order.unwrap_or(0);
            draft.add(ServiceTypeGroup { clinic: new.clinic, name: new.name.clone(), display_order })
        })
    }

    /// Adds an appointment type.
    ///
    /// # Errors
    /// When the clinic has one of that name and duration, or the group is another clinic's.
    pub fn create_appointment_type(
        &mut self,
        new: NewAppointmentType,
    ) -> Result<Handle<AppointmentType>, Refusal> {
        self.get("clinic", new.clinic)?;
        if let Some(group) = new.group {
            same_clinic("group", Kind::ServiceTypeGroup, self.get("group", group)?.clinic, new.clinic)?;
        }
        self.whole(|draft| {
            let key = Unique::AppointmentType(new.clinic.index(), new.name.clone(), new.duration_minutes);
            draft
                .claim(key, || taken("name", &new.name, "appointment type of that duration in the clinic"))?;
            draft.add(AppointmentType {
                clinic: new.clinic,
                name: new.name.clone(),
                duration_minutes: new.duration_minutes,
                buffer_minutes: new.buffer_minutes.unwrap_or(0),
                group: new.group,
                receipt_name: new.receipt_name,
                description: new.description,
                display_order: new.display_order.unwrap_or(0),
                bookable_by_new_patients: new.bookable_by_new_patients.unwrap_or(true),
                bookable_by_existing_patients: new.bookable_by_existing_patients.unwrap_or(true),
                patient_chooses_practitioner: new.patient_chooses_practitioner.unwrap_or(true),
                confirmation_message: new.confirmation_message.unwrap_or_default(),
                reminder_message: new.reminder_message.unwrap_or_default(),
            })
        })
    }

    /// Adds offerings, all or none.
    ///
    /// # Errors
    /// When the user is no practitioner of the type's clinic, or offers it already.
    pub fn create_offerings(
        &mut self,
        news: impl IntoIterator<Item = NewOffering>,
    ) -> Result<Vec<Handle<Offering>>, Refusal> {
        self.each(news, |draft, new| {
            let NewOffering { practitioner, appointment_type } = new;
            let clinic = draft.get("appointment_type", appointment_type)?.clinic;
            draft.practitioner(practitioner, clinic)?;
            draft.claim(Unique::Offering(practitioner.index(), appointment_type.index()), || {
                Rejection::of("appointment_type", Rule::Unique, "the practitioner offers this type already")
            })?;
            draft.add(Offering { practitioner, appointment_type })
        })
    }

    /// Adds a sort of resource.
    ///
    /// # Errors
    /// When the clinic has one of that name.
    pub fn create_resource_type(&mut self, new: NewResourceType) -> Result<Handle<ResourceType>, Refusal> {
        self.get("clinic", new.clinic)?;
        self.whole(|draft| {
            let key = Unique::ResourceType(new.clinic.index(), new.name.clone());
            draft.claim(key, || taken("name", &new.name, "resource type of the clinic"))?;
            draft.add(ResourceType { clinic: new.clinic, name: new.name.clone() })
        })
    }

    /// Adds a resource.
    ///
    /// # Errors
    /// When its type has one of that name.
    pub fn create_resource(&mut self, new: NewResource) -> Result<Handle<Resource>, Refusal> {
        let resource_type = new.resource_type;
        self.get("resource_type", resource_type)?;
        let handle = self.whole(|draft| {
            let key = Unique::Resource(resource_type.index(), new.name.clone());
            draft.claim(key, || taken("name", &new.name, "resource of the type"))?;
            draft.add(Resource { resource_type, name: new.name.clone(), description: new.description })
        })?;
        self.index.resources.entry(resource_type.index()).or_default().push(handle.index());
        Ok(handle)
    }

    /// Says that appointments of a type need resources.
    ///
    /// # Errors
    /// When the two types are of different clinics, it was said before, or the appointment type has appointments,
    /// which were booked without.
    pub fn create_resource_requirement(
        &mut self,
        new: NewResourceRequirement,
    ) -> Result<Handle<ResourceRequirement>, Refusal> {
        let NewResourceRequirement { appointment_type, resource_type, quantity } = new;
        let clinic = self.get("appointment_type", appointment_type)?.clinic;
        same_clinic(
            "resource_type",
            Kind::ResourceType,
            self.get("resource_type", resource_type)?.clinic,
            clinic,
        )?;
        if self.index.in_use.contains(&appointment_type.index()) {
            let message =
                "there are appointments of this type already, booked without; say what it requires before";
            return Err(Rejection::of("appointment_type", Rule::Resources, message).into());
        }
        let quantity = quantity.unwrap_or(1);
        let handle = self.whole(|draft| {
            draft.claim(Unique::Requirement(appointment_type.index(), resource_type.index()), || {
                let message =
                    "the appointment type requires this resource type already; say the quantity once";
                Rejection::of("resource_type", Rule::Unique, message)
            })?;
            draft.add(ResourceRequirement { appointment_type, resource_type, quantity })
        })?;
        let requirements = self.index.requirements.entry(appointment_type.index()).or_default();
        requirements.push((resource_type.index(), quantity));
        Ok(handle)
    }

    /// Adds a billing scenario.
    ///
    /// # Errors
    /// When the share is more than the amount, the name is taken, or there is a default already.
    pub fn create_billing_scenario(
        &mut self,
        new: NewBillingScenario,
    ) -> Result<Handle<BillingScenario>, Refusal> {
        let NewBillingScenario { practitioner, appointment_type, name, amount, revenue_share, is_default } =
            new;
        let clinic = self.get("appointment_type", appointment_type)?.clinic;
        self.practitioner(practitioner, clinic)?;
        let revenue_share = revenue_share.unwrap_or(Cents(0));
        if revenue_share > amount {
            let message = "the practitioner's share is more than the amount; it is part of it";
            return Err(Rejection::of("revenue_share", Rule::Range, message).into());
        }
        let (who, what) = (practitioner.index(), appointment_type.index());
        self.whole(|draft| {
            let key = Unique::Billing(who, what, name.clone());
            draft.claim(key, || taken("name", &name, "billing scenario of the practitioner and type"))?;
            if is_default {
                draft.claim(Unique::DefaultBilling(who, what), || {
                    let message = "the practitioner has a default for this type already; only one may be it";
                    Rejection::of("is_default", Rule::Unique, message)
                })?;
            }
            let name = name.clone();
            draft.add(BillingScenario {
                practitioner,
                appointment_type,
                name,
                amount,
                revenue_share,
                is_default,
            })
        })
    }
}

fn taken(field: &str, value: &str, of: &str) -> Rejection {
    Rejection::of(
        field,
        Rule::Unique,
        format!("{} is the name of another {of}; take another name", quoted(value)),
    )
}
