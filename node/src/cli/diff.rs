//! What differs between two texts.

use super::{format, output::Paint};
use similar::{ChangeTag, DiffOp, DiffTag, TextDiff};
use std::time::Duration;

/// Beyond this, a diff is right but no longer the shortest.
const PATIENCE: Duration = Duration::from_millis(500);
const CONTEXT_LINES: usize = 3;

/// A unified diff by lines; with colours, the words that changed within them stand out.
pub(super) fn unified(paint: Paint, old: &str, new: &str, names: &[String; 2]) -> String {
    let lines = TextDiff::configure().timeout(PATIENCE).diff_lines(old, new);
    let mut text = format!("{}\n{}\n", paint.red(format!("--- {}", names[0])), paint.green(format!("+++ {}", names[1])));
    for hunk in lines.unified_diff().context_radius(CONTEXT_LINES).iter_hunks() {
        text += &format!("{}\n", paint.cyan(hunk.header()));
        for op in hunk.ops() {
            text += &change(paint, &lines, op);
        }
    }
    text
}

fn change(paint: Paint, lines: &TextDiff<'_, '_, str>, op: &DiffOp) -> String {
    let of = |tag| lines.iter_changes(op).filter(|change| change.tag() == tag).map(|change| change.value()).collect::<String>();
    match op.tag() {
        DiffTag::Equal => of(ChangeTag::Equal).lines().map(|line| format!(" {}\n", format::line(line))).collect(),
        _ => replaced(paint, &of(ChangeTag::Delete), &of(ChangeTag::Insert)),
    }
}

/// Lines that went and lines that came in their place, with the words that changed.
fn replaced(paint: Paint, old: &str, new: &str) -> String {
    let words = TextDiff::configure().timeout(PATIENCE).diff_words(old, new);
    let both = !old.is_empty() && !new.is_empty();
    let side = |kept: ChangeTag| {
        let changes = words.iter_all_changes().filter(move |change| [ChangeTag::Equal, kept].contains(&change.tag()));
        changes.map(move |change| (both && change.tag() == kept, change.value())).collect::<Vec<_>>()
    };
    let (gone, come) = (side(ChangeTag::Delete), side(ChangeTag::Insert));
    signed('-', &gone, |text| paint.red(text), paint) + &signed('+', &come, |text| paint.green(text), paint)
}

/// Pieces of text as lines that begin with a sign; a piece that changed stands out.
fn signed(sign: char, pieces: &[(bool, &str)], colour: impl Fn(&str) -> String, paint: Paint) -> String {
    let mut lines = vec![String::new()];
    for (changed, piece) in pieces {
        for (n, part) in piece.split('\n').enumerate() {
            if n > 0 {
                lines.push(String::new());
            }
            let part = colour(&format::line(part));
            if let Some(line) = lines.last_mut() {
                *line += &if *changed { paint.inverse(part) } else { part };
            }
        }
    }
    if lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines.iter().map(|line| format!("{}{line}\n", colour(&sign.to_string()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_is_unified() {
        let names = ["a".to_owned(), "b".to_owned()];
        let diff = unified(Paint::NONE, "one\ntwo\nthree\n", "one\n2\nthree\nfour\n", &names);
        assert_eq!(diff, "--- a\n+++ b\n@@ -1,3 +1,4 @@\n one\n-two\n+2\n three\n+four\n");
    }

    #[test]
    fn only_the_words_that_changed_stand_out() {
        let diff = signed('-', &[(false, "a "), (true, "b"), (false, " c\nd\n")], |text| text.to_uppercase(), Paint::NONE);
        assert_eq!(diff, "-A B C\n-D\n");
    }
}
