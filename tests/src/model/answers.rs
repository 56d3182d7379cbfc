//! Everything that can be asked of the naive community, worked out from scratch.

use super::{
    Answers, Model, NOW,
    document::{Document, Entry},
    hall::{self, Hall},
    held::{Chains, Erasure, held},
    list::Asked,
};
use folkmoot_protocol::{
    act::{Act, Mark},
    document::{DocumentKind, DocumentState, Edit, Key, Step, Value},
    id::*,
    op::{Content, Kind, VerifiedOp},
};
use std::collections::{BTreeMap, BTreeSet};

/// A reaction with effect.
pub(super) struct Reaction {
    op: OpId,
    pub(super) person: PersonId,
    pub(super) target: (SpaceId, DocumentId),
    mark: Mark,
    replaces: Vec<OpId>,
}

/// A document that is present.
pub(super) struct Present {
    pub(super) space: SpaceId,
    pub(super) id: DocumentId,
    pub(super) state: DocumentState,
    /// When it is said to have been written.
    pub(super) created: u64,
}

/// The community as it stands.
pub(super) struct World<'a> {
    pub(super) model: &'a Model,
    pub(super) chains: Chains,
    pub(super) hall: Hall,
    pub(super) erased: BTreeSet<(SpaceId, DocumentId)>,
    pub(super) erasures: Vec<Erasure>,
    pub(super) documents: BTreeMap<(SpaceId, DocumentId), Document>,
    pub(super) present: Vec<Present>,
    pub(super) reactions: Vec<Reaction>,
}

impl Model {
    /// Answers every question.
    pub(super) fn answers(&self, asked: &Asked) -> Answers {
        World::of(self).answers(asked)
    }
}

impl<'a> World<'a> {
    pub(super) fn of(model: &'a Model) -> Self {
        let chains = model.chains();
        let hall = hall::hall(model, &chains);
        let erased = model.erased(&chains, &hall.bindings);
        let erasures = model.erasures(&chains, &hall.bindings);
        let mut world = Self { model, chains, hall, erased, erasures, documents: BTreeMap::new(), present: vec![], reactions: vec![] };
        world.documents = world.derive();
        world.present = world.find_present();
        world.reactions = world.find_reactions();
        world
    }

    fn held(&self) -> impl Iterator<Item = ((SpaceId, DeviceId), &VerifiedOp)> {
        held(self.model, &self.chains)
    }

    /// Whose a chain is, whatever became of its device.
    fn author(&self, place: (SpaceId, DeviceId)) -> PersonId {
        self.hall.bindings[&self.chains[&place].credential].1
    }

    fn effect(&self, place: (SpaceId, DeviceId), op: &VerifiedOp) -> Option<PersonId> {
        self.hall.effect(self.chains[&place].credential, place.0, place.1, op.header().seq)
    }

    fn derive(&self) -> BTreeMap<(SpaceId, DocumentId), Document> {
        let mut entries: BTreeMap<(SpaceId, DocumentId), Vec<Entry>> = BTreeMap::new();
        for (place, op) in self.held().filter(|(_, op)| op.header().kind == Kind::Edit) {
            let document = op.header().document.unwrap_or_else(|| DocumentId::founded_by(op.id()));
            let author = self.author(place);
            let edit = edit(op).filter(|edit| self.may_stand(edit, place.0, document, author));
            let entry = Entry { op: op.id(), author, edit, effective: self.effect(place, op).is_some() };
            entries.entry((place.0, document)).or_default().push(entry);
        }
        let kept = entries.into_iter().filter(|(key, _)| !self.erased.contains(key));
        kept.map(|((space, id), entries)| ((space, id), Document::of(id, &entries))).collect()
    }

    /// Whether such an edit may stand in that space, under that name, by that person.
    fn may_stand(&self, edit: &Edit, space: SpaceId, document: DocumentId, author: PersonId) -> bool {
        match edit.kind {
            DocumentKind::Profile => space == SpaceId::HALL && document == DocumentId::profile_of(author),
            DocumentKind::Community => {
                document == DocumentId::community_of(space) && self.hall.communities.get(&space).is_some_and(|community| community.opened_by == author)
            }
            DocumentKind::Post | DocumentKind::Page => space != SpaceId::HALL,
            DocumentKind::Comment => true,
            DocumentKind::Bill => space == SpaceId::HALL,
            DocumentKind::Ballot => {
                let own = |value: &Value| matches!(value, Value::Operation(bill) if document == DocumentId::ballot_of(*bill, author));
                let names = |step: &Step| matches!(step, Step::Put { key: Key::Bill, value } if own(value));
                space == SpaceId::HALL && edit.steps.iter().any(names)
            }
        }
    }

    fn find_present(&self) -> Vec<Present> {
        let mut present = vec![];
        for ((space, id), document) in &self.documents {
            let Some(state) = document.state() else { continue };
            let founding = self.model.known.values().find(|op| DocumentId::founded_by(op.id()) == *id);
            let claimed = state.integer(Key::OriginPublished).and_then(|at| u64::try_from(at).ok());
            let claimed = claimed.unwrap_or(founding.map_or(0, |op| op.header().claimed_at).max(self.hall.founded_at));
            present.push(Present { space: *space, id: *id, state, created: claimed.min(NOW) });
        }
        present
    }

    fn find_reactions(&self) -> Vec<Reaction> {
        let mut reactions = vec![];
        for (place, op) in self.held().filter(|((space, _), _)| *space != SpaceId::HALL) {
            if let (Some(Act::React(react)), Some(person)) = (self.model.acts.get(&op.id()), self.effect(place, op)) {
                for one in react.reactions.clone() {
                    reactions.push(Reaction { op: op.id(), person, target: (place.0, one.target), mark: one.mark, replaces: one.replaces });
                }
            }
        }
        reactions
    }

    /// A person's mark on a document; none where they never reacted to it.
    pub(super) fn mark(&self, target: (SpaceId, DocumentId), person: PersonId) -> Option<Mark> {
        let own: Vec<&Reaction> = self.reactions.iter().filter(|reaction| reaction.target == target && reaction.person == person).collect();
        let standing: Vec<Mark> = own.iter().filter(|one| !own.iter().any(|other| other.replaces.contains(&one.op))).map(|one| one.mark).collect();
        let first = *standing.first()?;
        Some(if standing.iter().all(|mark| *mark == first) { first } else { Mark::None })
    }

    /// Ups and downs of a document, the author's own up included where they said nothing.
    pub(super) fn tally(&self, target: (SpaceId, DocumentId), author: PersonId) -> (u64, u64) {
        let people: BTreeSet<PersonId> = self.reactions.iter().filter(|reaction| reaction.target == target).map(|reaction| reaction.person).collect();
        let count = |mark: Mark| people.iter().filter(|person| self.mark(target, **person) == Some(mark)).count() as u64;
        (count(Mark::Up) + u64::from(!people.contains(&author)), count(Mark::Down))
    }

    /// The name that a person goes by; empty where nothing says one.
    pub(super) fn name(&self, person: PersonId) -> String {
        let profile = self.find(SpaceId::HALL, DocumentId::profile_of(person)).map(|profile| profile.state.text(Key::Name).to_owned());
        let came_with = || self.hall.persons.get(&person).map(|person| person.name.clone()).unwrap_or_default();
        profile.filter(|name| !name.is_empty()).unwrap_or_else(came_with)
    }

    pub(super) fn find(&self, space: SpaceId, id: DocumentId) -> Option<&Present> {
        self.present.iter().find(|present| present.space == space && present.id == id)
    }
}

/// What an edit says; none where it cannot be read.
fn edit(op: &VerifiedOp) -> Option<Edit> {
    match op.payload()?.content(op.header()).ok()? {
        Content::Edit(edit) => Some(edit),
        Content::Act(_) => None,
    }
}
