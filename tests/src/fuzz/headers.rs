use super::{Bytes, key, plain_header, sign_header};
use folkmoot_protocol::{
    id::*,
    identity::{SignatureBytes, device_of},
    limits,
    op::{Header, InvalidOp, Kind, PayloadRef, SignedHeader, SignedOp, StoredOp},
};

/// Headers: as they come, and built from fields.
pub fn header(data: &[u8]) {
    signed(data);
    signed(&fields(data).to_bytes());
}

/// Checks what a header says once the signature fits; whatever the bytes, it may be that of the key.
fn signed(bytes: &[u8]) {
    let unsigned = SignedHeader { header: bytes.to_vec(), signature: SignatureBytes([0; 64]) };
    match unsigned.verify() {
        Ok(_) => panic!("nobody signed this"),
        Err(InvalidOp::Signature(_)) => {}
        Err(_) => return,
    }
    let signature = sign_header(bytes, &key(0));
    let Ok((id, header)) = (SignedHeader { header: bytes.to_vec(), signature }).verify() else { return };
    assert_eq!(header.to_bytes(), bytes, "a header in two forms");
    assert_eq!(id, OpId(tagged_hash("folkmoot/operation/1", &[bytes])));
    assert_eq!(header.device, device_of(&key(0)));
    assert!(bytes.len() <= limits::HEADER_BYTES);
    check(&header);
    let op = SignedOp { header: bytes.to_vec(), signature, payload: None };
    let verified = op.clone().verify().expect("a header stands alone where its payload was erased");
    assert_eq!((verified.id(), verified.to_signed()), (id, op.clone()));
    assert_eq!(verified.document().is_some(), header.kind == Kind::Edit);
    let stored = StoredOp::from(verified);
    assert_eq!((stored.id, stored.to_signed()), (id, op));
    assert_eq!(stored.to_signed_header().verify().ok(), Some((id, header)));
}

/// What the protocol promises of every header that is accepted.
fn check(header: &Header) {
    assert!((1..limits::MOST_SEQ).contains(&header.seq));
    assert_eq!(header.seq == 1, header.prev == OpId::ZERO);
    assert_eq!(header.belongs_to() == header.coop, !header.is_founding());
    if header.is_founding() {
        assert_eq!((header.seq, header.space, header.kind, header.credential), (1, SpaceId::HALL, Kind::Act, None));
    } else {
        assert_ne!(header.issue, OpId::ZERO);
        assert_eq!(header.seq == 1, header.credential.is_some());
    }
    assert!(header.document.is_none() || header.kind != Kind::Act);
    let most = if header.kind == Kind::Act { limits::ACT_PAYLOAD_BYTES } else { limits::EDIT_PAYLOAD_BYTES };
    assert!(header.payload.length as usize <= most);
}

/// A header of this device in which each field is as it should be, or anything.
fn fields(data: &[u8]) -> Header {
    let mut bytes = Bytes::new(data);
    let kind = Kind::from_code(bytes.byte() % 4);
    let plain = Header { device: device_of(&key(0)), ..plain_header(kind) };
    let odd = bytes.array::<2>().map(|byte| [0, 1, 2, 3, 4, 5, 6, 7].map(|bit| byte >> bit & 1 == 1)).concat();
    let id = |bytes: &mut Bytes<'_>| if bytes.coin() { [0; 32] } else { bytes.array() };
    Header {
        version: if odd[0] { bytes.byte() } else { plain.version },
        coop: if odd[1] { CoopId(id(&mut bytes)) } else { plain.coop },
        space: if odd[2] { SpaceId(id(&mut bytes)) } else { plain.space },
        device: if odd[3] { DeviceId(bytes.array()) } else { plain.device },
        seq: if odd[4] { bytes.number() } else { plain.seq },
        prev: if odd[5] { OpId(id(&mut bytes)) } else { plain.prev },
        issue: if odd[6] { OpId(id(&mut bytes)) } else { plain.issue },
        claimed_at: if odd[7] { bytes.number() } else { plain.claimed_at },
        payload: if odd[8] { PayloadRef { hash: bytes.array(), length: bytes.number() as u32 } } else { plain.payload },
        credential: if odd[9] { bytes.coin().then(|| OpId(id(&mut bytes))) } else { plain.credential },
        document: if odd[10] { Some(DocumentId(id(&mut bytes))) } else { plain.document },
        kind,
    }
}
