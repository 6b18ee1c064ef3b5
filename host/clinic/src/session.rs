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
use crate::permissions::{self, Action, Permit};
use crate::router::App;
use crate::told;

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
    island: IslandId,
    claim: Claim,
    /// The user.
    pub(crate) user: EntityId,
    /// The active clinic.
    pub(crate) clinic: EntityId,
    /// The user's membership, with the user and the clinic.
    pub(crate) own: Island,
    /// Until when the token is good.
    pub(crate) expires_at: Timestamp,
}

/// What somebody wants to do in a clinic: checked at the door, and again where something is written.
#[derive(Clone, Copy)]
struct Claim {
    checks: Checks,
    user: EntityId,
    clinic: EntityId,
    action: Action,
}

impl Claim {
    /// The membership that it rests on.
    fn membership(self) -> Filter {
        Filter::of("user_id", self.user).and(Filter::of("clinic_id", self.clinic))
    }

    /// Refuses it unless that membership is in the part and allows it; otherwise says which one it is.
    fn check(self, part: &Island) -> Result<EntityId, Problem> {
        let is_own = |own: &Membership| {
            part.ids.get(Kind::User, own.user.index()) == Some(self.user)
                && part.ids.get(Kind::Clinic, own.clinic.index()) == Some(self.clinic)
        };
        let mut all = part.entities.each::<Membership>();
        let own = all.find(|(_, own)| is_own(own)).filter(|(_, own)| {
            let clinic = part.entities.get(own.clinic);
            self.checks.is_member(own) && clinic.is_some_and(|clinic| clinic.is_active)
        });
        let own = own.and_then(|(at, own)| part.ids.get(Kind::Membership, at.index()).zip(Some(own)));
        let Some((id, own)) = own else {
            return Err(bad_token("the token's user is no active member of its clinic; log in to another"));
        };
        if !permissions::may(&own.roles, self.action) {
            let detail = format!("to {} takes the role {}", self.action.word(), roles(self.action));
            return Err(Problem::new(ProblemKind::RoleMissing, detail));
        }
        Ok(id)
    }
}

impl Session {
    /// Whom a token stands for, if they may do this.
    async fn of(app: &App, token: &str, action: Action) -> Result<Self, Problem> {
        let engine = Engine::from_ref(app);
        let bearer = app.checks.bearer(&engine, token).map_err(|reason| bad_token(&reason.to_string()))?;
        let claim = Claim { checks: app.checks, user: bearer.user, clinic: bearer.clinic, action };
        let part = engine.part(bearer.island, &[Find::new(Kind::Membership, claim.membership())]).await;
        let part = match part {
            Ok(part) => part,
            Err(EngineError::UnknownIsland(_) | EngineError::Gone { .. }) => {
                return Err(bad_token("the token's island is no more; seed a new one"));
            }
            Err(other) => return Err(other.into()),
        };
        if let Err(why) = claim.check(&part.island) {
            // Who is no member may be another island's, which this one is told nothing of.
            if why.kind() == ProblemKind::RoleMissing {
                told::refusal(&engine, bearer.island, bearer.user, action, &why).await;
            }
            return Err(why);
        }
        Ok(Self {
            engine,
            island: bearer.island,
            claim,
            user: bearer.user,
            clinic: bearer.clinic,
            own: part.island,
            expires_at: bearer.expires_at,
        })
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
        Ok(self.claim.checks.part(&self.engine, self.island, finds).await?)
    }

    /// Changes a part of the session's island. Since the door the user may have lost what let them in, so that is looked
    /// at once more, in the transaction that writes.
    pub(crate) async fn edit(
        &self,
        mut finds: Vec<Find>,
        decide: impl Fn(Part) -> Result<Changes, Refused> + Send + Sync + 'static,
    ) -> Result<Island, Problem> {
        let engine = told::acting_for(&self.engine, self.user);
        let claim = self.claim;
        let asked = finds.iter_mut().find(|find| find.kind == Kind::Membership);
        let alone = asked.is_none();
        match asked {
            // Of two finds of one kind the first counts: so they are made one.
            Some(asked) => {
                let filter = std::mem::replace(&mut asked.filter, claim.membership());
                asked.filter = Filter::Any(vec![filter, claim.membership()]);
            }
            None => finds.push(Find::new(Kind::Membership, claim.membership())),
        }
        let decide = move |mut part: Part| {
            let own = claim.check(&part.island).map_err(Refused::Caller)?;
            if alone {
                // Who looks at no memberships may replace the clinic, to which this one would refer.
                part.take::<Membership>(own);
            }
            decide(part)
        };
        let edited = refuse(engine.edit(self.island, finds, decide).await);
        if let Err(why) = &edited {
            told::refusal(&self.engine, self.island, self.user, claim.action, why).await;
        }
        edited
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
        let session = Session::of(app, token, A::ACTION).await?;
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

fn roles(action: Action) -> String {
    let words: Vec<_> = permissions::roles_for(action).iter().map(|role: &Role| role.word()).collect();
    words.join(", ")
}

impl<A: Permit> OperationInput for May<A> {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        operation.description = Some(format!("Roles: {}.", roles(A::ACTION)));
    }
}
