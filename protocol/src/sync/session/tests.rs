use super::*;

/// Keeps the hall, and chains in it whose operations bear their numbers as ids.
struct Hall(Tips);

impl Replica for Hall {
    fn spaces(&self) -> Vec<SpaceId> {
        vec![SpaceId::HALL]
    }

    fn tips(&self, space: SpaceId) -> Option<&Tips> {
        (space == SpaceId::HALL).then_some(&self.0)
    }

    fn operation_at(&self, _: SpaceId, device: DeviceId, seq: u64) -> Option<OpId> {
        self.0.get(&device).filter(|tip| seq <= tip.seq).map(|_| id(seq))
    }
}

fn id(seq: u64) -> OpId {
    OpId([seq as u8; 32])
}

/// A session with a peer that has said of itself that it keeps the hall, and the same in it as is held here.
fn greeted(replica: &Hall) -> Session {
    let mut session = Session::new(DeviceId([1; 32]), false);
    let spaces = Session::digests(replica);
    let hello = Hello { versions: vec![VERSION], coop: CoopId::ZERO, clock_ms: 0, agent: "eve".into(), addresses: vec![], spaces };
    session.receive(Message::Hello(hello), replica).unwrap();
    session
}

#[test]
fn a_peer_that_names_ever_new_spaces_is_not_remembered_for_it() {
    let replica = Hall(Tips::new());
    let mut session = greeted(&replica);
    for n in 0..50u8 {
        let space = SpaceId([n; 32]);
        session.receive(Message::Spaces(vec![SpaceDigest { space, digest: [n; 32] }]), &replica).unwrap();
        session.receive(Message::Ranges { space, ranges: open(&Tips::new()) }, &replica).unwrap();
    }
    assert!(session.entries() <= 2, "{} entries", session.entries());
}

#[test]
fn who_opened_a_closed_chain_again_is_sent_what_is_held_of_it_and_who_did_not_is_not() {
    let device = DeviceId([2; 32]);
    let tip = |seq: u64, at: u64| Tip { seq, id: id(seq), closed: Some(Closed { at, erasures: [0; 16] }) };
    let replica = Hall([(device, tip(5, 6))].into_iter().collect());
    let sent = |theirs: Tip| {
        let mut session = greeted(&replica);
        let have = Message::Have { space: SpaceId::HALL, tips: vec![Item::new(device, theirs)] };
        session.receive(have, &replica).unwrap();
        session.next_serve().map(|range| (range.from, range.to))
    };
    assert_eq!(sent(tip(3, 6)), Some((4, 5)));
    assert_eq!(sent(tip(3, 5)), Some((4, 4)));
    assert_eq!(sent(tip(3, 4)), None, "its chain ends at the fork");
    assert_eq!(sent(Tip { closed: None, ..tip(3, 6) }), None, "it asks for itself");
}
