//! Runs a scenario natively, without a host: a unit test sees each record that it would have sent.
//!
//! Every call is recorded and answered with a handle; only a name that is used twice is refused. The rules
//! of the domain are the host's: `insula plan` checks them.

use std::cell::RefCell;
use std::collections::HashSet;

use crate::contract::island::*;
use crate::contract::types::{Entity, LocalTime};
use crate::{Island, Level, Result, Scenario, date};

pub(crate) mod host;

/// What a scenario has made. A handle is the index in the list of its kind.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "each list holds what its type says")]
pub struct Made {
    pub clinics: Vec<NewClinic>,
    pub users: Vec<NewUser>,
    pub memberships: Vec<NewMembership>,
    pub service_type_groups: Vec<NewServiceTypeGroup>,
    pub appointment_types: Vec<NewAppointmentType>,
    pub offerings: Vec<NewOffering>,
    pub resource_types: Vec<NewResourceType>,
    pub resources: Vec<NewResource>,
    pub resource_requirements: Vec<NewResourceRequirement>,
    pub billing_scenarios: Vec<NewBillingScenario>,
    pub availabilities: Vec<NewAvailability>,
    pub time_off: Vec<NewTimeOff>,
    pub patients: Vec<NewPatient>,
    /// Those of a series as well.
    pub appointments: Vec<NewAppointment>,
    pub names: Vec<(String, Entity)>,
    pub logs: Vec<(Level, String)>,
}

impl Made {
    /// What was given this name.
    pub fn named(&self, name: &str) -> Option<Entity> {
        self.names.iter().find(|(known, _)| known == name).map(|(_, thing)| *thing)
    }
}

/// The time that every clinic's wall shows: a Monday morning.
pub const NOW: LocalTime = date(2026, 1, 5).at(9, 0);

thread_local! {
    static MADE: RefCell<Made> = RefCell::default();
    /// Those of `MADE`, which are many in a large scenario.
    static NAMES: RefCell<HashSet<String>> = RefCell::default();
}

/// Runs a scenario's function, and gives what it returned and what it made.
///
/// # Errors
/// What the function returns.
pub fn run<R>(build: impl FnOnce(&'static mut Island) -> Result<R>) -> Result<(R, Made)> {
    MADE.take();
    NAMES.take();
    let returned = build(crate::scenario::island());
    let made = MADE.take();
    Ok((returned?, made))
}

/// Runs every example of a scenario's manifest, and gives its title and what it made.
///
/// # Errors
/// What the first example that fails returns.
pub fn run_examples<S: Scenario>() -> Result<Vec<(String, Made)>> {
    let example = |example: crate::Example| Ok((example.title, run(|_| S::run(&example.params))?.1));
    S::manifest().examples.into_iter().map(example).collect()
}
