//! No sequence of calls yields a draft that breaks a rule.

#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

#[path = "../common/mod.rs"]
mod common;

mod calls;
mod rules;

use std::collections::BTreeSet;

use calls::{Call, World, calls};
use common::{island, setup};
use insula_domain::*;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

/// Limits that some sequences meet.
fn limits() -> impl Strategy<Value = DraftLimits> {
    prop_oneof![
        3 => Just(DraftLimits::default()),
        1 => (0_u64..60).prop_map(|entities| DraftLimits { entities, ..DraftLimits::default() }),
        1 => (0_u64..80).prop_map(|rows| DraftLimits { rows, ..DraftLimits::default() }),
        1 => (0_u64..10_000).prop_map(|bytes| DraftLimits { bytes, ..DraftLimits::default() }),
    ]
}

/// Makes the calls, and says what each answered.
fn run(world: &mut World, calls: &[Call]) -> Vec<Result<Vec<u32>, Refusal>> {
    calls.iter().map(|call| world.make(call)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_called_every_rule_holds(calls in calls(), limits in limits()) {
        let mut world = World::new(Draft::new(setup(), limits));
        run(&mut world, &calls);
        rules::check(&world, limits);
    }

    #[test]
    fn a_refused_call_leaves_no_trace(calls in calls(), limits in limits()) {
        let mut world = World::new(Draft::new(setup(), limits));
        let mut accepted = Vec::new();
        for call in &calls {
            let before = (world.draft.digest(), world.draft.size(), world.draft.names().clone());
            match world.make(call) {
                Ok(handles) => accepted.push((call.clone(), handles)),
                Err(refusal) => {
                    let after = (world.draft.digest(), world.draft.size(), world.draft.names().clone());
                    prop_assert_eq!(before, after, "{}", refusal);
                }
            }
        }
        // Without the refused ones, the others answer the same.
        let mut again = World::new(Draft::new(setup(), limits));
        for (call, handles) in &accepted {
            prop_assert_eq!(&again.make(call).unwrap(), handles);
        }
        prop_assert_eq!(again.draft.entities(), world.draft.entities());
        prop_assert_eq!(again.draft.digest(), world.draft.digest());
        prop_assert_eq!(again.draft.size(), world.draft.size());
    }

    #[test]
    fn equal_calls_give_equal_drafts(calls in calls()) {
        let [mut one, mut other] = [(); 2].map(|()| World::new(Draft::new(setup(), DraftLimits::default())));
        prop_assert_eq!(run(&mut one, &calls), run(&mut other, &calls));
        prop_assert_eq!(one.draft.digest(), other.draft.digest());
    }

    #[test]
    fn adding_to_an_island_equals_going_on(calls in calls(), turn in any::<prop::sample::Index>(), limits in limits()) {
        let (first, rest) = calls.split_at(turn.index(calls.len()));
        let mut on = World::new(Draft::new(setup(), limits));
        run(&mut on, first);
        let mut onto = World::new(Draft::new(setup(), limits));
        run(&mut onto, first);
        onto.draft = Draft::onto(setup(), limits, island(onto.draft)).unwrap();
        for kind in Kind::ALL {
            prop_assert_eq!(onto.draft.base_len(kind), onto.draft.entities().len(kind));
        }
        prop_assert_eq!(run(&mut on, rest), run(&mut onto, rest));
        prop_assert_eq!(on.draft.digest(), onto.draft.digest());
        prop_assert_eq!(on.draft.size(), onto.draft.size());
        prop_assert_eq!(on.draft.entities(), onto.draft.entities());
        rules::check(&onto, limits);
    }
}

/// The properties say something only where sequences get far, and meet every rule.
#[test]
fn the_calls_make_every_kind_and_break_every_rule() {
    let mut runner = TestRunner::deterministic();
    let (mut made, mut refused) = (BTreeSet::new(), BTreeSet::new());
    let mut appointments = 0;
    for _ in 0..400 {
        let (calls, limits) = (calls(), limits()).new_tree(&mut runner).unwrap().current();
        let mut world = World::new(Draft::new(setup(), limits));
        for outcome in run(&mut world, &calls) {
            refused.extend(outcome.err().map(|refusal| match refusal {
                Refusal::Rejected(rejection) => rejection.rule,
                Refusal::Full { quota, .. } => quota.to_owned(),
            }));
        }
        let entities = world.draft.entities();
        made.extend(Kind::ALL.into_iter().filter(|&kind| entities.len(kind) > 0));
        appointments += entities.appointments.len();
    }
    assert_eq!(made, BTreeSet::from(Kind::ALL));
    assert!(appointments > 1000, "{appointments}");
    insta::assert_snapshot!(refused.into_iter().collect::<Vec<_>>().join(" "));
}
