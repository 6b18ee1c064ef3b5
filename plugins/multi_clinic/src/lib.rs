//! For tests that switch between clinics.

use insula::prelude::*;

/// Two clinics under one admin.
#[insula::scenario(name = "multi_clinic", version = "1.0.0", aliases = ["MultiClinicAdmin"])]
fn build(island: &mut Island) -> Result<()> {
    let north = island.clinic("Northside Clinic").named("north").create()?;
    let south = island.clinic("Southside Clinic").named("south").create()?;
    let admin = north.admin().named("admin").create()?;
    south.admin().user(admin.user).create()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn one_user_administers_both() -> insula::Result<()> {
        let (_, made) = insula::testing::run(super::build)?;
        assert_eq!((made.clinics.len(), made.users.len(), made.memberships.len()), (2, 1, 2));
        assert_ne!(made.memberships[0].clinic, made.memberships[1].clinic);
        assert_eq!(made.memberships[0].full_name, made.memberships[1].full_name);
        Ok(())
    }
}
