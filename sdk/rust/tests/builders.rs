//! What the builders send, and what they fill in.

use insula::contract::island::NewAppointment;
use insula::prelude::*;
use insula::testing::{NOW, run};
use insula::{Allocation, Entity, Level, PatientCreator, Subscription};

fn doctor_and_checkup(island: &Island) -> Result<(Member, AppointmentType)> {
    let clinic = island.clinic("Northside Clinic").create()?;
    let doctor = clinic.practitioner().full_name("Dr. Who").create()?;
    let checkup = clinic.appointment_type("Check-up", 30).offered_by(doctor).create()?;
    Ok((doctor, checkup))
}

#[test]
fn what_is_left_out_is_left_to_the_host() -> Result<()> {
    let (_, made) = run(|island| doctor_and_checkup(island))?;
    let clinic = &made.clinics[0];
    assert_eq!(
        (&clinic.time_zone, &clinic.locale, clinic.subscription, clinic.is_active),
        (&None, &None, None, None)
    );
    assert_eq!(made.appointment_types[0].buffer_minutes, None);
    Ok(())
}

#[test]
fn what_is_given_is_sent() -> Result<()> {
    let (_, made) = run(|island| {
        let clinic = island.clinic("Nord").time_zone("Europe/Berlin").subscription(Subscription::Trial);
        clinic.settings(json!({ "theme": "dark" })).is_active(false).create()
    })?;
    let clinic = &made.clinics[0];
    assert_eq!(clinic.time_zone.as_deref(), Some("Europe/Berlin"));
    assert_eq!(clinic.settings.as_deref(), Some(r#"{"theme":"dark"}"#));
    assert_eq!((clinic.subscription, clinic.is_active), (Some(Subscription::Trial), Some(false)));
    Ok(())
}

#[test]
fn a_member_is_a_user_with_a_role_and_a_believable_name() -> Result<()> {
    let (_, made) = run(|island| {
        let clinic = island.clinic("Nord").locale("de-DE").create()?;
        clinic.admin().create()?;
        clinic.practitioner().key("practitioner/2").also(Role::Admin).create()
    })?;
    let emails: Vec<_> = made.users.iter().filter_map(|user| user.email.as_deref()).collect();
    assert_eq!(emails, ["admin@example.test", "practitioner-2@example.test"]);
    assert_eq!(made.memberships[1].roles, [Role::Practitioner, Role::Admin]);
    assert_eq!(made.memberships[1].full_name, "user/practitioner/2 of de-DE");
    Ok(())
}

#[test]
fn working_hours_are_one_interval_a_day() -> Result<()> {
    let (_, made) = run(|island| {
        let clinic = island.clinic("Nord").create()?;
        let doctor = clinic.practitioner().works(WORKDAYS, 9..12).create()?;
        doctor.works([Weekday::Saturday], time(9, 30)..time(11, 0))
    })?;
    assert_eq!(made.availabilities.len(), 6);
    let saturday = &made.availabilities[5];
    assert_eq!(
        (saturday.weekday, saturday.start, saturday.end),
        (Weekday::Saturday, time(9, 30), time(11, 0))
    );
    Ok(())
}

#[test]
fn patients_differ_by_clinic_and_key() -> Result<()> {
    let (_, made) = run(|island| {
        let (north, south) = (island.clinic("North").create()?, island.clinic("South").create()?);
        for clinic in [north, south] {
            island.create_all(["a", "b"].map(|key| clinic.patient().key(key)))?;
        }
        south
            .patient()
            .full_name("Ada")
            .phone("1")
            .email("a@example.test")
            .birthday(date(1999, 12, 31))
            .create()
    })?;
    let names: std::collections::BTreeSet<_> =
        made.patients.iter().map(|patient| &patient.full_name).collect();
    assert_eq!(names.len(), 5);
    let ada = &made.patients[4];
    assert_eq!((ada.phone.as_deref(), ada.birthday), (Some("1"), Some(date(1999, 12, 31))));
    assert_eq!((ada.created_by, ada.gender), (None::<PatientCreator>, None));
    Ok(())
}

#[test]
fn an_appointment_takes_its_types_length_and_free_resources() -> Result<()> {
    let (_, made) = run(|island| {
        let (doctor, checkup) = doctor_and_checkup(island)?;
        let patient = doctor.clinic.patient().create()?;
        doctor.appointment(patient, checkup, NOW).create()
    })?;
    let NewAppointment { minutes, status, resources, allow_overlap, is_auto_assigned, .. } =
        &made.appointments[0];
    assert_eq!((*minutes, *status, resources), (None, None, &Allocation::Automatic));
    assert!(!allow_overlap && !is_auto_assigned);
    Ok(())
}

#[test]
fn a_series_keeps_its_local_time() -> Result<()> {
    let (_, made) = run(|island| {
        let (doctor, checkup) = doctor_and_checkup(island)?;
        let patient = doctor.clinic.patient().create()?;
        doctor.appointment(patient, checkup, NOW).named("first").repeated(Interval::Weeks(2), 3).create()
    })?;
    let starts: Vec<_> = made.appointments.iter().map(|appointment| appointment.starts).collect();
    assert_eq!(starts, [0, 14, 28].map(|days| NOW.date.plus_days(days).at_time(NOW.time)));
    assert!(matches!(made.named("first"), Some(Entity::Appointment(first)) if first.handle == 0));
    Ok(())
}

#[test]
fn what_is_named_among_many_is_found() -> Result<()> {
    let (_, made) = run(|island| {
        let clinic = island.clinic("Nord").create()?;
        let patient = |n| clinic.patient().key(format!("patient/{n}"));
        island.create_all((0..1_200).map(|n| if n == 1_100 { patient(n).named("late") } else { patient(n) }))
    })?;
    assert_eq!(made.patients.len(), 1_200);
    assert!(matches!(made.named("late"), Some(Entity::Patient(late)) if late.handle == 1_100));
    Ok(())
}

#[test]
fn a_refusal_of_the_host_ends_the_scenario() {
    let outcome = run(|island| {
        island.clinic("North").named("clinic").create()?;
        island.clinic("South").named("clinic").create()
    });
    let Err(Error::Rejected(rejection)) = outcome else { unreachable!("a name is used once") };
    assert_eq!((rejection.field.as_deref(), rejection.rule.as_str()), (Some("name"), "duplicate"));
}

#[test]
fn chance_stays_within_its_bounds_and_depends_on_the_path_alone() -> Result<()> {
    let ((), _) = run(|island| {
        for n in 0..1_000 {
            let path = format!("dice/{n}");
            let eyes = island.between(&path, 1..=6)?;
            assert!((1..=6).contains(&eyes));
            assert_eq!(eyes, island.between(&path, 1..=6)?);
        }
        assert_eq!(island.between("all", i64::MIN..=i64::MAX)?, island.between("all", i64::MIN..=i64::MAX)?);
        assert_eq!(island.choose("only", &["one"])?, &"one");
        assert!(island.choose::<u8>("none", &[]).is_err());
        #[expect(clippy::reversed_empty_ranges, reason = "an author's slip")]
        let empty = island.between("empty", 6..=1);
        assert!(matches!(empty, Err(Error::Failed(message)) if message.contains("empty")));
        Ok(())
    })?;
    Ok(())
}

#[test]
fn the_calendar_begins_at_the_runs_clock() -> Result<()> {
    let ((), _) = run(|island| {
        let clinic = island.clinic("Nord").create()?;
        assert_eq!(clinic.today()?, NOW.date);
        assert_eq!(clinic.next(Weekday::Tuesday)?, NOW.date.plus_days(1));
        assert_eq!(island.now(), 1_767_603_600);
        Ok(())
    })?;
    Ok(())
}

#[test]
fn log_lines_are_kept() -> Result<()> {
    let ((), made) = run(|_| {
        insula::info!("{} of {}", 1, 2);
        Ok(())
    })?;
    assert_eq!(made.logs, [(Level::Info, "1 of 2".into())]);
    Ok(())
}
