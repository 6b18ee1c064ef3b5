//! What most tests begin with.

use insula::prelude::*;

/// A clinic that is ready to book.
///
/// An admin, a practitioner who works from Monday to Friday and offers check-ups, and a patient.
#[insula::scenario(name = "standard", version = "1.0.0", aliases = ["StandardClinic"])]
fn build(island: &mut Island) -> Result<()> {
    let clinic = island.clinic("Northside Clinic").create()?;
    clinic.admin().named("admin").create()?;
    let doctor = clinic.practitioner().works(WORKDAYS, 9..17).named("practitioner").create()?;
    clinic.appointment_type("Check-up", 30).offered_by(doctor).named("check-up").create()?;
    clinic.patient().named("patient").create()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use insula::testing::run;
    use insula::{Role, time};

    #[test]
    fn everything_that_a_booking_needs() -> insula::Result<()> {
        let (_, made) = run(super::build)?;
        let roles: Vec<_> = made.memberships.iter().map(|member| member.roles.as_slice()).collect();
        assert_eq!(roles, [[Role::Admin], [Role::Practitioner]]);
        assert_eq!(made.availabilities.len(), 5);
        assert!(made.availabilities.iter().all(|day| (day.start, day.end) == (time(9, 0), time(17, 0))));
        assert_eq!((made.appointment_types.len(), made.offerings.len(), made.patients.len()), (1, 1, 1));
        Ok(())
    }
}
