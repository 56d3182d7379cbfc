//! Communities: what the hall knows of them, what their documents say, what is held of them here.

use super::{View, person::person_view};
use crate::store::StoreError;
use folkmoot_protocol::{
    document::{DocumentKind, Key},
    id::*,
    view::CommunityView,
};
use rusqlite::{OptionalExtension, Row};
use std::collections::BTreeMap;

const COMMUNITY: &str = "SELECT s.n, s.id, m.name, p.id, p.name, s.followed FROM community m JOIN space s ON s.n = m.space JOIN person p ON p.n = m.opened_by";

/// How many documents of each kind a space holds.
type Counts = BTreeMap<(i64, u8), u64>;

impl View<'_> {
    /// All communities, by name.
    pub fn communities(&self) -> Result<Vec<CommunityView>, StoreError> {
        let mut select = self.connection.prepare_cached(&format!("{COMMUNITY} ORDER BY m.name, s.id"))?;
        let rows = select.query_map([], community)?.collect::<Result<Vec<_>, _>>()?;
        let counts = self.counts()?;
        rows.into_iter().map(|(space, view)| self.described(space, view, &counts)).collect()
    }

    /// One community; none where the hall does not know it.
    pub fn community(&self, id: SpaceId) -> Result<Option<CommunityView>, StoreError> {
        let mut select = self.connection.prepare_cached(&format!("{COMMUNITY} WHERE s.id = ?1"))?;
        let Some((space, view)) = select.query_row([id.0], community).optional()? else { return Ok(None) };
        let counts = self.counts()?;
        self.described(space, view, &counts).map(Some)
    }

    fn counts(&self) -> Result<Counts, StoreError> {
        // Counting here is several times as fast as GROUP BY, which would sort all rows first.
        let mut select = self.connection.prepare_cached("SELECT space, kind FROM document_state")?;
        let (mut rows, mut counts) = (select.query([])?, Counts::new());
        while let Some(row) = rows.next()? {
            *counts.entry((row.get(0)?, row.get(1)?)).or_insert(0) += 1;
        }
        Ok(counts)
    }

    fn described(&self, space: i64, mut view: CommunityView, counts: &Counts) -> Result<CommunityView, StoreError> {
        let count = |kind: DocumentKind| counts.get(&(space, kind.code())).copied().unwrap_or(0);
        (view.posts, view.comments) = (count(DocumentKind::Post), count(DocumentKind::Comment));
        let Some(document) = self.document_number(DocumentId::community_of(view.id), view.id)? else { return Ok(view) };
        let Some(state) = self.document_state(document)? else { return Ok(view) };
        let text = |key| state.text(key).to_owned();
        (view.sidebar, view.rules) = (text(Key::Sidebar), text(Key::Rules));
        if !state.text(Key::Title).is_empty() {
            view.title = text(Key::Title);
        }
        Ok(view)
    }
}

/// A community that describes itself by its name alone.
fn community(row: &Row<'_>) -> rusqlite::Result<(i64, CommunityView)> {
    let name: String = row.get(2)?;
    let view = CommunityView {
        id: SpaceId(row.get(1)?),
        title: name.clone(),
        name,
        sidebar: String::new(),
        rules: String::new(),
        opened_by: person_view(PersonId(row.get(3)?), row.get(4)?),
        followed: row.get(5)?,
        posts: 0,
        comments: 0,
    };
    Ok((row.get(0)?, view))
}

#[cfg(test)]
mod tests {
    use crate::store::query::fixture::{HOUR, NOW, World, put};
    use folkmoot_protocol::{
        document::{DocumentKind, Edit, Key},
        id::*,
    };

    #[test]
    fn a_community_goes_by_its_name_until_it_is_described() {
        let (mut world, alice) = World::new();
        let [rolls, bread] = ["rolls", "bread"].map(|name| world.open(name, &alice));
        let post = world.post(bread, &alice, "Rye", NOW - HOUR);
        let comment = world.comment(bread, &alice, post, None, "Yes", NOW - HOUR);
        world.comment(bread, &alice, post, Some(comment), "No", NOW - HOUR);
        world.erase(bread, &alice, comment);
        let steps = vec![put(Key::Title, "All rolls"), put(Key::Rules, "Be kind")];
        world.edit(rolls, &alice, Some(DocumentId::community_of(rolls)), Edit { kind: DocumentKind::Community, at: vec![], steps }, NOW);
        world.follow(rolls, false);
        let shown = world.view().communities().unwrap();
        assert_eq!((shown[0].title.as_str(), shown[0].posts, shown[0].comments, shown[0].followed), ("bread", 1, 1, true));
        assert_eq!((shown[1].title.as_str(), shown[1].rules.as_str(), shown[1].posts, shown[1].followed), ("All rolls", "Be kind", 0, false));
        assert_eq!(world.view().community(rolls).unwrap().as_ref(), Some(&shown[1]));
        assert_eq!(shown[1].opened_by.name, "Alice");
        assert_eq!(world.view().community(SpaceId::HALL).unwrap(), None);
    }
}
