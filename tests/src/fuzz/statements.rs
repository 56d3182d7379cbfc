use folkmoot_protocol::{
    id::{CoopId, PersonId},
    limits,
    statement::{
        Statement, StatementEntry, StatementError, camt053, csv,
        matching::{Expected, match_entries, references_of},
        reference::{find_references, payment_reference},
    },
};

/// Bank statements, both formats: what is read has its place, and every payment is matched or not for one reason.
pub fn statement(data: &[u8]) {
    let lines = 1 + data.iter().filter(|byte| **byte == b'\n').count();
    for read in [camt053::read(data), csv::read(data, None), csv::read(data, "EUR".parse().ok())] {
        match read {
            Ok(statements) => statements.iter().for_each(|statement| check(statement, lines)),
            Err(StatementError::At { line, what }) => assert!((1..=lines).contains(&line) && !what.is_empty(), "line {line} of {lines}: {what}"),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
    let text = String::from_utf8_lossy(data);
    for reference in find_references(&text) {
        assert_eq!(find_references(&reference.to_lowercase()), [reference]);
    }
}

fn check(statement: &Statement, lines: usize) {
    assert!(statement.entries.len() <= limits::STATEMENT_ENTRIES);
    let places = statement.entries.iter().map(|entry| entry.line).chain(statement.skipped.iter().map(|skipped| skipped.line));
    places.chain(statement.notes.iter().map(|note| note.line)).for_each(|line| assert!((1..=lines).contains(&line), "line {line} of {lines}"));
    let sum: i128 = statement.entries.iter().map(|entry| i128::from(entry.amount_minor)).sum();
    assert!(statement.entries.iter().any(|entry| Some(entry.currency) != statement.currency) || statement.sum() == sum);
    matched(&statement.entries);
}

/// Everybody whom the payments name is expected, and one whom none names.
fn matched(entries: &[StatementEntry]) {
    let Some(first) = entries.first() else { return };
    let named = entries.iter().flat_map(references_of).chain([payment_reference(CoopId([1; 32]), PersonId([2; 32]))]);
    let expected: Vec<Expected> = named.map(|reference| Expected { reference, currency: first.currency, member: String::new() }).collect();
    let matching = match_entries(entries, &expected, &[]);
    let mut places: Vec<usize> = matching.matched.iter().map(|(place, _)| *place).collect();
    places.extend(matching.ambiguous.iter().map(|(place, _)| *place));
    places.extend(matching.duplicates.iter().map(|(place, _)| *place));
    places.extend(matching.unmatched.iter().map(|(place, _)| *place));
    places.sort_unstable();
    assert!(places.into_iter().eq(0..entries.len()), "a payment is in no list, or in two");
    for (place, owner) in &matching.matched {
        let entry = &entries[*place];
        assert!(entry.amount_minor > 0 && !entry.reversal && entry.currency == expected[*owner].currency);
    }
    assert_eq!(match_entries(entries, &expected, entries).matched, [], "what is known counts again");
}
