//! Names that look like one another, or as if they were marked already: whoever goes by one of them is shown with
//! the start of their id, so that nobody passes for somebody else.

use crate::store::{StoreError, View};
use folkmoot_protocol::id::*;
use std::{
    collections::{HashMap, HashSet},
    hash::Hash,
    sync::OnceLock,
};

static KNOWN: OnceLock<Alike> = OnceLock::new();

/// Whose names alone do not tell who they are.
#[derive(Debug, Default)]
struct Alike {
    persons: HashSet<PersonId>,
    communities: HashSet<SpaceId>,
}

/// Finds out whose names have to be marked; a command does that once, before it shows any.
pub(super) fn find(view: View<'_>) -> Result<(), StoreError> {
    if KNOWN.get().is_none() {
        let persons = unclear(view.persons()?.into_iter().map(|person| (person.id, person.name)));
        let communities = unclear(view.named_communities()?.into_iter());
        let _ = KNOWN.set(Alike { persons, communities });
    }
    Ok(())
}

/// Whether this person's name alone does not tell who they are.
pub(super) fn is_person(id: PersonId) -> bool {
    KNOWN.get().is_some_and(|known| known.persons.contains(&id))
}

/// Whether this community's name alone does not tell which it is.
pub(super) fn is_community(id: SpaceId) -> bool {
    KNOWN.get().is_some_and(|known| known.communities.contains(&id))
}

/// Those whose name looks like another's, or as this program marks one: `Alice (afa77e76)`, `Alice (via Bob)`.
fn unclear<T: Copy + Eq + Hash>(named: impl Iterator<Item = (T, String)>) -> HashSet<T> {
    let mut by_looks: HashMap<String, Vec<T>> = HashMap::new();
    for (id, name) in named {
        by_looks.entry(looks(&name)).or_default().push(id);
    }
    by_looks.into_iter().filter(|(looks, ids)| ids.len() > 1 || looks.contains('(')).flat_map(|(_, ids)| ids).collect()
}

/// What somebody sees who does not look closely: without capitals, accents and blanks, and one character for those
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
        '（' | '﹙' | '⁽' | '₍' | '❨' | '❪' | '⟮' | '⦅' | '｟' | '⸨' => '(',
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
        assert_eq!(unclear(named.into_iter()), HashSet::from([1, 3]));
    }

    #[test]
    fn a_name_that_looks_marked_is_marked() {
        let named = ["Alice", "Alice (afa77e76)", "alice@lemmy.example (via Bob)", "Eve （afa77e76）", "Zoë"].map(str::to_owned);
        assert_eq!(unclear((0..).zip(named)), HashSet::from([1, 2, 3]));
    }
}
