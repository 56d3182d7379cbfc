//! What bills do, as typed data; and one line of text for each, for drafts and for people.

use super::{Feature, Money, Office, Value, key, value::ValueError};
use crate::{id::*, limits, text};
use minicbor::{Decode, Encode};

/// One thing that a bill does once it is in force.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Effect {
    /// Sets a value of the law, if it still is the version that was voted on.
    #[n(0)]
    SetLaw {
        /// A key of [`key::KEYS`].
        #[n(0)]
        key: String,
        /// Its new value.
        #[n(1)]
        value: Value,
        /// The version that it replaces; 0 where it was never set.
        #[n(2)]
        expected_version: u64,
    },
    /// Creates a job.
    #[n(1)]
    CreateJob {
        /// Short name, unique among the jobs there are.
        #[n(0)]
        name: String,
        /// What it is.
        #[n(1)]
        title: String,
        /// The pay a month.
        #[n(2)]
        pay: Money,
    },
    /// Hires somebody, if they accept.
    #[n(2)]
    FillJob {
        /// The job's short name.
        #[n(0)]
        job: String,
        /// Who.
        #[n(1)]
        person: PersonId,
    },
    /// Ends a job, filled or not.
    #[n(3)]
    EndJob {
        /// The job's short name.
        #[n(0)]
        job: String,
    },
    /// Entrusts somebody with an office, if they accept.
    #[n(4)]
    Appoint {
        /// The office.
        #[n(0)]
        office: Office,
        /// Who.
        #[n(1)]
        person: PersonId,
    },
    /// Takes an office from somebody.
    #[n(5)]
    Dismiss {
        /// The office.
        #[n(0)]
        office: Office,
        /// From whom.
        #[n(1)]
        person: PersonId,
    },
    /// Sets how much may be spent under a name.
    #[n(6)]
    Budget {
        /// Short name.
        #[n(0)]
        name: String,
        /// How much in all.
        #[n(1)]
        amount: Money,
    },
    /// Has the treasurer pay something out of a budget.
    #[n(7)]
    Spend {
        /// The budget's short name.
        #[n(0)]
        budget: String,
        /// How much.
        #[n(1)]
        amount: Money,
        /// To whom or for what.
        #[n(2)]
        purpose: String,
    },
    /// Endorses another instance.
    #[n(8)]
    Endorse {
        /// Its host name.
        #[n(0)]
        instance: String,
    },
    /// Takes an endorsement back.
    #[n(9)]
    Unendorse {
        /// Its host name.
        #[n(0)]
        instance: String,
    },
    /// Adopts a text at a fixed version: a code of conduct, a community's rules.
    #[n(10)]
    AdoptText {
        /// What it is adopted as.
        #[n(0)]
        name: String,
        /// The page.
        #[n(1)]
        document: DocumentId,
        /// The version.
        #[n(2)]
        at: Vec<OpId>,
    },
    /// Expels somebody: membership, jobs and offices end.
    #[n(11)]
    Expel {
        /// Who.
        #[n(0)]
        person: PersonId,
    },
    /// Undoes what an earlier bill set in the law, as far as nothing else has changed it since.
    #[n(12)]
    Repeal {
        /// The act that opened it.
        #[n(0)]
        bill: OpId,
    },
    /// Opens an election, which fills an office anew.
    #[n(13)]
    OpenElection {
        /// The office.
        #[n(0)]
        office: Office,
        /// How many are elected.
        #[n(1)]
        seats: u64,
    },
    /// Takes back that moderators removed a document.
    #[n(20)]
    Reinstate {
        /// The document.
        #[n(0)]
        document: DocumentId,
    },
    /// Takes back the ban of somebody from a community.
    #[n(21)]
    LiftBan {
        /// The community.
        #[n(0)]
        space: SpaceId,
        /// Who.
        #[n(1)]
        person: PersonId,
    },
    /// Says that a bill, or a feature that was chosen, is delivered: what was pledged to it is due.
    #[n(40)]
    Deliver {
        /// The act that opened the bill, or the feature of a vote on priorities.
        #[n(0)]
        what: OpId,
    },
    /// Opens a vote on what the money is shared out to.
    #[n(30)]
    Prioritise {
        /// Short name.
        #[n(0)]
        name: String,
        /// What there is to spend.
        #[n(1)]
        budget: Money,
        /// What it can be spent on.
        #[n(2)]
        features: Vec<Feature>,
    },
}

/// Why a bill cannot be as it is written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EffectError {
    /// A text that may not stand there.
    #[error(transparent)]
    Text(#[from] text::TextError),
    /// A key that the law does not have.
    #[error("the law has no key {key}{}", nearest.map(|name| format!("; did you mean {name}?")).unwrap_or_default())]
    Key {
        /// What was written.
        key: String,
        /// The nearest that there is.
        nearest: Option<&'static str>,
    },
    /// A value that does not fit its key.
    #[error("{key}: {error}")]
    Value {
        /// The key.
        key: String,
        /// What is wrong.
        error: ValueError,
    },
    /// A word of a line that is not what stands in its place.
    #[error("'{found}' is no {what}: {why}")]
    Word {
        /// What was written.
        found: String,
        /// What belongs there.
        what: &'static str,
        /// Why it is none.
        why: String,
    },
    /// A line that says no effect.
    #[error("\"{line}\" is no effect{}", form.map(|form| format!("; it is written: {form}")).unwrap_or_default())]
    Line {
        /// What was written.
        line: String,
        /// How it is written, where the first word is known.
        form: Option<&'static str>,
    },
    /// Something else about its form.
    #[error("{0}")]
    Form(&'static str),
}

impl Effect {
    /// Checks what the effect's own content shows.
    pub fn check(&self) -> Result<(), EffectError> {
        match self {
            Self::SetLaw { key: name, value, .. } => {
                let spec = key::key(name).ok_or_else(|| EffectError::Key { key: name.clone(), nearest: key::nearest(name) })?;
                value.check(&spec.kind).map_err(|error| EffectError::Value { key: name.clone(), error })
            }
            Self::CreateJob { name, title, pay } => {
                text::check_slug("the job's name", name)?;
                text::check_line("the job's title", title, limits::TITLE_CHARS)?;
                check_money("the pay", pay)
            }
            Self::FillJob { job, .. } | Self::EndJob { job } => Ok(text::check_slug("the job's name", job)?),
            Self::Budget { name, amount } => {
                text::check_slug("the budget's name", name)?;
                check_money("the budget", amount)
            }
            Self::Spend { budget, amount, purpose } => {
                text::check_slug("the budget's name", budget)?;
                text::check_line("the purpose", purpose, limits::TITLE_CHARS)?;
                check_money("the payment", amount)?;
                if amount.minor == 0 { Err(EffectError::Form("a payment of nothing is none")) } else { Ok(()) }
            }
            Self::Endorse { instance } | Self::Unendorse { instance } => check_host(instance),
            Self::AdoptText { name, at, .. } => {
                text::check_slug("the text's name", name)?;
                let ordered = at.windows(2).all(|pair| pair[0] < pair[1]);
                if at.is_empty() || at.len() > limits::HEADS_PER_EDIT || !ordered {
                    return Err(EffectError::Form("the version of the text is missing, too long or out of order"));
                }
                Ok(())
            }
            Self::OpenElection { office, seats } => check_seats(*office, *seats),
            Self::Prioritise { name, budget, features } => check_priorities(name, budget, features),
            Self::Appoint { .. } | Self::Dismiss { .. } | Self::Expel { .. } | Self::Repeal { .. } => Ok(()),
            Self::Reinstate { .. } | Self::LiftBan { .. } | Self::Deliver { .. } => Ok(()),
        }
    }

    /// Who gains by it.
    pub(super) fn beneficiary(&self) -> Option<PersonId> {
        match self {
            Self::FillJob { person, .. } | Self::Appoint { person, .. } => Some(*person),
            _ => None,
        }
    }
}

fn check_money(what: &str, amount: &Money) -> Result<(), EffectError> {
    amount.check().map_err(|error| EffectError::Value { key: what.into(), error })
}

pub(super) fn check_seats(office: Office, seats: u64) -> Result<(), EffectError> {
    if seats == 0 || seats > limits::SEATS_PER_ELECTION {
        return Err(EffectError::Form("an election has 1 to 32 seats"));
    }
    // A certificate never rests on two or three.
    if office == Office::Teller && ![1, 4, 5, 7].contains(&seats) {
        return Err(EffectError::Form("tellers are 1, 4, 5 or 7: no other number of them can agree on issues safely"));
    }
    Ok(())
}

fn check_priorities(name: &str, budget: &Money, features: &[Feature]) -> Result<(), EffectError> {
    text::check_slug("the name of the priorities", name)?;
    check_money("the budget", budget)?;
    if features.is_empty() || features.len() > limits::FEATURES_PER_VOTE {
        return Err(EffectError::Form("a vote on priorities is among 1 to 32 features"));
    }
    for (place, feature) in features.iter().enumerate() {
        text::check_slug("the feature's name", &feature.name)?;
        if features.iter().take(place).any(|other| other.name == feature.name) {
            return Err(EffectError::Form("two features have one name"));
        }
        if feature.cost == 0 || feature.cost > budget.minor {
            return Err(EffectError::Form("a feature costs something, and no more than the whole budget"));
        }
    }
    Ok(())
}

fn check_host(host: &str) -> Result<(), EffectError> {
    let label = |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    let fits = host.len() <= 253 && host.contains('.') && host.split('.').all(label);
    if fits { Ok(()) } else { Err(EffectError::Form("an instance is named by its host in lower case: example.org")) }
}
