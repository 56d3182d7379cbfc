//! `treasury` and `treasury reference`: budgets, payments that were ordered, and what members write on theirs.

use super::money;
use crate::{
    api::Failure,
    cli::{context::Context, format, output::Paint, resolve},
};
use folkmoot_protocol::{
    id::*,
    law::{Budget, Spend, State},
    money::Currency,
    statement::reference::payment_reference,
    view::PersonView,
};
use serde::Serialize;

#[derive(Serialize)]
struct BudgetRow {
    name: String,
    currency: Currency,
    amount_minor: u64,
    spent_minor: u64,
    left_minor: u64,
    /// The bill that set it last.
    bill: Option<DocumentId>,
}

#[derive(Serialize)]
struct PaymentRow {
    id: OpId,
    budget: String,
    currency: Currency,
    amount_minor: u64,
    purpose: String,
    /// The bill that ordered it.
    bill: Option<DocumentId>,
    at: u64,
}

#[derive(Serialize)]
struct Overview {
    budgets: Vec<BudgetRow>,
    payments: Vec<PaymentRow>,
}

#[derive(Serialize)]
struct ReferenceOf {
    member: PersonView,
    reference: String,
}

pub(super) fn show(context: &Context) -> Result<(), Failure> {
    let overview = overview(&context.law(context.reader()?.view())?);
    context.out.answer(&overview, |paint| say(paint, &overview))
}

fn overview(law: &State) -> Overview {
    let bill = |opened: OpId| law.bills.get(&opened).map(|bill| bill.proposal.document);
    let budget = |(name, budget): (&String, &Budget)| BudgetRow {
        name: name.clone(),
        currency: budget.amount.currency,
        amount_minor: budget.amount.minor,
        spent_minor: budget.spent,
        left_minor: budget.amount.minor.saturating_sub(budget.spent),
        bill: bill(budget.by),
    };
    let payment = |(id, spend): (&OpId, &Spend)| PaymentRow {
        id: *id,
        budget: spend.budget.clone(),
        currency: spend.amount.currency,
        amount_minor: spend.amount.minor,
        purpose: spend.purpose.clone(),
        bill: bill(spend.by),
        at: spend.at,
    };
    let mut payments: Vec<PaymentRow> = law.spends.iter().map(payment).collect();
    payments.sort_by_key(|payment| (payment.at, payment.id));
    Overview { budgets: law.budgets.iter().map(budget).collect(), payments }
}

fn say(paint: Paint, overview: &Overview) -> String {
    if overview.budgets.is_empty() {
        return "There is no budget: a bill sets one (budget), and bills order payments out of it (spend).\n".into();
    }
    let row = |row: &BudgetRow| {
        let amount = |minor: u64| money(row.currency, minor.into());
        vec![paint.bold(format::line(&row.name)), amount(row.amount_minor), amount(row.spent_minor), amount(row.left_minor)]
    };
    let mut text = format::table(paint, &["BUDGET", "IN ALL", "ORDERED", "LEFT"], &overview.budgets.iter().map(row).collect::<Vec<_>>());
    let row = |row: &PaymentRow| {
        let amount = money(row.currency, row.amount_minor.into());
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
