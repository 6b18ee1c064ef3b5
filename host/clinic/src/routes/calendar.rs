//! The calendar, and time off.

use insula_domain::{Appointment, CalendarEvent, EntityId, FieldValue, Kind, NewTimeOff, Rule};
use insula_engine::{Changes, Filter, Find};
use insula_server::web::{Created, Done, JsonBody, Path, Problem, ProblemKind, Query};
use jiff::ToSpan;
use jiff::civil::{Date, date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::change::{Refused, missing, referred, rule};
use crate::permissions::to;
use crate::routes::patients::practitioner;
use crate::session::May;
use crate::shown::{Listed, One};
use crate::words::{Clock, Day, Id};

#[derive(Deserialize, JsonSchema)]
#[schemars(inline)]
pub(crate) struct EventPath {
    /// The time off.
    calendar_event_id: Id,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct CalendarQuery {
    /// The first day.
    from: Day,
    /// The last day, at most 62 days on.
    until: Day,
    /// Only what is this practitioner's.
    practitioner_id: Option<Id>,
}

/// What stands in a calendar.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Calendar {
    /// The appointments, the first first.
    appointments: Listed<Appointment>,
    /// The times off, the first first.
    time_off: Listed<CalendarEvent>,
}

/// Time off to be: the whole day without hours.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TakeOff {
    /// The practitioner.
    practitioner_id: Id,
    /// The day, in the clinic's time zone.
    date: Day,
    /// The time of day from which.
    #[serde(default)]
    start_time: Option<Clock>,
    /// The time of day until which.
    #[serde(default)]
    end_time: Option<Clock>,
    /// What the calendar shows.
    #[serde(default)]
    name: Option<String>,
}

/// The longest stretch that is shown at once: two months.
const DAYS: i32 = 62;

pub(crate) async fn calendar(
    may: May<to::SeeCalendar>,
    Query(query): Query<CalendarQuery>,
) -> Result<Done<Calendar>, Problem> {
    let (Day(from), Day(until)) = (query.from, query.until);
    if !(0..=DAYS).contains(&(until - from).get_days()) {
        let detail = format!("until must be from {from} to {DAYS} days on");
        return Err(Problem::new(ProblemKind::InvalidQuery, detail));
    }
    let mut filter = Filter::Between("date", FieldValue::Date(from), FieldValue::Date(until));
    if let Some(Id(practitioner)) = query.practitioner_id {
        filter = filter.and(Filter::of("practitioner_id", practitioner));
    }
    let find = |kind| may.session.in_clinic(kind, filter.clone()).by(&["date", "start_time"]);
    let part = may.session.part(&[find(Kind::Appointment), find(Kind::CalendarEvent)]).await?;
    Ok(Done::from(Calendar { appointments: Listed::new(part.clone()), time_off: Listed::new(part) }))
}

pub(crate) async fn take_off(
    may: May<to::EditCalendar>,
    JsonBody(body): JsonBody<TakeOff>,
) -> Result<Created<One<CalendarEvent>>, Problem> {
    let (clinic, drafts) = (may.session.clinic, may.session.engine.drafts());
    let Day(date) = body.date;
    let (from, until) = days_around(date);
    let days = Filter::Between("date", FieldValue::Date(from), FieldValue::Date(until));
    let finds = vec![
        Find::one(Kind::Clinic, clinic),
        may.session.in_clinic(Kind::Membership, Filter::All(Vec::new())),
        Find::new(Kind::Appointment, days.and(Filter::of("practitioner_id", body.practitioner_id.0))),
    ];
    let made = may.session.edit(finds, move |part| {
        let hours = match (body.start_time, body.end_time) {
            (Some(Clock(start)), Some(Clock(end))) => Some((start, end)),
            (None, None) => None,
            _ => {
                let message = "give both a start and an end, or neither for the whole day";
                return Err(rule("end_time", Rule::EndsAfterStart, message));
            }
        };
        let new = NewTimeOff {
            clinic: referred(&part, "clinic_id", clinic)?,
            practitioner: practitioner(&part, "practitioner_id", body.practitioner_id.0)?,
            date,
            hours,
            name: body.name.clone(),
        };
        let mut draft = drafts.onto(part.island)?;
        draft.create_time_off([new])?;
        Ok(Changes::of(draft))
    });
    Ok(Created::from(One::last(made.await?)))
}

pub(crate) async fn work(
    may: May<to::EditCalendar>,
    Path(EventPath { calendar_event_id: Id(id) }): Path<EventPath>,
) -> Result<Done<One<CalendarEvent>>, Problem> {
    let find: fn(&May<to::EditCalendar>, EntityId) -> Find =
        |may, id| may.session.one(Kind::CalendarEvent, id);
    let part = may.session.part(&[find(&may, id)]).await?;
    let handle = part.find(id).ok_or_else(|| missing(Kind::CalendarEvent))?;
    let drafts = may.session.engine.drafts();
    may.session
        .edit(vec![find(&may, id)], move |part| {
            part.find::<CalendarEvent>(id).ok_or(Refused::Missing(Kind::CalendarEvent))?;
            Ok(Changes { removed: vec![(Kind::CalendarEvent, id)], ..Changes::of(drafts.onto(part.island)?) })
        })
        .await?;
    Ok(Done::from(One::new(part.island, handle)))
}

/// The days on which something may be at the same time as something of this day in another time zone: zones are at most
/// 26 hours apart. Before the first day that all databases can write there is nothing.
pub(crate) fn days_around(day: Date) -> (Date, Date) {
    (day.saturating_sub(2.days()).max(date(1, 1, 1)), day.saturating_add(2.days()))
}
