//! Tickets that do not hold: the refusal says which way.

use crate::common::{Member, alice_alone, alice_and_bob, wait_until};
use folkmoot_protocol::ticket::{Invitation, Ticket};

fn invitation_of(ticket: &str) -> (Invitation, String, Vec<folkmoot_protocol::wire::PeerAddress>) {
    match ticket.parse() {
        Ok(Ticket::Invite { invitation, coop_name, peers }) => (invitation, coop_name, peers),
        other => panic!("no invitation: {other:?}"),
    }
}

fn now_ms() -> u64 {
    std::time::UNIX_EPOCH.elapsed().unwrap().as_millis() as u64
}

#[test]
fn a_ticket_that_was_not_copied_whole_is_told_from_something_else() {
    let (folder, alice) = alice_alone();
    let ticket = alice.ticket(&[]);
    let eve = Member::new(folder.path(), "eve");
    let changed = format!("{}{}{}", &ticket[..50], if &ticket[50..51] == "a" { "b" } else { "a" }, &ticket[51..]);
    for (typed, said) in [
        ("hello", "no Folkmoot ticket"),
        ("", "no Folkmoot ticket"),
        (&ticket[..60], "damaged"),
        (&ticket[..ticket.len() - 1], "damaged"),
        (&changed, "damaged"),
        (&format!("folkmoot1{}", "a".repeat(100_000)), "damaged"),
    ] {
        let refusal = eve.refused(&["join", typed]);
        assert_eq!(refusal.code, "ticket");
        assert!(refusal.error.contains(said), "{typed:.20}: {}", refusal.error);
    }
    assert_eq!(eve.done(&["status"])["coop"], serde_json::Value::Null);
}

#[test]
fn a_ticket_that_was_altered_and_sealed_again_is_forged() {
    let (folder, alice) = alice_alone();
    let (invitation, coop_name, peers) = invitation_of(&alice.ticket(&["--expires", "PT1S"]));
    let eve = Member::new(folder.path(), "eve");
    let longer = Invitation { expires_at: invitation.expires_at + 86_400_000, ..invitation.clone() };
    let more = Invitation { uses: 99, ..invitation };
    for altered in [longer, more] {
        let ticket = Ticket::Invite { invitation: altered, coop_name: coop_name.clone(), peers: peers.clone() };
        let refusal = eve.refused(&["join", &ticket.to_string()]);
        assert_eq!(refusal.code, "forged");
        assert!(refusal.error.contains("forged"), "{}", refusal.error);
    }
}

#[test]
fn a_used_an_expired_and_a_foreign_ticket_are_each_called_so() {
    let coop = alice_and_bob();
    let node = coop.alice.run();
    let (ticket, short) = (coop.alice.ticket(&[]), coop.alice.ticket(&["--expires", "PT1S"]));
    let carol = Member::new(coop.folder.path(), "carol");
    carol.done(&["join", &ticket]);
    let eve = Member::new(coop.folder.path(), "eve");
    assert_eq!(eve.refused(&["join", &ticket]).code, "used");
    wait_until("it expires", || now_ms() > invitation_of(&short).0.expires_at);
    assert_eq!(eve.refused(&["join", &short]).code, "expired");
    assert_eq!(carol.refused(&["join", &ticket]).code, "member");
    let frank = Member::new(coop.folder.path(), "frank");
    frank.done(&["found", "Another co-op"]);
    assert_eq!(frank.refused(&["join", &coop.alice.ticket(&[])]).code, "foreign");
    node.stop();
    // Nothing of all this is left behind: a good ticket still does.
    let node = coop.alice.run();
    eve.done(&["join", &coop.alice.ticket(&[])]);
    node.stop();
}

#[test]
fn a_ticket_of_a_node_that_does_not_run_stays_good() {
    let (folder, alice) = alice_alone();
    let eve = Member::new(folder.path(), "eve");
    // Made before it ever ran: no address is in it.
    let refusal = eve.refused(&["join", &alice.ticket(&[])]);
    assert!(refusal.hint.contains("folkmoot run"), "{refusal:?}");
    alice.run().stop();
    let ticket = alice.ticket(&[]);
    assert_eq!(eve.refused(&["join", &ticket]).code, "unreachable");
    let node = alice.run();
    eve.done(&["join", &ticket]);
    node.stop();
}

#[test]
fn a_ticket_survives_capitals_and_broken_lines() {
    let (folder, alice) = alice_alone();
    let node = alice.run();
    let ticket = alice.ticket(&["--uses", "2"]);
    let (start, end) = ticket.split_at(70);
    let bob = Member::new(folder.path(), "bob");
    assert_eq!(bob.say_with_input(&["join", "-"], format!("{start}\r\n  {end}\r\n").as_bytes()).code, Some(0));
    let carol = Member::new(folder.path(), "carol");
    carol.done(&["join", &ticket.to_uppercase()]);
    node.stop();
}

#[test]
fn an_invitation_is_no_offer_of_a_device_and_the_other_way_round() {
    let (folder, alice) = alice_alone();
    let laptop = Member::at(folder.path().join("laptop"));
    let offer = laptop.done(&["device", "pair", "--name", "laptop"]);
    let offer = offer["ticket"].as_str().or(offer["offer"].as_str()).expect("it is a ticket").to_owned();
    assert_eq!(alice.refused(&["device", "add", &alice.ticket(&[])]).code, "ticket");
    assert_eq!(laptop.refused(&["join", &offer]).code, "ticket");
    let node = alice.run();
    assert_eq!(laptop.refused(&["join", &alice.ticket(&[])]).code, "device");
    node.stop();
}
