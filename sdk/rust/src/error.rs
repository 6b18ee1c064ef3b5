use crate::contract::plugin::Failure;
use crate::contract::types::Rejection;

/// What a scenario returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why an island could not be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The params ask for what cannot be built, or the host refused a call: the caller can mend it.
    #[error("{}", .0.message)]
    Rejected(Rejection),
    /// The scenario itself is at fault: its author can mend it.
    #[error("{0}")]
    Failed(String),
}

impl Error {
    /// The params ask for what cannot be built: which field, and a sentence that says what would do.
    pub fn rejected(field: impl Into<String>, message: impl Into<String>) -> Self {
        let rejection = Rejection {
            index: None,
            field: Some(field.into()),
            rule: "params".into(),
            message: message.into(),
        };
        Self::Rejected(rejection)
    }

    /// The scenario itself is at fault.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::Failed(message.into())
    }
}

impl From<Rejection> for Error {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Rejected(rejection) => Self::Rejected(rejection),
            Error::Failed(message) => Self::Failed(message),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_host_refused_reaches_the_caller_unchanged() {
        let refused = Rejection {
            index: Some(3),
            field: Some("starts".into()),
            rule: "overlap".into(),
            message: "it overlaps".into(),
        };
        assert_eq!(Failure::from(Error::from(refused.clone())), Failure::Rejected(refused));
    }

    #[test]
    fn an_authors_refusal_names_the_field() {
        let Failure::Rejected(rejection) = Error::rejected("appointments", "at most 10 fit").into() else {
            panic!("not a rejection");
        };
        assert_eq!((rejection.field.as_deref(), rejection.rule.as_str()), (Some("appointments"), "params"));
    }

    #[test]
    fn a_fault_of_the_scenario_is_not_blamed_on_the_caller() {
        assert_eq!(Failure::from(Error::failed("oops")), Failure::Failed("oops".into()));
    }
}
