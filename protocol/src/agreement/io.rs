use super::{Certificate, CertificateError, Message, MessageError, Place, rules::Step};
use crate::{
    cbor,
    id::{CoopId, DeviceId, IssueId},
    limits,
};
use minicbor::{Decode, Encode};

/// What happens to a teller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Somebody said something.
    Message(Message),
    /// A timer that was set has run out.
    Tick(Timer),
    /// An issue was judged, as [`Output::Judge`] asked.
    Judged {
        /// The issue.
        issue: IssueId,
        /// The round of the question.
        round: u32,
        /// The answer.
        judgement: Judgement,
    },
    /// The body of a new issue, as [`Output::Draft`] asked.
    Drafted {
        /// The round of the question.
        round: u32,
        /// The body.
        body: Vec<u8>,
    },
    /// An issue was certified elsewhere: the height is at its end.
    Certified {
        /// The issue.
        issue: IssueId,
        /// Its certificate.
        certificate: Certificate,
    },
}

/// What a teller finds of an issue. What it cannot judge yet, since it does not hold all that is included, it judges
/// later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    /// It does not follow, or a derived field recomputes otherwise: never to be certified.
    Unsound,
    /// Sound, but too far from this teller's clock, or it leaves out something due.
    Stale,
    /// Sound, near this teller's clock, and leaves out nothing due.
    Fresh,
}

/// What the caller does next, after it committed [`super::Core::to_row`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Sends this to all other tellers.
    Send(Message),
    /// Waits, then gives the timer back.
    Timer {
        /// The timer.
        timer: Timer,
        /// How long.
        after_ms: u64,
    },
    /// Judges an issue: at once, or once all is held that it includes.
    Judge {
        /// The issue.
        issue: IssueId,
        /// The round that asks.
        round: u32,
        /// Its body.
        body: Vec<u8>,
    },
    /// Makes an issue to propose in this round.
    Draft {
        /// The round that asks.
        round: u32,
    },
    /// Asks the other tellers for all that they hold of a round.
    Ask {
        /// The round.
        round: u32,
    },
    /// The issue is certified: the height is at its end.
    Certified {
        /// The issue.
        issue: IssueId,
        /// Its body.
        body: Vec<u8>,
        /// Its certificate.
        certificate: Certificate,
    },
    /// Somebody contradicted themselves.
    Evidence(Box<Contradiction>),
}

/// A timer for a part of a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timer {
    /// The round.
    pub round: u32,
    /// The part of it.
    pub step: Step,
}

impl Timer {
    const FIRST_MS: u64 = 20_000;
    const LATER_MS: u64 = 10_000;
    const MOST_MS: u64 = 600_000;
    const QUICK: u64 = 100;

    /// How long it runs: 20 s and 10 s for each round before, at most 10 minutes; a hundredth of that with `quick`.
    pub fn after_ms(self, quick: bool) -> u64 {
        let ms = (Self::FIRST_MS + Self::LATER_MS * u64::from(self.round)).min(Self::MOST_MS);
        if quick { ms / Self::QUICK } else { ms }
    }
}

/// Two statements of one teller of one kind, round and place that differ: proof against it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Contradiction {
    /// One, without a body.
    #[n(0)]
    pub first: Message,
    /// The other, without a body.
    #[n(1)]
    pub second: Message,
}

impl Contradiction {
    /// Whether it proves anything: both signatures hold, and an honest teller does not sign both.
    pub fn holds(&self, coop: CoopId) -> bool {
        let of = |it: &Message| (it.height, it.prev, it.round, it.teller, it.said.kind());
        let differ = self.first.said != self.second.said;
        differ && of(&self.first) == of(&self.second) && self.first.check(coop).is_ok() && self.second.check(coop).is_ok()
    }
}

/// Why an input is refused, or a row. Nothing has changed then.
#[derive(Debug, thiserror::Error)]
pub enum AgreementError {
    /// A number of tellers that does not agree with each other.
    #[error("4, 5 or 7 different tellers agree, not {0}; a single one signs alone")]
    Tellers(usize),
    /// A device that has no vote.
    #[error("{0} is no teller of this height")]
    NoTeller(DeviceId),
    /// A message of another height, or after another issue.
    #[error("the message is of height {height} after {prev}, and this is height {here} after {after}", here = place.height, after = place.prev)]
    Elsewhere {
        /// The message's height.
        height: u64,
        /// The issue that it follows.
        prev: IssueId,
        /// What is agreed on here.
        place: Box<Place>,
    },
    /// A proposal of somebody whose turn it is not.
    #[error("round {round} is not {teller}'s to propose in")]
    NotItsTurn {
        /// The round.
        round: u32,
        /// Who proposes.
        teller: DeviceId,
    },
    /// A message that is refused for ever.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// A certificate that certifies nothing.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// A draft that no issue can be.
    #[error("the draft has {0} bytes; 1 to {max} are allowed", max = limits::ISSUE_BYTES)]
    Draft(usize),
    /// Bytes that are no row.
    #[error("the row is {0}")]
    Row(#[from] cbor::CborError),
    /// A row that contradicts itself.
    #[error("the row contradicts itself")]
    Contradictory,
}
