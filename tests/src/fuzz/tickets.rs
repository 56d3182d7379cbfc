use super::key;
use data_encoding::BASE32_NOPAD;
use folkmoot_protocol::{cbor, id::tagged_hash, identity::Pairing, ticket::Ticket};

/// Tickets: as a person would paste them, and made from bytes with a right checksum and right signatures.
pub fn ticket(data: &[u8]) {
    read(&String::from_utf8_lossy(data));
    read(&text_of(data));
    let Ok(ticket) = cbor::decode::<Ticket>(data) else { return };
    assert_eq!(cbor::encode(&ticket), data, "a ticket in two forms");
    read(&ticket.to_string());
    let signed = match ticket {
        Ticket::Invite { invitation, coop_name, peers } => Ticket::Invite { invitation: invitation.sign(&key(0)), coop_name, peers },
        Ticket::Offer { pairing } => Ticket::Offer { pairing: Pairing::sign(pairing.name, &key(0)) },
        welcome @ Ticket::Welcome { .. } => welcome,
    };
    read(&signed.to_string());
}

/// Reads a ticket: one that is accepted has one text form, whatever blanks and capitals it came with.
fn read(text: &str) {
    match text.parse::<Ticket>() {
        Ok(ticket) => {
            let plain: String = text.split_whitespace().collect();
            assert_eq!(ticket.to_string(), plain.to_ascii_lowercase());
            assert_eq!(ticket.to_string().parse(), Ok(ticket.clone()));
            assert_eq!(ticket.to_string().to_uppercase().parse(), Ok(ticket));
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// The text form of any bytes, as if they were a ticket.
fn text_of(body: &[u8]) -> String {
    let sum = tagged_hash("folkmoot/ticket/1", &[body]);
    format!("folkmoot1{}", BASE32_NOPAD.encode(&[body, &sum[..4]].concat()).to_lowercase())
}
