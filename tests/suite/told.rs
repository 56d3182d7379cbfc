//! What people are told in their inbox, and what `why` says of it: of offices that ended, of offers, of what had no effect.

use super::tellers::{accept, act, bread, bread_under, law, open, pass, person};
use folkmoot_node::{
    api::{Draft, LawDraft},
    cli::{inbox::concerns, why::reasons},
    store::query::Viewer,
};
use folkmoot_protocol::{
    id::*,
    law::{Choice, Effect, Office},
    view::InboxItem,
};
use folkmoot_tests::sim::Sim;

fn inbox(sim: &Sim, node: usize) -> Vec<InboxItem> {
    let (view, viewer) = (sim.service(node).store().as_reader(), Viewer { person: sim.person(node), device: sim.service(node).device() });
    concerns(view, &view.law_book(sim.now).unwrap().unwrap(), &viewer).unwrap()
}

/// The one item of a machine's inbox that begins so.
fn told(sim: &Sim, node: usize, begins: &str) -> InboxItem {
    let all = inbox(sim, node);
    let mut fitting = all.iter().filter(|item| item.what.starts_with(begins));
    let item = fitting.next().unwrap_or_else(|| panic!("nothing begins \"{begins}\": {all:#?}"));
    assert!(fitting.next().is_none(), "told twice: {all:#?}");
    item.clone()
}

/// What is said of an office at a machine, with the issue of each.
fn why(sim: &Sim, node: usize, what: &str) -> Vec<(String, Option<u64>)> {
    let view = sim.service(node).store().as_reader();
    let because = reasons(view, view.law_book(sim.now).unwrap().unwrap(), what).unwrap();
    because.into_iter().map(|link| (link.what, link.issue)).collect()
}

fn time_of(sim: &Sim, height: u64) -> u64 {
    let kept = sim.service(0).store().as_reader().issues_from(height, 1).unwrap();
    kept[0].signed.read().unwrap().1.time
}

fn came_into_force(sim: &Sim, bill: DocumentId) -> u64 {
    law(sim, 0).bill_of(bill).unwrap().1.status.in_force_since().unwrap()
}

fn running(sim: &Sim, node: usize) -> Option<OpId> {
    law(sim, node).running_elections().next().map(|(id, _)| id)
}

/// Has a bill open an election, as far as a machine knows; answers which.
fn opened(sim: &mut Sim, office: &str, node: usize) -> OpId {
    let bill = open(sim, 0, format!("open-election {office} 1"));
    for voter in 0..sim.machines() {
        act(sim, voter, LawDraft::Vote { document: bill, choice: Choice::For });
    }
    sim.until("it is open", 300_000, |sim| running(sim, node).is_some());
    running(sim, node).unwrap()
}

/// An election of one person to an office, by everybody.
fn elect(sim: &mut Sim, office: &str, elected: usize) -> OpId {
    let election = opened(sim, office, elected);
    act(sim, elected, LawDraft::Stand { election });
    sim.until("people vote", 300_000, |sim| law(sim, 0).elections.get(&election).unwrap().phase.name() == "voting");
    sim.run_for(5_000);
    let ranking = vec![person(sim, elected)];
    for node in 0..sim.machines() {
        act(sim, node, LawDraft::Elect { election, ranking: ranking.clone() });
    }
    sim.until("it is over", 300_000, |sim| running(sim, 0).is_none());
    sim.run_for(5_000);
    election
}

#[test]
fn who_is_dismissed_from_an_office_is_told_by_what_bill_and_why_names_it() {
    let mut sim = bread(701, 4);
    let bob = person(&sim, 1);
    let bill = pass(&mut sim, format!("appoint auditor {bob}"));
    let offered = told(&sim, 1, "waits for your acceptance: the office of auditor");
    assert_eq!(offered.at, time_of(&sim, came_into_force(&sim, bill)), "of the issue, not of the end of the vote");
    accept(&mut sim, 1);
    sim.run_for(15_000);
    told(&sim, 1, "you are auditor now");
    let bill = pass(&mut sim, format!("dismiss auditor {bob}"));
    let height = came_into_force(&sim, bill);
    let lost = told(&sim, 1, "you are auditor no more, by the bill \"A bill\"");
    assert_eq!((lost.at, lost.id), (time_of(&sim, height), bill.to_string()));
    assert!(inbox(&sim, 0).iter().all(|item| !item.what.contains("no more")), "it concerns nobody else");
    let because = why(&sim, 2, "auditor");
    assert!(
        because[0].0.starts_with("Person 1") && because[0].0.ends_with(&format!("was dismissed by the bill \"A bill\", since issue {height}")),
        "{because:?}"
    );
    let opened = law(&sim, 0).bill_of(bill).unwrap().1.opened_height;
    assert_eq!(because[0].1, Some(opened), "the issue that printed the bill");
}

#[test]
fn who_comes_into_a_job_and_who_holds_it_no_more_is_told() {
    let mut sim = bread(706, 4);
    let (bob, carol) = (person(&sim, 1), person(&sim, 2));
    pass(&mut sim, "create-job baker 1800.00 EUR Bakes".into());
    pass(&mut sim, format!("fill-job baker {bob}"));
    accept(&mut sim, 1);
    sim.run_for(15_000);
    told(&sim, 1, "you hold the job baker now");
    let ending = pass(&mut sim, "end-job baker".into());
    let over = told(&sim, 1, "you hold the job baker no more, by the bill \"A bill\"");
    assert_eq!((over.at, over.id), (time_of(&sim, came_into_force(&sim, ending)), ending.to_string()));
    // Another job of the name is another's.
    pass(&mut sim, "create-job baker 900.00 EUR Bakes too".into());
    pass(&mut sim, format!("fill-job baker {carol}"));
    accept(&mut sim, 2);
    sim.run_for(15_000);
    told(&sim, 2, "you hold the job baker now");
    told(&sim, 1, "you hold the job baker no more");
    let ending = pass(&mut sim, format!("expel {carol}"));
    assert_eq!(told(&sim, 2, "you hold the job baker no more").id, ending.to_string());
    assert!(inbox(&sim, 0).iter().all(|item| !item.what.contains("you hold the job")), "it concerns nobody else");
    let said: Vec<String> = why(&sim, 3, "baker").into_iter().map(|(what, _)| what).collect();
    assert_eq!(said.iter().filter(|what| *what == "accepted it").count(), 2, "{said:#?}");
    assert!(said.contains(&format!("Person 2 was expelled by the bill \"A bill\", since issue {}", came_into_force(&sim, ending))), "{said:#?}");
    let of_bob: Vec<String> = why(&sim, 3, "Person 1").into_iter().map(|(what, _)| what).collect();
    assert!(of_bob.iter().any(|what| what.starts_with("the job baker: ended by the bill \"A bill\"")), "{of_bob:#?}");
}

#[test]
fn what_is_endorsed_no_more_and_what_was_offered_is_explained() {
    let mut sim = bread(707, 3);
    let bob = person(&sim, 1);
    for effect in ["endorse milk.example".to_owned(), "unendorse milk.example".into(), format!("appoint auditor {bob}")] {
        pass(&mut sim, effect);
    }
    let said: Vec<String> = why(&sim, 2, "milk.example").into_iter().map(|(what, _)| what).collect();
    assert!(said.len() == 2 && said[0].starts_with("the endorsement was taken back by the bill") && said[1].starts_with("endorsed by the bill"), "{said:#?}");
    let offer = told(&sim, 1, "waits for your acceptance: the office of auditor").id;
    accept(&mut sim, 1);
    sim.run_for(15_000);
    assert!(why(&sim, 2, &offer).iter().any(|(what, _)| what.contains("was appointed by the bill")));
    assert!(reasons(sim.service(2).store().as_reader(), sim.service(2).store().as_reader().law_book(sim.now).unwrap().unwrap(), "cheese.example").is_err());
}

#[test]
fn a_bill_that_takes_the_vote_from_those_who_have_it_says_so() {
    let sim = bread(708, 3);
    let (view, law) = (sim.service(0).store().as_reader(), law(&sim, 0));
    let said = |text: &str| {
        let effects = Effect::parse_all(text, |_| 1).unwrap();
        view.effects(&effects, law).unwrap().remove(0).sentence
    };
    let many = law.electorate(law.time()).consumers.len();
    assert_eq!(
        said("set-law waiting.period=366 days"),
        format!("sets waiting.period to 366 days; of those who may vote now, {many} of {many} consumers and 0 of 1 workers could not vote then")
    );
    assert_eq!(said("set-law cooling.period=3 seconds"), "sets cooling.period to 3 seconds");
}

#[test]
fn who_is_followed_in_an_election_and_whose_term_is_over_is_told() {
    let mut sim = bread_under(702, 4, &[("office.term", 200_000), ("deliberation.period", 60_000)]);
    let election = elect(&mut sim, "treasurer", 1);
    let height = law(&sim, 0).elections.get(&election).unwrap().outcome.as_ref().unwrap().height;
    let lost = told(&sim, 0, "you are treasurer no more, by the election of Person 1");
    assert_eq!((lost.at, lost.id), (time_of(&sim, height), election.to_string()));
    assert!(why(&sim, 2, "treasurer").iter().any(|(what, issue)| what.contains("was followed by who was elected in election") && *issue == Some(height)));
    let until = law(&sim, 0).holders(Office::Treasurer)[0].1.until.unwrap();
    sim.until("the term is over", 400_000, |sim| law(sim, 1).holders(Office::Treasurer).is_empty());
    let over = told(&sim, 1, "you are treasurer no more, as your term was over");
    let before = law(&sim, 1).height();
    assert!(over.at >= until && over.at <= time_of(&sim, before));
    assert!(why(&sim, 2, "treasurer")[0].0.starts_with("the term of Person 1"));
}

#[test]
fn tellers_whom_the_members_replaced_are_told() {
    let mut sim = bread(703, 4);
    sim.crash(0);
    sim.run_for(40_000);
    let (height, tellers) = (law(&sim, 1).height(), vec![sim.service(1).device()]);
    for node in [1, 2] {
        act(&mut sim, node, LawDraft::Recover { tellers: tellers.clone() });
    }
    sim.run_for(20_000);
    sim.restart(0);
    sim.run_for(60_000);
    let lost = told(&sim, 0, &format!("you are teller no more, as the members chose other tellers after issue {height}"));
    assert_eq!(lost.at, time_of(&sim, height + 1));
    let because = why(&sim, 3, "teller");
    assert!(because.iter().any(|(what, issue)| what.contains("was followed by who was chosen by the members") && *issue == Some(height + 1)), "{because:?}");
}

#[test]
fn who_stands_too_late_is_told_that_it_had_no_effect() {
    let mut sim = bread_under(704, 3, &[("deliberation.period", 60_000)]);
    let election = opened(&mut sim, "auditor", 1);
    assert!(told(&sim, 1, "an election of").what.starts_with("an election of an auditor"));
    sim.split(&[0, 1, 0]);
    let stood = sim.submit(1, Draft::Law(LawDraft::Stand { election })).unwrap().op;
    sim.until("nobody can stand any more", 300_000, |sim| running(sim, 0).is_none());
    sim.heal();
    sim.run_for(60_000);
    let printing = sim.service(1).store().as_reader().printing_of(stood).unwrap().unwrap();
    let item = told(&sim, 1, "what you signed had no effect");
    assert_eq!(item.what, format!("what you signed had no effect (stands in election {}): the time to stand is over", election.short()));
    assert_eq!((item.at, item.id), (time_of(&sim, printing.height), stood.to_string()));
    assert!(inbox(&sim, 0).iter().all(|item| !item.what.contains("no effect")));
}

#[test]
fn an_offer_of_a_moderators_office_names_the_community() {
    let mut sim = bread(705, 3);
    let space = sim.open_community(0, "rolls");
    sim.run_for(10_000);
    let bob = person(&sim, 1);
    pass(&mut sim, format!("appoint moderator:{space} {bob}"));
    told(&sim, 1, "waits for your acceptance: the office of moderator of rolls");
}

#[test]
fn whose_ballot_came_after_the_end_is_told_that_it_does_not_count() {
    let mut sim = bread(376, 3);
    let bill = open(&mut sim, 0, String::new());
    sim.run_for(5_000);
    sim.split(&[0, 1, 0]);
    sim.run_for(60_000);
    act(&mut sim, 1, LawDraft::Vote { document: bill, choice: Choice::For });
    assert!(inbox(&sim, 1).iter().all(|item| !item.what.starts_with("your ballot on")), "it may have come in time, as far as is known there");
    sim.heal();
    sim.run_for(20_000);
    let item = told(&sim, 1, "your ballot on \"A bill\" does not count");
    assert_eq!((item.kind.as_str(), item.id), ("no-effect", bill.to_string()));
}
