use super::*;
use crate::law::charter::Preset;

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
