//! All entities of an island.

use crate::entity::{Entity, Kind, Record};
use crate::field::{FieldDef, FieldError, FieldValue};
use crate::handle::Handle;
use crate::people::{Clinic, Membership, Patient, User};
use crate::services::{
    AppointmentType, BillingScenario, Offering, Resource, ResourceRequirement, ResourceType, ServiceTypeGroup,
};
use crate::times::{Appointment, Availability, CalendarEvent};

/// The entities of one island, by kind, in the order in which they were made.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "each is the list of that kind")]
pub struct Entities {
    pub clinics: Vec<Clinic>,
    pub users: Vec<User>,
    pub memberships: Vec<Membership>,
    pub service_type_groups: Vec<ServiceTypeGroup>,
    pub appointment_types: Vec<AppointmentType>,
    pub offerings: Vec<Offering>,
    pub resource_types: Vec<ResourceType>,
    pub resources: Vec<Resource>,
    pub resource_requirements: Vec<ResourceRequirement>,
    pub billing_scenarios: Vec<BillingScenario>,
    pub availabilities: Vec<Availability>,
    pub calendar_events: Vec<CalendarEvent>,
    pub patients: Vec<Patient>,
    pub appointments: Vec<Appointment>,
}

/// Entities of one kind, seen without their type.
trait List {
    fn len(&self) -> usize;
    fn at(&self, index: usize) -> Option<&dyn Record>;
    fn truncate(&mut self, len: usize);
    fn push_values(&mut self, values: &mut dyn Iterator<Item = FieldValue<'_>>) -> Result<(), FieldError>;
}

impl<E: Entity> List for Vec<E> {
    fn len(&self) -> usize {
        self.len()
    }
    fn at(&self, index: usize) -> Option<&dyn Record> {
        self.get(index).map(|entity| entity as &dyn Record)
    }
    fn truncate(&mut self, len: usize) {
        self.truncate(len);
    }
    fn push_values(&mut self, values: &mut dyn Iterator<Item = FieldValue<'_>>) -> Result<(), FieldError> {
        self.push(E::from_values(values)?);
        Ok(())
    }
}

macro_rules! lists {
    ($($kind:ident $slot:ident),* $(,)?) => {
        fn list(&self, kind: Kind) -> &dyn List {
            match kind { $(Kind::$kind => &self.$slot),* }
        }
        fn list_mut(&mut self, kind: Kind) -> &mut dyn List {
            match kind { $(Kind::$kind => &mut self.$slot),* }
        }
        /// The definitions of a kind's fields.
        pub const fn fields(kind: Kind) -> &'static [FieldDef] {
            match kind { $(Kind::$kind => <$kind as Entity>::FIELDS),* }
        }
    };
}

impl Entities {
    lists! {
        Clinic clinics, User users, Membership memberships, ServiceTypeGroup service_type_groups,
        AppointmentType appointment_types, Offering offerings, ResourceType resource_types, Resource resources,
        ResourceRequirement resource_requirements, BillingScenario billing_scenarios, Availability availabilities,
        CalendarEvent calendar_events, Patient patients, Appointment appointments,
    }

    /// How many there are of a kind.
    pub fn len(&self, kind: Kind) -> usize {
        self.list(kind).len()
    }

    /// How many there are of all kinds.
    pub fn total(&self) -> usize {
        Kind::ALL.into_iter().map(|kind| self.len(kind)).sum()
    }

    /// The entities of a kind from position `from` on, without their type.
    pub fn records(&self, kind: Kind, from: usize) -> impl Iterator<Item = &dyn Record> {
        let list = self.list(kind);
        (from..list.len()).filter_map(move |index| list.at(index))
    }

    /// One entity, without its type.
    pub fn record(&self, kind: Kind, index: usize) -> Option<&dyn Record> {
        self.list(kind).at(index)
    }

    /// The entity that a handle names.
    pub fn get<E: Entity>(&self, handle: Handle<E>) -> Option<&E> {
        E::all(self).get(handle.position())
    }

    /// Each entity of a type with its handle.
    pub fn each<E: Entity>(&self) -> impl Iterator<Item = (Handle<E>, &E)> {
        (0..).map(Handle::new).zip(E::all(self))
    }

    /// Adds one of a kind, as it was read from somewhere: from its fields' values, in the order of
    /// [`Entities::fields`].
    ///
    /// # Errors
    /// When a value is missing or of another type.
    pub fn push_values<'a>(
        &mut self,
        kind: Kind,
        values: impl IntoIterator<Item = FieldValue<'a>>,
    ) -> Result<(), FieldError> {
        self.list_mut(kind).push_values(&mut values.into_iter())
    }

    /// Forgets those of a kind from position `len` on.
    pub(crate) fn truncate(&mut self, kind: Kind, len: usize) {
        self.list_mut(kind).truncate(len);
    }
}
