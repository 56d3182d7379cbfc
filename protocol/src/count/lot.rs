use crate::id::tagged_hash;

/// The order of candidates that decides where nothing else does: that of BLAKE3 over a seed and each one's id. It is
/// fixed as soon as the seed is, and nobody can choose it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lot(Vec<usize>);

impl Lot {
    /// Draws the order of candidates. `seed`: 32 bytes that were fixed before anybody voted (the hash of the opening
    /// issue), or that name the ballots (the hash of a file).
    pub fn draw<'a>(seed: &[u8; 32], ids: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut drawn: Vec<_> = ids.into_iter().enumerate().map(|(n, id)| (tagged_hash("folkmoot/lot/1", &[seed, id]), n)).collect();
        drawn.sort_unstable();
        let mut places = vec![0; drawn.len()];
        for (place, (_, candidate)) in drawn.into_iter().enumerate() {
            places[candidate] = place;
        }
        Self(places)
    }

    /// The order the other way round.
    pub fn reversed(&self) -> Self {
        Self(self.0.iter().map(|place| self.0.len() - 1 - place).collect())
    }

    /// A candidate's place: 0 is the best.
    pub fn place(&self, candidate: usize) -> usize {
        self.0[candidate]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lot_is_an_order_that_follows_the_seed() {
        let ids: Vec<[u8; 1]> = (0..20).map(|n| [n]).collect();
        let draw = |seed| Lot::draw(&[seed; 32], ids.iter().map(<[u8; 1]>::as_slice));
        let mut places = draw(1).0;
        assert_ne!(places, draw(2).0);
        assert_eq!(places, draw(1).0);
        let reversed = draw(1).reversed();
        assert!((0..20).all(|candidate| reversed.place(candidate) + places[candidate] == 19));
        places.sort_unstable();
        assert!(places.into_iter().eq(0..20));
    }
}
