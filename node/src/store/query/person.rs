//! Persons, by the names they go by now.

use super::View;
use crate::store::StoreError;
use folkmoot_protocol::{
    act::Mark,
    document::{DocumentState, Key},
    id::*,
    reaction::resolve,
    view::PersonView,
};
use rusqlite::OptionalExtension;

impl View<'_> {
    /// A person; none where they are unknown here.
    pub fn person(&self, id: PersonId) -> Result<Option<PersonView>, StoreError> {
        let mut select = self.connection.prepare_cached("SELECT name FROM person WHERE id = ?1")?;
        Ok(select.query_row([id.0], |row| row.get(0)).optional()?.map(|name| person_view(id, name)))
    }

    /// Everybody whose name is known here, by name.
    pub fn persons(&self) -> Result<Vec<PersonView>, StoreError> {
        let mut select = self.connection.prepare_cached("SELECT id, name FROM person WHERE name <> '' ORDER BY name COLLATE NOCASE, id")?;
        let rows = select.query_map([], |row| Ok(PersonView { id: PersonId(row.get(0)?), name: row.get(1)? }))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// A person's mark on a document.
    pub fn mark_of_person(&self, document: i64, person: PersonId) -> Result<Mark, StoreError> {
        Ok(resolve(&self.reactions_of(document, self.number_of_person(person)?)?))
    }

    /// What a person says about themselves; empty where they say nothing.
    pub fn bio(&self, id: PersonId) -> Result<String, StoreError> {
        Ok(self.profile(id)?.map(|profile| profile.text(Key::Bio).to_owned()).unwrap_or_default())
    }

    /// A person's profile; none where they have none.
    pub(crate) fn profile(&self, id: PersonId) -> Result<Option<DocumentState>, StoreError> {
        let document = self.document_number(DocumentId::profile_of(id), SpaceId::HALL)?;
        Ok(document.map(|document| self.document_state(document)).transpose()?.flatten())
    }

    /// Whose profile a document is; none where it is nobody's here. It looks at everybody.
    pub(crate) fn owner_of_profile(&self, document: DocumentId) -> Result<Option<PersonId>, StoreError> {
        let mut select = self.connection.prepare_cached("SELECT id FROM person")?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            let person = PersonId(row.get(0)?);
            if DocumentId::profile_of(person) == document {
                return Ok(Some(person));
            }
        }
        Ok(None)
    }

    /// A person by name, or by the start of their id where they are unknown.
    pub(crate) fn person_or_id(&self, id: PersonId) -> Result<PersonView, StoreError> {
        Ok(self.person(id)?.unwrap_or_else(|| person_view(id, String::new())))
    }

    /// The number under which a person is kept; 0, which is nobody's, where there is none.
    pub(super) fn number_of_person(&self, id: PersonId) -> Result<i64, StoreError> {
        let mut select = self.connection.prepare_cached("SELECT n FROM person WHERE id = ?1")?;
        Ok(select.query_row([id.0], |row| row.get(0)).optional()?.unwrap_or(0))
    }
}

/// A person as lists show them: one without a name goes by the start of their id.
pub(super) fn person_view(id: PersonId, name: String) -> PersonView {
    let name = if name.is_empty() { id.short() } else { name };
    PersonView { id, name }
}

#[cfg(test)]
mod tests {
    use crate::store::query::fixture::{NOW, World, put};
    use folkmoot_protocol::{
        document::{DocumentKind, Edit, Key},
        id::*,
    };

    #[test]
    fn persons_go_by_name_and_say_what_their_profile_says() {
        let (mut world, alice) = World::new();
        let bob = world.admit("bob", &alice);
        let names = |world: &World| world.view().persons().unwrap().into_iter().map(|person| person.name).collect::<Vec<_>>();
        assert_eq!(names(&world), ["Alice", "bob"]);
        let profile = Edit { kind: DocumentKind::Profile, at: vec![], steps: vec![put(Key::Name, "Bob B."), put(Key::Bio, "Bakes")] };
        world.edit(SpaceId::HALL, &bob, Some(DocumentId::profile_of(bob.person)), profile, NOW);
        assert_eq!((world.view().bio(bob.person).unwrap().as_str(), world.view().bio(alice.person).unwrap().as_str()), ("Bakes", ""));
        let stranger = PersonId([5; 32]);
        assert_eq!(world.view().person(stranger).unwrap(), None);
        assert_eq!(world.view().person_or_id(stranger).unwrap().name, "05050505");
    }
}
