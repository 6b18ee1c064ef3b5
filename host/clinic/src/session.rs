//! Who is asking, and whether they may.

use std::marker::PhantomData;

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::Operation;
use axum::extract::{FromRef, FromRequestParts};
use axum::http::header;
use axum::http::request::Parts;
use insula_domain::{Choice, EntityId, Island, IslandId, Kind, Membership, Role};
use insula_engine::{Changes, Engine, EngineError, Filter, Find, Part};
use insula_server::web::{Problem, ProblemKind};
use jiff::Timestamp;

use crate::change::{Refused, refuse};
use crate::checks::Checks;
use crate::permissions::{self, Permit};
use crate::router::App;

/// A request by somebody who may do this.
pub(crate) struct May<A> {
    /// Who it is.
    pub(crate) session: Session,
    action: PhantomData<fn() -> A>,
}

/// Somebody who is logged in to a clinic, and the only way to what it holds.
#[derive(Clone)]
pub(crate) struct Session {
    pub(crate) engine: Engine,
    checks: Checks,
    island: IslandId,
    /// The user.
    pub(crate) user: EntityId,
    /// The active clinic.
    pub(crate) clinic: EntityId,
    /// The user's membership, with the user and the clinic.
    pub(crate) own: Island,
    /// Until when the token is good.
    pub(crate) expires_at: Timestamp,
}

impl Session {
    /// Whom a token stands for.
    pub(crate) async fn of(app: &App, token: &str) -> Result<Self, Problem> {
        let engine = Engine::from_ref(app);
        let bearer = app.checks.bearer(&engine, token).map_err(|reason| bad_token(&reason.to_string()))?;
        let member = Filter::of("user_id", bearer.user).and(Filter::of("clinic_id", bearer.clinic));
        let part = engine.part(bearer.island, &[Find::new(Kind::Membership, member)]).await;
        let part = match part {
            Ok(part) => part,
            Err(EngineError::UnknownIsland(_) | EngineError::Gone { .. }) => {
                return Err(bad_token("the token's island is no more; seed a new one"));
            }
            Err(other) => return Err(other.into()),
        };
        let session = Self {
            engine,
            checks: app.checks,
            island: bearer.island,
            user: bearer.user,
            clinic: bearer.clinic,
            own: part.island,
            expires_at: bearer.expires_at,
        };
        if session.membership().is_none_or(|own| !app.checks.is_member(own)) || !session.clinic_is_active() {
            return Err(bad_token("the token's user is no active member of its clinic; log in to another"));
        }
        Ok(session)
    }

    /// The user's membership in the active clinic.
    pub(crate) fn membership(&self) -> Option<&Membership> {
        self.own.entities.memberships.first()
    }

    fn clinic_is_active(&self) -> bool {
        self.own.entities.clinics.first().is_some_and(|clinic| clinic.is_active)
    }

    /// What of the clinic a filter leaves.
    pub(crate) fn in_clinic(&self, kind: Kind, filter: Filter) -> Find {
        Find::new(kind, Filter::of("clinic_id", self.clinic).and(filter))
    }

    /// One thing of the clinic.
    pub(crate) fn one(&self, kind: Kind, id: EntityId) -> Find {
        self.in_clinic(kind, Filter::Id(vec![id]))
    }

    /// A part of the session's island.
    pub(crate) async fn part(&self, finds: &[Find]) -> Result<Part, Problem> {
        Ok(self.checks.part(&self.engine, self.island, finds).await?)
    }

    /// Changes a part of the session's island.
    pub(crate) async fn edit(
        &self,
        finds: Vec<Find>,
        decide: impl Fn(Part) -> Result<Changes, Refused> + Send + Sync + 'static,
    ) -> Result<Island, Problem> {
        let engine = self.engine.acting_for(&format!("user {}", self.user));
        refuse(engine.edit(self.island, finds, decide).await)
    }
}

impl<A: Permit> FromRequestParts<App> for May<A> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let mut sent = parts.headers.get_all(header::AUTHORIZATION).iter();
        let token = match (sent.next(), sent.next()) {
            (Some(one), None) => one.to_str().ok().and_then(bearer),
            _ => None,
        };
        let token = token
            .ok_or_else(|| bad_token("send one \"Authorization: Bearer …\" with a token of an island"))?;
        let session = Session::of(app, token).await?;
        let allowed = session.membership().is_some_and(|own| permissions::may(&own.roles, A::ACTION));
        if !allowed {
            let detail = format!("to {} takes the role {}", A::ACTION.word(), roles::<A>());
            return Err(Problem::new(ProblemKind::RoleMissing, detail));
        }
        Ok(Self { session, action: PhantomData })
    }
}

/// The token in `Bearer <token>` (RFC 6750).
fn bearer(text: &str) -> Option<&str> {
    let (scheme, token) = text.split_at_checked("Bearer ".len())?;
    scheme.eq_ignore_ascii_case("Bearer ").then(|| token.trim())
}

fn bad_token(detail: &str) -> Problem {
    Problem::new(ProblemKind::BadToken, detail)
}

fn roles<A: Permit>() -> String {
    let words: Vec<_> = permissions::roles_for(A::ACTION).iter().map(|role: &Role| role.word()).collect();
    words.join(", ")
}

impl<A: Permit> OperationInput for May<A> {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        operation.description = Some(format!("Roles: {}.", roles::<A>()));
    }
}
