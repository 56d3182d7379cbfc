//! What concerns a person, by what is held here.

mod community;
mod no_effect;
mod standing;

use crate::{
    api::Failure,
    cli::{
        coop::{office_name, stale_key},
        dues, evidence, format,
        pledge::{how_to_pay, what},
    },
    store::{
        View,
        query::{LawBook, Viewer},
    },
};
use folkmoot_protocol::{
    id::*,
    law::{Bill, Election, Offered, Office, Phase, PledgeState, Proven, Ruling, Status},
    limits,
    statement::reference::payment_reference,
    view::InboxItem,
};

/// Characters of a text that are shown.
const SHOWN: usize = 80;

pub(super) fn of(view: View<'_>, book: &LawBook, viewer: &Viewer) -> Result<Vec<InboxItem>, Failure> {
    let of = Of { view, book, me: viewer.person };
    let votes = [of.offers()?, of.bills()?, of.elections()?, of.recalls()?, of.petitions()?, of.pledges()?];
    let own = [of.dues(), of.to_confirm()?, of.jobs()?, of.offices()?, of.offices_no_more()?, of.spoiled()?, of.no_effect()?, of.lost_ballots()?];
    let order = [of.reports()?, of.moderation()?, of.silences()?, of.challenges()?, of.evidence()?, of.stale_teller()];
    let mut items = [vec![of.replies(viewer)?], votes.into(), own.into(), order.into()].concat().concat();
    // Whoever was expelled is asked for nothing that would have no effect.
    let expelled = book.printed.is_expelled(viewer.person);
    items.retain(|item| !(expelled && matches!(item.kind.as_str(), "accept" | "vote" | "election" | "recall" | "petition")));
    Ok(items)
}

struct Of<'a> {
    view: View<'a>,
    book: &'a LawBook,
    me: PersonId,
}

fn item(kind: &str, id: impl ToString, at: u64, what: String, to_do: bool) -> InboxItem {
    InboxItem { kind: kind.into(), id: id.to_string(), at, what, to_do, unread: true }
}

/// When a vote ends, with seconds where it lasts minutes.
fn ends(opened_at: u64, at: u64) -> String {
    format::moment(at, at.saturating_sub(opened_at))
}

/// So many seats of an office, in words: an auditor, 4 tellers, 2 moderators of bread.
fn seats_of(office: &str, seats: u64) -> String {
    let (word, of) = office.split_once(' ').map_or((office, String::new()), |(word, of)| (word, format!(" {of}")));
    match seats {
        1 if word.starts_with(['a', 'e', 'i', 'o', 'u']) => format!("an {word}{of}"),
        1 => format!("a {word}{of}"),
        seats => format!("{}{of}", format::count(seats, word)),
    }
}

impl Of<'_> {
    fn name(&self, person: PersonId) -> Result<String, Failure> {
        Ok(format::person(&self.view.person_or_id(person)?))
    }

    /// The time of an issue.
    fn time_of(&self, height: u64) -> Result<u64, Failure> {
        let kept = self.view.issues_from(height, 1)?;
        Ok(kept.first().and_then(|kept| kept.signed.read().ok()).map_or(0, |(_, issue)| issue.time))
    }

    fn replies(&self, viewer: &Viewer) -> Result<Vec<InboxItem>, Failure> {
        let replies = self.view.replies_to(viewer, limits::INBOX_ITEMS)?;
        let said = replies.into_iter().map(|reply| {
            let to = match reply.title.as_deref() {
                None => "your comment".to_owned(),
                // What was removed has no title any more.
                Some("") => "your post".to_owned(),
                Some(title) => format!("\"{}\"", format::opening(title, SHOWN)),
            };
            let what = format!("{} answered {to}: {}", format::person(&reply.by), format::opening(&reply.text, SHOWN));
            item("reply", reply.id, reply.created, what, false)
        });
        Ok(said.collect())
    }

    fn offers(&self) -> Result<Vec<InboxItem>, Failure> {
        let (law, mut items) = (&self.book.provisional, Vec::new());
        for (id, offer) in self.book.offers_to(self.me) {
            let at = match offer.what {
                Offered::Dues(number) => law.dues.get(&number).map_or(0, |row| row.recorded),
                Offered::Job(_) | Offered::Office(_) => self.in_force_at(offer.by)?,
            };
            items.push(item("accept", id, at, format!("waits for your acceptance: {}", dues::describe(self.view, law, offer)?), true));
        }
        Ok(items)
    }

    /// The time of the issue that brought a bill into force.
    fn in_force_at(&self, bill: Option<OpId>) -> Result<u64, Failure> {
        let bill = bill.and_then(|bill| self.book.printed.bills.get(&bill));
        bill.and_then(|bill| bill.status.in_force_since()).map_or(Ok(0), |height| self.time_of(height))
    }

    /// Votes that wait for this person, and what became of their own bills.
    fn bills(&self) -> Result<Vec<InboxItem>, Failure> {
        let (law, mut items) = (&self.book.provisional, Vec::new());
        for (op, bill) in law.bills.iter() {
            let (id, title) = (bill.proposal.document, format::opening(&bill.proposal.title, SHOWN));
            let votes = || law.electorates.get(&bill.electorate).is_some_and(|of| of.votes(self.me) && !law.has_lost_vote(of, self.me, bill.opened_height));
            if bill.is_open() && votes() && !bill.excludes(self.me) && !self.has_ballot(*op)? {
                let (at, when) = self.when(*op, bill)?;
                items.push(item("vote", id, at, format!("you have not voted on \"{title}\"; {when}"), true));
            }
            if bill.sponsor == self.me && !bill.is_open() {
                let ended = bill.result.map(|(_, height)| height);
                let height = if let Status::Enacted { height } | Status::Expired { height, .. } = bill.status { Some(height) } else { ended };
                let at = height.map_or(Ok(bill.opened_at), |height| self.time_of(height))?;
                let stale = self.stale(*op, bill);
                let (what, to_do) = stale.unwrap_or_else(|| (format!("your bill \"{title}\": {}", bill.status.name()), false));
                items.push(item("bill", id, at, what, to_do));
            }
        }
        Ok(items)
    }

    /// When a bill was opened, and what to say of the end of its vote. One that waits for the Gazette has no times but its
    /// sponsor's own.
    fn when(&self, op: OpId, bill: &Bill) -> Result<(u64, String), Failure> {
        if self.book.printed.bills.contains(&op) {
            return Ok((bill.opened_at, format!("the vote ends {}", ends(bill.opened_at, bill.deadline))));
        }
        let claimed_at = self.view.operation(op)?.map_or(0, |held| held.op.header.claimed_at);
        Ok((claimed_at, "it opens once printed".into()))
    }

    /// What to tell the sponsor of a stale bill, and whether they can do something about it.
    fn stale(&self, op: OpId, bill: &Bill) -> Option<(String, bool)> {
        let Status::Stale { reason } = &bill.status else { return None };
        let (law, title) = (&self.book.provisional, format::opening(&bill.proposal.title, SHOWN));
        let can = law.rebased(op).is_some_and(|rebased| law.why_not_open(self.me, &rebased).is_none());
        let hint = if can { format!("; `folkmoot bill rebase {}` puts it to a short vote", bill.proposal.document.short()) } else { String::new() };
        Some((format!("your bill \"{title}\" passed, and is stale: {reason}{hint}"), can))
    }

    fn has_ballot(&self, of: OpId) -> Result<bool, Failure> {
        let number = self.view.document_number(DocumentId::ballot_of(of, self.me), SpaceId::HALL)?;
        Ok(number.map(|number| self.view.has_edits(number)).transpose()?.unwrap_or(false))
    }

    fn elections(&self) -> Result<Vec<InboxItem>, Failure> {
        let (law, mut items) = (&self.book.provisional, Vec::new());
        for (id, election) in law.running_elections() {
            let office = seats_of(&office_name(self.view, &election.office)?, election.seats);
            let ends = ends(election.opened_at, election.ends().unwrap_or(election.deadline));
            let what = match election.phase {
                Phase::Voting if self.votes_in(election) && !self.has_ballot(id)? => {
                    items.push(item("election", id, election.opened_at, format!("you have not voted in the election of {office}; it ends {ends}"), true));
                    continue;
                }
                Phase::Nomination => {
                    let among = if election.is_among_participants() && self.votes_in(election) { ", in which you vote as a participant" } else { "" };
                    format!("an election of {office}{among}: whoever wants to may stand until {ends}")
                }
                _ => continue,
            };
            items.push(item("election", id, election.opened_at, what, false));
        }
        Ok(items)
    }

    fn votes_in(&self, election: &Election) -> bool {
        let law = &self.book.provisional;
        let electorate = law.electorates.get(&election.electorate);
        electorate.is_some_and(|of| of.votes(self.me) && !law.has_lost_vote(of, self.me, election.opened_height))
    }

    /// What this person pledges and what is decided: to be paid, or waiting for its delivery.
    fn pledges(&self) -> Result<Vec<InboxItem>, Failure> {
        let (law, mut items) = (&self.book.provisional, Vec::new());
        let reference = payment_reference(self.view.coop()?.unwrap_or(CoopId::ZERO), self.me);
        for ((to, _), pledge) in law.pledges.iter().filter(|((_, by), _)| *by == self.me) {
            let (amount, what) = (pledge.amount.to_string(), what(law, *to));
            let state = law.pledge_state(*to, pledge);
            let said = match state {
                PledgeState::Due => format!("you pledged {amount} to {what}, which is delivered: {}", how_to_pay(&reference)),
                PledgeState::Enacted => format!("you pledged {amount} to {what}, which is decided: it is due once it is delivered"),
                _ => continue,
            };
            let at = law.delivered.get(to).map_or(pledge.at, |delivered| delivered.at);
            let id = law.bills.get(to).map_or(DocumentId(to.0), |bill| bill.proposal.document);
            items.push(item("pledge", id, at, said, state == PledgeState::Due));
        }
        Ok(items)
    }

    /// Reports in communities that this person moderates.
    fn reports(&self) -> Result<Vec<InboxItem>, Failure> {
        let (law, mut items) = (&self.book.provisional, Vec::new());
        for ((document, space), reports) in law.reports.iter().filter(|((_, space), _)| law.mandate(*space, self.me).is_ok()) {
            let community = self.view.community(*space)?.map_or_else(|| space.short(), |community| community.name);
            for report in reports {
                let what = format!("{} reported it in {community}: {}", self.name(report.by)?, format::opening(&report.reason, SHOWN));
                items.push(item("report", document, report.at, what, true));
            }
        }
        Ok(items)
    }

    /// That this person was banned or expelled, and how much that takes the effect from.
    fn silences(&self) -> Result<Vec<InboxItem>, Failure> {
        let (silences, mut items) = (self.view.silences()?, Vec::new());
        for silence in silences.iter().filter(|(person, _)| *person == self.me).flat_map(|(_, own)| own) {
            let (at, what) = match silence.space {
                None => (self.book.printed.expulsions.get(&self.me).map_or(Ok(0), |row| self.time_of(row.height))?, "a bill expelled you".to_owned()),
                Some(space) => {
                    let ban = self.book.printed.bans.get(&(space, self.me)).into_iter().flatten().find(|ban| ban.ruling.act == silence.by);
                    let community = self.view.community_named(space)?.name;
                    let until = ban.map(|ban| format::until(ban.until)).unwrap_or_default();
                    (ban.map_or(0, |ban| ban.ruling.at), format!("a moderator banned you from {community} {until}"))
                }
            };
            let void = self.view.silenced_by(silence, |credential, device| self.book.author(credential, device) == Some(self.me))?.len();
            let what = match void {
                0 => what,
                1 => format!("{what}: one thing that you wrote afterwards has no effect"),
                void => format!("{what}: {void} things that you wrote afterwards have no effect"),
            };
            items.push(item("silence", silence.by, at, what, false));
        }
        Ok(items)
    }

    /// That an officer signed two things that exclude each other: to that officer, and to all as long as nobody is in their place.
    fn evidence(&self) -> Result<Vec<InboxItem>, Failure> {
        let law = &self.book.printed;
        let is_vacant = |office: &Office| law.holders(*office).is_empty();
        let concerns = |row: &Proven| row.person == self.me || row.ended.iter().any(is_vacant) || law.holds(Office::Teller, row.person);
        let shown = evidence::shown(self.view, law, concerns)?;
        shown.into_iter().map(|shown| Ok(item("evidence", shown.act, self.time_of(shown.issue)?, shown.whole(), false))).collect()
    }

    /// That this person has printed alone with one key for long.
    fn stale_teller(&self) -> Vec<InboxItem> {
        let stale = self.book.printed.stale_teller().filter(|(person, _)| *person == self.me);
        stale.into_iter().map(|(person, since)| item("teller", person, since, format!("you print alone, {}", stale_key(since)), true)).collect()
    }

    /// What moderators did about what this person wrote.
    fn moderation(&self) -> Result<Vec<InboxItem>, Failure> {
        let mut items = Vec::new();
        for (key, row) in self.book.provisional.moderated.iter() {
            let standing = [("removed", &row.removed), ("locked", &row.locked), ("pinned", &row.pinned)];
            let by_others: Vec<(&str, &Ruling)> =
                standing.iter().filter_map(|(word, ruling)| Some((*word, ruling.as_ref().filter(|ruling| ruling.by != self.me)?))).collect();
            if by_others.is_empty() || self.view.writer_of(*key, |credential, device| self.book.author(credential, device))? != Some(self.me) {
                continue;
            }
            for (word, ruling) in by_others {
                let rule = if ruling.rule == 0 { String::new() } else { format!(" by rule {}", ruling.rule) };
                let what = format!("{} {word} what you wrote{rule}: {}", self.name(ruling.by)?, format::opening(&ruling.reason, SHOWN));
                items.push(item("moderation", key.0, ruling.at, what, false));
            }
        }
        Ok(items)
    }

    /// Challenges of this person and by them, and those that they may decide.
    fn challenges(&self) -> Result<Vec<InboxItem>, Failure> {
        let (law, mut items) = (&self.book.provisional, Vec::new());
        let audits = law.holds(Office::Auditor, self.me);
        for (id, row) in law.challenges.iter() {
            let (of, reason) = (self.name(row.member)?, format::opening(&row.reason, SHOWN));
            let whose = if row.member == self.me { "your place on the roll".to_owned() } else { format!("{of}'s place on the roll") };
            let concerns = row.member == self.me || row.by == self.me;
            let (at, what, to_do) = match &row.end {
                None if row.by == self.me => continue,
                None if concerns || audits => (row.at, format!("{} challenges {whose}: {reason}", self.name(row.by)?), !concerns),
                Some(end) if concerns => {
                    let what = match &end.decision {
                        Some(_) => format!("the challenge of {whose} was {}", row.state()),
                        None => format!("the challenge of {whose} {}: no auditor decided it in time", row.state()),
                    };
                    (self.time_of(end.height)?, what, false)
                }
                _ => continue,
            };
            items.push(item("challenge", id, at, what, to_do));
        }
        Ok(items)
    }
}
