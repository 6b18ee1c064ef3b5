//! What a clinic offers, with what, and for how much.

use std::rc::Rc;

use insula::{AppointmentType, Clinic, Member, ResourceType, ServiceTypeGroup, User};

use super::clinic::{set, set_objects};
use super::names::Thing;
use super::{At, Failed, Run};
use crate::document::{self, Entry};
use crate::expression::Variables;

impl<'d> Run<'_, 'd> {
    pub(super) fn resource_types(
        &mut self,
        types: &'d [document::ResourceType],
        clinic: Clinic,
        list: &At<'_>,
        variables: &Variables,
    ) -> Result<(), Failed> {
        self.each(types, list, variables, |run, entry, repetition| {
            let mut builder = clinic.resource_type(run.key(&entry.name, "name", repetition)?);
            let common = entry.common();
            if let Some(name) = run.named(common, repetition)? {
                builder = builder.named(name);
            }
            let kind = builder.create()?;
            run.bind(common, repetition, &Thing::ResourceType(kind))?;
            let list = repetition.at.key("resources");
            run.resources(&entry.resources, kind, &list, &repetition.variables)
        })
    }

    fn resources(
        &mut self,
        resources: &'d [document::Resource],
        kind: ResourceType,
        list: &At<'_>,
        variables: &Variables,
    ) -> Result<(), Failed> {
        self.each(resources, list, variables, |run, entry, repetition| {
            let mut builder = kind.resource(run.key(&entry.name, "name", repetition)?);
            set!(run, repetition, entry, builder, description);
            let common = entry.common();
            if let Some(name) = run.named(common, repetition)? {
                builder = builder.named(name);
            }
            let resource = builder.create()?;
            run.bind(common, repetition, &Thing::Resource(resource))
        })
    }

    pub(super) fn groups(
        &mut self,
        groups: &'d [document::ServiceTypeGroup],
        clinic: Clinic,
        list: &At<'_>,
        variables: &Variables,
    ) -> Result<(), Failed> {
        self.each(groups, list, variables, |run, entry, repetition| {
            let mut builder = clinic.service_type_group(run.key(&entry.name, "name", repetition)?);
            set!(run, repetition, entry, builder, display_order);
            let common = entry.common();
            if let Some(name) = run.named(common, repetition)? {
                builder = builder.named(name);
            }
            let group = builder.create()?;
            run.bind(common, repetition, &Thing::Group(group))
        })
    }

    pub(super) fn appointment_types(
        &mut self,
        types: &'d [document::AppointmentType],
        clinic: Clinic,
        list: &At<'_>,
        variables: &Variables,
    ) -> Result<(), Failed> {
        self.each(types, list, variables, |run, entry, repetition| {
            let name = run.key(&entry.name, "name", repetition)?;
            let minutes = run.key(&entry.minutes, "minutes", repetition)?;
            let mut builder = clinic.appointment_type(name, minutes);
            set!(run, repetition, entry, builder, buffer_minutes, receipt_name, description, display_order);
            set!(run, repetition, entry, builder, bookable_by_new_patients, bookable_by_existing_patients);
            set!(run, repetition, entry, builder, patient_chooses_practitioner);
            set_objects!(run, repetition, entry, builder, confirmation_message, reminder_message);
            if let Some(group) = &entry.group {
                builder = builder.group(run.refer::<ServiceTypeGroup>(group, "group", repetition)?);
            }
            for (user, _) in run.refer_all::<(User, Rc<str>)>(&entry.offered_by, "offered_by", repetition)? {
                builder = builder.offered_by(Member { user, clinic });
            }
            for (index, required) in entry.requires.iter().enumerate() {
                let list = repetition.at.key("requires");
                let at = list.index(index);
                let name =
                    run.value(&required.resource_type, &repetition.variables, &at.key("resource_type"))?;
                let kind = run.names.one(&name.0);
                let kind = kind.map_err(|message| Failed::rejected(message).at(&at.key("resource_type")))?;
                let quantity = match &required.quantity {
                    Some(quantity) => run.value(quantity, &repetition.variables, &at.key("quantity"))?,
                    None => 1,
                };
                builder = builder.requires(kind, quantity);
            }
            let common = entry.common();
            if let Some(name) = run.named(common, repetition)? {
                builder = builder.named(name);
            }
            let kind = builder.create()?;
            run.bind(common, repetition, &Thing::AppointmentType(kind))
        })
    }

    pub(super) fn billing(
        &mut self,
        billing: &'d [document::Billing],
        clinic: Clinic,
        list: &At<'_>,
        variables: &Variables,
    ) -> Result<(), Failed> {
        self.each(billing, list, variables, |run, entry, repetition| {
            let (user, _) = run.refer::<(User, Rc<str>)>(&entry.practitioner, "practitioner", repetition)?;
            let kind =
                run.refer::<AppointmentType>(&entry.appointment_type, "appointment_type", repetition)?;
            let name: String = run.key(&entry.name, "name", repetition)?;
            let amount = run.key(&entry.amount, "amount", repetition)?;
            let mut builder = Member { user, clinic }.billing(kind, name, amount.0);
            if let Some(share) = run.optional(entry.revenue_share.as_ref(), "revenue_share", repetition)? {
                builder = builder.revenue_share(share.0);
            }
            if run.optional(entry.default.as_ref(), "default", repetition)? == Some(true) {
                builder = builder.default();
            }
            let common = entry.common();
            if let Some(name) = run.named(common, repetition)? {
                builder = builder.named(name);
            }
            builder.create()?;
            run.bind(common, repetition, &Thing::Other("a billing scenario"))
        })
    }
}
