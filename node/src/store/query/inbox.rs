//! What was said to a person.

use super::{View, Viewer, listed::Listed};
use crate::store::StoreError;
use folkmoot_protocol::{
    document::{DocumentKind, Key},
    id::*,
    view::ReplyView,
};
use rusqlite::params;

impl View<'_> {
    /// Answers of others to what a person wrote, the newest first, at most `limit`; what is removed is left out.
    pub fn replies_to(&self, viewer: &Viewer, limit: usize) -> Result<Vec<ReplyView>, StoreError> {
        let me = self.number_of_person(viewer.person)?;
        let sql = "SELECT t.document, p.document FROM document_state t JOIN document_state p ON p.document = ifnull(t.parent, t.post)
            WHERE t.kind = ?1 AND p.author = ?2 AND t.author <> ?2 ORDER BY t.created DESC, t.document DESC LIMIT ?3";
        let mut select = self.connection.prepare_cached(sql)?;
        let pairs: Vec<(i64, i64)> =
            select.query_map(params![DocumentKind::Comment.code(), me, limit as i64], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
        let mut replies = Vec::new();
        for (reply, answered) in pairs {
            if let (Some(reply), Some(answered)) = (self.listed(reply, viewer)?, self.listed(answered, viewer)?)
                && reply.removed.is_none()
            {
                replies.push(self.reply(reply, &answered)?);
            }
        }
        Ok(replies)
    }

    fn reply(&self, reply: Listed, answered: &Listed) -> Result<ReplyView, StoreError> {
        let title = match answered.kind {
            DocumentKind::Comment => None,
            _ => Some(answered.content.text(Key::Title).to_owned()),
        };
        Ok(ReplyView { id: reply.id, created: reply.created, text: reply.content.text(Key::Text).to_owned(), by: reply.author, to: answered.id, title })
    }

    /// Who wrote a document of a space, also where what it says is gone.
    pub fn writer_of(
        &self,
        (document, space): (DocumentId, SpaceId),
        author: impl Fn(OpId, DeviceId) -> Option<PersonId>,
    ) -> Result<Option<PersonId>, StoreError> {
        let Some(n) = self.document_number(document, space)? else { return Ok(None) };
        let Some((op, ..)) = self.founding_operation(n)? else { return Ok(None) };
        Ok(self.operation(op)?.and_then(|held| author(held.credential, held.op.header.device)))
    }
}

#[cfg(test)]
mod tests {
    use crate::store::query::fixture::{DAY, NOW, World};

    #[test]
    fn answers_of_others_are_found_the_newest_first() {
        let (mut world, alice) = World::new();
        let bob = world.admit("Bob", &alice);
        let bread = world.open("bread", &alice);
        let post = world.post(bread, &alice, "Who bakes?", NOW - 5 * DAY);
        let first = world.comment(bread, &bob, post, None, "I do", NOW - 4 * DAY);
        let own = world.comment(bread, &alice, post, Some(first), "On Sunday?", NOW - 3 * DAY);
        let second = world.comment(bread, &bob, post, Some(own), "On Monday", NOW - 2 * DAY);
        let found = |viewer| world.view().replies_to(&viewer, 9).unwrap().into_iter().map(|reply| (reply.id, reply.to, reply.title)).collect::<Vec<_>>();
        assert_eq!(found(alice.viewer()), [(second, own, None), (first, post, Some("Who bakes?".into()))]);
        assert_eq!(found(bob.viewer()), [(own, first, None)]);
        assert_eq!(world.view().replies_to(&alice.viewer(), 1).unwrap().len(), 1);
    }
}
