//! Why an effect of a bill cannot be, as the register keeps it of a bill that is stale: codes, so that no wording is
//! hashed. What they say to people is made of them where it is read.

use super::{CharterError, Office, charter::Contradiction};
use crate::{limits, money::Currency};
use minicbor::{Decode, Encode};

/// Why an effect of a bill cannot be.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, thiserror::Error)]
pub enum Hindrance {
    /// A key of the law was set since the bill was opened.
    #[error("{key} was changed in the meantime: the bill is on version {expected}, in force is version {present}")]
    #[n(0)]
    Version {
        /// The key.
        #[n(0)]
        key: String,
        /// The version that was voted on.
        #[n(1)]
        expected: u64,
        /// The version in force.
        #[n(2)]
        present: u64,
    },
    /// Values that do not go together.
    #[error("{0}")]
    #[n(1)]
    Contradiction(#[n(0)] Contradiction),
    /// A key that lacks a value, or has one that it does not take.
    #[error("{key} would have no value that it takes")]
    #[n(2)]
    Value {
        /// The key.
        #[n(0)]
        key: String,
    },
    /// The bill that a bill requires did not come into force.
    #[error("the bill that it requires is not in force")]
    #[n(3)]
    Required,
    /// A repeal of a bill that is not in force.
    #[error("the bill that it repeals is not in force")]
    #[n(4)]
    RepealedNotInForce,
    /// A repeal of a bill that set nothing.
    #[error(
        "the bill that it repeals has set nothing in the law, and a repeal undoes nothing else: further effects do (end-job, dismiss, unendorse, adopt-text, budget)"
    )]
    #[n(5)]
    RepealedNothing,
    /// A repeal of what was set again since.
    #[error("{key} was changed again since that bill")]
    #[n(6)]
    RepealedChanged {
        /// The key.
        #[n(0)]
        key: String,
    },
    /// A job's name is taken.
    #[error("there is a job named {job} already")]
    #[n(7)]
    JobExists {
        /// Its name.
        #[n(0)]
        job: String,
    },
    /// A job is not there.
    #[error("there is no job named {job}")]
    #[n(8)]
    NoJob {
        /// Its name.
        #[n(0)]
        job: String,
    },
    /// A job has a holder.
    #[error("somebody holds the job {job}")]
    #[n(9)]
    JobHeld {
        /// Its name.
        #[n(0)]
        job: String,
    },
    /// Nobody holds two jobs.
    #[error("that person holds a job already")]
    #[n(10)]
    HasJob,
    /// An office that a person has.
    #[error("that person holds the office already")]
    #[n(11)]
    HoldsOffice,
    /// An office that a person does not have.
    #[error("that person is no {}", office.name())]
    #[n(12)]
    HoldsNoOffice {
        /// The office.
        #[n(0)]
        office: Office,
    },
    /// Somebody has to print.
    #[error("that is the only teller: without one nothing is printed any more. Appoint another first")]
    #[n(13)]
    OnlyTeller,
    /// A community is not there.
    #[error("there is no such community")]
    #[n(14)]
    NoCommunity,
    /// A person is not there.
    #[error("nobody of that id was let into the co-op")]
    #[n(15)]
    NoPerson,
    /// A person was expelled.
    #[error("a bill expelled that person")]
    #[n(16)]
    Expelled,
    /// A budget is not there.
    #[error("there is no budget named {budget}")]
    #[n(17)]
    NoBudget {
        /// Its name.
        #[n(0)]
        budget: String,
    },
    /// A budget is in another currency.
    #[error("the budget {budget} is in {currency}")]
    #[n(18)]
    BudgetCurrency {
        /// Its name.
        #[n(0)]
        budget: String,
        /// Its currency.
        #[n(1)]
        currency: Currency,
    },
    /// A budget was used, and its currency cannot be changed any more.
    #[error("the budget {budget} has been spent from in another currency")]
    #[n(19)]
    SpentInCurrency {
        /// Its name.
        #[n(0)]
        budget: String,
    },
    /// A budget would be less than what was spent.
    #[error("of the budget {budget} more is spent already")]
    #[n(20)]
    SpentMore {
        /// Its name.
        #[n(0)]
        budget: String,
    },
    /// A payment is larger than what is left.
    #[error("the budget {budget} does not have that much left")]
    #[n(21)]
    BudgetLeft {
        /// Its name.
        #[n(0)]
        budget: String,
    },
    /// An instance is endorsed.
    #[error("{instance} is endorsed already")]
    #[n(22)]
    Endorsed {
        /// Its host.
        #[n(0)]
        instance: String,
    },
    /// An instance is not endorsed.
    #[error("{instance} is not endorsed")]
    #[n(23)]
    NotEndorsed {
        /// Its host.
        #[n(0)]
        instance: String,
    },
    /// An election to that office goes on.
    #[error("an election of a {} is under way", office.name())]
    #[n(24)]
    Election {
        /// The office.
        #[n(0)]
        office: Office,
    },
    /// As many elections go on as may.
    #[error("{} elections are under way, as many as may be at one time", limits::OPEN_ELECTIONS)]
    #[n(25)]
    Elections,
    /// A vote on priorities of that name goes on.
    #[error("a vote on the priorities {name} is under way")]
    #[n(26)]
    Priorities {
        /// Its name.
        #[n(0)]
        name: String,
    },
    /// As many votes on priorities go on as may.
    #[error("{} votes on priorities are under way, as many as may be at one time", limits::OPEN_PRIORITIES)]
    #[n(27)]
    ManyPriorities,
    /// A document was not removed in any community.
    #[error("that document is not removed")]
    #[n(28)]
    NotRemoved,
    /// A document's content was dropped.
    #[error("what it said is dropped, and every node deletes it as it hears of that: it cannot be brought back")]
    #[n(29)]
    Dropped,
    /// Somebody is not banned.
    #[error("they are not banned there")]
    #[n(30)]
    NotBanned,
    /// A bill came to the end of its voting and cooling off only after its sunset.
    #[error("its sunset was over before it could come into force")]
    #[n(32)]
    Sunset,
    /// What is to be delivered is neither a bill that is in force nor a feature that was chosen.
    #[error("only a bill that is in force, or a feature that a vote on priorities funded, is delivered")]
    #[n(33)]
    NotDecided,
    /// Something was delivered before.
    #[error("that it is delivered was said already")]
    #[n(34)]
    Delivered,
    /// A bill that is none.
    #[error("no such bill was opened")]
    #[n(31)]
    NoBill,
}

impl From<CharterError> for Hindrance {
    fn from(error: CharterError) -> Self {
        match error {
            CharterError::Relation(contradiction) => Self::Contradiction(contradiction),
            CharterError::Missing(key) | CharterError::Value { key, .. } => Self::Value { key: key.into() },
            CharterError::Unknown { name, .. } => Self::Value { key: name },
        }
    }
}

impl From<Hindrance> for String {
    fn from(hindrance: Hindrance) -> Self {
        hindrance.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{cbor, law::Status};

    #[test]
    fn the_register_keeps_codes_and_no_wording() {
        let stale = |reason| cbor::encode(&Status::Stale { reason });
        let bytes = stale(Hindrance::Version { key: "fee.minimum".into(), expected: 1, present: 2 });
        assert_eq!(data_encoding::HEXLOWER.encode(&bytes), "8204818200836b6665652e6d696e696d756d0102");
        assert_eq!(cbor::decode::<Status>(&bytes).unwrap().name(), "stale");
        assert_eq!(data_encoding::HEXLOWER.encode(&stale(Hindrance::OnlyTeller)), "820481820d80");
        assert!(Hindrance::OnlyTeller.to_string().contains("Appoint another first"));
    }
}
