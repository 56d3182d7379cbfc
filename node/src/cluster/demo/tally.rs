//! What was written: counted from the nodes' own answers, never from what is on a disk, but for receipts.

/// How many of each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Foundings of a co-op.
    pub foundings: u64,
    /// People let in.
    pub admissions: u64,
    /// Further devices taken in.
    pub devices: u64,
    /// Communities opened: the act in the hall and the description in the community.
    pub communities: u64,
    /// Posts.
    pub posts: u64,
    /// Comments.
    pub comments: u64,
    /// Reactions, taken back ones included.
    pub reactions: u64,
    /// Edits of posts and comments, and of the page.
    pub edits: u64,
    /// Choices between versions.
    pub choices: u64,
    /// Deletions.
    pub deletions: u64,
    /// Pages begun.
    pub pages: u64,
    /// Dues recorded.
    pub dues: u64,
    /// Acceptances of dues and jobs.
    pub acceptances: u64,
    /// Bills begun.
    pub bills: u64,
    /// Bills put to the vote.
    pub openings: u64,
    /// Ballots.
    pub ballots: u64,
    /// Candidacies in an election.
    pub candidacies: u64,
    /// Receipts for ballots, which the tellers' nodes wrote of their own accord: as it holds them in the end.
    pub receipts: u64,
}

impl Tally {
    /// How many operations all that makes.
    pub fn operations(&self) -> u64 {
        self.parts().iter().map(|(number, _, each)| number * each).sum()
    }

    /// Each number, what it counts in the singular, and how many operations one of them is.
    fn parts(&self) -> [(u64, &'static str, u64); 18] {
        [
            (self.foundings, "founding", 1),
            (self.admissions, "admission", 1),
            (self.devices, "further device", 1),
            (self.communities, "community", 2),
            (self.posts, "post", 1),
            (self.comments, "comment", 1),
            (self.reactions, "reaction", 1),
            (self.edits, "edit", 1),
            (self.choices, "choice", 1),
            (self.deletions, "deletion", 1),
            (self.pages, "page", 1),
            (self.dues, "dues payment", 1),
            (self.acceptances, "acceptance", 1),
            (self.bills, "bill", 1),
            (self.openings, "opening", 1),
            (self.ballots, "ballot", 1),
            (self.candidacies, "candidacy", 1),
            (self.receipts, "ballot receipt", 1),
        ]
    }

    /// The numbers that are not zero, as a sentence lists them.
    pub fn listed(&self) -> String {
        let said = self.parts().into_iter().filter(|(number, ..)| *number > 0).map(|(number, what, each)| match each {
            1 => counted(number, what),
            each => format!("{} ({each} operations each)", counted(number, what)),
        });
        super::super::listed(&said.collect::<Vec<_>>())
    }
}

/// `1 post`, `2 posts`, `2 communities`.
pub(super) fn counted(number: u64, what: &str) -> String {
    match (number, what.strip_suffix('y')) {
        (1, _) => format!("1 {what}"),
        (_, Some(stem)) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{number} {stem}ies"),
        _ => format!("{number} {what}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_community_is_two_operations() {
        let tally = Tally { foundings: 1, communities: 3, posts: 1, ..Tally::default() };
        assert_eq!(tally.operations(), 8);
        assert_eq!(tally.listed(), "1 founding, 3 communities (2 operations each) and 1 post");
    }
}
