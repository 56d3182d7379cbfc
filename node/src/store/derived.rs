use super::{Store, StoreError, query::View, schema};
use folkmoot_protocol::{
    act::{Mark, Reaction},
    cbor,
    document::{DocumentKind, DocumentState, Key},
    id::*,
    reaction::{ReactionEntry, resolve, standing},
    register::Register,
};
use rusqlite::{OptionalExtension, params};
use std::collections::BTreeSet;

const TWO_DAYS_MS: i64 = 2 * 24 * 3_600_000;

/// What is kept of a document's state for lists and searches.
#[derive(Debug, Clone)]
pub struct DocumentRow {
    /// Its number.
    pub(crate) document: i64,
    /// Where it is.
    pub(crate) space: SpaceId,
    /// The row of its founding operation.
    pub(crate) op: i64,
    /// When it was written, clamped, in ms.
    pub(crate) created: u64,
    /// The state.
    pub(crate) state: DocumentState,
    /// Its digest.
    pub(crate) digest: [u8; 32],
}

impl Store {
    /// Takes a document's state down, in place of what was known of it.
    pub fn set_state(&mut self, row: &DocumentRow) -> Result<(), StoreError> {
        let fresh = !self.forget_state_of(row.document, false)?;
        self.insert_state(row, fresh)
    }

    /// Takes down the state of a document of which none was known.
    pub fn add_state(&mut self, row: &DocumentRow) -> Result<(), StoreError> {
        self.insert_state(row, true)
    }

    fn insert_state(&self, row: &DocumentRow, fresh: bool) -> Result<(), StoreError> {
        let state = &row.state;
        let link = |key| state.document(key).map(|id| self.document_number(id, row.space)).transpose();
        let (post, parent) = (link(Key::Post)?.map(|(n, _)| n), link(Key::Parent)?.map(|(n, _)| n));
        let space = self.space_number(row.space)?;
        let author = self.person_number(state.author)?;
        let name = (state.kind == DocumentKind::Page).then(|| state.text(Key::Name).to_owned());
        // A document with one edit is that edit's values: its payload serves, no second copy is kept.
        // Of a profile or a community's description nobody can tell from the row which edit that was.
        let encoded = (state.edits > 1 || state.kind.is_keyed()).then(|| cbor::encode(state));
        self.connection.prepare_cached(
            "INSERT INTO document_state (document, space, kind, author, op, created, edits, conflict, post, parent, name, digest, state) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13)",
        )?
        .execute(params![
            row.document, space, state.kind.code(), author, row.op, row.created as i64, state.edits, state.has_conflict(), post, parent, name, row.digest, encoded
        ])?;
        self.add_words(row.document, state)?;
        match (state.kind, post) {
            (DocumentKind::Comment, Some(post)) if fresh => self.count_comment(post, row.created, author)?,
            (DocumentKind::Comment, Some(post)) => self.recount(post)?,
            // Comments that came before it were counted without it.
            (DocumentKind::Post, _) if fresh && self.has_activity(row.document)? => self.recount(row.document)?,
            _ => {}
        }
        Ok(())
    }

    /// Forgets a document's state: it was erased, or is absent. Call before its payloads are dropped.
    pub fn clear_state(&mut self, document: i64) -> Result<(), StoreError> {
        self.forget_state_of(document, true).map(|_| ())
    }

    /// Answers whether there was one.
    fn forget_state_of(&mut self, document: i64, recount: bool) -> Result<bool, StoreError> {
        let sql = "SELECT kind, post FROM document_state WHERE document = ?1";
        let known: Option<(u8, Option<i64>)> = self.connection.prepare_cached(sql)?.query_row([document], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let Some((_, post)) = known else { return Ok(false) };
        if let Some(state) = self.as_reader().document_state(document)? {
            self.remove_words(document, &state)?;
        }
        self.connection.prepare_cached("DELETE FROM document_state WHERE document = ?1")?.execute([document])?;
        if let (true, Some(post)) = (recount, post) {
            self.recount(post)?;
        }
        Ok(true)
    }

    fn count_comment(&self, post: i64, created: u64, author: i64) -> Result<(), StoreError> {
        let by_other = "SELECT CASE WHEN p.author <> ?3 AND ?2 <= p.created + ?4 THEN ?2 END FROM document_state p WHERE p.document = ?1";
        self.connection
            .prepare_cached(&format!(
                "INSERT INTO activity (document, comments, newest, newest_by_other) VALUES (?1, 1, ?2, ({by_other}))
                 ON CONFLICT DO UPDATE SET comments = comments + 1, newest = max(newest, excluded.newest),
                   newest_by_other = nullif(max(ifnull(newest_by_other, 0), ifnull(excluded.newest_by_other, 0)), 0)"
            ))?
            .execute(params![post, created as i64, author, TWO_DAYS_MS])?;
        Ok(())
    }

    fn has_activity(&self, post: i64) -> Result<bool, StoreError> {
        Ok(self.connection.prepare_cached("SELECT 1 FROM activity WHERE document = ?1")?.exists([post])?)
    }

    /// Counts a post's comments anew: one went, or the post came after them.
    fn recount(&self, post: i64) -> Result<(), StoreError> {
        self.connection.prepare_cached("DELETE FROM activity WHERE document = ?1")?.execute([post])?;
        self.connection
            .prepare_cached(
                "INSERT INTO activity (document, comments, newest, newest_by_other)
                 SELECT ?1, count(*), max(c.created), max(CASE WHEN c.author <> p.author AND c.created <= p.created + ?2 THEN c.created END)
                 FROM document_state c LEFT JOIN document_state p ON p.document = ?1 WHERE c.post = ?1 HAVING count(*) > 0",
            )?
            .execute(params![post, TWO_DAYS_MS])?;
        Ok(())
    }

    /// Takes one reaction with effect down and counts it.
    pub fn add_reaction(&mut self, space: SpaceId, person: PersonId, (row, op): (i64, OpId), reaction: &Reaction) -> Result<(), StoreError> {
        let (document, _) = self.document_number(reaction.target, space)?;
        let person = self.person_number(person)?;
        let mut entries = self.as_reader().reactions_of(document, person)?;
        let before = resolve(&entries);
        let replaces: Vec<u8> = reaction.replaces.iter().flat_map(|op| op.0).collect();
        let added = self
            .connection
            .prepare_cached("INSERT OR IGNORE INTO reaction (document, person, op, mark, replaces) VALUES (?1,?2,?3,?4,?5)")?
            .execute(params![document, person, row, reaction.mark as u8, replaces])?;
        if added == 0 {
            return Ok(());
        }
        entries.push(ReactionEntry { op, mark: reaction.mark, replaces: reaction.replaces.clone() });
        let after = resolve(&entries);
        let step = |mark| i64::from(after == mark) - i64::from(before == mark);
        self.connection
            .prepare_cached(
                "INSERT INTO tally (document, up, down) VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET up = up + excluded.up, down = down + excluded.down",
            )?
            .execute(params![document, step(Mark::Up), step(Mark::Down)])?;
        Ok(())
    }

    /// Removes a chain's reactions, to take those with effect down again. Answers the documents touched.
    pub fn remove_reactions(&mut self, chain: i64) -> Result<Vec<i64>, StoreError> {
        let sql = "SELECT DISTINCT r.document FROM reaction r JOIN operation o ON o.n = r.op WHERE o.chain = ?1";
        let touched = self.connection.prepare(sql)?.query_map([chain], |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
        self.connection.execute("DELETE FROM reaction WHERE op IN (SELECT n FROM operation WHERE chain = ?1)", [chain])?;
        touched.iter().try_for_each(|document| self.recount_reactions(*document))?;
        Ok(touched)
    }

    /// Counts a document's reactions anew.
    pub fn recount_reactions(&mut self, document: i64) -> Result<(), StoreError> {
        let people: Vec<i64> = {
            let mut select = self.connection.prepare_cached("SELECT DISTINCT person FROM reaction WHERE document = ?1")?;
            select.query_map([document], |row| row.get(0))?.collect::<Result<_, _>>()?
        };
        let marks = people.iter().map(|person| Ok(resolve(&self.as_reader().reactions_of(document, *person)?))).collect::<Result<Vec<_>, StoreError>>()?;
        let count = |mark| marks.iter().filter(|m| **m == mark).count() as i64;
        self.connection.prepare_cached("INSERT OR REPLACE INTO tally (document, up, down) VALUES (?1, ?2, ?3)")?.execute(params![
            document,
            count(Mark::Up),
            count(Mark::Down)
        ])?;
        Ok(())
    }

    /// Takes the register's persons and communities down, where lists look them up. `before`: as it was taken
    /// down last.
    pub fn set_register(&mut self, before: &Register, register: &Register) -> Result<(), StoreError> {
        let persons: BTreeSet<PersonId> = before.persons.keys().chain(register.persons.keys()).copied().collect();
        for id in persons.into_iter().filter(|id| before.persons.get(id) != register.persons.get(id)) {
            self.name_person(id, register)?;
        }
        self.connection.execute("DELETE FROM community", [])?;
        for (id, community) in &register.communities {
            let space = self.space_number(*id)?;
            let opened_by = self.person_number(community.opened_by)?;
            self.connection.prepare_cached("INSERT OR REPLACE INTO community (space, name, opened_by) VALUES (?1, ?2, ?3)")?.execute(params![
                space,
                community.name,
                opened_by
            ])?;
        }
        Ok(())
    }

    /// Takes down the name that a person goes by now: what their profile says, else what they came in with,
    /// else none.
    pub fn name_person(&mut self, id: PersonId, register: &Register) -> Result<(), StoreError> {
        let person = register.persons.get(&id);
        let profile = self.as_reader().profile(id)?.map(|profile| profile.text(Key::Name).to_owned()).filter(|name| !name.is_empty());
        let name = profile.or_else(|| person.map(|person| person.name.clone())).unwrap_or_default();
        let n = self.person_number(id)?;
        let guest = person.is_some_and(|person| person.guest);
        self.connection.prepare_cached("UPDATE person SET name = ?2, guest = ?3 WHERE n = ?1")?.execute(params![n, name, guest])?;
        Ok(())
    }

    /// Empties everything that is derived, to build it anew.
    pub fn forget_derived(&mut self) -> Result<(), StoreError> {
        self.numbers.forget();
        self.words.forget();
        Ok(self.connection.execute_batch(schema::FORGET_DERIVED)?)
    }
}

impl View<'_> {
    /// A person's reactions to a document.
    pub(crate) fn reactions_of(&self, document: i64, person: i64) -> Result<Vec<ReactionEntry>, StoreError> {
        let sql = "SELECT o.id, r.mark, r.replaces FROM reaction r JOIN operation o ON o.n = r.op WHERE r.document = ?1 AND r.person = ?2";
        let mut select = self.connection.prepare_cached(sql)?;
        let rows = select.query_map([document, person], |row| {
            let replaces: Vec<u8> = row.get(2)?;
            let replaces = replaces.as_chunks::<32>().0.iter().map(|id| OpId(*id)).collect();
            Ok(ReactionEntry { op: OpId(row.get(0)?), mark: mark_of(row.get(1)?), replaces })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What came into a community from elsewhere: the address there, and the document here.
    pub fn origins(&self, space: SpaceId) -> Result<std::collections::BTreeMap<String, DocumentId>, StoreError> {
        let sql = "SELECT t.document, d.id FROM document_state t JOIN document d ON d.n = t.document JOIN space s ON s.n = t.space WHERE s.id = ?1";
        let mut select = self.connection.prepare(sql)?;
        let documents = select.query_map([space.0], |row| Ok((row.get(0)?, DocumentId(row.get(1)?))))?.collect::<Result<Vec<(i64, DocumentId)>, _>>()?;
        let mut origins = std::collections::BTreeMap::new();
        for (n, id) in documents {
            let state = self.document_state(n)?;
            if let Some(object) = state.as_ref().map(|state| state.text(Key::OriginObject)).filter(|object| !object.is_empty()) {
                origins.insert(object.to_owned(), id);
            }
        }
        Ok(origins)
    }

    /// The acts that a person's next reaction to a document replaces, ascending.
    pub fn standing_reactions(&self, document: i64, person: PersonId) -> Result<Vec<OpId>, StoreError> {
        let person: Option<i64> = self.connection.query_row("SELECT n FROM person WHERE id = ?1", [person.0], |row| row.get(0)).optional()?;
        let Some(person) = person else { return Ok(vec![]) };
        let mut ops: Vec<OpId> = standing(&self.reactions_of(document, person)?).map(|entry| entry.op).collect();
        ops.sort();
        Ok(ops)
    }
}

/// The mark of a number.
pub(crate) fn mark_of(code: u8) -> Mark {
    match code {
        1 => Mark::Up,
        2 => Mark::Down,
        _ => Mark::None,
    }
}
