//! The rules of time and of resources, by example.

#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

mod common;

use common::*;
use insula_domain::*;
use jiff::civil::{Date, date, time};

fn is(rule: Rule, field: &str) -> (String, String) {
    (rule.name().to_owned(), field.to_owned())
}

const MONDAY: Date = date(2026, 1, 5);

mod hours {
    use super::*;

    #[test]
    fn working_hours_of_a_day_do_not_overlap_and_end_after_they_start() {
        let (mut draft, here) = place("Europe/Berlin");
        let mut add = |day, start, end| {
            draft.create_availabilities([hours(here.practitioner, here.clinic, day, start, end)])
        };
        add(Weekday::Monday, at(9, 0), at(12, 0)).unwrap();
        add(Weekday::Monday, at(12, 0), at(17, 0)).unwrap();
        add(Weekday::Tuesday, at(9, 0), at(12, 0)).unwrap();
        add(Weekday::Sunday, at(0, 0), at(23, 59)).unwrap();
        assert_eq!(broken(add(Weekday::Monday, at(16, 59), at(18, 0))), is(Rule::Overlap, "start_time"));
        assert_eq!(broken(add(Weekday::Monday, at(8, 0), at(18, 0))), is(Rule::Overlap, "start_time"));
        assert_eq!(broken(add(Weekday::Friday, at(9, 0), at(9, 0))), is(Rule::EndsAfterStart, "end_time"));
        assert_eq!(broken(add(Weekday::Friday, at(9, 0), at(8, 59))), is(Rule::EndsAfterStart, "end_time"));
        let second = time(9, 0, 1, 0);
        assert_eq!(broken(add(Weekday::Friday, second, at(10, 0))), is(Rule::CivilTime, "start_time"));
        assert_eq!(broken(add(Weekday::Friday, at(8, 0), second)), is(Rule::CivilTime, "end_time"));
    }

    #[test]
    fn time_off_is_a_day_or_part_of_one() {
        let (mut draft, here) = place("Europe/Berlin");
        let mut add =
            |day, hours| draft.create_time_off([time_off(here.clinic, here.practitioner, day, hours)]);
        add(MONDAY, None).unwrap();
        add(MONDAY, Some((at(9, 0), at(12, 0)))).unwrap();
        assert_eq!(broken(add(MONDAY, Some((at(9, 0), at(9, 0))))), is(Rule::EndsAfterStart, "hours"));
        assert_eq!(broken(add(MONDAY, Some((time(9, 0, 0, 1), at(10, 0))))), is(Rule::CivilTime, "hours"));
        let spring = date(2026, 3, 29);
        assert_eq!(broken(add(spring, Some((at(2, 30), at(4, 0))))), is(Rule::SkippedTime, "hours"));
        assert_eq!(broken(add(Date::MIN, None)), is(Rule::CivilTime, "date"));
        assert_eq!(broken(add(date(0, 12, 31), None)), is(Rule::CivilTime, "date"));
        assert_eq!(broken(add(Date::MAX, None)), is(Rule::CivilTime, "date"));
        add(date(1, 1, 1), None).unwrap();
        add(date(9999, 12, 29), None).unwrap();
    }

    #[test]
    fn a_day_that_a_zone_skipped_is_no_day_off() {
        let (mut draft, here) = place("Pacific/Apia");
        let skipped = time_off(here.clinic, here.practitioner, date(2011, 12, 30), None);
        assert_eq!(broken(draft.create_time_off([skipped])), is(Rule::SkippedTime, "date"));
    }

    #[test]
    fn a_day_off_is_the_clinic_s_day() {
        let (mut draft, here) = place("Asia/Kolkata");
        draft.create_time_off([time_off(here.clinic, here.practitioner, MONDAY, None)]).unwrap();
        let sunday = MONDAY.yesterday().unwrap();
        draft.create_appointments([here.appointment(sunday, at(23, 29))]).unwrap();
        draft.create_appointments([here.appointment(MONDAY.tomorrow().unwrap(), at(0, 0))]).unwrap();
        for time in [at(0, 0), at(0, 1), at(12, 0), at(23, 29)] {
            let outcome = draft.create_appointments([here.appointment(MONDAY, time)]);
            assert_eq!(broken(outcome), is(Rule::Overlap, "starts"));
        }
    }

    #[test]
    fn a_birthday_is_of_the_years_that_can_be_written() {
        let (mut draft, here) = place("Europe/Berlin");
        let mut new = patient(here.clinic, "Paul");
        new.birthday = Some(date(-1, 1, 1));
        assert_eq!(broken(draft.create_patients([new.clone()])), is(Rule::CivilTime, "birthday"));
        new.birthday = Some(date(1, 1, 1));
        draft.create_patients([new]).unwrap();
    }
}

mod appointments {
    use super::*;

    /// Start and end of the last one, as instants and on the clock.
    fn last(draft: &Draft) -> String {
        let last = draft.entities().appointments.last().unwrap();
        format!("{} {} {} {}", last.starts_at, last.ends_at, last.start_time, last.end_time)
    }

    #[test]
    fn one_takes_as_long_as_its_type_unless_it_says() {
        let (mut draft, here) = place("Europe/Berlin");
        draft.create_appointments([here.appointment(MONDAY, at(9, 0))]).unwrap();
        assert_eq!(last(&draft), "2026-01-05T08:00:00Z 2026-01-05T08:30:00Z 09:00:00 09:30:00");
        let new = NewAppointment { minutes: Some(1), ..here.appointment(MONDAY, at(9, 30)) };
        draft.create_appointments([new]).unwrap();
        assert_eq!(last(&draft), "2026-01-05T08:30:00Z 2026-01-05T08:31:00Z 09:30:00 09:31:00");
    }

    #[test]
    fn one_ends_on_the_day_on_which_it_starts() {
        let (mut draft, here) = place("Asia/Kolkata");
        for (time, minutes, fits) in [
            (at(0, 0), 1439, true),
            (at(0, 0), 1440, false),
            (at(0, 1), 1438, true),
            (at(23, 58), 1, true),
            (at(23, 59), 1, false),
            (at(23, 30), 30, false),
        ] {
            let new = NewAppointment {
                minutes: Some(minutes),
                allow_overlap: true,
                ..here.appointment(MONDAY, time)
            };
            let outcome = draft.create_appointments([new]);
            if fits {
                outcome.unwrap();
            } else {
                assert_eq!(broken(outcome), is(Rule::SameDay, "starts"));
            }
        }
    }

    #[test]
    fn a_time_that_the_clocks_skip_is_refused_and_one_that_they_repeat_is_the_earlier() {
        let (mut draft, here) = place("Europe/Berlin");
        let (spring, autumn) = (date(2026, 3, 29), date(2026, 10, 25));
        let outcome = draft.create_appointments([here.appointment(spring, at(2, 30))]);
        assert_eq!(broken(outcome), is(Rule::SkippedTime, "starts"));
        draft.create_appointments([here.appointment(spring, at(1, 45))]).unwrap();
        assert_eq!(last(&draft), "2026-03-29T00:45:00Z 2026-03-29T01:15:00Z 01:45:00 03:15:00");

        let earlier = here.appointment(autumn, at(2, 0));
        let mut later = earlier.clone();
        later.starts.fold = Fold::Later;
        draft.create_appointments([earlier, later]).unwrap();
        assert_eq!(last(&draft), "2026-10-25T01:00:00Z 2026-10-25T01:30:00Z 02:00:00 02:30:00");
        let back = NewAppointment { minutes: Some(45), ..here.appointment(autumn, at(2, 30)) };
        assert_eq!(broken(draft.create_appointments([back])), is(Rule::EndsAfterStart, "starts"));
    }

    #[test]
    fn a_zone_that_moves_by_half_an_hour_is_read_right() {
        let (mut draft, here) = place("Australia/Lord_Howe");
        // On 2026-04-05 the clocks go from 02:00 back to 01:30.
        let (mut first, mut second) =
            (here.appointment(date(2026, 4, 5), at(1, 30)), here.appointment(date(2026, 4, 5), at(1, 30)));
        (first.minutes, second.minutes) = (Some(10), Some(10));
        second.starts.fold = Fold::Later;
        draft.create_appointments([first, second]).unwrap();
        let all = &draft.entities().appointments;
        assert_eq!(all[1].starts_at.as_second() - all[0].starts_at.as_second(), 30 * 60);
    }

    #[test]
    fn dates_at_the_ends_of_the_calendar_are_refused_in_words() {
        let (mut draft, here) = place("America/Los_Angeles");
        for day in [Date::MIN, date(0, 12, 31), Date::MAX] {
            let outcome = draft.create_appointments([here.appointment(day, at(23, 0))]);
            assert_eq!(broken(outcome), is(Rule::CivilTime, "starts"), "{day}");
        }
        draft.create_appointments([here.appointment(date(1, 1, 1), at(0, 0))]).unwrap();
        let second = here.appointment(MONDAY, time(9, 0, 30, 0));
        assert_eq!(broken(draft.create_appointments([second])), is(Rule::CivilTime, "starts"));
    }

    #[test]
    fn nobody_is_in_two_places_even_in_two_zones() {
        let (mut draft, berlin) = place("Europe/Berlin");
        let taipei = Place::add_with(&mut draft, "Asia/Taipei", berlin.practitioner);
        draft.create_appointments([berlin.appointment(MONDAY, at(9, 0))]).unwrap();
        // 09:00 in Berlin is 16:00 in Taipei.
        let outcome = draft.create_appointments([taipei.appointment(MONDAY, at(15, 45))]);
        let refused = rejection(outcome);
        assert_eq!(refused.rule, "overlap");
        assert!(refused.message.contains("2026-01-05T16:00:00"), "{}", refused.message);
        draft.create_appointments([taipei.appointment(MONDAY, at(15, 30))]).unwrap();
        draft.create_appointments([taipei.appointment(MONDAY, at(16, 30))]).unwrap();
        let off = time_off(taipei.clinic, berlin.practitioner, MONDAY, Some((at(16, 15), at(18, 0))));
        assert_eq!(broken(draft.create_time_off([off])), is(Rule::Overlap, "date"));
    }

    #[test]
    fn two_overlap_only_where_it_is_asked_for_or_one_is_off() {
        let (mut draft, here) = place("Europe/Berlin");
        let nine = here.appointment(MONDAY, at(9, 0));
        draft.create_appointments([nine.clone()]).unwrap();
        assert_eq!(broken(draft.create_appointments([nine.clone()])), is(Rule::Overlap, "starts"));
        for status in AppointmentStatus::ALL.iter().filter(|&&status| status != AppointmentStatus::Confirmed)
        {
            draft.create_appointments([NewAppointment { status: Some(*status), ..nine.clone() }]).unwrap();
        }
        draft.create_appointments([NewAppointment { allow_overlap: true, ..nine.clone() }]).unwrap();
        assert_eq!(broken(draft.create_appointments([nine])), is(Rule::Overlap, "starts"));
    }

    #[test]
    fn a_batch_is_taken_whole_or_not_at_all() {
        let (mut draft, here) = place("Europe/Berlin");
        let (nine, ten) = (here.appointment(MONDAY, at(9, 0)), here.appointment(MONDAY, at(10, 0)));
        let before = (draft.digest(), draft.size());
        let refused = rejection(draft.create_appointments([nine.clone(), ten.clone(), nine.clone()]));
        assert_eq!((refused.index, refused.rule.as_str()), (Some(2), "overlap"));
        assert_eq!((draft.digest(), draft.size()), before);
        draft.create_appointments([nine, ten]).unwrap();
    }
}

mod series {
    use super::*;

    #[test]
    fn one_keeps_its_local_time_when_the_clocks_change() {
        let (mut draft, here) = place("Europe/Berlin");
        let series = NewSeries {
            first: here.appointment(date(2026, 3, 23), at(9, 0)),
            every: Every::Weeks(1),
            count: 2,
        };
        draft.create_series(series).unwrap();
        let starts: Vec<_> =
            draft.entities().appointments.iter().map(|one| one.starts_at.to_string()).collect();
        assert_eq!(starts, ["2026-03-23T08:00:00Z", "2026-03-30T07:00:00Z"]);
    }

    #[test]
    fn one_has_length_and_distance_and_stays_in_the_calendar() {
        let (mut draft, here) = place("Europe/Berlin");
        let before = (draft.digest(), draft.size());
        let mut refused = |every, count| {
            let outcome =
                draft.create_series(NewSeries { first: here.appointment(MONDAY, at(9, 0)), every, count });
            let refused = rejection(outcome);
            (refused.rule, refused.field.unwrap(), refused.index)
        };
        let of = |rule: Rule, field: &str, index| (rule.name().to_owned(), field.to_owned(), index);
        assert_eq!(refused(Every::Days(1), 0), of(Rule::Range, "count", None));
        assert_eq!(refused(Every::Days(0), 1), of(Rule::Range, "every", None));
        assert_eq!(refused(Every::Weeks(0), 1), of(Rule::Range, "every", None));
        for every in [Every::Days(u32::MAX), Every::Weeks(u32::MAX)] {
            assert_eq!(refused(every, u32::MAX), of(Rule::CivilTime, "every", Some(1)));
        }
        let years = refused(Every::Weeks(52 * 100), u32::MAX);
        assert_eq!((years.0.as_str(), years.2), ("civil_time", Some(81)));
        assert_eq!((draft.digest(), draft.size()), before);
    }

    #[test]
    fn one_that_meets_a_skipped_time_says_which_of_it_does() {
        let (mut draft, here) = place("Europe/Berlin");
        let first = here.appointment(date(2026, 3, 28), at(2, 30));
        let refused = rejection(draft.create_series(NewSeries { first, every: Every::Days(1), count: 3 }));
        assert_eq!((refused.rule.as_str(), refused.index), ("skipped_time", Some(1)));
    }
}

mod resources {
    use super::*;

    /// A place whose appointments take one of two rooms.
    fn rooms() -> (Draft, Place, [Handle<Resource>; 2]) {
        let (mut draft, here) = place("Europe/Berlin");
        let new = NewResourceType { clinic: here.clinic, name: "Room".to_owned() };
        let resource_type = draft.create_resource_type(new).unwrap();
        let rooms = ["1", "2"].map(|name| {
            draft
                .create_resource(NewResource { resource_type, name: name.to_owned(), description: None })
                .unwrap()
        });
        let need =
            NewResourceRequirement { appointment_type: here.appointment_type, resource_type, quantity: None };
        draft.create_resource_requirement(need).unwrap();
        (draft, here, rooms)
    }

    /// Another practitioner of the same place.
    fn colleague(draft: &mut Draft, here: Place) -> Place {
        let practitioner = draft.create_user(NewUser { email: None, subject: None }).unwrap();
        draft.create_membership(membership(here.clinic, practitioner, &[Role::Practitioner])).unwrap();
        draft
            .create_offerings([NewOffering { practitioner, appointment_type: here.appointment_type }])
            .unwrap();
        Place { practitioner, ..here }
    }

    fn taken(draft: &Draft) -> Vec<u32> {
        draft.entities().appointments.last().unwrap().resources.indices().to_vec()
    }

    #[test]
    fn the_first_that_are_free_are_taken() {
        let (mut draft, here, _) = rooms();
        let [second, third] = [colleague(&mut draft, here), colleague(&mut draft, here)];
        for (place, room) in [(here, 0), (second, 1)] {
            draft.create_appointments([place.appointment(MONDAY, at(9, 0))]).unwrap();
            assert_eq!(taken(&draft), [room]);
        }
        let late = third.appointment(MONDAY, at(9, 15));
        assert_eq!(broken(draft.create_appointments([late.clone()])), is(Rule::Resources, "resources"));
        draft.create_appointments([NewAppointment { allow_overlap: true, ..late }]).unwrap();
        assert_eq!(taken(&draft), [0]);
    }

    #[test]
    fn one_that_may_share_takes_a_free_one_where_there_is_one() {
        let (mut draft, here, _) = rooms();
        let second = colleague(&mut draft, here);
        draft.create_appointments([here.appointment(MONDAY, at(9, 0))]).unwrap();
        let new = NewAppointment { allow_overlap: true, ..second.appointment(MONDAY, at(9, 0)) };
        draft.create_appointments([new]).unwrap();
        assert_eq!(taken(&draft), [1]);
    }

    #[test]
    fn those_chosen_are_free_and_enough() {
        let (mut draft, here, [first, second]) = rooms();
        let other = colleague(&mut draft, here);
        let new = |place: Place, chosen: &[Handle<Resource>]| NewAppointment {
            resources: Allocation::Chosen(chosen.to_vec()),
            ..place.appointment(MONDAY, at(9, 0))
        };
        assert_eq!(broken(draft.create_appointments([new(here, &[])])), is(Rule::Resources, "resources"));
        draft.create_appointments([new(here, &[second, second])]).unwrap();
        assert_eq!(taken(&draft), [1]);
        assert_eq!(
            broken(draft.create_appointments([new(other, &[second, first])])),
            is(Rule::Overlap, "resources")
        );
        draft.create_appointments([new(other, &[first])]).unwrap();
    }

    #[test]
    fn what_a_type_requires_is_said_before_it_is_booked() {
        let (mut draft, here, _) = rooms();
        let new = NewResourceType { clinic: here.clinic, name: "Device".to_owned() };
        let resource_type = draft.create_resource_type(new).unwrap();
        let need =
            NewResourceRequirement { appointment_type: here.appointment_type, resource_type, quantity: None };
        let nine = here.appointment(MONDAY, at(9, 0));
        // A batch that was refused booked nothing.
        draft.create_appointments([nine.clone(), nine.clone()]).unwrap_err();
        draft.create_resource_requirement(need.clone()).unwrap();
        assert_eq!(broken(draft.create_appointments([nine.clone()])), is(Rule::Resources, "resources"));

        let (mut draft, here) = place("Europe/Berlin");
        draft.create_appointments([here.appointment(MONDAY, at(9, 0))]).unwrap();
        let new = NewResourceType { clinic: here.clinic, name: "Device".to_owned() };
        let resource_type = draft.create_resource_type(new).unwrap();
        let need = NewResourceRequirement { resource_type, ..need };
        assert_eq!(broken(draft.create_resource_requirement(need)), is(Rule::Resources, "appointment_type"));
    }
}
