//! Offices change hands: three more tellers by a bill, and a moderator by an election.

use super::{
    Demo, PATIENCE,
    law::{REBEL, SPONSOR, VOTE, WORKER},
};
use crate::{
    api::{Failure, LawDraft},
    cluster::listed,
};
use folkmoot_protocol::{
    id::*,
    law::{Choice, Office, Phase, State, Status},
};

/// How many tellers there are in the end: one may fall silent, or lie.
const TELLERS: usize = 4;

impl Demo<'_> {
    /// A bill makes the first consumers tellers beside the founder, and opens the election of a moderator. Answers
    /// the election.
    pub(super) async fn share_offices(&mut self, consumers: &[usize]) -> Result<OpId, Failure> {
        let law = self.law_at(WORKER)?;
        let tellers: Vec<usize> = consumers.iter().take(TELLERS - 1).copied().collect();
        let appointments = tellers.iter().map(|node| format!("appoint teller {}\n", self.person_id(&law, *node)));
        let office = Office::Moderator(self.spaces.first().copied().unwrap_or(SpaceId::HALL));
        let effects = format!("{}open-election {office} 1", appointments.collect::<String>());
        let bill = self.open(WORKER, "Four tellers and a moderator", effects).await?;
        for node in self.cluster.places() {
            self.until_printed(node, "Waiting for the first bill", PATIENCE, |law| law.bills.contains(&bill.opened)).await?;
        }
        for node in [&[WORKER], consumers].concat() {
            self.vote(node, bill, Choice::For).await?;
        }
        let in_force = |law: &State| law.bills.get(&bill.opened).is_some_and(|bill| !matches!(bill.status, Status::Open | Status::Passed { .. }));
        let law = self.until_printed(WORKER, "Waiting for the first bill to come into force", VOTE, in_force).await?;
        let found = law.elections.iter().find(|(_, election)| election.by == bill.opened).map(|(id, _)| *id);
        let Some(election) = found else { return Err(too_late("the first bill did not come into force")) };
        for node in [REBEL, SPONSOR] {
            self.until_printed(node, "Waiting for the election", PATIENCE, |law| law.elections.contains(&election)).await?;
            self.do_law(node, LawDraft::Stand { election }).await?;
            self.board.tally.candidacies += 1;
        }
        for node in tellers.iter().copied() {
            let person = self.person_id(&law, node);
            let mine = |law: &State| law.offers.iter().find(|(_, offer)| offer.person == person).map(|(id, _)| *id);
            let law = self.until_printed(node, "Waiting for the offices", PATIENCE, |law| mine(law).is_some()).await?;
            let Some(offer) = mine(&law) else { continue };
            self.do_law(node, LawDraft::Accept { offer }).await?;
            self.board.tally.acceptances += 1;
        }
        let together = |law: &State| law.tellers().len() == TELLERS;
        for node in self.cluster.places() {
            self.until_printed(node, "Waiting for the tellers", PATIENCE, together).await?;
        }
        let names: Vec<&str> = tellers.iter().map(|node| self.person(*node)).collect();
        self.say(&format!("By the first bill {} print the Gazette with {}: each issue is signed by three of the four.", listed(&names), self.person(WORKER)));
        Ok(election)
    }

    /// Everybody names whom they would accept.
    pub(super) async fn elect(&mut self, consumers: &[usize], election: OpId) -> Result<(), Failure> {
        let law = self.law_at(WORKER)?;
        let [first, second] = [REBEL, SPONSOR].map(|node| self.person_id(&law, node));
        let voting = |law: &State| law.elections.get(&election).is_some_and(|election| election.phase == Phase::Voting);
        for node in [&[WORKER], consumers].concat() {
            self.until_printed(node, "Waiting for the candidates", PATIENCE, voting).await?;
            let ranking = if node == SPONSOR { vec![first, second] } else { vec![first] };
            self.do_law(node, LawDraft::Elect { election, ranking }).await?;
            self.board.tally.ballots += 1;
        }
        Ok(())
    }

    /// Who was elected holds the office.
    pub(super) async fn declare(&mut self, election: OpId) -> Result<(), Failure> {
        let closed = |law: &State| law.elections.get(&election).is_some_and(|election| election.phase == Phase::Closed);
        let law = self.until_printed(WORKER, "Waiting for the election to end", VOTE, closed).await?;
        let outcome = law.elections.get(&election).and_then(|row| row.outcome.clone());
        let (winner, ballots) = (self.person_id(&law, REBEL), outcome.as_ref().map_or(0, |outcome| outcome.valid));
        if outcome.is_none_or(|outcome| outcome.winners != [winner]) {
            return Err(too_late("nobody was elected moderator, or somebody else"));
        }
        let community = crate::cluster::texts::COMMUNITIES[0].1;
        self.say(&format!("{} was elected moderator of {community}: {ballots} ballots, and each named whom they would accept.", self.person(REBEL)));
        Ok(())
    }
}

fn too_late(what: &str) -> Failure {
    Failure::new("law", what, "run it again: the machine may be busy")
}
