//! The JSON Schemas of the entities: published, checked on every entity, and open to a team's stricter ones.

use jsonschema::Validator;
use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde::Serialize;
use serde_json::{Value, json};

use crate::entity::{Entity, Kind, Record};
use crate::rejection::{Rejection, Rule};
use crate::view::fields_json;
use crate::{people, services, times};

/// A place where JSON does not fit its schema.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Violation {
    /// Where, as a JSON Pointer (RFC 6901).
    pub pointer: String,
    /// What is wrong there.
    pub message: String,
}

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
    by_kind: Vec<Vec<Validator>>,
}

impl EntitySchemas {
    /// Insula's own.
    ///
    /// # Errors
    /// Never, as a test shows; but a schema that does not compile must not be left out in silence.
    pub fn builtin() -> Result<Self, SchemaError> {
        Self::tightened([])
    }

    /// Insula's own and a team's: an entity must fit both.
    ///
    /// # Errors
    /// When one of the team's is not a JSON Schema (draft 2020-12).
    pub fn tightened(team: impl IntoIterator<Item = (Kind, Value)>) -> Result<Self, SchemaError> {
        let mut by_kind: Vec<Vec<Validator>> = Vec::new();
        for kind in Kind::ALL {
            by_kind.push(vec![compile(kind, &Self::published(kind))?]);
        }
        for (kind, schema) in team {
            by_kind[kind as usize].push(compile(kind, &schema)?);
        }
        Ok(Self { by_kind })
    }

    /// The schema of an entity's own fields, as it stands in `schemas/`.
    pub fn published(kind: Kind) -> Value {
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

    /// Checks one entity.
    ///
    /// # Errors
    /// The first place that does not fit.
    pub fn check(&self, record: &dyn Record) -> Result<(), Rejection> {
        let validators = &self.by_kind[record.kind() as usize];
        let json = fields_json(record);
        if validators.iter().all(|validator| validator.is_valid(&json)) {
            return Ok(());
        }
        let violation =
            validators.iter().find_map(|validator| violations(validator, &json).into_iter().next());
        match violation {
            Some(violation) => {
                let field = violation.pointer.trim_start_matches('/').split('/').next().unwrap_or_default();
                let message = format!(
                    "{} at {:?} of a {}",
                    violation.message,
                    violation.pointer,
                    record.kind().singular()
                );
                Err(Rejection::of(field, Rule::Schema, message))
            }
            None => Ok(()),
        }
    }
}

/// All places where `json` does not fit a compiled schema.
pub fn violations(validator: &Validator, json: &Value) -> Vec<Violation> {
    validator
        .iter_errors(json)
        .map(|error| Violation { pointer: error.instance_path().to_string(), message: error.to_string() })
        .collect()
}

fn compile(kind: Kind, schema: &Value) -> Result<Validator, SchemaError> {
    jsonschema::draft202012::new(schema)
        .map_err(|reason| SchemaError { kind: kind.singular(), reason: reason.to_string() })
}

fn generate<E: Entity>() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let mut schema = SchemaGenerator::new(settings).into_root_schema_for::<E>();
    schema.insert("title".to_owned(), json!(E::KIND.singular()));
    schema.to_value()
}
