use super::View;
use crate::store::StoreError;
use folkmoot_protocol::{act::Act, id::*, limits, op::Content};

/// Who looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Viewer {
    /// The person.
    pub person: PersonId,
    /// The device.
    pub device: DeviceId,
}

impl Viewer {
    /// Somebody without marks, on another device.
    pub(crate) const NOBODY: Self = Self { person: PersonId::ZERO, device: DeviceId::ZERO };
}

impl View<'_> {
    /// The act that let this folder's device in; none before that.
    pub fn admission(&self) -> Result<Option<OpId>, StoreError> {
        Ok(self.setting("credential")?.and_then(|bytes| bytes.try_into().ok()).map(OpId))
    }

    /// The device that a credential let in, and whose it is; none where the act is not held. The acts alone say so:
    /// folding the whole hall would cost more the more members there are.
    pub fn viewer(&self, credential: OpId) -> Result<Option<Viewer>, StoreError> {
        let (mut at, mut device) = (credential, None);
        for _ in 0..=limits::DEVICES_PER_PERSON {
            let Some(held) = self.operation(at)? else { return Ok(None) };
            let joining = match held.op.content() {
                Some(Ok(Content::Act(Act::Found(found)))) => found.founder,
                Some(Ok(Content::Act(Act::Admit(admit)))) => admit.joining,
                Some(Ok(Content::Act(Act::GrantDevice(grant)))) => {
                    device = device.or(Some(grant.pairing.device));
                    at = held.credential;
                    continue;
                }
                _ => return Ok(None),
            };
            return Ok(Some(Viewer { person: joining.statement.person(), device: device.unwrap_or(joining.grant.device) }));
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use crate::store::query::fixture::World;
    use folkmoot_protocol::id::OpId;

    #[test]
    fn whoever_was_let_in_is_known_by_the_act_that_did() {
        let (mut world, alice) = World::new();
        let bob = world.admit("Bob", &alice);
        let laptop = world.grant(&bob);
        for author in [&alice, &bob, &laptop] {
            assert_eq!(world.view().viewer(author.credential).unwrap(), Some(author.viewer()));
        }
        assert_eq!(laptop.viewer().person, bob.viewer().person);
        assert_eq!(world.view().viewer(OpId([9; 32])).unwrap(), None);
    }
}
