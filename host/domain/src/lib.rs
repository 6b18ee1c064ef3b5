//! The domain: what an island is made of, and the rules that hold in every one.
//!
//! A [`Draft`] grows call by call and refuses whatever would break a rule, so that any draft which exists can be
//! committed. Nothing here does I/O, and nothing here knows how an entity is stored or sent: other crates read
//! entities through [`Record`], field by field.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod choice;
mod civil;
mod difference;
mod digest;
mod draft;
mod entities;
mod entity;
mod field;
mod handle;
mod id;
mod island;
mod manifest;
mod people;
mod rejection;
mod schema;
mod scoped;
mod services;
mod times;
mod view;

pub use choice::{AppointmentStatus, EventKind, Gender, PatientCreator, Role, Subscription, Weekday};
pub use civil::{Fold, LocalTime};
pub use difference::Difference;
pub use digest::Digest;
pub use draft::{
    Allocation, Defaults, Draft, DraftLimits, DraftSize, Every, NewAppointment, NewAppointmentType,
    NewAvailability, NewBillingScenario, NewClinic, NewMembership, NewOffering, NewPatient, NewResource,
    NewResourceRequirement, NewResourceType, NewSeries, NewServiceTypeGroup, NewTimeOff, NewUser, Refusal,
    Setup,
};
pub use entities::Entities;
pub use entity::{Entity, Kind, Record};
pub use field::{
    Cents, Choice, ClockText, DateText, Field, FieldDef, FieldError, FieldType, FieldValue, Object, Roles,
};
pub use handle::{AnyHandle, Handle, Refs};
pub use id::{EntityId, Ids, IslandId, RunId};
pub use island::{Counts, Island};
pub use manifest::{Base, Example, Manifest, ManifestError, RawManifest};
pub use people::{Clinic, Membership, Patient, User};
pub use rejection::{Rejection, Rule};
pub use schema::{EntitySchemas, SchemaError, Violation, violations};
pub use scoped::Scoped;
pub use services::{
    AppointmentType, BillingScenario, Offering, Resource, ResourceRequirement, ResourceType, ServiceTypeGroup,
};
pub use times::{Appointment, Availability, CalendarEvent};
pub use view::View;
