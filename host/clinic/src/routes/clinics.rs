//! The session: who is asking, and in which of their clinics.

use axum::extract::State;
use insula_domain::{Choice, Clinic, EntityId, FieldValue, Handle, Island, Kind, Membership, Role, User};
use insula_engine::{Changes, Engine, Filter, Find, Token};
use insula_server::web::{Done, Path, Problem, ProblemKind};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::change::{Refused, missing};
use crate::permissions::{self, to};
use crate::session::{May, Session};
use crate::shown::One;
use crate::words::Id;

#[derive(Deserialize, JsonSchema)]
#[schemars(inline)]
pub(crate) struct ClinicPath {
    /// The clinic.
    clinic_id: Id,
}

/// Somebody who is logged in.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Me {
    /// The user.
    user: One<User>,
    /// Their place in the active clinic.
    membership: One<Membership>,
    /// The active clinic.
    clinic: One<Clinic>,
    /// What they may do there.
    may: Vec<&'static str>,
}

/// A fresh token, and whose it is.
#[derive(Serialize, JsonSchema)]
pub(crate) struct LoggedIn {
    #[serde(flatten)]
    token: Token,
    /// Whose it is.
    me: Me,
}

/// The clinics of a user.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Clinics {
    /// Those in which they are an active member.
    clinics: Vec<Place>,
}

/// A user's place in a clinic.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Place {
    /// The clinic.
    id: EntityId,
    /// What it is called.
    name: String,
    /// What the user may do there.
    roles: Vec<&'static str>,
    /// Whether it is the one that the token leads to.
    is_current: bool,
}

pub(crate) async fn login(
    State(engine): State<Engine>,
    may: May<to::Enter>,
) -> Result<Done<LoggedIn>, Problem> {
    let session = may.session;
    let (user, drafts) = (session.user, engine.drafts());
    let now = Timestamp::from_second(Timestamp::now().as_second()).unwrap_or_default();
    session
        .edit(Vec::new(), move |part| {
            let set = vec![(Kind::User, user, "last_login_at", FieldValue::Instant(now))];
            Ok::<_, Refused>(Changes { set, ..Changes::of(drafts.onto(part.island)?) })
        })
        .await?;
    let mut own = session.own.clone();
    if let Some(user) = own.entities.users.first_mut() {
        user.last_login_at = Some(now);
    }
    logged_in(&session, own)
}

pub(crate) async fn me(may: May<to::Enter>) -> Done<Me> {
    Done::from(Me::of(may.session.own))
}

pub(crate) async fn clinics(may: May<to::Enter>) -> Result<Done<Clinics>, Problem> {
    let session = may.session;
    let part = session.part(&[places(&session)]).await?;
    let entities = &part.island.entities;
    let place = |membership: &Membership| {
        let clinic =
            entities.get(membership.clinic).filter(|clinic| clinic.is_active && membership.is_active)?;
        let id = part.island.ids.get(Kind::Clinic, membership.clinic.index())?;
        Some(Place {
            id,
            name: clinic.name.clone(),
            roles: membership.roles.iter().map(Role::word).collect(),
            is_current: id == session.clinic,
        })
    };
    let clinics = entities.memberships.iter().take(part.found(Kind::Membership)).filter_map(place).collect();
    Ok(Done::from(Clinics { clinics }))
}

pub(crate) async fn switch(
    may: May<to::Enter>,
    Path(ClinicPath { clinic_id: Id(clinic) }): Path<ClinicPath>,
) -> Result<Done<LoggedIn>, Problem> {
    let session = may.session;
    let own = Filter::of("user_id", session.user).and(Filter::of("clinic_id", clinic));
    let part = session.part(&[Find::new(Kind::Membership, own)]).await?;
    let entities = &part.island.entities;
    let place = entities.memberships.first().filter(|membership| membership.is_active);
    if place.and_then(|place| entities.get(place.clinic)).is_none_or(|clinic| !clinic.is_active) {
        return Err(missing(Kind::Clinic));
    }
    logged_in(&session, part.island)
}

/// The memberships of the user.
fn places(session: &Session) -> Find {
    Find::new(Kind::Membership, Filter::of("user_id", session.user))
}

/// A token for the first membership of a part. It ends when the one that was sent does.
fn logged_in(session: &Session, own: Island) -> Result<Done<LoggedIn>, Problem> {
    let Some(membership) = own.entities.memberships.first() else {
        return Err(Problem::new(ProblemKind::Internal, "the membership is gone"));
    };
    let token = session.engine.token(&own, membership, session.expires_at)?;
    Ok(Done::from(LoggedIn { token, me: Me::of(own) }))
}

impl Me {
    fn of(own: Island) -> Self {
        let may = own.entities.memberships.first().map(|own| permissions::all_of(&own.roles));
        Self {
            user: One::new(own.clone(), Handle::new(0)),
            membership: One::new(own.clone(), Handle::new(0)),
            clinic: One::new(own, Handle::new(0)),
            may: may.unwrap_or_default(),
        }
    }
}
