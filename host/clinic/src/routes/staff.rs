//! The members of the clinic.

use insula_domain::{
    AnyHandle, Choice, EntityId, Handle, Kind, Membership, NewMembership, Object, Role, Rule,
};
use insula_engine::{Changes, Filter, Find, Part};
use insula_server::web::{Done, JsonBody, Path, Problem};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::change::{Refused, missing, referred, rule};
use crate::permissions::to;
use crate::session::{May, Session};
use crate::words::{Id, Word};

#[derive(Deserialize, JsonSchema)]
#[schemars(inline)]
pub(crate) struct StaffPath {
    /// The user.
    user_id: Id,
}

/// The members of a clinic.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Staff {
    /// By name.
    staff: Vec<Member>,
}

/// A member of a clinic.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Member {
    /// The user.
    user_id: EntityId,
    /// The email address.
    email: String,
    /// The name in this clinic.
    full_name: String,
    /// A title before the name.
    title: Option<String>,
    /// What they may do.
    roles: Vec<&'static str>,
    /// Whether they can log in to the clinic.
    is_active: bool,
}

/// A member as they are to be.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EditMember {
    /// The name in this clinic.
    full_name: String,
    /// A title before the name.
    #[serde(default)]
    title: Option<String>,
    /// What they may do.
    #[schemars(length(min = 1))]
    roles: Vec<Word<Role>>,
    /// Whether they can log in to the clinic.
    is_active: bool,
}

pub(crate) async fn list(may: May<to::SeeClinic>) -> Result<Done<Staff>, Problem> {
    let all = may.session.in_clinic(Kind::Membership, Filter::All(Vec::new())).by(&["full_name"]);
    let part = may.session.part(&[all]).await?;
    Ok(Done::from(Staff { staff: members(&part).collect() }))
}

pub(crate) async fn one(
    may: May<to::SeeClinic>,
    Path(StaffPath { user_id: Id(id) }): Path<StaffPath>,
) -> Result<Done<Member>, Problem> {
    let part =
        may.session.part(&[may.session.in_clinic(Kind::Membership, Filter::of("user_id", id))]).await?;
    members(&part).next().map(Done::from).ok_or_else(|| missing(Kind::User))
}

pub(crate) async fn edit(
    may: May<to::EditStaff>,
    Path(StaffPath { user_id: Id(id) }): Path<StaffPath>,
    JsonBody(body): JsonBody<EditMember>,
) -> Result<Done<Member>, Problem> {
    let session = &may.session;
    if id == session.user && !(body.is_active && body.roles.iter().any(|Word(role)| *role == Role::Admin)) {
        let message = "nobody takes the clinic's administration from themselves; let another admin do it";
        return Err(rule("roles", Rule::Member, message).into());
    }
    let (clinic, drafts) = (session.clinic, session.engine.drafts());
    session
        .edit(around(session, id), move |mut part| {
            let own = membership(&part, id).ok_or(Refused::Missing(Kind::User))?;
            let roles: Vec<Role> = body.roles.iter().map(|Word(role)| *role).collect();
            if !roles.contains(&Role::Practitioner) && is_needed(&part, clinic) {
                let message = "the member has offerings, working hours, patients or appointments as a practitioner; keep that role";
                return Err(rule("roles", Rule::PractitionerRole, message));
            }
            let clinic = referred(&part, "clinic_id", clinic)?;
            let old: Membership = part.take(own).ok_or(Refused::Missing(Kind::User))?;
            let new = NewMembership {
                clinic,
                user: old.user,
                roles,
                full_name: body.full_name.clone(),
                title: body.title.clone(),
                is_active: Some(body.is_active),
                settings: Some(Object(old.settings.0)),
            };
            let mut draft = drafts.onto(part.island)?;
            let made = AnyHandle::from(draft.create_membership(new)?);
            Ok(Changes { replaced: vec![(made, own)], ..Changes::of(draft) })
        })
        .await?;
    let part = session.part(&[session.in_clinic(Kind::Membership, Filter::of("user_id", id))]).await?;
    members(&part).next().map(Done::from).ok_or_else(|| missing(Kind::User))
}

/// The member, and one of each kind of things that make them needed as a practitioner.
fn around(session: &Session, id: EntityId) -> Vec<Find> {
    let some = |kind| session.in_clinic(kind, Filter::of("practitioner_id", id)).page(0, 1);
    vec![
        Find::one(Kind::Clinic, session.clinic),
        session.in_clinic(Kind::Membership, Filter::of("user_id", id)),
        Find::new(Kind::Offering, Filter::of("practitioner_id", id)),
        Find::new(Kind::BillingScenario, Filter::of("practitioner_id", id)),
        some(Kind::Availability),
        some(Kind::CalendarEvent),
        session.in_clinic(Kind::Patient, Filter::of("assigned_practitioner_ids", id)).page(0, 1),
        some(Kind::Appointment),
    ]
}

/// The membership of a user, of those that were looked for.
fn membership(part: &Part, user: EntityId) -> Option<EntityId> {
    let ids = &part.island.ids;
    let mut all = part.island.entities.each::<Membership>();
    let (at, _) = all.find(|(_, of)| ids.get(Kind::User, of.user.index()) == Some(user))?;
    ids.get(Kind::Membership, at.index())
}

/// Whether something of the clinic needs the member as a practitioner.
fn is_needed(part: &Part, clinic: EntityId) -> bool {
    let entities = &part.island.entities;
    let here = |appointment_type: Handle<insula_domain::AppointmentType>| {
        let of = entities.get(appointment_type).map(|of| of.clinic.index());
        of.and_then(|of| part.island.ids.get(Kind::Clinic, of)) == Some(clinic)
    };
    entities.offerings.iter().any(|offering| here(offering.appointment_type))
        || entities.billing_scenarios.iter().any(|price| here(price.appointment_type))
        || [Kind::Availability, Kind::CalendarEvent, Kind::Patient, Kind::Appointment]
            .into_iter()
            .any(|kind| part.found(kind) > 0)
}

/// The members that were looked for.
fn members(part: &Part) -> impl Iterator<Item = Member> + '_ {
    let island = &part.island;
    island.entities.memberships.iter().take(part.found(Kind::Membership)).filter_map(|membership| {
        Some(Member {
            user_id: island.ids.get(Kind::User, membership.user.index())?,
            email: island.entities.get(membership.user)?.email.render(island.id),
            full_name: membership.full_name.clone(),
            title: membership.title.clone(),
            roles: membership.roles.iter().map(Role::word).collect(),
            is_active: membership.is_active,
        })
    })
}
