//! What callers get.

use insula_domain::{
    Appointment, AppointmentType, BillingScenario, CalendarEvent, Clinic, Counts, Digest, EntityId, IslandId,
    Patient, Resource, ServiceTypeGroup,
};
use insula_sandbox::{Journal, LogLine, RunCost};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::listed::{AllListed, Listed, Names, Users};

/// A seeded island.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Answer {
    /// The island.
    pub island_id: IslandId,
    /// The scenario that ran.
    pub scenario: String,
    /// Its version.
    pub version: String,
    /// The first clinic.
    pub clinic_id: Option<EntityId>,
    /// All clinics.
    pub clinics: Listed<Clinic>,
    /// All users.
    pub users: Users,
    /// A token for each user who may log in, in the order of the users, the first an admin's.
    pub tokens: Vec<Token>,
    /// The appointment types; at most 1,000 of these and of each of the following.
    pub appointment_types: Listed<AppointmentType>,
    /// The patients.
    pub patients: Listed<Patient>,
    /// The appointments.
    pub appointments: Listed<Appointment>,
    /// The groups of appointment types.
    pub service_type_groups: Listed<ServiceTypeGroup>,
    /// The resources.
    pub resources: Listed<Resource>,
    /// The billing scenarios.
    pub billing_scenarios: Listed<BillingScenario>,
    /// The times off.
    pub calendar_events: Listed<CalendarEvent>,
    /// What the scenario named.
    pub named: Names,
    /// What the scenario returned.
    pub outputs: Value,
    /// How many entities of each kind the island holds.
    pub counts: Counts,
    /// The run's seed.
    pub seed: u64,
    /// The run's instant.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub clock: Timestamp,
    /// The hash of all that the island holds, without ids.
    pub digest: Digest,
    /// When the island expires; nothing when it is kept.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub expires_at: Option<Timestamp>,
    /// What the run cost.
    pub run: RunReport,
}

/// What a scenario would build.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Plan {
    /// The scenario that ran.
    pub scenario: String,
    /// Its version.
    pub version: String,
    /// The entities of each kind, at most 1,000. They have no ids yet: `id` is the position.
    pub entities: AllListed,
    /// What the scenario named.
    pub named: Names,
    /// What the scenario returned.
    pub outputs: Value,
    /// How many entities of each kind the island would hold.
    pub counts: Counts,
    /// The run's seed.
    pub seed: u64,
    /// The run's instant.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub clock: Timestamp,
    /// The hash of all that the island would hold, without ids.
    pub digest: Digest,
    /// What the run cost.
    pub run: RunReport,
}

/// A token with which a user logs in.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Token {
    /// Whose.
    pub user_id: EntityId,
    /// A signed JWT (RFC 7519).
    pub access_token: String,
    /// How it is sent (RFC 6750).
    pub token_type: &'static str,
    /// Until when it is good.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub expires_at: Timestamp,
}

/// What a run cost and said.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct RunReport {
    /// The figures.
    #[serde(flatten)]
    pub cost: RunCost,
    /// What the scenario logged.
    pub logs: Vec<LogLine>,
    /// What it called the host for, where the request asked for its `journal`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub journal: Option<Journal>,
}
