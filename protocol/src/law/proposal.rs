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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law::{Charter, Value};

    fn proposal(effects: Vec<Effect>) -> Proposal {
        let (document, at) = (DocumentId([1; 32]), vec![OpId([2; 32])]);
        Proposal { document, at, title: "A higher fee".into(), effects, requires: None, confirms: None, sunset: None }
    }

    fn fee(expected_version: u64) -> Effect {
        Effect::SetLaw { key: "fee.minimum".into(), value: Value::Money("5.99 EUR".parse().unwrap()), expected_version }
    }

    #[test]
    fn what_a_proposal_does_not_have_is_not_in_its_bytes() {
        assert_eq!(cbor::encode(&proposal(vec![]))[0], 0x84, "an array of four: what co-sponsors signed before stays what they signed");
        let longest = Proposal { sunset: Some(7), ..proposal(vec![fee(1)]) };
        let bytes = cbor::encode(&longest);
        assert_eq!((bytes[0], cbor::decode::<Proposal>(&bytes).ok()), (0x87, Some(longest)));
    }

    #[test]
    fn only_values_of_the_law_have_a_sunset() {
        let with_sunset = |effects| Proposal { sunset: Some(7), ..proposal(effects) }.check().err().map(|error| error.to_string());
        assert_eq!(with_sunset(vec![fee(1), fee(2)]), None);
        for effects in [vec![], vec![fee(1), Effect::EndJob { job: "baker".into() }], vec![Effect::Repeal { bill: OpId([3; 32]) }]] {
            assert!(with_sunset(effects).unwrap().contains("only these go back by themselves"));
        }
    }

    #[test]
    fn a_confirming_vote_is_short_and_no_longer_than_another() {
        let (days, charter) = (|n: u64| n * 24 * 3_600_000, Charter::default());
        let confirming = Proposal { confirms: Some(OpId([3; 32])), ..proposal(vec![fee(2)]) };
        assert_eq!((proposal(vec![]).period_ms(&charter), confirming.period_ms(&charter)), (days(12), days(3)));
        let short = Charter { voting_period_ms: days(2), ..charter };
        assert_eq!(confirming.period_ms(&short), days(2));
    }
}
