//! What the built-in scenarios `standard` and `busy_calendar` ask of the host, asked by the host itself.

use insula_domain::{
    Allocation, AnyHandle, AppointmentType, Clinic, Draft, Handle, LocalTime, NewAppointment,
    NewAppointmentType, NewAvailability, NewClinic, NewMembership, NewOffering, NewPatient, NewUser, Refusal,
    Role, User, Weekday,
};
use jiff::ToSpan;
use jiff::civil::{Date, Time, date, time};

/// A clinic that is ready to book.
pub fn standard(draft: &mut Draft) -> Result<(), Refusal> {
    let clinic = clinic(draft)?;
    member(draft, clinic, "admin", Role::Admin, Some("admin"))?;
    let doctor = member(draft, clinic, "practitioner", Role::Practitioner, Some("practitioner"))?;
    checkup(draft, clinic, &[doctor])?;
    let patient = draft.create_patients([patient(clinic)])?[0];
    draft.name(patient.into(), "patient")
}

/// A hundred appointments of two practitioners and twenty patients, in a week.
pub fn calendar(draft: &mut Draft) -> Result<(), Refusal> {
    let clinic = clinic(draft)?;
    member(draft, clinic, "admin", Role::Admin, Some("admin"))?;
    let doctors =
        [1, 2].map(|n| member(draft, clinic, &format!("practitioner-{n}"), Role::Practitioner, None));
    let [one, other] = doctors;
    let doctors = [one?, other?];
    let checkup = checkup(draft, clinic, &doctors)?;
    let patients = draft.create_patients((0..20).map(|_| patient(clinic)))?;
    let appointments = (0..100_i32).map(|n| {
        let (day, turn) = (n / 20, n % 20);
        let monday: Date = date(2026, 1, 5);
        let opens: Time = time(9, 0, 0, 0);
        NewAppointment {
            clinic,
            practitioner: doctors[turn as usize % 2],
            patient: patients[n as usize % 20],
            appointment_type: checkup,
            starts: LocalTime::new(monday + day.days(), opens + (turn / 2 * 30).minutes()),
            minutes: None,
            status: None,
            notes: None,
            clinic_notes: None,
            is_auto_assigned: false,
            resources: Allocation::Automatic,
            allow_overlap: false,
        }
    });
    draft.create_appointments(appointments)?;
    Ok(())
}

fn clinic(draft: &mut Draft) -> Result<Handle<Clinic>, Refusal> {
    draft.create_clinic(NewClinic::named("Northside Clinic"))
}

/// A member; a practitioner works on weekdays.
fn member(
    draft: &mut Draft,
    clinic: Handle<Clinic>,
    key: &str,
    role: Role,
    name: Option<&str>,
) -> Result<Handle<User>, Refusal> {
    let user = draft.create_user(NewUser { email: Some(format!("{key}@example.test")), subject: None })?;
    draft.create_membership(NewMembership {
        clinic,
        user,
        roles: vec![role],
        full_name: "Margaret Castellanos".to_owned(),
        title: None,
        is_active: None,
        settings: None,
    })?;
    if role == Role::Practitioner {
        draft.create_availabilities(Weekday::ALL[..5].iter().map(|&day_of_week| NewAvailability {
            practitioner: user,
            clinic,
            day_of_week,
            start_time: time(9, 0, 0, 0),
            end_time: time(17, 0, 0, 0),
        }))?;
    }
    if let Some(name) = name {
        draft.name(AnyHandle::from(user), name)?;
    }
    Ok(user)
}

fn checkup(
    draft: &mut Draft,
    clinic: Handle<Clinic>,
    doctors: &[Handle<User>],
) -> Result<Handle<AppointmentType>, Refusal> {
    let appointment_type = draft.create_appointment_type(NewAppointmentType {
        clinic,
        name: "Check-up".to_owned(),
        duration_minutes: 30,
        buffer_minutes: None,
        group: None,
        receipt_name: None,
        description: None,
        display_order: None,
        bookable_by_new_patients: None,
        bookable_by_existing_patients: None,
        patient_chooses_practitioner: None,
        confirmation_message: None,
        reminder_message: None,
    })?;
    draft.create_offerings(
        doctors.iter().map(|&practitioner| NewOffering { practitioner, appointment_type }),
    )?;
    draft.name(AnyHandle::from(appointment_type), "check-up")?;
    Ok(appointment_type)
}

fn patient(clinic: Handle<Clinic>) -> NewPatient {
    NewPatient {
        clinic,
        full_name: "Margaret Castellanos".to_owned(),
        phone: Some("+1 555 010 4477".to_owned()),
        email: Some("margaret.castellanos.4477@example.test".to_owned()),
        birthday: Some(date(1971, 4, 12)),
        gender: None,
        notes: None,
        created_by: None,
        assigned_practitioners: Vec::new(),
    }
}
