//! The Gazette in a file: carried to who never met the teller, and recounted by who has nothing else.

use super::{assert_one_law, bread};
use folkmoot_node::{
    audit::{Audit, audit},
    export::{Export, Piece, export, read_operations},
    keystore::Keystore,
};
use folkmoot_protocol::{
    law::Choice,
    wire::{Message, frame},
};
use folkmoot_tests::{random::Random, sim::Sim};
use std::{fs, path::Path};

/// A co-op in which something was voted, and something is open.
fn with_votes(seed: u64) -> Sim {
    let mut sim = bread(seed, 4);
    let bill = sim.draft_bill(1, "A fee", "set-law fee.minimum=5.99 EUR", vec![]);
    let opened = sim.open_bill(1, bill);
    for (node, choice) in [(0, Choice::For), (1, Choice::For), (2, Choice::For), (3, Choice::Against)] {
        sim.vote(node, bill, choice).unwrap();
    }
    sim.until_ended(0, opened);
    let another = sim.draft_bill(2, "Bread", "", vec![]);
    sim.open_bill(2, another);
    sim.vote(3, another, Choice::Abstain).unwrap();
    sim.run_for(5_000);
    sim.settle(60_000);
    sim
}

fn export_coop(sim: &Sim, node: usize, path: &Path) {
    export(&sim.service(node).store().as_reader(), Export::Coop, path, &|_, _| {}).unwrap();
}

#[test]
fn a_file_brings_the_gazette_to_a_node_that_never_met_the_teller() {
    let folder = tempfile::tempdir().unwrap();
    let mut sim = with_votes(51);
    let path = folder.path().join("coop");
    export_coop(&sim, 2, &path);
    let coop = sim.service(0).world().coop.unwrap();
    let keys = Keystore::in_memory("Far away", sim.random.bytes());
    let far = sim.add_empty(coop, keys);
    let mut pieces = vec![];
    read_operations(&path, |piece| {
        pieces.push(piece);
        true
    })
    .unwrap();
    for piece in pieces {
        match piece {
            Piece::Operations(operations) => sim.import(far, operations),
            Piece::Issues(issues) => sim.import_issues(far, issues),
        }
    }
    assert_eq!(sim.state(far).hash(), sim.state(2).hash());
    assert_one_law(&mut sim, &[0, 1, 2, 3, far]);
    assert_eq!(audit(&path).unwrap().law, sim.verify(far).law);
}

#[test]
fn a_file_with_one_byte_altered_is_refused_and_what_is_wrong_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let sim = with_votes(52);
    let path = folder.path().join("coop");
    export_coop(&sim, 3, &path);
    let sound: Audit = audit(&path).unwrap();
    assert_eq!((sound.law.as_str(), sound.bills.len()), (sim.verify(0).law.as_str(), 2));
    let bytes = fs::read(&path).unwrap();
    let (mut random, altered) = (Random::new(52), folder.path().join("altered"));
    for _ in 0..200 {
        let (at, bit) = (random.below(bytes.len() as u64) as usize, random.below(8));
        let mut bytes = bytes.clone();
        bytes[at] ^= 1 << bit;
        fs::write(&altered, &bytes).unwrap();
        match audit(&altered) {
            // The byte has no meaning.
            Ok(audit) => assert_eq!(audit, sound, "byte {at}, bit {bit}"),
            Err(failure) => {
                let named = ["operation ", "issue ", "no file of Folkmoot"].iter().any(|what| failure.error.contains(what));
                assert!(named, "byte {at}, bit {bit}: {}", failure.error);
            }
        }
    }
}

/// A file's pieces, one frame each.
fn pieces(path: &Path) -> Vec<Piece> {
    let mut pieces = vec![];
    read_operations(path, |piece| {
        pieces.push(piece);
        true
    })
    .unwrap();
    pieces
}

#[test]
fn a_file_that_was_cut_says_how_far_it_is_sound() {
    let folder = tempfile::tempdir().unwrap();
    let sim = with_votes(55);
    let (path, cut) = (folder.path().join("coop"), folder.path().join("cut"));
    export_coop(&sim, 0, &path);
    let (bytes, issues) = (fs::read(&path).unwrap(), audit(&path).unwrap().issues);
    let said = |end: usize| {
        fs::write(&cut, &bytes[..end]).unwrap();
        audit(&cut).unwrap_err().error
    };
    let last = said(bytes.len() - 1);
    let expected = format!("it ends in the middle of issue {issues} of the file; it is sound as far as issue {} of the Gazette", issues - 1);
    assert!(last.ends_with(&expected), "{last}");
    let Some(Piece::Operations(operations)) = pieces(&path).into_iter().next() else { panic!("a file begins with operations") };
    let header = &operations[4].header;
    let middle = said(bytes.windows(header.len()).position(|window| window == header).unwrap() + header.len());
    assert!(middle.contains("in the middle of operation 5 of the file (") && middle.contains("sound as far as operation 4 of the file"), "{middle}");
}

#[test]
fn a_file_without_its_first_issues_says_that_they_are_missing() {
    let folder = tempfile::tempdir().unwrap();
    let sim = with_votes(56);
    let (path, later) = (folder.path().join("coop"), folder.path().join("later"));
    export_coop(&sim, 0, &path);
    let mut bytes = b"folkmoot operations 1\n".to_vec();
    let mut issues = vec![];
    for piece in pieces(&path) {
        match piece {
            Piece::Operations(operations) => bytes.extend(frame(&Message::Operations(operations).encode())),
            Piece::Issues(several) => issues.extend(several),
        }
    }
    bytes.extend(issues.into_iter().skip(2).flat_map(|issue| frame(&Message::Issues(vec![issue]).encode())));
    fs::write(&later, bytes).unwrap();
    assert_eq!(audit(&later).unwrap_err().error, "issue 3 of the Gazette is the first in the file: those before it are missing");
}

#[test]
fn an_operation_that_is_wrong_is_named_by_its_place_wherever_it_stands() {
    let folder = tempfile::tempdir().unwrap();
    let sim = with_votes(54);
    let path = folder.path().join("coop");
    export_coop(&sim, 1, &path);
    let mut first = vec![];
    read_operations(&path, |piece| {
        first.push(piece);
        false
    })
    .unwrap();
    let Some(Piece::Operations(operations)) = first.pop() else { panic!("a file begins with operations") };
    let (bytes, altered) = (fs::read(&path).unwrap(), folder.path().join("altered"));
    for (number, op) in (1..).zip(&operations) {
        let header = bytes.windows(op.header.len()).position(|window| window == op.header).unwrap();
        // A byte of its header, and one of the length of that.
        for at in [header + op.header.len() / 2, header - 1] {
            let mut bytes = bytes.clone();
            bytes[at] ^= 1;
            fs::write(&altered, &bytes).unwrap();
            let failure = audit(&altered).unwrap_err();
            assert!(failure.error.contains(&format!("operation {number} of the file")), "operation {number}, byte {at}: {}", failure.error);
        }
    }
}

#[test]
fn every_node_exports_the_same_law() {
    let folder = tempfile::tempdir().unwrap();
    let sim = with_votes(53);
    for node in 0..4 {
        let path = folder.path().join(format!("coop-{node}"));
        export_coop(&sim, node, &path);
        assert_eq!(audit(&path).unwrap().law, sim.verify(0).law);
    }
}
