use super::Faults;
use crate::random::Random;
use folkmoot_node::service::ConnectionId;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// A connection over which nothing comes back is given up by both ends after so long, as QUIC does.
pub(super) const IDLE_MS: u64 = 30_000;
/// A machine that cannot be reached is waited for so long.
pub(super) const DIAL_MS: u64 = 8_000;

/// A connection between two machines.
pub(super) struct Link {
    /// Machine and its number for the connection, at both ends.
    pub(super) ends: [(usize, ConnectionId); 2],
    /// When the last message to each end arrives: a stream keeps its order.
    last: [u64; 2],
    pub(super) closing: bool,
    /// When it was made.
    pub(super) since: u64,
    /// What cannot pass at present, and to whom.
    pub(super) held: Vec<(usize, Vec<u8>)>,
    /// Bytes on their way to each end.
    pub(super) under_way: [usize; 2],
    /// Until when each end reads nothing, and what has arrived there meanwhile.
    pub(super) paused_until: [u64; 2],
    pub(super) arrived: [VecDeque<Vec<u8>>; 2],
}

impl Link {
    pub(super) fn side(&self, node: usize) -> usize {
        usize::from(self.ends[0].0 != node)
    }
}

pub(super) struct Network {
    pub(super) faults: Faults,
    /// From whom nothing reaches whom.
    cuts: BTreeSet<(usize, usize)>,
    pub(super) links: BTreeMap<u64, Link>,
    next: u64,
}

impl Network {
    pub(super) fn new(faults: Faults) -> Self {
        Self { faults, cuts: BTreeSet::new(), links: BTreeMap::new(), next: 0 }
    }

    pub(super) fn passes(&self, from: usize, to: usize) -> bool {
        !self.cuts.contains(&(from, to))
    }

    /// Whether a connection can be made: both directions are needed for that.
    pub(super) fn reaches(&self, a: usize, b: usize) -> bool {
        self.passes(a, b) && self.passes(b, a)
    }

    pub(super) fn cut(&mut self, from: usize, to: usize) {
        self.cuts.insert((from, to));
    }

    pub(super) fn mend(&mut self) {
        self.cuts.clear();
    }

    pub(super) fn delay(&self, random: &mut Random) -> u64 {
        let (least, most) = self.faults.delay_ms;
        least + random.below(most - least + 1)
    }

    pub(super) fn connect(&mut self, a: usize, b: usize, now: u64) -> (ConnectionId, ConnectionId) {
        let (here, there) = (ConnectionId(self.next * 2), ConnectionId(self.next * 2 + 1));
        self.links.insert(
            self.next,
            Link {
                ends: [(a, here), (b, there)],
                last: [0; 2],
                closing: false,
                since: now,
                held: vec![],
                under_way: [0; 2],
                paused_until: [0; 2],
                arrived: Default::default(),
            },
        );
        self.next += 1;
        (here, there)
    }

    pub(super) fn link_at(&self, node: usize, connection: ConnectionId) -> Option<u64> {
        let link = connection.0 / 2;
        self.links.get(&link).filter(|l| !l.closing && l.ends.contains(&(node, connection))).map(|_| link)
    }

    pub(super) fn links_of(&self, node: usize) -> Vec<u64> {
        self.links.iter().filter(|(_, link)| link.ends.iter().any(|(end, _)| *end == node)).map(|(id, _)| *id).collect()
    }

    /// The connections between machines that no longer reach each other.
    pub(super) fn severed(&self) -> Vec<u64> {
        self.links.iter().filter(|(_, link)| !self.reaches(link.ends[0].0, link.ends[1].0)).map(|(id, _)| *id).collect()
    }

    /// When a message sent now arrives: after those before it, unless it overtakes them.
    pub(super) fn delivery(&mut self, link: u64, to: usize, now: u64, delay: u64, overtakes: bool) -> u64 {
        let Some(link) = self.links.get_mut(&link) else { return now };
        let side = link.side(to);
        let at = if overtakes { now + delay / 2 } else { (now + delay).max(link.last[side]) };
        link.last[side] = link.last[side].max(at);
        at
    }

    pub(super) fn last_delivery(&self, link: u64) -> u64 {
        self.links.get(&link).map_or(0, |link| link.last[0].max(link.last[1]))
    }

    pub(super) fn other_end(&self, link: u64, node: usize) -> usize {
        let ends = self.links[&link].ends;
        if ends[0].0 == node { ends[1].0 } else { ends[0].0 }
    }

    pub(super) fn connection_at(&self, link: u64, node: usize) -> Option<ConnectionId> {
        self.links.get(&link)?.ends.iter().find(|(end, _)| *end == node).map(|(_, connection)| *connection)
    }
}
