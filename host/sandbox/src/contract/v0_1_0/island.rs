//! `interface island`.

use insula_domain as domain;
use insula_domain::{Cents, Rejection};

use super::bindings::insula::scenario::island::*;
use super::{convert, existing};
use crate::host::{Host, Refused};

impl super::bindings::insula::scenario::island::Host for Host {
    fn create_clinic(&mut self, new: NewClinic) -> Result<Clinic, Refused> {
        self.change("create-clinic", new, |draft, new| {
            Ok(draft
                .create_clinic(domain::NewClinic {
                    name: new.name,
                    time_zone: new.time_zone,
                    locale: new.locale,
                    address: new.address,
                    phone: new.phone,
                    settings: convert::object("settings", new.settings)?,
                    subscription_status: new.subscription.map(Into::into),
                    is_active: new.is_active,
                })?
                .into())
        })
    }

    fn create_user(&mut self, new: NewUser) -> Result<User, Refused> {
        self.change("create-user", new, |draft, new| {
            Ok(draft.create_user(domain::NewUser { email: new.email, subject: new.subject })?.into())
        })
    }

    fn create_membership(&mut self, new: NewMembership) -> Result<Membership, Refused> {
        self.change("create-membership", new, |draft, new| {
            Ok(draft
                .create_membership(domain::NewMembership {
                    clinic: new.clinic.into(),
                    user: new.user.into(),
                    roles: all(new.roles),
                    full_name: new.full_name,
                    title: new.title,
                    is_active: new.is_active,
                    settings: convert::object("settings", new.settings)?,
                })?
                .into())
        })
    }

    fn create_service_type_group(&mut self, new: NewServiceTypeGroup) -> Result<ServiceTypeGroup, Refused> {
        self.change("create-service-type-group", new, |draft, new| {
            Ok(draft
                .create_service_type_group(domain::NewServiceTypeGroup {
                    clinic: new.clinic.into(),
                    name: new.name,
                    display_order: new.display_order,
                })?
                .into())
        })
    }

    fn create_appointment_type(&mut self, new: NewAppointmentType) -> Result<AppointmentType, Refused> {
        self.change("create-appointment-type", new, |draft, new| {
            Ok(draft
                .create_appointment_type(domain::NewAppointmentType {
                    clinic: new.clinic.into(),
                    name: new.name,
                    duration_minutes: new.duration_minutes,
                    buffer_minutes: new.buffer_minutes,
                    group: new.group.map(Into::into),
                    receipt_name: new.receipt_name,
                    description: new.description,
                    display_order: new.display_order,
                    bookable_by_new_patients: new.bookable_by_new_patients,
                    bookable_by_existing_patients: new.bookable_by_existing_patients,
                    patient_chooses_practitioner: new.patient_chooses_practitioner,
                    confirmation_message: convert::object("confirmation_message", new.confirmation_message)?,
                    reminder_message: convert::object("reminder_message", new.reminder_message)?,
                })?
                .into())
        })
    }

    fn create_offerings(&mut self, new: Vec<NewOffering>) -> Result<Vec<Offering>, Refused> {
        self.change("create-offerings", new, |draft, new| {
            let new = new.into_iter().map(|new| domain::NewOffering {
                practitioner: new.practitioner.into(),
                appointment_type: new.appointment_type.into(),
            });
            Ok(all(draft.create_offerings(new)?))
        })
    }

    fn create_resource_type(&mut self, new: NewResourceType) -> Result<ResourceType, Refused> {
        self.change("create-resource-type", new, |draft, new| {
            let new = domain::NewResourceType { clinic: new.clinic.into(), name: new.name };
            Ok(draft.create_resource_type(new)?.into())
        })
    }

    fn create_resource(&mut self, new: NewResource) -> Result<ClinicResource, Refused> {
        self.change("create-resource", new, |draft, new| {
            Ok(draft
                .create_resource(domain::NewResource {
                    resource_type: new.resource_type.into(),
                    name: new.name,
                    description: new.description,
                })?
                .into())
        })
    }

    fn create_resource_requirement(
        &mut self,
        new: NewResourceRequirement,
    ) -> Result<ResourceRequirement, Refused> {
        self.change("create-resource-requirement", new, |draft, new| {
            Ok(draft
                .create_resource_requirement(domain::NewResourceRequirement {
                    appointment_type: new.appointment_type.into(),
                    resource_type: new.resource_type.into(),
                    quantity: new.quantity,
                })?
                .into())
        })
    }

    fn create_billing_scenario(&mut self, new: NewBillingScenario) -> Result<BillingScenario, Refused> {
        self.change("create-billing-scenario", new, |draft, new| {
            Ok(draft
                .create_billing_scenario(domain::NewBillingScenario {
                    practitioner: new.practitioner.into(),
                    appointment_type: new.appointment_type.into(),
                    name: new.name,
                    amount: Cents(new.amount),
                    revenue_share: new.revenue_share.map(Cents),
                    is_default: new.is_default,
                })?
                .into())
        })
    }

    fn create_availabilities(&mut self, new: Vec<NewAvailability>) -> Result<Vec<Availability>, Refused> {
        self.change("create-availabilities", new, |draft, new| {
            let new = convert::each(new, |new| {
                Ok(domain::NewAvailability {
                    practitioner: new.practitioner.into(),
                    clinic: new.clinic.into(),
                    day_of_week: new.weekday.into(),
                    start_time: convert::time("start_time", new.start)?,
                    end_time: convert::time("end_time", new.end)?,
                })
            })?;
            Ok(all(draft.create_availabilities(new)?))
        })
    }

    fn create_time_off(&mut self, new: Vec<NewTimeOff>) -> Result<Vec<CalendarEvent>, Refused> {
        self.change("create-time-off", new, |draft, new| {
            let new = convert::each(new, |new| {
                let time = |time| convert::time("hours", time);
                Ok(domain::NewTimeOff {
                    clinic: new.clinic.into(),
                    practitioner: new.practitioner.into(),
                    date: convert::date("date", new.date)?,
                    hours: match new.hours {
                        Some((start, end)) => Some((time(start)?, time(end)?)),
                        None => None,
                    },
                    name: new.name,
                })
            })?;
            Ok(all(draft.create_time_off(new)?))
        })
    }

    fn create_patients(&mut self, new: Vec<NewPatient>) -> Result<Vec<Patient>, Refused> {
        self.change("create-patients", new, |draft, new| {
            let new = convert::each(new, |new| {
                Ok(domain::NewPatient {
                    clinic: new.clinic.into(),
                    full_name: new.full_name,
                    phone: new.phone,
                    email: new.email,
                    birthday: new.birthday.map(|date| convert::date("birthday", date)).transpose()?,
                    gender: new.gender.map(Into::into),
                    notes: new.notes,
                    created_by: new.created_by.map(Into::into),
                    assigned_practitioners: all(new.assigned_practitioners),
                })
            })?;
            Ok(all(draft.create_patients(new)?))
        })
    }

    fn create_appointments(&mut self, new: Vec<NewAppointment>) -> Result<Vec<Appointment>, Refused> {
        self.change("create-appointments", new, |draft, new| {
            Ok(all(draft.create_appointments(convert::each(new, appointment)?)?))
        })
    }

    fn create_series(&mut self, new: NewSeries) -> Result<Vec<Appointment>, Refused> {
        self.change("create-series", new, |draft, new| {
            let first = appointment(new.first)?;
            let new = domain::NewSeries { first, every: new.every.into(), count: new.count };
            Ok(all(draft.create_series(new)?))
        })
    }

    fn name(&mut self, entity: Entity, name: String) -> Result<(), Refused> {
        self.change("name", (entity, name), |draft, (entity, name)| Ok(draft.name(entity.into(), &name)?))
    }

    fn existing(&mut self) -> wasmtime::Result<Contents> {
        self.look("existing", (), |work, ()| existing::contents(&work.draft))
    }
}

fn all<T, U: From<T>>(items: Vec<T>) -> Vec<U> {
    items.into_iter().map(Into::into).collect()
}

fn appointment(new: NewAppointment) -> Result<domain::NewAppointment, Rejection> {
    Ok(domain::NewAppointment {
        clinic: new.clinic.into(),
        practitioner: new.practitioner.into(),
        patient: new.patient.into(),
        appointment_type: new.appointment_type.into(),
        starts: convert::local_time("starts", new.starts)?,
        minutes: new.minutes,
        status: new.status.map(Into::into),
        notes: new.notes,
        clinic_notes: new.clinic_notes,
        is_auto_assigned: new.is_auto_assigned,
        resources: new.resources.into(),
        allow_overlap: new.allow_overlap,
    })
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::Arc;

    use insula_domain::{Defaults, Draft, DraftLimits, Setup};

    use super::super::bindings::insula::scenario::island::Host as Contract;
    use super::*;
    use crate::contract::v0_1_0::bindings::insula::scenario::types::{Role, Time, Weekday};
    use crate::quotas::QuotaExceeded;

    pub(in super::super) fn setup() -> Arc<Setup> {
        Arc::new(Setup::builtin(Defaults::default()).unwrap())
    }

    /// A clinic with a practitioner.
    pub(in super::super) fn practice(host: &mut Host) -> (Clinic, User) {
        let clinic = NewClinic {
            name: "Northside".to_owned(),
            time_zone: None,
            locale: None,
            address: None,
            phone: None,
            settings: Some("{}".to_owned()),
            subscription: None,
            is_active: None,
        };
        let clinic = host.create_clinic(clinic).unwrap();
        let user = host.create_user(NewUser { email: None, subject: None }).unwrap();
        let membership = NewMembership {
            clinic,
            user,
            roles: vec![Role::Practitioner],
            full_name: "Dr. Wu".to_owned(),
            title: None,
            is_active: None,
            settings: None,
        };
        host.create_membership(membership).unwrap();
        (clinic, user)
    }

    fn hours((clinic, practitioner): (Clinic, User), start: u8, end: u8) -> NewAvailability {
        let [start, end] = [start, end].map(|hour| Time { hour, minute: 0 });
        NewAvailability { practitioner, clinic, weekday: Weekday::Monday, start, end }
    }

    #[test]
    fn a_list_is_taken_whole_or_refused_with_the_element_that_is_wrong() {
        let mut host = Host::for_tests(Draft::new(setup(), DraftLimits::default()));
        let practice = practice(&mut host);
        for (wrong, field, rule) in
            [((25, 26), "start_time", "civil_time"), ((12, 11), "end_time", "ends_after_start")]
        {
            let new = vec![hours(practice, 9, 12), hours(practice, wrong.0, wrong.1)];
            let Err(Refused::Rejected(rejection)) = host.create_availabilities(new) else { panic!("taken") };
            let found = (rejection.index, rejection.field.as_deref(), rejection.rule.as_str());
            assert_eq!(found, (Some(1), Some(field), rule));
        }
        assert_eq!(host.create_availabilities(vec![hours(practice, 9, 12)]).unwrap().len(), 1);
    }

    #[test]
    fn a_full_island_is_no_rejection_that_a_scenario_could_swallow() {
        let limits = DraftLimits { entities: 0, ..DraftLimits::default() };
        let mut host = Host::for_tests(Draft::new(setup(), limits));
        let Err(Refused::Over(error)) = host.create_user(NewUser { email: None, subject: None }) else {
            panic!("taken")
        };
        assert_eq!(error.downcast_ref(), Some(&QuotaExceeded { quota: "entities", limit: 0 }));
    }
}
