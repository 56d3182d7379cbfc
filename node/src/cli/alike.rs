//! Names that look like one another: whoever goes by one of them is shown with the start of their id, so that
//! nobody passes for somebody else.

use crate::store::{StoreError, View};
use folkmoot_protocol::id::*;
use std::{
    collections::{HashMap, HashSet},
    hash::Hash,
    sync::OnceLock,
};

static KNOWN: OnceLock<Alike> = OnceLock::new();

/// Whose names are like somebody else's here.
#[derive(Debug, Default)]
struct Alike {
    persons: HashSet<PersonId>,
    communities: HashSet<SpaceId>,
}

/// Finds out whose names are alike; a command does that once, before it shows any.
pub(super) fn find(view: View<'_>) -> Result<(), StoreError> {
    if KNOWN.get().is_none() {
        let persons = shared(view.persons()?.into_iter().map(|person| (person.id, person.name)));
        let communities = shared(view.named_communities()?.into_iter());
        let _ = KNOWN.set(Alike { persons, communities });
    }
    Ok(())
}

/// Whether another person's name looks like this one's.
pub(super) fn is_person(id: PersonId) -> bool {
    KNOWN.get().is_some_and(|known| known.persons.contains(&id))
}

/// Whether another community's name looks like this one's.
pub(super) fn is_community(id: SpaceId) -> bool {
    KNOWN.get().is_some_and(|known| known.communities.contains(&id))
}

fn shared<T: Copy + Eq + Hash>(named: impl Iterator<Item = (T, String)>) -> HashSet<T> {
    let mut by_looks: HashMap<String, Vec<T>> = HashMap::new();
    for (id, name) in named {
        by_looks.entry(looks(&name)).or_default().push(id);
    }
    by_looks.into_values().filter(|ids| ids.len() > 1).flatten().collect()
}

/// What somebody sees who does not look closely: without capitals, accents and blanks, and one letter for those
/// that are drawn alike.
fn looks(name: &str) -> String {
    let plain = |c: char| match c {
        '0' | 'ο' | 'о' | 'ö' | 'ó' | 'ò' | 'ô' | 'õ' | 'ø' => 'o',
        '1' | 'i' | '|' | 'ı' | 'ι' | 'і' | 'ї' | 'í' | 'ì' | 'î' | 'ï' => 'l',
        'а' | 'α' | 'á' | 'à' | 'â' | 'ä' | 'ã' | 'å' => 'a',
        'е' | 'ё' | 'ε' | 'é' | 'è' | 'ê' | 'ë' => 'e',
        'ú' | 'ù' | 'û' | 'ü' | 'υ' => 'u',
        'р' | 'ρ' => 'p',
        'с' | 'ç' => 'c',
        'у' | 'γ' | 'ý' | 'ÿ' => 'y',
        'х' | 'χ' => 'x',
        'ѕ' => 's',
        'ј' => 'j',
        'к' | 'κ' => 'k',
        'м' => 'm',
        'н' => 'h',
        'т' | 'τ' => 't',
        'в' | 'β' => 'b',
        'ν' => 'v',
        'ñ' => 'n',
        c => c,
    };
    let seen = name.chars().flat_map(char::to_lowercase).filter(|c| !c.is_whitespace() && !('\u{0300}'..='\u{036F}').contains(c));
    seen.map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_as_a_hasty_reader_sees_them() {
        for (one, other) in [("Alice", "alice"), ("Alice", "Al1ce"), ("Alice", "Аlice"), ("Ali ce", "Alice"), ("José", "Jose"), ("Bob", "B0b"), ("Ill", "lII")]
        {
            assert_eq!(looks(one), looks(other), "{one} {other}");
        }
        assert_ne!(looks("Alice"), looks("Alicia"));
        assert_ne!(looks("李明"), looks("李华"));
    }

    #[test]
    fn only_those_of_one_name_are_marked() {
        let named = [(1, "Alice"), (2, "Bob"), (3, "ALICE")].map(|(id, name)| (id, name.to_owned()));
        assert_eq!(shared(named.into_iter()), HashSet::from([1, 3]));
    }
}
