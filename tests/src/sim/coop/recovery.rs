//! The tellers are gone for good: members choose others, at machines and on paper. The old ones come back, and change nothing.

use super::*;
use folkmoot_node::api::LawDraft;
use folkmoot_protocol::{
    act::{LawAct, law::Recover},
    agreement::most_hostile,
    law::Electorate,
};

/// How long after the last issue the program lets members choose: `recovery.wait` of the charter, and some more.
const WAIT_MS: u64 = 32_000;

/// How the tellers get lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Loss {
    /// All of them.
    All,
    /// So many that the others cannot print.
    TooMany,
    /// They are cut off, all together, and go on by themselves.
    Apart,
}

impl Coop {
    /// Members recover the Gazette; then the old tellers are there again.
    pub(super) fn lose_the_tellers(&mut self) {
        let loss = [Loss::All, Loss::TooMany, Loss::Apart][(self.sim.seed / 5 % 3) as usize];
        let gone = self.who_is_lost(loss);
        let rest: Vec<usize> = (0..self.sim.machines()).filter(|node| !gone.contains(node)).collect();
        self.lose(loss, &gone);
        self.sim.run_for(WAIT_MS);
        let watched: Vec<usize> = rest.iter().copied().filter(|node| self.sim.honest().contains(node)).collect();
        self.sim.until_all_hold_the_same(&watched, PATIENCE_MS);
        self.watch.look(&self.sim, &watched);
        let signers = self.who_can_choose(&watched);
        let law = self.sim.state(watched[0]);
        let (height, electorate) = (law.height(), law.electorate(law.time()));
        let (enough, tellers) = (self.are_enough(&electorate, &signers), self.who_are_to_print(&rest));
        self.choose(&watched, &signers, &tellers, enough);
        self.sim.run_for(30_000);
        self.watch.look(&self.sim, &watched);
        let printed = self.sim.state(watched[0]).height() - height;
        assert!(if enough { printed > 1 } else { printed == 0 }, "seed {}: {loss:?}: {printed} issues since, enough: {enough}", self.sim.seed);
        self.fire(if enough { "members recover the Gazette" } else { "too few members are left to recover the Gazette" });
        gone.iter().for_each(|node| self.watch.gazette.begin_anew(*node));
        self.sim.heal();
        self.agree();
        self.look();
    }

    fn who_is_lost(&mut self, loss: Loss) -> Vec<usize> {
        if loss != Loss::TooMany {
            return (0..self.tellers).collect();
        }
        let tellers = self.sim.state(self.honest()).tellers();
        let mut gone: Vec<usize> = (0..self.sim.machines()).filter(|node| tellers.contains(&self.sim.service(*node).device())).collect();
        while gone.len() > most_hostile(tellers.len()) + 1 {
            let spared = self.sim.random.below(gone.len() as u64) as usize;
            gone.remove(spared);
        }
        gone
    }

    fn lose(&mut self, loss: Loss, gone: &[usize]) {
        if loss == Loss::Apart {
            let labels: Vec<usize> = (0..self.sim.machines()).map(|node| usize::from(gone.contains(&node))).collect();
            self.sim.split(&labels);
            self.fire("all tellers are cut off together");
        } else {
            gone.iter().for_each(|node| self.sim.crash(*node));
            self.fire(if loss == Loss::All { "all tellers are gone" } else { "more tellers are gone than may be" });
        }
        // Whoever has keys on paper goes to a machine that is left.
        let left = self.tellers;
        self.people.iter_mut().for_each(|person| person.home = left);
    }

    /// Four or one of those who are left, and no more hostile ones than may be among them.
    fn who_are_to_print(&self, rest: &[usize]) -> Vec<DeviceId> {
        let device = |node: &usize| self.sim.service(*node).device();
        let (crooks, honest): (Vec<usize>, Vec<usize>) =
            rest.iter().copied().filter(|node| *node + 1 < self.sim.machines()).partition(|node| self.crooks.contains(node));
        let mut four: Vec<usize> = crooks.into_iter().take(most_hostile(4)).chain(honest).take(4).collect();
        four.sort();
        let next: BTreeSet<usize> = self.next_tellers().into_iter().collect();
        let mut devices: Vec<DeviceId> =
            if four.len() == 4 && four.iter().any(|node| !next.contains(node)) { four.iter().map(device).collect() } else { vec![device(&self.tellers)] };
        devices.sort();
        devices
    }

    /// People on paper, and machines, whose owners may vote and whom everybody listens to.
    fn who_can_choose(&self, watched: &[usize]) -> Vec<PersonId> {
        let on_paper = self.people.iter().filter(|person| !person.forked).map(|person| person.person);
        on_paper.chain(watched.iter().filter(|node| **node + 1 < self.sim.machines()).map(|node| self.sim.person(*node))).collect()
    }

    /// More than half of each body of four, else two thirds of the consumers; but for one who says two things.
    fn are_enough(&self, electorate: &Electorate, signers: &[PersonId]) -> bool {
        let of = |body: &[PersonId]| (body.iter().filter(|person| signers[1..].contains(person)).count(), body.len());
        let ((consumers, all), (workers, all_workers)) = (of(&electorate.consumers), of(&electorate.workers));
        if all >= 4 && all_workers >= 4 { consumers * 2 > all && workers * 2 > all_workers } else { all > 0 && consumers * 3 >= all * 2 }
    }

    /// First three choose, and one for two sets of tellers; then all others do, who may be enough.
    fn choose(&mut self, watched: &[usize], signers: &[PersonId], tellers: &[DeviceId], enough: bool) {
        let (node, own) = (watched[0], watched[..1].iter().map(|node| self.sim.service(*node).device()).collect::<Vec<_>>());
        let law = self.sim.state(node);
        let (last_good, height) = (law.issue(), law.height());
        let other = if tellers == own { vec![self.sim.service(watched[watched.len() - 1]).device()] } else { own };
        let recover = |tellers: &[DeviceId]| on_paper::law(LawAct::Recover(Recover { last_good, tellers: tellers.to_vec() }));
        let mut on_paper: Vec<usize> = (0..self.people.len()).filter(|who| signers.contains(&self.people[*who].person)).collect();
        let twice = on_paper.remove(0);
        self.write(twice, None, &recover(tellers));
        self.write(twice, None, &recover(&other));
        self.fire("member: chooses two sets of tellers");
        let few: Vec<usize> = on_paper.split_off(on_paper.len() - 3);
        for who in few {
            self.write(who, None, &recover(tellers));
        }
        self.sim.run_for(8_000);
        for node in watched {
            assert_eq!(self.sim.state(*node).height(), height, "seed {}: machine {node}: three have recovered the Gazette", self.sim.seed);
        }
        for who in on_paper {
            self.write(who, None, &recover(tellers));
        }
        for node in watched.iter().filter(|node| signers.contains(&self.sim.person(**node))).copied().collect::<Vec<_>>() {
            let _ = self.sim.law(node, LawDraft::Recover { tellers: tellers.to_vec() });
        }
        let watched = watched.to_vec();
        let recovered = |sim: &Sim| watched.iter().all(|node| sim.state(*node).height() > height && sim.state(*node).tellers() == tellers);
        if enough {
            self.sim.until("the members have recovered the Gazette", 120_000, recovered);
        }
    }
}
