//! Yesterday's tellers: their keys still sign, and what they sign below the seal is of no account.

use super::*;
use folkmoot_protocol::{
    agreement::{Certificate, sign_alone},
    law::{Issue, SignedIssue},
    wire::Message,
};

impl Coop {
    /// The tellers of earlier issues, all of them, certify other ones of the same number; everybody gets them, by a file and
    /// over the network.
    pub(super) fn sign_below_the_seal(&mut self) {
        let node = self.honest();
        let (law, issues) = (self.sim.state(node).hash(), self.sim.issues(node));
        let tellers = history::tellers_of_each(&self.sim, node);
        let sealed = history::seal(&tellers);
        let mut forged = vec![];
        for _ in 0..6 {
            let place = self.sim.random.below(sealed as u64) as usize;
            let (_, mut issue) = issues[place].read().expect("an issue");
            issue.time += 1 + self.sim.random.below(500);
            issue.recovery = None;
            let signed = SignedIssue { body: issue.to_bytes(), certificate: self.certify(&issue, &tellers[place]) };
            signed.check_by(issue.id(), &issue, &tellers[place]).expect("a certificate that holds");
            self.watch.forged.insert((issue.height, issue.id()));
            forged.push(signed);
            self.fire("teller: yesterday's tellers certify another issue");
        }
        self.hand_around(&forged);
        self.sim.run_for(5_000);
        for node in self.sim.honest() {
            let stopped = self.sim.service(node).store().as_reader().two_issues().expect("a store");
            assert!(stopped.is_none(), "seed {}: machine {node} is stopped by yesterday's tellers", self.sim.seed);
            assert!(self.sim.state(node).height() >= issues.len() as u64, "seed {}: machine {node} went back", self.sim.seed);
        }
        let kept = self.sim.issues(node);
        assert_eq!(kept[..issues.len()], issues[..], "seed {}: what was printed is another", self.sim.seed);
        assert!(kept.len() > issues.len() || self.sim.state(node).hash() == law, "seed {}: the law is another", self.sim.seed);
    }

    pub(super) fn certify(&self, issue: &Issue, tellers: &[DeviceId]) -> Certificate {
        let key = |teller: &DeviceId| self.keys.iter().find(|key| folkmoot_protocol::identity::device_of(key) == *teller);
        let alone = tellers.iter().filter_map(key).map(|key| sign_alone(issue.coop, issue.height, issue.signed_after(), issue.id(), key));
        Certificate { round: 0, signatures: alone.flat_map(|certificate| certificate.signatures).collect() }
    }

    fn hand_around(&mut self, forged: &[SignedIssue]) {
        let from = self.crooks.first().copied().unwrap_or(0);
        for node in self.sim.honest() {
            self.sim.import_issues(node, forged.to_vec());
            self.sim.say(from, node, &Message::Issues(forged.to_vec()));
        }
    }
}
