//! The co-op's law: a pure fold over the issues of the Gazette.
//!
//! ```text
//!  issue      what was printed, and when          Issue, Certificate
//!    |
//!  state      the register of the law: one step per issue, the same on every node
//!    |          roll      who may vote              jobs, offices   who does what
//!    |          bill      proposals and their fate  values          the law in force
//!    |          ballot    who voted what            treasury        budgets and payments
//!    |          confirm   stale bills in a short vote
//!    |          sunset    what ends by itself
//!    |          election  who stands, and who won
//!    |          participation    who takes part in which community, and elects its moderators
//!    |          petition  what participants demand
//!    |          recall    whether a moderator goes before the term is over
//!    |          priorities    what the money is shared out to
//!    |          pledge    what members promise if something is decided and delivered
//!    |          challenge   whose place on the roll is disputed
//!    |          reconciliation    what officers state of receipts and the bank
//!    |          moderation    what was removed, locked, pinned, reported
//!    |          ban       who is banned from which community
//!    |          cut       from where on somebody's words have no effect there
//!    |          hopeless  which bills cannot pass, whoever votes for them
//!    |          happened  what an issue did, found afterwards
//!    |
//!  passing, charter    the rules by which a bill passes
//! ```
//!
//! Being printed is the only time that counts: no author's clock has any effect here. What is printed never
//! changes afterwards.

pub mod charter;
pub mod key;
pub mod passing;
pub mod value;

mod ballot;
mod ban;
mod bill;
mod books;
mod challenge;
mod confirm;
mod cut;
mod effect;
mod effect_text;
mod election;
mod enact;
mod evidence;
mod fold;
mod happened;
mod hindrance;
mod hopeless;
mod issue;
mod moderation;
mod office;
mod order;
mod participation;
mod petition;
mod pledge;
mod priorities;
mod proposal;
mod recall;
mod reconciliation;
mod recovery;
mod roll;
mod rows;
mod state;
mod sunset;
mod table;
mod term;

pub use ballot::{Answer, Ballot, BallotEntry, Choice, Tally};
pub use ban::Banned;
pub use bill::{Bill, Electorate, Status};
pub use challenge::{ChallengeEnd, ChallengeRow, Struck};
pub use charter::{Charter, CharterError, Contradiction, Preset};
pub use cut::{ChainEnd, Cut, Expulsion, SpaceCut, Turn, cuts};
pub use effect::{Effect, EffectError};
pub use effect_text::FORMS;
pub use election::{Candidate, CountStage, CountStep, Election, Outcome, Phase};
pub use evidence::{Proven, TELLERS_WHO_STAY};
pub use fold::{Judged, PrintedOp, Step};
pub use happened::Happened;
pub use hindrance::Hindrance;
pub use issue::{Issue, IssueError, Range, Recovered, SignedIssue};
pub use key::{KEYS, KeySpec, key, nearest};
pub use moderation::{Mandate, Moderated, Overruled, Reported, Ruling};
pub use office::Office;
pub use order::{in_order, is_in_order};
pub use passing::{Body, BodyVerdict, Count, Route, Verdict, quorum, verdict};
pub use petition::{Demand, Signature};
pub use pledge::{Delivered, Pledge, PledgeState};
pub use priorities::{Feature, FundedFeature, Priorities, Shares};
pub use proposal::Proposal;
pub use recall::{Recall, RecallResult};
pub use reconciliation::Reconciliation;
pub use recovery::RecoveryCount;
pub use roll::{ReceiptState, Standing};
pub use rows::*;
pub use state::{SILENCE_TABLES, State, serving_tellers};
pub use table::{Cell, Cells, Table};
pub use value::{Money, Value, ValueError, ValueKind};
