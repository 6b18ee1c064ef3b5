//! For tests of long lists, full days and speed.

use insula::prelude::*;

/// How full the calendar is.
#[insula::params]
pub struct Busy {
    /// Practitioners, who share the appointments evenly.
    #[param(default = 2, range(min = 1, max = 200))]
    practitioners: u32,
    /// Patients, who take turns.
    #[param(default = 20, range(min = 1, max = 10_000))]
    patients: u32,
    /// Appointments of half an hour, one after the other, none overlapping.
    #[param(default = 100, range(min = 1, max = 100_000))]
    appointments: u32,
    /// Working days to spread them over, from tomorrow on; each holds 16 appointments of a practitioner.
    #[param(default = 5, range(min = 1, max = 3_650))]
    days: u32,
}

/// Where to look in the calendar.
#[insula::outputs]
pub struct Calendar {
    /// The first day with appointments, such as `2026-01-06`.
    #[schemars(extend("format" = "date"))]
    first_day: String,
}

const OPENS: Time = time(9, 0);
const MINUTES: u32 = 30;
const SLOTS_A_DAY: u32 = 16;

/// A clinic with a full calendar.
///
/// Every practitioner works from nine to five on weekdays, and the appointments fill those hours evenly.
#[insula::scenario(
    name = "busy_calendar",
    version = "1.0.0",
    examples = [
        "A busy week" => {},
        "A full month of five practitioners" => { "practitioners": 5, "patients": 300, "appointments": 1600, "days": 20 },
    ]
)]
fn build(island: &mut Island, busy: Busy) -> Result<Calendar> {
    busy.check()?;
    let clinic = island.clinic("Northside Clinic").create()?;
    clinic.admin().named("admin").create()?;
    let doctors = (1..=busy.practitioners)
        .map(|n| clinic.practitioner().key(format!("practitioner/{n}")).works(WORKDAYS, 9..17).create())
        .collect::<Result<Vec<_>>>()?;
    let mut checkup = clinic.appointment_type("Check-up", MINUTES);
    for doctor in &doctors {
        checkup = checkup.offered_by(*doctor);
    }
    let checkup = checkup.named("check-up").create()?;
    let patients =
        island.create_all((1..=busy.patients).map(|n| clinic.patient().key(format!("patient/{n}"))))?;

    let tomorrow = clinic.today()?.plus_days(1);
    let first_day = workdays(tomorrow).next().unwrap_or(tomorrow).to_string();
    let days = workdays(tomorrow).take(busy.days as usize);
    let a_day = busy.appointments.div_ceil(busy.days);
    let slots = days.flat_map(|day| {
        let doctors = doctors.as_slice();
        (0..a_day).map(move |n| {
            let turn = n / doctors.len() as u32;
            (doctors[n as usize % doctors.len()], day.at_time(OPENS.plus_minutes(turn * MINUTES)))
        })
    });
    let appointments = slots
        .take(busy.appointments as usize)
        .zip(patients.iter().cycle())
        .map(|((doctor, starts), patient)| doctor.appointment(*patient, checkup, starts));
    island.create_all(appointments)?;
    Ok(Calendar { first_day })
}

impl Busy {
    /// Refuses what does not fit into the working hours, and says what would.
    fn check(&self) -> Result<()> {
        let a_day = self.practitioners * SLOTS_A_DAY;
        let room = a_day * self.days;
        if self.appointments <= room {
            return Ok(());
        }
        let days = self.appointments.div_ceil(a_day);
        Err(Error::rejected(
            "appointments",
            format!(
                "{} appointments do not fit: {} practitioners have room for {room} in {} working days; \
                 ask for at most {room}, or for {days} days",
                self.appointments, self.practitioners, self.days
            ),
        ))
    }
}

/// Every Monday to Friday from a day on.
fn workdays(first: Date) -> impl Iterator<Item = Date> {
    (0..).map(move |n| first.plus_days(n)).filter(|day| WORKDAYS.contains(&day.weekday()))
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use insula::testing::{Made, run, run_examples};

    use super::*;

    fn made(practitioners: u32, patients: u32, appointments: u32, days: u32) -> Result<Made> {
        run(|island| build(island, Busy { practitioners, patients, appointments, days }).map(drop))
            .map(|(_, made)| made)
    }

    #[test]
    fn nothing_overlaps_and_all_is_within_working_hours() -> Result<()> {
        for (practitioners, appointments, days) in [(1, 16, 1), (3, 100, 5), (7, 1_000, 20), (2, 1, 5)] {
            let made = made(practitioners, 10, appointments, days)?;
            assert_eq!(made.appointments.len(), appointments as usize);
            let taken: BTreeSet<_> =
                made.appointments.iter().map(|it| (it.practitioner, it.starts)).collect();
            assert_eq!(taken.len(), made.appointments.len(), "two begin at once");
            for appointment in &made.appointments {
                let starts = appointment.starts;
                assert!(WORKDAYS.contains(&starts.date.weekday()));
                assert_eq!(starts.time.minutes() % MINUTES, 0);
                assert!((9 * 60..=17 * 60 - MINUTES).contains(&starts.time.minutes()));
            }
        }
        Ok(())
    }

    #[test]
    fn practitioners_and_patients_share_the_work() -> Result<()> {
        let made = made(4, 10, 200, 5)?;
        let mut shares = BTreeMap::new();
        for appointment in &made.appointments {
            *shares.entry(appointment.practitioner).or_insert(0) += 1;
        }
        assert_eq!(shares.into_values().collect::<Vec<_>>(), [50; 4]);
        let patients: BTreeSet<_> = made.appointments.iter().map(|it| it.patient).collect();
        assert_eq!(patients.len(), 10);
        Ok(())
    }

    #[test]
    fn what_does_not_fit_is_told_what_would() {
        let Err(Error::Rejected(rejection)) = made(1, 1, 17, 1) else {
            unreachable!("17 do not fit into 16 slots")
        };
        assert_eq!(rejection.field.as_deref(), Some("appointments"));
        assert!(rejection.message.contains("at most 16, or for 2 days"), "{}", rejection.message);
    }

    #[test]
    fn the_examples_work() -> Result<()> {
        let counts: Vec<_> =
            run_examples::<Scenario>()?.iter().map(|(_, made)| made.appointments.len()).collect();
        assert_eq!(counts, [100, 1600]);
        Ok(())
    }
}
