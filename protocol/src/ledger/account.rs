use super::LedgerError;
use crate::limits;
use std::{fmt, str::FromStr};

/// A place in the books: names from the widest to the narrowest, as in `expenses:pay:moderator`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Account(String);

/// What an account is of, by its first name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Root {
    /// What the co-op has.
    Assets,
    /// What it owes.
    Liabilities,
    /// What was there to begin with.
    Equity,
    /// Where money comes from.
    Income,
    /// What it goes to.
    Expenses,
}

impl Root {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Assets, Self::Liabilities, Self::Equity, Self::Income, Self::Expenses];

    /// The name that its accounts begin with.
    pub fn name(self) -> &'static str {
        match self {
            Self::Assets => "assets",
            Self::Liabilities => "liabilities",
            Self::Equity => "equity",
            Self::Income => "income",
            Self::Expenses => "expenses",
        }
    }
}

impl Account {
    /// Its whole name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What it is of.
    pub fn root(&self) -> Root {
        // The name was checked when it was made.
        Root::ALL.into_iter().find(|root| self.0.split(':').next() == Some(root.name())).unwrap_or(Root::Equity)
    }

    /// An account within it, as `expenses:pay` and a job.
    pub fn within(&self, name: &str) -> Result<Self, LedgerError> {
        format!("{}:{name}", self.0).parse()
    }
}

/// Whether a name may stand between colons.
fn is_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    !name.starts_with(['-', '_']) && (1..=limits::SLUG_CHARS).contains(&name.len()) && name.chars().all(fits)
}

impl FromStr for Account {
    type Err = LedgerError;

    fn from_str(text: &str) -> Result<Self, LedgerError> {
        let names: Vec<&str> = text.split(':').take(limits::ACCOUNT_NAMES + 1).collect();
        let rooted = Root::ALL.iter().any(|root| names[0] == root.name());
        if rooted && (2..=limits::ACCOUNT_NAMES).contains(&names.len()) && names.iter().all(|name| is_name(name)) {
            return Ok(Self(text.to_owned()));
        }
        Err(LedgerError::Account(text.chars().filter(|c| !c.is_control()).take(60).collect()))
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
