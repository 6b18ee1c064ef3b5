//! What this application refused, among the events of its island: what somebody wanted to do, and what is in the way. Nothing
//! of what they sent, which may be about another island.

use insula_domain::{EntityId, IslandId};
use insula_engine::Engine;
use insula_server::web::{Problem, ProblemKind};

use crate::permissions::Action;

/// Remembers that a user may not do this, or that it cannot be done.
pub(crate) async fn refusal(
    engine: &Engine,
    island: IslandId,
    user: EntityId,
    action: Action,
    why: &Problem,
) {
    let kind = why.kind();
    let outcome = match kind {
        ProblemKind::BadToken => "bad_token",
        ProblemKind::RoleMissing => "role_missing",
        ProblemKind::NotFound => "not_found",
        ProblemKind::RuleBroken => "rule_broken",
        ProblemKind::InUse => "in_use",
        ProblemKind::Quota => "quota",
        ProblemKind::Busy => "busy",
        // The database is away or the island gone, which is no decision of this application.
        _ => return,
    };
    acting_for(engine, user).tell_refused(island, action.word(), outcome, kind.title()).await;
}

/// The engine, on behalf of a user.
pub(crate) fn acting_for(engine: &Engine, user: EntityId) -> Engine {
    engine.acting_for(&format!("user {user}"))
}
