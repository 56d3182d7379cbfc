use super::*;
use crate::law::charter::Preset;
use proptest::prelude::*;

fn body(roll: u64, in_favour: u64, against: u64) -> Body {
    Body { roll, count: Count { in_favour, against, abstain: 0 } }
}

fn passes(charter: &Charter, consumers: Body, workers: Body) -> Option<Route> {
    verdict(charter, consumers, workers, false).passes
}

#[test]
fn quorums_are_those_of_the_design() {
    assert_eq!([10, 100, 1000].map(|n| quorum((3, 2), n)), [5, 15, 48]);
    assert_eq!([10, 100, 1000].map(|n| quorum((3, 1), n)), [6, 30, 95]);
}

#[test]
fn a_quorum_is_the_smallest_number_by_brute_force() {
    for (num, den) in [(0u64, 1u64), (3, 2), (3, 1), (1, 1), (1000, 1), (1, 1000), (7, 3)] {
        for n in 0..400u64 {
            let least = (0..=n / 2 + 1).find(|f| den * den * f * f >= num * num * n);
            assert_eq!(quorum((num as u32, den as u32), n), least.unwrap_or(n / 2 + 1), "{num}/{den} of {n}");
        }
    }
}

#[test]
fn no_number_is_too_large() {
    for n in [u64::MAX, u64::MAX - 1, 1 << 53] {
        assert_eq!(quorum((u32::MAX, 1), n), n / 2 + 1);
        assert_eq!(quorum((1, u32::MAX), n), 1 + u64::from(n > (1 << 54)));
        let everybody = body(n, n, n);
        verdict(&Charter::default(), everybody, everybody, true);
    }
}

#[test]
fn a_tie_fails() {
    let charter = Charter::default();
    assert_eq!(passes(&charter, body(10, 5, 5), body(4, 4, 0)), None);
    assert_eq!(passes(&charter, body(10, 5, 4), body(4, 4, 0)), Some(Route::Simple));
    assert_eq!(passes(&charter, body(10, 5, 4), body(4, 2, 2)), None);
    // Two thirds are not more than two thirds.
    assert_eq!(passes(&charter, body(12, 8, 4), body(4, 0, 4)), None);
    assert_eq!(passes(&charter, body(12, 9, 4), body(4, 0, 4)), Some(Route::Override));
}

#[test]
fn a_sole_worker_has_a_veto_but_for_the_override() {
    let charter = Charter::default();
    assert_eq!(passes(&charter, body(10, 6, 4), body(1, 0, 1)), None);
    assert_eq!(passes(&charter, body(10, 6, 4), body(1, 0, 0)), None);
    assert_eq!(passes(&charter, body(10, 6, 4), body(1, 1, 0)), Some(Route::Simple));
    assert_eq!(passes(&charter, body(10, 7, 3), body(1, 0, 1)), Some(Route::Override));
}

#[test]
fn an_empty_body_leaves_the_override_or_the_other_body() {
    let charter = Charter::default();
    assert_eq!(passes(&charter, body(10, 6, 4), body(0, 0, 0)), None);
    assert_eq!(passes(&charter, body(10, 7, 3), body(0, 0, 0)), Some(Route::Override));
    assert_eq!(verdict(&charter, body(10, 10, 0), body(0, 0, 0), true).passes, None);
    let waived = Charter { empty_body: EmptyBody::Waived, ..charter };
    assert_eq!(passes(&waived, body(10, 6, 4), body(0, 0, 0)), Some(Route::Simple));
    assert_eq!(passes(&waived, body(0, 0, 0), body(1, 1, 0)), Some(Route::Simple));
    assert_eq!(passes(&waived, body(0, 0, 0), body(0, 0, 0)), None);
    assert_eq!(verdict(&waived, body(10, 8, 4), body(0, 0, 0), true).passes, Some(Route::Entrenched));
    assert_eq!(verdict(&waived, body(10, 7, 4), body(0, 0, 0), true).passes, None);
}

#[test]
fn the_arithmetic_is_told_in_whole_numbers() {
    let told = |charter: &Charter, entrenched| verdict(charter, body(12, 7, 5), body(3, 0, 0), entrenched);
    let cast = told(&Charter::default(), false);
    assert_eq!(cast.consumers.inequality, "2 x 7 > 7 + 5, and 7 >= quorum 6: approves");
    assert_eq!(cast.workers.inequality, "2 x 0 = 0 + 0, and 0 < quorum 2: does not approve");
    assert_eq!(cast.override_inequality, "3 x 7 < 2 x (7 + 5), and 7 >= quorum 7: does not override");
    assert!(cast.quorum_met, "7 for are enough for an override, were there fewer against");
    let entrenched = told(&Charter::default(), true);
    assert_eq!(entrenched.consumers.inequality, "3 x 7 < 2 x (7 + 5), and 7 >= quorum 6: does not approve");
    assert_eq!(entrenched.override_inequality, "an entrenched key is not changed by an override");
    assert!(!entrenched.quorum_met);
    let strict = told(&Charter::read(&Preset::Strict.values()).unwrap(), true);
    assert_eq!(strict.consumers.inequality, "3 x 7 < 2 x (7 + 5), and 2 x 7 > 12 on the roll: does not approve");
}

/// Any charter, be it allowed or not: what is asked of the arithmetic holds for all.
fn charters() -> impl Strategy<Value = Charter> {
    let fraction = || (0u32..=12, 1u32..=12);
    let of = || prop_oneof![Just(Denominator::Cast), Just(Denominator::Body)];
    let preset = proptest::sample::select(&Preset::ALL[..]);
    let fractions = (fraction(), of(), fraction(), fraction(), of(), fraction(), fraction());
    (preset, any::<bool>(), fractions, any::<bool>()).prop_map(|(preset, as_it_is, fractions, waived)| {
        let charter = Charter::read(&preset.values()).unwrap();
        if as_it_is {
            return charter;
        }
        let (simple_fraction, simple_of, simple_quorum, override_fraction, override_of, override_quorum, entrenched_fraction) = fractions;
        let empty_body = if waived { EmptyBody::Waived } else { EmptyBody::Override };
        let simple = Charter { simple_fraction, simple_of, simple_quorum, ..charter };
        Charter { override_fraction, override_of, override_quorum, entrenched_fraction, empty_body, ..simple }
    })
}

fn bodies() -> impl Strategy<Value = Body> {
    let small = (0u64..30, 0u64..20, 0u64..20, 0u64..5);
    let large = (0u64..1 << 53, 0u64..1 << 53, 0u64..1 << 53, 0u64..1 << 53);
    let body = |(roll, in_favour, against, abstain)| Body { roll, count: Count { in_favour, against, abstain } };
    prop_oneof![small.prop_map(body), large.prop_map(body)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn one_more_for_never_hurts_and_one_more_of_the_others_never_helps(charter in charters(), consumers in bodies(), workers in bodies(), entrenched: bool, among_workers: bool) {
        let with = |change: fn(&mut Count)| {
            let (mut consumers, mut workers) = (consumers, workers);
            change(if among_workers { &mut workers.count } else { &mut consumers.count });
            verdict(&charter, consumers, workers, entrenched)
        };
        let before = with(|_| ());
        let more = with(|count| count.in_favour += 1);
        prop_assert!(before.passes.is_none() || more.passes.is_some());
        prop_assert!(!before.quorum_met || more.quorum_met);
        prop_assert!(!before.overrides || more.overrides);
        for less in [with(|count| count.against += 1), with(|count| count.abstain += 1)] {
            prop_assert!(before.passes.is_some() || less.passes.is_none());
            prop_assert_eq!(before.quorum_met, less.quorum_met);
        }
    }

    #[test]
    fn what_passes_has_its_reasons(charter in charters(), consumers in bodies(), workers in bodies(), entrenched: bool) {
        let told = verdict(&charter, consumers, workers, entrenched);
        match told.passes {
            Some(Route::Override) => prop_assert!(!entrenched && told.overrides && told.quorum_met),
            Some(route) => prop_assert!((route == Route::Entrenched) == entrenched && told.consumers.approves && told.workers.approves && told.quorum_met),
            None => prop_assert!(!(told.overrides || told.consumers.approves && told.workers.approves) || consumers.roll + workers.roll == 0),
        }
        let (quorum_of, n) = (quorum(charter.simple_quorum, consumers.roll), consumers.roll);
        prop_assert!(quorum_of <= n / 2 + 1);
    }

    #[test]
    fn a_quorum_is_the_smallest_number_of_any_size(num in 1u32..=1000, den in 1u32..=1000, n in 0u64..1 << 53) {
        let enough = |f: u64| u128::from(den).pow(2) * u128::from(f).pow(2) >= u128::from(num).pow(2) * u128::from(n);
        let least = quorum((num, den), n);
        prop_assert!(least == n / 2 + 1 || enough(least));
        prop_assert!(least == 0 || !enough(least - 1));
    }

    #[test]
    fn in_words_it_is_what_it_is(charter in charters(), consumers in bodies(), workers in bodies(), entrenched: bool) {
        let told = verdict(&charter, consumers, workers, entrenched);
        let all = [(told.consumers.inequality, told.consumers.approves), (told.workers.inequality, told.workers.approves), (told.override_inequality, told.overrides)];
        for (words, holds) in all {
            let denies = words.contains(" not ") || words.contains("cannot") || words.contains("nobody can override");
            prop_assert_eq!(denies, !holds, "{}", words);
        }
    }
}
