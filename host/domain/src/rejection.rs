//! Why a draft refused something.

use std::borrow::Cow;
use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

/// The rule that was broken. Its [name](Rule::name) is part of the contract with scenarios and callers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// The field does not fit its JSON Schema.
    Schema,
    /// A handle names nothing in this island.
    UnknownHandle,
    /// Two things that must be of one clinic are not.
    SameClinic,
    /// A user acts in a clinic of which they are no member.
    Member,
    /// A practitioner does not hold that role in the clinic.
    PractitionerRole,
    /// A practitioner does not offer the appointment type.
    Offering,
    /// Another thing of the island has this value already.
    Unique,
    /// There is no such IANA time zone.
    TimeZone,
    /// There is no such date or time of day.
    CivilTime,
    /// Daylight saving skips this local time.
    SkippedTime,
    /// It must end after it starts.
    EndsAfterStart,
    /// It must end on the day on which it starts.
    SameDay,
    /// It overlaps something else.
    Overlap,
    /// A resource that is needed is not free, or not there.
    Resources,
    /// The value is outside what is allowed.
    Range,
    /// The value is not what its format asks for.
    Format,
}

impl Rule {
    /// The name by which programs know the rule.
    pub fn name(self) -> &'static str {
        match self {
            Self::Schema => "schema",
            Self::UnknownHandle => "unknown_handle",
            Self::SameClinic => "same_clinic",
            Self::Member => "member",
            Self::PractitionerRole => "practitioner_role",
            Self::Offering => "offering",
            Self::Unique => "unique",
            Self::TimeZone => "time_zone",
            Self::CivilTime => "civil_time",
            Self::SkippedTime => "skipped_time",
            Self::EndsAfterStart => "ends_after_start",
            Self::SameDay => "same_day",
            Self::Overlap => "overlap",
            Self::Resources => "resources",
            Self::Range => "range",
            Self::Format => "format",
        }
    }
}

/// A refusal, in words that tell the author of a scenario what to change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Rejection {
    /// In a list: which element, counted from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<u32>,
    /// The field that is wrong, where one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The name of the rule: one of [`Rule`]'s, or the scenario's own.
    pub rule: String,
    /// What is wrong and what to do.
    pub message: String,
}

impl Rejection {
    /// A refusal of one field.
    pub fn of(field: &str, rule: Rule, message: impl Into<String>) -> Self {
        Self {
            index: None,
            field: Some(field.to_owned()),
            rule: rule.name().to_owned(),
            message: message.into(),
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(index) = self.index {
            write!(f, "element {index}: ")?;
        }
        if let Some(field) = &self.field {
            write!(f, "{field}: ")?;
        }
        write!(f, "{} (rule {})", self.message, self.rule)
    }
}

impl std::error::Error for Rejection {}

/// The beginning of a text, of about so many bytes.
pub(crate) fn clip(text: &str, bytes: usize) -> Cow<'_, str> {
    if text.len() <= bytes {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("{}…", &text[..text.floor_char_boundary(bytes)]))
}

/// What a scenario wrote, as a message shows it: in quotes, and only the beginning of a long text.
pub(crate) fn quoted(text: &str) -> String {
    format!("{:?}", clip(text, 80))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_shows_the_beginning_of_a_long_text() {
        assert_eq!(quoted("Anna \"A\""), r#""Anna \"A\"""#);
        assert_eq!(quoted(&"ü".repeat(100_000)).chars().count(), 40 + 3);
    }
}
