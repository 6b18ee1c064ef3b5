//! For tests that change or cancel what is booked.

use insula::prelude::*;

/// A clinic with an appointment.
///
/// The standard clinic, and a check-up of its patient at half past nine next Monday.
#[insula::scenario(name = "with_appointment", version = "1.0.0", aliases = ["WithAppointment"])]
fn build(island: &mut Island) -> Result<()> {
    let clinic = island.clinic("Northside Clinic").create()?;
    clinic.admin().named("admin").create()?;
    let doctor = clinic.practitioner().works(WORKDAYS, 9..17).named("practitioner").create()?;
    let checkup = clinic.appointment_type("Check-up", 30).offered_by(doctor).named("check-up").create()?;
    let patient = clinic.patient().named("patient").create()?;
    let monday = clinic.next(Weekday::Monday)?;
    doctor.appointment(patient, checkup, monday.at(9, 30)).named("appointment").create()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use insula::testing::{NOW, run};

    #[test]
    fn the_appointment_is_next_monday() -> insula::Result<()> {
        let (_, made) = run(super::build)?;
        assert_eq!(made.appointments.len(), 1);
        assert_eq!(made.appointments[0].starts, NOW.date.plus_days(7).at(9, 30));
        Ok(())
    }
}
