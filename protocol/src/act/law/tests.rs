use super::*;
use crate::{act::Act, cbor};

fn wrong(act: LawAct) -> Option<String> {
    Act::Law(act).check(CoopId::ZERO).err().map(|error| error.to_string())
}

fn moderation(measure: Measure, rule: u32, reason: &str) -> LawAct {
    LawAct::Moderate(Moderation { space: SpaceId([1; 32]), document: DocumentId([2; 32]), measure, rule, reason: reason.into() })
}

#[test]
fn acts_of_moderators_have_one_form_and_fit() {
    let longest = "\u{1F33B}".repeat(limits::REASON_CHARS);
    for measure in Measure::ALL {
        let act = Act::Law(moderation(measure, limits::RULES, &longest));
        let bytes = cbor::encode(&act);
        assert_eq!(cbor::decode::<Act>(&bytes).unwrap(), act);
        assert!(act.check(CoopId::ZERO).is_ok() && bytes.len() + limits::SALT_BYTES < limits::ACT_PAYLOAD_BYTES);
        assert_eq!(wrong(moderation(measure, 0, "Because.")).is_some(), measure.needs_rule(), "{}", measure.name());
    }
}

#[test]
fn a_pledge_is_of_money() {
    let pledge = |minor| wrong(LawAct::Pledge { to: OpId([1; 32]), amount: Money { minor, currency: "EUR".parse().unwrap() } });
    assert!(pledge(0).unwrap().contains("of nothing"));
    assert!(pledge(limits::MONEY_MINOR + 1).unwrap().contains("no such amount"));
    assert_eq!(pledge(limits::MONEY_MINOR), None);
}

#[test]
fn a_receipt_is_of_no_more_than_a_reconciliation_can_add_up() {
    let amount = |minor| Money { minor, currency: "EUR".parse().unwrap() };
    let dues = |minor| wrong(LawAct::Dues(Dues { number: 1, member: PersonId([1; 32]), from_ms: 1, to_ms: 2, amount: amount(minor), commitment: [0; 32] }));
    assert!(dues(limits::DUES_MINOR + 1).unwrap().contains("nobody pays so much"));
    assert_eq!(dues(limits::DUES_MINOR), None);
}

#[test]
fn reasons_are_short_lines_about_communities() {
    assert!(wrong(moderation(Measure::Pin, 0, "")).is_some());
    assert!(wrong(moderation(Measure::Pin, 0, "Two\nlines")).is_some());
    assert!(wrong(moderation(Measure::Pin, 0, &"x".repeat(limits::REASON_CHARS + 1))).is_some());
    assert!(wrong(moderation(Measure::Remove, limits::RULES + 1, "Because.")).is_some());
    let report = |space| LawAct::Report(Report { space, document: DocumentId([2; 32]), reason: "Because.".into() });
    assert_eq!(wrong(report(SpaceId([1; 32]))), None);
    assert!(wrong(report(SpaceId::HALL)).unwrap().contains("the hall has no moderators"));
}

#[test]
fn participation_and_petitions_are_of_communities_and_have_one_form() {
    let space = SpaceId([1; 32]);
    let elect = |seats| Some(Demand::Elect { seats });
    let recall = Some(Demand::Recall { person: PersonId([2; 32]) });
    let petition = |space, demand| LawAct::Petition { space, demand };
    for (law, hex) in [
        (LawAct::TakePart { space, on: true }, "8207818218188258200101010101010101010101010101010101010101010101010101010101010101f5"),
        (petition(space, elect(2)), "820781821819825820010101010101010101010101010101010101010101010101010101010101010182008102"),
        (petition(space, None), "8207818218198158200101010101010101010101010101010101010101010101010101010101010101"),
    ] {
        let bytes = cbor::encode(&Act::Law(law.clone()));
        assert_eq!(data_encoding::HEXLOWER.encode(&bytes), hex);
        assert_eq!(cbor::decode::<Act>(&bytes).unwrap(), Act::Law(law));
    }
    assert_eq!(wrong(petition(space, recall)), None);
    assert_eq!((wrong(petition(space, elect(1))), wrong(petition(space, elect(limits::SEATS_PER_ELECTION)))), (None, None));
    for seats in [0, limits::SEATS_PER_ELECTION + 1] {
        assert!(wrong(petition(space, elect(seats))).unwrap().contains("1 to 32 seats"));
    }
    for law in [LawAct::TakePart { space: SpaceId::HALL, on: true }, petition(SpaceId::HALL, recall)] {
        assert!(wrong(law).unwrap().contains("the hall is no community"));
    }
}

#[test]
fn bans_have_one_form_cite_a_rule_and_fit() {
    let (space, person) = (SpaceId([1; 32]), PersonId([2; 32]));
    let reason = "\u{1F33B}".repeat(limits::REASON_CHARS);
    let ban = |until_ms, rule| LawAct::Ban(Ban { space, person, until_ms, rule, reason: reason.clone() });
    for law in [ban(limits::BAN_ENDS_MS, limits::RULES), LawAct::Unban(Unban { space, person, reason: reason.clone() })] {
        let bytes = cbor::encode(&Act::Law(law.clone()));
        assert_eq!(cbor::decode::<Act>(&bytes).unwrap(), Act::Law(law.clone()));
        assert!(wrong(law).is_none() && bytes.len() + limits::SALT_BYTES < limits::ACT_PAYLOAD_BYTES);
    }
    assert!(wrong(ban(0, 0)).unwrap().contains("cites a rule"));
    assert!(wrong(ban(0, limits::RULES + 1)).is_some() && wrong(ban(limits::BAN_ENDS_MS + 1, 1)).is_some());
    assert!(wrong(LawAct::Unban(Unban { space: SpaceId::HALL, person, reason: "Because.".into() })).is_some());
    assert!(wrong(LawAct::Unban(Unban { space, person, reason: String::new() })).is_some());
}
