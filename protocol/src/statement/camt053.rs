//! Statements in CAMT.053 (ISO 20022, *Bank to Customer Statement*), versions camt.053.001.02 to .001.13. The elements
//! read here have had the same names in all of them, except where a name says which.
//!
//! Elements are known by their local names, whatever prefix their namespace has, and whatever stands around
//! `BkToCstmrStmt`.

use super::{
    Skipped, Statement, StatementEntry, StatementError, at, beginning, check_file, given, tidy,
    xml::{Element, Step, Walk, text_of},
};
use crate::{date::Date, limits, money::Currency};
use std::collections::BTreeMap;

/// Reads a file.
pub fn read(bytes: &[u8]) -> Result<Vec<Statement>, StatementError> {
    check_file(bytes)?;
    let text = text_of(bytes)?;
    let mut walk = Walk::new(&text);
    let (mut statements, mut inside, mut root) = (Vec::new(), false, String::new());
    loop {
        let element = match walk.step()? {
            Step::Open(element) => element,
            Step::Close => continue,
            Step::End => break,
        };
        match element.name.as_str() {
            "BkToCstmrStmt" => inside = true,
            "BkToCstmrAcctRpt" => return Err(StatementError::OtherXml("an account report of one day (CAMT.052)".into())),
            "BkToCstmrDbtCdtNtfctn" => return Err(StatementError::OtherXml("a notification of single payments (CAMT.054)".into())),
            "Stmt" if inside => {
                let before = statements.iter().map(|statement: &Statement| statement.entries.len()).sum();
                statements.push(statement(&mut walk, element.line, before)?);
            }
            _ if inside => walk.skip()?,
            name if root.is_empty() => root = format!("XML that begins with `{}`", beginning(name)),
            _ => {}
        }
    }
    match (inside, root.is_empty()) {
        (true, _) => Ok(statements),
        (false, true) => Err(at(1, "this is no XML: an element should begin here")),
        (false, false) => Err(StatementError::OtherXml(root)),
    }
}

fn statement(walk: &mut Walk<'_>, line: usize, before: usize) -> Result<Statement, StatementError> {
    let mut statement = Statement::new();
    while let Step::Open(element) = walk.step()? {
        match element.name.as_str() {
            "Acct" => {
                let account = walk.whole(element)?;
                let (iban, other) = (account.text_at(&["Id", "IBAN"]), account.text_at(&["Id", "Othr", "Id"]));
                statement.account = tidy(if iban.is_empty() { other } else { iban });
                if let Some(currency) = account.child("Ccy") {
                    statement.currency = Some(currency_of(&currency.text, currency.line)?);
                }
            }
            "Bal" => balance(&mut statement, &walk.whole(element)?)?,
            "Ntry" => {
                entry(&mut statement, &walk.whole(element)?)?;
                if before + statement.entries.len() > limits::STATEMENT_ENTRIES {
                    return Err(StatementError::TooMany);
                }
            }
            _ => walk.skip()?,
        }
    }
    settle_reversals(&mut statement, line);
    statement.check_balances(line);
    Ok(statement)
}

/// What was there before or after. Others (available, forward, in between) are of no use here.
fn balance(statement: &mut Statement, element: &Element) -> Result<(), StatementError> {
    let kind = element.text_at(&["Tp", "CdOrPrtry", "Cd"]);
    if !["OPBD", "PRCD", "CLBD"].contains(&kind) {
        return Ok(());
    }
    let amount = Money::of(element)?;
    let own = *statement.currency.get_or_insert(amount.currency);
    if own != amount.currency {
        statement.note(element.line, format!("a balance is in {}, but the account in {own}: it is left out", amount.currency));
        return Ok(());
    }
    match kind {
        "OPBD" => statement.opening = Some(amount.minor),
        "PRCD" => statement.opening = statement.opening.or(Some(amount.minor)),
        _ => statement.closing = Some(amount.minor),
    }
    Ok(())
}

/// An amount with its sign.
#[derive(Clone, Copy)]
struct Money {
    minor: i64,
    currency: Currency,
}

impl Money {
    /// Of an element that has an amount, and says whether it came in or went out.
    fn of(element: &Element) -> Result<Self, StatementError> {
        let amount = element.child("Amt").ok_or_else(|| at(element.line, format!("{} has no amount (Amt)", element.name)))?;
        let came_in = direction(element)?.ok_or_else(|| at(element.line, format!("{} does not say CRDT or DBIT (CdtDbtInd)", element.name)))?;
        Ok(Self::unsigned(amount)?.signed(came_in))
    }

    fn unsigned(amount: &Element) -> Result<Self, StatementError> {
        let currency = currency_of(&amount.currency, amount.line)?;
        let minor = currency.minor(&amount.text).map_err(|error| at(amount.line, format!("`{}`: {error}", beginning(&amount.text))))?;
        if minor < 0 {
            return Err(at(amount.line, format!("`{}` is below zero; CdtDbtInd says which way money went", beginning(&amount.text))));
        }
        Ok(Self { minor, currency })
    }

    fn signed(self, came_in: bool) -> Self {
        Self { minor: if came_in { self.minor } else { -self.minor }, ..self }
    }
}

/// Whether money came in, where the element says so.
fn direction(element: &Element) -> Result<Option<bool>, StatementError> {
    let Some(indicator) = element.child("CdtDbtInd") else { return Ok(None) };
    match indicator.text.as_str() {
        "CRDT" => Ok(Some(true)),
        "DBIT" => Ok(Some(false)),
        other => Err(at(indicator.line, format!("`{}` is neither CRDT nor DBIT", beginning(other)))),
    }
}

fn currency_of(text: &str, line: usize) -> Result<Currency, StatementError> {
    if text.trim().is_empty() {
        return Err(at(line, "the currency is missing: it stands in the attribute Ccy, as in <Amt Ccy=\"EUR\">"));
    }
    text.parse().map_err(|error| at(line, format!("`{}`: {error}", beginning(text))))
}

fn entry(statement: &mut Statement, element: &Element) -> Result<(), StatementError> {
    if let Some(why) = not_booked(element) {
        let amount = element.child("Amt").map(|amount| format!("{} {}", amount.text, amount.currency)).unwrap_or_default();
        statement.skipped.push(Skipped { line: element.line, why, text: beginning(&format!("{amount} {}", element.text_at(&["AddtlNtryInf"]))) });
        return Ok(());
    }
    let amount = Money::of(element)?;
    let whole = Entry { element, amount, booked: date(element)?, reversal: truth(element.child("RvslInd"))? };
    let parts: Vec<&Element> = element.children("NtryDtls").flat_map(|details| details.children("TxDtls")).collect();
    let written = |minor: i64| format!("{} {}", amount.currency.written(minor.into()), amount.currency);
    match (&parts[..], amounts(&parts, amount)?) {
        ([], _) => {
            let announced = element.children("NtryDtls").find_map(|details| details.at(&["Btch", "NbOfTxs"])).filter(|n| n.text != "1");
            if let Some(announced) = announced {
                statement.note(announced.line, format!("this is a batch of {} payments that the file does not tell apart", beginning(&announced.text)));
            }
            statement.entries.push(whole.read(element.line, &parts, amount.minor, whole.id(None)));
        }
        ([part], amounts) => {
            if let Some([own]) = amounts.as_deref().filter(|own| *own != [amount.minor]) {
                statement.note(element.line, format!("the payment was of {}, but {} was booked, and counts", written(*own), written(amount.minor)));
            }
            statement.entries.push(whole.read(element.line, &parts, amount.minor, whole.id(Some(part))));
        }
        (_, Some(amounts)) if sum(&amounts) == amount.minor.into() => {
            let ids = names(&parts, element.text_at(&["AcctSvcrRef"]));
            statement.entries.extend(parts.iter().zip(amounts).zip(ids).map(|((part, minor), id)| whole.read(part.line, &[part], minor, id)));
        }
        (_, amounts) => {
            let fault = amounts.map_or("do not all say their amount".to_owned(), |amounts| format!("come to {}", amount.currency.written(sum(&amounts))));
            let what = format!("the {} parts of this batch {fault}, and {} was booked: it is read as one payment", parts.len(), written(amount.minor));
            statement.note(element.line, what);
            statement.entries.push(whole.read(element.line, &parts, amount.minor, whole.id(None)));
        }
    }
    Ok(())
}

fn sum(amounts: &[i64]) -> i128 {
    amounts.iter().map(|amount| i128::from(*amount)).sum()
}

/// Why an entry does not count.
fn not_booked(element: &Element) -> Option<String> {
    let status = element.child("Sts").map_or("", |status| if status.text.is_empty() { status.text_at(&["Cd"]) } else { &status.text });
    match status {
        "BOOK" => None,
        "PDNG" => Some("not booked yet (PDNG)".into()),
        "INFO" => Some("for information only (INFO)".into()),
        "" => Some("does not say that it is booked (Sts)".into()),
        other => Some(format!("its status `{}` is not BOOK", beginning(other))),
    }
}

fn truth(element: Option<&Element>) -> Result<bool, StatementError> {
    match element.map(|element| (element, element.text.as_str())) {
        None | Some((_, "false" | "0")) => Ok(false),
        Some((_, "true" | "1")) => Ok(true),
        Some((element, other)) => Err(at(element.line, format!("`{}` is neither true nor false", beginning(other)))),
    }
}

/// The day of booking, else the one from which interest counts.
fn date(element: &Element) -> Result<Date, StatementError> {
    let paths = [["BookgDt", "Dt"], ["BookgDt", "DtTm"], ["ValDt", "Dt"], ["ValDt", "DtTm"]];
    let found = paths.iter().find_map(|path| element.at(path)).ok_or_else(|| at(element.line, "the entry has no date (BookgDt)"))?;
    let (day, rest) = found.text.split_at_checked(10).unwrap_or((&found.text, ""));
    let zone_or_time = rest.is_empty() || rest.starts_with(['T', 'Z', '+', '-']);
    let day = day.parse().ok().filter(|_| zone_or_time);
    day.ok_or_else(|| at(found.line, format!("`{}` is no date; 2026-11-03 is expected", beginning(&found.text))))
}

/// The amounts of an entry's parts, if all have one in its currency. They have it where version 4 and later put it, or
/// where earlier ones did.
fn amounts(parts: &[&Element], whole: Money) -> Result<Option<Vec<i64>>, StatementError> {
    const PATHS: [&[&str]; 3] = [&["Amt"], &["AmtDtls", "TxAmt", "Amt"], &["AmtDtls", "InstdAmt", "Amt"]];
    let amount = |part: &&Element| {
        let own = PATHS.iter().filter_map(|path| part.at(path)).find(|amount| amount.currency == whole.currency.as_str());
        let came_in = direction(part)?.unwrap_or(whole.minor >= 0);
        own.map(|amount| Money::unsigned(amount).map(|money| money.signed(came_in).minor)).transpose()
    };
    parts.iter().map(amount).collect()
}

/// What the bank calls each part. Where it calls several the same, as it calls the batch, their numbers tell them apart.
fn names(parts: &[&Element], batch: &str) -> Vec<String> {
    let own: Vec<String> = parts.iter().map(|part| id_of(part)).collect();
    let mut count = BTreeMap::<&str, usize>::new();
    own.iter().for_each(|id| *count.entry(id).or_default() += 1);
    let name = |(n, id): (usize, &String)| match id.as_str() {
        "" if batch.is_empty() => String::new(),
        "" => format!("{}/{}", tidy(batch), n + 1),
        id if count[id] > 1 => format!("{id}/{}", n + 1),
        id => id.to_owned(),
    };
    own.iter().enumerate().map(name).collect()
}

fn id_of(part: &Element) -> String {
    let (bank, system) = (given(part.text_at(&["Refs", "AcctSvcrRef"])), given(part.text_at(&["Refs", "TxId"])));
    if bank.is_empty() { system } else { bank }
}

/// An entry of the bank's, which may be several payments.
struct Entry<'a> {
    element: &'a Element,
    amount: Money,
    booked: Date,
    reversal: bool,
}

impl Entry<'_> {
    /// Some of its parts as one payment.
    fn read(&self, line: usize, parts: &[&Element], amount_minor: i64, bank_id: String) -> StatementEntry {
        let all = |read: &dyn Fn(&Element) -> Vec<String>| {
            let mut texts: Vec<String> = Vec::new();
            parts.iter().flat_map(|part| read(part)).filter(|text| !text.is_empty()).for_each(|text| {
                if !texts.contains(&text) {
                    texts.push(text);
                }
            });
            texts.join(" ")
        };
        let remittance = all(&remittances);
        StatementEntry {
            line,
            booked: self.booked,
            amount_minor,
            currency: self.amount.currency,
            reversal: self.reversal,
            reference: all(&references),
            remittance: if remittance.is_empty() { tidy(self.element.text_at(&["AddtlNtryInf"])) } else { remittance },
            counterparty: all(&|part| counterparties(part, amount_minor >= 0, self.reversal)),
            bank_id,
        }
    }

    /// What the bank calls it, or its one part.
    fn id(&self, part: Option<&Element>) -> String {
        let own = given(part.map_or("", |part| part.text_at(&["Refs", "AcctSvcrRef"])));
        let bank = given(self.element.text_at(&["AcctSvcrRef"]));
        [own, bank, part.map(id_of).unwrap_or_default()].into_iter().find(|id| !id.is_empty()).unwrap_or_default()
    }
}

/// References that have a place of their own.
fn references(part: &Element) -> Vec<String> {
    let structured = part.children("RmtInf").flat_map(|info| info.children("Strd")).map(|structured| tidy(structured.text_at(&["CdtrRefInf", "Ref"])));
    structured.chain([given(part.text_at(&["Refs", "EndToEndId"]))]).collect()
}

/// What a payment is for: its free text, else what the bank adds.
fn remittances(part: &Element) -> Vec<String> {
    let free = part.children("RmtInf").flat_map(|info| info.children("Ustrd")).map(|text| tidy(&text.text));
    let added = part.children("RmtInf").flat_map(|info| info.children("Strd")).flat_map(|text| text.children("AddtlRmtInf")).map(|text| tidy(&text.text));
    let texts: Vec<String> = free.chain(added).collect();
    if texts.iter().all(String::is_empty) { vec![tidy(part.text_at(&["AddtlTxInf"]))] } else { texts }
}

/// Who is on the other side: who paid where money came in, who was paid where it went out, by name or else by account.
/// Where a payment was taken back, banks differ in whom they call debtor: both are named.
fn counterparties(part: &Element, came_in: bool, reversal: bool) -> Vec<String> {
    let Some(parties) = part.child("RltdPties") else { return vec![] };
    let roles: &[[&str; 3]] = match (reversal, came_in) {
        (true, _) => &[["Dbtr", "UltmtDbtr", "DbtrAcct"], ["Cdtr", "UltmtCdtr", "CdtrAcct"]],
        (false, true) => &[["Dbtr", "UltmtDbtr", "DbtrAcct"]],
        (false, false) => &[["Cdtr", "UltmtCdtr", "CdtrAcct"]],
    };
    let name = |[party, ultimate, account]: &[&str; 3]| {
        // From version 8 on, the name is that of a party (`Pty`).
        let paths: [&[&str]; 6] =
            [&[party, "Nm"], &[party, "Pty", "Nm"], &[ultimate, "Nm"], &[ultimate, "Pty", "Nm"], &[account, "Id", "IBAN"], &[account, "Id", "Othr", "Id"]];
        paths.iter().map(|path| tidy(parties.text_at(path))).find(|text| !text.is_empty())
    };
    roles.iter().filter_map(name).collect()
}

/// Finds out which way reversals went. By the standard CRDT and DBIT say which way money went, in a reversal too; some
/// banks repeat there what the reversed payment said. The balances tell.
fn settle_reversals(statement: &mut Statement, line: usize) {
    let turned: i128 = statement.entries.iter().filter(|entry| entry.reversal).map(|entry| -2 * i128::from(entry.amount_minor)).sum();
    if !statement.entries.iter().any(|entry| entry.reversal) {
        return;
    }
    let (Some(opening), Some(closing)) = (statement.opening, statement.closing) else {
        let what = "there are reversals, and no two balances that would show which way they went: they are read as the standard says";
        return statement.note(line, what);
    };
    let missing = i128::from(closing) - i128::from(opening) - statement.sum();
    if missing != 0 && missing == turned {
        statement.entries.iter_mut().filter(|entry| entry.reversal).for_each(|entry| entry.amount_minor = entry.amount_minor.saturating_neg());
        statement.note(line, "the balances show that reversals went the other way than they are marked: their signs are turned");
    }
}

#[cfg(test)]
mod tests;
