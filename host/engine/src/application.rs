//! What an application under test does with an island: it sees parts of it, and changes them by the rules that hold for
//! scenarios.

use std::sync::Arc;

use insula_domain::{Draft, DraftLimits, Island, IslandId, Membership, Refusal, Setup};
use insula_store::{Changes, Find, Part};
use jiff::Timestamp;

use crate::answer::Token;
use crate::bearer::{Bearer, BearerError};
use crate::engine::Engine;
use crate::error::EngineError;
use crate::tokens::TokenError;

/// Puts drafts onto parts of islands, with the host's schemas and defaults.
#[derive(Clone, Debug)]
pub struct Drafts {
    setup: Arc<Setup>,
}

impl Drafts {
    /// A draft that adds to a part.
    ///
    /// # Errors
    /// As [`Draft::onto`].
    pub fn onto(&self, part: Island) -> Result<Draft, Refusal> {
        Draft::onto(Arc::clone(&self.setup), DraftLimits::default(), part)
    }
}

impl Engine {
    /// Whether tokens say whose they are, so that an application can be served.
    ///
    /// # Errors
    /// What the template of the claims leaves out.
    pub fn can_verify(&self) -> Result<(), TokenError> {
        self.inner.tokens.can_verify()
    }

    /// Whose a token is.
    ///
    /// # Errors
    /// When it does not hold.
    pub fn bearer(&self, token: &str) -> Result<Bearer, BearerError> {
        self.inner.tokens.verify(token, self.inner.store.now())
    }

    /// A token for a member of a clinic.
    ///
    /// # Errors
    /// When signing fails.
    pub fn token(
        &self,
        part: &Island,
        member: &Membership,
        expires_at: Timestamp,
    ) -> Result<Token, EngineError> {
        Ok(self.inner.tokens.issue_one(part, member, self.now_to_the_second(), expires_at)?)
    }

    /// What puts drafts onto parts.
    pub fn drafts(&self) -> Drafts {
        Drafts { setup: Arc::clone(&self.inner.setup) }
    }

    /// A part of an island, with all that it refers to.
    ///
    /// # Errors
    /// When there is no such island, or no more.
    pub async fn part(&self, island: IslandId, finds: &[Find]) -> Result<Part, EngineError> {
        Ok(self.inner.store.part(island, finds).await?)
    }

    /// Changes a part of an island: what it is to be is decided on the part as it stands in the same transaction. What
    /// was decided against comes back.
    ///
    /// # Errors
    /// When there is no such island, or no more, or the database does not take the change.
    pub async fn edit<E: Send + 'static>(
        &self,
        island: IslandId,
        finds: Vec<Find>,
        decide: impl Fn(Part) -> Result<Changes, E> + Send + Sync + 'static,
    ) -> Result<Result<Island, E>, EngineError> {
        // A run that adds to the island is checked with what it held when the run began.
        let _turn = self.inner.turns.take(island).await;
        let edited = self.inner.store.edit(island, finds, self.actor(), decide).await?;
        self.inner.bell.ring();
        Ok(edited)
    }
}
