//! What participants of the community do by chance: they come and go, sign petitions, stand, and vote.

use super::Game;
use crate::fuzz::Bytes;
use folkmoot_protocol::{
    act::LawAct,
    id::*,
    law::{Choice, Demand, Effect, Office},
};

impl Game {
    /// Something in the community.
    pub(super) fn community(&mut self, dice: &mut Bytes<'_>) {
        match dice.below(16) {
            0..=3 => self.take_part(dice),
            4..=8 => self.petition(dice),
            9 | 10 => self.rally(dice),
            11 => self.stand(dice),
            12 => self.rank(dice),
            13 if self.bills.len() < super::MOST_BILLS => self.moderators_by_bill(dice),
            _ => self.vote_on_recall(dice),
        }
    }

    fn take_part(&mut self, dice: &mut Bytes<'_>) {
        let (space, on) = (self.space, dice.below(6) > 0);
        self.law(dice, LawAct::TakePart { space, on });
    }

    fn demand(&self, dice: &mut Bytes<'_>) -> Demand {
        if dice.coin() { Demand::Elect { seats: 1 + dice.below(2) as u64 } } else { Demand::Recall { person: self.moderator(dice) } }
    }

    /// Mostly who moderates the community, or would as its opener.
    fn moderator(&self, dice: &mut Bytes<'_>) -> PersonId {
        let holders = self.paper.state.holders(Office::Moderator(self.space));
        let first = holders.first().map_or(self.paper.people[1].person, |(person, _)| *person);
        if dice.below(6) == 0 { self.person(dice) } else { first }
    }

    fn petition(&mut self, dice: &mut Bytes<'_>) {
        let (space, demand) = (self.space, if dice.below(8) == 0 { None } else { Some(self.demand(dice)) });
        self.law(dice, LawAct::Petition { space, demand });
    }

    /// Nearly everybody takes part and signs the same, else petitions rarely come to anything.
    fn rally(&mut self, dice: &mut Bytes<'_>) {
        let (space, demand) = (self.space, self.demand(dice));
        for somebody in 0..self.paper.people.len() {
            if dice.below(6) > 0 {
                self.paper.law(somebody, LawAct::TakePart { space, on: true });
                self.paper.law(somebody, LawAct::Petition { space, demand: Some(demand) });
            }
        }
        self.paper.print(1);
        if dice.coin() {
            self.nominate_and_vote(dice);
        }
    }

    /// Some stand in what is open, and vote in it.
    fn nominate_and_vote(&mut self, dice: &mut Bytes<'_>) {
        let Some(election) = self.paper.state.running_elections().map(|(id, _)| id).last() else {
            return self.vote_on_recall(dice);
        };
        for _ in 0..3 {
            self.law(dice, LawAct::Stand { election });
        }
        self.paper.print(1_500);
        for _ in 0..6 {
            self.rank(dice);
        }
    }

    fn moderators_by_bill(&mut self, dice: &mut Bytes<'_>) {
        let office = Office::Moderator(self.space);
        let person = self.moderator(dice);
        let effect = [Effect::OpenElection { office, seats: 1 }, Effect::Appoint { office, person: self.person(dice) }, Effect::Dismiss { office, person }]
            [dice.below(3)]
        .clone();
        let proposal = self.paper.proposal(80 + dice.below(4) as u8, vec![effect]);
        let bill = self.law(dice, LawAct::Open(proposal));
        self.bills.push(bill);
        self.paper.print(1);
        self.agree_on(dice, bill);
    }

    /// Several vote on a recall, for or against it.
    fn vote_on_recall(&mut self, dice: &mut Bytes<'_>) {
        let recalls: Vec<OpId> = self.paper.state.recalls.iter().map(|(id, _)| *id).collect();
        let Some(recall) = recalls.get(dice.below(recalls.len().max(1))).copied() else { return };
        for _ in 0..6 {
            let (somebody, choice) = (self.somebody(dice), Choice::ALL[dice.below(9) / 4]);
            let own = self.edits.entry((recall, self.paper.people[somebody].person)).or_default();
            let at = own.iter().rev().take(dice.below(3)).copied().collect();
            own.push(self.paper.vote_at(somebody, recall, choice, at));
        }
    }
}
