//! Values that must be unique in the whole database, and so carry their island.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::id::IslandId;

/// A text such as `admin@example.test` with a place where the island is put in when it is written:
/// `admin+<island>@example.test`. Two islands of one scenario therefore never collide.
///
/// Inside a draft the island has no id yet; comparing two of these compares them as they will be in one island.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Scoped {
    text: String,
    /// Where the island goes; nowhere in a text that came without one.
    at: Option<usize>,
}

impl Scoped {
    /// An email address: the island goes before the `@` (RFC 5233 subaddressing).
    pub fn email(text: impl Into<String>) -> Self {
        let text = text.into();
        let at = Some(text.rfind('@').unwrap_or(text.len()));
        Self { text, at }
    }

    /// Any other text: the island goes to its end.
    pub fn suffixed(text: impl Into<String>) -> Self {
        let text = text.into();
        let at = Some(text.len());
        Self { text, at }
    }

    /// What [`Scoped::render`] made for this island, taken apart again. A text that does not carry the island
    /// (the application may have written it) is kept as it stands.
    pub fn parse(rendered: &str, island: IslandId) -> Self {
        let mark = format!("+{island}");
        // The last one: a scenario may have written one of its own before it.
        match rendered.rfind(&mark) {
            Some(at) => {
                let (before, after) = (&rendered[..at], &rendered[at + mark.len()..]);
                Self { text: [before, after].concat(), at: Some(at) }
            }
            None => Self { text: rendered.to_owned(), at: None },
        }
    }

    /// The text without an island.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where in the text the island goes, counted in bytes; nowhere in a text that came without one.
    pub(crate) fn place(&self) -> Option<usize> {
        self.at
    }

    /// The text as it is written in this island.
    pub fn render(&self, island: IslandId) -> String {
        match self.at.and_then(|at| self.text.split_at_checked(at)) {
            Some((before, after)) => format!("{before}+{island}{after}"),
            None => self.text.clone(),
        }
    }
}

impl JsonSchema for Scoped {
    fn schema_name() -> Cow<'static, str> {
        "Scoped".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "minLength": 1, "maxLength": 254 })
    }
    fn inline_schema() -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISLAND: IslandId = IslandId(uuid::Uuid::from_u128(7));

    #[test]
    fn an_email_carries_the_island_before_the_at_sign() {
        let rendered = Scoped::email("admin@example.test").render(ISLAND);
        assert_eq!(rendered, "admin+00000000-0000-0000-0000-000000000007@example.test");
    }

    #[test]
    fn what_was_rendered_is_read_back_the_same() {
        let own_mark = format!("anna+{ISLAND}@example.test");
        for scoped in [
            Scoped::email("admin@example.test"),
            Scoped::email("anna+tag@example.test"),
            Scoped::email(own_mark.as_str()),
            Scoped::suffixed("auth0|17"),
            Scoped::suffixed(own_mark),
        ] {
            assert_eq!(Scoped::parse(&scoped.render(ISLAND), ISLAND), scoped);
        }
    }

    #[test]
    fn what_the_application_wrote_is_kept_as_it_stands() {
        assert_eq!(Scoped::parse("anna@clinic.test", ISLAND).render(ISLAND), "anna@clinic.test");
    }
}
