use crate::builder::setters;
use crate::contract::island;
use crate::{
    AppointmentType, BillingScenario, CalendarEvent, Clinic, Date, Hours, Member, ResourceType, Result,
    ServiceTypeGroup, host,
};

/// A heading to be, under which kinds of appointments are offered.
#[derive(Debug, Clone)]
#[must_use = "nothing is created before `create`"]
pub struct ServiceTypeGroupBuilder {
    new: island::NewServiceTypeGroup,
    label: Option<String>,
}

impl ServiceTypeGroupBuilder {
    pub(crate) fn new(clinic: Clinic, name: String) -> Self {
        let new = island::NewServiceTypeGroup { clinic: clinic.handle, name, display_order: None };
        Self { new, label: None }
    }

    setters! {
        /// Its place among the others.
        display_order(u32),
    }

    /// Creates it.
    ///
    /// # Errors
    /// When the clinic has one of that name.
    pub fn create(self) -> Result<ServiceTypeGroup> {
        host::named(host::create_service_type_group(&self.new)?, self.label)
    }
}

/// A kind of appointment to be.
#[derive(Debug, Clone)]
#[must_use = "nothing is created before `create`"]
pub struct AppointmentTypeBuilder {
    new: island::NewAppointmentType,
    offered_by: Vec<Member>,
    required: Vec<(ResourceType, u32)>,
    label: Option<String>,
}

impl AppointmentTypeBuilder {
    pub(crate) fn new(clinic: Clinic, name: String, duration_minutes: u32) -> Self {
        let new = island::NewAppointmentType {
            clinic: clinic.handle,
            name,
            duration_minutes,
            buffer_minutes: None,
            group: None,
            receipt_name: None,
            description: None,
            display_order: None,
            bookable_by_new_patients: None,
            bookable_by_existing_patients: None,
            patient_chooses_practitioner: None,
            confirmation_message: None,
            reminder_message: None,
        };
        Self { new, offered_by: Vec::new(), required: Vec::new(), label: None }
    }

    setters! {
        /// Minutes kept free after each appointment; none where it is left out.
        buffer_minutes(u32),
        /// The heading it stands under.
        group(ServiceTypeGroup),
        /// What a receipt calls it.
        receipt_name(text),
        /// What patients read about it.
        description(text),
        /// Its place among the others.
        display_order(u32),
        /// True where it is left out.
        bookable_by_new_patients(bool),
        /// True where it is left out.
        bookable_by_existing_patients(bool),
        /// True where it is left out.
        patient_chooses_practitioner(bool),
        /// The message after booking, a JSON object.
        confirmation_message(json),
        /// The message before the appointment, a JSON object.
        reminder_message(json),
    }

    /// A practitioner who offers it.
    pub fn offered_by(mut self, practitioner: Member) -> Self {
        self.offered_by.push(practitioner);
        self
    }

    /// So many resources of a type that each appointment takes.
    pub fn requires(mut self, resource_type: ResourceType, quantity: u32) -> Self {
        self.required.push((resource_type, quantity));
        self
    }

    /// Creates it, with who offers it and what it requires.
    ///
    /// # Errors
    /// When the host refuses a field, or who offers it is no practitioner of its clinic.
    pub fn create(self) -> Result<AppointmentType> {
        let appointment_type = host::named(host::create_appointment_type(&self.new)?, self.label)?;
        let offering = |member: Member| island::NewOffering { practitioner: member.user, appointment_type };
        host::in_batches(self.offered_by.into_iter().map(offering), host::create_offerings)?;
        for (resource_type, quantity) in self.required {
            let quantity = Some(quantity);
            let new = island::NewResourceRequirement { appointment_type, resource_type, quantity };
            host::create_resource_requirement(new)?;
        }
        Ok(appointment_type)
    }
}

/// A price to be.
#[derive(Debug, Clone)]
#[must_use = "nothing is created before `create`"]
pub struct BillingBuilder {
    new: island::NewBillingScenario,
    label: Option<String>,
}

impl BillingBuilder {
    pub(crate) fn new(by: Member, appointment_type: AppointmentType, name: String, amount: i64) -> Self {
        let practitioner = by.user;
        let new = island::NewBillingScenario {
            practitioner,
            appointment_type,
            name,
            amount,
            revenue_share: None,
            is_default: false,
        };
        Self { new, label: None }
    }

    setters! {
        /// What of it the practitioner keeps, in hundredths of the currency; 0 where it is left out.
        revenue_share(i64),
    }

    /// The one that is taken unless another is asked for.
    pub fn default(mut self) -> Self {
        self.new.is_default = true;
        self
    }

    /// Creates it.
    ///
    /// # Errors
    /// When practitioner and type have one of that name, or a default already.
    pub fn create(self) -> Result<BillingScenario> {
        host::named(host::create_billing_scenario(&self.new)?, self.label)
    }
}

/// Time off to be: the whole day, unless hours are given.
#[derive(Debug, Clone)]
#[must_use = "nothing is created before `create`"]
pub struct TimeOffBuilder {
    new: island::NewTimeOff,
    label: Option<String>,
}

impl TimeOffBuilder {
    pub(crate) fn new(member: Member, date: Date) -> Self {
        let (clinic, practitioner) = (member.clinic.handle, member.user);
        let new = island::NewTimeOff { clinic, practitioner, date, hours: None, name: None };
        Self { new, label: None }
    }

    setters! {
        /// What the calendar calls it.
        name(text),
    }

    /// Only these hours: `.hours(9..12)`.
    pub fn hours(mut self, hours: impl Into<Hours>) -> Self {
        let hours = hours.into();
        self.new.hours = Some((hours.start, hours.end));
        self
    }

    /// Creates it.
    ///
    /// # Errors
    /// When the host refuses a field.
    pub fn create(self) -> Result<CalendarEvent> {
        host::named(host::one(self.new, host::create_time_off)?, self.label)
    }
}
