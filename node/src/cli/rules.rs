//! The rules of a community, as moderators cite them.

use crate::{api::Failure, store::View};
use folkmoot_protocol::id::*;

/// The rule of a number: the line that begins with it, else so manieth of those that say something.
pub(super) fn text(rules: &str, number: u32) -> Option<&str> {
    let numbered = |line: &&str| line.strip_prefix(&number.to_string()).is_some_and(|rest| rest.starts_with(['.', ')', ':']));
    let mut lines = rules.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.clone().find(numbered).or_else(|| lines.nth((number as usize).checked_sub(1)?))
}

/// Refuses to cite a rule that the community does not have; 0 cites none. Where it has none written down, the reason has to do.
pub(super) fn check(view: View<'_>, space: SpaceId, number: u32) -> Result<(), Failure> {
    let Some(community) = view.community(space)? else { return Ok(()) };
    if number == 0 || community.rules.trim().is_empty() || text(&community.rules, number).is_some() {
        return Ok(());
    }
    let error = format!("{} has no rule {number}", community.name);
    Err(Failure::new("no-rule", error, "`folkmoot community show` lists its rules; cite one by its number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_found_by_its_number_or_its_place() {
        assert_eq!(text("Our rules\n\n1. Be kind.\n2) No mills.\n", 2), Some("2) No mills."));
        assert_eq!(text("Be kind.\n\nNo mills.\n", 2), Some("No mills."));
        assert_eq!(text("Be kind.", 2), None);
        assert_eq!(text("12. Twelve.", 1), Some("12. Twelve."), "the first line, as no line is numbered 1");
    }
}
