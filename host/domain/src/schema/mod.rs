//! The JSON Schemas of the entities: published, checked on every entity, and open to a team's stricter ones.
//!
//! Most of what a published schema says holds by the Rust types: a date is a date. So of Insula's own schemas only
//! the rest is checked on an entity (lengths, ranges, patterns); a team's is checked on the whole of it.

mod plain;
mod violation;

use jsonschema::Validator;
use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::{Value, json};

pub use violation::{Violation, violations};

use crate::entity::{Entity, Kind, Record};
use crate::field::FieldDef;
use crate::rejection::{Rejection, Rule};
use crate::{people, services, times};
use plain::Extent;

/// A schema cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the schema for {kind} cannot be used: {reason}")]
pub struct SchemaError {
    /// The entity that it is for.
    pub kind: &'static str,
    /// Why not.
    pub reason: String,
}

/// The compiled schemas of all entities.
#[derive(Debug)]
pub struct EntitySchemas {
    by_kind: Vec<Schemas>,
}

/// The compiled schemas of one kind.
#[derive(Debug)]
struct Schemas {
    own: Validator,
    team: Vec<Validator>,
}

impl EntitySchemas {
    /// Insula's own.
    ///
    /// # Errors
    /// Never, as a test shows; but a schema that does not compile must not be left out in silence.
    pub fn builtin() -> Result<Self, SchemaError> {
        Self::tightened([])
    }

    /// Insula's own and a team's: an entity must fit both. In a team's, `format` is checked too.
    ///
    /// Every field is there, and null where it is empty. So what must not be empty is written as
    /// `{"properties": {"phone": {"type": "string"}}}`; `required` refuses nothing.
    ///
    /// # Errors
    /// When one of the team's is not a JSON Schema (draft 2020-12).
    pub fn tightened(team: impl IntoIterator<Item = (Kind, Value)>) -> Result<Self, SchemaError> {
        let mut by_kind = Vec::new();
        for kind in Kind::ALL {
            let own = compile(kind, &open(kind), false)?;
            by_kind.push(Schemas { own, team: Vec::new() });
        }
        for (kind, schema) in team {
            by_kind[kind as usize].team.push(compile(kind, &schema, true)?);
        }
        Ok(Self { by_kind })
    }

    /// The schema of an entity's own fields, as it stands in `schemas/`.
    pub fn published(kind: Kind) -> Value {
        schema(kind).0
    }

    /// Checks one entity.
    ///
    /// # Errors
    /// The first place that does not fit.
    pub fn check(&self, record: &dyn Record) -> Result<(), Rejection> {
        let Schemas { own, team } = &self.by_kind[record.kind() as usize];
        plain::with(record, Extent::Open, |json| fits(own, record.kind(), json))?;
        if team.is_empty() {
            return Ok(());
        }
        plain::with(record, Extent::Whole, |json| {
            team.iter().try_for_each(|schema| fits(schema, record.kind(), json))
        })
    }
}

fn fits(schema: &Validator, kind: Kind, json: &Value) -> Result<(), Rejection> {
    if schema.is_valid(json) {
        return Ok(());
    }
    match violations(schema, json).into_iter().next() {
        Some(Violation { pointer, message }) => {
            let field = pointer.split('/').nth(1).map(str::to_owned);
            let message = format!("{message} (at {pointer:?} of the {})", kind.singular());
            Err(Rejection { index: None, field, rule: Rule::Schema.name().to_owned(), message })
        }
        None => Ok(()),
    }
}

fn compile(kind: Kind, schema: &Value, formats: bool) -> Result<Validator, SchemaError> {
    jsonschema::draft202012::options()
        .should_validate_formats(formats)
        .build(schema)
        .map_err(|reason| SchemaError { kind: kind.singular(), reason: reason.to_string() })
}

/// The published schema without the fields that fit it by their Rust types.
fn open(kind: Kind) -> Value {
    let (mut schema, fields) = schema(kind);
    let holds = |name: &str| fields.iter().any(|field| field.name == name && Extent::Open.holds(field.ty));
    if let Some(properties) = schema["properties"].as_object_mut() {
        properties.retain(|name, _| holds(name));
    }
    if let Some(required) = schema["required"].as_array_mut() {
        required.retain(|name| name.as_str().is_some_and(holds));
    }
    schema
}

fn schema(kind: Kind) -> (Value, &'static [FieldDef]) {
    match kind {
        Kind::Clinic => generate::<people::Clinic>(),
        Kind::User => generate::<people::User>(),
        Kind::Membership => generate::<people::Membership>(),
        Kind::ServiceTypeGroup => generate::<services::ServiceTypeGroup>(),
        Kind::AppointmentType => generate::<services::AppointmentType>(),
        Kind::Offering => generate::<services::Offering>(),
        Kind::ResourceType => generate::<services::ResourceType>(),
        Kind::Resource => generate::<services::Resource>(),
        Kind::ResourceRequirement => generate::<services::ResourceRequirement>(),
        Kind::BillingScenario => generate::<services::BillingScenario>(),
        Kind::Availability => generate::<times::Availability>(),
        Kind::CalendarEvent => generate::<times::CalendarEvent>(),
        Kind::Patient => generate::<people::Patient>(),
        Kind::Appointment => generate::<times::Appointment>(),
    }
}

fn generate<E: Entity>() -> (Value, &'static [FieldDef]) {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let mut schema = SchemaGenerator::new(settings).into_root_schema_for::<E>();
    schema.insert("title".to_owned(), json!(E::KIND.singular()));
    // All of them: what is empty is written as null.
    schema.insert("required".to_owned(), E::FIELDS.iter().map(|field| field.name).collect());
    (schema.to_value(), E::FIELDS)
}
