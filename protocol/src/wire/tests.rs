use super::*;
use crate::{
    agreement::Certificate,
    identity::{Grant, Joining, SignatureBytes, Statement},
    sync::{Closed, Item, Tip, Tips, open},
    ticket::Invitation,
};
use proptest::prelude::*;

const SPACE: SpaceId = SpaceId([2; 32]);
const DEVICE: DeviceId = DeviceId([3; 32]);
const OP: OpId = OpId([4; 32]);
const SIGNATURE: SignatureBytes = SignatureBytes([5; 64]);

fn hello() -> Hello {
    let addresses = vec!["192.0.2.1:4433".into(), "[2001:db8::1]:4433".into(), "https://relay.example.org".into()];
    Hello {
        versions: vec![1],
        coop: CoopId([1; 32]),
        clock_ms: 7,
        agent: "folkmoot 0.1.0".into(),
        addresses,
        spaces: vec![SpaceDigest { space: SPACE, digest: [6; 32] }],
    }
}

fn item(seq: u64) -> Item {
    Item::new(DEVICE, Tip { seq, id: OP, closed: Some(Closed { at: 9, erasures: [1; 16] }) })
}

fn operation(header: usize, payload: Option<usize>) -> SignedOp {
    SignedOp { header: vec![7; header], signature: SIGNATURE, payload: payload.map(|bytes| vec![8; bytes]) }
}

fn fork(bytes: usize) -> Message {
    let header = |byte, bytes| SignedHeader { header: vec![byte; bytes], signature: SIGNATURE };
    Message::Fork { first: header(1, 200), second: header(2, bytes) }
}

fn want(from: u64, to: u64) -> Message {
    Message::Want { space: SPACE, chains: vec![Want { device: DEVICE, from, to }] }
}

fn peer(address: &str) -> PeerAddress {
    PeerAddress { device: DEVICE, addresses: vec![address.into()] }
}

fn join(name: &str) -> Message {
    let invitation = Invitation { coop: CoopId([1; 32]), issue: OP, device: DEVICE, nonce: [1; 16], expires_at: 9, uses: 1, guest: true, signature: SIGNATURE };
    let joining = Joining {
        statement: Statement { key: [1; 32], nonce: [2; 32] },
        grant: Grant { device: DEVICE, signature: SIGNATURE },
        name: name.into(),
        acceptance: SIGNATURE,
    };
    Message::Join(Box::new(JoinRequest { invitation, joining }))
}

#[test]
fn what_stands_before_the_damage_is_read() {
    let operations = vec![operation(100, Some(9)), operation(90, None), operation(80, Some(300))];
    let whole = Message::Operations(operations.clone()).encode();
    assert_eq!(salvage(&whole), None);
    let cut = salvage(&whole[..whole.len() - 1]).unwrap();
    assert_eq!((cut.message, cut.listed), (Message::Operations(operations[..2].to_vec()), false));
    let behind = salvage(&[&whole[..], &[0]].concat()).unwrap();
    assert_eq!((behind.message, behind.listed), (Message::Operations(operations), true));
    let issue = |byte| SignedIssue { body: vec![byte; 30], certificate: Certificate { round: 0, signatures: vec![] } };
    let issues = Message::Issues(vec![issue(1), issue(2)]).encode();
    assert_eq!(salvage(&issues[..issues.len() - 1]).unwrap().message, Message::Issues(vec![issue(1)]));
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x80;
        let _ = salvage(&bytes);
    }
    let other = want(1, 2).encode();
    assert_eq!(salvage(&other[..other.len() - 1]), None);
}

/// One of each, in the order of their numbers.
fn every_message() -> Vec<Message> {
    vec![
        Message::Hello(hello()),
        Message::Spaces(hello().spaces),
        Message::Ranges { space: SPACE, ranges: open(&Tips::from_iter([(DEVICE, item(4).tip())])) },
        Message::Have { space: SPACE, tips: vec![item(4)] },
        want(1, 5),
        Message::Operations(vec![operation(300, Some(20)), operation(300, None)]),
        fork(200),
        Message::WantFork { space: SPACE, device: DEVICE },
        Message::Probe { space: SPACE, device: DEVICE, seq: 3 },
        Message::Probed { space: SPACE, device: DEVICE, seq: 3, id: None },
        Message::Peers(vec![peer("192.0.2.1:1")]),
        join("Alice"),
        Message::Admitted { op: OP },
        Message::Refused { reason: Refusal::Busy },
    ]
}

#[test]
fn every_message_round_trips_under_its_number() {
    for (number, message) in every_message().into_iter().enumerate() {
        let bytes = message.encode();
        assert_eq!((bytes[0], bytes[1] as usize), (0x82, number), "{}", message.name());
        assert_eq!(Message::decode(&bytes).unwrap(), message);
        assert!(Message::decode(&bytes[..bytes.len() - 1]).is_err());
        assert!(Message::decode(&[&bytes[..], &[0]].concat()).is_err());
    }
}

#[test]
fn names_are_distinct() {
    let mut names: Vec<_> = every_message().iter().map(Message::name).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), every_message().len());
}

#[test]
fn lists_over_their_limit_are_refused() {
    let digest = SpaceDigest { space: SPACE, digest: [0; 32] };
    let chain = Want { device: DEVICE, from: 1, to: 1 };
    let oversize = [
        Message::Spaces(vec![digest; limits::SPACES_PER_HELLO + 1]),
        Message::Hello(Hello { spaces: vec![digest; limits::SPACES_PER_HELLO + 1], ..hello() }),
        Message::Hello(Hello { addresses: vec!["192.0.2.1:1".into(); limits::ADDRESSES_PER_DEVICE + 1], ..hello() }),
        Message::Hello(Hello { versions: vec![1; crate::limits::VERSIONS_PER_HELLO + 1], ..hello() }),
        Message::Have { space: SPACE, tips: vec![item(4); limits::TIPS_PER_MESSAGE + 1] },
        Message::Want { space: SPACE, chains: vec![chain; limits::WANTS_PER_MESSAGE + 1] },
        Message::Operations(vec![operation(1, None); limits::OPERATIONS_PER_MESSAGE + 1]),
        Message::Peers(vec![peer("192.0.2.1:1"); limits::PEERS_PER_MESSAGE + 1]),
    ];
    for message in oversize {
        assert!(Message::decode(&message.encode()).is_err(), "{}", message.name());
    }
    assert!(Message::decode(&Message::Spaces(vec![digest; limits::SPACES_PER_HELLO]).encode()).is_ok());
}

#[test]
fn a_list_is_refused_by_its_claimed_length() {
    let error = Message::decode(&[0x82, 1, 0x81, 0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]).unwrap_err();
    assert!(error.to_string().contains("at most 1024 are allowed"), "{error}");
}

#[test]
fn values_out_of_range_are_refused() {
    let refused = [
        want(0, 1),
        want(2, 1),
        want(1, u64::MAX),
        Message::Have { space: SPACE, tips: vec![item(9)] },
        Message::Have { space: SPACE, tips: vec![item(u64::MAX)] },
        Message::Probe { space: SPACE, device: DEVICE, seq: 0 },
        Message::Probed { space: SPACE, device: DEVICE, seq: u64::MAX, id: None },
        Message::Operations(vec![operation(limits::HEADER_BYTES + 1, None)]),
        Message::Operations(vec![operation(1, Some(limits::EDIT_PAYLOAD_BYTES + 1))]),
        fork(limits::HEADER_BYTES + 1),
        join(" Alice"),
        Message::Hello(Hello { agent: "x".repeat(61), ..hello() }),
        Message::Hello(Hello { versions: vec![], ..hello() }),
    ];
    for message in refused {
        assert!(Message::decode(&message.encode()).is_err(), "{message:?}");
    }
}

#[test]
fn only_sockets_and_relays_are_addresses() {
    for address in ["192.0.2.1:1", "[::1]:80", "http://localhost:3340", "https://relay.example.org"] {
        assert!(peer(address).check().is_ok(), "{address}");
    }
    let long = format!("https://{}", "a".repeat(limits::ADDRESS_BYTES));
    for address in ["", "192.0.2.1", "example.org:80", "ftp://example.org", "https://a b", &long] {
        assert!(matches!(Message::decode(&Message::Peers(vec![peer(address)]).encode()), Err(WireError::Address)), "{address}");
    }
}

#[test]
fn a_message_of_a_newer_version_is_told_apart_from_a_broken_one() {
    assert!(matches!(Message::decode(&[0x82, 0x18, 99, 0x80]), Err(WireError::UnknownKind)));
    assert!(matches!(Message::decode(&[0x82, 0x01]), Err(WireError::Cbor(_))));
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Message::decode(&bytes);
    }

    #[test]
    fn a_garbled_message_is_refused_or_read_as_exactly_its_bytes(which in 0usize..14, flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        let mut bytes = every_message()[which].encode();
        for (at, byte) in flips {
            *at.get_mut(&mut bytes) = byte;
        }
        if let Ok(message) = Message::decode(&bytes) {
            prop_assert_eq!(message.encode(), bytes);
        }
    }
}
