//! What can be booked, and who offers it.

use std::collections::BTreeSet;

use insula_domain::{
    AnyHandle, AppointmentType, EntityId, Handle, Kind, NewAppointmentType, NewOffering, Object, Offering,
    Rule,
};
use insula_engine::{Changes, Filter, Find, Part};
use insula_server::web::{Created, Done, JsonBody, Path, Problem};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::change::{Refused, missing, referred, rule};
use crate::permissions::to;
use crate::routes::patients::practitioner;
use crate::session::{May, Session};
use crate::shown::{Listed, One};
use crate::words::Id;

#[derive(Deserialize, JsonSchema)]
#[schemars(inline)]
pub(crate) struct TypePath {
    /// The appointment type.
    appointment_type_id: Id,
}

/// What can be booked.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Types {
    /// In the order in which they are shown.
    appointment_types: Listed<AppointmentType>,
}

/// Something that can be booked, as it is to be. What is left out gets its default.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EditType {
    /// What it is called.
    name: String,
    /// How long it takes.
    duration_minutes: u32,
    /// How long to keep free after it.
    #[serde(default)]
    buffer_minutes: Option<u32>,
    /// The heading under which it is listed.
    #[serde(default)]
    service_type_group_id: Option<Id>,
    /// What receipts call it.
    #[serde(default)]
    receipt_name: Option<String>,
    /// What it is.
    #[serde(default)]
    description: Option<String>,
    /// The position in lists.
    #[serde(default)]
    display_order: Option<u32>,
    /// Whether new patients may book it.
    #[serde(default)]
    bookable_by_new_patients: Option<bool>,
    /// Whether known patients may book it.
    #[serde(default)]
    bookable_by_existing_patients: Option<bool>,
    /// Whether the patient picks the practitioner.
    #[serde(default)]
    patient_chooses_practitioner: Option<bool>,
    /// Settings of the confirmation message.
    #[serde(default)]
    confirmation_message: Option<Map<String, Value>>,
    /// Settings of the reminder.
    #[serde(default)]
    reminder_message: Option<Map<String, Value>>,
}

/// Who offers an appointment type.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Practitioners {
    /// The practitioners.
    practitioner_ids: Vec<EntityId>,
}

pub(crate) async fn list(may: May<to::SeeClinic>) -> Result<Done<Types>, Problem> {
    let all = Filter::All(Vec::new());
    let find = may.session.in_clinic(Kind::AppointmentType, all).by(&["display_order", "name"]);
    let part = may.session.part(&[find]).await?;
    Ok(Done::from(Types { appointment_types: Listed::new(part) }))
}

pub(crate) async fn create(
    may: May<to::EditTypes>,
    JsonBody(body): JsonBody<EditType>,
) -> Result<Created<One<AppointmentType>>, Problem> {
    let (clinic, drafts) = (may.session.clinic, may.session.engine.drafts());
    let made = may.session.edit(around(&may.session), move |part| {
        let new = body.clone().new_type(&part, clinic)?;
        let mut draft = drafts.onto(part.island)?;
        draft.create_appointment_type(new)?;
        Ok(Changes::of(draft))
    });
    Ok(Created::from(One::last(made.await?)))
}

pub(crate) async fn edit(
    may: May<to::EditTypes>,
    Path(TypePath { appointment_type_id: Id(id) }): Path<TypePath>,
    JsonBody(body): JsonBody<EditType>,
) -> Result<Done<One<AppointmentType>>, Problem> {
    let (clinic, drafts) = (may.session.clinic, may.session.engine.drafts());
    let edited = may.session.edit(around(&may.session), move |mut part| {
        part.take::<AppointmentType>(id).ok_or(Refused::Missing(Kind::AppointmentType))?;
        let new = body.clone().new_type(&part, clinic)?;
        let mut draft = drafts.onto(part.island)?;
        let made = AnyHandle::from(draft.create_appointment_type(new)?);
        Ok(Changes { replaced: vec![(made, id)], ..Changes::of(draft) })
    });
    Ok(Done::from(One::last(edited.await?)))
}

pub(crate) async fn practitioners(
    may: May<to::SeeClinic>,
    Path(TypePath { appointment_type_id: Id(id) }): Path<TypePath>,
) -> Result<Done<Practitioners>, Problem> {
    let finds = [may.session.one(Kind::AppointmentType, id), offerings(id)];
    let part = may.session.part(&finds).await?;
    part.find::<AppointmentType>(id).ok_or_else(|| missing(Kind::AppointmentType))?;
    Ok(Done::from(Practitioners { practitioner_ids: offered_by(&part).map(|(user, _)| user).collect() }))
}

pub(crate) async fn offer(
    may: May<to::EditTypes>,
    Path(TypePath { appointment_type_id: Id(id) }): Path<TypePath>,
    JsonBody(Practitioners { practitioner_ids }): JsonBody<Practitioners>,
) -> Result<Done<Practitioners>, Problem> {
    let session = &may.session;
    let drafts = session.engine.drafts();
    let wanted: BTreeSet<EntityId> = practitioner_ids.into_iter().collect();
    let others = Filter::Not(Box::new(Filter::Refers("practitioner_id", wanted.iter().copied().collect())));
    let finds = vec![
        session.one(Kind::AppointmentType, id),
        session.in_clinic(Kind::Membership, Filter::All(Vec::new())),
        offerings(id),
        // Whom appointments of this type would lose.
        Find::new(Kind::Appointment, Filter::of("appointment_type_id", id).and(others.clone())).page(0, 1),
        Find::new(Kind::BillingScenario, Filter::of("appointment_type_id", id).and(others)).page(0, 1),
    ];
    let kept = wanted.clone();
    session
        .edit(finds, move |part| {
            let appointment_type: Handle<AppointmentType> =
                part.find(id).ok_or(Refused::Missing(Kind::AppointmentType))?;
            if part.found(Kind::Appointment) + part.found(Kind::BillingScenario) > 0 {
                let message =
                    "a practitioner who is left out has appointments or prices of this type; keep them";
                return Err(rule("practitioner_ids", Rule::Offering, message));
            }
            let (old, removed): (Vec<_>, Vec<_>) =
                offered_by(&part).partition(|(user, _)| kept.contains(user));
            let is_new = |user: &&EntityId| !old.iter().any(|(own, _)| own == *user);
            let new: Vec<NewOffering> = kept
                .iter()
                .filter(is_new)
                .map(|user| {
                    Ok(NewOffering {
                        practitioner: practitioner(&part, "practitioner_ids", *user)?,
                        appointment_type,
                    })
                })
                .collect::<Result<_, Refused>>()?;
            let mut draft = drafts.onto(part.island)?;
            draft.create_offerings(new).map_err(|no| Refused::from(no).of_field("practitioner_ids"))?;
            let removed = removed.into_iter().map(|(_, offering)| (Kind::Offering, offering)).collect();
            Ok(Changes { removed, ..Changes::of(draft) })
        })
        .await?;
    Ok(Done::from(Practitioners { practitioner_ids: wanted.into_iter().collect() }))
}

/// The offerings of a type.
fn offerings(id: EntityId) -> Find {
    Find::new(Kind::Offering, Filter::of("appointment_type_id", id))
}

/// The practitioners of the offerings that were looked for, with the offerings' ids.
fn offered_by(part: &Part) -> impl Iterator<Item = (EntityId, EntityId)> + '_ {
    let all = part.island.entities.each::<Offering>().take(part.found(Kind::Offering));
    all.filter_map(|(handle, offering)| {
        let ids = &part.island.ids;
        ids.get(Kind::User, offering.practitioner.index()).zip(ids.get(Kind::Offering, handle.index()))
    })
}

/// What the rules for an appointment type look at: the clinic's others, and its groups.
fn around(session: &Session) -> Vec<Find> {
    let all = || Filter::All(Vec::new());
    vec![
        Find::one(Kind::Clinic, session.clinic),
        session.in_clinic(Kind::ServiceTypeGroup, all()),
        session.in_clinic(Kind::AppointmentType, all()),
    ]
}

impl EditType {
    fn new_type(self, part: &Part, clinic: EntityId) -> Result<NewAppointmentType, Refused> {
        let group = self
            .service_type_group_id
            .map(|Id(id)| referred(part, "service_type_group_id", id))
            .transpose()?;
        Ok(NewAppointmentType {
            clinic: referred(part, "clinic_id", clinic)?,
            name: self.name,
            duration_minutes: self.duration_minutes,
            buffer_minutes: self.buffer_minutes,
            group,
            receipt_name: self.receipt_name,
            description: self.description,
            display_order: self.display_order,
            bookable_by_new_patients: self.bookable_by_new_patients,
            bookable_by_existing_patients: self.bookable_by_existing_patients,
            patient_chooses_practitioner: self.patient_chooses_practitioner,
            confirmation_message: self.confirmation_message.map(Object),
            reminder_message: self.reminder_message.map(Object),
        })
    }
}
