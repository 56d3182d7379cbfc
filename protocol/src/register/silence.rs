//! What the law takes the effect from: what somebody wrote in a community while they were banned from it, or anywhere since a bill
//! expelled them. Where that begins and ends is a place in each of their chains, never a time that they wrote down.

use crate::id::*;
use std::collections::BTreeMap;

/// Up to which number chains counted at some moment, by space and device; those that are not here had not begun.
pub type Ends = BTreeMap<(SpaceId, DeviceId), u64>;

/// A stretch of somebody's chains that has no effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Silence {
    /// The community; none: everywhere.
    pub space: Option<SpaceId>,
    /// The act by which a moderator banned them, or that opened the bill that expelled them.
    pub by: OpId,
    /// Where each chain was when it began.
    pub from: Ends,
    /// Where each chain was when it ended, if it did.
    pub to: Option<Ends>,
}

/// The silences of everybody who has one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Silences(BTreeMap<PersonId, Vec<Silence>>);

impl Silence {
    /// Whether it takes the effect from an operation of its person.
    pub fn covers(&self, space: SpaceId, device: DeviceId, seq: u64) -> bool {
        let end = |ends: &Ends| ends.get(&(space, device)).copied().unwrap_or(0);
        self.space.is_none_or(|own| own == space) && seq > end(&self.from) && self.to.as_ref().is_none_or(|to| seq <= end(to))
    }

    /// Why what it covers has no effect.
    pub fn reason(&self) -> &'static str {
        match self.space {
            Some(_) => "its author was banned from the community",
            None => "its author was expelled",
        }
    }
}

impl Silences {
    /// One more of a person's.
    pub fn add(&mut self, person: PersonId, silence: Silence) {
        self.0.entry(person).or_default().push(silence);
    }

    /// All of them, by person.
    pub fn iter(&self) -> impl Iterator<Item = (PersonId, &[Silence])> {
        self.0.iter().map(|(person, silences)| (*person, silences.as_slice()))
    }

    /// What takes the effect from an operation of a person, if something does.
    pub fn on(&self, person: PersonId, space: SpaceId, device: DeviceId, seq: u64) -> Option<&Silence> {
        self.0.get(&person)?.iter().find(|silence| silence.covers(space, device, seq))
    }

    /// Whose silences are others than these.
    pub fn changed<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = PersonId> {
        let persons = self.0.keys().chain(other.0.keys());
        persons.copied().filter(|person| self.0.get(person) != other.0.get(person))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: SpaceId = SpaceId([1; 32]);
    const ELSEWHERE: SpaceId = SpaceId([2; 32]);
    const OLD: DeviceId = DeviceId([3; 32]);
    const NEW: DeviceId = DeviceId([4; 32]);

    fn covered(silence: &Silence, space: SpaceId, device: DeviceId) -> Vec<u64> {
        (1..=9).filter(|seq| silence.covers(space, device, *seq)).collect()
    }

    #[test]
    fn what_was_written_before_and_after_it_counts() {
        let mut silence = Silence { space: Some(HERE), by: OpId::ZERO, from: Ends::from([((HERE, OLD), 3)]), to: None };
        assert_eq!(covered(&silence, HERE, OLD), [4, 5, 6, 7, 8, 9]);
        assert_eq!(covered(&silence, HERE, NEW).len(), 9, "a device that comes later is no way around it");
        assert!(covered(&silence, ELSEWHERE, OLD).is_empty());
        silence.to = Some(Ends::from([((HERE, OLD), 5), ((HERE, NEW), 2)]));
        assert_eq!((covered(&silence, HERE, OLD), covered(&silence, HERE, NEW)), (vec![4, 5], vec![1, 2]));
    }

    #[test]
    fn who_is_expelled_is_silent_everywhere() {
        let silence = Silence { space: None, by: OpId::ZERO, from: Ends::from([((HERE, OLD), 8)]), to: None };
        assert_eq!((covered(&silence, HERE, OLD), covered(&silence, ELSEWHERE, OLD).len()), (vec![9], 9));
    }
}
