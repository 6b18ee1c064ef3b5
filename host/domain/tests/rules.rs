//! Each rule of the domain, by example.

#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

mod common;

use common::*;
use insula_domain::*;
use jiff::civil::date;

/// `(rule, field)`, as [`broken`] gives it.
fn is(rule: Rule, field: &str) -> (String, String) {
    (rule.name().to_owned(), field.to_owned())
}

const MONDAY: jiff::civil::Date = date(2026, 1, 5);

mod references {
    use super::*;

    #[test]
    fn a_handle_that_names_nothing_is_refused_by_every_call() {
        let (mut draft, here) = place("Europe/Berlin");
        let draft = &mut draft;
        let unknown = |field| is(Rule::UnknownHandle, field);
        let (clinic, user) = (Handle::<Clinic>::new(9), Handle::<User>::new(9));
        let kind = Handle::<AppointmentType>::new(9);

        let mut new = membership(clinic, here.practitioner, &[Role::Admin]);
        assert_eq!(broken(draft.create_membership(new.clone())), unknown("clinic"));
        (new.clinic, new.user) = (here.clinic, user);
        assert_eq!(broken(draft.create_membership(new)), unknown("user"));

        let group = NewServiceTypeGroup { clinic, name: "Group".to_owned(), display_order: None };
        assert_eq!(broken(draft.create_service_type_group(group)), unknown("clinic"));
        assert_eq!(
            broken(draft.create_appointment_type(appointment_type(clinic, "A", 30))),
            unknown("clinic")
        );
        let mut new = appointment_type(here.clinic, "A", 30);
        new.group = Some(Handle::new(0));
        assert_eq!(broken(draft.create_appointment_type(new)), unknown("group"));

        let offering = |practitioner, appointment_type| [NewOffering { practitioner, appointment_type }];
        assert_eq!(
            broken(draft.create_offerings(offering(here.practitioner, kind))),
            unknown("appointment_type")
        );
        assert_eq!(
            broken(draft.create_offerings(offering(user, here.appointment_type))),
            unknown("practitioner")
        );

        let new = NewResourceType { clinic, name: "Room".to_owned() };
        assert_eq!(broken(draft.create_resource_type(new)), unknown("clinic"));
        let new = NewResource { resource_type: Handle::new(0), name: "Room 1".to_owned(), description: None };
        assert_eq!(broken(draft.create_resource(new)), unknown("resource_type"));
        let new = |appointment_type| NewResourceRequirement {
            appointment_type,
            resource_type: Handle::new(0),
            quantity: None,
        };
        assert_eq!(broken(draft.create_resource_requirement(new(kind))), unknown("appointment_type"));
        assert_eq!(
            broken(draft.create_resource_requirement(new(here.appointment_type))),
            unknown("resource_type")
        );

        assert_eq!(
            broken(draft.create_billing_scenario(billing(here.practitioner, kind, "A"))),
            unknown("appointment_type")
        );
        assert_eq!(
            broken(draft.create_billing_scenario(billing(user, here.appointment_type, "A"))),
            unknown("practitioner")
        );

        let new = |user, clinic| [hours(user, clinic, Weekday::Monday, at(9, 0), at(12, 0))];
        assert_eq!(broken(draft.create_availabilities(new(here.practitioner, clinic))), unknown("clinic"));
        assert_eq!(broken(draft.create_availabilities(new(user, here.clinic))), unknown("practitioner"));
        let new = |user, clinic| [time_off(clinic, user, MONDAY, None)];
        assert_eq!(broken(draft.create_time_off(new(here.practitioner, clinic))), unknown("clinic"));
        assert_eq!(broken(draft.create_time_off(new(user, here.clinic))), unknown("practitioner"));

        assert_eq!(broken(draft.create_patients([patient(clinic, "Paul")])), unknown("clinic"));
        let mut new = patient(here.clinic, "Paul");
        new.assigned_practitioners.push(user);
        assert_eq!(broken(draft.create_patients([new])), unknown("assigned_practitioners"));

        let appointment = here.appointment(MONDAY, at(9, 0));
        type Change = fn(&mut NewAppointment);
        let changes: [(&str, Change); 5] = [
            ("clinic", |new| new.clinic = Handle::new(9)),
            ("practitioner", |new| new.practitioner = Handle::new(9)),
            ("patient", |new| new.patient = Handle::new(9)),
            ("appointment_type", |new| new.appointment_type = Handle::new(9)),
            ("resources", |new| new.resources = Allocation::Chosen(vec![Handle::new(u32::MAX)])),
        ];
        for (field, change) in changes {
            let mut new = appointment.clone();
            change(&mut new);
            assert_eq!(broken(draft.create_appointments([new.clone()])), unknown(field));
            let series = NewSeries { first: new, every: Every::Days(1), count: 2 };
            assert_eq!(broken(draft.create_series(series)), unknown(field));
        }
        for kind in Kind::ALL {
            assert_eq!(broken(draft.name(AnyHandle { kind, index: 9 }, "it")), unknown("entity"));
        }
    }

    #[test]
    fn nothing_refers_to_another_clinic() {
        let (mut draft, here) = place("Europe/Berlin");
        let there = Place::add(&mut draft, "Asia/Taipei");
        let other = |field| is(Rule::SameClinic, field);

        let group =
            NewServiceTypeGroup { clinic: there.clinic, name: "Group".to_owned(), display_order: None };
        let group = draft.create_service_type_group(group).unwrap();
        let mut new = appointment_type(here.clinic, "A", 30);
        new.group = Some(group);
        assert_eq!(broken(draft.create_appointment_type(new)), other("group"));

        let room = NewResourceType { clinic: there.clinic, name: "Room".to_owned() };
        let room = draft.create_resource_type(room).unwrap();
        let room_1 = NewResource { resource_type: room, name: "Room 1".to_owned(), description: None };
        let room_1 = draft.create_resource(room_1).unwrap();
        let new = NewResourceRequirement {
            appointment_type: here.appointment_type,
            resource_type: room,
            quantity: None,
        };
        assert_eq!(broken(draft.create_resource_requirement(new)), other("resource_type"));

        let appointment = here.appointment(MONDAY, at(9, 0));
        let new = NewAppointment { patient: there.patient, ..appointment.clone() };
        assert_eq!(broken(draft.create_appointments([new])), other("patient"));
        let new = NewAppointment { appointment_type: there.appointment_type, ..appointment.clone() };
        assert_eq!(broken(draft.create_appointments([new])), other("appointment_type"));
        let new = NewAppointment { resources: Allocation::Chosen(vec![room_1]), ..appointment };
        assert_eq!(broken(draft.create_appointments([new])), other("resources"));
    }

    #[test]
    fn a_user_acts_in_a_clinic_through_a_membership_with_the_role() {
        let (mut draft, here) = place("Europe/Berlin");
        let stranger = draft.create_user(user("stranger@example.test")).unwrap();
        let admin = draft.create_user(user("admin@example.test")).unwrap();
        draft.create_membership(membership(here.clinic, admin, &[Role::Admin])).unwrap();
        for (user, rule) in [(stranger, Rule::Member), (admin, Rule::PractitionerRole)] {
            let wrong = is(rule, "practitioner");
            let new = NewOffering { practitioner: user, appointment_type: here.appointment_type };
            assert_eq!(broken(draft.create_offerings([new])), wrong);
            let new = hours(user, here.clinic, Weekday::Monday, at(9, 0), at(12, 0));
            assert_eq!(broken(draft.create_availabilities([new])), wrong);
            assert_eq!(broken(draft.create_time_off([time_off(here.clinic, user, MONDAY, None)])), wrong);
            assert_eq!(
                broken(draft.create_billing_scenario(billing(user, here.appointment_type, "A"))),
                wrong
            );
            let new = NewAppointment { practitioner: user, ..here.appointment(MONDAY, at(9, 0)) };
            assert_eq!(broken(draft.create_appointments([new])), wrong);
            let mut new = patient(here.clinic, "Paul");
            new.assigned_practitioners = vec![here.practitioner, user];
            assert_eq!(broken(draft.create_patients([new])), is(rule, "assigned_practitioners"));
        }
    }

    #[test]
    fn a_membership_has_roles_and_is_the_only_one_of_user_and_clinic() {
        let (mut draft, here) = place("Europe/Berlin");
        let new = membership(here.clinic, here.practitioner, &[Role::Admin]);
        assert_eq!(broken(draft.create_membership(new)), is(Rule::Unique, "user"));
        let nobody = draft.create_user(user("nobody@example.test")).unwrap();
        assert_eq!(
            broken(draft.create_membership(membership(here.clinic, nobody, &[]))),
            is(Rule::Schema, "roles")
        );
    }

    #[test]
    fn a_practitioner_offers_what_they_are_booked_for() {
        let (mut draft, here) = place("Europe/Berlin");
        let surgery = draft.create_appointment_type(appointment_type(here.clinic, "Surgery", 30)).unwrap();
        let new = NewAppointment { appointment_type: surgery, ..here.appointment(MONDAY, at(9, 0)) };
        assert_eq!(broken(draft.create_appointments([new])), is(Rule::Offering, "appointment_type"));
    }
}

mod values {
    use super::*;

    #[test]
    fn emails_are_addresses_that_leave_room_for_the_island() {
        let mut draft = empty();
        let longest = format!("{}@example.test", "a".repeat(27));
        for sound in ["a@b", "anna+tag@example.test", "o'neil@example.co.uk", "A.B@Example.TEST", &longest] {
            draft.create_user(user(sound)).unwrap();
        }
        let long_local = format!("{}@example.test", "a".repeat(28));
        let long =
            format!("a@{}", ["b".repeat(60), "c".repeat(60), "d".repeat(60), "e".repeat(60)].join("."));
        for unsound in [
            "",
            "@",
            "a@",
            "@b",
            "a@b@c",
            "a b@c",
            "a@b c",
            "a\0@b",
            "ä@b",
            "a@bä",
            ".a@b",
            "a.@b",
            "a..b@c",
            "a@-b",
            "a@b-",
            "a@b..c",
            "a@.b",
            "\"a b\"@c",
            "a@b+c",
            &long_local,
            &long,
        ] {
            assert_eq!(broken(draft.create_user(user(unsound))), is(Rule::Format, "email"), "{unsound:?}");
        }
    }

    #[test]
    fn emails_and_subjects_are_one_users_whatever_the_case_of_the_email() {
        let mut draft = empty();
        let new = |email: &str, subject: &str| NewUser {
            email: Some(email.to_owned()),
            subject: Some(subject.to_owned()),
        };
        draft.create_user(new("anna@example.test", "one")).unwrap();
        assert_eq!(broken(draft.create_user(new("Anna@Example.test", "two"))), is(Rule::Unique, "email"));
        assert_eq!(broken(draft.create_user(new("bert@example.test", "one"))), is(Rule::Unique, "subject"));
        draft.create_user(new("bert@example.test", "One")).unwrap();
        assert_eq!(
            broken(draft.create_user(new("c@example.test", &"x".repeat(218)))),
            is(Rule::Range, "subject")
        );
        assert_eq!(broken(draft.create_user(new("c@example.test", ""))), is(Rule::Schema, "subject"));
    }

    #[test]
    fn a_user_made_up_takes_nobodys_email() {
        let mut draft = empty();
        draft.create_user(user("user-2@example.test")).unwrap();
        draft.create_user(NewUser { email: None, subject: None }).unwrap();
        let emails: Vec<_> = draft.entities().users.iter().map(|user| user.email.text()).collect();
        assert_eq!(emails, ["user-2@example.test", "user-3@example.test"]);
    }

    #[test]
    fn names_are_unique_where_they_must_be() {
        let (mut draft, here) = place("Europe/Berlin");
        let taken = |field| is(Rule::Unique, field);
        let group = NewServiceTypeGroup { clinic: here.clinic, name: "A".to_owned(), display_order: None };
        draft.create_service_type_group(group.clone()).unwrap();
        assert_eq!(broken(draft.create_service_type_group(group)), taken("name"));

        assert_eq!(
            broken(draft.create_appointment_type(appointment_type(here.clinic, "Consultation", 30))),
            taken("name")
        );
        draft.create_appointment_type(appointment_type(here.clinic, "Consultation", 45)).unwrap();

        let room = NewResourceType { clinic: here.clinic, name: "Room".to_owned() };
        let resource_type = draft.create_resource_type(room.clone()).unwrap();
        assert_eq!(broken(draft.create_resource_type(room)), taken("name"));
        let room_1 = NewResource { resource_type, name: "1".to_owned(), description: None };
        draft.create_resource(room_1.clone()).unwrap();
        assert_eq!(broken(draft.create_resource(room_1)), taken("name"));
        let need =
            NewResourceRequirement { appointment_type: here.appointment_type, resource_type, quantity: None };
        draft.create_resource_requirement(need.clone()).unwrap();
        assert_eq!(broken(draft.create_resource_requirement(need)), taken("resource_type"));

        let offering =
            NewOffering { practitioner: here.practitioner, appointment_type: here.appointment_type };
        assert_eq!(broken(draft.create_offerings([offering])), taken("appointment_type"));

        let mut standard = billing(here.practitioner, here.appointment_type, "Standard");
        standard.is_default = true;
        draft.create_billing_scenario(standard.clone()).unwrap();
        assert_eq!(broken(draft.create_billing_scenario(standard.clone())), taken("name"));
        standard.name = "Other".to_owned();
        assert_eq!(broken(draft.create_billing_scenario(standard.clone())), taken("is_default"));
        standard.is_default = false;
        draft.create_billing_scenario(standard).unwrap();

        draft.name(here.clinic.into(), "it").unwrap();
        assert_eq!(broken(draft.name(here.patient.into(), "it")), taken("name"));
    }

    #[test]
    fn amounts_are_not_negative_and_shares_are_part_of_them() {
        let (mut draft, here) = place("Europe/Berlin");
        let mut bill = |name: &str, amount, share| {
            let mut new = billing(here.practitioner, here.appointment_type, name);
            (new.amount, new.revenue_share) = (Cents(amount), Some(Cents(share)));
            draft.create_billing_scenario(new)
        };
        bill("nothing", 0, 0).unwrap();
        bill("all", 1250, 1250).unwrap();
        bill("most", 1_000_000_000_000, 0).unwrap();
        assert_eq!(broken(bill("a", 1250, 1251)), is(Rule::Range, "revenue_share"));
        assert_eq!(broken(bill("a", 1250, -1)), is(Rule::Schema, "revenue_share"));
        assert_eq!(broken(bill("a", -1, -2)), is(Rule::Schema, "amount"));
        assert_eq!(broken(bill("a", 1_000_000_000_001, 0)), is(Rule::Schema, "amount"));
        assert_eq!(broken(bill("a", i64::MAX, 0)), is(Rule::Schema, "amount"));
        assert_eq!(broken(bill("a", i64::MIN, i64::MIN)), is(Rule::Schema, "amount"));
    }

    #[test]
    fn a_time_zone_is_iana_s_and_is_kept_as_iana_writes_it() {
        let mut draft = empty();
        for unknown in ["", "Mars/Base", "Etc/Unknown", "+02:00", "../etc/passwd", "Europe/Berlin "] {
            assert_eq!(broken(draft.create_clinic(clinic("A", unknown))), is(Rule::TimeZone, "time_zone"));
        }
        for (given, kept) in
            [("europe/berlin", "Europe/Berlin"), ("utc", "UTC"), ("ASIA/KOLKATA", "Asia/Kolkata")]
        {
            let handle = draft.create_clinic(clinic("A", given)).unwrap();
            assert_eq!(draft.entities().get(handle).unwrap().time_zone, kept);
        }
    }

    #[test]
    fn texts_have_the_lengths_of_their_schemas_and_long_ones_are_not_repeated() {
        let mut draft = empty();
        let huge = "x".repeat(1 << 20);
        let refused = rejection(draft.create_clinic(clinic(&huge, "UTC")));
        assert_eq!((refused.rule.as_str(), refused.field.as_deref()), ("schema", Some("name")));
        assert!(refused.message.len() < 200, "{}", refused.message);
        assert!(refused.message.contains("200"), "{}", refused.message);
        for outcome in [
            draft.create_clinic(clinic("A", &huge)).map(|_| ()),
            draft.create_user(user(&huge)).map(|_| ()),
            draft.create_user(NewUser { email: None, subject: Some(huge.clone()) }).map(|_| ()),
        ] {
            assert!(rejection(outcome).message.len() < 300);
        }
        assert_eq!(broken(draft.create_clinic(clinic("", "UTC"))), is(Rule::Schema, "name"));
        draft.create_clinic(clinic(&"ü".repeat(200), "UTC")).unwrap();
        let mut new = clinic("A", "UTC");
        new.locale = Some("no locale".to_owned());
        assert_eq!(broken(draft.create_clinic(new)), is(Rule::Schema, "locale"));
        for name in ["", "  ", &huge] {
            let handle = Handle::<Clinic>::new(0);
            assert_eq!(broken(draft.name(handle.into(), name)), is(Rule::Range, "name"));
        }
    }

    #[test]
    fn what_a_database_cannot_hold_is_refused() {
        let mut draft = empty();
        assert_eq!(broken(draft.create_clinic(clinic("a\0b", "UTC"))), is(Rule::Format, "name"));
        let mut new = clinic("A", "UTC");
        new.settings = Some(Object::parse("settings", r#"{"a": [{"b": "\u0000"}]}"#).unwrap());
        assert_eq!(broken(draft.create_clinic(new.clone())), is(Rule::Format, "settings"));
        let nested = |depth: usize| format!("{}1{}", r#"{"a":"#.repeat(depth), "}".repeat(depth));
        new.settings = Some(Object::parse("settings", &nested(65)).unwrap());
        assert_eq!(broken(draft.create_clinic(new.clone())), is(Rule::Format, "settings"));
        new.settings = Some(Object::parse("settings", &nested(64)).unwrap());
        let handle = draft.create_clinic(new).unwrap();
        assert_eq!(broken(draft.name(handle.into(), "a\0")), is(Rule::Format, "name"));
    }

    #[test]
    fn settings_are_a_json_object() {
        for text in ["", "[]", "null", "{", "{\"a\":1} x", &"[".repeat(100_000)] {
            let refused = Object::parse("settings", text).unwrap_err();
            assert_eq!((refused.rule.as_str(), refused.field.as_deref()), ("format", Some("settings")));
        }
    }

    #[test]
    fn numbers_are_in_their_ranges() {
        let (mut draft, here) = place("Europe/Berlin");
        for minutes in [0, 1441, u32::MAX] {
            let new = appointment_type(here.clinic, "A", minutes);
            assert_eq!(broken(draft.create_appointment_type(new)), is(Rule::Schema, "duration_minutes"));
            let mut new = here.appointment(MONDAY, at(0, 0));
            new.minutes = Some(minutes);
            assert_eq!(broken(draft.create_appointments([new])), is(Rule::Range, "minutes"));
        }
        let mut new = appointment_type(here.clinic, "A", 1);
        new.buffer_minutes = Some(u32::MAX);
        assert_eq!(broken(draft.create_appointment_type(new)), is(Rule::Schema, "buffer_minutes"));
        let room = NewResourceType { clinic: here.clinic, name: "Room".to_owned() };
        let resource_type = draft.create_resource_type(room).unwrap();
        for quantity in [0, u32::MAX] {
            let new = NewResourceRequirement {
                appointment_type: here.appointment_type,
                resource_type,
                quantity: Some(quantity),
            };
            assert_eq!(broken(draft.create_resource_requirement(new)), is(Rule::Schema, "quantity"));
        }
    }
}

mod quotas {
    use super::*;

    #[test]
    fn an_island_holds_as_much_as_its_limits_say_and_no_more() {
        let bytes = {
            let mut draft = empty();
            let clinic = draft.create_clinic(clinic("A", "UTC")).unwrap();
            draft.create_patients(["A", "B"].map(|name| patient(clinic, name))).unwrap();
            draft.size().bytes
        };
        for (quota, limits) in [
            ("entities", DraftLimits { entities: 3, ..DraftLimits::default() }),
            ("rows", DraftLimits { rows: 3, ..DraftLimits::default() }),
            ("bytes", DraftLimits { bytes, ..DraftLimits::default() }),
        ] {
            let mut draft = Draft::new(setup(), limits);
            let clinic = draft.create_clinic(clinic("A", "UTC")).unwrap();
            let size = draft.size();
            let three = ["A", "B", "C"].map(|name| patient(clinic, name));
            let full = draft.create_patients(three).unwrap_err();
            assert!(matches!(full, Refusal::Full { quota: which, .. } if which == quota), "{full}");
            assert_eq!(draft.size(), size);
            draft.create_patients(["A", "B"].map(|name| patient(clinic, name))).unwrap();
        }
    }

    #[test]
    fn lists_and_names_are_rows_too() {
        let (mut draft, here) = place("Europe/Berlin");
        let rows = draft.size().rows;
        let mut new = patient(here.clinic, "Paul");
        new.assigned_practitioners = vec![here.practitioner, here.practitioner];
        draft.create_patients([new]).unwrap();
        assert_eq!(draft.size().rows, rows + 2);
        draft.name(here.clinic.into(), "it").unwrap();
        assert_eq!(draft.size().rows, rows + 3);
    }
}
