//! What an operation of the hall did, in words, for whoever looks.

use super::{Context, format};
use crate::{
    api::Failure,
    store::{
        StoreError, View,
        query::{LawBook, priorities::approved},
    },
};
use folkmoot_protocol::{
    act::{Act, LawAct, law::Moderation},
    document::{DocumentKind, Edit, Key, Value},
    id::*,
    law::{Demand, PrintedOp},
    op::Content,
};

/// Says what operations did.
#[derive(Clone, Copy)]
pub(in crate::cli) struct Words<'a> {
    pub(in crate::cli) view: View<'a>,
    pub(in crate::cli) book: &'a LawBook,
    /// Who looks. What others say in a vote is kept from those who may vote and have not.
    pub(in crate::cli) viewer: PersonId,
}

impl<'a> Words<'a> {
    pub(super) fn new(view: View<'a>, book: &'a LawBook, context: &Context) -> Result<Self, Failure> {
        Ok(Self { view, book, viewer: context.viewer(view)?.person })
    }

    /// A person's name.
    pub(in crate::cli) fn name(&self, person: PersonId) -> Result<String, StoreError> {
        self.view.person_or_id(person).map(|person| format::person(&person))
    }

    /// A community's name.
    pub(in crate::cli) fn place(&self, space: SpaceId) -> Result<String, StoreError> {
        self.view.community_named(space).map(|community| format::community(&community))
    }

    /// What a vote is on, by its id: a bill's title, and so on.
    fn voted_on(&self, vote: OpId) -> Result<String, StoreError> {
        let law = &self.book.provisional;
        if let Some(bill) = law.bills.get(&vote) {
            return Ok(format!("the bill \"{}\"", bill.proposal.title));
        }
        if let Some(election) = law.elections.get(&vote) {
            return Ok(format!("the election {} ({})", vote.short(), election.office.name()));
        }
        if let Some(recall) = law.recalls.get(&vote) {
            return Ok(format!("the recall of {} as moderator of {}", self.name(recall.person)?, self.place(recall.space)?));
        }
        Ok(law.priorities.get(&vote).map_or_else(|| vote.short(), |row| format!("the priorities {}", row.name)))
    }

    fn voted(&self, edit: &Edit) -> Result<String, StoreError> {
        let Some(Value::Operation(vote)) = edit.value(Key::Bill) else { return Ok("voted on nothing".into()) };
        Ok(format!("{} on {}", self.choice(*vote, edit)?, self.voted_on(*vote)?))
    }

    /// What a ballot says, without on what: `voted for`, `voted for Bob, Carol`; no more than `voted` where that is kept from
    /// who looks.
    pub(in crate::cli) fn choice(&self, vote: OpId, edit: &Edit) -> Result<String, StoreError> {
        if self.view.is_kept_from(self.viewer, vote, self.book)? {
            return Ok("voted".into());
        }
        if let Some(Value::Text(choice)) = edit.value(Key::Choice) {
            return Ok(format!("voted {choice}"));
        }
        let Some(said @ Value::Ranking(ranking)) = edit.value(Key::Ranking) else { return Ok("voted".into()) };
        if let Some(row) = self.book.provisional.priorities.get(&vote) {
            return Ok(format!("voted for {}", approved(vote, row, said).unwrap_or_default()));
        }
        let names = ranking.iter().map(|person| self.name(*person)).collect::<Result<Vec<_>, _>>()?;
        Ok(if names.is_empty() { "voted for nobody".into() } else { format!("voted for {}", names.join(", ")) })
    }

    /// The people of devices.
    pub(in crate::cli) fn tellers(&self, devices: &[DeviceId]) -> Result<String, StoreError> {
        let name = |device: &DeviceId| self.book.owner(*device).map_or_else(|| Ok(device.short()), |owner| self.name(owner));
        Ok(devices.iter().map(name).collect::<Result<Vec<_>, StoreError>>()?.join(", "))
    }

    /// An issue's number, or the start of its id where it is not here.
    pub(in crate::cli) fn number_of(&self, issue: IssueId) -> Result<String, StoreError> {
        Ok(self.view.issue_height(issue)?.map_or_else(|| issue.short(), |height| height.to_string()))
    }

    /// What an operation did.
    pub(in crate::cli) fn what(&self, operation: &PrintedOp) -> Result<String, StoreError> {
        let (name, place) = (|person| self.name(person), |space| self.place(space));
        Ok(match &operation.content {
            Err(error) => format!("nothing: {error}"),
            Ok(Content::Edit(edit)) if edit.kind == DocumentKind::Ballot => self.voted(edit)?,
            Ok(Content::Edit(edit)) => format!("wrote in a {}", edit.kind),
            Ok(Content::Act(act)) => match act {
                Act::Found(found) => format!("founded {}", found.name),
                Act::Admit(admit) => format!("let {} in", admit.joining.name),
                Act::GrantDevice(grant) => format!("tied the device {}", grant.pairing.name),
                Act::RevokeDevice(revoke) => format!("closed the device {}", revoke.device.short()),
                Act::OpenSpace(open) => format!("opened the community {}", open.name),
                Act::React(_) | Act::Erase(_) => "did what belongs into a community".into(),
                Act::Law(act) => match act {
                    LawAct::Dues(dues) => format!("recorded {} of dues by {}", dues.amount, name(dues.member)?),
                    LawAct::Attest { dues } => format!("confirmed receipt {}", dues.short()),
                    LawAct::Accept { offer } => format!("accepted {}", offer.short()),
                    LawAct::Cosponsor { document, .. } => format!("supports bill {}", document.short()),
                    LawAct::Open(proposal) if proposal.confirms.is_some() => {
                        format!("put bill {} to a confirming vote: {}", proposal.document.short(), proposal.title)
                    }
                    LawAct::Open(proposal) => format!("put bill {} to the vote: {}", proposal.document.short(), proposal.title),
                    LawAct::Withdraw { bill } => format!("took back the bill opened by {}", bill.short()),
                    LawAct::Recover(recover) => {
                        format!("chose {} to print after issue {}", self.tellers(&recover.tellers)?, self.number_of(recover.last_good)?)
                    }
                    LawAct::Challenge(challenge) => format!("challenged {}: {}", name(challenge.member)?, challenge.reason),
                    LawAct::Decide(decision) => {
                        let word = if decision.upheld { "upheld" } else { "dismissed" };
                        format!("{word} challenge {}: {}", decision.challenge.short(), decision.reason)
                    }
                    LawAct::Evidence(evidence) => format!("showed that somebody's device {}", evidence.what()),
                    LawAct::Reconcile(says) => {
                        let receipts = format::count(says.receipts, "receipt");
                        format!("reconciled {receipts} of {} with {} at the bank, {} without counterpart", says.sum, says.bank, says.unmatched)
                    }
                    LawAct::Moderate(Moderation { document, measure, rule, reason, .. }) => {
                        let rule = if *rule == 0 { String::new() } else { format!("rule {rule}, ") };
                        format!("{} {}: {rule}{reason}", measure.past(), document.short())
                    }
                    LawAct::Ban(ban) => {
                        format!("banned {} from {} {}: rule {}, {}", name(ban.person)?, place(ban.space)?, format::until(ban.until_ms), ban.rule, ban.reason)
                    }
                    LawAct::Unban(unban) => format!("unbanned {} from {}: {}", name(unban.person)?, place(unban.space)?, unban.reason),
                    LawAct::Report(report) => format!("reported {}: {}", report.document.short(), report.reason),
                    LawAct::TakePart { space, on: true } => format!("takes part in {}", place(*space)?),
                    LawAct::TakePart { space, on: false } => format!("takes part in {} no more", place(*space)?),
                    LawAct::Petition { space, demand } => {
                        let asked = match demand {
                            None => "no petition any more".to_owned(),
                            Some(Demand::Elect { seats }) => format!("the petition for an election of {}", format::count(*seats, "moderator")),
                            Some(Demand::Recall { person }) => format!("the petition for a vote on the recall of {}", name(*person)?),
                        };
                        format!("signs {asked} in {}", place(*space)?)
                    }
                    LawAct::Stand { election } => format!("stands in election {}", election.short()),
                    LawAct::StandDown { election } => format!("stands no more in election {}", election.short()),
                    LawAct::Pledge { to, amount } => format!("pledges {amount} to the bill or feature {}", to.short()),
                    LawAct::WithdrawPledge { to } => format!("pledges nothing any more to the bill or feature {}", to.short()),
                    LawAct::Receipt(receipt) => format!("gave receipts for {}", format::count(receipt.held.len() as u64, "chain")),
                },
            },
        })
    }
}
