//! A draft that adds to an island.

use std::sync::Arc;

use super::people::find_zone;
use super::undo::{Unique, Which};
use super::weight::weigh;
use super::{Base, Draft, DraftLimits, Refusal, Setup};
use crate::choice::AppointmentStatus;
use crate::entity::Kind;
use crate::island::Island;

impl Draft {
    /// A draft that adds to an island. What is there keeps its handles: its positions.
    ///
    /// What is there is not checked again (the application may have changed it in ways that no scenario could), but
    /// what is added is checked together with it.
    ///
    /// # Errors
    /// When a clinic's time zone is not known, or the island is over its limits already.
    pub fn onto(setup: Arc<Setup>, limits: DraftLimits, island: Island) -> Result<Self, Refusal> {
        let mut draft = Self::new(setup, limits);
        for kind in Kind::ALL {
            for record in island.entities.records(kind, 0) {
                let weight = weigh(record);
                draft.grow(1, weight.rows, weight.bytes)?;
            }
        }
        for name in island.names.keys() {
            draft.grow(0, 1, name.len())?;
        }
        for clinic in &island.entities.clinics {
            draft.zones.push(find_zone(&clinic.time_zone)?);
        }
        draft.entities = island.entities;
        draft.index_entities();
        draft.names.clone_from(&island.names);
        draft.base = Some(Base { island: island.id, ids: island.ids, names: island.names });
        draft.hand_on();
        Ok(draft)
    }

    fn index_entities(&mut self) {
        let entities = std::mem::take(&mut self.entities);
        let index = &mut self.index;
        let mut claim = |key| index.unique.insert(key);
        for user in &entities.users {
            claim(Unique::email(user.email.text()));
            claim(Unique::Subject(user.subject.text().to_owned()));
        }
        for group in &entities.service_type_groups {
            claim(Unique::Group(group.clinic.index(), group.name.clone()));
        }
        for of in &entities.appointment_types {
            claim(Unique::AppointmentType(of.clinic.index(), of.name.clone(), of.duration_minutes));
        }
        for offering in &entities.offerings {
            claim(Unique::Offering(offering.practitioner.index(), offering.appointment_type.index()));
        }
        for of in &entities.resource_types {
            claim(Unique::ResourceType(of.clinic.index(), of.name.clone()));
        }
        for billing in &entities.billing_scenarios {
            let (who, what) = (billing.practitioner.index(), billing.appointment_type.index());
            claim(Unique::Billing(who, what, billing.name.clone()));
            if billing.is_default {
                claim(Unique::DefaultBilling(who, what));
            }
        }
        for (handle, membership) in entities.each::<crate::Membership>() {
            index.unique.insert(Unique::Membership(membership.user.index(), membership.clinic.index()));
            index.memberships.insert((membership.user, membership.clinic), handle);
        }
        for (handle, resource) in entities.each::<crate::Resource>() {
            let of = resource.resource_type.index();
            index.unique.insert(Unique::Resource(of, resource.name.clone()));
            index.resources.entry(of).or_default().push(handle.index());
        }
        for requirement in &entities.resource_requirements {
            let (what, of) = (requirement.appointment_type.index(), requirement.resource_type.index());
            index.unique.insert(Unique::Requirement(what, of));
            index.requirements.entry(what).or_default().push((of, requirement.quantity));
        }
        for hours in &entities.availabilities {
            let key = (hours.practitioner.index(), hours.clinic.index(), hours.day_of_week);
            index.working.entry(key).or_default().push((hours.start_time, hours.end_time));
        }
        self.entities = entities;
        self.index_times();
    }

    fn index_times(&mut self) {
        let mut busy = Vec::new();
        for event in &self.entities.calendar_events {
            // A time off that the application wrote at a skipped hour blocks nothing.
            if let Ok((start, end)) =
                self.off_times(event.clinic, event.date, event.start_time.zip(event.end_time))
            {
                busy.push((Which::Off, event.practitioner.index(), start, end));
            }
        }
        for appointment in &self.entities.appointments {
            self.index.in_use.insert(appointment.appointment_type.index());
            if appointment.status == AppointmentStatus::Confirmed {
                let (start, end) = (appointment.starts_at.as_second(), appointment.ends_at.as_second());
                busy.push((Which::Booked, appointment.practitioner.index(), start, end));
                for &resource in appointment.resources.indices() {
                    busy.push((Which::Taken, resource, start, end));
                }
            }
        }
        for (which, who, start, end) in busy {
            self.schedule(which).add(who, start, end);
        }
    }
}
