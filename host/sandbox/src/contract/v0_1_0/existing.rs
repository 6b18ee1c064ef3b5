//! What was there before a scenario began, as it sees it.

use insula_domain as domain;
use insula_domain::{Draft, Handle, Kind};

use super::bindings::insula::scenario::island::{
    Contents, ExistingAppointmentType, ExistingClinic, ExistingMember, ExistingPatient, User,
};

/// What was there before the scenario that runs now.
pub(super) fn contents(draft: &Draft) -> Contents {
    let entities = draft.entities();
    let mut offered_by: Vec<Vec<User>> = vec![Vec::new(); draft.existing_len(Kind::AppointmentType)];
    for offering in entities.offerings.iter().take(draft.existing_len(Kind::Offering)) {
        if let Some(practitioners) = offered_by.get_mut(offering.appointment_type.index() as usize) {
            practitioners.push(offering.practitioner.into());
        }
    }
    Contents {
        clinics: existing::<domain::Clinic>(draft)
            .map(|(handle, clinic)| ExistingClinic {
                clinic: handle.into(),
                name: clinic.name.clone(),
                time_zone: clinic.time_zone.clone(),
                locale: clinic.locale.clone(),
            })
            .collect(),
        users: existing::<domain::User>(draft).map(|(handle, _)| handle.into()).collect(),
        members: existing::<domain::Membership>(draft)
            .map(|(_, member)| ExistingMember {
                clinic: member.clinic.into(),
                user: member.user.into(),
                roles: member.roles.iter().map(Into::into).collect(),
                full_name: member.full_name.clone(),
                is_active: member.is_active,
            })
            .collect(),
        appointment_types: existing::<domain::AppointmentType>(draft)
            .zip(offered_by)
            .map(|((handle, of), offered_by)| ExistingAppointmentType {
                appointment_type: handle.into(),
                clinic: of.clinic.into(),
                name: of.name.clone(),
                duration_minutes: of.duration_minutes,
                offered_by,
            })
            .collect(),
        patients: existing::<domain::Patient>(draft)
            .map(|(handle, patient)| ExistingPatient {
                patient: handle.into(),
                clinic: patient.clinic.into(),
                full_name: patient.full_name.clone(),
            })
            .collect(),
        names: draft.existing_names().map(|(name, &handle)| (name.clone(), handle.into())).collect(),
    }
}

fn existing<E: domain::Entity>(draft: &Draft) -> impl Iterator<Item = (Handle<E>, &E)> {
    draft.entities().each::<E>().take(draft.existing_len(E::KIND))
}

#[cfg(test)]
mod tests {
    use insula_domain::{DraftLimits, EntityId, Ids, Island, IslandId};

    use super::super::bindings::insula::scenario::island::{Entity, Host as _, NewUser};
    use super::super::island::tests::{practice, setup};
    use super::*;
    use crate::host::Host;

    #[test]
    fn existing_shows_what_was_there_before_the_run_and_nothing_else() {
        let mut host = Host::for_tests(Draft::new(setup(), DraftLimits::default()));
        let (clinic, user) = practice(&mut host);
        host.name(Entity::User(user), "doctor".to_owned()).unwrap();
        assert!(host.existing().unwrap().clinics.is_empty());

        let (entities, names) = host.take_draft().unwrap().into_parts();
        let mut ids = Ids::default();
        for kind in Kind::ALL {
            ids.of_mut(kind).extend((0..entities.len(kind)).map(|_| EntityId::Int(7)));
        }
        let island = Island { id: IslandId(Default::default()), entities, ids, names };
        let mut host = Host::for_tests(Draft::onto(setup(), DraftLimits::default(), island).unwrap());
        host.create_user(NewUser { email: None, subject: None }).unwrap();

        let contents = host.existing().unwrap();
        assert_eq!(contents.clinics[0].clinic.handle, clinic.handle);
        assert_eq!(contents.users.len(), 1);
        assert_eq!(
            (contents.members[0].user.handle, &*contents.members[0].full_name),
            (user.handle, "Dr. Wu")
        );
        assert!(matches!(&contents.names[..], [(name, Entity::User(_))] if name == "doctor"));
    }
}
