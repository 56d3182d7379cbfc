//! The law as lists and screens show it: by what is printed, and beside it by what waits.

use super::{
    View,
    ballot::{ENDED, HIDDEN, STRUCK, Vote},
};
use crate::store::{Held, StoreError, receipt_of};
use folkmoot_protocol::{
    act::law::{ChainTo, Receipt},
    document::{Document, DocumentKind, DocumentState, Key},
    id::*,
    law::{Bill, Effect, EffectError, Offer, Office, Proposal, State, Status, Tally, Verdict, serving_tellers, value::duration_in_words},
    register::Register,
    view::{BallotView, BillView, BodyView, EffectView, PersonView},
};
use std::collections::{BTreeMap, BTreeSet};

/// The law: by what is printed, and as it would be if what waits were printed now.
#[derive(Debug, Clone)]
pub struct LawBook {
    /// By what is printed.
    pub printed: State,
    /// With what waits.
    pub provisional: State,
    /// Who is who for talk, by what is held.
    register: Register,
    /// What tellers said that they hold.
    receipts: Vec<(DeviceId, Receipt)>,
}

impl LawBook {
    /// Who signed what rests on a credential and was written by a device, by what is held.
    pub fn author(&self, credential: OpId, device: DeviceId) -> Option<PersonId> {
        self.register.author(credential, device)
    }

    /// The device that it is, by what is held.
    pub fn device_beginning(&self, is_it: impl Fn(DeviceId) -> bool) -> Option<DeviceId> {
        self.register.credentials.values().map(|credential| credential.device).find(|device| is_it(*device))
    }

    /// The act that lets a device write, by what is held.
    pub fn credential_of(&self, device: DeviceId) -> Option<OpId> {
        self.register.credentials.iter().find(|(_, credential)| credential.device == device).map(|(op, _)| *op)
    }

    /// Whether a device was closed, by what is held.
    pub fn is_closed(&self, device: DeviceId) -> bool {
        self.register.is_closed(device)
    }

    /// Whose a device is or was, by what is held.
    pub fn owner(&self, device: DeviceId) -> Option<PersonId> {
        self.register.owner(device)
    }

    /// What waits for somebody's acceptance.
    pub fn offers_to(&self, person: PersonId) -> impl Iterator<Item = (OpId, &Offer)> {
        self.provisional.offers.iter().filter(move |(_, offer)| offer.person == person).map(|(id, offer)| (*id, offer))
    }

    /// When tellers said first that they hold a chain of the hall up to there, by their own clocks. `follows`: whether what
    /// they named is on the branch that is meant, where the chain forks.
    pub(super) fn receipts_of(&self, device: DeviceId, seq: u64, follows: impl Fn(&ChainTo) -> bool) -> Vec<u64> {
        let mut first: BTreeMap<DeviceId, u64> = BTreeMap::new();
        let covers = |receipt: &Receipt| receipt.held.iter().any(|held| held.device == device && held.seq >= seq && follows(held));
        for (teller, receipt) in self.receipts.iter().filter(|(_, receipt)| covers(receipt)) {
            let at = first.entry(*teller).or_insert(receipt.at_ms);
            *at = receipt.at_ms.min(*at);
        }
        first.into_values().collect()
    }
}

/// What the tellers said that they hold.
fn receipts(acts: &[Held], law: &State) -> Vec<(DeviceId, Receipt)> {
    let tellers = law.tellers();
    let of_tellers = acts.iter().filter(|held| tellers.contains(&held.op.header.device));
    of_tellers.filter_map(|held| Some((held.op.header.device, receipt_of(held)?))).collect()
}

impl View<'_> {
    /// The law. `now`: this machine's clock, for what is provisional alone.
    pub fn law_book(&self, now: u64) -> Result<Option<LawBook>, StoreError> {
        let acts = self.hall_acts()?;
        let Some(printed) = self.law_of(&acts)? else { return Ok(None) };
        let provisional = self.provisional(&printed, now)?;
        Ok(Some(LawBook { receipts: receipts(&acts, &printed), register: self.hall_of(&acts)?.fold(), printed, provisional }))
    }

    /// The law as it would be if what waits were printed now, by this machine's clock. Nobody ends a vote, or brings a bill into
    /// force, by looking at it: that takes an issue.
    pub(crate) fn provisional(&self, printed: &State, now: u64) -> Result<State, StoreError> {
        let due = printed.next_due().unwrap_or(u64::MAX);
        Ok(printed.provisional(now.min(due.saturating_sub(1)), &self.waiting(printed)?))
    }

    /// The texts of all bills that are held here, the newest first.
    pub fn bill_texts(&self) -> Result<Vec<DocumentId>, StoreError> {
        let sql = "SELECT d.id FROM document_state t JOIN document d ON d.n = t.document WHERE t.kind = ?1 ORDER BY t.created DESC, d.id";
        let mut select = self.connection.prepare_cached(sql)?;
        Ok(select.query_map([DocumentKind::Bill.code()], |row| row.get(0).map(DocumentId))?.collect::<Result<_, _>>()?)
    }

    /// A bill as a person sees it.
    pub fn bill(&self, id: DocumentId, book: &LawBook, viewer: PersonId) -> Result<Option<BillView>, StoreError> {
        let Some((n, _)) = self.present_document(id)? else { return Ok(None) };
        let Some(state) = self.document_state(n)?.filter(|state| state.kind == DocumentKind::Bill) else { return Ok(None) };
        match book.provisional.bill_of(id) {
            Some((op, provisional)) => self.opened_bill(n, op, provisional, book, viewer).map(Some),
            None => self.drafted_bill(id, &state, book).map(Some),
        }
    }

    fn drafted_bill(&self, id: DocumentId, state: &DocumentState, book: &LawBook) -> Result<BillView, StoreError> {
        let law = &book.provisional;
        let (proposal, wrong) = draft(id, state, law);
        let mut why: Vec<String> = wrong.map(|error| format!("its effects cannot be read: {error}")).into_iter().collect();
        if state.has_conflict() {
            why.push("its writers disagree: it cannot be opened before one choice is made".into());
        }
        let sponsors = law.sponsors.get(&proposal.digest()).cloned().unwrap_or_default();
        let needed = law.charter().sponsors_needed;
        why.push(format!("it is a draft: {} of {needed} sponsors support it in this form, whoever opens it counted", sponsors.len()));
        why.extend(law.why_never(&proposal).map(|reason| format!("opened now, {reason}")));
        Ok(BillView {
            id,
            op: None,
            effects: self.effects(&proposal.effects, law)?,
            title: proposal.title,
            text: state.text(Key::Text).to_owned(),
            disputed: self.disputed(state, book)?,
            status: "draft",
            sponsor: self.person_or_id(state.author)?,
            author: self.person_or_id(state.author)?,
            writers: self.writers(state)?,
            others: sponsors.iter().map(|person| self.person_or_id(*person)).collect::<Result<_, _>>()?,
            opened_at: None,
            closes_at: None,
            extended: false,
            in_force_from: None,
            sunset: None,
            confirms: None,
            bodies: vec![],
            route: None,
            printed: None,
            provisional: None,
            why,
            pledged: vec![],
            delivered: None,
            ballot: None,
        })
    }

    /// Why a draft could not pass if it were opened now and all voted for it; none where it could, and of what is no draft.
    pub fn why_never(&self, id: DocumentId, law: &State) -> Result<Option<String>, StoreError> {
        let state = self.present_document(id)?.map(|(n, _)| self.document_state(n)).transpose()?.flatten();
        let state = state.filter(|state| state.kind == DocumentKind::Bill && !state.has_conflict());
        Ok(state.and_then(|state| law.why_never(&draft(id, &state, law).0)))
    }

    /// What a draft's writers disagree on, each choice with who wrote it; the one that stands first is shown.
    fn disputed(&self, state: &DocumentState, book: &LawBook) -> Result<Vec<String>, StoreError> {
        let mut disputed = Vec::new();
        for (key, what) in [(Key::Title, "title"), (Key::Effects, "effects")] {
            for choice in state.choices(key).iter().filter(|_| state.choices(key).len() > 1) {
                let author = self.operation(choice.op)?.and_then(|held| book.author(held.credential, held.op.header.device));
                let by = self.person_or_id(author.unwrap_or(PersonId::ZERO))?.name;
                let said = word(&choice.value).unwrap_or_default().lines().collect::<Vec<_>>().join("; ");
                disputed.push(format!("{what}, as {by} wrote: {}", if said.is_empty() { "none" } else { &said }));
            }
        }
        Ok(disputed)
    }

    fn opened_bill(&self, n: i64, op: OpId, provisional: &Bill, book: &LawBook, viewer: PersonId) -> Result<BillView, StoreError> {
        let printed = book.printed.bills.get(&op);
        let bill = printed.unwrap_or(provisional);
        let tally = |state: &State, bill: &Bill| bill.result.map_or_else(|| state.tally(op), |(tally, _)| tally);
        let (counted, expected) = (printed.map_or_else(Tally::default, |bill| tally(&book.printed, bill)), tally(&book.provisional, provisional));
        let verdict = bill.verdict(&book.provisional.charter_number(bill.charter), &counted);
        let ballot = self.ballot(op, bill, book, viewer)?;
        // Running totals are kept from members until they voted.
        let hidden = self.is_kept_from(viewer, op, book)?;
        let state = Document::derive(bill.proposal.document, self.entries(n, &book.register)?).at(&bill.proposal.at);
        Ok(BillView {
            id: bill.proposal.document,
            op: Some(op),
            title: bill.proposal.title.clone(),
            text: state.as_ref().map(|state| state.text(Key::Text).to_owned()).unwrap_or_default(),
            effects: self.effects(&bill.proposal.effects, &book.provisional)?,
            disputed: vec![],
            status: if printed.is_some() { bill.status.name() } else { "waiting" },
            sponsor: self.person_or_id(bill.sponsor)?,
            author: self.person_or_id(state.as_ref().map_or(bill.sponsor, |state| state.author))?,
            writers: state.as_ref().map(|state| self.writers(state)).transpose()?.unwrap_or_default(),
            others: vec![],
            // Before an issue has opened it, both would move with the clock.
            opened_at: printed.map(|bill| bill.opened_at),
            closes_at: printed.map(|bill| bill.deadline),
            extended: bill.extended,
            in_force_from: match bill.status {
                Status::Passed { .. } => book.printed.comes_into_force(op),
                ref status => status.in_force_since().map(|height| self.time_of_issue(height)).transpose()?.flatten(),
            },
            sunset: bill.proposal.sunset,
            confirms: bill.proposal.confirms,
            bodies: if hidden { vec![] } else { bodies(bill, &counted, &verdict) },
            route: verdict.passes.filter(|_| !hidden).map(|route| format!("{route:?}").to_lowercase()),
            printed: printed.filter(|_| !hidden).map(|_| counted),
            provisional: (!hidden).then_some(expected),
            why: [if hidden { vec![HIDDEN.into()] } else { why(&book.provisional, op, bill, &counted, &verdict) }, notes(&book.provisional, op, bill)].concat(),
            pledged: book.provisional.pledged_to(op),
            delivered: book.printed.delivered.get(&op).map(|row| row.height),
            ballot,
        })
    }

    /// What effects do, as people read it.
    pub fn effects(&self, effects: &[Effect], law: &State) -> Result<Vec<EffectView>, StoreError> {
        let persons: Vec<PersonView> = self.persons()?;
        let name = |id: PersonId| persons.iter().find(|person| person.id == id).map_or_else(|| id.short(), |person| person.name.clone());
        let sentence = |effect: &Effect| match effect {
            Effect::Deliver { what } => law.promise_name(*what).map(|name| format!("says that {name} is delivered: what was pledged to it is due")),
            Effect::Repeal { bill } => law.bills.get(bill).map(|bill| {
                let set = bill.proposal.effects.iter().filter_map(|effect| if let Effect::SetLaw { key, .. } = effect { Some(key.as_str()) } else { None });
                format!("undoes what the bill \"{}\" set in the law: {}", bill.proposal.title, set.collect::<Vec<_>>().join(", "))
            }),
            _ => None,
        };
        let communities = self.named_communities()?;
        let community =
            |id: SpaceId| communities.iter().find(|(space, _)| *space == id).map_or_else(|| format!("the community {}", id.short()), |(_, name)| name.clone());
        let view = |effect: &Effect| EffectView { line: effect.to_string(), sentence: sentence(effect).unwrap_or_else(|| effect.sentence(name, community)) };
        let mut views: Vec<EffectView> = effects.iter().map(view).collect();
        for (place, warning) in fewer_tellers(effects, law).into_iter().chain(no_workers(effects, law)).chain(fewer_voters(effects, law)) {
            views[place].sentence += &warning;
        }
        Ok(views)
    }

    /// A person's ballot on a bill, and how safe it is.
    fn ballot(&self, op: OpId, bill: &Bill, book: &LawBook, voter: PersonId) -> Result<Option<BallotView>, StoreError> {
        let says = |state: &DocumentState| Ok(state.choices(Key::Choice).iter().filter_map(|choice| word(&choice.value)).collect());
        self.own_ballot(&Vote { id: op, deadline: bill.deadline, book }, voter, says, || why_counts(bill, book, voter))
    }
}

/// A draft in its present form, and what is wrong with its effects.
fn draft(id: DocumentId, state: &DocumentState, law: &State) -> (Proposal, Option<EffectError>) {
    let version = |key: &str| law.values.get(&key.to_owned()).map_or(0, |value| value.version());
    let (effects, wrong) = match Effect::parse_all(state.text(Key::Effects), version) {
        Ok(effects) => (effects, None),
        Err(error) => (vec![], Some(error)),
    };
    let (at, title) = (state.heads.clone(), state.text(Key::Title).to_owned());
    (Proposal { document: id, at, title, effects, requires: None, confirms: None, sunset: None }, wrong)
}

/// The last effect that takes tellers away so that fewer print, and what that comes to: who is appointed or elected beside
/// prints only once they have accepted.
fn fewer_tellers(effects: &[Effect], law: &State) -> Option<(usize, String)> {
    let mut holders: BTreeSet<PersonId> = law.holders(Office::Teller).into_iter().map(|(person, _)| person).collect();
    let before = serving_tellers(holders.len());
    let mut last = None;
    for (place, effect) in effects.iter().enumerate() {
        let (Effect::Dismiss { office: Office::Teller, person } | Effect::Expel { person }) = effect else { continue };
        if holders.remove(person) {
            last = Some(place);
        }
    }
    let after = serving_tellers(holders.len());
    let who = if after == 1 { "one teller alone prints, and what counts rests on trust in that person".into() } else { format!("{after} tellers print") };
    last.filter(|_| after < before).map(|place| (place, format!("; then {who}, until others have accepted the office")))
}

/// The last effect that takes the last job from somebody who holds one, and what that comes to.
fn no_workers(effects: &[Effect], law: &State) -> Option<(usize, String)> {
    let held = law.jobs.iter().filter(|(_, job)| job.ended.is_none());
    let mut held: BTreeMap<&str, PersonId> = held.filter_map(|(_, job)| Some((job.name.as_str(), job.holder?.0))).collect();
    let (before, mut last) = (held.len(), None);
    for (place, effect) in effects.iter().enumerate() {
        let left = held.len();
        match effect {
            Effect::EndJob { job } => drop(held.remove(job.as_str())),
            Effect::Expel { person } => held.retain(|_, holder| holder != person),
            _ => continue,
        }
        last = if held.len() < left { Some(place) } else { last };
    }
    let warning = "; then nobody works for the co-op, and until somebody has accepted a job no bill passes that needs both bodies";
    last.filter(|_| before > 0 && held.is_empty()).map(|place| (place, warning.to_owned()))
}

/// The last effect that sets the law so that some who vote now do not, and what that comes to.
fn fewer_voters(effects: &[Effect], law: &State) -> Option<(usize, String)> {
    let sets = |effect: &Effect| matches!(effect, Effect::SetLaw { .. });
    let place = effects.iter().rposition(sets)?;
    let set: Vec<Effect> = effects.iter().filter(|effect| sets(effect)).cloned().collect();
    let (before, after) = (law.electorate(law.time()), law.electorate_after(&set)?);
    let consumers = before.consumers.iter().filter(|voter| !after.is_consumer(**voter)).count();
    let workers = before.workers.iter().filter(|voter| !after.is_worker(**voter)).count();
    let warning = format!(
        "; of those who may vote now, {consumers} of {} consumers and {workers} of {} workers could not vote then",
        before.consumers.len(),
        before.workers.len()
    );
    (consumers + workers > 0).then_some((place, warning))
}

/// Where a ballot on a bill counts, or why it does not.
fn why_counts(bill: &Bill, book: &LawBook, voter: PersonId) -> Result<String, String> {
    if bill.excludes(voter) {
        return Err("the bill names you: your ballot is shown, and not tallied".into());
    }
    let Some(electorate) = book.provisional.electorates.get(&bill.electorate).filter(|_| bill.is_open()) else {
        return Ok(ENDED.into());
    };
    if book.provisional.has_lost_vote(electorate, voter, bill.opened_height) {
        return Err(STRUCK.into());
    }
    let struck = book.provisional.is_struck_since(voter, bill.opened_height);
    match (electorate.is_consumer(voter) && !struck, electorate.is_worker(voter)) {
        (true, true) => Ok("counts among the consumers and among the workers".into()),
        (true, false) => Ok("counts among the consumers".into()),
        (false, true) => Ok("counts among the workers".into()),
        (false, false) => Err("you were in neither body when the bill was opened".into()),
    }
}

/// What else there is to know of a bill: what it requires, whether it can pass at all, and what it confirms.
fn notes(law: &State, op: OpId, bill: &Bill) -> Vec<String> {
    let required = bill.proposal.requires.and_then(|required| law.bills.get(&required));
    let requires = required.map(|required| format!("it requires the bill \"{}\", which is {}", required.proposal.title, required.status.name()));
    requires.into_iter().chain(law.why_hopeless(bill)).chain(confirming(law, op, bill)).collect()
}

/// That it confirms a stale bill, or that it is stale and can be confirmed.
fn confirming(law: &State, op: OpId, bill: &Bill) -> Vec<String> {
    let confirmed = bill.proposal.confirms.and_then(|stale| law.bills.get(&stale));
    let confirms = confirmed.map(|stale| {
        let reason = if let Status::Stale { reason } = &stale.status { reason.to_string() } else { stale.status.name().into() };
        format!("this is a short vote that confirms it: it passed before, opened in issue {}, and was stale: {reason}", stale.opened_height)
    });
    let rebased = law.rebased(op).map(|rebased| match law.why_not_open(bill.sponsor, &rebased) {
        None => {
            let (id, period) = (bill.proposal.document.short(), duration_in_words(rebased.period_ms(&law.charter())));
            format!("its sponsor can put it as it is to a short vote of {period}: `folkmoot bill rebase {id}`")
        }
        Some(reason) => format!("no short vote can confirm it now: {reason}"),
    });
    confirms.into_iter().chain(rebased).collect()
}

fn word(value: &folkmoot_protocol::document::Value) -> Option<String> {
    if let folkmoot_protocol::document::Value::Text(word) = value { Some(word.clone()) } else { None }
}

fn bodies(bill: &Bill, tally: &Tally, verdict: &Verdict) -> Vec<BodyView> {
    let parts = [("consumers", bill.consumers, tally.consumers, &verdict.consumers), ("workers", bill.workers, tally.workers, &verdict.workers)];
    let body = |(name, roll, count, part): (_, _, folkmoot_protocol::law::Count, &folkmoot_protocol::law::BodyVerdict)| BodyView {
        name,
        in_favour: count.in_favour,
        against: count.against,
        abstain: count.abstain,
        roll,
        quorum: part.quorum,
        approves: part.approves,
        inequality: part.inequality.clone(),
    };
    parts.into_iter().map(body).collect()
}

/// Why the end of a vote was put off, as far as the register tells.
pub(crate) fn why_put_off(law: &State, bill: &Bill) -> &'static str {
    let put_off_at = bill.deadline.saturating_sub(law.charter_number(bill.charter).late_swing_ms);
    let ran = |height: u64| height >= bill.opened_height;
    let challenged = law.challenges.iter().any(|(_, row)| row.at <= put_off_at && row.end.as_ref().is_none_or(|end| ran(end.height)));
    match (bill.eve.is_some(), challenged) {
        (true, false) => "turned late",
        // How it stood before the last stretch is not known: nothing can have turned.
        (false, _) => "hung on ballots under challenge",
        (true, true) => "turned late, or hung on ballots under challenge",
    }
}

fn why(law: &State, op: OpId, bill: &Bill, tally: &Tally, verdict: &Verdict) -> Vec<String> {
    let mut why = vec![
        format!("consumers: {}", verdict.consumers.inequality),
        format!("workers: {}", verdict.workers.inequality),
        format!("consumers alone: {}", verdict.override_inequality),
    ];
    if tally.provisional > 0 {
        why.push(format!("ballots under challenge that count unless a challenge is upheld before the end: {} (`folkmoot challenges`)", tally.provisional));
    }
    if tally.struck > 0 {
        why.push(format!("ballots that do not count, as a challenge of their voter's place on the roll was upheld: {}", tally.struck));
    }
    if bill.extended {
        why.push(format!("the outcome {}: the end was put off once", why_put_off(law, bill)));
    }
    why.push(match &bill.status {
        Status::Open => "voting goes on".into(),
        Status::Failed => "it failed: neither way was met".into(),
        Status::Passed { route, .. } => {
            let then = law.waits_for(op).map_or("cools off", |_| "comes into force no sooner than the bill that it requires");
            format!("it passed ({}), and {then}", format!("{route:?}").to_lowercase())
        }
        Status::Enacted { height } => format!("it passed, and is in force since issue {height}"),
        Status::Stale { reason } => format!("it passed, and cannot come into force: {reason}"),
        Status::Withdrawn => "its sponsor took it back".into(),
        Status::Expired { since, height } => format!("it was in force from issue {since} until its sunset, which issue {height} printed"),
    });
    why
}
