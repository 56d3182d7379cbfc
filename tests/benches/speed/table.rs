//! Rows as they are printed, and as JSON for programs.

use serde_json::{Value, json};

/// What a row is held against.
pub(crate) enum Target {
    /// Our figure is at most so much.
    AtMost(f64),
    /// Our figure is at most so many times the reference's.
    RatioAtMost(f64),
    /// Our figure is at least so many times the reference's.
    RatioAtLeast(f64),
}

/// One line of the table.
pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) operations: u64,
    pub(crate) ours: f64,
    pub(crate) unit: &'static str,
    /// What stands beside it, and its figure in the same unit.
    pub(crate) reference: Option<(&'static str, f64)>,
    pub(crate) target: Option<Target>,
}

impl Row {
    pub(crate) fn new(what: impl Into<String>, operations: u64, ours: f64, unit: &'static str) -> Self {
        Self { what: what.into(), operations, ours, unit, reference: None, target: None }
    }

    pub(crate) fn beside(mut self, name: &'static str, figure: f64) -> Self {
        self.reference = Some((name, figure));
        self
    }

    pub(crate) fn target(mut self, target: Target) -> Self {
        self.target = Some(target);
        self
    }

    /// A target that the design names for 100,000 operations.
    pub(crate) fn target_when_large(self, target: Target) -> Self {
        if self.operations >= 100_000 { self.target(target) } else { self }
    }

    fn ratio(&self) -> Option<f64> {
        self.reference.map(|(_, figure)| self.ours / figure)
    }

    fn is_met(&self) -> Option<bool> {
        let ratio = self.ratio().unwrap_or(f64::NAN);
        self.target.as_ref().map(|target| match target {
            Target::AtMost(most) => self.ours <= *most,
            Target::RatioAtMost(most) => ratio <= *most,
            Target::RatioAtLeast(least) => ratio >= *least,
        })
    }

    fn target_text(&self) -> String {
        match &self.target {
            None => String::new(),
            Some(Target::AtMost(most)) => format!("<= {}", figure(*most)),
            Some(Target::RatioAtMost(most)) => format!("<= {most} x"),
            Some(Target::RatioAtLeast(least)) => format!(">= {least} x"),
        }
    }
}

/// All rows of a run.
#[derive(Default)]
pub(crate) struct Table {
    rows: Vec<Row>,
}

impl Table {
    /// Prints a row as soon as it is known, and keeps it.
    pub(crate) fn add(&mut self, row: Row) {
        if self.rows.is_empty() {
            println!("| what | operations | ours | reference | ratio | target | |");
            println!("|---|---:|---:|---|---:|---|---|");
        }
        let reference = row.reference.map_or_else(String::new, |(name, value)| format!("{} ({name})", figure(value)));
        let ratio = row.ratio().map_or_else(String::new, |ratio| format!("{ratio:.2}"));
        let met = row.is_met().map_or("", |met| if met { "met" } else { "MISSED" });
        println!("| {} | {} | {} {} | {reference} | {ratio} | {} | {met} |", row.what, row.operations, figure(row.ours), row.unit, row.target_text());
        self.rows.push(row);
    }

    /// The figure of a row that was measured before.
    pub(crate) fn figure(&self, what: &str, operations: u64) -> Option<f64> {
        self.rows.iter().find(|row| row.what == what && row.operations == operations).map(|row| row.ours)
    }

    /// How many rows miss their target.
    pub(crate) fn missed(&self) -> usize {
        self.rows.iter().filter(|row| row.is_met() == Some(false)).count()
    }

    pub(crate) fn json(&self) -> Value {
        let row = |row: &Row| {
            json!({
                "what": row.what, "operations": row.operations, "ours": row.ours, "unit": row.unit,
                "reference": row.reference.map(|(name, figure)| json!({ "name": name, "figure": figure })),
                "ratio": row.ratio(), "target": row.target_text(), "met": row.is_met(),
            })
        };
        Value::Array(self.rows.iter().map(row).collect())
    }
}

/// A figure with three significant digits, or whole.
fn figure(value: f64) -> String {
    match value.abs() {
        x if x >= 100.0 => format!("{value:.0}"),
        x if x >= 10.0 => format!("{value:.1}"),
        x if x >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}
