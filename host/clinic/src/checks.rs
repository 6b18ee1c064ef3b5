//! The checks that keep islands apart, in one place.
//!
//! The proof of isolation must be shown to find a missing check. So these sources are compiled a second time, as a crate
//! for tests (`tests/broken`) that has a feature which this crate does not even declare, and in which one check can be left
//! out. In this crate all are made, always.

#[cfg(not(feature = "broken"))]
use insula_domain::{IslandId, Membership};
#[cfg(not(feature = "broken"))]
use insula_engine::{Bearer, BearerError, Engine, EngineError, Find, Part};

/// The checks.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Checks {
    #[cfg(feature = "broken")]
    pub(crate) without: Option<crate::broken::Check>,
}

#[cfg(not(feature = "broken"))]
impl Checks {
    /// Whose a token is, if it holds.
    pub(crate) fn bearer(self, engine: &Engine, token: &str) -> Result<Bearer, BearerError> {
        engine.bearer(token)
    }

    /// Whether a membership lets its user in.
    pub(crate) fn is_member(self, membership: &Membership) -> bool {
        membership.is_active
    }

    /// What of an island is found: never anything of another one.
    pub(crate) async fn part(
        self,
        engine: &Engine,
        island: IslandId,
        finds: &[Find],
    ) -> Result<Part, EngineError> {
        engine.part(island, finds).await
    }
}
