//! How a person stands: their dues, their offices, what they are to confirm, and ballots of theirs that cancel each other.

use super::{Of, SHOWN, item};
use crate::{
    api::Failure,
    cli::{
        coop::office_name,
        format,
        hire::hires,
        office_end::{End, ended},
    },
};
use folkmoot_protocol::{
    law::{Cause, Office},
    view::InboxItem,
};

impl Of<'_> {
    /// That this person's dues have run out.
    pub(super) fn dues(&self) -> Vec<InboxItem> {
        let law = &self.book.printed;
        let over = law.consumer(self.me).map(|consumer| consumer.paid_to).filter(|paid_to| *paid_to < format::now_ms());
        let said = over.map(|paid_to| {
            let ends = paid_to.saturating_add(law.charter().grace_period_ms);
            let then = match ends < format::now_ms() {
                true => "you vote as a consumer no more, until new dues are recorded and you accept them".to_owned(),
                false => format!("you vote as a consumer until {}", format::date_and_time(ends)),
            };
            item("dues", self.me, paid_to, format!("your dues are paid to {}: {then}", format::day(paid_to)), true)
        });
        said.into_iter().collect()
    }

    /// Receipts that a treasurer recorded, for this person as a registrar to confirm.
    pub(super) fn to_confirm(&self) -> Result<Vec<InboxItem>, Failure> {
        let law = &self.book.provisional;
        let waits = law.dues.iter().filter(|(_, row)| row.registrar.is_none() && row.treasurer != self.me && law.holds(Office::Registrar, self.me));
        waits
            .map(|(number, row)| {
                let what = format!(
                    "receipt {number}, {} of {}: `folkmoot dues confirm {}` once you have seen that it is paid",
                    row.amount,
                    self.name(row.member)?,
                    row.op.short()
                );
                Ok(item("confirm", row.op, row.recorded, what, true))
            })
            .collect()
    }

    /// The offices that this person came into.
    pub(super) fn offices(&self) -> Result<Vec<InboxItem>, Failure> {
        let (law, mut items) = (&self.book.printed, Vec::new());
        for ((office, _), holding) in law.offices.iter().filter(|((_, person), holding)| *person == self.me && holding.since > 0) {
            let how = match &holding.by {
                Cause::Bill(bill) => law.bills.get(bill).map(|bill| format!(", by the bill \"{}\"", format::opening(&bill.proposal.title, SHOWN))),
                _ => None,
            };
            let waits = *office == Office::Teller && !law.tellers().contains(&holding.device);
            let then = match law.tellers().len() {
                _ if !waits => "",
                1 => "; you print once there are four tellers: two or three agree on nothing",
                _ => "; you print once a place is free, or there are seven tellers",
            };
            let what = format!("you are {} now{}{then}", office_name(self.view, office)?, how.unwrap_or_default());
            items.push(item("office", self.me, holding.since, what, false));
        }
        Ok(items)
    }

    /// The offices that this person holds no more.
    pub(super) fn offices_no_more(&self) -> Result<Vec<InboxItem>, Failure> {
        let mut items = Vec::new();
        for ended in ended(self.view, self.book)?.iter().filter(|ended| ended.person == self.me) {
            let Some((id, how)) = self.how_it_ended(ended.by)? else { continue };
            let what = format!("you are {} no more, {how}", office_name(self.view, &ended.office)?);
            items.push(item("office", id, self.time_of(ended.height)?, what, false));
        }
        Ok(items)
    }

    /// The jobs that this person came into, and those that they hold no more.
    pub(super) fn jobs(&self) -> Result<Vec<InboxItem>, Failure> {
        let (law, mut items) = (&self.book.printed, Vec::new());
        for hire in hires(self.view, self.book)?.into_iter().filter(|hire| hire.person == self.me) {
            let name = law.jobs.get(&hire.job).map_or_else(String::new, |job| job.name.clone());
            if let Some((_, height)) = hire.accepted {
                items.push(item("job", &name, self.time_of(height)?, format!("you hold the job {name} now"), false));
            }
            let Some(bill) = hire.ended else { continue };
            if let Some((id, how)) = self.how_it_ended(End::Dismissed(bill))? {
                items.push(item("job", id, self.in_force_at(Some(bill))?, format!("you hold the job {name} no more, {how}"), false));
            }
        }
        Ok(items)
    }

    /// What ended an office or a job of this person's, by its id and in words; none where that is told by itself.
    fn how_it_ended(&self, end: End) -> Result<Option<(String, String)>, Failure> {
        let law = &self.book.printed;
        Ok(match end {
            End::Dismissed(op) | End::Expelled(op) => {
                let Some(bill) = law.bills.get(&op) else { return Ok(None) };
                Some((bill.proposal.document.to_string(), format!("by the bill \"{}\"", format::opening(&bill.proposal.title, SHOWN))))
            }
            End::Election(id) => {
                let winners = law.elections.get(&id).and_then(|election| election.outcome.as_ref()).map(|outcome| outcome.winners.as_slice());
                let names = winners.unwrap_or_default().iter().map(|person| self.name(*person)).collect::<Result<Vec<_>, _>>()?;
                Some((id.to_string(), format!("by the election of {}", names.join(", "))))
            }
            End::Recall(id) => Some((id.to_string(), "as the participants recalled you".into())),
            End::Recovery(after) => {
                let number = self.view.issue_height(after)?.map_or_else(|| after.short(), |height| height.to_string());
                Some((self.me.to_string(), format!("as the members chose other tellers after issue {number}")))
            }
            End::Term => Some((self.me.to_string(), "as your term was over".into())),
            End::Evidence => None,
        })
    }

    /// Ballots of this person that say different things without knowing of each other, where the vote goes on.
    pub(super) fn spoiled(&self) -> Result<Vec<InboxItem>, Failure> {
        let (law, mut items) = (&self.book.provisional, Vec::new());
        for (op, bill) in law.bills.iter().filter(|(_, bill)| bill.is_open()) {
            if law.ballot_of(*op, self.me).is_some_and(|ballot| ballot.answers().len() > 1) {
                let title = format::opening(&bill.proposal.title, SHOWN);
                let what = format!("your devices voted differently on \"{title}\", and none of it counts: vote once more to say what stands");
                items.push(item("vote", bill.proposal.document, bill.opened_at, what, true));
            }
        }
        Ok(items)
    }
}
