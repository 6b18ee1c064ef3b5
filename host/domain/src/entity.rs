//! What all entities have in common.

use std::fmt::Debug;

use schemars::JsonSchema;

use crate::entities::Entities;
use crate::field::{FieldDef, FieldError, FieldValue};

/// The kinds of entities, each after those that it refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is the struct of that name")]
pub enum Kind {
    Clinic,
    User,
    Membership,
    ServiceTypeGroup,
    AppointmentType,
    Offering,
    ResourceType,
    Resource,
    ResourceRequirement,
    BillingScenario,
    Availability,
    CalendarEvent,
    Patient,
    Appointment,
}

impl Kind {
    /// All kinds, each after those that it refers to.
    pub const ALL: [Self; 14] = [
        Self::Clinic,
        Self::User,
        Self::Membership,
        Self::ServiceTypeGroup,
        Self::AppointmentType,
        Self::Offering,
        Self::ResourceType,
        Self::Resource,
        Self::ResourceRequirement,
        Self::BillingScenario,
        Self::Availability,
        Self::CalendarEvent,
        Self::Patient,
        Self::Appointment,
    ];

    /// The name of one, such as `appointment_type`.
    pub const fn singular(self) -> &'static str {
        match self {
            Self::Clinic => "clinic",
            Self::User => "user",
            Self::Membership => "membership",
            Self::ServiceTypeGroup => "service_type_group",
            Self::AppointmentType => "appointment_type",
            Self::Offering => "offering",
            Self::ResourceType => "resource_type",
            Self::Resource => "resource",
            Self::ResourceRequirement => "resource_requirement",
            Self::BillingScenario => "billing_scenario",
            Self::Availability => "availability",
            Self::CalendarEvent => "calendar_event",
            Self::Patient => "patient",
            Self::Appointment => "appointment",
        }
    }

    /// The name of many, such as `appointment_types`: in answers, paths and, by default, tables.
    pub const fn plural(self) -> &'static str {
        match self {
            Self::Clinic => "clinics",
            Self::User => "users",
            Self::Membership => "memberships",
            Self::ServiceTypeGroup => "service_type_groups",
            Self::AppointmentType => "appointment_types",
            Self::Offering => "offerings",
            Self::ResourceType => "resource_types",
            Self::Resource => "resources",
            Self::ResourceRequirement => "resource_requirements",
            Self::BillingScenario => "billing_scenarios",
            Self::Availability => "availabilities",
            Self::CalendarEvent => "calendar_events",
            Self::Patient => "patients",
            Self::Appointment => "appointments",
        }
    }

    /// The kind of this name, in the singular or the plural.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.singular() == name || kind.plural() == name)
    }
}

/// An entity, seen without its type: its fields in order.
pub trait Record {
    /// What it is.
    fn kind(&self) -> Kind;
    /// The definitions of its fields.
    fn fields(&self) -> &'static [FieldDef];
    /// Shows each field's value, in the order of [`Record::fields`].
    fn visit(&self, see: &mut dyn FnMut(&'static FieldDef, FieldValue<'_>));
}

/// An entity, seen by its type.
pub trait Entity: Record + Clone + Debug + PartialEq + JsonSchema + Sized + 'static {
    /// What it is.
    const KIND: Kind;
    /// The definitions of its fields.
    const FIELDS: &'static [FieldDef];
    /// Builds one from its fields' values, in order.
    ///
    /// # Errors
    /// When a value is missing or of another type.
    fn from_values<'a>(values: &mut dyn Iterator<Item = FieldValue<'a>>) -> Result<Self, FieldError>;
    /// Those of its kind.
    fn all(entities: &Entities) -> &Vec<Self>;
    /// Those of its kind, to add to.
    fn all_mut(entities: &mut Entities) -> &mut Vec<Self>;
}

/// Declares an entity: a struct, and how its fields are read and written. `as` gives a field another name on the
/// wire than in Rust.
macro_rules! entity {
    (
        $(#[$meta:meta])*
        $name:ident in $slot:ident {
            $( $(#[$fmeta:meta])* $field:ident $(as $json:literal)? : $ty:ty ),* $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, schemars::JsonSchema)]
        pub struct $name {
            $( $(#[$fmeta])* $(#[schemars(rename = $json)])? pub $field: $ty, )*
        }

        impl $crate::entity::Record for $name {
            fn kind(&self) -> $crate::entity::Kind {
                $crate::entity::Kind::$name
            }
            fn fields(&self) -> &'static [$crate::field::FieldDef] {
                <Self as $crate::entity::Entity>::FIELDS
            }
            fn visit(
                &self,
                see: &mut dyn FnMut(&'static $crate::field::FieldDef, $crate::field::FieldValue<'_>),
            ) {
                let mut defs = self.fields().iter();
                $( if let Some(def) = defs.next() { see(def, $crate::field::Field::value(&self.$field)); } )*
            }
        }

        impl $crate::entity::Entity for $name {
            const KIND: $crate::entity::Kind = $crate::entity::Kind::$name;
            const FIELDS: &'static [$crate::field::FieldDef] = &[$(
                $crate::field::FieldDef {
                    name: $crate::entity::entity!(@name $field $($json)?),
                    ty: <$ty as $crate::field::Field>::TYPE,
                    nullable: <$ty as $crate::field::Field>::NULLABLE,
                }
            ),*];
            fn from_values<'a>(
                values: &mut dyn Iterator<Item = $crate::field::FieldValue<'a>>,
            ) -> Result<Self, $crate::field::FieldError> {
                Ok(Self {$(
                    $field: $crate::field::Field::from_value(
                        values.next().unwrap_or($crate::field::FieldValue::Null),
                    )?,
                )*})
            }
            fn all(entities: &$crate::entities::Entities) -> &Vec<Self> {
                &entities.$slot
            }
            fn all_mut(entities: &mut $crate::entities::Entities) -> &mut Vec<Self> {
                &mut entities.$slot
            }
        }
    };
    (@name $field:ident) => { stringify!($field) };
    (@name $field:ident $json:literal) => { $json };
}
pub(crate) use entity;
