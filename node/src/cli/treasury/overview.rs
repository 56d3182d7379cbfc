//! `treasury` and `treasury reference`: budgets, payments that were ordered, and what members write on theirs.

use super::money;
use crate::{
    api::Failure,
    cli::{context::Context, format, output::Paint, resolve},
    store::View,
};
use folkmoot_protocol::{
    id::*,
    law::{Budget, Money, Reconciliation, Spend, State},
    statement::reference::payment_reference,
    view::PersonView,
};
use serde::Serialize;

#[derive(Serialize)]
struct BudgetRow {
    name: String,
    amount: Money,
    spent: Money,
    left: Money,
    /// The bill that set it last.
    bill: Option<DocumentId>,
}

#[derive(Serialize)]
struct PaymentRow {
    id: OpId,
    budget: String,
    amount: Money,
    purpose: String,
    /// The bill that ordered it.
    bill: Option<DocumentId>,
    at: u64,
}

/// What an officer stated of the receipts of some time and of the bank.
#[derive(Serialize)]
struct Reconciled {
    op: OpId,
    by: PersonView,
    at: u64,
    from: u64,
    to: u64,
    receipts: u64,
    sum: Money,
    bank: Money,
    unmatched: u64,
}

#[derive(Serialize)]
struct Overview {
    budgets: Vec<BudgetRow>,
    payments: Vec<PaymentRow>,
    /// The last reconciliation with the bank.
    reconciled: Option<Reconciled>,
    /// What other officers have stated, as it stands, from the same time on in the same currency.
    others: Vec<Reconciled>,
    /// Since when receipts were recorded that no reconciliation covers, in the Gazette's time.
    unreconciled_since: Option<u64>,
}

#[derive(Serialize)]
struct ReferenceOf {
    member: PersonView,
    reference: String,
}

pub(super) fn show(context: &Context) -> Result<(), Failure> {
    let reader = context.reader()?;
    let law = context.law(reader.view())?;
    let reconciled = law.last_reconciliation().map(|row| reconciled(reader.view(), row)).transpose()?;
    let others = beside_the_last(&law).into_iter().map(|row| self::reconciled(reader.view(), row)).collect::<Result<_, _>>()?;
    let overview = Overview { reconciled, others, ..overview(&law) };
    context.out.answer(&overview, |paint| say(paint, &overview))
}

fn overview(law: &State) -> Overview {
    let bill = |opened: OpId| law.bills.get(&opened).map(|bill| bill.proposal.document);
    let budget = |(name, budget): (&String, &Budget)| BudgetRow {
        name: name.clone(),
        amount: budget.amount,
        spent: Money { minor: budget.spent, ..budget.amount },
        left: Money { minor: budget.amount.minor.saturating_sub(budget.spent), ..budget.amount },
        bill: bill(budget.by),
    };
    let payment = |(id, spend): (&OpId, &Spend)| PaymentRow {
        id: *id,
        budget: spend.budget.clone(),
        amount: spend.amount,
        purpose: spend.purpose.clone(),
        bill: bill(spend.by),
        at: spend.at,
    };
    let mut payments: Vec<PaymentRow> = law.spends.iter().map(payment).collect();
    payments.sort_by_key(|payment| (payment.at, payment.id));
    let covered = law.reconciliations.iter().map(|(_, row)| row.says.to_ms).max().unwrap_or(0);
    let unreconciled_since = law.dues.iter().map(|(_, row)| row.recorded).find(|recorded| *recorded >= covered);
    Overview { budgets: law.budgets.iter().map(budget).collect(), payments, reconciled: None, others: vec![], unreconciled_since }
}

/// What others than who reconciled last have stated of the same time.
fn beside_the_last(law: &State) -> Vec<&Reconciliation> {
    let Some(last) = law.last_reconciliation() else { return vec![] };
    let beside = |row: &&Reconciliation| row.by != last.by && row.says.from_ms == last.says.from_ms && row.says.sum.currency == last.says.sum.currency;
    law.standing_reconciliations().into_iter().filter(beside).collect()
}

fn reconciled(view: View<'_>, row: &Reconciliation) -> Result<Reconciled, Failure> {
    let says = &row.says;
    let by = view.person_or_id(row.by)?;
    let (from, to, receipts, unmatched) = (says.from_ms, says.to_ms, says.receipts, says.unmatched);
    Ok(Reconciled { op: row.act, by, at: row.at, from, to, receipts, sum: says.sum, bank: says.bank, unmatched })
}

fn say(paint: Paint, overview: &Overview) -> String {
    let budgets = match overview.budgets.as_slice() {
        [] => "There is no budget: a bill sets one (budget), and bills order payments out of it (spend).\n".into(),
        _ => say_budgets(paint, overview),
    };
    format!("{budgets}\n{}", say_reconciled(overview, format::now_ms()))
}

/// What was stated last, and for how long nothing was.
fn say_reconciled(overview: &Overview, now: u64) -> String {
    let since = overview
        .unreconciled_since
        .map(|since| format!("Receipts of dues were not reconciled with the bank for {}: `folkmoot reconcile`.\n", format::span(now.saturating_sub(since))));
    let stated = |word: &str, row: &Reconciled| {
        let time = format!("{} to {}", format::date_and_time(row.from), format::date_and_time(row.to));
        let stated = format!("{}: {}, at the bank {}", format::count(row.receipts, "receipt"), row.sum, row.bank);
        format!("{word} by {}, {time}: {stated}, {} without counterpart.\n", format::person(&row.by), row.unmatched)
    };
    let others: String = overview.others.iter().map(|row| stated("Beside it, stated", row)).collect();
    let last = overview.reconciled.as_ref().map(|row| stated("Reconciled last", row) + &others);
    match (last, since) {
        (None, None) => "No receipt of dues waits to be reconciled with the bank.\n".into(),
        (last, since) => last.unwrap_or_default() + &since.unwrap_or_default(),
    }
}

fn say_budgets(paint: Paint, overview: &Overview) -> String {
    let row = |row: &BudgetRow| {
        let amount = |amount: Money| money(amount.currency, amount.minor.into());
        vec![paint.bold(format::line(&row.name)), amount(row.amount), amount(row.spent), amount(row.left)]
    };
    let mut text = format::table(paint, &["BUDGET", "IN ALL", "ORDERED", "LEFT"], &overview.budgets.iter().map(row).collect::<Vec<_>>());
    let row = |row: &PaymentRow| {
        let amount = money(row.amount.currency, row.amount.minor.into());
        vec![format::day(row.at), amount, row.budget.clone(), row.bill.map(|bill| bill.short()).unwrap_or_default(), format::opening(&row.purpose, 60)]
    };
    text += &match overview.payments.as_slice() {
        [] => "\nNo payment was ordered.\n".to_owned(),
        payments => format!("\n{}", format::table(paint, &["ORDERED", "AMOUNT", "BUDGET", "BILL", "FOR"], &payments.iter().map(row).collect::<Vec<_>>())),
    };
    text
}

pub(super) fn reference(member: Option<&str>, context: &Context) -> Result<(), Failure> {
    let reader = context.reader()?;
    let view = reader.view();
    let member = match member {
        Some(typed) => view.person_or_id(resolve::person(view, typed)?)?,
        None => context.person(view)?,
    };
    let coop = view.coop()?.unwrap_or(CoopId::ZERO);
    let answer = ReferenceOf { reference: payment_reference(coop, member.id), member };
    context.out.answer(&answer, |_| answer.reference.clone())
}
