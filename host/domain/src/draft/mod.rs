//! The draft: the unit of work that a run fills and the store commits.
//!
//! Each call adds all that it was given or nothing, and whatever would break a rule is refused with the field, the
//! rule and what to do. So a draft that exists can be committed. The rules that concern one entity alone
//! stand in its [schema](EntitySchemas); those between entities stand here.

mod booking;
mod calendar;
mod new;
mod onto;
mod people;
mod schedule;
mod services;
mod undo;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::civil::Time;
use jiff::tz::TimeZone;

pub use new::{
    Allocation, Every, NewAppointment, NewAppointmentType, NewAvailability, NewBillingScenario, NewClinic,
    NewMembership, NewOffering, NewPatient, NewResource, NewResourceRequirement, NewResourceType, NewSeries,
    NewServiceTypeGroup, NewTimeOff, NewUser,
};

use crate::choice::{Role, Weekday};
use crate::digest::{self, Digest};
use crate::entities::Entities;
use crate::entity::{Entity, Kind, Record};
use crate::handle::{AnyHandle, Handle};
use crate::id::IslandId;
use crate::people::{Clinic, Membership, User};
use crate::rejection::{Rejection, Rule};
use crate::schema::{EntitySchemas, SchemaError};
use schedule::Schedule;
use undo::{Undo, Unique};

/// What a clinic gets where the scenario says nothing.
#[derive(Clone, Debug)]
pub struct Defaults {
    /// An IANA time zone.
    pub time_zone: String,
    /// A BCP 47 language tag.
    pub locale: String,
}

impl Default for Defaults {
    fn default() -> Self {
        Self { time_zone: "Asia/Taipei".to_owned(), locale: "en-US".to_owned() }
    }
}

/// How much a draft may hold, counting what was there before the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DraftLimits {
    /// Entities of all kinds.
    pub entities: u64,
    /// Rows in tables: an entity is one, and each member of a list of references another.
    pub rows: u64,
    /// Bytes of all values, about as they are written.
    pub bytes: u64,
}

impl Default for DraftLimits {
    fn default() -> Self {
        // The largest built-in scenario books 100,000 appointments, each with its resources.
        Self { entities: 250_000, rows: 500_000, bytes: 256 << 20 }
    }
}

/// How much a draft holds. The fields are those of [`DraftLimits`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "as in DraftLimits")]
pub struct DraftSize {
    pub entities: u64,
    pub rows: u64,
    pub bytes: u64,
}

/// What all drafts of a host have in common.
#[derive(Debug)]
pub struct Setup {
    /// The schemas that every entity must fit.
    pub schemas: Arc<EntitySchemas>,
    /// What a clinic gets where the scenario says nothing.
    pub defaults: Defaults,
}

impl Setup {
    /// Insula's own schemas, and these defaults.
    ///
    /// # Errors
    /// Those of [`EntitySchemas::builtin`].
    pub fn builtin(defaults: Defaults) -> Result<Self, SchemaError> {
        Ok(Self { schemas: Arc::new(EntitySchemas::builtin()?), defaults })
    }
}

/// Why a draft did not take something.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It breaks a rule: the scenario may do otherwise and go on.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// The island is full: the run is over.
    #[error("the island may hold at most {limit} {quota}")]
    Full {
        /// `entities`, `rows` or `bytes`.
        quota: &'static str,
        /// How many are allowed.
        limit: u64,
    },
}

/// What a run has built so far.
#[derive(Debug)]
pub struct Draft {
    setup: Arc<Setup>,
    limits: DraftLimits,
    size: DraftSize,
    entities: Entities,
    names: BTreeMap<String, AnyHandle>,
    base: Option<Base>,
    zones: Vec<TimeZone>,
    index: Index,
    undo: Vec<Undo>,
}

/// The island that a draft adds to.
#[derive(Debug)]
struct Base {
    island: IslandId,
    ids: crate::id::Ids,
    names: BTreeMap<String, AnyHandle>,
}

/// What the rules look things up in; all of it follows from the entities.
#[derive(Debug, Default)]
struct Index {
    unique: std::collections::HashSet<Unique>,
    memberships: HashMap<(Handle<User>, Handle<Clinic>), Handle<Membership>>,
    requirements: HashMap<u32, Vec<(u32, u32)>>,
    resources: HashMap<u32, Vec<u32>>,
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
            zones: Vec::new(),
            index: Index::default(),
            undo: Vec::new(),
        }
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
            let message =
                format!("there is no {} with handle {} in this island", entity.kind.singular(), entity.index);
            return Err(Rejection::of("entity", Rule::UnknownHandle, message).into());
        }
        if name.trim().is_empty() || name.chars().count() > 100 {
            return Err(Rejection::of("name", Rule::Range, "a name has 1 to 100 letters").into());
        }
        if self.names.contains_key(name) {
            let message = format!("{name:?} is the name of another thing of this island; take another name");
            return Err(Rejection::of("name", Rule::Unique, message).into());
        }
        self.grow(0, 1, name.len())?;
        self.names.insert(name.to_owned(), entity);
        Ok(())
    }

    /// Does all of it or nothing.
    fn whole<T>(&mut self, call: impl FnOnce(&mut Self) -> Result<T, Refusal>) -> Result<T, Refusal> {
        self.undo.clear();
        let size = self.size;
        let outcome = call(self);
        if outcome.is_err() {
            self.undo_all();
            self.size = size;
        }
        outcome
    }

    /// Does it for each, all or nothing; a refusal says which one it was.
    fn each<N, T>(
        &mut self,
        news: impl IntoIterator<Item = N>,
        mut add: impl FnMut(&mut Self, N) -> Result<T, Refusal>,
    ) -> Result<Vec<T>, Refusal> {
        self.whole(|draft| {
            let numbered = (0..).zip(news);
            numbered.map(|(index, new)| add(draft, new).map_err(|refusal| at(refusal, index))).collect()
        })
    }

    /// Adds an entity that keeps the rules between entities, after checking those of its own.
    fn add<E: Entity>(&mut self, entity: E) -> Result<Handle<E>, Refusal> {
        self.setup.schemas.check(&entity)?;
        let (rows, bytes) = weigh(&entity);
        self.grow(1, rows, bytes)?;
        Ok(self.push(entity))
    }

    fn push<E: Entity>(&mut self, entity: E) -> Handle<E> {
        let list = E::all_mut(&mut self.entities);
        // A draft holds far fewer than 2^32 entities: its limits are counted before.
        let handle = Handle::new(u32::try_from(list.len()).unwrap_or(u32::MAX));
        list.push(entity);
        self.undo.push(Undo::Entity(E::KIND));
        handle
    }

    fn grow(&mut self, entities: u64, rows: u64, bytes: usize) -> Result<(), Refusal> {
        let size = DraftSize {
            entities: self.size.entities + entities,
            rows: self.size.rows + rows,
            bytes: self.size.bytes + bytes as u64,
        };
        let full = |quota, limit| Err(Refusal::Full { quota, limit });
        if size.entities > self.limits.entities {
            return full("entities", self.limits.entities);
        }
        if size.rows > self.limits.rows {
            return full("rows", self.limits.rows);
        }
        if size.bytes > self.limits.bytes {
            return full("bytes", self.limits.bytes);
        }
        self.size = size;
        Ok(())
    }

    /// The entity that a handle names.
    fn get<E: Entity>(&self, field: &str, handle: Handle<E>) -> Result<&E, Rejection> {
        self.entities.get(handle).ok_or_else(|| unknown(field, handle))
    }

    /// Claims a value that only one thing may have.
    fn claim(&mut self, key: Unique, rejection: impl FnOnce() -> Rejection) -> Result<(), Refusal> {
        if !self.index.unique.insert(key.clone()) {
            return Err(rejection().into());
        }
        self.undo.push(Undo::Claim(key));
        Ok(())
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
            let message =
                format!("{} does not hold the role practitioner in the clinic", membership.full_name);
            return Err(Rejection::of(FIELD, Rule::PractitionerRole, message));
        }
        Ok(())
    }
}

/// Rows and bytes of an entity.
fn weigh(record: &dyn Record) -> (u64, usize) {
    let (mut rows, mut bytes) = (1, 32);
    record.visit(&mut |_, value| {
        bytes += value.size();
        if let crate::field::FieldValue::Refs(_, list) = value {
            rows += list.len() as u64;
        }
    });
    (rows, bytes)
}

fn unknown<E: Entity>(field: &str, handle: Handle<E>) -> Rejection {
    let message = format!("there is no {} with handle {} in this island", E::KIND.singular(), handle.index());
    Rejection::of(field, Rule::UnknownHandle, message)
}

fn same_clinic(field: &str, kind: Kind, one: Handle<Clinic>, other: Handle<Clinic>) -> Result<(), Rejection> {
    if one == other {
        return Ok(());
    }
    let message =
        format!("the {} is of another clinic; references stay inside their clinic", kind.singular());
    Err(Rejection::of(field, Rule::SameClinic, message))
}

fn at(refusal: Refusal, index: u32) -> Refusal {
    match refusal {
        Refusal::Rejected(rejection) => Refusal::Rejected(Rejection { index: Some(index), ..rejection }),
        full @ Refusal::Full { .. } => full,
    }
}
