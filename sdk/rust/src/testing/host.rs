//! The host's calls, answered from memory.

use super::{MADE, Made, NAMES, NOW};
use crate::contract::context::{Level, Persona};
use crate::contract::island::*;

type Answer<T> = Result<T, Rejection>;

fn push<T, H>(new: T, list: impl FnOnce(&mut Made) -> &mut Vec<T>, handle: impl FnOnce(u32) -> H) -> H {
    MADE.with_borrow_mut(|made| {
        let list = list(made);
        list.push(new);
        handle((list.len() - 1) as u32)
    })
}

/// Calls that create one thing, and calls that create a list of them.
macro_rules! creates {
    ($($call:ident($($ref:tt)?) $new:ident -> $handle:ident in $list:ident;)+) => {
        $(creates!(@one $call($($ref)?) $new $handle $list);)+
    };
    (@one $call:ident(&) $new:ident $handle:ident $list:ident) => {
        pub(crate) fn $call(new: &$new) -> Answer<$handle> {
            Ok(push(new.clone(), |made| &mut made.$list, |handle| $handle { handle }))
        }
    };
    (@one $call:ident() $new:ident $handle:ident $list:ident) => {
        pub(crate) fn $call(new: $new) -> Answer<$handle> {
            Ok(push(new, |made| &mut made.$list, |handle| $handle { handle }))
        }
    };
    (@one $call:ident(*) $new:ident $handle:ident $list:ident) => {
        pub(crate) fn $call(new: &[$new]) -> Answer<Vec<$handle>> {
            let one = |new: &$new| push(new.clone(), |made| &mut made.$list, |handle| $handle { handle });
            Ok(new.iter().map(one).collect())
        }
    };
}

creates! {
    create_clinic(&) NewClinic -> Clinic in clinics;
    create_user(&) NewUser -> User in users;
    create_membership(&) NewMembership -> Membership in memberships;
    create_service_type_group(&) NewServiceTypeGroup -> ServiceTypeGroup in service_type_groups;
    create_appointment_type(&) NewAppointmentType -> AppointmentType in appointment_types;
    create_offerings(*) NewOffering -> Offering in offerings;
    create_resource_type(&) NewResourceType -> ResourceType in resource_types;
    create_resource(&) NewResource -> ClinicResource in resources;
    create_resource_requirement() NewResourceRequirement -> ResourceRequirement in resource_requirements;
    create_billing_scenario(&) NewBillingScenario -> BillingScenario in billing_scenarios;
    create_availabilities(*) NewAvailability -> Availability in availabilities;
    create_time_off(*) NewTimeOff -> CalendarEvent in time_off;
    create_patients(*) NewPatient -> Patient in patients;
    create_appointments(*) NewAppointment -> Appointment in appointments;
}

pub(crate) fn create_series(new: &NewSeries) -> Answer<Vec<Appointment>> {
    let days = match new.every {
        Interval::Days(days) => days,
        Interval::Weeks(weeks) => weeks.saturating_mul(7),
    };
    let nth = |n: u32| {
        let mut appointment = new.first.clone();
        let later = i32::try_from(n.saturating_mul(days)).unwrap_or(i32::MAX);
        appointment.starts.date = appointment.starts.date.plus_days(later);
        appointment
    };
    create_appointments(&(0..new.count).map(nth).collect::<Vec<_>>())
}

pub(crate) fn name(entity: Entity, name: &str) -> Answer<()> {
    if !NAMES.with_borrow_mut(|names| names.insert(name.into())) {
        let message = format!("the name {name} is used already");
        return Err(Rejection { index: None, field: Some("name".into()), rule: "duplicate".into(), message });
    }
    MADE.with_borrow_mut(|made| made.names.push((name.into(), entity)));
    Ok(())
}

pub(crate) fn existing() -> Contents {
    Contents {
        clinics: Vec::new(),
        users: Vec::new(),
        members: Vec::new(),
        appointment_types: Vec::new(),
        patients: Vec::new(),
        names: Vec::new(),
    }
}

pub(crate) fn now() -> i64 {
    let seconds = i64::from(crate::date(1970, 1, 1).days_until(NOW.date)) * 86_400;
    seconds + i64::from(NOW.time.minutes()) * 60
}

pub(crate) fn local_now(_clinic: Clinic) -> Answer<LocalTime> {
    Ok(NOW)
}

/// FNV-1a: the same for the same path, and no more is promised.
pub(crate) fn random(path: &str) -> u64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    path.bytes().fold(0xcbf2_9ce4_8422_2325, step)
}

pub(crate) fn person(path: &str, locale: Option<&str>) -> Persona {
    let place = locale.unwrap_or("anywhere");
    Persona {
        given_name: path.into(),
        family_name: format!("of {place}"),
        full_name: format!("{path} of {place}"),
        email: format!("{}@example.test", path.replace('/', "-")),
        phone: format!("+1555{:07}", random(path) % 10_000_000),
        birthday: (1980, 1, 1),
    }
}

pub(crate) fn log(level: Level, message: &str) {
    MADE.with_borrow_mut(|made| made.logs.push((level, message.into())));
}
