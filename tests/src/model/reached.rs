//! What lists reach, so that nobody takes an easy list for a proof.

use super::{Model, answers::World, list::List, run};
use folkmoot_protocol::{
    act::Mark,
    document::{DocumentKind, Key},
    id::*,
};
use std::collections::BTreeMap;

/// How often the list of a seed brings about each thing that has a rule of its own.
pub fn reached(seed: u64) -> BTreeMap<&'static str, usize> {
    let list = List::of(&run::deeds(seed));
    let mut model = Model::new(list.coop, list.spaces.iter().copied().chain([SpaceId::HALL]));
    list.made.iter().for_each(|made| model.deliver(made.op.clone()));
    let world = World::of(&model);
    let edits = || world.documents.values().flat_map(|document| document.edits.values().map(move |edit| (document, edit)));
    let comments = || world.present.iter().filter(|one| one.state.kind == DocumentKind::Comment);
    let parents = || comments().filter_map(|comment| comment.state.document(Key::Parent).map(|parent| (comment.space, parent)));
    let of_chains: usize = world.chains.values().map(|chain| chain.ops.len()).sum();
    BTreeMap::from([
        ("held", of_chains),
        ("known and not held", model.known.len() - of_chains),
        ("closed chains", world.chains.values().filter(|chain| chain.closed.is_some()).count()),
        ("closed devices", world.hall.cuts.len()),
        ("guests", world.hall.persons.values().filter(|person| person.guest).count()),
        ("erased documents", world.erased.len()),
        ("erasures without effect", world.erasures.iter().filter(|erasure| !world.erased.contains(&(erasure.space, erasure.document))).count()),
        ("void edits", edits().filter(|(_, edit)| edit.void).count()),
        ("ineffective edits", edits().filter(|(_, edit)| !edit.void && !edit.entry.effective).count()),
        ("ineffective edits below effective ones", edits().filter(|(of, edit)| !edit.entry.effective && of.shown().contains(&edit.entry.op)).count()),
        ("conflicts", world.present.iter().filter(|one| one.state.has_conflict()).count()),
        ("merged pages", world.present.iter().filter(|one| one.state.kind == DocumentKind::Page && one.state.heads.len() > 1).count()),
        ("answers", parents().filter(|(space, parent)| world.find(*space, *parent).is_some()).count()),
        ("answers to what is gone", parents().filter(|(space, parent)| world.find(*space, *parent).is_none()).count()),
        ("marks", world.reactions.iter().filter(|one| world.mark(one.target, one.person) != Some(Mark::None)).count()),
        ("marks taken back or cancelled", world.reactions.iter().filter(|one| world.mark(one.target, one.person) == Some(Mark::None)).count()),
        ("own names", world.hall.persons.iter().filter(|(id, person)| world.name(**id) != person.name).count()),
    ])
}
