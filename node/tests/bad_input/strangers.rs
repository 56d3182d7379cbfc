//! Strangers on the network, and noise where a message should be.

use crate::common::{Coop, Member, Node, alice_alone, alice_and_bob};
use ed25519_dalek::SigningKey;
use folkmoot_protocol::{
    id::*,
    identity::{Joining, PersonKey, device_of},
    ticket::{Invitation, Ticket},
    wire::{ALPN, FrameDecoder, Hello, JoinRequest, Message, Refusal, frame},
};
use iroh::{Endpoint, EndpointAddr, EndpointId, RelayMode, SecretKey, TransportAddr, endpoint::presets};
use std::{io::Write, net::UdpSocket, os::unix::net::UnixStream, time::Duration};

const PATIENCE: Duration = Duration::from_secs(20);

/// Eve's device, and what she made up.
struct Eve {
    key: SigningKey,
    person: PersonKey,
}

impl Eve {
    fn new() -> Self {
        Self { key: SigningKey::from_bytes(&[66; 32]), person: PersonKey::from_entropy([67; 32]) }
    }

    /// Says something to a node as her device; answers what it says back before it ends.
    async fn says(&self, node: &Node, bytes: &[u8]) -> Vec<Message> {
        let builder = Endpoint::builder(presets::Minimal).secret_key(SecretKey::from_bytes(&self.key.to_bytes()));
        let builder = builder.relay_mode(RelayMode::Disabled).clear_ip_transports();
        let endpoint = builder.bind_addr("127.0.0.1:0".parse::<std::net::SocketAddr>().unwrap()).unwrap().bind().await.unwrap();
        let id = EndpointId::from_bytes(&node.device.parse::<DeviceId>().unwrap().0).unwrap();
        let address = EndpointAddr::from_parts(id, node.addresses.iter().map(|address| TransportAddr::Ip(address.parse().unwrap())));
        let connection = endpoint.connect(address, ALPN).await.unwrap();
        let (mut send, mut receive) = connection.open_bi().await.unwrap();
        send.write_all(bytes).await.unwrap();
        let (mut decoder, mut buffer, mut heard) = (FrameDecoder::default(), vec![0; 65_536], Vec::new());
        while let Ok(Ok(Some(read))) = tokio::time::timeout(PATIENCE, receive.read(&mut buffer)).await {
            decoder.push(&buffer[..read]);
            while let Ok(Some(body)) = decoder.next_frame() {
                heard.push(Message::decode(&body).unwrap());
            }
        }
        endpoint.close().await;
        heard
    }

    fn asks_to_join(&self, invitation: Invitation) -> Vec<u8> {
        let grant = self.person.grant(device_of(&self.key));
        let joining = Joining::sign(invitation.coop, self.person.statement(), grant, "Eve".into(), &self.key);
        frame(&Message::Join(Box::new(JoinRequest { invitation, joining })).encode())
    }
}

fn invitation(ticket: &str) -> Invitation {
    match ticket.parse() {
        Ok(Ticket::Invite { invitation, .. }) => invitation,
        other => panic!("no invitation: {other:?}"),
    }
}

fn people(member: &Member) -> usize {
    let hall = member.done(&["verify"])["spaces"][0]["operations"].as_u64().unwrap();
    usize::try_from(hall).unwrap()
}

#[tokio::test]
async fn nobody_comes_in_with_an_invitation_that_was_made_up() {
    let (_folder, alice) = alice_alone();
    let (node, eve) = (alice.run(), Eve::new());
    let before = people(&alice);
    let real = invitation(&alice.ticket(&[]));
    let by_herself = real.clone().sign(&eve.key);
    let altered = Invitation { uses: 99, ..real.clone() };
    let of_another = Invitation { coop: CoopId([9; 32]), ..real.clone() };
    let by_alices_name = Invitation { device: real.device, ..by_herself.clone() };
    for (made_up, reason) in [(by_herself, Refusal::Forged), (altered, Refusal::Forged), (by_alices_name, Refusal::Forged), (of_another, Refusal::Foreign)] {
        assert_eq!(eve.says(&node, &eve.asks_to_join(made_up)).await, [Message::Refused { reason }]);
    }
    assert_eq!(people(&alice), before);
    let admitted = eve.says(&node, &eve.asks_to_join(real)).await;
    assert!(matches!(admitted[..], [Message::Admitted { .. }, ..]), "the real one does: {admitted:?}");
    node.stop();
}

#[tokio::test]
async fn a_stranger_is_told_nothing() {
    let (_folder, alice) = alice_alone();
    alice.post("Rye", "Dark");
    let (node, eve) = (alice.run(), Eve::new());
    let coop = alice.done(&["status"])["coop"].as_str().unwrap().parse().unwrap();
    let hello = Hello { versions: vec![1], coop, clock_ms: 0, agent: "eve".into(), addresses: vec!["127.0.0.1:1".into()], spaces: vec![] };
    let heard = eve.says(&node, &frame(&Message::Hello(hello).encode())).await;
    assert_eq!(heard, [Message::Refused { reason: Refusal::NotAdmitted }]);
    for noise in [vec![0xFF; 4096], frame(b"no message"), frame(&[]), vec![0, 0, 0, 200], frame(&Message::Operations(vec![]).encode())] {
        let heard = eve.says_briefly(&node, &noise).await;
        assert!(heard.iter().all(|message| matches!(message, Message::Refused { .. })), "{heard:?}");
    }
    assert_eq!(alice.done(&["peers"])["peers"], serde_json::json!([]), "nothing is remembered of strangers");
    alice.post("Oats", "");
    node.stop();
}

impl Eve {
    /// As [`Eve::says`], but hangs up after a while: nobody owes an answer to noise.
    async fn says_briefly(&self, node: &Node, bytes: &[u8]) -> Vec<Message> {
        tokio::time::timeout(Duration::from_secs(2), self.says(node, bytes)).await.unwrap_or_default()
    }
}

#[test]
fn noise_on_the_listening_port_disturbs_nobody() {
    let Coop { folder, alice, bob } = alice_and_bob();
    let nodes = (alice.run(), bob.run());
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let mut noise = 1_u64;
    let mut next = || {
        noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (noise >> 33) as usize
    };
    for n in 0..3_000 {
        let mut packet: Vec<u8> = (0..1 + next() % 1_300).map(|_| next() as u8).collect();
        if n % 3 == 0 {
            // What looks like the beginning of a QUIC connection, and is none.
            packet.splice(..0, [0xC0 | next() as u8, 0, 0, 0, 1, 8]);
            packet.resize(1_200, 7);
        }
        let _ = socket.send_to(&packet, &nodes.0.addresses[0]);
    }
    let post = alice.post("Rye", "");
    crate::common::wait_until("bob has it", || bob.has(&post));
    nodes.0.stop();
    nodes.1.stop();
    drop(folder);
}

#[test]
fn noise_on_the_control_socket_is_answered_with_an_error() {
    let (_folder, alice) = alice_alone();
    let node = alice.run();
    for line in ["hello", "{}", "[]", "null", "\"status\"", "{\"request\":\"none\"}", "{\"request\":\"submit\"}", &"[".repeat(100_000)] {
        let answer = alice.control(format!("{line}\n").as_bytes());
        assert!(answer.contains("\"code\":\"request\""), "{line:.30}: {answer}");
    }
    for bytes in [&b"\xff\xfe\n"[..], b"\0\0\0\0\n", b"no end of line", &vec![b'x'; 5 << 20]] {
        alice.control(bytes);
    }
    for path in ["/dev/zero", "/", "/nowhere"] {
        let answer = alice.control(format!("{}\n", serde_json::json!({"request": "import", "path": path})).as_bytes());
        assert!(answer.contains("\"err\""), "{answer}");
    }
    let mut half = UnixStream::connect(alice.folder.join("control.sock")).unwrap();
    half.write_all(b"{\"request\":").unwrap();
    drop(half);
    alice.post("Rye", "");
    node.stop();
}
