//! What the document calls things.

use std::collections::BTreeMap;
use std::rc::Rc;

use insula::{AppointmentType, ClinicResource, Entity, Patient, ResourceType, ServiceTypeGroup, User};

/// Something that was made.
#[derive(Clone, Debug)]
pub(super) enum Thing {
    /// With the key by which the person was made up.
    User(User, Rc<str>),
    Group(ServiceTypeGroup),
    AppointmentType(AppointmentType),
    ResourceType(ResourceType),
    Resource(ClinicResource),
    Patient(Patient),
    /// What nothing else refers to: its kind.
    Other(&'static str),
}

impl From<(&str, Entity)> for Thing {
    /// What was there before, by the name that it has; people are made up by it.
    fn from((name, entity): (&str, Entity)) -> Self {
        match entity {
            Entity::User(user) => Self::User(user, name.into()),
            Entity::ServiceTypeGroup(group) => Self::Group(group),
            Entity::AppointmentType(it) => Self::AppointmentType(it),
            Entity::ResourceType(it) => Self::ResourceType(it),
            Entity::ClinicResource(resource) => Self::Resource(resource),
            Entity::Patient(patient) => Self::Patient(patient),
            Entity::Clinic(_) => Self::Other("a clinic"),
            Entity::Membership(_) => Self::Other("a membership"),
            Entity::Offering(_) => Self::Other("an offering"),
            Entity::ResourceRequirement(_) => Self::Other("a resource requirement"),
            Entity::BillingScenario(_) => Self::Other("a billing scenario"),
            Entity::Availability(_) => Self::Other("an availability"),
            Entity::CalendarEvent(_) => Self::Other("a calendar event"),
            Entity::Appointment(_) => Self::Other("an appointment"),
        }
    }
}

impl Thing {
    fn kind(&self) -> &'static str {
        match self {
            Self::User(..) => "a user",
            Self::Group(_) => "a service type group",
            Self::AppointmentType(_) => "an appointment type",
            Self::ResourceType(_) => "a resource type",
            Self::Resource(_) => "a resource",
            Self::Patient(_) => "a patient",
            Self::Other(kind) => kind,
        }
    }
}

/// A kind of thing that something refers to.
pub(super) trait Wanted: Sized {
    const KIND: &'static str;
    fn of(thing: &Thing) -> Option<Self>;
}

macro_rules! wanted {
    ($($type:ty, $kind:literal, $pattern:pat => $value:expr;)+) => {
        $(impl Wanted for $type {
            const KIND: &'static str = $kind;
            fn of(thing: &Thing) -> Option<Self> {
                match thing { $pattern => Some($value), _ => None }
            }
        })+
    };
}

wanted! {
    (User, Rc<str>), "a user", Thing::User(user, key) => (*user, Rc::clone(key));
    ServiceTypeGroup, "a service type group", Thing::Group(group) => *group;
    AppointmentType, "an appointment type", Thing::AppointmentType(it) => *it;
    ResourceType, "a resource type", Thing::ResourceType(it) => *it;
    ClinicResource, "a resource", Thing::Resource(resource) => *resource;
    Patient, "a patient", Thing::Patient(patient) => *patient;
}

/// The things of one name, each with the number of its repetition.
type Named = Vec<(Option<u32>, Thing)>;

/// The names, those of the clinic that is being built before those of the whole island.
#[derive(Debug, Default)]
pub(super) struct Names {
    clinic: BTreeMap<String, Named>,
    island: BTreeMap<String, Named>,
}

impl Names {
    /// Another clinic is being built.
    pub(super) fn enter_clinic(&mut self) {
        self.clinic.clear();
    }

    pub(super) fn bind(&mut self, name: &str, number: Option<u32>, thing: &Thing) {
        for scope in [&mut self.clinic, &mut self.island] {
            scope.entry(name.to_owned()).or_default().push((number, thing.clone()));
        }
    }

    /// What was there before, under the name that it was given.
    pub(super) fn bind_existing(&mut self, name: &str, thing: &Thing) {
        self.island.entry(name.to_owned()).or_default().push((None, thing.clone()));
    }

    /// The one thing of this name.
    pub(super) fn one<T: Wanted>(&self, name: &str) -> Result<T, String> {
        match self.all::<T>(name)?.as_mut_slice() {
            [one] => T::of(one).ok_or_else(|| wrong::<T>(name, one)),
            many => Err(format!("`{name}` names {} things: say which, as in `{name}/1`", many.len())),
        }
    }

    /// All things of this name, as what is wanted.
    pub(super) fn many<T: Wanted>(&self, name: &str) -> Result<Vec<T>, String> {
        self.all::<T>(name)?.iter().map(|thing| T::of(thing).ok_or_else(|| wrong::<T>(name, thing))).collect()
    }

    fn all<T: Wanted>(&self, name: &str) -> Result<Vec<Thing>, String> {
        let found = [&self.clinic, &self.island].into_iter().find_map(|scope| in_scope(scope, name));
        found.ok_or_else(|| {
            let fits = |named: &Named| named.iter().any(|(_, thing)| T::of(thing).is_some());
            let known: Vec<String> = self
                .island
                .iter()
                .filter(|(_, named)| fits(named))
                .map(|(name, _)| format!("`{name}`"))
                .collect();
            let known = match known.as_slice() {
                [] => format!("no name for {} stands before it", T::KIND),
                known => format!("names for {} are {}", T::KIND, known.join(", ")),
            };
            format!("nothing is called `{name}`; {known}")
        })
    }
}

fn in_scope(scope: &BTreeMap<String, Named>, name: &str) -> Option<Vec<Thing>> {
    if let Some(named) = scope.get(name) {
        return Some(named.iter().map(|(_, thing)| thing.clone()).collect());
    }
    let (base, number) = name.rsplit_once('/')?;
    let number = Some(number.parse().ok()?);
    let found: Vec<Thing> =
        scope.get(base)?.iter().filter(|(it, _)| *it == number).map(|(_, thing)| thing.clone()).collect();
    (!found.is_empty()).then_some(found)
}

fn wrong<T: Wanted>(name: &str, thing: &Thing) -> String {
    format!("`{name}` is {}, and {} is wanted here", thing.kind(), T::KIND)
}
