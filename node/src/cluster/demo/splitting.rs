//! The group splits in two, both halves write on, and they come together again.

use super::{
    Demo,
    board::Intent,
    meeting::since,
    writing::{Amount, edit},
};
use crate::{
    api::{Draft, Failure},
    cluster::texts,
    runtime::now_ms,
    store::{Reader, query::Viewer},
};
use folkmoot_protocol::{id::*, view::ThreadSort};
use std::{collections::BTreeSet, time::Instant};

const SPLIT: Amount = Amount { posts: 16, comments: 100, reactions: 60, edits: 6, deletions: 4 };
/// Lines that the page begins with.
const FIRST_LINES: usize = 4;
const PAGE_FOUNDER: usize = 1;

/// What is to be looked at when the halves have come together.
#[derive(Default)]
pub(super) struct Plots {
    page: Option<DocumentId>,
    /// A post that one person edits on two devices at once.
    disputed: Option<DocumentId>,
}

impl Demo<'_> {
    /// The second person begins a page.
    pub(super) async fn begin_page(&mut self) -> Result<(), Failure> {
        let Some(community) = self.spaces.first().copied() else { return Ok(()) };
        let text = texts::PAGE_LINES[..FIRST_LINES].join("\n");
        let draft = Draft::CreatePage { community, name: "house-rules".into(), title: texts::PAGE_TITLE.into(), text, writers: None };
        let written = self.cluster.submit(PAGE_FOUNDER, vec![draft]).await?;
        self.plots.page = written.first().map(|written| written.id);
        self.board.tally.pages += 1;
        Ok(())
    }

    /// Two halves that refuse each other; every node writes on.
    pub(super) async fn split(&mut self) -> Result<(), Failure> {
        let before = self.board.tally;
        let places = self.cluster.places();
        let (left, right) = places.split_at(places.len() / 2);
        let groups = [left.to_vec(), right.to_vec()];
        let named = |places: &[usize]| places.iter().map(|at| self.cluster.name(*at).to_owned()).collect();
        let named = vec![named(left), named(right)];
        self.cluster.split(named).await?;
        let (one, other) = (self.cluster.names(left), self.cluster.names(right));
        self.say(&format!("The group split: {one} refuse {other}, and the other way round."));
        self.edit_on_two_devices(places.len() - 1).await?;
        self.delete_what_is_answered(&groups).await?;
        self.write_page(right, FIRST_LINES).await?;
        self.write("Writing while split in two", &groups, SPLIT).await?;
        self.write_page(right, FIRST_LINES + 2).await?;
        self.meet(&groups).await?;
        self.say(&format!("Both halves wrote on, all {} nodes running: {}.", places.len(), since(&before, &self.board.tally)));
        self.show_hashes(&groups)
    }

    /// One person changes one post on both of their devices, which do not hear each other.
    async fn edit_on_two_devices(&mut self, phone: usize) -> Result<(), Failure> {
        self.plots.disputed = self.board.reserve(0, &self.cluster.places());
        let Some(post) = self.plots.disputed else { return Err(nothing_to("edit on two devices")) };
        let [first, second] = [texts::EDIT_TEXTS[0], texts::EDIT_TEXTS[2]];
        self.hand_in(vec![(0, vec![edit(post, first)]), (phone, vec![edit(post, second)])]).await.map(drop)
    }

    /// On one side a post is deleted, on the other somebody answers it.
    async fn delete_what_is_answered(&mut self, groups: &[Vec<usize>; 2]) -> Result<(), Failure> {
        let [near, far] = groups;
        let (Some(owner), Some(stranger)) = (near.last().copied(), far.first().copied()) else { return Ok(()) };
        let Some(document) = self.board.reserve(owner, &self.cluster.places()) else { return Err(nothing_to("delete")) };
        let answer = Draft::Comment { on: document, text: self.next_comment(), origin: None };
        self.board.forget(document, near);
        let deletion = (Draft::Erase { document }, Intent::Deletion);
        self.hand_in(vec![(owner, vec![deletion]), (stranger, vec![(answer, Intent::Comment { depth: 1 })])]).await.map(drop)
    }

    /// Two people write on one page, each on their side: one above the lines that were there, one below.
    async fn write_page(&mut self, other_side: &[usize], from: usize) -> Result<(), Failure> {
        let (above, below) = (PAGE_FOUNDER, other_side.first().copied().unwrap_or_default());
        let Some(page) = self.plots.page else { return Err(nothing_to("write together")) };
        let (mut upper, lower) = (self.page_text(above, page)?, self.page_text(below, page)?);
        upper.insert_str(0, &format!("{}\n", texts::PAGE_LINES[from]));
        let lower = format!("{lower}\n{}", texts::PAGE_LINES[from + 1]);
        self.hand_in(vec![(above, vec![edit(page, &upper)]), (below, vec![edit(page, &lower)])]).await.map(drop)
    }

    /// The halves are two states now, each the same on all of its nodes.
    fn show_hashes(&mut self, groups: &[Vec<usize>; 2]) -> Result<(), Failure> {
        let mut sides = Vec::new();
        for group in groups {
            let hashes = group.iter().map(|node| Ok(self.cluster.verify(*node)?.state_hash)).collect::<Result<BTreeSet<_>, Failure>>()?;
            let shown: Vec<&str> = hashes.iter().map(|hash| hash.get(..16).unwrap_or(hash)).collect();
            self.say(&format!("State hash of {}: {}.", self.cluster.names(group), shown.join(", ")));
            sides.push(hashes);
        }
        let one_each = sides.iter().all(|hashes| hashes.len() == 1);
        if one_each && sides.first() != sides.last() {
            Ok(())
        } else {
            Err(Failure::new("split", "the halves are not one state each, and two in all", "report this"))
        }
    }

    /// Everybody hears everybody again, and they come to hold the same.
    pub(super) async fn heal(&mut self) -> Result<(), Failure> {
        let places = self.cluster.places();
        let healed = Instant::now();
        self.cluster.heal().await?;
        self.say("The halves hear each other again.");
        self.meet(&[places]).await?;
        self.say(&format!("{:.1} s later every node held the same.", healed.elapsed().as_secs_f64()));
        self.look_at_page()?;
        self.choose().await
    }

    fn look_at_page(&mut self) -> Result<(), Failure> {
        let Some(page) = self.plots.page else { return Ok(()) };
        let text = self.page_text(0, page)?;
        let written = &texts::PAGE_LINES[..FIRST_LINES + 4];
        if let Some(lost) = written.iter().find(|line| !text.lines().any(|merged| merged == **line)) {
            return Err(Failure::new("page", format!("the page {} lost a line: {lost}", page.short()), "report this"));
        }
        let other = self.cluster.nodes().len() / 2;
        self.say(&format!(
            "The page \"{}\" has the lines that {} and {} added on either side.",
            texts::PAGE_TITLE,
            self.person(PAGE_FOUNDER),
            self.person(other)
        ));
        Ok(())
    }

    /// The post that was edited on two devices shows both versions until its author chooses one.
    async fn choose(&mut self) -> Result<(), Failure> {
        let Some(document) = self.plots.disputed else { return Ok(()) };
        let versions = self.versions(document)?;
        let Some(op) = versions.iter().copied().max() else { return Err(no_conflict(document)) };
        self.say(&format!("{}'s post, edited on both devices, shows {} versions; {0} chose {}.", self.person(0), versions.len(), op.short()));
        self.hand_in(vec![(0, vec![(Draft::Choose { document, op }, Intent::Choice)])]).await?;
        self.meet(&[self.cluster.places()]).await?;
        if self.versions(document)?.is_empty() {
            Ok(())
        } else {
            Err(Failure::new("conflict", format!("the post {} still shows several versions", document.short()), "report this"))
        }
    }

    /// The versions of a post to choose from, as its author's first node shows them.
    fn versions(&self, post: DocumentId) -> Result<Vec<OpId>, Failure> {
        let reader = Reader::open(&self.cluster.node_folder(0))?;
        let viewer = Viewer { person: PersonId::ZERO, device: DeviceId::ZERO };
        let thread = reader.view().thread(post, ThreadSort::New, &viewer, now_ms())?;
        Ok(thread.map(|thread| thread.conflicts.iter().map(|version| version.op).collect()).unwrap_or_default())
    }

    fn page_text(&self, node: usize, page: DocumentId) -> Result<String, Failure> {
        let reader = Reader::open(&self.cluster.node_folder(node))?;
        let page = reader
            .view()
            .page(page)?
            .ok_or_else(|| Failure::new("page", format!("{} does not have the page {}", self.cluster.name(node), page.short()), "report this"))?;
        Ok(page.text)
    }
}

fn nothing_to(what: &str) -> Failure {
    Failure::new("demo", format!("this seed left nothing to {what}"), "choose another with --seed")
}

fn no_conflict(document: DocumentId) -> Failure {
    Failure::new("conflict", format!("the post {}, edited on two devices at once, shows no versions to choose from", document.short()), "report this")
}
