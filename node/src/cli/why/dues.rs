//! Why a receipt of dues counts, or does not: who recorded, confirmed and accepted it, and whether a challenge struck it.

use super::{Asked, Because, Why};
use crate::{
    api::Failure,
    cli::{format, resolve},
};
use folkmoot_protocol::{act::LawAct, law::DuesRow};

impl Asked<'_> {
    /// Why a receipt stands as it does, by its number (`receipt:3`) or the act that recorded it; none where there is none such.
    pub(super) fn receipt(&self, typed: &str) -> Result<Option<Why>, Failure> {
        let law = &self.book.provisional;
        let number = match typed.strip_prefix("receipt:").map(str::parse::<u64>) {
            Some(number) => number.ok().filter(|number| law.dues.contains(number)),
            None => law.dues.iter().find(|(_, row)| resolve::begins(row.op, typed)).map(|(number, _)| *number),
        };
        let Some((number, row)) = number.and_then(|number| Some((number, law.dues.get(&number)?))) else { return Ok(None) };
        let member = format::person(&self.view.person_or_id(row.member)?);
        let state = match (self.is_struck(number, row), &row.registrar, row.accepted) {
            (true, ..) => "counts no more",
            (_, None, _) => "waits for a registrar",
            (_, _, None) => "waits for the member",
            _ => "counts",
        };
        let printed = if law.dues.get(&number) == self.book.printed.dues.get(&number) { "" } else { ", once what is signed of it is printed" };
        Ok(Some(Why::new(format!("receipt {number} of {member} {state}{printed}"), self.steps(number, row)?)))
    }

    /// What happened to a receipt.
    pub(super) fn steps(&self, number: u64, row: &DuesRow) -> Result<Vec<Because>, Failure> {
        let issue = self.view.printing_of(row.op)?.map(|printing| printing.height);
        let days = format!("{} from {} to {}, receipt {number}", row.amount, format::day(row.from_ms), format::day(row.to_ms));
        let by = Some(self.view.person_or_id(row.treasurer)?);
        let mut because = vec![Because { what: format!("dues were recorded: {days}"), op: Some(row.op), by, issue, rule: None }];
        let confirmed = self.signed_acts(|_, act| Ok(matches!(act, LawAct::Attest { dues } if *dues == row.op).then(|| "confirmed them".to_owned())))?;
        let accepted = self.signed_acts(|_, act| Ok(matches!(act, LawAct::Accept { offer } if *offer == row.op).then(|| "accepted them".to_owned())))?;
        if confirmed.is_empty() {
            because.push(match row.registrar {
                Some(_) => not_signed("they count as confirmed", "who recorded them was the only registrar"),
                None => not_signed("nobody has confirmed them", "a registrar who did not record them has to: `folkmoot dues confirm`"),
            });
        }
        because.extend(confirmed);
        if accepted.is_empty() {
            because.push(not_signed("the member has not accepted them", "they count once the member has: `folkmoot accept`"));
        }
        because.extend(accepted);
        because.extend(self.struck_by(number, row)?);
        Ok(because)
    }

    /// Whether an upheld challenge struck a receipt.
    fn is_struck(&self, number: u64, row: &DuesRow) -> bool {
        let struck = self.book.printed.members.get(&row.member).and_then(|member| member.struck);
        struck.is_some_and(|struck| number <= struck.receipts)
    }

    fn struck_by(&self, number: u64, row: &DuesRow) -> Result<Option<Because>, Failure> {
        let law = &self.book.printed;
        let struck = law.members.get(&row.member).and_then(|member| member.struck).filter(|struck| number <= struck.receipts);
        let Some((id, challenge)) = struck.and_then(|struck| Some((struck.challenge, law.challenges.get(&struck.challenge)?))) else { return Ok(None) };
        let end = self.end_of(challenge)?;
        Ok(end.map(|end| Because { what: format!("struck, as challenge {} was {}", id.short(), end.what), ..end }))
    }
}

/// Something that nobody signed, and why that is.
fn not_signed(what: &str, rule: &str) -> Because {
    Because { what: what.into(), op: None, by: None, issue: None, rule: Some(rule.into()) }
}
