//! Communities on paper: who takes part in them, and what participants demand.

use super::Paper;
use folkmoot_protocol::{
    act::{Act, LawAct, OpenSpace},
    id::*,
    law::{Demand, Recall},
};

impl Paper {
    /// Somebody opens a community, in which these take part; and that is printed.
    pub fn community(&mut self, opener: usize, participants: &[usize]) -> SpaceId {
        let space = SpaceId::opened_by(self.act(opener, Act::OpenSpace(OpenSpace { name: "talk".into() })));
        self.print(1);
        for somebody in participants {
            self.law(*somebody, LawAct::TakePart { space, on: true });
        }
        self.print(1);
        space
    }

    /// Somebody signs a petition, and that is printed. Answers the act.
    pub fn sign(&mut self, somebody: usize, space: SpaceId, demand: Demand) -> OpId {
        let signed = self.law(somebody, LawAct::Petition { space, demand: Some(demand) });
        self.print(1);
        signed
    }

    /// What a petition asks for that is for somebody's recall.
    pub fn recall_of(&self, somebody: usize) -> Demand {
        Demand::Recall { person: self.people[somebody].person }
    }

    /// A vote on a recall.
    pub fn recall(&self, id: OpId) -> &Recall {
        self.state.recalls.get(&id).expect("a vote on a recall that was opened")
    }

    /// Prints what waits when a vote on a recall ends. Answers whether they are recalled.
    pub fn end_recall(&mut self, id: OpId) -> bool {
        let ends = self.recall(id).deadline;
        self.print(ends.saturating_sub(self.now).max(1));
        self.recall(id).outcome.expect("a vote that has ended").recalled
    }
}
