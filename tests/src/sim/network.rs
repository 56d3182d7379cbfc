use crate::random::Random;
use folkmoot_node::service::ConnectionId;
use std::collections::BTreeMap;

/// What goes wrong by itself.
#[derive(Debug, Clone, Copy)]
pub struct Faults {
    /// Shortest and longest time that a message is under way, in ms.
    pub delay_ms: (u64, u64),
    /// A connection breaks at one message in so many.
    pub breaks_one_in: Option<u64>,
}

impl Faults {
    /// Nothing goes wrong.
    pub fn none() -> Self {
        Self { delay_ms: (1, 5), breaks_one_in: None }
    }

    /// A bad network.
    pub fn harsh() -> Self {
        Self { delay_ms: (1, 2_000), breaks_one_in: Some(60) }
    }
}

/// A connection between two machines.
pub(super) struct Link {
    /// Machine and its number for the connection, at both ends.
    pub(super) ends: [(usize, ConnectionId); 2],
    /// When the last message to each end arrives: a stream keeps its order.
    last: [u64; 2],
    closing: bool,
}

pub(super) struct Network {
    pub(super) faults: Faults,
    pub(super) labels: Vec<usize>,
    pub(super) links: BTreeMap<u64, Link>,
    next: u64,
}

impl Network {
    pub(super) fn new(faults: Faults) -> Self {
        Self { faults, labels: vec![], links: BTreeMap::new(), next: 0 }
    }

    pub(super) fn reaches(&self, a: usize, b: usize) -> bool {
        self.labels.is_empty() || self.labels.get(a) == self.labels.get(b)
    }

    pub(super) fn delay(&self, random: &mut Random) -> u64 {
        let (least, most) = self.faults.delay_ms;
        least + random.below(most - least + 1)
    }

    pub(super) fn connect(&mut self, a: usize, b: usize) -> (ConnectionId, ConnectionId) {
        let (here, there) = (ConnectionId(self.next * 2), ConnectionId(self.next * 2 + 1));
        self.links.insert(self.next, Link { ends: [(a, here), (b, there)], last: [0; 2], closing: false });
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

    /// When a message sent now arrives.
    pub(super) fn delivery(&mut self, link: u64, now: u64, random: &mut Random) -> u64 {
        let delay = self.delay(random);
        let Some(link) = self.links.get_mut(&link) else { return now };
        let at = (now + delay).max(link.last[0]).max(link.last[1]);
        link.last = [at; 2];
        at
    }

    pub(super) fn last_delivery(&self, link: u64) -> u64 {
        self.links.get(&link).map_or(0, |link| link.last[0].max(link.last[1]))
    }

    pub(super) fn closing(&mut self, link: u64) {
        if let Some(link) = self.links.get_mut(&link) {
            link.closing = true;
        }
    }

    pub(super) fn other_end(&self, link: u64, node: usize) -> usize {
        let ends = self.links[&link].ends;
        if ends[0].0 == node { ends[1].0 } else { ends[0].0 }
    }

    pub(super) fn connection_at(&self, link: u64, node: usize) -> Option<ConnectionId> {
        self.links.get(&link)?.ends.iter().find(|(end, _)| *end == node).map(|(_, connection)| *connection)
    }
}
