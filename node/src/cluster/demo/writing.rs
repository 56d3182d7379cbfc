//! Everybody writes: small requests to all nodes at once, until each has written what it was dealt.

use super::{
    Demo,
    board::{Intent, Kind},
    dice::Dice,
};
use crate::{
    api::{Draft, Failure, Request, Written},
    cluster::texts,
};
use folkmoot_protocol::{document::Key, id::*};
use std::collections::{BTreeMap, VecDeque};

/// Most drafts in one request.
const AT_ONCE: usize = 3;

/// How much is written in a phase, by all nodes together.
#[derive(Debug, Clone, Copy)]
pub(super) struct Amount {
    pub(super) posts: usize,
    pub(super) comments: usize,
    pub(super) reactions: usize,
    pub(super) edits: usize,
    pub(super) deletions: usize,
}

/// One thing that a node is to write.
#[derive(Debug, Clone, Copy)]
enum Task {
    Post,
    Comment,
    React,
    Edit,
}

/// A draft, and what it will be.
pub(super) type Meant = (Draft, Intent);

impl Demo<'_> {
    /// Has all nodes write, those that run and those that do not; `groups` are the nodes that hear each other.
    /// Between the rounds each group comes to hold the same.
    pub(super) async fn write(&mut self, what: &str, groups: &[Vec<usize>], amount: Amount) -> Result<(), Failure> {
        let nodes: Vec<usize> = groups.concat();
        let mut tasks = deal(amount, &nodes, &mut self.dice);
        let total: usize = tasks.iter().map(|round| round.values().map(VecDeque::len).sum::<usize>()).sum();
        let mut done = 0;
        for round in &mut tasks {
            while round.values().any(|tasks| !tasks.is_empty()) {
                let burst = self.burst(round);
                done += self.hand_in(burst).await?;
                self.audience.progress(what, done as u64, total as u64);
            }
            self.meet(groups).await?;
        }
        self.delete(groups, amount.deletions).await
    }

    /// The next few drafts of each node.
    fn burst(&mut self, round: &mut BTreeMap<usize, VecDeque<Task>>) -> Vec<(usize, Vec<Meant>)> {
        let mut burst = Vec::new();
        for (node, tasks) in round {
            let some = (1 + self.dice.below(AT_ONCE)).min(tasks.len());
            let drafts: Vec<Meant> = tasks.drain(..some).filter_map(|task| self.draft(*node, task)).collect();
            if !drafts.is_empty() {
                burst.push((*node, drafts));
            }
        }
        burst
    }

    fn draft(&mut self, node: usize, task: Task) -> Option<Meant> {
        match task {
            Task::Post => self.next_post(),
            Task::Comment => {
                let (on, intent) = self.board.pick_to_answer(node, &mut self.dice)?;
                Some((Draft::Comment { on, text: self.next_comment(), origin: None }, intent))
            }
            Task::React => {
                let (document, mark) = self.board.pick_to_mark(node, self.person_of(node), &mut self.dice)?;
                Some((Draft::React { document, mark }, Intent::Reaction))
            }
            Task::Edit => {
                let (document, before) = self.board.pick_to_edit(node, &mut self.dice)?;
                Some(edit(document, texts::EDIT_TEXTS[before % texts::EDIT_TEXTS.len()]))
            }
        }
    }

    fn next_post(&mut self) -> Option<Meant> {
        let (community, title, text) = *texts::POSTS.get(self.posts)?;
        self.posts += 1;
        let draft = Draft::Post { community: *self.spaces.get(community)?, title: title.into(), text: text.into(), url: None, origin: None };
        Some((draft, Intent::Post))
    }

    pub(super) fn next_comment(&mut self) -> String {
        let text = texts::COMMENTS[self.comments % texts::COMMENTS.len()];
        self.comments += 1;
        text.into()
    }

    /// Deletes things of the nodes' own, each node in turn; first a post, then comments.
    async fn delete(&mut self, groups: &[Vec<usize>], number: usize) -> Result<(), Failure> {
        let mut burst: BTreeMap<usize, Vec<Meant>> = BTreeMap::new();
        let nodes: Vec<(usize, &Vec<usize>)> = groups.iter().flat_map(|group| group.iter().map(move |node| (*node, group))).collect();
        for n in 0..number {
            let Some((node, group)) = nodes.get(n % nodes.len()) else { break };
            let kind = if n == 0 { Kind::Post } else { Kind::Comment };
            if let Some(document) = self.board.pick_to_delete(*node, group, kind, &mut self.dice) {
                burst.entry(*node).or_default().push((Draft::Erase { document }, Intent::Deletion));
            }
        }
        self.hand_in(burst.into_iter().collect()).await?;
        self.meet(groups).await
    }

    /// Hands drafts to their nodes, all at once, and takes down what became of them. Answers how many.
    pub(super) async fn hand_in(&mut self, burst: Vec<(usize, Vec<Meant>)>) -> Result<usize, Failure> {
        let request = |drafts: &Vec<Meant>| Request::Submit { drafts: drafts.iter().map(|(draft, _)| draft.clone()).collect() };
        let (running, resting): (Vec<_>, Vec<_>) = burst.into_iter().partition(|(node, _)| !self.resting.contains(node));
        let answers = self.cluster.ask_all(running.iter().map(|(node, drafts)| (*node, request(drafts))).collect()).await?;
        let mut done = 0;
        for ((node, drafts), answer) in running.iter().zip(answers) {
            done += self.note(*node, drafts, &self.cluster.written(*node, answer)?)?;
        }
        for (node, drafts) in &resting {
            let answer = self.cluster.ask_at_rest(*node, request(drafts)).await?;
            done += self.note(*node, drafts, &self.cluster.written(*node, answer)?)?;
        }
        Ok(done)
    }

    fn note(&mut self, node: usize, drafts: &[Meant], written: &[Written]) -> Result<usize, Failure> {
        if drafts.len() != written.len() {
            return Err(Failure::new(
                "node",
                format!("{} was given {} drafts and wrote {}", self.cluster.name(node), drafts.len(), written.len()),
                "report this",
            ));
        }
        drafts.iter().zip(written).for_each(|((_, intent), written)| self.board.note(node, *intent, written.id));
        Ok(written.len())
    }

    /// Waits until each group holds the same.
    pub(super) async fn meet(&mut self, groups: &[Vec<usize>]) -> Result<(), Failure> {
        for group in groups.iter().filter(|group| group.len() > 1) {
            self.agree(group).await?;
            self.board.meet(group);
        }
        Ok(())
    }
}

/// A new text for a document.
pub(super) fn edit(document: DocumentId, text: &str) -> Meant {
    (Draft::Edit { document, at: None, fields: [(Key::Text, text.to_owned())].into() }, Intent::Edit)
}

/// Deals tasks to nodes in turn: first all posts, then two rounds of everything else.
fn deal(amount: Amount, nodes: &[usize], dice: &mut Dice) -> [BTreeMap<usize, VecDeque<Task>>; 3] {
    let posts = vec![Task::Post; amount.posts];
    let rest = [(Task::Comment, amount.comments), (Task::React, amount.reactions), (Task::Edit, amount.edits)];
    let mut rest: Vec<Task> = rest.into_iter().flat_map(|(task, number)| vec![task; number]).collect();
    dice.shuffle(&mut rest);
    let second = rest.split_off(rest.len() / 2);
    [posts, rest, second].map(|tasks| {
        let mut dealt: BTreeMap<usize, VecDeque<Task>> = BTreeMap::new();
        for (task, node) in tasks.into_iter().zip(nodes.iter().cycle()) {
            dealt.entry(*node).or_default().push_back(task);
        }
        dealt
    })
}
