//! The draft: the unit of work that a run fills and the store commits.
//!
//! Each call adds all that it was given or nothing, and whatever would break a rule is refused with the field, the
//! rule and what to do. So a draft that exists can be committed. The rules that concern one entity alone
//! stand in its [schema](crate::EntitySchemas); those between entities stand here.

mod allocate;
mod booking;
mod calendar;
mod new;
mod onto;
mod people;
mod schedule;
mod services;
mod setup;
mod undo;
mod weight;
mod work;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use jiff::civil::Time;
use jiff::tz::TimeZone;

pub use new::{
    Allocation, Every, NewAppointment, NewAppointmentType, NewAvailability, NewBillingScenario, NewClinic,
    NewMembership, NewOffering, NewPatient, NewResource, NewResourceRequirement, NewResourceType, NewSeries,
    NewServiceTypeGroup, NewTimeOff, NewUser,
};
pub use setup::{Defaults, DraftLimits, DraftSize, Refusal, Setup};

use crate::choice::{Role, Weekday};
use crate::digest::{self, Digest};
use crate::entities::Entities;
use crate::entity::{Entity, Kind};
use crate::handle::{AnyHandle, Handle};
use crate::id::IslandId;
use crate::island::Counts;
use crate::people::{Clinic, Membership, User};
use crate::rejection::{Rejection, Rule, quoted};
use schedule::Schedule;
use undo::{Undo, Unique};
use weight::is_sound;

/// What a run has built so far.
#[derive(Debug)]
pub struct Draft {
    setup: Arc<Setup>,
    limits: DraftLimits,
    size: DraftSize,
    entities: Entities,
    names: BTreeMap<String, AnyHandle>,
    base: Option<Base>,
    existing: Existing,
    zones: Vec<TimeZone>,
    index: Index,
    undo: Vec<Undo>,
    /// The users whose number is below this cannot be made up any more: remembered, so that many are found fast.
    next_user: u32,
}

/// The island that a draft adds to.
#[derive(Debug)]
struct Base {
    island: IslandId,
    ids: crate::id::Ids,
    names: BTreeMap<String, AnyHandle>,
}

/// What was there before the scenario that runs now.
#[derive(Debug, Default)]
struct Existing {
    counts: Counts,
    names: BTreeMap<String, AnyHandle>,
}

/// What the rules look things up in; all of it follows from the entities.
#[derive(Debug, Default)]
struct Index {
    unique: HashSet<Unique>,
    memberships: HashMap<(Handle<User>, Handle<Clinic>), Handle<Membership>>,
    requirements: HashMap<u32, Vec<(u32, u32)>>,
    resources: HashMap<u32, Vec<u32>>,
    /// The appointment types that have appointments.
    in_use: HashSet<u32>,
    working: HashMap<(u32, u32, Weekday), Vec<(Time, Time)>>,
    booked: Schedule,
    off: Schedule,
    taken: Schedule,
}

impl Draft {
    /// An empty draft, for a new island.
    pub fn new(setup: Arc<Setup>, limits: DraftLimits) -> Self {
        Self {
            setup,
            limits,
            size: DraftSize::default(),
            entities: Entities::default(),
            names: BTreeMap::new(),
            base: None,
            existing: Existing::default(),
            zones: Vec::new(),
            index: Index::default(),
            undo: Vec::new(),
            next_user: 0,
        }
    }

    /// What is taken where the scenario says nothing.
    pub fn defaults(&self) -> &Defaults {
        &self.setup.defaults
    }

    /// What it holds, what was there before included.
    pub fn entities(&self) -> &Entities {
        &self.entities
    }

    /// What was named, by name.
    pub fn names(&self) -> &BTreeMap<String, AnyHandle> {
        &self.names
    }

    /// The names that the island held before this run.
    pub fn base_names(&self) -> impl Iterator<Item = (&String, &AnyHandle)> {
        self.base.iter().flat_map(|base| &base.names)
    }

    /// How many of a kind the island held before this run: the handles below that are not new.
    pub fn base_len(&self, kind: Kind) -> usize {
        self.base.as_ref().map_or(0, |base| base.ids.of(kind).len())
    }

    /// Hands it on to the next scenario, to which all that it holds now was there before.
    pub fn hand_on(&mut self) {
        self.existing = Existing { counts: Counts::of(&self.entities), names: self.names.clone() };
    }

    /// The names that were there before the scenario that runs now.
    pub fn existing_names(&self) -> impl Iterator<Item = (&String, &AnyHandle)> {
        self.existing.names.iter()
    }

    /// How many of a kind were there before the scenario that runs now: what the island held, and what the scenarios that
    /// it extends have built.
    pub fn existing_len(&self, kind: Kind) -> usize {
        self.existing.counts.get(kind) as usize
    }

    /// The island that it adds to, with the ids of what is there.
    pub fn base(&self) -> Option<(IslandId, &crate::id::Ids)> {
        self.base.as_ref().map(|base| (base.island, &base.ids))
    }

    /// How much it holds.
    pub fn size(&self) -> DraftSize {
        self.size
    }

    /// The hash of all that it holds, without ids: equal for equal inputs.
    pub fn digest(&self) -> Digest {
        digest::digest(&self.entities, &self.names)
    }

    /// Takes it apart for the store: what it holds and what was named.
    pub fn into_parts(self) -> (Entities, BTreeMap<String, AnyHandle>) {
        (self.entities, self.names)
    }

    /// The zone in which a clinic's local times are read.
    ///
    /// # Errors
    /// When there is no such clinic.
    pub fn zone(&self, clinic: Handle<Clinic>) -> Result<&TimeZone, Rejection> {
        self.zones.get(clinic.position()).ok_or_else(|| unknown("clinic", clinic))
    }

    /// Gives an entity a name under which the caller finds it.
    ///
    /// # Errors
    /// When there is no such entity, or the name is taken, empty or longer than 100 letters.
    pub fn name(&mut self, entity: AnyHandle, name: &str) -> Result<(), Refusal> {
        if self.entities.record(entity.kind, entity.index as usize).is_none() {
            return Err(unknown("entity", entity).into());
        }
        if name.trim().is_empty() || name.chars().count() > 100 {
            let message = format!("{} is no name; use 1 to 100 letters", quoted(name));
            return Err(Rejection::of("name", Rule::Range, message).into());
        }
        if !is_sound(name) {
            let message = "the name holds the character U+0000; leave it out";
            return Err(Rejection::of("name", Rule::Format, message).into());
        }
        if self.names.contains_key(name) {
            let message =
                format!("{} is the name of another thing of this island; take another name", quoted(name));
            return Err(Rejection::of("name", Rule::Unique, message).into());
        }
        self.grow(0, 1, name.len())?;
        self.names.insert(name.to_owned(), entity);
        Ok(())
    }

    /// The entity that a handle names.
    fn get<E: Entity>(&self, field: &str, handle: Handle<E>) -> Result<&E, Rejection> {
        self.entities.get(handle).ok_or_else(|| unknown(field, handle))
    }

    /// Checks that a user is a practitioner of a clinic.
    fn practitioner(&self, user: Handle<User>, clinic: Handle<Clinic>) -> Result<(), Rejection> {
        const FIELD: &str = "practitioner";
        self.get(FIELD, user)?;
        let membership =
            self.index.memberships.get(&(user, clinic)).and_then(|&handle| self.entities.get(handle));
        let Some(membership) = membership else {
            let message =
                "the user is no member of the clinic; create a membership with the role practitioner first";
            return Err(Rejection::of(FIELD, Rule::Member, message));
        };
        if !membership.roles.has(Role::Practitioner) {
            let message = format!(
                "{} does not hold the role practitioner in the clinic; give it in the membership",
                membership.full_name
            );
            return Err(Rejection::of(FIELD, Rule::PractitionerRole, message));
        }
        Ok(())
    }
}

fn unknown(field: &str, handle: impl Into<AnyHandle>) -> Rejection {
    let AnyHandle { kind, index } = handle.into();
    let message = format!(
        "there is no {} with handle {index} in this island; give one that a call returned",
        kind.singular()
    );
    Rejection::of(field, Rule::UnknownHandle, message)
}

fn same_clinic(field: &str, kind: Kind, one: Handle<Clinic>, other: Handle<Clinic>) -> Result<(), Rejection> {
    if one == other {
        return Ok(());
    }
    let message = format!("the {} is of another clinic; take one of the same clinic", kind.singular());
    Err(Rejection::of(field, Rule::SameClinic, message))
}
