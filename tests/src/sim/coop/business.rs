//! What the co-op does all the time: bills, ballots, dues, jobs.

use super::*;
use folkmoot_node::api::LawDraft;
use folkmoot_protocol::{
    act::LawAct,
    law::{Cause, Choice, LawValue, Proposal, Version},
};

/// So many bills are drafted or open at one time.
const BILLS: usize = 4;

/// A bill's text, and what people think of it.
pub(super) struct Text {
    pub(super) document: DocumentId,
    /// Its one edit.
    at: OpId,
    title: String,
    effects: String,
    sponsor: usize,
    mood: Mood,
    /// Who on paper supports it, and with which operation.
    pub(super) support: Option<(usize, OpId)>,
    pub(super) opened: Option<OpId>,
    /// How often it was tried to open it.
    tries: usize,
}

#[derive(Clone, Copy)]
enum Mood {
    /// Nearly everybody is for it.
    Popular,
    /// The workers are against it, and most consumers for it.
    Divided,
    /// Most are against it.
    Unpopular,
    /// Nobody knows.
    Close,
}

impl Coop {
    /// A round of business.
    pub(super) fn business(&mut self, round: usize) {
        self.accept_all();
        self.texts.retain(|text| text.tries < 6);
        let node = self.honest();
        let under_way = self.texts.iter().filter(|text| text.opened.is_none_or(|op| self.sim.state(node).bills.get(&op).is_none_or(|bill| bill.is_open())));
        if round < ROUNDS && under_way.count() < BILLS {
            self.draft(round);
        }
        for text in 0..self.texts.len() {
            self.bring_forward(text);
            self.vote_on(text);
        }
        self.record_dues();
        self.dispute_places();
        self.reconcile_books();
        self.use_laptops();
        self.take_part_in_elections();
    }

    fn draft(&mut self, round: usize) {
        let honest = self.sim.honest();
        let sponsor = *self.sim.random.pick(&honest).expect("there are some");
        if !self.sim.is_up(sponsor) {
            return;
        }
        let (title, effects) = (format!("Bill {round}"), self.lines(round));
        let moods = [Mood::Popular, Mood::Popular, Mood::Popular, Mood::Divided, Mood::Unpopular, Mood::Close];
        let mood = *self.sim.random.pick(&moods).expect("there are some");
        let bill = LawDraft::Bill { title: title.clone(), text: "Whereas.\n".into(), effects: effects.clone(), writers: vec![] };
        if let Ok(written) = self.sim.law(sponsor, bill) {
            let (document, at) = (written.id, written.op);
            self.texts.push(Text { document, at, title, effects, sponsor, mood, support: None, opened: None, tries: 0 });
        }
    }

    fn lines(&mut self, round: usize) -> String {
        let somebody = self.somebody();
        let person = self.people[somebody].person;
        let money = 500 + self.sim.random.below(90);
        match self.sim.random.below(15) {
            10..=12 => self.repealing().unwrap_or_default(),
            13 => format!("set-law conflict.rule={}", if money.is_multiple_of(2) { "counted" } else { "shown" }),
            14 => self.expelling().unwrap_or_default(),
            0 | 1 => format!("set-law fee.minimum={}.{:02} EUR", money / 100, money % 100),
            2 => format!("set-law cooling.period=PT{}S", 2 + money % 2),
            3 => format!("create-job work-{} 1000.00 EUR Job", round % 3),
            4 => format!("fill-job work-{} {person}", round % 3),
            5 => format!("end-job work-{}", round % 3),
            6 => format!("appoint auditor {person}"),
            7 => format!("endorse host-{}.example", round % 3),
            8 => format!("budget bread-{round} {money}.00 EUR"),
            _ => String::new(),
        }
    }

    /// A bill that undoes one whose value of a key stands; whether it still does by then will show.
    pub(super) fn repealing(&mut self) -> Option<String> {
        let node = self.honest();
        let stands = |row: &LawValue| match row.versions.last() {
            Some(Version { by: Cause::Bill(bill), undoes: None, .. }) => Some(*bill),
            _ => None,
        };
        let bills: Vec<OpId> = self.sim.state(node).values.iter().filter_map(|(_, row)| stands(row)).collect();
        self.sim.random.pick(&bills).map(|bill| format!("repeal {bill}"))
    }

    /// A bill against somebody who signed two things with one number; a few are lost so.
    fn expelling(&mut self) -> Option<String> {
        let forked: Vec<PersonId> = self.people.iter().skip(2).filter(|person| person.forked).map(|person| person.person).collect();
        let node = self.honest();
        let few = self.sim.state(node).expulsions.iter().count() < 3;
        self.sim.random.pick(&forked).filter(|_| few).map(|person| format!("expel {person}"))
    }

    /// Somebody on paper of whom nothing bad is known.
    pub(super) fn somebody(&mut self) -> usize {
        let sound: Vec<usize> = (2..self.people.len()).filter(|who| !self.people[*who].forked).collect();
        *self.sim.random.pick(&sound).expect("somebody is left")
    }

    /// A draft finds support, then it is opened.
    fn bring_forward(&mut self, number: usize) {
        let Text { document, sponsor, opened, support, .. } = self.texts[number];
        if !self.sim.is_up(sponsor) || opened.is_some_and(|op| self.sim.state(sponsor).bills.contains(&op)) {
            return;
        }
        let Some((_, supported)) = support else { return self.support(number) };
        if [Some(supported), opened].into_iter().flatten().any(|op| !self.is_printed(sponsor, op)) {
            return;
        }
        self.texts[number].tries += 1;
        match self.sim.law(sponsor, LawDraft::Open { document, requires: None, sunset: None }) {
            Ok(written) => self.texts[number].opened = Some(written.op),
            // By another version of a key, or after its sponsors changed: they sign anew.
            Err(_) => self.texts[number].support = None,
        }
    }

    /// Whether an operation is printed, as a machine has it.
    pub(super) fn is_printed(&self, node: usize, op: OpId) -> bool {
        self.sim.service(node).store().as_reader().printing_of(op).expect("a store").is_some()
    }

    fn support(&mut self, number: usize) {
        let who = self.somebody();
        let text = &self.texts[number];
        let effects = self.effects(text.sponsor, &text.effects);
        let proposal =
            Proposal { document: text.document, at: vec![text.at], title: text.title.clone(), effects, requires: None, confirms: None, sunset: None };
        let act = LawAct::Cosponsor { proposal: proposal.digest(), document: text.document };
        self.texts[number].tries += 1;
        let op = self.write(who, None, &on_paper::law(act));
        self.texts[number].support = Some((who, op));
    }

    /// Some of those who have not voted yet do; a few change their mind.
    fn vote_on(&mut self, number: usize) {
        let Text { document, mood, opened, .. } = self.texts[number];
        let Some(bill) = opened else { return };
        if self.sim.random.one_in(150) {
            let _ = self.sim.law(self.texts[number].sponsor, LawDraft::Withdraw { document });
        }
        for node in 0..self.sim.machines() {
            let open = self.sim.is_up(node) && self.sim.state(node).bills.get(&bill).is_some_and(|bill| bill.is_open());
            if open && self.sim.random.one_in(6) {
                let choice = self.choice(mood, node == 0);
                let _ = self.sim.vote(node, document, choice);
            }
        }
        for who in (0..self.people.len()).filter(|who| !self.people[*who].forked).collect::<Vec<_>>() {
            let Some(home) = self.machine_near(self.people[who].home) else { return };
            let voted = self.people[who].ballots.contains_key(&bill);
            let open = self.sim.state(home).bills.get(&bill).is_some_and(|bill| bill.is_open());
            if open && self.sim.random.one_in(if voted { 60 } else { 4 }) {
                let worker = self.sim.state(home).members.get(&self.people[who].person).is_some_and(|member| member.job.is_some());
                let choice = self.choice(mood, worker);
                self.vote(who, bill, choice);
                if self.sim.random.one_in(40) {
                    // Without knowing of what they said before: that spoils it.
                    self.vote_at(who, bill, Choice::Against, vec![]);
                }
            }
        }
    }

    fn choice(&mut self, mood: Mood, worker: bool) -> Choice {
        let sure = |choice: Choice, random: &mut crate::random::Random| if random.one_in(12) { Choice::Abstain } else { choice };
        let random = &mut self.sim.random;
        match mood {
            Mood::Popular => sure(Choice::For, random),
            Mood::Divided if worker => Choice::Against,
            Mood::Divided => sure(if random.one_in(8) { Choice::Against } else { Choice::For }, random),
            Mood::Unpopular => sure(if random.one_in(4) { Choice::For } else { Choice::Against }, random),
            Mood::Close => Choice::ALL[random.below(2) as usize],
        }
    }

    /// Dues that have run out are paid anew now and then, at the founder's machine; the registrar confirms them.
    fn record_dues(&mut self) {
        if !self.sim.is_up(0) || !self.sim.random.one_in(6) {
            return;
        }
        let (member, from_ms) = (self.somebody(), self.sim.now);
        let dues = LawDraft::Dues { member: self.people[member].person, from_ms, to_ms: from_ms + 60_000, amount: "99.99 EUR".into(), commitment: [0; 32] };
        if let Ok(written) = self.sim.law(0, dues) {
            let registrar = self.registrar;
            self.write(registrar, None, &on_paper::law(LawAct::Attest { dues: written.op }));
        }
    }
}
