//! How a change is refused.

use insula_domain::{Entity, EntityId, Handle, Island, Kind, Refusal, Rejection, Rule};
use insula_engine::{EngineError, Part, StoreError};
use insula_server::web::{Members, Problem, ProblemKind};

/// Why a change is not made.
#[derive(Debug)]
pub(crate) enum Refused {
    /// The clinic has no such thing.
    Missing(Kind),
    /// A rule forbids it.
    Rule(Rejection),
    /// The island would hold too much.
    Full(Refusal),
    /// Whoever asks may not, any more.
    Caller(Problem),
    /// Somebody else changed it while it was looked at.
    Changed,
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Rejected(rejection) => Self::Rule(told(rejection)),
            full @ Refusal::Full { .. } => Self::Full(full),
        }
    }
}

impl Refused {
    /// The same of another field of the body.
    pub(crate) fn of_field(self, field: &str) -> Self {
        match self {
            Self::Rule(rejection) => Self::Rule(Rejection { field: Some(field.to_owned()), ..rejection }),
            other => other,
        }
    }
}

/// What the domain says to the author of a scenario, as it is said to whoever calls this API.
fn told(rejection: Rejection) -> Rejection {
    let Rejection { index, field, rule, message } = rejection;
    let named = field.as_deref().unwrap_or_default();
    let message = match (advice(named, &rule), message.rsplit_once("; ")) {
        (Some(advice), Some((wrong, _))) => format!("{wrong}; {advice}"),
        _ => message,
    };
    let field = field.as_deref().map(|field| name_in_bodies(field, &rule).to_owned());
    Rejection { index, field, rule, message }
}

/// What bodies call a field.
fn name_in_bodies<'a>(field: &'a str, rule: &str) -> &'a str {
    match field {
        "hours" if rule == Rule::EndsAfterStart.name() => "end_time",
        "starts" | "hours" => "start_time",
        "patient" => "patient_id",
        "practitioner" => "practitioner_id",
        "appointment_type" => "appointment_type_id",
        "resources" => "resource_ids",
        "assigned_practitioners" => "assigned_practitioner_ids",
        "group" => "service_type_group_id",
        same => same,
    }
}

/// What to do, where the domain names what only a scenario can do.
fn advice(field: &str, rule: &str) -> Option<&'static str> {
    match (field, rule) {
        ("starts", "overlap") => Some("take another time"),
        ("date", "overlap") => Some("take another time, or move the appointment"),
        ("resources", "overlap" | "resources") => Some("take other resources, or another time"),
        ("appointment_type", "offering") => Some("take somebody who does, or say that they offer it first"),
        (_, "practitioner_role") => Some("take somebody who does, or give them the role"),
        _ => None,
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Missing(kind) => missing(kind),
            Refused::Rule(rejection) => {
                // A draft counts what it is given; a request gives one.
                let rejection = Rejection { index: None, ..rejection };
                let detail = rejection.to_string();
                let Rejection { field, rule, message, .. } = rejection;
                let members =
                    Members { field, rule: Some(rule), message: Some(message), ..Members::default() };
                Self::with(ProblemKind::RuleBroken, detail, members)
            }
            Refused::Full(full) => Self::new(ProblemKind::Quota, full.to_string()),
            Refused::Caller(problem) => problem,
            Refused::Changed => Self::new(
                ProblemKind::Busy,
                "somebody else changed it at the same time; look at it, and send the request again",
            ),
        }
    }
}

/// What the caller is told of a change that was not made.
pub(crate) fn refuse(outcome: Result<Result<Island, Refused>, EngineError>) -> Result<Island, Problem> {
    match outcome {
        Ok(decided) => decided.map_err(Problem::from),
        Err(EngineError::Store(StoreError::Conflict { .. })) => {
            let detail = "something else refers to it; change that first";
            Err(Problem::new(ProblemKind::InUse, detail))
        }
        Err(other) => Err(other.into()),
    }
}

/// The clinic has no such thing: another's things are as if they were not there.
pub(crate) fn missing(kind: Kind) -> Problem {
    let detail = format!("the clinic has no {} of this id", kind.singular().replace('_', " "));
    Problem::new(ProblemKind::NotFound, detail)
}

/// What a field of a body refers to: one of those that were looked for.
pub(crate) fn referred<E: Entity>(part: &Part, field: &str, id: EntityId) -> Result<Handle<E>, Refused> {
    part.find(id).ok_or_else(|| unknown(E::KIND, field, id))
}

/// That the clinic has nothing of this id to which a field of a body could refer.
pub(crate) fn unknown(kind: Kind, field: &str, id: EntityId) -> Refused {
    let kind = kind.singular().replace('_', " ");
    let message = format!("the clinic has no {kind} {id}; take one that it lists");
    Refused::Rule(Rejection::of(field, Rule::UnknownHandle, message))
}

/// A rule of the application.
pub(crate) fn rule(field: &str, rule: Rule, message: &str) -> Refused {
    Refused::Rule(Rejection::of(field, rule, message))
}
