//! The document: what stands in a `*.scenario.yaml` file.

mod clinic;
mod extends;
mod params;
mod repeat;
mod services;
mod work;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

pub use clinic::{Clinic, Member, Patient, User, Weekdays, WorkingHours};
pub use extends::Extends;
pub use params::{Param, ParamType};
pub use repeat::Repeat;
pub use services::{AppointmentType, Billing, Requirement, Resource, ResourceType, ServiceTypeGroup};
pub use work::{Appointment, Interval, Series, TimeOff};

use crate::expression::Faulty;
use crate::field::Field;

/// A scenario that is described, not programmed: the clinics, people and appointments that it builds.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Insula scenario")]
pub struct Document {
    /// The name by which tests ask for the scenario.
    #[schemars(regex(pattern = "^[a-z][a-z0-9_]{0,63}$"), example = &"full_waiting_room")]
    pub name: String,
    /// Its version, by Semantic Versioning 2.0.0. Raise it when what it builds changes.
    #[schemars(regex(pattern = r"^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$"), example = &"1.0.0")]
    pub version: String,
    /// Other names by which tests may ask for it.
    #[serde(default)]
    #[schemars(example = serde_json::json!(["WaitingRoom"]), inner(regex(pattern = "^[A-Za-z][A-Za-z0-9_]{0,63}$")))]
    pub aliases: Vec<String>,
    /// What it builds, in a few words, for lists of scenarios.
    #[schemars(length(min = 1, max = 200), example = &"A full waiting room.")]
    pub title: String,
    /// What it builds, in some sentences.
    #[serde(default)]
    #[schemars(example = &"A clinic at nine in the morning: every patient has come early.")]
    pub description: String,
    /// What a test may ask for: a name and a JSON Schema for each. A param without a default must be given.
    #[serde(default)]
    #[schemars(example = serde_json::json!({ "patients": { "type": "integer", "minimum": 1, "default": 12 } }))]
    pub params: Params,
    /// Params that work, to show what the scenario can do. `insula test` runs them.
    #[serde(default)]
    #[schemars(example = serde_json::json!([{ "title": "A quiet day", "params": { "patients": 2 } }]))]
    pub examples: Vec<Example>,
    /// A scenario that is built first; what it named can be referred to here.
    #[schemars(example = &"standard", example = serde_json::json!({ "scenario": "busy_calendar", "version": "^1", "params": { "days": 2 } }))]
    pub extends: Option<Extends>,
    /// Users who are in no clinic yet. Members of a clinic need not stand here.
    #[serde(default)]
    #[schemars(example = serde_json::json!([{ "email": "newcomer@example.test", "as": "newcomer" }]))]
    pub users: Vec<User>,
    /// The clinics, and all that belongs to each.
    #[serde(default)]
    #[schemars(example = serde_json::json!([{ "name": "Northside Clinic", "members": [{ "role": "admin" }] }]))]
    pub clinics: Vec<Clinic>,
    /// What the answer tells the test besides what was built; texts may hold expressions.
    #[serde(default)]
    #[schemars(example = serde_json::json!({ "opens": "{{ day('next monday') }}" }))]
    pub outputs: Map<String, Value>,
}

/// The params by name, in the order of their author.
pub type Params = IndexMap<String, Param>;

/// Params that work.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// What it shows.
    #[schemars(length(min = 1), example = &"A quiet day")]
    pub title: String,
    /// The params; what is left out has its default.
    #[serde(default)]
    #[schemars(example = serde_json::json!({ "patients": 2 }))]
    pub params: Map<String, Value>,
}

impl Document {
    /// Reads a document from JSON.
    ///
    /// # Errors
    /// Says what is wrong; `serde_path_to_error` says where.
    pub fn read<'de, D: serde::Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        Self::deserialize(json)
    }

    /// Whether it builds on what is there before: then it cannot be carried out by itself.
    pub fn adds(&self) -> bool {
        self.extends.is_some() || self.clinics.iter().any(|clinic| clinic.existing)
    }
}

/// What every thing of a list may have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Common<'d> {
    pub(crate) repeat: Option<&'d Repeat>,
    pub(crate) when: Option<&'d Field<bool>>,
    pub(crate) known_as: Option<&'d Field<String>>,
    pub(crate) named: Option<&'d Field<String>>,
}

/// An element of one of the document's lists.
pub(crate) trait Entry {
    fn common(&self) -> Common<'_>;
}

/// Declares an entry: its own keys, and those that every entry has.
macro_rules! entry {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, serde::Deserialize, schemars::JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $type,)+
            /// Make it several times: a number, or a list to go through. `n` counts from 1.
            #[schemars(example = 12, example = &"{{ params.patients }}")]
            pub repeat: Option<$crate::document::Repeat>,
            /// Make it only when this is true.
            #[schemars(example = &"{{ params.with_history }}")]
            pub when: Option<$crate::field::Field<bool>>,
            /// What this document calls it. Repeated, each is also known with its number: `name/1`, `name/2`, ….
            #[serde(rename = "as")]
            #[schemars(example = &"doctor")]
            pub known_as: Option<$crate::field::Field<String>>,
            /// What this document and the answer to the test call it. Repeated, each has its number: `name/1`, ….
            #[schemars(example = &"doctor")]
            pub named: Option<$crate::field::Field<String>>,
        }

        impl $crate::document::Entry for $name {
            fn common(&self) -> $crate::document::Common<'_> {
                $crate::document::Common {
                    repeat: self.repeat.as_ref(),
                    when: self.when.as_ref(),
                    known_as: self.known_as.as_ref(),
                    named: self.named.as_ref(),
                }
            }
        }
    };
}
pub(crate) use entry;

/// A document cannot be used, although each of its keys is right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where, as a JSON Pointer (RFC 6901).
    pub pointer: String,
    /// What is wrong there.
    pub message: String,
}

impl From<Faulty> for Fault {
    fn from(faulty: Faulty) -> Self {
        Self { pointer: faulty.pointer, message: faulty.message }
    }
}
