//! The beginning: a co-op is founded, people come in, they talk, some of them offline.

use super::{Demo, law::charter, tally::counted, writing::Amount};
use crate::{
    api::{Draft, Failure},
    cluster::{listed, set_up::COOP, texts},
};

const TALK: Amount = Amount { posts: 24, comments: 100, reactions: 50, edits: 5, deletions: 3 };
const OFFLINE: Amount = Amount { posts: 8, comments: 40, reactions: 20, edits: 3, deletions: 0 };
/// The one who shuts down before going offline, and the one whose power fails.
const GONE: usize = 1;
const CUT_OFF: usize = 2;

impl Demo<'_> {
    /// Keys, processes, a co-op with its communities.
    pub(super) async fn found(&mut self, nodes: usize) -> Result<(), Failure> {
        self.audience.progress("Starting the nodes", 0, nodes as u64);
        for person in texts::PEOPLE.iter().take(nodes - 1) {
            self.cluster.add_person(person)?;
        }
        let phone = format!("{}-phone", self.cluster.name(0));
        self.cluster.add_device(&phone, "phone")?;
        let places = self.cluster.places();
        self.cluster.start(&places).await?;
        self.say(&format!("{nodes} nodes run on this machine: each a process with its own keys and its own disk, linked by iroh over loopback."));
        self.cluster.submit(0, vec![Draft::Found { name: COOP.into(), charter: charter() }]).await?;
        self.board.tally.foundings += 1;
        for community in texts::COMMUNITIES {
            self.spaces.push(self.cluster.open_community(0, community).await?);
            self.board.tally.communities += 1;
        }
        let opened: Vec<&str> = texts::COMMUNITIES.iter().map(|(name, ..)| *name).collect();
        self.say(&format!("{} founded the co-op {COOP} and opened the communities {}.", self.person(0), listed(&opened)));
        Ok(())
    }

    /// Invitations, a paired device, and everybody follows everything.
    pub(super) async fn join(&mut self) -> Result<(), Failure> {
        let places = self.cluster.places();
        let (_, people) = places.split_first().and_then(|(_, rest)| rest.split_last()).unwrap_or((&0, &[]));
        for (done, newcomer) in people.iter().enumerate() {
            self.audience.progress("Letting people in", done as u64, people.len() as u64);
            self.cluster.let_in(0, *newcomer).await?;
            self.board.tally.admissions += 1;
        }
        let phone = places.len() - 1;
        self.cluster.pair(0, phone).await?;
        self.board.tally.devices += 1;
        self.agree(&places).await?;
        for node in places.iter().skip(1) {
            for space in &self.spaces {
                self.cluster.follow(*node, *space).await?;
            }
        }
        self.agree(&places).await?;
        let names: Vec<&str> = people.iter().map(|node| self.person(*node)).collect();
        self.say(&format!("{} came in with an invitation each; {} paired a second device, {}.", listed(&names), self.person(0), self.cluster.name(phone)));
        Ok(())
    }

    /// Everybody is there and writes.
    pub(super) async fn talk(&mut self) -> Result<(), Failure> {
        let before = self.board.tally;
        self.begin_page().await?;
        self.write("Writing together", &[self.cluster.places()], TALK).await?;
        self.say(&format!("All of them wrote at once, each on their own node: {}.", since(&before, &self.board.tally)));
        Ok(())
    }

    /// Two nodes go, one of them without a word; all write on; the two come back.
    pub(super) async fn write_offline(&mut self) -> Result<(), Failure> {
        let before = self.board.tally;
        self.cluster.stop(&[GONE]).await?;
        self.cluster.kill(CUT_OFF).await?;
        self.resting = [GONE, CUT_OFF].into();
        self.say(&format!("{} shut down their node; {}'s was killed without warning.", self.person(GONE), self.person(CUT_OFF)));
        let online: Vec<usize> = self.cluster.places().into_iter().filter(|node| !self.resting.contains(node)).collect();
        self.write("Writing, two of them offline", &[online, vec![GONE], vec![CUT_OFF]], OFFLINE).await?;
        self.say(&format!("All wrote on, these two offline, each into their own folder: {}.", since(&before, &self.board.tally)));
        self.resting.clear();
        let back = std::time::Instant::now();
        self.cluster.start(&[GONE, CUT_OFF]).await?;
        self.meet(&[self.cluster.places()]).await?;
        let seconds = back.elapsed().as_secs_f64();
        self.say(&format!("Both came back, and {seconds:.1} s later every node held the same."));
        Ok(())
    }
}

/// What was written since.
pub(super) fn since(before: &super::Tally, now: &super::Tally) -> String {
    let parts = [
        (now.pages - before.pages, "page"),
        (now.posts - before.posts, "post"),
        (now.comments - before.comments, "comment"),
        (now.reactions - before.reactions, "reaction"),
        (now.edits - before.edits, "edit"),
        (now.deletions - before.deletions, "deletion"),
    ];
    let said = parts.into_iter().filter(|(number, _)| *number > 0).map(|(number, what)| counted(number, what));
    listed(&said.collect::<Vec<_>>())
}
