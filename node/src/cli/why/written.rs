//! Why a post, a comment or a page reads as it does: who signed each version, and where.

use super::{Asked, Because, Why};
use crate::{
    api::Failure,
    cli::{format, resolve},
    store::query::Found,
};
use folkmoot_protocol::id::*;

impl Asked<'_> {
    /// Who wrote and changed what nothing of moderators stands about, and what they did about it before; none where nothing that is
    /// present begins so.
    pub(super) fn written(&self, typed: &str) -> Result<Option<Why>, Failure> {
        let Ok(Found::One(id)) = self.view.find_document(typed, resolve::WRITTEN) else { return Ok(None) };
        let Some(history) = self.view.history(id, &self.view.register()?)? else { return Ok(None) };
        let mut because = Vec::new();
        for version in &history.versions {
            let what = if because.is_empty() { "was written" } else { "was changed" };
            let rule = version.no_effect.as_ref().map(|reason| format!("no effect: {reason}"));
            because.push(Because { what: what.into(), op: Some(version.op), by: Some(version.author.clone()), issue: None, rule });
        }
        let first = history.versions.first().map(|version| self.view.operation(version.op)).transpose()?.flatten();
        let space = first.map_or(SpaceId::HALL, |held| held.op.header.space);
        let dealt_with = self.dealt_with(id, space)?;
        let how = if dealt_with.is_empty() { ": no moderator dealt with it" } else { ", after what moderators did about it" };
        because.extend(dealt_with);
        because.extend(self.opening(space)?);
        let place = format::community(&self.view.community_named(space)?);
        Ok(Some(Why::new(format!("{} {} in {place} stands as written{how}", history.kind.name(), id.short()), because)))
    }

    /// Why a community is there, and who moderates it.
    pub(super) fn community(&self, space: SpaceId) -> Result<Why, Failure> {
        let Why { fact, because, also } = self.office(folkmoot_protocol::law::Office::Moderator(space))?;
        let mut links: Vec<Because> = self.opening(space)?.into_iter().collect();
        links.extend(because);
        let name = format::community(&self.view.community_named(space)?);
        Ok(Why { fact: format!("{name} is a community; {fact}"), because: links, also })
    }

    /// The act that opened a community.
    fn opening(&self, space: SpaceId) -> Result<Option<Because>, Failure> {
        let law = &self.book.printed;
        let Some(community) = law.register.communities.get(&space) else { return Ok(None) };
        let issue = self.view.printing_of(community.op)?.map(|printing| printing.height);
        let by = Some(self.view.person_or_id(community.opened_by)?);
        Ok(Some(Because { what: format!("the community {} was opened", community.name), op: Some(community.op), by, issue, rule: None }))
    }
}
