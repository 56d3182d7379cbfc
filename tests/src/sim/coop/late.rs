//! A node that has not heard of the seal yet, when yesterday's tellers sign again.

use super::{Coop, history, history::History};
use folkmoot_node::keystore::Keystore;
use folkmoot_protocol::{
    id::*,
    law::{Issue, SignedIssue, State},
};

/// It was away for so many issues below the seal at most.
const AWAY: u64 = 6;
/// Yesterday's tellers go on for so many issues.
const FORGED: usize = 3;
/// So many times at most everything is handed to it: what it lets go of, as another branch is printed, comes again.
const HANDED_IN: usize = 12;

impl Coop {
    /// It follows yesterday's tellers as long as it knows of nobody else: their certificates hold. What it comes to is law by what
    /// was printed, but for their dates and what they leave out. Once it hears of the seal it comes to the law of all others.
    /// Answers how many issues it followed.
    pub(super) fn who_has_not_heard_of_the_seal(&mut self, history: &History) -> u64 {
        let (seed, node) = (self.sim.seed, self.honest());
        let issues = self.sim.issues(node);
        let seal = history::seal(&history::tellers_of_each(&self.sim, node));
        let known = seal - 1 - self.sim.random.below(AWAY.min(seal as u64 - 1)) as usize;
        let recovered = history.issues[known].issue.recovery.is_some();
        let late = self.at_issue(&issues[..known]);
        assert_eq!(self.sim.state(late).height(), known as u64, "seed {seed}: a node that was away holds other issues");
        let forged = self.issues_of_yesterday(self.sim.state(late).clone());
        self.sim.import_issues(late, forged.clone());
        let followed = self.sim.state(late).height() - known as u64;
        assert_eq!(followed as usize, FORGED, "seed {seed}: a node that knows of no seal does not follow its tellers");
        // At first it hears of one issue only, or of all.
        if self.sim.random.one_in(2) {
            self.sim.import_issues(late, issues[known..=known].to_vec());
        }
        self.hand_in(late, &issues[known..]);
        let (law, stopped) = (self.sim.state(late).hash(), self.sim.service(late).store().as_reader().two_issues().expect("a store"));
        assert!(stopped.is_none(), "seed {seed}: issue {known}: a late node stands still at {}", self.sim.state(late).height());
        assert_eq!(law, history.last().hash(), "seed {seed}: issue {known}, recovery {recovered}: a late node stays with yesterday's tellers");
        self.fire("a late node comes to the law of all others");
        self.sim.take_down(late);
        followed
    }

    /// A machine with all operations and the first issues, that nobody is connected with.
    fn at_issue(&mut self, issues: &[SignedIssue]) -> usize {
        let (coop, keys) = (self.coop(), Keystore::in_memory("Late", self.sim.random.bytes()));
        let late = self.sim.add_empty(coop, keys);
        self.hand_in(late, issues);
        late
    }

    /// All operations, and some issues.
    fn hand_in(&mut self, late: usize, issues: &[SignedIssue]) {
        let operations = self.sim.operations(self.honest(), SpaceId::HALL);
        let last = issues.last().map(|last| last.read().expect("an issue").0);
        for _ in 0..HANDED_IN {
            for part in operations.chunks(50) {
                self.sim.import(late, part.to_vec());
            }
            for part in issues.chunks(64) {
                self.sim.import_issues(late, part.to_vec());
            }
            if self.sim.service(late).world().law.as_ref().map(State::issue) == last {
                return;
            }
        }
    }

    /// Issues that print nothing, by the tellers of their time.
    fn issues_of_yesterday(&mut self, mut law: State) -> Vec<SignedIssue> {
        let mut forged = vec![];
        for _ in 0..FORGED {
            let tellers = law.tellers();
            let time = law.time() + 1 + self.sim.random.below(500);
            let (issue, _) = law.print(time, false, &[], |_| Ok::<_, folkmoot_protocol::law::IssueError>(vec![])).expect("an issue that can be");
            forged.push(self.signed_by(&issue, &tellers));
        }
        forged
    }

    fn signed_by(&mut self, issue: &Issue, tellers: &[DeviceId]) -> SignedIssue {
        let signed = SignedIssue { body: issue.to_bytes(), certificate: self.certify(issue, tellers) };
        signed.check_by(issue.id(), issue, tellers).expect("a certificate that holds");
        self.watch.forged.insert((issue.height, issue.id()));
        signed
    }
}
