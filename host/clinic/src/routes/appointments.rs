//! Appointments.

use insula_domain::{AnyHandle, Appointment, AppointmentStatus, Choice, EntityId, FieldValue, Kind};
use insula_engine::{Changes, Filter, Part};
use insula_server::web::{Created, Done, JsonBody, Path, Problem, Query};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::change::{Refused, missing};
use crate::permissions::to;
use crate::routes::booking::{EditAppointment, Reschedule, around, over};
use crate::session::{May, Session};
use crate::shown::{One, Page, window};
use crate::words::{Day, Id, Word};

#[derive(Deserialize, JsonSchema)]
#[schemars(inline)]
pub(crate) struct AppointmentPath {
    /// The appointment.
    appointment_id: Id,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct AppointmentsQuery {
    /// Only those of this day.
    date: Option<Day>,
    /// Only those of this practitioner.
    practitioner_id: Option<Id>,
    /// Only those of this patient.
    patient_id: Option<Id>,
    /// Only those of which this became.
    status: Option<Word<AppointmentStatus>>,
    /// How many to leave out at the start.
    offset: Option<u32>,
    /// How many at most: 1 to 200; 50 where it is left out.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<u32>,
}

/// Who cancels.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum By {
    /// The patient.
    Patient,
    /// The clinic.
    Clinic,
}

/// A cancellation.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cancel {
    /// Who cancels.
    by: By,
}

/// What became of an appointment.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// It took place.
    Completed,
    /// The patient did not come.
    NoShow,
}

/// The end of an appointment.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Close {
    /// What became of it.
    outcome: Outcome,
}

pub(crate) async fn list(
    may: May<to::SeeCalendar>,
    Query(query): Query<AppointmentsQuery>,
) -> Result<Done<Page<Appointment>>, Problem> {
    let (offset, limit) = window(query.offset, query.limit)?;
    let filters = [
        query.date.map(|Day(day)| Filter::Is("date", FieldValue::Date(day))),
        query.practitioner_id.map(|Id(id)| Filter::of("practitioner_id", id)),
        query.patient_id.map(|Id(id)| Filter::of("patient_id", id)),
        query.status.map(|Word(status)| Filter::Is("status", FieldValue::Text(status.word().into()))),
    ];
    let filter = Filter::All(filters.into_iter().flatten().collect());
    let find = may.session.in_clinic(Kind::Appointment, filter).by(&["starts_at"]).page(offset, limit);
    Ok(Done::from(Page::new(may.session.part(&[find]).await?)))
}

pub(crate) async fn one(
    may: May<to::SeeCalendar>,
    Path(AppointmentPath { appointment_id: Id(id) }): Path<AppointmentPath>,
) -> Result<Done<One<Appointment>>, Problem> {
    shown(&may.session, id).await
}

pub(crate) async fn create(
    may: May<to::EditCalendar>,
    JsonBody(body): JsonBody<EditAppointment>,
) -> Result<Created<One<Appointment>>, Problem> {
    let (clinic, drafts) = (may.session.clinic, may.session.engine.drafts());
    let made = may.session.edit(around(&may.session, &body, None), move |part| {
        let new = body.clone().new_appointment(&part, clinic)?;
        let mut draft = drafts.onto(part.island)?;
        draft.create_appointments([new])?;
        Ok(Changes::of(draft))
    });
    Ok(Created::from(One::last(made.await?)))
}

pub(crate) async fn edit(
    may: May<to::EditCalendar>,
    Path(AppointmentPath { appointment_id: Id(id) }): Path<AppointmentPath>,
    JsonBody(body): JsonBody<EditAppointment>,
) -> Result<Done<One<Appointment>>, Problem> {
    rebook(&may.session, id, body, |_, body| Ok(body)).await
}

pub(crate) async fn reschedule(
    may: May<to::EditCalendar>,
    Path(AppointmentPath { appointment_id: Id(id) }): Path<AppointmentPath>,
    JsonBody(body): JsonBody<Reschedule>,
) -> Result<Done<One<Appointment>>, Problem> {
    let session = &may.session;
    let part = session.part(&[session.one(Kind::Appointment, id)]).await?;
    let seen = body.clone().of(&part, id)?;
    // What counts is what it is when it is written. Around another practitioner or type nothing was looked at.
    rebook(session, id, seen, move |part, seen| {
        let now = body.clone().of(part, id)?;
        if now.about() == seen.about() { Ok(now) } else { Err(Refused::Changed) }
    })
    .await
}

pub(crate) async fn cancel(
    may: May<to::EditCalendar>,
    Path(AppointmentPath { appointment_id: Id(id) }): Path<AppointmentPath>,
    JsonBody(Cancel { by }): JsonBody<Cancel>,
) -> Result<Done<One<Appointment>>, Problem> {
    let status = match by {
        By::Patient => AppointmentStatus::CanceledByPatient,
        By::Clinic => AppointmentStatus::CanceledByClinic,
    };
    end(&may.session, id, status).await
}

pub(crate) async fn close(
    may: May<to::EditCalendar>,
    Path(AppointmentPath { appointment_id: Id(id) }): Path<AppointmentPath>,
    JsonBody(Close { outcome }): JsonBody<Close>,
) -> Result<Done<One<Appointment>>, Problem> {
    let status = match outcome {
        Outcome::Completed => AppointmentStatus::Completed,
        Outcome::NoShow => AppointmentStatus::NoShow,
    };
    end(&may.session, id, status).await
}

pub(crate) async fn delete(
    may: May<to::DeleteBookings>,
    Path(AppointmentPath { appointment_id: Id(id) }): Path<AppointmentPath>,
) -> Result<Done<One<Appointment>>, Problem> {
    let deleted = shown(&may.session, id).await?;
    let drafts = may.session.engine.drafts();
    may.session
        .edit(vec![may.session.one(Kind::Appointment, id)], move |part| {
            part.find::<Appointment>(id).ok_or(Refused::Missing(Kind::Appointment))?;
            Ok(Changes { removed: vec![(Kind::Appointment, id)], ..Changes::of(drafts.onto(part.island)?) })
        })
        .await?;
    Ok(deleted)
}

async fn shown(session: &Session, id: EntityId) -> Result<Done<One<Appointment>>, Problem> {
    let part = session.part(&[session.one(Kind::Appointment, id)]).await?;
    let handle = part.find(id).ok_or_else(|| missing(Kind::Appointment))?;
    Ok(Done::from(One::new(part.island, handle)))
}

/// Books an appointment anew, in the place of the one that it was: as it is asked for, and then decided.
async fn rebook(
    session: &Session,
    id: EntityId,
    body: EditAppointment,
    decide: impl Fn(&Part, EditAppointment) -> Result<EditAppointment, Refused> + Send + Sync + 'static,
) -> Result<Done<One<Appointment>>, Problem> {
    let (clinic, drafts) = (session.clinic, session.engine.drafts());
    let edited = session.edit(around(session, &body, Some(id)), move |mut part| {
        let missing = Refused::Missing(Kind::Appointment);
        if own(&part, clinic, id).is_none() {
            return Err(missing);
        }
        let body = decide(&part, body.clone())?;
        let old: Appointment = part.take(id).ok_or(missing)?;
        let new = body.instead_of(&old, &part, clinic)?;
        let mut draft = drafts.onto(part.island)?;
        let made = draft.create_appointments([new])?;
        let replaced = made.into_iter().map(|made| (AnyHandle::from(made), id)).collect();
        Ok(Changes { replaced, ..Changes::of(draft) })
    });
    Ok(Done::from(One::last(edited.await?)))
}

/// Ends an appointment that stands. That breaks no rule: it only makes room.
async fn end(
    session: &Session,
    id: EntityId,
    status: AppointmentStatus,
) -> Result<Done<One<Appointment>>, Problem> {
    let drafts = session.engine.drafts();
    session
        .edit(vec![session.one(Kind::Appointment, id)], move |part| {
            let old = part.find::<Appointment>(id).and_then(|handle| part.island.entities.get(handle));
            if old.ok_or(Refused::Missing(Kind::Appointment))?.status != AppointmentStatus::Confirmed {
                return Err(over());
            }
            let set = vec![(Kind::Appointment, id, "status", FieldValue::Text(status.word().into()))];
            Ok(Changes { set, ..Changes::of(drafts.onto(part.island)?) })
        })
        .await?;
    shown(session, id).await
}

/// Whether an appointment of the part is the clinic's: others are there to be looked at only.
fn own(part: &Part, clinic: EntityId, id: EntityId) -> Option<()> {
    let appointment = part.island.entities.get(part.find::<Appointment>(id)?)?;
    (part.island.ids.get(Kind::Clinic, appointment.clinic.index())? == clinic).then_some(())
}
