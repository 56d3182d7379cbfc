//! How messages travel: from one machine onto the line, over it with all that may befall them, and into another.

use super::{
    Event, Sim, Villain, address,
    network::{DIAL_MS, IDLE_MS},
};
use folkmoot_node::service::{ConnectionId, Input, Source};
use folkmoot_protocol::{id::*, wire::Message};

/// Messages that may wait on a line whose end reads nothing: of an honest sender far fewer do.
const WINDOW_MESSAGES: usize = 2_000;
/// What a slow machine takes longer for each message.
const SLOW_MS: u64 = 1_500;

impl Sim {
    pub(super) fn close(&mut self, node: usize, connection: ConnectionId, reason: String) {
        let Some(link) = self.network.link_at(node, connection) else { return };
        if self.machines[node].villain.is_none() {
            let whom = if self.machines[self.network.other_end(link, node)].villain.is_some() { "hostile" } else { "honest" };
            *self.dropped.entry(format!("{whom}: {}", kind_of(&reason))).or_insert(0) += 1;
        }
        // What was sent before the end still arrives.
        let at = self.network.last_delivery(link).saturating_sub(self.now) + 1;
        if let Some(link) = self.network.links.get_mut(&link) {
            link.closing = true;
        }
        self.later(at, Event::Closed { link, reason });
    }

    pub(super) fn closed(&mut self, link: u64, reason: &str) {
        let Some(closed) = self.network.links.remove(&link) else { return };
        for (node, connection) in closed.ends {
            self.input(node, Input::Disconnected { connection, reason: reason.into() });
        }
    }

    pub(super) fn dial(&mut self, node: usize, peer: DeviceId, addresses: &[String]) {
        let target = (0..self.machines()).find(|other| addresses.contains(&address(*other)));
        let delay = self.network.delay(&mut self.random);
        let reached = target.filter(|other| self.is_up(*other) && self.network.reaches(node, *other) && self.service(*other).device() == peer);
        let Some(other) = reached else {
            self.later(DIAL_MS, Event::Input { node, input: Box::new(Input::DialFailed { peer, reason: "unreachable".into() }) });
            return;
        };
        let (here, there) = self.network.connect(node, other, self.now);
        let me = self.service(node).device();
        self.later(delay, Event::Input { node, input: Box::new(Input::Connected { connection: here, peer, dialled: true }) });
        self.later(delay, Event::Input { node: other, input: Box::new(Input::Connected { connection: there, peer: me, dialled: false }) });
    }

    pub(super) fn transmit(&mut self, node: usize, connection: ConnectionId, body: Vec<u8>) {
        let Some(link) = self.network.link_at(node, connection) else { return };
        let bytes = body.len();
        let mut bodies = vec![body];
        if let Some(mut villain) = self.machines[node].villain.take() {
            bodies = villain.bend(connection, bodies.remove(0), self.service(node));
            self.machines[node].villain = Some(villain);
            if bodies.is_empty() {
                self.later(1, Event::Input { node, input: Box::new(Input::Sent { connection, bytes }) });
            }
        }
        for body in bodies {
            self.put_on_the_line(link, node, body);
        }
    }

    pub(super) fn put_on_the_line(&mut self, link: u64, node: usize, body: Vec<u8>) {
        if self.network.links.get(&link).is_none_or(|link| link.closing) {
            return;
        }
        let to = self.network.other_end(link, node);
        if let Some(heard) = &mut self.heard {
            heard.listen(self.now, (node, to), &body);
        }
        if self.happens(self.network.faults.breaks_one_in, "broken connection") {
            return self.break_link(link);
        }
        let honest = self.machines[node].villain.is_none();
        if let Some(link) = self.network.links.get_mut(&link) {
            let side = link.side(to);
            link.under_way[side] += body.len();
            if honest {
                self.most_under_way = self.most_under_way.max(link.under_way[side]);
            }
        }
        if !self.network.passes(node, to) {
            if let Some(link) = self.network.links.get_mut(&link) {
                link.held.push((to, body));
            }
            return;
        }
        self.carry(link, to, body);
    }

    /// Takes a message to the other end, with all that may befall it.
    pub(super) fn carry(&mut self, link: u64, to: usize, body: Vec<u8>) {
        let from = self.network.other_end(link, to);
        let slow = [from, to].iter().filter(|node| self.machines[**node].slow).count() as u64 * SLOW_MS;
        let delay = self.network.delay(&mut self.random) + slow;
        let overtakes = self.happens(self.network.faults.reorders_one_in, "reordered message");
        let doubled = self.happens(self.network.faults.doubles_one_in, "doubled message");
        let lost = self.happens(self.network.faults.loses_one_in, "lost message");
        let at = self.network.delivery(link, to, self.now, delay, overtakes) - self.now;
        // A machine that reads nothing lets nothing leave the one that sends to it.
        let reads = self.machines[to].villain.as_ref().is_none_or(Villain::reads);
        if let Some(connection) = self.network.connection_at(link, from).filter(|_| reads) {
            if let Some(link) = self.network.links.get_mut(&link) {
                let side = link.side(to);
                link.under_way[side] = link.under_way[side].saturating_sub(body.len());
            }
            self.later(at, Event::Input { node: from, input: Box::new(Input::Sent { connection, bytes: body.len() }) });
        }
        if doubled {
            self.later(at + 1, Event::Deliver { link, to, body: body.clone() });
        }
        if !lost {
            self.later(at, Event::Deliver { link, to, body });
        }
    }

    /// A message has arrived: it waits on the line where the node reads no further for now.
    pub(super) fn arrive(&mut self, link: u64, to: usize, body: Vec<u8>) {
        let now = self.now;
        let Some(line) = self.network.links.get_mut(&link) else { return };
        let side = line.side(to);
        if line.paused_until[side] <= now && line.arrived[side].is_empty() {
            return self.deliver(link, to, &body);
        }
        // QUIC lets a sender go no further than a window.
        if line.arrived[side].len() < WINDOW_MESSAGES {
            line.arrived[side].push_back(body);
        }
        self.fire("peer made to wait");
    }

    pub(super) fn read(&mut self, link: u64, to: usize) {
        let Some(line) = self.network.links.get_mut(&link) else { return };
        let side = line.side(to);
        if let Some(body) = line.arrived[side].pop_front() {
            self.deliver(link, to, &body);
        }
    }

    /// A node lets the next message in after a while.
    pub(super) fn read_on(&mut self, node: usize, connection: ConnectionId, after_ms: u64) {
        let at = self.now + after_ms;
        let Some(link) = self.network.link_at(node, connection) else { return };
        let Some(line) = self.network.links.get_mut(&link) else { return };
        let side = line.side(node);
        line.paused_until[side] = at;
        if after_ms > 0 || !line.arrived[side].is_empty() {
            self.later(after_ms, Event::Read { link, to: node });
        }
    }

    pub(super) fn deliver(&mut self, link: u64, to: usize, body: &[u8]) {
        let Some(connection) = self.network.connection_at(link, to) else { return };
        self.input(to, arrival(connection, body));
    }

    /// Ends a connection without a word: at the latest when nothing came back for a while, both ends know.
    pub(super) fn break_link(&mut self, link: u64) {
        let Some(broken) = self.network.links.remove(&link) else { return };
        for (node, connection) in broken.ends {
            let after = if self.random.one_in(4) { self.random.below(IDLE_MS) } else { 1 };
            self.later(after, Event::Input { node, input: Box::new(Input::Disconnected { connection, reason: "broken".into() }) });
        }
    }
}

/// A reason without what differs each time.
fn kind_of(reason: &str) -> String {
    let words = reason.split_whitespace().take_while(|word| *word != "malformed:" && !word.starts_with("operation:"));
    words.map(|word| if word.len() > 40 { "…" } else { word }).collect::<Vec<_>>().join(" ")
}

/// What a node's edge makes of a message's bytes.
pub fn arrival(connection: ConnectionId, body: &[u8]) -> Input {
    match Message::decode(body) {
        Ok(Message::Operations(operations)) => {
            let operations = operations.into_iter().map(|op| op.verify().map_err(|error| error.to_string())).collect();
            Input::Operations { source: Source::Peer(connection), operations }
        }
        Ok(message) => Input::Message { connection, message: Box::new(message) },
        Err(error) => Input::Garbage { connection, reason: error.to_string() },
    }
}
