//! The least in which anyone can log in.

use insula::prelude::*;

/// A clinic and its admin.
#[insula::scenario(name = "minimal", version = "1.0.0", aliases = ["MinimalClinic"])]
fn build(island: &mut Island) -> Result<()> {
    let clinic = island.clinic("Northside Clinic").create()?;
    clinic.admin().named("admin").create()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn one_clinic_and_its_admin() -> insula::Result<()> {
        let (_, made) = insula::testing::run(super::build)?;
        assert_eq!((made.clinics.len(), made.users.len()), (1, 1));
        assert_eq!(made.memberships[0].roles, [insula::Role::Admin]);
        Ok(())
    }
}
