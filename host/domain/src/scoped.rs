//! Values that must be unique in the whole database, and so carry their island.

use crate::id::IslandId;

/// A text such as `admin@example.test` with a place where the island is put in when it is written:
/// `admin+<island>@example.test`. Two islands of one scenario therefore never collide.
///
/// Inside a draft the island has no id yet; comparing two of these compares them as they will be in one island.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Scoped {
    text: String,
    at: usize,
}

impl Scoped {
    /// An email address: the island goes before the `@` (RFC 5233 subaddressing).
    pub fn email(text: impl Into<String>) -> Self {
        let text = text.into();
        let at = text.rfind('@').unwrap_or(text.len());
        Self { text, at }
    }

    /// Any other text: the island goes to its end.
    pub fn suffixed(text: impl Into<String>) -> Self {
        let text = text.into();
        let at = text.len();
        Self { text, at }
    }

    /// What [`Scoped::render`] made for this island, taken apart again. A text that does not carry the island
    /// (the application may have written it) is kept as it stands.
    pub fn parse(rendered: &str, island: IslandId) -> Self {
        let mark = format!("+{island}");
        match rendered.find(&mark) {
            Some(at) => Self { text: rendered.replacen(&mark, "", 1), at },
            None => Self { text: rendered.to_owned(), at: usize::MAX },
        }
    }

    /// The text without an island.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text as it is written in this island.
    pub fn render(&self, island: IslandId) -> String {
        match self.text.split_at_checked(self.at) {
            Some((before, after)) => format!("{before}+{island}{after}"),
            None => self.text.clone(),
        }
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
        for scoped in [Scoped::email("admin@example.test"), Scoped::suffixed("auth0|17")] {
            assert_eq!(Scoped::parse(&scoped.render(ISLAND), ISLAND), scoped);
        }
    }

    #[test]
    fn what_the_application_wrote_is_kept_as_it_stands() {
        assert_eq!(Scoped::parse("anna@clinic.test", ISLAND).render(ISLAND), "anna@clinic.test");
    }
}
