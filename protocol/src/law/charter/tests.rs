use super::*;
use crate::{cbor, law::value::parse_duration};

fn with(changes: &[(&str, &str)]) -> BTreeMap<String, Value> {
    let mut values = Preset::Cast.values();
    for (name, text) in changes {
        values.insert((*name).into(), Value::parse(&key(name).unwrap().kind, text).unwrap());
    }
    values
}

fn contradiction(changes: &[(&str, &str)]) -> String {
    let values = with(changes);
    let errors = check_values(&values);
    assert_eq!(Charter::read(&values).err().as_ref(), errors.first(), "{errors:?}");
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

#[test]
fn every_preset_is_a_charter_in_the_one_form_of_its_values() {
    for preset in Preset::ALL {
        let values = preset.values();
        assert_eq!(check_values(&values), []);
        assert!(Charter::read(&values).is_ok());
        assert_eq!(preset.to_string().parse(), Ok(preset));
        for spec in KEYS {
            let text = spec.presets[preset as usize];
            assert_eq!(values.get(spec.name).map(ToString::to_string).unwrap_or_default(), text, "{}", spec.name);
            assert_eq!(spec.charter, !text.is_empty(), "{}: a key of the charter has a value in each preset", spec.name);
        }
    }
    assert!("quickly".parse::<Preset>().is_err());
}

#[test]
fn a_charter_reads_every_key_that_is_marked_as_its_own() {
    let marked: Vec<_> = KEYS.iter().filter(|spec| spec.charter).map(|spec| spec.name).collect();
    assert_eq!(READ, marked);
    assert!(KEYS.iter().all(|spec| spec.charter || !spec.entrenched), "what is entrenched is part of the charter");
    for name in READ {
        let mut values = Preset::Cast.values();
        values.remove(*name);
        match assumed(name) {
            None => assert_eq!(Charter::read(&values), Err(CharterError::Missing(name))),
            Some(_) => assert_eq!(Charter::read(&values), Ok(Charter::default()), "{name}: as in cast, where the law does not set it"),
        }
        values.insert((*name).into(), Value::Text("something".into()));
        assert!(matches!(Charter::read(&values), Err(CharterError::Value { .. })), "{name}");
    }
}

#[test]
fn what_came_later_has_no_row_in_the_register_until_it_is_set() {
    let later: Vec<_> = KEYS.iter().filter(|spec| spec.later).map(|spec| spec.name).collect();
    assert_eq!(later, ["moderator.voters", "participants.least", "petition.quorum"]);
    let mut values = Preset::Cast.values();
    values.retain(|name, _| assumed(name).is_none());
    assert_eq!((values.len(), check_values(&values)), (Preset::Cast.values().len() - later.len(), vec![]));
    values.insert("participants.least".into(), Value::Integer(7));
    assert_eq!(Charter::read(&values).map(|charter| charter.participants_least), Ok(7));
}

#[test]
fn the_cast_charter_is_that_of_the_design() {
    let charter = Charter::default();
    assert_eq!((charter.simple_fraction, charter.simple_of, charter.simple_quorum), ((1, 2), Denominator::Cast, (3, 2)));
    assert_eq!((charter.override_fraction, charter.override_of, charter.override_quorum), ((2, 3), Denominator::Cast, (3, 1)));
    let days = |n: u64| n * 24 * 60 * 60 * 1000;
    assert_eq!((charter.voting_period_ms, charter.deliberation_period_ms), (days(7), days(5)));
    assert_eq!((charter.cooling_period_ms, charter.cooling_override_ms), (days(3), days(7)));
    assert_eq!((charter.grace_period_ms, charter.waiting_period_ms), (days(14), days(30)));
    assert_eq!((charter.late_swing_ms, charter.recovery_wait_ms, charter.heartbeat_period_ms), (days(1), days(14), days(7)));
    assert_eq!(charter.inclusion_delay_ms + charter.clock_tolerance_ms, 15 * 60 * 1000);
    assert_eq!(charter.fee_minimum.to_string(), "4.99 EUR");
    assert_eq!((charter.dual_ballots, charter.empty_body, charter.proposers), (DualBallots::Both, EmptyBody::Override, Proposers::Members));
}

#[test]
fn values_that_do_not_go_together_are_named_with_the_reason() {
    for (changes, expected) in [
        (
            &[("voting.period", "PT20M"), ("late.swing", "PT0S")][..],
            "voting.period is 20 minutes: it must be longer than inclusion.delay and clock.tolerance together, twice, which is 30 minutes: else no ballot is sure to be printed in time; voting.period is 20 minutes: it must be at least ten times clock.tolerance, which is 50 minutes: else clocks decide when a vote ends",
        ),
        (
            &[("late.swing", "P8D")],
            "voting.period is 7 days: it must be at least late.swing, which is 8 days: the late part of a vote cannot be longer than the vote; confirming.period is 3 days: it must be at least late.swing, which is 8 days: the late part of a vote cannot be longer than the vote",
        ),
        (
            &[("cooling.override", "P2D")],
            "cooling.override is 2 days: it must be at least cooling.period, which is 3 days: an override waits no shorter than other bills",
        ),
        (
            &[("heartbeat.period", "P14D")],
            "recovery.wait is 14 days: it must be longer than heartbeat.period, which is 14 days: else a quiet week looks like tellers who are gone",
        ),
        (
            &[("office.term", "P10D")],
            "office.term is 10 days: it must be longer than voting.period and cooling.period together, which is 10 days: else an office ends before the next holder can be chosen",
        ),
        (&[("simple.fraction", "1/3")], "simple.fraction is 1/3: it must be at least 1/2, or fewer than half decide, and below 1, or nothing can pass"),
        (&[("entrenched.fraction", "1/1")], "entrenched.fraction is 1/1: it must be at least 1/2, or fewer than half decide, and below 1, or nothing can pass"),
        (
            &[("simple.fraction", "3/4")],
            "override.fraction is 2/3: it must not be easier than simple.fraction, which is 3/4; entrenched.fraction is 2/3: it must not be easier than simple.fraction, which is 3/4",
        ),
        (&[("simple.of", "body")], "override.of is cast while simple.of is body: an override must not be easier than a simple bill"),
        (&[("override.quorum", "1/1")], "override.quorum is 1/1: it must not be below simple.quorum, which is 3/2"),
    ] {
        assert_eq!(contradiction(changes), expected);
    }
}

#[test]
fn a_regular_fee_is_at_least_the_least() {
    let fee = |text| check_values(&with(&[("fee.regular", text)])).iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    assert_eq!(fee("4.99 EUR"), "");
    assert_eq!(fee("4.98 EUR"), "fee.regular is 4.98 EUR: it must be at least fee.minimum, which is 4.99 EUR");
    assert_eq!(fee("12.00 CHF"), "fee.regular is 12.00 CHF and fee.minimum is 4.99 EUR: they must be in one currency");
}

#[test]
fn a_key_that_the_law_lacks_is_answered_with_one_that_may_be_meant() {
    let mut values = Preset::Cast.values();
    values.insert("voting.days".into(), Value::Integer(7));
    assert!(Charter::read(&values).is_ok(), "a charter leaves other keys alone");
    assert_eq!(check_values(&values)[0].to_string(), "the law has no key 'voting.days'; is voting.period meant?");
}

#[test]
fn values_keep_their_encoding() {
    let money = Value::Money("5.99 EUR".parse().unwrap());
    assert_eq!(data_encoding::HEXLOWER.encode(&cbor::encode(&money)), "82038182190257634555 52".replace(' ', ""));
    for preset in Preset::ALL {
        for value in preset.values().values() {
            assert_eq!(cbor::decode::<Value>(&cbor::encode(value)).unwrap(), *value);
        }
    }
    assert_eq!(parse_duration("P7D"), Ok(7 * 24 * 60 * 60 * 1000));
}
