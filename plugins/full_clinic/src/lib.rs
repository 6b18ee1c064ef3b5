//! For tests of whole pages, and for looking around.

use insula::prelude::*;
use insula::{ClinicResource, PatientCreator, Subscription};

/// Where to look in the calendar.
#[insula::outputs]
pub struct Week {
    /// The Monday of the week with appointments, such as `2026-01-12`.
    #[schemars(extend("format" = "date"))]
    monday: String,
}

/// Two clinics with something of every kind.
///
/// The first, in English, has every role, rooms and devices that appointments take, prices, time off, a
/// weekly series, and appointments of every status. The second, in Chinese, shares its practitioner.
#[insula::scenario(name = "full_clinic", version = "1.0.0")]
fn build(island: &mut Island) -> Result<Week> {
    let north = island
        .clinic("Northside Physiotherapy")
        .time_zone("Europe/London")
        .locale("en-GB")
        .address("12 Mill Lane, Leeds LS1 4AB")
        .phone("+44 113 496 0100")
        .settings(json!({ "booking_window_days": 60, "cancel_until_hours": 24 }))
        .named("north")
        .create()?;
    let staff = hire(north)?;
    let rooms = furnish(north)?;
    let services = offer(north, &staff, &rooms)?;
    let patients = admit(north, &staff)?;
    let monday = north.next(Weekday::Monday)?;
    fill_diary(monday, &staff, &rooms, &services, &patients)?;
    open_taipei(island, &staff)?;
    Ok(Week { monday: monday.to_string() })
}

struct Staff {
    admin: Member,
    doctor: Member,
    therapist: Member,
}

fn hire(clinic: Clinic) -> Result<Staff> {
    clinic.receptionist().named("receptionist").create()?;
    clinic.member("auditor", Role::ReadOnly).named("auditor").create()?;
    clinic
        .receptionist()
        .key("receptionist/former")
        .is_active(false)
        .named("former-receptionist")
        .create()?;
    Ok(Staff {
        admin: clinic.admin().named("admin").create()?,
        doctor: clinic
            .practitioner()
            .also(Role::Admin)
            .title("Dr.")
            .settings(json!({ "calendar_color": "#2a9d8f" }))
            .works(WORKDAYS, 9..12)
            .works(WORKDAYS, 13..17)
            .named("doctor")
            .create()?,
        therapist: clinic
            .practitioner()
            .key("therapist")
            .works([Weekday::Monday, Weekday::Wednesday], time(8, 30)..time(14, 0))
            .named("therapist")
            .create()?,
    })
}

struct Rooms {
    room: insula::ResourceType,
    device: insula::ResourceType,
    quiet_room: ClinicResource,
}

fn furnish(clinic: Clinic) -> Result<Rooms> {
    let room = clinic.resource_type("Treatment room").create()?;
    room.resource("Room 1").description("Ground floor, step-free.").create()?;
    let quiet_room = room.resource("Room 2").named("quiet-room").create()?;
    let device = clinic.resource_type("Ultrasound device").create()?;
    device.resource("Sonopuls 490").create()?;
    Ok(Rooms { room, device, quiet_room })
}

struct Services {
    first_visit: AppointmentType,
    treatment: AppointmentType,
    ultrasound: AppointmentType,
}

fn offer(clinic: Clinic, staff: &Staff, rooms: &Rooms) -> Result<Services> {
    let consulting = clinic.service_type_group("Consulting").display_order(1).create()?;
    let therapy = clinic.service_type_group("Therapy").display_order(2).create()?;
    let first_visit = clinic
        .appointment_type("First visit", 45)
        .group(consulting)
        .buffer_minutes(15)
        .receipt_name("Initial assessment")
        .description("We listen, examine and plan.")
        .bookable_by_existing_patients(false)
        .confirmation_message(json!({ "text": "See you soon. Please come ten minutes early." }))
        .reminder_message(json!({ "text": "Your first visit is tomorrow." }))
        .requires(rooms.room, 1)
        .offered_by(staff.doctor)
        .named("first-visit")
        .create()?;
    let treatment = clinic
        .appointment_type("Treatment", 30)
        .group(therapy)
        .display_order(1)
        .bookable_by_new_patients(false)
        .requires(rooms.room, 1)
        .offered_by(staff.doctor)
        .offered_by(staff.therapist)
        .named("treatment")
        .create()?;
    let ultrasound = clinic
        .appointment_type("Ultrasound therapy", 20)
        .group(therapy)
        .display_order(2)
        .patient_chooses_practitioner(false)
        .requires(rooms.room, 1)
        .requires(rooms.device, 1)
        .offered_by(staff.therapist)
        .named("ultrasound")
        .create()?;
    staff.doctor.billing(first_visit, "Private", 95_00).revenue_share(60_00).default().create()?;
    staff
        .doctor
        .billing(first_visit, "Concession", 70_00)
        .revenue_share(50_00)
        .named("concession")
        .create()?;
    staff.doctor.billing(treatment, "Private", 60_00).revenue_share(40_00).default().create()?;
    staff.therapist.billing(treatment, "Private", 55_00).default().create()?;
    Ok(Services { first_visit, treatment, ultrasound })
}

fn admit(clinic: Clinic, staff: &Staff) -> Result<Vec<Patient>> {
    let regular =
        clinic.patient().key("patient/regular").assigned_to(staff.doctor).assigned_to(staff.therapist);
    let online = clinic.patient().key("patient/online").created_by(PatientCreator::Patient);
    Ok(vec![
        regular.gender(Gender::Female).notes("Allergic to latex.").named("regular").create()?,
        online.gender(Gender::Male).named("online").create()?,
        clinic
            .patient()
            .full_name("Zoë O’Brien-Łuczak")
            .gender(Gender::Other)
            .named("unusual-name")
            .create()?,
    ])
}

fn fill_diary(
    monday: Date,
    staff: &Staff,
    rooms: &Rooms,
    services: &Services,
    patients: &[Patient],
) -> Result<()> {
    let &[regular, online, unusual] = patients else {
        return Err(Error::failed("three patients were expected"));
    };
    let Staff { doctor, therapist, .. } = *staff;
    let Services { first_visit, treatment, ultrasound } = *services;
    let (tuesday, wednesday, friday) = (monday.plus_days(1), monday.plus_days(2), monday.plus_days(4));

    doctor.time_off(friday).name("Conference").named("day-off").create()?;
    therapist.time_off(wednesday).hours(12..14).name("Training").named("hours-off").create()?;

    doctor
        .appointment(online, first_visit, monday.at(9, 0))
        .notes("My left shoulder hurts when I lift the arm.")
        .clinic_notes("Bring the X-ray.")
        .resources([rooms.quiet_room])
        .named("upcoming")
        .create()?;
    therapist
        .appointment(regular, ultrasound, monday.at(9, 0))
        .auto_assigned()
        .named("auto-assigned")
        .create()?;
    doctor
        .appointment(regular, treatment, tuesday.at(10, 0))
        .named("series")
        .repeated(Interval::Weeks(1), 4)
        .create()?;
    doctor.appointment(unusual, treatment, friday.at(9, 0)).allow_overlap().named("on-a-day-off").create()?;

    let past = monday.plus_days(-14);
    let outcomes = [
        ("completed", AppointmentStatus::Completed),
        ("no-show", AppointmentStatus::NoShow),
        ("canceled-by-patient", AppointmentStatus::CanceledByPatient),
        ("canceled-by-clinic", AppointmentStatus::CanceledByClinic),
    ];
    for (hour, (name, status)) in (13..).zip(outcomes) {
        doctor
            .appointment(regular, treatment, past.at(hour, 0))
            .minutes(45)
            .status(status)
            .named(name)
            .create()?;
    }
    Ok(())
}

/// A second language, and people who work in both places.
fn open_taipei(island: &Island, staff: &Staff) -> Result<()> {
    let taipei = island
        .clinic("台北物理治療所")
        .time_zone("Asia/Taipei")
        .locale("zh-TW")
        .address("100 台北市中正區重慶南路一段 122 號")
        .phone("+886 2 2311 0100")
        .subscription(Subscription::Trial)
        .named("taipei")
        .create()?;
    taipei.admin().user(staff.admin.user).create()?;
    let doctor = taipei.practitioner().user(staff.doctor.user).works([Weekday::Saturday], 9..12).create()?;
    let treatment =
        taipei.appointment_type("徒手治療", 30).offered_by(doctor).named("taipei-treatment").create()?;
    let patients = island.create_all((1..=3).map(|n| taipei.patient().key(format!("patient/{n}"))))?;
    let saturday = taipei.next(Weekday::Saturday)?;
    let mornings = patients.iter().zip(9..).map(|(patient, hour)| {
        doctor.appointment(*patient, treatment, saturday.at(hour, 0)).notes("右肩疼痛")
    });
    island.create_all(mornings)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use insula::testing::run;

    use super::*;

    #[test]
    fn every_kind_is_there() -> Result<()> {
        let (_, made) = run(build)?;
        let counts = [
            made.clinics.len(),
            made.users.len(),
            made.memberships.len(),
            made.service_type_groups.len(),
            made.appointment_types.len(),
            made.offerings.len(),
            made.resource_types.len(),
            made.resources.len(),
            made.resource_requirements.len(),
            made.billing_scenarios.len(),
            made.availabilities.len(),
            made.time_off.len(),
            made.patients.len(),
            made.appointments.len(),
        ];
        assert_eq!(counts, [2, 6, 8, 2, 4, 5, 2, 3, 4, 4, 13, 2, 6, 14]);
        Ok(())
    }

    #[test]
    fn every_role_and_status_is_there() -> Result<()> {
        let (_, made) = run(build)?;
        let roles: BTreeSet<_> = made.memberships.iter().flat_map(|member| &member.roles).collect();
        let statuses: BTreeSet<_> = made.appointments.iter().map(|appointment| appointment.status).collect();
        assert_eq!((roles.len(), statuses.len()), (4, 5));
        Ok(())
    }
}
