//! The co-op makes its law: dues, bills, a hire, an override, and a ballot that a split holds back.

use super::{Demo, PATIENCE, tally::counted};
use crate::{
    api::{Draft, Failure, LawDraft, Written},
    cluster::listed,
    runtime::now_ms,
    store::Reader,
};
use folkmoot_protocol::{
    id::*,
    law::{Choice, Preset, State, Status, Tally},
};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// A month of dues, in ms.
const MONTH_MS: u64 = 30 * 24 * 3_600_000;
const DUES: &str = "5.99 EUR";
/// What differs from the quick preset: the Gazette comes out when something waits, and not for a sign of life, so
/// that all nodes end at the same issue.
/// Nominations are open long enough for a busy machine. Three consumers of three become tellers, and may vote on that.
const CHARTER: [(&str, &str); 4] = [("heartbeat.period", "PT1H"), ("recovery.wait", "PT2H"), ("deliberation.period", "PT6S"), ("conflict.rule", "counted")];
/// A vote lasts twenty-six seconds, and five more where its outcome turns late.
pub(super) const VOTE: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(100);
/// The founder, who works for the co-op; who opens the hire; who opens the override.
pub(super) const WORKER: usize = 0;
pub(super) const SPONSOR: usize = 1;
pub(super) const REBEL: usize = 2;

/// A bill of the demo's.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measure {
    title: &'static str,
    sponsor: usize,
    document: DocumentId,
    pub(super) opened: OpId,
}

/// The charter under which the demo's co-op is founded.
pub(super) fn charter() -> BTreeMap<String, String> {
    let mut charter: BTreeMap<String, String> = Preset::Quick.values().into_iter().map(|(key, value)| (key, value.to_string())).collect();
    charter.extend(CHARTER.map(|(key, value)| (key.to_owned(), value.to_owned())));
    charter
}

impl Demo<'_> {
    /// From the first dues to the last bill in force.
    pub(super) async fn legislate(&mut self) -> Result<(), Failure> {
        let last = self.cluster.nodes().len() - 2;
        let consumers: Vec<usize> = (1..=last).collect();
        self.pay_dues(&consumers).await?;
        let election = self.share_offices(&consumers).await?;
        let [hire, fee, bread, holiday] = self.open_bills(last).await?;
        self.vote_apart(&consumers, [hire, fee, bread], holiday).await?;
        self.elect(&consumers, election).await?;
        self.count([hire, fee, bread, holiday]).await?;
        self.declare(election).await?;
        self.fill_job(hire, last).await?;
        self.print_equal().await?;
        self.agree(&self.cluster.places()).await
    }

    /// What a node holds as printed.
    pub(super) fn law_at(&self, node: usize) -> Result<State, Failure> {
        let law = Reader::open(&self.cluster.node_folder(node))?.view().law()?;
        law.ok_or_else(|| Failure::new("law", format!("{} has no law", self.cluster.name(node)), "report this"))
    }

    /// Waits until something is printed at a node.
    pub(super) async fn until_printed(&mut self, node: usize, what: &str, patience: Duration, holds: impl Fn(&State) -> bool) -> Result<State, Failure> {
        let since = Instant::now();
        loop {
            let law = self.law_at(node)?;
            if holds(&law) {
                return Ok(law);
            }
            if since.elapsed() > patience {
                let error = format!("{what}: {} has not printed it after {} s", self.cluster.name(node), patience.as_secs());
                return Err(Failure::new("law", error, "run it again with --keep DIR and look into the folders"));
            }
            self.audience.progress(what, since.elapsed().as_secs(), patience.as_secs());
            tokio::time::sleep(POLL).await;
        }
    }

    pub(super) async fn do_law(&mut self, node: usize, draft: LawDraft) -> Result<Written, Failure> {
        let written = self.cluster.submit(node, vec![Draft::Law(draft)]).await?;
        written.first().copied().ok_or_else(|| Failure::new("node", format!("{} wrote nothing", self.cluster.name(node)), "report this"))
    }

    pub(super) fn person_id(&self, law: &State, node: usize) -> PersonId {
        let device = self.cluster.nodes().get(node).map_or(DeviceId::ZERO, |node| node.device);
        law.register.credentials.values().find(|credential| credential.device == device).map_or(PersonId::ZERO, |credential| credential.person)
    }

    /// The founder records everybody's dues; each accepts.
    async fn pay_dues(&mut self, consumers: &[usize]) -> Result<(), Failure> {
        let devices: Vec<DeviceId> = consumers.iter().filter_map(|node| self.cluster.nodes().get(*node)).map(|node| node.device).collect();
        let came_in = |law: &State| devices.iter().all(|device| law.register.credentials.values().any(|credential| credential.device == *device));
        let law = self.until_printed(WORKER, "Waiting for the first issues", PATIENCE, came_in).await?;
        let from_ms = now_ms();
        for node in consumers {
            let dues = LawDraft::Dues { member: self.person_id(&law, *node), from_ms, to_ms: from_ms + MONTH_MS, amount: DUES.into(), commitment: [0; 32] };
            let offer = self.do_law(WORKER, dues).await?.op;
            self.board.tally.dues += 1;
            self.until_printed(*node, "Waiting for a receipt to be printed", PATIENCE, |law| law.offers.contains(&offer)).await?;
            self.do_law(*node, LawDraft::Accept { offer }).await?;
            self.board.tally.acceptances += 1;
        }
        let paid: Vec<PersonId> = consumers.iter().map(|node| self.person_id(&law, *node)).collect();
        let places = self.cluster.places();
        for node in places {
            self.until_printed(node, "Waiting for the roll", PATIENCE, |law| paid.iter().all(|person| law.consumer(*person).is_some())).await?;
        }
        let names: Vec<&str> = consumers.iter().map(|node| self.person(*node)).collect();
        self.say(&format!(
            "Two bodies make the law: {} paid dues, which {1} recorded and they accepted; {1} is the first worker.",
            listed(&names),
            self.person(WORKER)
        ));
        Ok(())
    }

    /// Four bills are put to the vote.
    async fn open_bills(&mut self, hired: usize) -> Result<[Measure; 4], Failure> {
        let person = self.person_id(&self.law_at(WORKER)?, hired);
        let hire = format!("create-job baker 1800.00 EUR Baker\nfill-job baker {person}");
        let hire = self.open(SPONSOR, "A baker", hire).await?;
        let fee = self.open(WORKER, "A fee of 5.49", "set-law fee.minimum=5.49 EUR".into()).await?;
        let bread = self.open(REBEL, "Bread on Sundays", "endorse sunday-bread.example".into()).await?;
        let holiday = self.open(SPONSOR, "A holiday", String::new()).await?;
        let bills = [hire, fee, bread, holiday];
        for node in self.cluster.places() {
            self.until_printed(node, "Waiting for the bills to be opened", PATIENCE, |law| bills.iter().all(|bill| law.bills.contains(&bill.opened))).await?;
        }
        self.say("Four more bills were put to the vote: an issue of the Gazette fixed their texts, who may vote, and until when.");
        Ok(bills)
    }

    pub(super) async fn open(&mut self, sponsor: usize, title: &'static str, effects: String) -> Result<Measure, Failure> {
        let draft = LawDraft::Bill { title: title.into(), text: "Be it so.\n".into(), effects, writers: vec![] };
        let document = self.do_law(sponsor, draft).await?.id;
        let opened = self.do_law(sponsor, LawDraft::Open { document, requires: None, sunset: None }).await?.op;
        self.board.tally.bills += 1;
        self.board.tally.openings += 1;
        Ok(Measure { title, sponsor, document, opened })
    }

    pub(super) async fn vote(&mut self, node: usize, bill: Measure, choice: Choice) -> Result<(), Failure> {
        self.do_law(node, LawDraft::Vote { document: bill.document, choice }).await?;
        self.board.tally.ballots += 1;
        Ok(())
    }

    /// The last of the consumers is cut off, votes all the same, and is heard again before the vote ends.
    async fn vote_apart(&mut self, consumers: &[usize], [hire, fee, bread]: [Measure; 3], holiday: Measure) -> Result<(), Failure> {
        let Some((apart, others)) = consumers.split_last() else { return Ok(()) };
        let named: Vec<Vec<String>> = vec![
            vec![self.cluster.name(*apart).to_owned()],
            self.cluster.places().into_iter().filter(|node| node != apart).map(|node| self.cluster.name(node).to_owned()).collect(),
        ];
        self.cluster.split(named).await?;
        for node in consumers {
            for bill in [fee, bread] {
                self.vote(*node, bill, Choice::For).await?;
            }
        }
        for node in others {
            self.vote(*node, hire, Choice::For).await?;
        }
        for (bill, choice) in [(hire, Choice::For), (fee, Choice::For), (bread, Choice::Against)] {
            self.vote(WORKER, bill, choice).await?;
        }
        self.vote(SPONSOR, holiday, Choice::For).await?;
        let without = others.len() as u64;
        let counted = move |number: u64| move |law: &State| in_favour(law, bread.opened) == number;
        self.until_printed(WORKER, "Waiting for the ballots", PATIENCE, counted(without)).await?;
        self.say(&format!("A split kept {}'s ballots back: of \"{}\", {without} ballots for it were printed.", self.person(*apart), bread.title));
        self.cluster.heal().await?;
        self.until_printed(WORKER, "Waiting for the ballots that were kept back", PATIENCE, counted(without + 1)).await?;
        self.say(&format!("The split ended before the vote did: {}'s ballot was printed, and makes it {}.", self.person(*apart), without + 1));
        Ok(())
    }

    /// The votes end, and what passed comes into force.
    async fn count(&mut self, bills: [Measure; 4]) -> Result<(), Failure> {
        let over = move |law: &State| {
            bills.iter().all(|bill| law.bills.get(&bill.opened).is_some_and(|bill| !matches!(bill.status, Status::Open | Status::Passed { .. })))
        };
        let law = self.until_printed(WORKER, "Waiting for the votes to end and the bills to cool off", VOTE, over).await?;
        for (bill, expected) in bills.into_iter().zip(["simple", "simple", "override", "failed"]) {
            let (came, sentence) = self.result(&law, bill);
            if came != expected {
                return Err(Failure::new(
                    "law",
                    format!("the bill \"{}\" was to end as {expected}: {sentence}", bill.title),
                    "run it again: the machine may be busy",
                ));
            }
            self.say(&sentence);
        }
        Ok(())
    }

    fn result(&self, law: &State, measure: Measure) -> (&'static str, String) {
        let Some((bill, (tally, _))) = law.bills.get(&measure.opened).and_then(|bill| Some((bill, bill.result?))) else { return ("none", String::new()) };
        let verdict = bill.verdict(&law.charter_number(bill.charter), &tally);
        let (title, sponsor) = (measure.title, self.person(measure.sponsor));
        let enacted = matches!(bill.status, Status::Enacted { .. });
        match verdict.passes.filter(|_| enacted).map(|route| format!("{route:?}")) {
            Some(route) if route == "Simple" => ("simple", format!("\"{title}\", by {sponsor}, passed by both bodies and is in force: {}.", figures(&tally))),
            Some(_) => ("override", format!("\"{title}\", by {sponsor}, passed by the consumers' override against the workers: {}.", figures(&tally))),
            None => ("failed", format!("\"{title}\", by {sponsor}, failed for its quorum: {}, and {} are needed.", figures(&tally), verdict.consumers.quorum)),
        }
    }

    /// Who was chosen for the job accepts it.
    async fn fill_job(&mut self, hire: Measure, hired: usize) -> Result<(), Failure> {
        let person = self.person_id(&self.law_at(WORKER)?, hired);
        let mine = move |law: &State| law.offers.iter().find(|(_, offer)| offer.person == person && offer.by == Some(hire.opened)).map(|(op, _)| *op);
        let law = self.until_printed(hired, "Waiting for the offer", PATIENCE, |law| mine(law).is_some()).await?;
        let Some(offer) = mine(&law) else { return Ok(()) };
        self.do_law(hired, LawDraft::Accept { offer }).await?;
        self.board.tally.acceptances += 1;
        let holds = move |law: &State| law.job("baker").is_some_and(|(_, job)| job.holder.is_some_and(|(holder, ..)| holder == person));
        let law = self.until_printed(WORKER, "Waiting for the hire", PATIENCE, holds).await?;
        let fee = law.values.get(&"fee.minimum".to_owned()).and_then(|value| value.present()).map(ToString::to_string).unwrap_or_default();
        self.say(&format!("{} accepted the job and is a worker from now on; the least fee is {fee} by law.", self.person(hired)));
        Ok(())
    }

    /// Waits until all nodes hold the same issues, and nothing waits to be printed.
    async fn print_equal(&mut self) -> Result<(), Failure> {
        let places = self.cluster.places();
        let since = Instant::now();
        loop {
            let laws = places.iter().map(|node| self.law_at(*node)).collect::<Result<Vec<_>, _>>()?;
            if let Some(first) = laws.first().filter(|first| laws.iter().all(|law| law.hash() == first.hash())) {
                let sentence = format!("{} of the Gazette later all {} nodes have the same law.", counted(first.height(), "issue"), places.len());
                self.say(&sentence);
                return Ok(());
            }
            if since.elapsed() > PATIENCE {
                return Err(Failure::new("law", "the nodes do not come to the same law", "run it again with --keep DIR and look into the folders"));
            }
            tokio::time::sleep(POLL).await;
        }
    }
}

fn in_favour(law: &State, bill: OpId) -> u64 {
    law.bills.get(&bill).map_or(0, |row| row.result.map_or_else(|| law.tally(bill), |(tally, _)| tally).consumers.in_favour)
}

fn figures(tally: &Tally) -> String {
    let body = |count: folkmoot_protocol::law::Count| format!("{} for and {} against", count.in_favour, count.against);
    format!("consumers {}, workers {}", body(tally.consumers), body(tally.workers))
}
