use super::*;
use crate::{cbor, limits};
use proptest::prelude::*;

const MONEY: ValueKind = ValueKind::Money;
const TIME: ValueKind = ValueKind::Duration { least_ms: 0, most_ms: u64::MAX };

fn error(kind: &ValueKind, text: &str) -> String {
    Value::parse(kind, text).map(|value| format!("read as {value}")).unwrap_or_else(|error| error.to_string())
}

#[test]
fn durations_have_one_form_and_several_spellings() {
    for (text, ms, written) in [
        ("P7D", 604_800_000, "P7D"),
        ("P1W", 604_800_000, "P7D"),
        ("PT24H", 86_400_000, "P1D"),
        ("PT10M", 600_000, "PT10M"),
        ("PT90M", 5_400_000, "PT1H30M"),
        ("PT2.5S", 2_500, "PT2.5S"),
        ("PT0.001S", 1, "PT0.001S"),
        ("PT0.10S", 100, "PT0.1S"),
        ("P1W2DT3H4M5.06S", 788_645_060, "P9DT3H4M5.06S"),
        ("PT0S", 0, "PT0S"),
        ("P0D", 0, "PT0S"),
        ("P007D", 604_800_000, "P7D"),
    ] {
        assert_eq!((parse_duration(text), format_duration(ms).as_str()), (Ok(ms), written), "{text}");
    }
    assert_eq!(parse_duration(&format_duration(u64::MAX)), Ok(u64::MAX));
}

#[test]
fn durations_are_said_and_read_in_words() {
    for (ms, words) in [
        (604_800_000, "7 days"),
        (86_400_000, "1 day"),
        (5_400_000, "1 hour and 30 minutes"),
        (788_645_060, "9 days, 3 hours, 4 minutes and 5.06 seconds"),
        (1_000, "1 second"),
        (1, "0.001 seconds"),
        (0, "0 seconds"),
    ] {
        assert_eq!((duration_in_words(ms).as_str(), parse_duration(words)), (words, Ok(ms)));
    }
    assert_eq!(["2 weeks", "24 hours", "01 days"].map(parse_duration), [1_209_600_000, 86_400_000, 86_400_000].map(Ok));
    for text in ["7 dayss", "days", " days", "7  days", "-7 days", "1.5 days", "1 month", "1 hour and 1 day", "1 day and 1 day", "1 day and", ".5 seconds"] {
        assert!(parse_duration(text).is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn what_is_said_of_a_duration_reads_as_it(ms: u64) {
        prop_assert_eq!(parse_duration(&duration_in_words(ms)), Ok(ms));
    }
}

#[test]
fn months_and_years_are_refused_as_such() {
    for text in ["1 month", "2 years", "P1Y", "P1M"] {
        assert!(matches!(parse_duration(text), Err(ValueError::Calendar { .. })), "{text}");
    }
}

#[test]
fn what_is_no_duration_is_refused() {
    for text in [
        "",
        "P",
        "PT",
        "P1DT",
        "7D",
        "p7d",
        "P7",
        "PT7",
        "P-1D",
        "P+1D",
        "P1.5D",
        "PT1.5H",
        "PT.5S",
        "PT1.S",
        "PT1,5S",
        "P1D1W",
        "PT1S1M",
        "P1D2D",
        "P1H",
        "PT1D",
        "P 1D",
        "P1D ",
        "P99999999999999999999D",
        "P999999999999999D",
        "PT1.5.5S",
        "P\u{661}D",
    ] {
        assert!(parse_duration(text).is_err(), "{text}");
    }
    assert!(matches!(parse_duration("PT0.0001S"), Err(ValueError::TooFine { .. })));
}

#[test]
fn money_has_a_currency_and_its_decimals() {
    let euros = |minor| Money { minor, currency: "EUR".parse().unwrap() };
    assert_eq!("5.99 EUR".parse(), Ok(euros(599)));
    assert_eq!(euros(599).to_string(), "5.99 EUR");
    assert_eq!(["6 EUR", "6.5 EUR", "0.07 EUR"].map(|text| text.parse::<Money>().unwrap()), [600, 650, 7].map(euros));
    assert_eq!("650 JPY".parse::<Money>().unwrap().to_string(), "650 JPY");
    for text in [
        "",
        "EUR",
        "599EUR",
        "599  EUR",
        " 5.99 EUR",
        "5.99 EUR ",
        "+0.01 EUR",
        "-0.01 EUR",
        "599 eur",
        "599 EURO",
        "599 \u{395}UR",
        "599",
        "0.01 EUR EUR",
        "1e3 EUR",
        "5. EUR",
        ".99 EUR",
        "5.999 EUR",
        "6.5 JPY",
        "184467440737095516.16 EUR",
    ] {
        assert!(text.parse::<Money>().is_err(), "{text}");
    }
    assert!(error(&MONEY, "5,99 EUR").contains("5.99 EUR"));
    for typed in ["90071992547409.93 EUR", "999999999999999999.98 EUR", "99999999999999999999999999 EUR"] {
        assert_eq!(error(&MONEY, typed), format!("{typed} is not from 0.00 EUR to 90071992547409.92 EUR"));
    }
    assert_eq!(euros(1).checked_add(euros(2)), Some(euros(3)));
    assert_eq!(euros(3).checked_sub(euros(2)), Some(euros(1)));
    assert_eq!(euros(limits::MONEY_MINOR).checked_add(euros(1)), None);
    assert_eq!(euros(u64::MAX).checked_add(euros(1)), None);
    assert_eq!(euros(1).checked_sub(euros(2)), None);
    assert_eq!(euros(1).checked_add(Money { minor: 1, currency: "CHF".parse().unwrap() }), None);
    assert_eq!(serde_json::to_string(&euros(599)).unwrap(), "\"5.99 EUR\"");
    assert_eq!(serde_json::from_str::<Money>("\"5.99 EUR\"").unwrap(), euros(599));
}

#[test]
fn fractions_are_in_lowest_terms() {
    assert_eq!(Value::parse(&ValueKind::Fraction, "4/6"), Ok(Value::Fraction { num: 2, den: 3 }));
    assert_eq!(Value::parse(&ValueKind::Fraction, "0/9"), Ok(Value::Fraction { num: 0, den: 1 }));
    assert_eq!(Value::parse(&ValueKind::Fraction, "2000/3000").map(|value| value.to_string()), Ok("2/3".into()));
    for text in ["", "/", "1/", "/2", "1", "0.5", "1/2/3", "-1/2", "1/0", "0/0", "1001/1", "1 / 2", "4294967296/4294967297"] {
        assert!(Value::parse(&ValueKind::Fraction, text).is_err(), "{text}");
    }
    assert!(Value::Fraction { num: 0, den: 2 }.check(&ValueKind::Fraction).is_err());
    assert!(Value::Fraction { num: 0, den: 0 }.check(&ValueKind::Fraction).is_err());
}

#[test]
fn a_value_of_another_kind_is_refused() {
    let kinds = [ValueKind::Integer { least: 0, most: 9 }, ValueKind::Fraction, TIME, MONEY, ValueKind::Text { most_chars: 9 }, ValueKind::Word(&["yes"])];
    let values = ["7", "1/2", "P7D", "5.99 EUR", "yes", "yes"].iter().zip(&kinds).map(|(text, kind)| Value::parse(kind, text).unwrap()).collect::<Vec<_>>();
    for (a, value) in values.iter().enumerate() {
        for (b, kind) in kinds.iter().enumerate() {
            assert_eq!(value.check(kind).is_ok(), a == b, "{value:?} {kind:?}");
        }
    }
    assert_eq!(Value::Word("no".into()).check(&kinds[5]).unwrap_err().to_string(), "no is not the word yes");
    assert!(Value::Text("a\u{1b}[31m".into()).check(&kinds[4]).is_err());
    assert!(Value::Text("ten letters".into()).check(&kinds[4]).is_err());
}

#[test]
fn a_currency_in_bytes_is_checked() {
    let bytes = cbor::encode(&Value::Money("5.99 EUR".parse().unwrap()));
    let with = |letters: &[u8]| [&bytes[..bytes.len() - 3], letters].concat();
    assert!(cbor::decode::<Value>(&with(b"CHF")).is_ok());
    assert!(cbor::decode::<Value>(&with(b"eur")).is_err());
    assert!(cbor::decode::<Value>(&with(b"E1R")).is_err());
}

proptest! {
    #[test]
    fn a_duration_is_read_as_it_was_written(ms: u64) {
        prop_assert_eq!(parse_duration(&format_duration(ms)), Ok(ms));
    }

    #[test]
    fn no_text_makes_reading_panic(text in "\\PC{0,20}|P?[0-9YMWDTHS.,/ A-Z+-]{0,20}") {
        for kind in [ValueKind::Integer { least: 0, most: u64::MAX }, ValueKind::Fraction, TIME, MONEY, ValueKind::Text { most_chars: 9 }, ValueKind::Word(&["a"])] {
            if let Ok(value) = Value::parse(&kind, &text) {
                prop_assert_eq!(value.check(&kind), Ok(()));
                prop_assert_eq!(Value::parse(&kind, &value.to_string()), Ok(value.clone()));
                prop_assert_eq!(cbor::decode::<Value>(&cbor::encode(&value)).unwrap(), value);
            }
        }
    }
}
