use super::{Effect, EffectError};
use crate::{cbor, id::*, limits, text};
use minicbor::{Decode, Encode};

/// What is voted on: a text at fixed heads, and what it does.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Proposal {
    /// The bill's text.
    #[n(0)]
    pub document: DocumentId,
    /// The version that is voted on: editing the text later changes nobody's vote.
    #[n(1)]
    pub at: Vec<OpId>,
    /// Its title.
    #[n(2)]
    pub title: String,
    /// What the bill does, in order; a bill without effects is a resolution.
    #[n(3)]
    pub effects: Vec<Effect>,
    /// A bill that must be in force before this one can be.
    #[n(4)]
    pub requires: Option<OpId>,
    /// A stale bill that this one puts to a short vote once more, on the versions in force now.
    #[n(5)]
    pub confirms: Option<OpId>,
    /// When what it sets in the law ends, in the Gazette's time in ms.
    #[n(6)]
    pub sunset: Option<u64>,
}

impl Proposal {
    /// What a co-sponsor signs: exactly this form of the bill.
    pub fn digest(&self) -> [u8; 32] {
        tagged_hash("folkmoot/proposal/1", &[&cbor::encode(self)])
    }

    /// Checks what its own content shows.
    pub fn check(&self) -> Result<(), EffectError> {
        text::check_line("the bill's title", &self.title, limits::TITLE_CHARS)?;
        if self.at.is_empty() || self.at.len() > limits::HEADS_PER_EDIT || self.at.windows(2).any(|pair| pair[0] >= pair[1]) {
            return Err(EffectError::Form("the heads of the text are missing, too many or out of order"));
        }
        if self.effects.len() > limits::EFFECTS_PER_BILL {
            return Err(EffectError::Form("a bill has at most 64 effects"));
        }
        let sets_law = |effect: &Effect| matches!(effect, Effect::SetLaw { .. });
        if self.sunset.is_some() && (self.effects.is_empty() || !self.effects.iter().all(sets_law)) {
            return Err(EffectError::Form("a bill with a sunset sets values of the law and does nothing else: only these go back by themselves"));
        }
        self.effects.iter().try_for_each(Effect::check)
    }

    /// Whether it changes a rule that needs two thirds of both bodies.
    pub fn is_entrenched(&self) -> bool {
        self.effects.iter().any(|effect| matches!(effect, Effect::SetLaw { key, .. } if super::key::key(key).is_some_and(|key| key.entrenched)))
    }

    /// Who gains by it: their own ballots are shown but not tallied, where the charter says so.
    pub fn beneficiaries(&self) -> impl Iterator<Item = PersonId> {
        self.effects.iter().filter_map(Effect::beneficiary)
    }
}
