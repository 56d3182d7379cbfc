use super::*;

/// Keeps the hall, and nothing in it.
struct Empty(Tips);

impl Replica for Empty {
    fn spaces(&self) -> Vec<SpaceId> {
        vec![SpaceId::HALL]
    }

    fn tips(&self, space: SpaceId) -> Option<&Tips> {
        (space == SpaceId::HALL).then_some(&self.0)
    }

    fn operation_at(&self, _: SpaceId, _: DeviceId, _: u64) -> Option<OpId> {
        None
    }
}

#[test]
fn a_peer_that_names_ever_new_spaces_is_not_remembered_for_it() {
    let replica = Empty(Tips::new());
    let mut session = Session::new(DeviceId([1; 32]), false);
    let hello = Hello { versions: vec![VERSION], coop: CoopId::ZERO, clock_ms: 0, agent: "eve".into(), addresses: vec![], spaces: vec![] };
    session.receive(Message::Hello(hello), &replica).unwrap();
    for n in 0..50u8 {
        let space = SpaceId([n; 32]);
        session.receive(Message::Spaces(vec![SpaceDigest { space, digest: [n; 32] }]), &replica).unwrap();
        session.receive(Message::Ranges { space, ranges: open(&Tips::new()) }, &replica).unwrap();
    }
    assert!(session.entries() <= 2, "{} entries", session.entries());
}
