//! What is done in the hall.

use super::{List, Machine};
use ed25519_dalek::SigningKey;
use folkmoot_protocol::{
    act::{Act, GrantDevice, Keep, OpenSpace, RevokeDevice},
    document::{DocumentKind, Edit, Key, Step, Value},
    id::*,
    identity::{Pairing, SignatureBytes},
};

impl List {
    pub(super) fn admit(&mut self) {
        let (by, guest) = (self.machine(), self.chance(35));
        let human = if self.chance(25) { Some(self.index(self.humans.len())) } else { None };
        self.admit_somebody(by, human, guest);
    }

    /// A person's signature, another person's, or none.
    fn authority(&mut self, human: usize, device: DeviceId) -> Option<SignatureBytes> {
        match self.random.below(10) {
            0 => Some(self.humans[self.random.below(self.humans.len() as u64) as usize].key.authorise(&device.0)),
            1..5 => Some(self.humans[human].key.authorise(&device.0)),
            _ => None,
        }
    }

    pub(super) fn grant(&mut self) {
        let by = self.machine();
        let human = self.machines[by].human;
        let key = SigningKey::from_bytes(&self.random.bytes());
        let name = if self.chance(10) { "bad \u{202E} name".to_owned() } else { format!("device {}", self.machines.len()) };
        let pairing = Pairing::sign(name, &key);
        let authority = self.authority(human, pairing.device);
        let machine = self.new_machine(human, key, false);
        let words = format!("grants device {machine}, signed by the person: {}", authority.is_some());
        self.machines[machine].credential = self.sign_act(by, SpaceId::HALL, &Act::GrantDevice(GrantDevice { pairing, authority }), words);
    }

    pub(super) fn revoke(&mut self) {
        let by = self.machine();
        let human = self.machines[by].human;
        // One of the same person's, mostly.
        let own: Vec<usize> = (0..self.machines.len()).filter(|machine| self.machines[*machine].human == human).collect();
        let closed = if self.chance(85) { own[self.index(own.len())] } else { self.index(self.machines.len()) };
        // A co-op whose founder closed their first device early does little.
        if closed == 0 && !self.chance(10) {
            return;
        }
        let device = device_of(&self.machines[closed]);
        let mut keep = vec![];
        for (space, chain) in self.machines[closed].chains.clone() {
            if self.chance(75) {
                keep.push(Keep { space, seq: self.random.below(chain.len() as u64 + 2) });
            }
        }
        if self.chance(10) {
            keep.reverse();
        }
        let authority = self.authority(human, device);
        let words = format!("revokes device {closed} keeping {keep:?}, signed by the person: {}", authority.is_some());
        self.sign_act(by, SpaceId::HALL, &Act::RevokeDevice(RevokeDevice { device, keep, authority }), words);
    }

    pub(super) fn open(&mut self, name: &str) {
        self.open_by(0, name);
    }

    fn open_by(&mut self, by: usize, name: &str) {
        let op = self.sign_act(by, SpaceId::HALL, &Act::OpenSpace(OpenSpace { name: name.into() }), format!("opens {name:?}"));
        self.spaces.push(SpaceId::opened_by(op));
    }

    pub(super) fn open_community(&mut self) {
        let (by, name) = (self.machine(), if self.chance(20) { "No Short Name" } else { "rolls" });
        self.open_by(by, name);
    }

    pub(super) fn profile(&mut self) {
        let by = self.machine();
        let own = self.machines[by].human;
        let human = if self.chance(85) { own } else { self.index(self.humans.len()) };
        let Some(document) = self.documents.iter().position(|one| one.id == DocumentId::profile_of(self.humans[human].id)) else { return };
        let mut steps = vec![];
        if self.chance(70) {
            let name = ["Ann", "Bob", "Cleo", " padded"][self.index(4)];
            steps.push(Step::Put { key: Key::Name, value: Value::Text(name.into()) });
        }
        if self.chance(60) || steps.is_empty() {
            steps.push(Step::Put { key: Key::Bio, value: Value::Text(self.word()) });
        }
        let at = if self.chance(25) { vec![] } else { self.heads(document) };
        self.add_edit(by, document, &Edit { kind: DocumentKind::Profile, at, steps }, "edits a profile");
    }

    pub(super) fn describe(&mut self) {
        let (by, space) = (if self.chance(60) { 0 } else { self.machine() }, self.space());
        let document = self.description(space);
        let key = [Key::Title, Key::Sidebar, Key::Rules][self.index(3)];
        let steps = vec![Step::Put { key, value: Value::Text(["All of it", "Half"][self.index(2)].into()) }];
        let at = if self.chance(25) { vec![] } else { self.heads(document) };
        self.add_edit(by, document, &Edit { kind: DocumentKind::Community, at, steps }, "describes a community");
    }
}

pub(super) fn device_of(machine: &Machine) -> DeviceId {
    DeviceId(machine.key.verifying_key().to_bytes())
}
