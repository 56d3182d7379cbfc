use super::Bytes;
use crate::paper::{Paper, chance::Game};
use folkmoot_protocol::{
    act::{Act, LawAct, law::Dues},
    cbor,
    document::Edit,
    id::*,
    law::{ChainEnd, Cut, Effect, Issue, IssueError, Proposal, SignedIssue, SpaceCut, State},
    limits,
    op::Content,
};
use minicbor::{Decode, Encode};
use std::fmt::Debug;

/// So many moves of one game; longer ones show no more.
const MOVES: usize = 60;

/// Acts and issues of the law as they come, and games at the Gazette that every node recounts the same.
pub fn law(data: &[u8]) {
    let Some((form, data)) = data.split_first() else { return };
    match form % 8 {
        0 => drop(one_form::<LawAct>(data).map(|act| Act::Law(act).check(CoopId::ZERO))),
        1 => drop(one_form::<Effect>(data).map(|effect| effect.check())),
        2 => drop(one_form::<Proposal>(data).map(|proposal| (proposal.check(), proposal.digest(), proposal.is_entrenched()))),
        3 => issue(data),
        _ => game(data),
    }
}

fn one_form<T: for<'b> Decode<'b, ()> + Encode<()> + Debug>(data: &[u8]) -> Option<T> {
    let value = cbor::decode::<T>(data).ok()?;
    assert_eq!(cbor::encode(&value), data, "{value:?} in two forms");
    Some(value)
}

fn issue(data: &[u8]) {
    let body = one_form::<SignedIssue>(data).map_or_else(|| data.to_vec(), |signed| signed.body);
    let signed = SignedIssue { body, certificate: folkmoot_protocol::agreement::Certificate { round: 0, signatures: vec![] } };
    let Ok((id, issue)) = signed.read() else { return };
    assert_eq!((issue.id(), issue.to_bytes()), (id, signed.body), "an issue in two forms");
    assert!(issue.operations() <= limits::OPERATIONS_PER_ISSUE as u64);
    let mut state = State::default();
    assert!(state.apply(id, &issue, &[]).is_err(), "an issue of a co-op that was never founded");
}

fn game(data: &[u8]) {
    let mut dice = Bytes::new(data);
    let mut game = Game::new(&mut dice, false);
    for _ in 0..MOVES {
        match dice.below(8) {
            _ if dice.is_empty() => break,
            0 => stranger(&mut game.paper, &mut dice),
            1 => refuse(&game.paper, &mut dice),
            _ => game.step(&mut dice),
        }
    }
    game.play(&mut Bytes::new(&[]), 0);
    recount(&game.paper);
}

/// Every node comes to the same, from the founding and from the rows.
fn recount(paper: &Paper) {
    let (recount, reloaded) = (paper.recount(), paper.reloaded());
    assert_eq!((recount.issue(), recount.all_cells()), (paper.state.issue(), paper.state.all_cells()));
    assert_eq!(reloaded.all_cells(), paper.state.all_cells());
    let next = |mut state: State| state.print(paper.now + 100_000, false, &[], |_| Ok::<_, IssueError>(vec![])).expect("an issue that can be").0;
    assert_eq!(next(recount), next(reloaded));
}

/// Somebody writes what no interface would.
fn stranger(paper: &mut Paper, dice: &mut Bytes<'_>) {
    let somebody = dice.below(paper.people.len());
    let number = dice.number();
    let act = match dice.below(4) {
        0 => cbor::decode::<LawAct>(dice.piece()).ok(),
        1 => {
            let due = paper.receipt(number, somebody, limits::MOST_SEQ);
            Some(LawAct::Dues(Dues { from_ms: dice.number(), to_ms: dice.number(), ..due }))
        }
        2 => {
            let effect = cbor::decode::<Effect>(dice.piece()).ok();
            Some(LawAct::Open(Proposal { title: dice.text(), ..paper.proposal(dice.byte(), effect.into_iter().collect()) }))
        }
        _ => Some(LawAct::Attest { dues: OpId(dice.array()) }),
    };
    let act = act.unwrap_or(LawAct::Accept { offer: OpId(dice.array()) });
    paper.law(somebody, act);
    if let (Some(last), true) = (paper.waiting.last_mut(), dice.below(4) == 0) {
        last.content = cbor::decode::<Edit>(dice.piece()).map(Content::Edit).map_err(|error| error.to_string());
        last.document = dice.coin().then(|| DocumentId(dice.array()));
    }
}

/// An issue that was changed in one place is refused, or says the same after all.
fn refuse(paper: &Paper, dice: &mut Bytes<'_>) {
    let before = paper.reloaded();
    let (issue, _) = before.clone().print(paper.now + 1, false, &paper.waiting, |_| Ok::<_, IssueError>(vec![])).expect("an issue that can be");
    let mut changed: Issue = issue.clone();
    let range = dice.below(changed.includes.len().max(1));
    match (dice.below(9), changed.includes.get_mut(range)) {
        (0, _) => changed.time = dice.number(),
        (1, _) => changed.height = dice.number(),
        (2, _) => changed.more = true,
        (3, Some(range)) => range.from = dice.number(),
        (4, Some(range)) => range.to = dice.number(),
        (5, Some(range)) => range.last = OpId(dice.array()),
        (6, Some(range)) => range.device = DeviceId(dice.array()),
        (7, _) => changed.cuts = vec![cut(dice)],
        _ => changed.register = dice.array(),
    }
    let mut state = before.clone();
    let refused = state.apply(changed.id(), &changed, &paper.waiting).is_err();
    assert!(refused || (changed == Issue { time: changed.time, ..issue.clone() }), "{changed:?}");
    // Only an issue whose register is another one may leave something behind.
    let judged = changed.register != issue.register || changed.time != issue.time || changed.cuts != issue.cuts;
    assert!(!refused || judged || state.all_cells() == before.all_cells());
}

/// A cut of somebody, whom the issue turns or not.
fn cut(dice: &mut Bytes<'_>) -> Cut {
    let chain = ChainEnd { device: DeviceId(dice.array()), seq: dice.number() };
    Cut { person: PersonId(dice.array()), spaces: vec![SpaceCut { space: SpaceId(dice.array()), chains: vec![chain] }] }
}
