//! The contract's types and the domain's.

use insula_domain as domain;
use insula_domain::{AnyHandle, Handle, Kind, Object, Rejection, Rule};
use jiff::civil::{Date, Time};

use super::bindings::insula::scenario::{context, island, types};
use crate::log::LogLevel;
use crate::person::Person;

macro_rules! handles {
    ($($name:ident is $entity:ident),* $(,)?) => {
        $(
            impl From<types::$name> for Handle<domain::$entity> {
                fn from(named: types::$name) -> Self {
                    Self::new(named.handle)
                }
            }
            impl From<Handle<domain::$entity>> for types::$name {
                fn from(handle: Handle<domain::$entity>) -> Self {
                    Self { handle: handle.index() }
                }
            }
        )*
        impl From<types::Entity> for AnyHandle {
            fn from(entity: types::Entity) -> Self {
                match entity {
                    $(types::Entity::$name(named) => Handle::<domain::$entity>::from(named).into(),)*
                }
            }
        }
        impl From<AnyHandle> for types::Entity {
            fn from(AnyHandle { kind, index }: AnyHandle) -> Self {
                match kind {
                    $(Kind::$entity => Self::$name(types::$name { handle: index }),)*
                }
            }
        }
    };
}
handles! {
    Clinic is Clinic, User is User, Membership is Membership, ServiceTypeGroup is ServiceTypeGroup,
    AppointmentType is AppointmentType, Offering is Offering, ResourceType is ResourceType,
    ClinicResource is Resource, ResourceRequirement is ResourceRequirement, BillingScenario is BillingScenario,
    Availability is Availability, CalendarEvent is CalendarEvent, Patient is Patient, Appointment is Appointment,
}

macro_rules! words {
    ($($name:ident { $($word:ident),* })*) => {$(
        impl From<types::$name> for domain::$name {
            fn from(word: types::$name) -> Self {
                match word { $(types::$name::$word => Self::$word),* }
            }
        }
        impl From<domain::$name> for types::$name {
            fn from(word: domain::$name) -> Self {
                match word { $(domain::$name::$word => Self::$word),* }
            }
        }
    )*};
}
words! {
    Role { Admin, Practitioner, Receptionist, ReadOnly }
    Subscription { Trial, Active, PastDue, Canceled }
    Gender { Female, Male, Other, Unknown }
    PatientCreator { ClinicUser, Patient }
    AppointmentStatus { Confirmed, CanceledByPatient, CanceledByClinic, Completed, NoShow }
    Weekday { Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday }
    Fold { Earlier, Later }
}

impl From<context::Level> for LogLevel {
    fn from(level: context::Level) -> Self {
        match level {
            context::Level::Debug => Self::Debug,
            context::Level::Info => Self::Info,
            context::Level::Warn => Self::Warn,
        }
    }
}

impl From<types::Rejection> for Rejection {
    fn from(rejection: types::Rejection) -> Self {
        let types::Rejection { index, field, rule, message } = rejection;
        Self { index, field, rule, message }
    }
}
impl From<Rejection> for types::Rejection {
    fn from(rejection: Rejection) -> Self {
        let Rejection { index, field, rule, message } = rejection;
        Self { index, field, rule, message }
    }
}

impl From<Person> for context::Persona {
    fn from(person: Person) -> Self {
        let (year, month, day) = civil(person.birthday);
        Self {
            given_name: person.given_name,
            family_name: person.family_name,
            full_name: person.full_name,
            email: person.email,
            phone: person.phone,
            birthday: (year, month, day),
        }
    }
}

impl From<domain::LocalTime> for types::LocalTime {
    fn from(local: domain::LocalTime) -> Self {
        let (year, month, day) = civil(local.date);
        let time = types::Time {
            hour: local.time.hour().unsigned_abs(),
            minute: local.time.minute().unsigned_abs(),
        };
        Self { date: types::Date { year, month, day }, time, fold: local.fold.into() }
    }
}

impl From<island::Allocation> for domain::Allocation {
    fn from(allocation: island::Allocation) -> Self {
        match allocation {
            island::Allocation::Automatic => Self::Automatic,
            island::Allocation::Chosen(resources) => {
                Self::Chosen(resources.into_iter().map(Into::into).collect())
            }
        }
    }
}

impl From<island::Interval> for domain::Every {
    fn from(interval: island::Interval) -> Self {
        match interval {
            island::Interval::Days(days) => Self::Days(days),
            island::Interval::Weeks(weeks) => Self::Weeks(weeks),
        }
    }
}

/// Year, month and day, neither of the latter below 1.
fn civil(date: Date) -> (i16, u8, u8) {
    (date.year(), date.month().unsigned_abs(), date.day().unsigned_abs())
}

pub(super) fn date(field: &str, date: types::Date) -> Result<Date, Rejection> {
    let types::Date { year, month, day } = date;
    let parts = i8::try_from(month).ok().zip(i8::try_from(day).ok());
    parts.and_then(|(month, day)| Date::new(year, month, day).ok()).ok_or_else(|| {
        let message = format!("there is no day {year:04}-{month:02}-{day:02}; take one of the calendar");
        Rejection::of(field, Rule::CivilTime, message)
    })
}

pub(super) fn time(field: &str, time: types::Time) -> Result<Time, Rejection> {
    let types::Time { hour, minute } = time;
    let parts = i8::try_from(hour).ok().zip(i8::try_from(minute).ok());
    parts.and_then(|(hour, minute)| Time::new(hour, minute, 0, 0).ok()).ok_or_else(|| {
        let message = format!("there is no time {hour:02}:{minute:02}; take one from 00:00 to 23:59");
        Rejection::of(field, Rule::CivilTime, message)
    })
}

pub(super) fn local_time(field: &str, local: types::LocalTime) -> Result<domain::LocalTime, Rejection> {
    let (date, time) = (date(field, local.date)?, time(field, local.time)?);
    Ok(domain::LocalTime { date, time, fold: local.fold.into() })
}

/// Bytes of a JSON object. Settings are a page of text at most, and parsed they take up to sixteen times as much.
const MAX_OBJECT: usize = 64 << 10;

pub(super) fn object(field: &str, json: Option<types::Json>) -> Result<Option<Object>, Rejection> {
    let Some(json) = json else { return Ok(None) };
    if json.len() > MAX_OBJECT {
        let message = format!("has {} bytes; a JSON object here has at most {MAX_OBJECT}", json.len());
        return Err(Rejection::of(field, Rule::Range, message));
    }
    serde_json::from_str(&json).map(|object| Some(Object(object))).map_err(|reason| {
        let message = format!("must be a JSON object, which this is not: {reason}");
        Rejection::of(field, Rule::Format, message)
    })
}

/// Converts each; a refusal says which one it was.
pub(super) fn each<T, U>(
    items: Vec<T>,
    convert: impl Fn(T) -> Result<U, Rejection>,
) -> Result<Vec<U>, Rejection> {
    let numbered = (0..).zip(items);
    numbered
        .map(|(index, item)| convert(item).map_err(|rejection| Rejection { index: Some(index), ..rejection }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_times_that_do_not_exist_are_rejected() {
        let day = |year, month, day| date("birthday", types::Date { year, month, day }).map_err(|no| no.rule);
        assert_eq!(day(2028, 2, 29), Ok(jiff::civil::date(2028, 2, 29)));
        for (year, month, of_month) in
            [(2026, 2, 29), (2026, 0, 1), (2026, 13, 1), (2026, 1, 200), (i16::MAX, 1, 1)]
        {
            assert_eq!(day(year, month, of_month), Err("civil_time".to_owned()));
        }
        let at = |hour, minute| time("start_time", types::Time { hour, minute }).map_err(|no| no.rule);
        assert_eq!(at(23, 59), Ok(jiff::civil::time(23, 59, 0, 0)));
        for (hour, minute) in [(24, 0), (0, 60), (255, 255)] {
            assert_eq!(at(hour, minute), Err("civil_time".to_owned()));
        }
    }

    #[test]
    fn settings_are_json_objects() {
        let read = |json: &str| object("settings", Some(json.to_owned()));
        assert_eq!(object("settings", None), Ok(None));
        assert_eq!(read("{\"a\":1}").unwrap().unwrap().0.len(), 1);
        for json in ["", "[]", "null", "{", "{}{}", &"[".repeat(60_000)] {
            let rejection = read(json).unwrap_err();
            assert_eq!((rejection.field.as_deref(), rejection.rule.as_str()), (Some("settings"), "format"));
        }
        assert_eq!(read(&" ".repeat(MAX_OBJECT + 1)).unwrap_err().rule, "range");
    }
}
