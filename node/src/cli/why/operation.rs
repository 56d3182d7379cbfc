//! What an operation is, and what a bill made that has an id of its own: jobs, offers.

use super::{Asked, Because, Why};
use crate::{api::Failure, cli::resolve, store::query::Found};
use folkmoot_protocol::{
    document::DocumentKind,
    id::*,
    law::{Effect, PrintedOp},
    op::Content,
};

impl Asked<'_> {
    /// Any operation: in the hall what it is in law, elsewhere the post, comment or page of which it is a version.
    pub(super) fn operation(&self, typed: &str) -> Result<Option<Why>, Failure> {
        let Ok(Found::One(id)) = self.view.find_operation(typed) else { return Ok(None) };
        let Some(held) = self.view.operation(id)? else { return Ok(None) };
        let printed = crate::store::printed_op(&held);
        let fact = format!("operation {} is {}", id.short(), kind(&printed));
        if held.op.header.space != SpaceId::HALL {
            if let Some(why) = printed.document.map(|document| self.document(&document.to_string())).transpose()?.flatten() {
                return Ok(Some(Why { fact: format!("{fact}; {}", why.fact), ..why }));
            }
            let what = self.words().what(&printed)?;
            return Ok(Some(Why::new(fact, vec![Because { what, op: Some(id), by: self.author(Some(id))?, issue: None, rule: None }])));
        }
        let printing = self.view.printing_of(id)?;
        let rule = match &printing {
            Some(printing) => printing.reason.as_ref().map(|reason| format!("no effect in law: {reason}")),
            None if CoopId::founded_by(id) == self.view.coop()?.unwrap_or(CoopId::ZERO) => None,
            None => Some("not printed yet: it has no effect in law until it is".into()),
        };
        let what = self.words().what(&printed)?;
        let link = Because { what, op: Some(id), by: self.author(Some(id))?, issue: printing.map(|printing| printing.height), rule };
        let link = self.as_ballot(id, &printed)?.unwrap_or(link);
        Ok(Some(Why::new(fact, vec![link])))
    }

    /// A post, a comment or a page.
    fn document(&self, id: &str) -> Result<Option<Why>, Failure> {
        if let Some((key, moderated)) = self.view.find_moderated(id, |_| true)? {
            return self.moderated(key, &moderated).map(Some);
        }
        self.silenced(id)?.map_or_else(|| self.written(id), |why| Ok(Some(why)))
    }

    /// A job, or what was offered to somebody, by the id that a bill's effect gave it; none where no such id begins so.
    pub(super) fn made_by_a_bill(&self, typed: &str) -> Result<Option<Why>, Failure> {
        for (id, bill) in self.book.printed.bills.iter() {
            let mut effects = bill.proposal.effects.iter().zip(0..);
            let Some((effect, _)) = effects.find(|(_, number)| resolve::begins(id.made_by(*number), typed)) else { continue };
            return match effect {
                Effect::CreateJob { name: job, .. } | Effect::FillJob { job, .. } => self.job(job),
                Effect::Appoint { office, .. } => self.office(*office),
                _ => self.bill(bill.proposal.document),
            }
            .map(Some);
        }
        Ok(None)
    }
}

fn kind(printed: &PrintedOp) -> &'static str {
    match &printed.content {
        Ok(Content::Edit(edit)) if edit.kind == DocumentKind::Ballot => "a ballot",
        Ok(Content::Edit(_)) => "an edit",
        _ => "an act",
    }
}
