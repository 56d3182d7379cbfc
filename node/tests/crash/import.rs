//! `import FILE`, killed and said again.

use crate::{
    acknowledged::{Held, assert_no_forks, assert_whole},
    chance::Chance,
    common::{Member, alice_and_bob, wait_until_agreed},
    kill::Tally,
    writers::{Answers, Conversation, bread, post},
};
use std::{
    path::Path,
    process::Command,
    thread::sleep,
    time::{Duration, Instant},
};

const POSTS: usize = 800;

pub(crate) fn kill(chance: &mut Chance, kills: usize) -> Tally {
    let (coop, mut tally) = (alice_and_bob(), Tally::default());
    let community = bread(&coop.alice);
    let node = coop.alice.run();
    let mut answers = Answers::default();
    let mut conversation = Conversation::with(&coop.alice).unwrap();
    for n in 0..POSTS / 100 {
        let drafts = (0..100).map(|m| post(&community, &format!("Loaf {n} {m}"), &"spelt ".repeat(200))).collect();
        assert!(conversation.submit(drafts, &mut answers));
    }
    assert_eq!(answers.written.len(), POSTS);
    node.stop();
    let file = coop.folder.path().join("stick.folkmoot");
    let file = file.to_str().unwrap();
    coop.alice.done(&["export", file]);
    let expected = coop.alice.state_hash();
    let longest = time(&copy(&coop.bob, coop.folder.path()), &["import", file]);
    let mut last = None;
    while tally.kills < kills {
        let copy = copy(&coop.bob, coop.folder.path());
        killed_while(&mut tally, &copy, &["import", file], chance.moment(longest));
        assert_whole(&copy, &Answers::default());
        let before = Held::of(&copy).operations.len();
        let imported = copy.done(&["import", file]);
        assert_eq!((&imported["waiting"], &imported["refused"]), (&0.into(), &0.into()), "{imported}");
        assert_eq!(Held::of(&copy).operations.len() - before, imported["taken"].as_u64().unwrap() as usize);
        assert_eq!(copy.state_hash(), expected);
        assert_whole(&copy, &answers);
        last = Some(copy);
    }
    // One of them goes on in the co-op.
    let bob = last.unwrap();
    bob.post("Life goes on", "");
    let nodes = (coop.alice.run(), bob.run());
    wait_until_agreed(&[&coop.alice, &bob]);
    assert_no_forks(&[&coop.alice, &bob]);
    nodes.0.stop();
    nodes.1.stop();
    tally
}

/// Says a command and kills it after a while, unless it has ended by then.
pub(crate) fn killed_while(tally: &mut Tally, member: &Member, words: &[&str], after: Duration) {
    let mut child = member.command(words).spawn().unwrap();
    sleep(after);
    tally.kill(&mut child, member);
}

/// A copy of a member's folder, in the place of one made before.
pub(crate) fn copy(member: &Member, within: &Path) -> Member {
    let copy = within.join("copy");
    let _ = std::fs::remove_dir_all(&copy);
    assert!(Command::new("cp").arg("-a").arg(&member.folder).arg(&copy).status().unwrap().success());
    Member::at(copy)
}

/// How long a command takes.
pub(crate) fn time(member: &Member, words: &[&str]) -> Duration {
    let started = Instant::now();
    member.done(words);
    started.elapsed()
}
