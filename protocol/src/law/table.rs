//! Tables of the register, and the one hash over all their rows.

use crate::{cbor, id::tagged_hash};
use imbl::{OrdMap, OrdSet};
use minicbor::{Decode, Encode};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Rows by key, that knows which of them changed since it was last asked. A copy costs nothing, and changes in one share all but
/// a few rows with the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table<K: Ord, V> {
    rows: OrdMap<K, V>,
    touched: OrdSet<K>,
}

impl<K: Ord, V> Default for Table<K, V> {
    fn default() -> Self {
        Self { rows: OrdMap::new(), touched: OrdSet::new() }
    }
}

impl<K: Ord + Clone, V: Clone> Table<K, V> {
    /// A row.
    pub fn get(&self, key: &K) -> Option<&V> {
        self.rows.get(key)
    }

    /// Whether there is such a row.
    pub fn contains(&self, key: &K) -> bool {
        self.rows.contains_key(key)
    }

    /// All rows in the order of their keys.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        self.rows.iter()
    }

    /// The rows from a key on.
    pub fn from(&self, key: K) -> impl Iterator<Item = (&K, &V)> {
        self.rows.range(key..)
    }

    /// How many rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// A row that is about to be changed.
    pub(super) fn change(&mut self, key: &K) -> Option<&mut V> {
        let row = self.rows.get_mut(key)?;
        self.touched.insert(key.clone());
        Some(row)
    }

    /// Sets a row.
    pub(super) fn insert(&mut self, key: K, row: V) {
        self.touched.insert(key.clone());
        self.rows.insert(key, row);
    }

    /// Takes a row out.
    pub(super) fn remove(&mut self, key: &K) -> Option<V> {
        let row = self.rows.remove(key)?;
        self.touched.insert(key.clone());
        Some(row)
    }
}

impl<A: Ord + Copy, B: Ord + Copy, V: Clone> Table<(A, B), V> {
    /// The rows whose keys begin so, in the order of what follows; `least`: the least that can follow.
    pub fn under(&self, first: A, least: B) -> impl Iterator<Item = (B, &V)> {
        self.from((first, least)).take_while(move |((of, _), _)| *of == first).map(|((_, second), row)| (*second, row))
    }
}

/// One row as it is stored and hashed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// Which table.
    pub table: u8,
    /// The key's canonical bytes.
    pub key: Vec<u8>,
    /// The row's canonical bytes; none where it was taken out.
    pub row: Option<Vec<u8>>,
}

impl<K, V> Table<K, V>
where
    K: Ord + Clone + Encode<()> + for<'b> Decode<'b, ()>,
    V: Clone + Encode<()> + for<'b> Decode<'b, ()>,
{
    /// What changed since the last call.
    pub(super) fn take_changes(&mut self, table: u8) -> Vec<Cell> {
        let touched = std::mem::take(&mut self.touched);
        touched.into_iter().map(|key| Cell { table, key: cbor::encode(&key), row: self.rows.get(&key).map(cbor::encode) }).collect()
    }

    /// Every row.
    pub(super) fn cells(&self, table: u8) -> Vec<Cell> {
        self.rows.iter().map(|(key, row)| Cell { table, key: cbor::encode(key), row: Some(cbor::encode(row)) }).collect()
    }

    /// Takes a stored row in.
    pub(super) fn load(&mut self, cell: &Cell) -> Result<(), cbor::CborError> {
        if let Some(row) = &cell.row {
            self.rows.insert(cbor::decode(&cell.key)?, cbor::decode(row)?);
        }
        Ok(())
    }
}

/// The hash over all rows, kept up to date row by row: the leaves stand in 256 buckets by their first byte, and
/// only buckets that changed are hashed again. A copy shares the leaves until one changes.
#[derive(Debug, Clone)]
pub struct Cells {
    buckets: Arc<Vec<BTreeMap<[u8; 32], [u8; 32]>>>,
    hashes: Vec<[u8; 32]>,
    stale: BTreeSet<u8>,
}

impl Default for Cells {
    fn default() -> Self {
        Self { buckets: Arc::new(vec![BTreeMap::new(); 256]), hashes: vec![hash_bucket(&BTreeMap::new()); 256], stale: BTreeSet::new() }
    }
}

impl Cells {
    /// Takes a changed row in.
    pub fn set(&mut self, cell: &Cell) {
        let place = tagged_hash("folkmoot/law-cell/1", &[&[cell.table], &cell.key]);
        let bucket = &mut Arc::make_mut(&mut self.buckets)[place[0] as usize];
        match &cell.row {
            Some(row) => bucket.insert(place, tagged_hash("folkmoot/law-row/1", &[row])),
            None => bucket.remove(&place),
        };
        self.stale.insert(place[0]);
    }

    /// The hash over all rows.
    pub fn root(&mut self) -> [u8; 32] {
        for stale in std::mem::take(&mut self.stale) {
            self.hashes[stale as usize] = hash_bucket(&self.buckets[stale as usize]);
        }
        tagged_hash("folkmoot/law-register/1", &[self.hashes.as_flattened()])
    }
}

fn hash_bucket(bucket: &BTreeMap<[u8; 32], [u8; 32]>) -> [u8; 32] {
    let leaves: Vec<u8> = bucket.iter().flat_map(|(place, row)| place.iter().chain(row).copied()).collect();
    tagged_hash("folkmoot/law-bucket/1", &[&leaves])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_depends_on_the_rows_and_not_on_the_way_to_them() {
        let (mut one, mut other) = (Table::default(), Table::default());
        let (mut first, mut second) = (Cells::default(), Cells::default());
        for n in 0..500u64 {
            one.insert(n, n * 2);
        }
        for cell in one.take_changes(3) {
            first.set(&cell);
        }
        for n in (0..700u64).rev() {
            other.insert(n, n);
            other.take_changes(3).iter().for_each(|cell| second.set(cell));
        }
        assert_ne!(first.root(), second.root());
        for n in 0..700u64 {
            if n < 500 {
                *other.change(&n).unwrap() = n * 2;
            } else {
                other.remove(&n);
            }
        }
        other.take_changes(3).iter().for_each(|cell| second.set(cell));
        assert_eq!(first.root(), second.root());
        assert_eq!(one, other);
    }

    #[test]
    fn a_copy_changes_by_itself() {
        let mut table = Table::default();
        (0..1_000u64).for_each(|n| table.insert(n, n));
        table.take_changes(1);
        let mut copy = table.clone();
        *copy.change(&1).unwrap() = 11;
        assert_eq!((copy.remove(&2), copy.remove(&7_777), copy.change(&7_777)), (Some(2), None, None));
        assert_eq!((table.get(&1), table.get(&2)), (Some(&1), Some(&2)));
        assert!(table.take_changes(1).is_empty());
        assert_eq!((copy.len(), copy.take_changes(1).len()), (999, 2));
    }
}
