//! Arbitrary calls: some fit, some name what is not there, some overlap, some are half bad.

use insula_domain::*;
use jiff::civil::{Date, Time, date, time};
use proptest::prelude::*;
use proptest::sample::select;

use crate::common;

#[derive(Clone, Debug)]
pub enum Call {
    Clinic { name: &'static str, zone: &'static str },
    User { email: Option<&'static str>, subject: Option<&'static str> },
    Membership { clinic: u32, user: u32, roles: Vec<Role> },
    Group { clinic: u32, name: &'static str },
    Type { clinic: u32, name: &'static str, minutes: u32, group: Option<u32> },
    Offerings(Vec<(u32, u32)>),
    ResourceType { clinic: u32, name: &'static str },
    Resource { of: u32, name: &'static str },
    Requirement { of: u32, needs: u32, quantity: Option<u32> },
    Billing { user: u32, of: u32, name: &'static str, amount: i64, share: Option<i64>, is_default: bool },
    Hours(Vec<(u32, u32, usize, Time, Time)>),
    TimeOff(Vec<Off>),
    Patients(Vec<(u32, &'static str, Vec<u32>)>),
    Appointments(Vec<Booking>),
    Series { first: Booking, every: Every, count: u32 },
    Name { kind: usize, index: u32, name: &'static str },
}

/// Clinic, practitioner, day and hours of a time off.
type Off = (u32, u32, Date, Option<(Time, Time)>);

#[derive(Clone, Debug)]
pub struct Booking {
    pub clinic: u32,
    pub user: u32,
    pub patient: u32,
    pub of: u32,
    pub date: Date,
    pub time: Time,
    pub later: bool,
    pub minutes: Option<u32>,
    pub status: Option<AppointmentStatus>,
    pub resources: Option<Vec<u32>>,
    pub allow_overlap: bool,
}

/// A draft, and what its entities do not say of how they came.
pub struct World {
    pub draft: Draft,
    /// For each appointment, how it was asked for and how many times off there were.
    pub booked: Vec<(Booking, usize)>,
}

impl World {
    pub fn new(draft: Draft) -> Self {
        Self { draft, booked: Vec::new() }
    }

    /// Makes a call. The answer is the positions of what it added.
    pub fn make(&mut self, call: &Call) -> Result<Vec<u32>, Refusal> {
        let draft = &mut self.draft;
        Ok(match call.clone() {
            Call::Clinic { name, zone } => vec![draft.create_clinic(common::clinic(name, zone))?.index()],
            Call::User { email, subject } => {
                let [email, subject] = [email, subject].map(|text| text.map(str::to_owned));
                vec![draft.create_user(NewUser { email, subject })?.index()]
            }
            Call::Membership { clinic, user, roles } => {
                let new = common::membership(Handle::new(clinic), Handle::new(user), &roles);
                vec![draft.create_membership(new)?.index()]
            }
            Call::Group { clinic, name } => {
                let clinic = Handle::new(clinic);
                let new = NewServiceTypeGroup { clinic, name: name.to_owned(), display_order: None };
                vec![draft.create_service_type_group(new)?.index()]
            }
            Call::Type { clinic, name, minutes, group } => {
                let mut new = common::appointment_type(Handle::new(clinic), name, minutes);
                new.group = group.map(Handle::new);
                vec![draft.create_appointment_type(new)?.index()]
            }
            Call::Offerings(all) => {
                positions(draft.create_offerings(all.into_iter().map(|(who, what)| NewOffering {
                    practitioner: Handle::new(who),
                    appointment_type: Handle::new(what),
                }))?)
            }
            Call::ResourceType { clinic, name } => {
                let new = NewResourceType { clinic: Handle::new(clinic), name: name.to_owned() };
                vec![draft.create_resource_type(new)?.index()]
            }
            Call::Resource { of, name } => {
                let resource_type = Handle::new(of);
                let new = NewResource { resource_type, name: name.to_owned(), description: None };
                vec![draft.create_resource(new)?.index()]
            }
            Call::Requirement { of, needs, quantity } => {
                let (appointment_type, resource_type) = (Handle::new(of), Handle::new(needs));
                let new = NewResourceRequirement { appointment_type, resource_type, quantity };
                vec![draft.create_resource_requirement(new)?.index()]
            }
            Call::Billing { user, of, name, amount, share, is_default } => {
                let mut new = common::billing(Handle::new(user), Handle::new(of), name);
                (new.amount, new.revenue_share, new.is_default) =
                    (Cents(amount), share.map(Cents), is_default);
                vec![draft.create_billing_scenario(new)?.index()]
            }
            Call::Hours(all) => positions(draft.create_availabilities(all.into_iter().map(
                |(user, clinic, day, start, end)| {
                    common::hours(Handle::new(user), Handle::new(clinic), Weekday::ALL[day], start, end)
                },
            ))?),
            Call::TimeOff(all) => {
                positions(draft.create_time_off(all.into_iter().map(|(clinic, user, date, hours)| {
                    common::time_off(Handle::new(clinic), Handle::new(user), date, hours)
                }))?)
            }
            Call::Patients(all) => {
                positions(draft.create_patients(all.into_iter().map(|(clinic, name, assigned)| {
                    let assigned_practitioners = assigned.into_iter().map(Handle::new).collect();
                    NewPatient { assigned_practitioners, ..common::patient(Handle::new(clinic), name) }
                }))?)
            }
            Call::Appointments(all) => {
                let made = positions(draft.create_appointments(all.iter().map(appointment))?);
                let times_off = draft.entities().calendar_events.len();
                self.booked.extend(all.into_iter().map(|booking| (booking, times_off)));
                made
            }
            Call::Series { first, every, count } => {
                let series = NewSeries { first: appointment(&first), every, count };
                let made = positions(draft.create_series(series)?);
                let times_off = draft.entities().calendar_events.len();
                for &index in &made {
                    let date = draft.entities().appointments[index as usize].date;
                    self.booked.push((Booking { date, ..first.clone() }, times_off));
                }
                made
            }
            Call::Name { kind, index, name } => {
                draft.name(AnyHandle { kind: Kind::ALL[kind], index }, name)?;
                Vec::new()
            }
        })
    }
}

fn positions<E>(handles: Vec<Handle<E>>) -> Vec<u32> {
    handles.into_iter().map(Handle::index).collect()
}

fn appointment(booking: &Booking) -> NewAppointment {
    let mut starts = LocalTime::new(booking.date, booking.time);
    if booking.later {
        starts.fold = Fold::Later;
    }
    NewAppointment {
        clinic: Handle::new(booking.clinic),
        practitioner: Handle::new(booking.user),
        patient: Handle::new(booking.patient),
        appointment_type: Handle::new(booking.of),
        starts,
        minutes: booking.minutes,
        status: booking.status,
        notes: None,
        clinic_notes: None,
        is_auto_assigned: false,
        resources: match &booking.resources {
            None => Allocation::Automatic,
            Some(chosen) => Allocation::Chosen(chosen.iter().copied().map(Handle::new).collect()),
        },
        allow_overlap: booking.allow_overlap,
    }
}

/// Two clinics in two zones that share a practitioner, a second one in the first, and a room that it needs.
fn furnished() -> Vec<Call> {
    let mut calls = vec![
        Call::Clinic { name: "A", zone: "Europe/Berlin" },
        Call::Clinic { name: "B", zone: "Australia/Lord_Howe" },
    ];
    calls.extend([(); 2].map(|()| Call::User { email: None, subject: None }));
    let roles = vec![Role::Practitioner];
    for (clinic, user) in [(0, 0), (1, 0), (0, 1)] {
        calls.push(Call::Membership { clinic, user, roles: roles.clone() });
    }
    for clinic in [0, 1] {
        calls.push(Call::Type { clinic, name: "A", minutes: 30, group: None });
        calls.push(Call::ResourceType { clinic, name: "A" });
    }
    calls.push(Call::Resource { of: 0, name: "A" });
    calls.push(Call::Requirement { of: 0, needs: 0, quantity: None });
    calls.push(Call::Offerings(vec![(0, 0), (0, 1), (1, 0)]));
    calls.push(Call::Patients(vec![(0, "A", vec![0, 1]), (1, "A", vec![])]));
    calls
}

pub fn calls() -> impl Strategy<Value = Vec<Call>> {
    let start = prop_oneof![1 => Just(Vec::new()), 4 => Just(furnished())];
    (start, prop::collection::vec(call(), 1..50)).prop_map(|(mut calls, more)| {
        calls.extend(more);
        calls
    })
}

/// A handle: often of something, sometimes of nothing.
fn handle() -> impl Strategy<Value = u32> {
    prop_oneof![8 => 0_u32..2, 2 => 2_u32..4, 1 => Just(u32::MAX)]
}

fn name() -> impl Strategy<Value = &'static str> {
    select(vec!["A", "B", "C", "", "nul\0"])
}

fn clock() -> impl Strategy<Value = Time> {
    let to_the_minute = [
        (0, 0),
        (0, 1),
        (1, 30),
        (1, 45),
        (2, 0),
        (2, 30),
        (9, 0),
        (9, 15),
        (9, 45),
        (16, 20),
        (23, 29),
        (23, 59),
    ];
    let to_the_minute = to_the_minute.map(|(hour, minute)| time(hour, minute, 0, 0)).to_vec();
    prop_oneof![30 => select(to_the_minute), 1 => Just(time(9, 0, 1, 0))]
}

/// Days on which clocks change, their neighbours, and the ends of the calendar.
fn day() -> impl Strategy<Value = Date> {
    let days = [
        date(2026, 3, 28),
        date(2026, 3, 29),
        date(2026, 4, 4),
        date(2026, 4, 5),
        date(2026, 10, 4),
        date(2026, 10, 25),
    ];
    prop_oneof![12 => select(days.to_vec()), 1 => select(vec![Date::MIN, Date::MAX, date(1, 1, 1)])]
}

fn booking() -> impl Strategy<Value = Booking> {
    let minutes = prop_oneof![
        12 => select(vec![None, None, Some(1), Some(45), Some(90)]),
        1 => select(vec![Some(0), Some(1441)]),
    ];
    let user = prop_oneof![6 => Just(0), 2 => Just(1), 1 => handle()];
    let status = prop_oneof![
        2 => Just(None),
        1 => select(AppointmentStatus::ALL.to_vec()).prop_map(Some),
    ];
    let resources = prop_oneof![6 => Just(None), 1 => prop::collection::vec(handle(), 0..3).prop_map(Some)];
    let when = (day(), clock(), prop::bool::weighted(0.2));
    (
        0_u32..2,
        user,
        when,
        prop::bool::weighted(0.9),
        handle(),
        minutes,
        status,
        resources,
        prop::bool::weighted(0.2),
    )
        .prop_map(
            |(clinic, user, (date, time, later), fits, other, minutes, status, resources, allow_overlap)| {
                // The furniture of the first clinic is the first of each kind, that of the second the second.
                let (patient, of) = if fits { (clinic, clinic) } else { (other, clinic) };
                Booking {
                    clinic,
                    user,
                    patient,
                    of,
                    date,
                    time,
                    later,
                    minutes,
                    status,
                    resources,
                    allow_overlap,
                }
            },
        )
}

fn call() -> impl Strategy<Value = Call> {
    let emails =
        vec![None, Some("a@b"), Some("A@b"), Some("user-3@example.test"), Some("no address"), Some("c@d")];
    let subjects = vec![None, Some("user-4"), Some("x"), Some("")];
    let hours = select(vec![
        None,
        Some((time(8, 0, 0, 0), time(12, 0, 0, 0))),
        Some((time(0, 0, 0, 0), time(23, 59, 0, 0))),
        Some((time(9, 0, 0, 0), time(9, 0, 0, 0))),
    ]);
    let zones = vec!["Europe/Berlin", "asia/kolkata", "Australia/Lord_Howe", "Mars/Base"];
    let roles = prop::collection::vec(select(Role::ALL.to_vec()), 0..3);
    let every = select(vec![Every::Days(1), Every::Weeks(1), Every::Days(0), Every::Weeks(u32::MAX)]);
    let amounts = select(vec![0, 1250, -1, i64::MAX]);
    let shares = select(vec![None, Some(0), Some(1250), Some(-1)]);
    prop_oneof![
        1 => (name(), select(zones)).prop_map(|(name, zone)| Call::Clinic { name, zone }),
        2 => (select(emails), select(subjects)).prop_map(|(email, subject)| Call::User { email, subject }),
        2 => (handle(), handle(), roles)
            .prop_map(|(clinic, user, roles)| Call::Membership { clinic, user, roles }),
        1 => (handle(), name()).prop_map(|(clinic, name)| Call::Group { clinic, name }),
        2 => (handle(), name(), select(vec![30, 60, 0]), prop::option::of(handle()))
            .prop_map(|(clinic, name, minutes, group)| Call::Type { clinic, name, minutes, group }),
        2 => prop::collection::vec((handle(), handle()), 0..3).prop_map(Call::Offerings),
        1 => (handle(), name()).prop_map(|(clinic, name)| Call::ResourceType { clinic, name }),
        2 => (handle(), name()).prop_map(|(of, name)| Call::Resource { of, name }),
        1 => (handle(), handle(), select(vec![None, Some(2), Some(0)]))
            .prop_map(|(of, needs, quantity)| Call::Requirement { of, needs, quantity }),
        2 => (handle(), handle(), name(), amounts, shares, any::<bool>()).prop_map(
            |(user, of, name, amount, share, is_default)| {
                Call::Billing { user, of, name, amount, share, is_default }
            }
        ),
        2 => prop::collection::vec((handle(), handle(), 0_usize..2, clock(), clock()), 1..3)
            .prop_map(Call::Hours),
        3 => prop::collection::vec((handle(), handle(), day(), hours), 1..3).prop_map(Call::TimeOff),
        2 => prop::collection::vec((handle(), name(), prop::collection::vec(handle(), 0..3)), 1..3)
            .prop_map(Call::Patients),
        24 => prop::collection::vec(booking(), 1..3).prop_map(Call::Appointments),
        3 => (booking(), every, 0_u32..4)
            .prop_map(|(first, every, count)| Call::Series { first, every, count }),
        2 => (0..Kind::ALL.len(), handle(), name())
            .prop_map(|(kind, index, name)| Call::Name { kind, index, name }),
    ]
}
