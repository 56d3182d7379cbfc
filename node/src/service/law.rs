//! From what a member means to do in the law to acts and ballots. What the law would give no effect is refused
//! with the reason, but for votes: whoever wants to vote may, and is told whether it counts.

mod community;
mod election;
mod pledge;
mod priorities;

use super::{
    Service,
    difference::put,
    drafts::{DraftError, Plan},
};
use crate::api::{Failure, LawDraft, Written};
use folkmoot_protocol::{
    act::{
        Act, LawAct,
        law::{Ban, Dues, Unban},
    },
    date::{DAY_MS, Date},
    document::{DocumentKind, DocumentState, Edit, Key, Step, Value},
    id::*,
    law::{Ballot, Bill, Choice, Effect, Money, Office, Proposal, State},
    statement::commitment::is_same_payment,
};

impl Service {
    /// The register as it is printed.
    pub(super) fn printed_law(&self) -> Result<&State, DraftError> {
        let hint = "let the node run until it has synced: `folkmoot run`";
        self.world.law.as_ref().ok_or_else(|| Failure::new("not-synced", "the founding of the co-op is not here yet", hint).into())
    }

    /// The register as it would be if everything that waits were printed now.
    pub(super) fn provisional(&self, now: u64) -> Result<State, DraftError> {
        Ok(self.store.as_reader().provisional(self.printed_law()?, now)?)
    }

    pub(super) fn plan_law(&mut self, draft: LawDraft, now: u64) -> Result<Plan, DraftError> {
        match draft {
            LawDraft::Bill { title, text, effects, writers } => self.plan_bill(title, text, effects, writers),
            LawDraft::Cosponsor { document, requires, sunset } => {
                let law = self.provisional(now)?;
                let proposal = self.proposal(document, &law, requires, sunset)?;
                refused("may-not", law.why_no_sponsor(self.person()?, law.time()))?;
                Ok(act(LawAct::Cosponsor { proposal: proposal.digest(), document }, document))
            }
            LawDraft::Open { document, requires, sunset } => {
                let law = self.provisional(now)?;
                let proposal = self.proposal(document, &law, requires, sunset)?;
                self.check_adopted(&proposal)?;
                refused("cannot-open", law.why_not_open(self.person()?, &proposal))?;
                Ok(act(LawAct::Open(proposal), document))
            }
            LawDraft::Rebase { document } => {
                let law = self.provisional(now)?;
                let (stale, row) = opened(&law, document)?;
                let hint = "`folkmoot bill show` says how it stands";
                let error = || Failure::new("not-stale", format!("that bill is {}: only what passed and is stale is rebased", row.status.name()), hint);
                let proposal = law.rebased(stale).ok_or_else(error)?;
                refused("cannot-open", law.why_not_open(self.person()?, &proposal))?;
                Ok(act(LawAct::Open(proposal), document))
            }
            LawDraft::Withdraw { document } => {
                let law = self.provisional(now)?;
                let (bill, row) = opened(&law, document)?;
                if row.sponsor != self.person()? {
                    return Err(Failure::new("not-yours", "only who opened a bill takes it back", "vote against it instead").into());
                }
                if !row.is_open() {
                    return Err(Failure::new("closed", "the vote on it has ended", "see it with `folkmoot bill show`").into());
                }
                Ok(act(LawAct::Withdraw { bill }, document))
            }
            LawDraft::Vote { document, choice } => self.plan_vote(document, choice, now),
            LawDraft::Stand { election } => self.plan_stand(election, now),
            LawDraft::StandDown { election } => self.plan_stand_down(election, now),
            LawDraft::Elect { election, ranking } => self.plan_elect(election, ranking, now),
            LawDraft::TakePart { space, on } => self.plan_take_part(space, on, now),
            LawDraft::Petition { space, demand } => self.plan_petition(space, demand, now),
            LawDraft::VoteOnRecall { recall, choice } => self.plan_vote_on_recall(recall, choice, now),
            LawDraft::Approve { vote, features } => self.plan_approve(vote, &features, now),
            LawDraft::Pledge { to, amount } => self.plan_pledge(to, &amount, now),
            LawDraft::WithdrawPledge { to } => self.plan_withdraw_pledge(to, now),
            LawDraft::Accept { offer } => {
                let law = self.provisional(now)?;
                let person = self.person()?;
                if law.offers.get(&offer).is_none_or(|waiting| waiting.person != person) {
                    let hint = "`folkmoot accept` lists what waits for you";
                    return Err(Failure::new("not-found", "nothing under that id waits for your acceptance", hint).into());
                }
                Ok(act(LawAct::Accept { offer }, DocumentId(offer.0)))
            }
            LawDraft::Dues { member, from_ms, to_ms, amount, commitment } => {
                let amount = amount.parse::<Money>();
                let hint = "write it with its currency, such as 5.99 EUR";
                let amount = amount.map_err(|error| Failure::new("amount", error, hint))?;
                self.plan_dues(Dues { number: 0, member, from_ms, to_ms, amount, commitment }, now)
            }
            LawDraft::Books(draft) => self.plan_books(draft, now),
            LawDraft::Moderate { document, measure, rule, reason } => self.plan_moderation(document, measure, rule, reason, now),
            LawDraft::Report { document, reason } => self.plan_report(document, reason, now),
            LawDraft::Recover { tellers } => self.plan_recovery(tellers, now),
            LawDraft::Ban { space, person, until_ms, rule, reason } => self.plan_ban(Ban { space, person, until_ms, rule, reason }, now),
            LawDraft::Unban { space, person, reason } => self.plan_unban(Unban { space, person, reason }, now),
            LawDraft::Attest { dues } => {
                let law = self.provisional(now)?;
                let person = self.person()?;
                holds(&law, Office::Registrar, person)?;
                let row = law.dues.iter().map(|(_, row)| row).find(|row| row.op == dues);
                let Some(row) = row else { return Err(Failure::new("not-found", "no such receipt is here", "`folkmoot dues list` shows them").into()) };
                if row.registrar.is_some() {
                    return Err(Failure::new("exists", "the receipt is confirmed already", "nothing to do").into());
                }
                if row.treasurer == person {
                    return Err(Failure::new("may-not", "who recorded the dues cannot confirm them as well", "another registrar has to").into());
                }
                Ok(act(LawAct::Attest { dues }, DocumentId(dues.0)))
            }
        }
    }

    fn plan_bill(&self, title: String, text: String, effects: String, mut writers: Vec<PersonId>) -> Result<Plan, DraftError> {
        self.may_write_hall()?;
        check_effects(&effects)?;
        let mut steps = vec![put(Key::Title, title), put(Key::Effects, effects)];
        if !text.is_empty() {
            steps.push(Step::Splice { key: Key::Text, position: 0, delete: 0, insert: text });
        }
        if !writers.is_empty() {
            writers.sort();
            writers.dedup();
            steps.push(Step::Put { key: Key::Writers, value: Value::Persons(writers) });
        }
        Ok(Plan::Edit { space: SpaceId::HALL, document: None, edit: Edit { kind: DocumentKind::Bill, at: vec![], steps } })
    }

    /// A bill in its present form.
    fn proposal(&self, document: DocumentId, law: &State, requires: Option<OpId>, sunset: Option<u64>) -> Result<Proposal, DraftError> {
        let state = self.bill_text(document)?;
        if state.has_conflict() {
            let hint = "choose one with `folkmoot bill edit ID --title …` or `--effect …`";
            return Err(Failure::new("conflict", "its writers disagree on its title or effects", hint).into());
        }
        let version = |key: &str| law.values.get(&key.to_owned()).map_or(0, |value| value.version());
        let effects = Effect::parse_all(state.text(Key::Effects), version).map_err(effects_wrong)?;
        let (at, title) = (state.heads.clone(), state.text(Key::Title).to_owned());
        let proposal = Proposal { document, at, title, effects, requires, confirms: None, sunset };
        proposal.check().map_err(effects_wrong)?;
        Ok(proposal)
    }

    /// What a bill adopts is a page that is here, at versions that are here: the law itself knows no texts.
    fn check_adopted(&self, proposal: &Proposal) -> Result<(), DraftError> {
        for effect in &proposal.effects {
            let Effect::AdoptText { name, document, at } = effect else { continue };
            let (view, hint) = (self.store.as_reader(), "`folkmoot page list` shows the pages; `adopt-text NAME PAGE` takes one as it stands");
            let wrong = |error: String| Err(Failure::new("effect", error, hint).into());
            let Some((n, _)) = view.present_document(*document)? else { return wrong(format!("the page that is to be adopted as {name} is not here")) };
            let versions = view.document_operations(n)?;
            if let Some(unknown) = at.iter().find(|version| versions.iter().all(|held| held.op.id != **version)) {
                return wrong(format!("the page that is to be adopted as {name} has no version {}", unknown.short()));
            }
        }
        Ok(())
    }

    fn bill_text(&self, document: DocumentId) -> Result<DocumentState, DraftError> {
        let (_, _, state) = self.present(document)?;
        match state.kind {
            DocumentKind::Bill => Ok(state),
            kind => Err(Failure::new("kind", format!("that is a {kind}, not a bill"), "`folkmoot bill list` shows the bills").into()),
        }
    }

    /// A ballot is written whatever the law makes of it; a later one follows an earlier one and replaces it.
    fn plan_vote(&self, document: DocumentId, choice: Choice, now: u64) -> Result<Plan, DraftError> {
        let law = self.provisional(now)?;
        let (bill, _) = opened(&law, document)?;
        self.plan_ballot(&law, bill, Key::Choice, Value::Text(choice.name().into()))
    }

    /// A ballot on a bill or in an election, on top of what counts of the voter's devices: not of what the law gives no effect,
    /// or it would wait for that; and of what it counts though nobody talks of it, or it would be spoiled.
    fn plan_ballot(&self, law: &State, of: OpId, key: Key, said: Value) -> Result<Plan, DraftError> {
        let id = DocumentId::ballot_of(of, self.person()?);
        let view = self.store.as_reader();
        let before = match view.document_number(id, SpaceId::HALL)? {
            Some(n) => view.document_state(n)?,
            None => None,
        };
        let heads = before.as_ref().map(|state| state.heads.clone()).unwrap_or_default();
        let at = if law.is_voted_on(of) { law.ballot_of(of, self.person()?).map(Ballot::heads).unwrap_or_default() } else { heads.clone() };
        if let Some(state) = &before
            && let [only] = state.choices(key)
            && only.value == said
            && heads == at
        {
            return Ok(Plan::Stands(Written { id, op: only.op }));
        }
        let steps = vec![Step::Put { key: Key::Bill, value: Value::Operation(of) }, Step::Put { key, value: said }];
        Ok(Plan::Edit { space: SpaceId::HALL, document: Some(id), edit: Edit { kind: DocumentKind::Ballot, at, steps } })
    }

    /// Receipts take the next number; a payment is recorded once.
    fn plan_dues(&self, dues: Dues, now: u64) -> Result<Plan, DraftError> {
        let law = self.provisional(now)?;
        holds(&law, Office::Treasurer, self.person()?)?;
        if let Some((number, _)) = law.dues.iter().find(|(_, row)| is_same_payment(&row.commitment, &dues.commitment)) {
            let error = format!("that payment is recorded already, as receipt {number}");
            return Err(Failure::new("exists", error, "`folkmoot dues list` shows the receipts").into());
        }
        let dues = Dues { number: law.dues.iter().next_back().map_or(1, |(number, _)| number + 1), ..dues };
        let check = Act::Law(LawAct::Dues(dues.clone())).check(self.world.coop.unwrap_or(CoopId::ZERO));
        check.map_err(|error| Failure::new("invalid", error, "change it and try again"))?;
        refused("cannot-record", law.why_no_dues(self.person()?, &dues))?;
        if let Some(error) = why_no_gap(&law, &dues, now) {
            return Err(Failure::new("leaves-out", error, "`folkmoot dues list` shows what is recorded; give another day with --from").into());
        }
        let id = DocumentId(dues.member.0);
        Ok(act(LawAct::Dues(dues), id))
    }
}

/// Why this program records no such dues: who has paid to some day may vote until then, whatever they leave out before. A
/// day's difference of clocks and calendars is let pass.
fn why_no_gap(law: &State, dues: &Dues, now: u64) -> Option<String> {
    let paid_to = law.counting_dues(dues.member).map(|row| row.to_ms).max().unwrap_or(0);
    let day = |ms| Date::of_ms(ms).map_or_else(|| "a day that no calendar has".to_owned(), |date| date.to_string());
    let from = day(dues.from_ms);
    match dues.from_ms <= paid_to.max(now).saturating_add(DAY_MS) {
        true => None,
        false if paid_to > now => Some(format!("they begin on {from}, and what is recorded for that member ends on {}: nothing may be left out", day(paid_to))),
        false => Some(format!("they begin on {from}, which is still to come: a member is in at once, so dues begin today")),
    }
}

pub(super) fn act(act: LawAct, id: DocumentId) -> Plan {
    Plan::Act { space: SpaceId::HALL, act: Act::Law(act), id: Some(id) }
}

/// Turns a reason of the law's into a refusal.
pub(super) fn refused(code: &str, reason: Option<String>) -> Result<(), DraftError> {
    match reason {
        None => Ok(()),
        Some(reason) => Err(Failure::new(code, format!("the law gives it no effect: {reason}"), hint_on(code)).into()),
    }
}

/// Where to look, by what was tried.
fn hint_on(code: &str) -> &'static str {
    match code {
        "cannot-open" => "`folkmoot bill show ID` shows what it does; `folkmoot law KEY` what a key in brackets is set to",
        "cannot-record" => "`folkmoot dues list` shows the receipts",
        "cannot-stand" => "`folkmoot election list` shows what goes on; `folkmoot why PERSON` what somebody is and holds",
        "cannot-sign" | "cannot-take-part" => "`folkmoot petition list` shows the petitions; `folkmoot why PERSON` where somebody takes part",
        "cannot-pledge" | "cannot-withdraw" => "`folkmoot bill list`, `folkmoot election list` and `folkmoot pledges` show where things stand",
        _ => "`folkmoot roll`, `folkmoot offices` and `folkmoot challenges` show who may do what, and where things stand",
    }
}

fn holds(law: &State, office: Office, person: PersonId) -> Result<(), DraftError> {
    if law.holds(office, person) {
        return Ok(());
    }
    let error = format!("only a {} can do that, and you are none", office.name());
    Err(Failure::new("may-not", error, "`folkmoot offices` shows who holds which office").into())
}

/// The last opening of a bill.
fn opened(law: &State, document: DocumentId) -> Result<(OpId, &Bill), DraftError> {
    law.bill_of(document).ok_or_else(|| Failure::new("not-open", "that bill was not put to the vote yet", "its sponsor opens it: `folkmoot bill open`").into())
}

fn check_effects(effects: &str) -> Result<(), DraftError> {
    Effect::parse_all(effects, |_| 0).map(|_| ()).map_err(effects_wrong)
}

fn effects_wrong(error: folkmoot_protocol::law::EffectError) -> DraftError {
    Failure::new("effect", error, "`folkmoot bill draft --help` lists what a bill can do").into()
}
