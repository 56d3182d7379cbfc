//! Effects as lines of text: what people write into a draft, and what they read of a bill.

use super::{Effect, EffectError, Feature, Money, Office, Value, key};
use crate::id::*;
use std::fmt;

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
        let effect = Self::read(word, rest.trim(), &version).ok_or(EffectError::Line { line: line.trim().to_owned(), form: form_of(word) })??;
        effect.check()?;
        Ok(effect)
    }

    /// Reads lines, of which empty ones say nothing.
    pub fn parse_all(text: &str, version: impl Fn(&str) -> u64) -> Result<Vec<Self>, EffectError> {
        text.lines().filter(|line| !line.trim().is_empty()).map(|line| Self::parse(line, &version)).collect()
    }

    fn read(word: &str, rest: &str, version: &impl Fn(&str) -> u64) -> Option<Result<Self, EffectError>> {
        let mut words = rest.split_whitespace();
        let effect = match word {
            "set-law" => return read_law(rest, version),
            "create-job" => {
                let (name, rest) = rest.split_once(char::is_whitespace)?;
                let (pay, title) = money_and(rest)?;
                Self::CreateJob { name: name.into(), title: title.into(), pay }
            }
            "fill-job" => Self::FillJob { job: words.next()?.into(), person: words.next()?.parse().ok()? },
            "end-job" => Self::EndJob { job: words.next()?.into() },
            "appoint" => Self::Appoint { office: words.next()?.parse().ok()?, person: words.next()?.parse().ok()? },
            "dismiss" => Self::Dismiss { office: words.next()?.parse().ok()?, person: words.next()?.parse().ok()? },
            "budget" => {
                let (name, rest) = rest.split_once(char::is_whitespace)?;
                Self::Budget { name: name.into(), amount: rest.trim().parse().ok()? }
            }
            "spend" => {
                let (budget, rest) = rest.split_once(char::is_whitespace)?;
                let (amount, purpose) = money_and(rest)?;
                Self::Spend { budget: budget.into(), amount, purpose: purpose.into() }
            }
            "endorse" => Self::Endorse { instance: words.next()?.into() },
            "unendorse" => Self::Unendorse { instance: words.next()?.into() },
            "adopt-text" => {
                let (name, document) = (words.next()?.into(), words.next()?.parse().ok()?);
                let at: Option<Vec<OpId>> = words.next()?.split(',').map(|op| op.parse().ok()).collect();
                Self::AdoptText { name, document, at: at? }
            }
            "expel" => Self::Expel { person: words.next()?.parse().ok()? },
            "repeal" => Self::Repeal { bill: words.next()?.parse().ok()? },
            "open-election" => Self::OpenElection { office: words.next()?.parse().ok()?, seats: words.next()?.parse().ok()? },
            "prioritise" => {
                let (head, list) = rest.split_once(':')?;
                let (name, budget) = head.trim().split_once(char::is_whitespace)?;
                let budget: Money = budget.trim().parse().ok()?;
                Self::Prioritise { name: name.into(), budget, features: features(list, &budget)? }
            }
            "reinstate" => Self::Reinstate { document: words.next()?.parse().ok()? },
            "lift-ban" => Self::LiftBan { space: words.next()?.parse().ok()?, person: words.next()?.parse().ok()? },
            "deliver" => Self::Deliver { what: words.next()?.parse().ok()? },
            _ => return None,
        };
        let whole = matches!(word, "create-job" | "spend" | "budget" | "prioritise") || words.next().is_none();
        whole.then_some(Ok(effect))
    }

    /// What it does, in a sentence for members. `name`: what to call a person.
    pub fn sentence(&self, name: impl Fn(PersonId) -> String) -> String {
        let office = |office: &Office| match office {
            Office::Moderator(space) => format!("moderator of the community {}", space.short()),
            office => office.name().to_owned(),
        };
        match self {
            Self::SetLaw { key: law, value, .. } => {
                let entrenched = if key::key(law).is_some_and(|key| key.entrenched) { " (entrenched: it takes both bodies)" } else { "" };
                format!("sets {law} to {value}{entrenched}")
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
            Self::LiftBan { space, person } => format!("lifts the ban of {} from the community {}", name(*person), space.short()),
        }
    }
}

fn read_law(rest: &str, version: &impl Fn(&str) -> u64) -> Option<Result<Effect, EffectError>> {
    let (name, text) = rest.split_once('=')?;
    let (name, text) = (name.trim(), text.trim());
    let Some(spec) = key::key(name) else { return Some(Err(EffectError::Key { key: name.into(), nearest: key::nearest(name) })) };
    let value = match Value::parse(&spec.kind, text) {
        Ok(value) => value,
        Err(error) => return Some(Err(EffectError::Value { key: name.into(), error })),
    };
    Some(Ok(Effect::SetLaw { key: name.into(), value, expected_version: version(name) }))
}

/// An amount with its currency, and what stands behind it.
fn money_and(text: &str) -> Option<(Money, &str)> {
    let text = text.trim();
    let (minor, rest) = text.split_once(char::is_whitespace)?;
    let (currency, rest) = rest.trim().split_once(char::is_whitespace)?;
    Some((format!("{minor} {currency}").parse().ok()?, rest.trim()))
}

/// The features of a list; what they cost is in the currency of the budget.
fn features(list: &str, budget: &Money) -> Option<Vec<Feature>> {
    let feature = |text: &str| {
        let (name, cost) = text.trim().split_once(char::is_whitespace)?;
        let cost: Money = cost.trim().parse().ok()?;
        (cost.currency == budget.currency).then(|| Feature { name: name.into(), cost: cost.minor })
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
            assert!(!effect.sentence(|person| person.short()).is_empty());
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
        assert!(said("prioritise autumn 12.00 EUR: search 3.00 USD").contains("prioritise NAME"), "one currency");
        assert!(said("prioritise autumn 12.00 EUR: search 3.00 EUR; search 4.00 EUR").contains("one name"));
        assert!(said("prioritise autumn 12.00 EUR: search 12.01 EUR").contains("no more than the whole budget"));
        assert!(said("prioritise autumn 12.00 EUR: search 0.00 EUR").contains("costs something"));
        let many: Vec<String> = (0..33).map(|n| format!("feature-{n} 0.01 EUR")).collect();
        assert!(said(&format!("prioritise autumn 12.00 EUR: {}", many.join("; "))).contains("1 to 32 features"));
    }
}
