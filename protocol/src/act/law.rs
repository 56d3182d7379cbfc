//! Acts by which people take part in the co-op's law. What they do is found out when the Gazette prints them
//! ([`crate::law`]).

use super::{
    ActError,
    evidence::Evidence,
    standing::{Challenge, Decision, Reconcile},
};
use crate::{
    agreement::is_number_of_tellers,
    id::*,
    law::{Demand, Money, Proposal},
    limits, text,
};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// One act of the law.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum LawAct {
    /// The treasurer records that somebody paid.
    #[n(0)]
    Dues(#[n(0)] Dues),
    /// The registrar confirms what the treasurer recorded.
    #[n(1)]
    Attest {
        /// The [`LawAct::Dues`].
        #[n(0)]
        dues: OpId,
    },
    /// Accepts what waits for the person who signs: dues, a job, an office.
    #[n(2)]
    Accept {
        /// What: the recording of the dues, or what a bill's effect made ([`OpId::made_by`]).
        #[n(0)]
        offer: OpId,
    },
    /// Supports that a bill be opened, in exactly this form.
    #[n(3)]
    Cosponsor {
        /// [`Proposal::digest`].
        #[cbor(n(0), with = "minicbor::bytes")]
        proposal: [u8; 32],
        /// The bill's text.
        #[n(1)]
        document: DocumentId,
    },
    /// Puts a bill to the vote.
    #[n(4)]
    Open(#[n(0)] Proposal),
    /// Takes back one's own bill before its vote ends.
    #[n(5)]
    Withdraw {
        /// The act that opened it.
        #[n(0)]
        bill: OpId,
    },
    /// A teller states up to where it holds the chains of the hall.
    #[n(6)]
    Receipt(#[n(0)] Receipt),
    /// Stands as a candidate. Who is elected holds the office without a further acceptance, and a teller prints with
    /// the device that signs this.
    #[n(7)]
    Stand {
        /// The election ([`OpId::made_by`]).
        #[n(0)]
        election: OpId,
    },
    /// Takes a candidacy back before the voting begins.
    #[n(8)]
    StandDown {
        /// The election.
        #[n(0)]
        election: OpId,
    },
    /// Chooses tellers where those who hold the office print nothing any more.
    #[n(9)]
    Recover(#[n(0)] Recover),
    /// Challenges somebody's place among the consumers.
    #[n(10)]
    Challenge(#[n(0)] Challenge),
    /// An auditor decides a challenge.
    #[n(11)]
    Decide(#[n(0)] Decision),
    /// A treasurer or auditor states what the receipts of some time and the bank come to.
    #[n(12)]
    Reconcile(#[n(0)] Reconcile),
    /// Shows that somebody who holds an office signed two things that exclude each other.
    #[n(13)]
    Evidence(#[n(0)] Box<Evidence>),
    /// A moderator of a community does something about a document there.
    #[n(20)]
    Moderate(#[n(0)] Moderation),
    /// Reports a document to the moderators of its community.
    #[n(21)]
    Report(#[n(0)] Report),
    /// A moderator bans somebody from a community.
    #[n(22)]
    Ban(#[n(0)] Ban),
    /// A moderator takes a ban back.
    #[n(23)]
    Unban(#[n(0)] Unban),
    /// Says that the person who signs takes part in a community from now on, or no more.
    #[n(24)]
    TakePart {
        /// The community.
        #[n(0)]
        space: SpaceId,
        /// Whether they do.
        #[n(1)]
        on: bool,
    },
    /// Signs a petition of a community's participants, in place of the one that they signed there before.
    #[n(25)]
    Petition {
        /// The community.
        #[n(0)]
        space: SpaceId,
        /// What it asks for; none to sign none any more.
        #[n(1)]
        demand: Option<Demand>,
    },
    /// Promises money for the case that something is decided and delivered, in place of what was promised before.
    #[n(26)]
    Pledge {
        /// The act that opened a bill, or a feature of a vote on priorities ([`OpId::made_by`]).
        #[n(0)]
        to: OpId,
        /// How much.
        #[n(1)]
        amount: Money,
    },
    /// Takes a pledge back as long as nothing is decided.
    #[n(27)]
    WithdrawPledge {
        /// The bill or feature.
        #[n(0)]
        to: OpId,
    },
}

/// New tellers, chosen by the members without the old ones ([`crate::law::RecoveryCount`]).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Recover {
    /// The last issue that is good; the next one is by the new tellers.
    #[n(0)]
    pub last_good: IssueId,
    /// The devices that are to print, ascending.
    #[cbor(n(1), decode_with = "crate::wire::list::<{ limits::TELLERS }, _, _>")]
    pub tellers: Vec<DeviceId>,
}

/// What a moderator can do about a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "lowercase")]
pub enum Measure {
    /// Hides it, and in time drops what it said from every disk.
    #[n(0)]
    Remove,
    /// Takes a removal back.
    #[n(1)]
    Restore,
    /// Ends the comments under a post.
    #[n(2)]
    Lock,
    /// Lets them go on.
    #[n(3)]
    Unlock,
    /// Puts a post first in its community's feed.
    #[n(4)]
    Pin,
    /// Takes that back.
    #[n(5)]
    Unpin,
    /// Closes the reports on it and leaves it as it is.
    #[n(6)]
    Dismiss,
}

impl Measure {
    /// All of them.
    pub const ALL: [Self; 7] = [Self::Remove, Self::Restore, Self::Lock, Self::Unlock, Self::Pin, Self::Unpin, Self::Dismiss];

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Remove => "remove",
            Self::Restore => "restore",
            Self::Lock => "lock",
            Self::Unlock => "unlock",
            Self::Pin => "pin",
            Self::Unpin => "unpin",
            Self::Dismiss => "dismiss",
        }
    }

    /// The word for its having been done.
    pub fn past(self) -> &'static str {
        match self {
            Self::Remove => "removed",
            Self::Restore => "restored",
            Self::Lock => "locked",
            Self::Unlock => "unlocked",
            Self::Pin => "pinned",
            Self::Unpin => "unpinned",
            Self::Dismiss => "dismissed the reports on",
        }
    }

    /// Whether it takes something from somebody, and so has to cite a rule.
    pub fn needs_rule(self) -> bool {
        matches!(self, Self::Remove | Self::Lock)
    }
}

/// What a moderator does, by which rule, and why.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Moderation {
    /// The community.
    #[n(0)]
    pub space: SpaceId,
    /// The document there.
    #[n(1)]
    pub document: DocumentId,
    /// What is done.
    #[n(2)]
    pub measure: Measure,
    /// The community's rule that it cites, from 1; 0 where it cites none.
    #[n(3)]
    pub rule: u32,
    /// Why.
    #[n(4)]
    pub reason: String,
}

/// That somebody reports a document.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Report {
    /// The community.
    #[n(0)]
    pub space: SpaceId,
    /// The document there.
    #[n(1)]
    pub document: DocumentId,
    /// Why.
    #[n(2)]
    pub reason: String,
}

/// That somebody is banned from a community: for how long, by which rule, and why.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Ban {
    /// The community.
    #[n(0)]
    pub space: SpaceId,
    /// Who.
    #[n(1)]
    pub person: PersonId,
    /// Until when, in ms since 1970; 0 for until a moderator takes it back.
    #[n(2)]
    pub until_ms: u64,
    /// The community's rule that it cites, from 1.
    #[n(3)]
    pub rule: u32,
    /// Why.
    #[n(4)]
    pub reason: String,
}

/// That somebody is banned no more, and why.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Unban {
    /// The community.
    #[n(0)]
    pub space: SpaceId,
    /// Who.
    #[n(1)]
    pub person: PersonId,
    /// Why.
    #[n(2)]
    pub reason: String,
}

/// That somebody paid.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Dues {
    /// Receipts are numbered without gaps, from 1.
    #[n(0)]
    pub number: u64,
    /// Who paid.
    #[n(1)]
    pub member: PersonId,
    /// From when, in ms since 1970,
    #[n(2)]
    pub from_ms: u64,
    /// until when.
    #[n(3)]
    pub to_ms: u64,
    /// How much.
    #[n(4)]
    pub amount: Money,
    /// Commits to the bank's record of the payment without showing it; zeros where there is none.
    #[cbor(n(5), with = "minicbor::bytes")]
    pub commitment: [u8; 32],
}

/// Up to where a teller holds chains of the hall, by its own clock.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Receipt {
    /// When, in ms since 1970.
    #[n(0)]
    pub at_ms: u64,
    /// The chains, in the order of their devices.
    #[n(1)]
    pub held: Vec<ChainTo>,
}

/// A chain of the hall up to one of its operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(array)]
pub struct ChainTo {
    /// Whose chain.
    #[n(0)]
    pub device: DeviceId,
    /// The number of the operation.
    #[n(1)]
    pub seq: u64,
    /// The operation.
    #[n(2)]
    pub id: OpId,
}

impl LawAct {
    /// Checks what the act's own content shows.
    pub(super) fn check(&self) -> Result<(), ActError> {
        match self {
            Self::Dues(dues) => dues.check(),
            Self::Open(proposal) => Ok(proposal.check()?),
            Self::Receipt(receipt) => {
                super::count("the chains of a receipt", receipt.held.len(), 1, limits::CHAINS_PER_RECEIPT)?;
                super::ascending("the chains of a receipt", receipt.held.iter().map(|held| held.device))
            }
            Self::Recover(recover) => recover.check(),
            Self::Challenge(challenge) => challenge.check(),
            Self::Decide(decision) => decision.check(),
            Self::Reconcile(reconcile) => reconcile.check(),
            Self::Moderate(moderation) => moderation.check(),
            Self::Report(report) => check_reason(report.space, &report.reason),
            Self::Ban(ban) => ban.check(),
            Self::Unban(unban) => check_reason(unban.space, &unban.reason),
            Self::TakePart { space, .. } => check_community(*space),
            Self::Petition { space, demand } => {
                check_community(*space)?;
                Ok(demand.as_ref().map_or(Ok(()), Demand::check)?)
            }
            // Whether it proves anything is found out when it is printed: that takes looking at signatures.
            Self::Evidence(_) | Self::Attest { .. } | Self::Accept { .. } | Self::Cosponsor { .. } | Self::Withdraw { .. } => Ok(()),
            Self::Pledge { amount, .. } => check_pledge(amount),
            Self::Stand { .. } | Self::StandDown { .. } | Self::WithdrawPledge { .. } => Ok(()),
        }
    }

    /// Whether the Gazette is to print it. Receipts speak of printing; to print them would never end.
    pub fn wants_printing(&self) -> bool {
        !matches!(self, Self::Receipt(_))
    }
}

impl Recover {
    fn check(&self) -> Result<(), ActError> {
        if !is_number_of_tellers(self.tellers.len()) {
            return Err(ActError::Contradiction("there are 1, 4, 5 or 7 tellers"));
        }
        super::ascending("the tellers", self.tellers.iter())
    }
}

impl Moderation {
    fn check(&self) -> Result<(), ActError> {
        check_rule(self.rule, self.measure.needs_rule())?;
        check_reason(self.space, &self.reason)
    }
}

impl Ban {
    fn check(&self) -> Result<(), ActError> {
        if self.until_ms > limits::BAN_ENDS_MS {
            return Err(ActError::Contradiction("no ban ends after the year 9999: let it stand until it is taken back"));
        }
        check_rule(self.rule, true)?;
        check_reason(self.space, &self.reason)
    }
}

fn check_rule(rule: u32, needed: bool) -> Result<(), ActError> {
    if rule > limits::RULES {
        return Err(ActError::Contradiction("rules are numbered from 1 to 99"));
    }
    if needed && rule == 0 {
        return Err(ActError::Contradiction("what takes something from somebody cites a rule"));
    }
    Ok(())
}

fn check_pledge(amount: &Money) -> Result<(), ActError> {
    match amount.check() {
        Ok(()) if amount.minor > 0 => Ok(()),
        Ok(()) => Err(ActError::Contradiction("a pledge of nothing is none: one is taken back by itself")),
        Err(_) => Err(ActError::Contradiction("no such amount of money is written anywhere")),
    }
}

fn check_community(space: SpaceId) -> Result<(), ActError> {
    if space == SpaceId::HALL { Err(ActError::Contradiction("the hall is no community: every member is in it")) } else { Ok(()) }
}

fn check_reason(space: SpaceId, reason: &str) -> Result<(), ActError> {
    if space == SpaceId::HALL {
        return Err(ActError::Contradiction("the hall has no moderators: what is written there stands"));
    }
    Ok(text::check_line("the reason", reason, limits::REASON_CHARS)?)
}

impl Dues {
    /// The longest time that one receipt covers.
    pub const MOST_MS: u64 = 366 * 24 * 3600 * 1000;

    fn check(&self) -> Result<(), ActError> {
        if self.number == 0 || self.number > limits::MOST_SEQ {
            return Err(ActError::Contradiction("receipts are numbered from 1"));
        }
        if self.to_ms <= self.from_ms || self.to_ms - self.from_ms > Self::MOST_MS {
            return Err(ActError::Contradiction("dues are for a time that ends after it begins, a year at most"));
        }
        if self.amount.check().is_err() || self.amount.minor > limits::DUES_MINOR {
            return Err(ActError::Contradiction("nobody pays so much: a reconciliation could not state the sum"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
