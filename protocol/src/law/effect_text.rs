//! Effects as lines of text: what people write into a draft, and what they read of a bill.

use super::{Effect, EffectError, Feature, Money, Office, Value, key, office::OfficeError, value::quoted};
use crate::id::*;
use std::{fmt, str::FromStr};

/// The lines that there are, for help and errors.
pub const FORMS: &str = "set-law KEY=VALUE
create-job NAME AMOUNT CURRENCY TITLE
fill-job NAME PERSON
end-job NAME
appoint OFFICE PERSON
dismiss OFFICE PERSON
budget NAME AMOUNT CURRENCY
spend BUDGET AMOUNT CURRENCY PURPOSE
endorse HOST
unendorse HOST
adopt-text NAME DOCUMENT VERSION,...
expel PERSON
repeal BILL
open-election OFFICE SEATS
reinstate DOCUMENT
lift-ban SPACE PERSON
prioritise NAME AMOUNT CURRENCY: FEATURE COST CURRENCY; FEATURE COST CURRENCY; ...
deliver BILL|PRIORITIES/FEATURE";

impl Effect {
    /// Reads one line. `version`: the version in force of a key of the law, on which the bill is.
    pub fn parse(line: &str, version: impl Fn(&str) -> u64) -> Result<Self, EffectError> {
        let (word, rest) = line.trim().split_once(char::is_whitespace).unwrap_or((line.trim(), ""));
        let effect = Self::read(word, rest.trim(), &version).map_err(|wrong| match wrong {
            Wrong::Form => EffectError::Line { line: line.trim().to_owned(), form: form_of(word) },
            Wrong::Part(error) => error,
        })?;
        effect.check()?;
        Ok(effect)
    }

    /// Reads lines, of which empty ones say nothing.
    pub fn parse_all(text: &str, version: impl Fn(&str) -> u64) -> Result<Vec<Self>, EffectError> {
        text.lines().filter(|line| !line.trim().is_empty()).map(|line| Self::parse(line, &version)).collect()
    }

    fn read(word: &str, rest: &str, version: &impl Fn(&str) -> u64) -> Result<Self, Wrong> {
        let mut words = Words(rest.split_whitespace());
        let effect = match word {
            "set-law" => return read_law(rest, version),
            "create-job" => {
                let (name, rest) = split(rest)?;
                let (pay, title) = money_and("the pay", rest)?;
                Self::CreateJob { name: name.into(), title: title.into(), pay }
            }
            "fill-job" => Self::FillJob { job: words.next()?.into(), person: words.id("person")? },
            "end-job" => Self::EndJob { job: words.next()?.into() },
            "appoint" => Self::Appoint { office: words.office()?, person: words.id("person")? },
            "dismiss" => Self::Dismiss { office: words.office()?, person: words.id("person")? },
            "budget" => {
                let (name, amount) = split(rest)?;
                Self::Budget { name: name.into(), amount: money("the amount", amount)? }
            }
            "spend" => {
                let (budget, rest) = split(rest)?;
                let (amount, purpose) = money_and("the amount", rest)?;
                Self::Spend { budget: budget.into(), amount, purpose: purpose.into() }
            }
            "endorse" => Self::Endorse { instance: words.next()?.into() },
            "unendorse" => Self::Unendorse { instance: words.next()?.into() },
            "adopt-text" => {
                let (name, document) = (words.next()?.into(), words.id("page")?);
                let at = words.next()?.split(',').map(|op| id(op, "version")).collect::<Result<Vec<OpId>, Wrong>>()?;
                Self::AdoptText { name, document, at }
            }
            "expel" => Self::Expel { person: words.id("person")? },
            "repeal" => Self::Repeal { bill: words.id("bill")? },
            "open-election" => Self::OpenElection { office: words.office()?, seats: words.number("number of seats")? },
            "prioritise" => {
                let (head, list) = rest.split_once(':').ok_or(Wrong::Form)?;
                let (name, budget) = split(head.trim())?;
                let budget = money("the budget", budget)?;
                Self::Prioritise { name: name.into(), budget, features: features(list, &budget)? }
            }
            "reinstate" => Self::Reinstate { document: words.id("document")? },
            "lift-ban" => Self::LiftBan { space: words.id("community")?, person: words.id("person")? },
            "deliver" => Self::Deliver { what: words.id("bill or feature")? },
            _ => return Err(Wrong::Form),
        };
        let whole = matches!(word, "create-job" | "spend" | "budget" | "prioritise") || words.next().is_err();
        if whole { Ok(effect) } else { Err(Wrong::Form) }
    }

    /// What it does, in a sentence for members. `name` and `community`: what to call a person, and a community.
    pub fn sentence(&self, name: impl Fn(PersonId) -> String, community: impl Fn(SpaceId) -> String) -> String {
        let office = |office: &Office| match office {
            Office::Moderator(space) => format!("moderator of {}", community(*space)),
            office => office.name().to_owned(),
        };
        match self {
            Self::SetLaw { key: law, value, .. } => {
                let entrenched = if key::key(law).is_some_and(|key| key.entrenched) { " (entrenched: it takes both bodies)" } else { "" };
                format!("sets {law} to {}{entrenched}", value.in_words())
            }
            Self::CreateJob { name, title, pay } => format!("creates the job {name} ({title}), paid {pay} a month"),
            Self::FillJob { job, person } => format!("hires {} as {job}, if they accept", name(*person)),
            Self::EndJob { job } => format!("ends the job {job}"),
            Self::Appoint { office: of, person } => format!("appoints {} as {}, if they accept", name(*person), office(of)),
            Self::Dismiss { office: of, person } => format!("dismisses {} as {}", name(*person), office(of)),
            Self::Budget { name, amount } => format!("sets the budget {name} to {amount} in all"),
            Self::Spend { budget, amount, purpose } => format!("spends {amount} of the budget {budget} on: {purpose}"),
            Self::Endorse { instance } => format!("endorses {instance}"),
            Self::Unendorse { instance } => format!("takes back the endorsement of {instance}"),
            Self::AdoptText { name, document, .. } => format!("adopts the page {} as {name}, at the version that is voted on", document.short()),
            Self::Expel { person } => format!("expels {}: membership, job and offices end, and what they write from then on has no effect", name(*person)),
            Self::Repeal { bill } => format!("undoes what bill {} set in the law", bill.short()),
            Self::OpenElection { office: of, seats: 1 } => format!("opens an election of one person as {}, in place of all who hold the office", office(of)),
            Self::OpenElection { office: of, seats } => format!("opens an election of {seats} people as {}, in place of all who hold the office", office(of)),
            Self::Prioritise { name, budget, features } => {
                let listed: Vec<String> = features.iter().map(|feature| listed(feature, budget)).collect();
                format!("opens the vote on the priorities {name}: what {budget} is spent on, of {}", listed.join(", "))
            }
            Self::Reinstate { document } => format!("brings back {}, which moderators removed", document.short()),
            Self::Deliver { what } => format!("says that {} is delivered: what was pledged to it is due", what.short()),
            Self::LiftBan { space, person } => format!("lifts the ban of {} from {}", name(*person), community(*space)),
        }
    }
}

/// What is wrong with a line: its form as a whole, or one part of it.
enum Wrong {
    Form,
    Part(EffectError),
}

/// The words of a line, each read as what stands in its place.
struct Words<'a>(std::str::SplitWhitespace<'a>);

impl<'a> Words<'a> {
    fn next(&mut self) -> Result<&'a str, Wrong> {
        self.0.next().ok_or(Wrong::Form)
    }

    fn office(&mut self) -> Result<Office, Wrong> {
        let found = self.next()?;
        found.parse().map_err(|error: OfficeError| part(found, "office", error.to_string()))
    }

    fn id<T: FromStr>(&mut self, what: &'static str) -> Result<T, Wrong> {
        id(self.next()?, what)
    }

    fn number(&mut self, what: &'static str) -> Result<u64, Wrong> {
        let found = self.next()?;
        found.parse().map_err(|_| part(found, what, "a whole number is expected".into()))
    }
}

fn part(found: &str, what: &'static str, why: String) -> Wrong {
    Wrong::Part(EffectError::Word { found: quoted(found), what, why })
}

fn id<T: FromStr>(found: &str, what: &'static str) -> Result<T, Wrong> {
    found.parse().map_err(|_| part(found, what, "an id of 64 digits from 0 to f is expected".into()))
}

/// The first word, and what stands behind it.
fn split(text: &str) -> Result<(&str, &str), Wrong> {
    text.split_once(char::is_whitespace).map(|(first, rest)| (first, rest.trim())).ok_or(Wrong::Form)
}

fn read_law(rest: &str, version: &impl Fn(&str) -> u64) -> Result<Effect, Wrong> {
    let (name, text) = rest.split_once('=').ok_or(Wrong::Form)?;
    let (name, text) = (name.trim(), text.trim());
    let spec = key::key(name).ok_or_else(|| Wrong::Part(EffectError::Key { key: name.into(), nearest: key::nearest(name) }))?;
    let value = Value::parse(&spec.kind, text).map_err(|error| Wrong::Part(EffectError::Value { key: name.into(), error }))?;
    Ok(Effect::SetLaw { key: name.into(), value, expected_version: version(name) })
}

/// An amount with its currency. Where no number stands, something is missing before it.
fn money(what: &str, text: &str) -> Result<Money, Wrong> {
    if !text.starts_with(|first: char| first.is_ascii_digit() || first == '-') {
        return Err(Wrong::Form);
    }
    text.parse().map_err(|error| Wrong::Part(EffectError::Value { key: what.into(), error }))
}

/// An amount with its currency, and what stands behind it.
fn money_and<'a>(what: &str, text: &'a str) -> Result<(Money, &'a str), Wrong> {
    let (minor, rest) = split(text)?;
    let (currency, rest) = split(rest)?;
    Ok((money(what, &format!("{minor} {currency}"))?, rest))
}

/// The features of a list; what they cost is in the currency of the budget.
fn features(list: &str, budget: &Money) -> Result<Vec<Feature>, Wrong> {
    let feature = |text: &str| {
        let (name, typed) = split(text.trim())?;
        let cost = money("the cost", typed)?;
        match cost.currency == budget.currency {
            true => Ok(Feature { name: name.into(), cost: cost.minor }),
            false => Err(part(typed, "cost", format!("the budget is in {}", budget.currency))),
        }
    };
    list.trim().trim_end_matches(';').split(';').map(feature).collect()
}

fn listed(feature: &Feature, budget: &Money) -> String {
    format!("{} {}", feature.name, Money { minor: feature.cost, ..*budget })
}

fn form_of(word: &str) -> Option<&'static str> {
    FORMS.lines().find(|form| form.split(' ').next() == Some(word))
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SetLaw { key, value, .. } => write!(f, "set-law {key}={value}"),
            Self::CreateJob { name, title, pay } => write!(f, "create-job {name} {pay} {title}"),
            Self::FillJob { job, person } => write!(f, "fill-job {job} {person}"),
            Self::EndJob { job } => write!(f, "end-job {job}"),
            Self::Appoint { office, person } => write!(f, "appoint {office} {person}"),
            Self::Dismiss { office, person } => write!(f, "dismiss {office} {person}"),
            Self::Budget { name, amount } => write!(f, "budget {name} {amount}"),
            Self::Spend { budget, amount, purpose } => write!(f, "spend {budget} {amount} {purpose}"),
            Self::Endorse { instance } => write!(f, "endorse {instance}"),
            Self::Unendorse { instance } => write!(f, "unendorse {instance}"),
            Self::AdoptText { name, document, at } => {
                write!(f, "adopt-text {name} {document} {}", at.iter().map(OpId::to_string).collect::<Vec<_>>().join(","))
            }
            Self::Expel { person } => write!(f, "expel {person}"),
            Self::Repeal { bill } => write!(f, "repeal {bill}"),
            Self::OpenElection { office, seats } => write!(f, "open-election {office} {seats}"),
            Self::Prioritise { name, budget, features } => {
                let listed: Vec<String> = features.iter().map(|feature| listed(feature, budget)).collect();
                write!(f, "prioritise {name} {budget}: {}", listed.join("; "))
            }
            Self::Reinstate { document } => write!(f, "reinstate {document}"),
            Self::Deliver { what } => write!(f, "deliver {what}"),
            Self::LiftBan { space, person } => write!(f, "lift-ban {space} {person}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_reads_back() {
        let id = "ab".repeat(32);
        let lines = [
            "set-law fee.minimum=5.99 EUR".to_owned(),
            "create-job baker 1800.00 EUR Bakes the bread".into(),
            format!("fill-job baker {id}"),
            "end-job baker".into(),
            format!("appoint teller {id}"),
            format!("appoint moderator:{id} {id}"),
            format!("dismiss treasurer {id}"),
            "budget ovens 9000.00 EUR".into(),
            "spend ovens 900.00 EUR A second oven".into(),
            "endorse lemmy.example".into(),
            "unendorse lemmy.example".into(),
            format!("adopt-text conduct {id} {id}"),
            format!("expel {id}"),
            format!("repeal {id}"),
            "open-election teller 4".into(),
            format!("reinstate {id}"),
            format!("lift-ban {id} {id}"),
            "prioritise autumn 12000.00 EUR: dark-mode 3000.00 EUR; search 5000.00 EUR".into(),
            format!("deliver {id}"),
        ];
        for line in &lines {
            let effect = Effect::parse(line, |_| 3).unwrap();
            assert_eq!(effect.to_string(), *line);
            assert!(!effect.sentence(|person| person.short(), |space| space.short()).is_empty());
        }
        assert_eq!(FORMS.lines().count() + 1, lines.len());
    }

    #[test]
    fn what_is_wrong_with_a_line_is_said() {
        let said = |line: &str| Effect::parse(line, |_| 1).unwrap_err().to_string();
        assert!(said("set-law fee.minimun=5.99 EUR").contains("did you mean fee.minimum"), "{}", said("set-law fee.minimun=5.99 EUR"));
        assert!(said("set-law voting.period=soon").contains("voting.period"));
        assert!(said("hire alice").contains("hire alice"));
        assert!(said("budget ovens").contains("budget NAME AMOUNT CURRENCY"));
        assert!(said("end-job baker now").contains("end-job NAME"));
        assert!(said("open-election auditor").contains("open-election OFFICE SEATS"));
        assert!(said("open-election auditor 33").contains("1 to 32 seats") && said("open-election auditor 0").contains("1 to 32 seats"));
        assert!(said("open-election teller 3").contains("1, 4, 5 or 7"));
        assert!(said("prioritise autumn 12.00 EUR").contains("prioritise NAME AMOUNT CURRENCY: FEATURE"));
        assert_eq!(said("prioritise autumn 12.00 EUR: search 3.00 USD"), "'3.00 USD' is no cost: the budget is in EUR");
        assert!(said("prioritise autumn 12.00 EUR: search 3.00 EUR; search 4.00 EUR").contains("one name"));
        assert!(said("prioritise autumn 12.00 EUR: search 12.01 EUR").contains("no more than the whole budget"));
        assert!(said("prioritise autumn 12.00 EUR: search 0.00 EUR").contains("costs something"));
        let most = "90071992547409.93 EUR is not from 0.00 EUR to 90071992547409.92 EUR";
        assert_eq!(said("budget b 90071992547409.93 EUR"), format!("the amount: {most}"));
        assert_eq!(said("create-job baker 90071992547409.93 EUR Bakes"), format!("the pay: {most}"));
        assert!(said("spend b 5,00 EUR Flour").contains("the amount: '5,00 EUR' has a comma") && said("budget b 12").contains("names no currency"));
        let king = said(&format!("appoint king {}", "ab".repeat(32)));
        assert!(king.starts_with("'king' is no office: the offices are registrar,") && !king.contains("abab"), "{king}");
        assert!(said("expel Bob").starts_with("'Bob' is no person:"));
        assert!(said("open-election auditor many").starts_with("'many' is no number of seats:"));
        let many: Vec<String> = (0..33).map(|n| format!("feature-{n} 0.01 EUR")).collect();
        assert!(said(&format!("prioritise autumn 12.00 EUR: {}", many.join("; "))).contains("1 to 32 features"));
    }
}
