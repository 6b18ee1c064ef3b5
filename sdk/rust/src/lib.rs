#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

// The attributes write `::insula`, also for the tests of this crate.
extern crate self as insula;

mod appointment;
#[expect(unsafe_code, reason = "an allocator hands out raw memory")]
#[cfg(any(target_arch = "wasm32", test))]
mod arena;
mod builder;
mod civil;
mod clinic;
pub mod contract;
#[expect(unsafe_code, reason = "what was put into memory after the compiler is read from memory")]
#[cfg(feature = "document")]
mod document;
mod entity;
mod error;
mod existing;
mod host;
mod island;
mod log;
mod member;
mod patient;
mod resources;
mod scenario;
mod services;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;

pub use appointment::{AppointmentBuilder, SeriesBuilder};
pub use civil::{Hours, WORKDAYS, date, time};
pub use clinic::{Clinic, ClinicBuilder};
pub use contract::context::{Level, Persona};
pub use contract::island::{Allocation, Interval};
pub use contract::plugin::{Base, Example, Manifest};
pub use contract::types::{
    Appointment, AppointmentStatus, AppointmentType, Availability, BillingScenario, CalendarEvent,
    ClinicResource, Date, Entity, Gender, LocalTime, Membership, Offering, Patient, PatientCreator,
    Rejection, ResourceRequirement, ResourceType, Role, ServiceTypeGroup, Subscription, Time, User, Weekday,
};
#[cfg(feature = "document")]
pub use document::{MARK as DOCUMENT_MARK, document};
pub use error::{Error, Result};
pub use existing::{Existing, ExistingAppointmentType, ExistingClinic, ExistingMember, ExistingPatient};
pub use insula_macros::{outputs, params, scenario};
pub use island::{Batch, Island};
pub use member::{Member, MemberBuilder, UserBuilder};
pub use patient::PatientBuilder;
pub use resources::{ResourceBuilder, ResourceTypeBuilder};
pub use scenario::{Outputs, Params, Scenario, island};
pub use serde_json::json;
pub use services::{AppointmentTypeBuilder, BillingBuilder, ServiceTypeGroupBuilder, TimeOffBuilder};

/// A line in the run's log; [`info!`] and its like format it.
pub fn log(level: Level, message: &str) {
    host::log(level, message);
}

/// All that most scenarios need.
pub mod prelude {
    pub use crate::{
        AppointmentStatus, AppointmentType, Clinic, Date, Error, Gender, Interval, Island, LocalTime, Member,
        Outputs, Patient, Result, Role, Time, WORKDAYS, Weekday, date, json, time,
    };
    pub use serde::Serialize;
}

/// What the attributes' code needs to reach; no part of the API.
#[doc(hidden)]
pub mod __private {
    pub use crate::contract::export;
    pub use crate::scenario::{
        base_params, base_params_of_none, examples_or_default, island, outputs, outputs_schema,
        outputs_schema_of_none, read, schema_of, schema_of_none,
    };
    pub use {schemars, serde};
}

#[doc(hidden)]
pub use wit_bindgen;

/// The first scenario of the project's README, compiled as it stands there.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
