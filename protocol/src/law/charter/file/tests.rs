use super::*;
use proptest::prelude::*;

fn errors(text: &str) -> String {
    from_toml(text).map(|_| String::new()).unwrap_or_else(|errors| errors.to_string())
}

#[test]
fn every_preset_is_read_as_it_was_written() {
    for preset in Preset::ALL {
        let values = preset.values();
        assert_eq!(from_toml(&to_toml(&values)), Ok(values.clone()));
        assert_eq!(from_toml(&format!("preset = \"{preset}\"")), Ok(values));
    }
    assert_eq!(from_toml(""), Ok(Preset::Cast.values()));
}

#[test]
fn a_key_may_be_written_in_several_ways() {
    let mut expected = Preset::Cast.values();
    expected.insert("voting.period".into(), Value::Duration(14 * 24 * 60 * 60 * 1000));
    expected.insert("sponsors.needed".into(), Value::Integer(3));
    for text in [
        "\"voting.period\" = \"P14D\"\n\"sponsors.needed\" = 3",
        "voting.period = \"P14D\"\nsponsors.needed = \"3\"",
        "[voting]\nperiod = 'P2W'\n[sponsors]\nneeded = 0x3",
        "sponsors = { needed = +3 }\nvoting = { period = \"PT336H\" }",
    ] {
        assert_eq!(from_toml(text), Ok(expected.clone()), "{text}");
    }
}

#[test]
fn a_text_of_any_characters_is_read_as_it_was_written() {
    let mut values = Preset::Cast.values();
    values.insert("bots.policy".into(), Value::Text("Say \"I am a bot\".\n\tC:\\ \u{1F33B} \"\"\" #".into()));
    values.insert("quota.attachments".into(), Value::Integer(100));
    assert_eq!(from_toml(&to_toml(&values)), Ok(values));
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    for (text, expected) in [
        ("voting.periods = \"P7D\"", "line 1: the law has no key 'voting.periods'; is voting.period meant?"),
        ("\"a\\u001b[31m\\u202eb\\nc\" = 1", "line 1: the law has no key 'a\u{FFFD}[31m\u{FFFD}b\u{FFFD}c'"),
        ("\n\nxyzzy = 1", "line 3: the law has no key 'xyzzy'"),
        (
            "[voting]\nperiod = 7",
            "line 2: voting.period: '7' is not a duration, such as 7 days, 24 hours, 10 minutes or 2.5 seconds, which are also P7D, PT24H, PT10M and PT2.5S",
        ),
        ("voting.period = \"P1M\"", "line 1: voting.period: 'P1M' names years or months, which have no fixed length: say it in weeks (P2W) or days (P30D)"),
        ("voting.period = \"PT0.0001S\"", "line 1: voting.period: 'PT0.0001S' is finer than a thousandth of a second"),
        ("voting.period = \"P400D\"", "line 1: voting.period: 400 days is not from 1 second to 366 days"),
        (
            "voting.period = 1979-05-27",
            "line 1: voting.period: '1979-05-27' is not a duration, such as 7 days, 24 hours, 10 minutes or 2.5 seconds, which are also P7D, PT24H, PT10M and PT2.5S",
        ),
        ("voting.period = [\"P7D\"]", "line 1: voting.period: a list or table stands where a duration from 1 second to 366 days, such as 7 days (P7D) belongs"),
        ("[voting.period]\ndays = 7", "line 1: voting.period: a list or table stands where a duration from 1 second to 366 days, such as 7 days (P7D) belongs"),
        ("fee.minimum = 5.99", "line 1: fee.minimum: '5.99' names no currency: it stands behind the amount in three capital letters, as in 5.99 EUR"),
        ("fee.minimum = 599", "line 1: fee.minimum: '599' names no currency: it stands behind the amount in three capital letters, as in 5.99 EUR"),
        (
            "fee.minimum = \"599 Euro\"",
            "line 1: fee.minimum: '599 Euro' names no currency: it stands behind the amount in three capital letters, as in 5.99 EUR",
        ),
        ("fee.minimum = \"-0.01 EUR\"", "line 1: fee.minimum: '-0.01 EUR' is not an amount with its currency, such as 5.99 EUR"),
        ("simple.fraction = 0.5", "line 1: simple.fraction: '0.5' is not a fraction of whole numbers up to 1000, such as 2/3"),
        ("simple.fraction = \"1/0\"", "line 1: simple.fraction: '1/0' divides by zero"),
        ("simple.fraction = \"1001/2000\"", "line 1: simple.fraction: '1001/2000' is not a fraction of whole numbers up to 1000, such as 2/3"),
        ("sponsors.needed = -1", "line 1: sponsors.needed: '-1' is not a whole number from 1 to 1000"),
        ("sponsors.needed = 0", "line 1: sponsors.needed: 0 is not from 1 to 1000"),
        ("sponsors.needed = 99999999999999999999", "line 1: sponsors.needed: '99999999999999999999' is not a whole number from 1 to 1000"),
        ("sponsors.needed = true", "line 1: sponsors.needed: 'true' is not a whole number from 1 to 1000"),
        ("proposers = \"everybody\"", "line 1: proposers: 'everybody' is not one of the words members, consumers, workers"),
        ("ballot.mode = \"secret\"", "line 1: ballot.mode: 'secret' is not the word open"),
        ("preset = \"lax\"", "line 1: there is no preset 'lax': they are cast, strict and quick"),
        ("preset = 1", "line 1: there is no preset '1': they are cast, strict and quick"),
        ("proposers = \"members\"\n\"proposers\" = \"workers\"", "line 2: this is not TOML: duplicate key"),
        ("\"voting.period\" = \"P8D\"\n[voting]\nperiod = \"P9D\"", "line 3: voting.period was set on line 1 already"),
        ("a = = 1\nb", "line 1: this is not TOML: extra `=`, expected nothing\nline 2: this is not TOML: key with no value, expected `=`"),
        (
            "late.swing = \"P30D\"",
            "line 1: voting.period is 7 days: it must be at least late.swing, which is 30 days: the late part of a vote cannot be longer than the vote
line 1: confirming.period is 3 days: it must be at least late.swing, which is 30 days: the late part of a vote cannot be longer than the vote",
        ),
        ("preset = \"strict\"\nfee.regular = \"4.00 EUR\"", "line 2: fee.regular is 4.00 EUR: it must be at least fee.minimum, which is 4.99 EUR"),
    ] {
        assert_eq!(errors(text), expected, "{text}");
    }
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let text = "preset = 'fast'\n[voting]\nperiod = 'soon'\n[fee]\nminimal = '0.01 EUR'\nminimum = '0,5 EUR'\n";
    let expected = "line 1: there is no preset 'fast': they are cast, strict and quick
line 3: voting.period: 'soon' is not a duration, such as 7 days, 24 hours, 10 minutes or 2.5 seconds, which are also P7D, PT24H, PT10M and PT2.5S
line 5: the law has no key 'fee.minimal'; is fee.minimum meant?
line 6: fee.minimum: '0,5 EUR' has a comma: the decimals of an amount stand behind a point, as in 5.99 EUR";
    assert_eq!(errors(text), expected);
}

#[test]
fn what_does_not_go_together_is_said_with_the_rest() {
    let text = "voting.days = 7\ncooling.period = 'P10D'\nsimple.fraction = '1/3'\noverride.fraction = '3/2'\n";
    let expected = "line 1: the law has no key 'voting.days'; is voting.period meant?
line 2: cooling.override is 7 days: it must be at least cooling.period, which is 10 days: an override waits no shorter than other bills
line 3: simple.fraction is 1/3: it must be at least 1/2, or fewer than half decide, and below 1, or nothing can pass
line 4: override.fraction is 3/2: it must be at least 1/2, or fewer than half decide, and below 1, or nothing can pass";
    assert_eq!(errors(text), expected);
    assert_eq!(errors("late.swing = 'P8D'\nvoting.period = 'soon'").lines().count(), 2, "what was not understood is compared with nothing");
    assert_eq!(errors("preset = 'fast'\nlate.swing = 'P8D'").lines().count(), 1);
}

#[test]
fn a_file_is_bounded() {
    let large = "#".repeat(limits::CHARTER_TOML_BYTES + 1);
    assert_eq!(errors(&large), "the file has 65537 bytes; a charter has at most 65536");
    assert_eq!(errors(&large[1..]), "");
    assert!(errors(&"[".repeat(limits::CHARTER_TOML_BYTES)).contains("not TOML"));
    let deep = format!("[{}]\n{}", ["a".repeat(1000).as_str(); 30].join("."), (0..4000).map(|n| format!("k{n}=1\n")).collect::<String>());
    assert_eq!(from_toml(&deep).unwrap_err().0.len(), 4000);
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "(\\PC|[\\[\\]=\"'.#\\n\\\\{},]|preset|voting|period|P7D|fee){0,60}") {
        let _ = from_toml(&text);
    }

    #[test]
    fn what_is_read_is_written_as_it_was_read(lines in proptest::collection::vec((0..KEYS.len(), "[0-9PTDHMS/ EUR.]{0,8}|cast|body|both|1/2|P[1-9]D|[1-9]0.00 EUR"), 0..4)) {
        let text: String = lines.iter().map(|(at, value)| format!("{} = {value:?}\n", KEYS[*at].name)).collect();
        if let Ok(values) = from_toml(&text) {
            prop_assert_eq!(from_toml(&to_toml(&values)), Ok(values));
        }
    }
}
