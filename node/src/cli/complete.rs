//! What the shell offers while a command is being typed: ids, communities, people, pages, devices.

use super::{context::Context, format, output::Output, resolve};
use crate::store::{Reader, View};
use clap_complete::engine::{ArgValueCandidates, ArgValueCompleter, CompletionCandidate};
use std::{ffi::OsStr, path::PathBuf};

/// Most ids offered at once.
const OFFERED: usize = 40;

/// Ids of posts, comments and pages.
pub(super) fn documents() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| {
        let typed = typed.to_string_lossy().to_ascii_lowercase();
        let offer = |(id, label): (String, String)| {
            // Enough to be accepted, and no more than can be read.
            let digits = typed.len().max(8).min(id.len());
            CompletionCandidate::new(id.get(..digits).unwrap_or(&id).to_owned()).help(Some(format::line(&label).into()))
        };
        ask(|_, view| Some(view.completions(&typed, OFFERED).ok()?.into_iter().map(offer).collect()))
    })
}

/// Short names of communities.
pub(super) fn communities() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        ask(|_, view| {
            let communities = view.communities().ok()?;
            Some(communities.into_iter().map(|community| CompletionCandidate::new(community.name).help(Some(format::line(&community.title).into()))).collect())
        })
    })
}

/// Names of people.
pub(super) fn persons() -> ArgValueCandidates {
    ArgValueCandidates::new(|| ask(|_, view| Some(view.persons().ok()?.into_iter().map(|person| CompletionCandidate::new(person.name)).collect())))
}

/// Short names of pages.
pub(super) fn pages() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        ask(|_, view| {
            let pages = view.pages(None).ok()?;
            Some(pages.into_iter().map(|page| CompletionCandidate::new(page.name).help(Some(format::line(&page.title).into()))).collect())
        })
    })
}

/// What money can be pledged to: bills that were put to the vote, and features as PRIORITIES/FEATURE.
pub(super) fn pledgeable() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        ask(|context, view| {
            let law = context.law(view).ok()?;
            let named = |name: String, label: String| CompletionCandidate::new(name).help(Some(format::line(&label).into()));
            let bills = law.bills.iter().map(|(_, bill)| named(bill.proposal.document.short(), bill.proposal.title.clone()));
            let features = law.priorities.iter().flat_map(|(_, vote)| vote.features.iter().map(move |feature| (vote, feature)));
            let features = features.map(|(vote, feature)| named(format!("{}/{}", vote.name, feature.name), format!("a feature, of {}", vote.budget)));
            Some(bills.chain(features).collect())
        })
    })
}

/// Ids of one's own devices.
pub(super) fn devices() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        ask(|context, view| {
            let viewer = context.viewer(view).ok()?;
            let devices = resolve::devices(&view.register().ok()?, viewer.person, viewer.device);
            Some(devices.into_iter().map(|device| CompletionCandidate::new(device.id.short()).help(Some(format::line(&device.name).into()))).collect())
        })
    })
}

/// Asks the store; where it cannot be asked, the shell has nothing to offer and nothing to complain about.
fn ask(question: impl FnOnce(&Context, View<'_>) -> Option<Vec<CompletionCandidate>>) -> Vec<CompletionCandidate> {
    let context = Context::new(folder(), Output::new(false));
    let reader: Option<Reader> = context.reader().ok();
    reader.and_then(|reader| question(&context, reader.view())).unwrap_or_default()
}

/// The folder of the command that is being typed: its words stand after `--`.
fn folder() -> Option<PathBuf> {
    let words: Vec<_> = std::env::args_os().collect();
    let typed = words.iter().enumerate().find_map(|(n, word)| match word.to_str() {
        Some("--data") => words.get(n + 1).map(PathBuf::from),
        Some(word) => word.strip_prefix("--data=").map(PathBuf::from),
        None => None,
    });
    typed.or_else(|| std::env::var_os("FOLKMOOT_DATA").map(PathBuf::from))
}
