//! That the Gazette does not go on, where that lasts: said wherever somebody may look.

use crate::{
    runtime::now_ms,
    store::{StoreError, View},
};
use folkmoot_protocol::law::{State, value::format_duration};

/// Why nothing is printed, and what the members can do; none where the Gazette goes on, or nothing was printed yet. A node
/// that is behind says so too: it cannot tell.
pub(crate) fn standstill(view: View<'_>, law: &State) -> Result<Option<String>, StoreError> {
    if let Some(two) = view.two_issues()? {
        return Ok(Some(format!("{}; `folkmoot recover-tellers` is how they do", two.banner())));
    }
    let (wait, quiet) = (law.charter().recovery_wait_ms, now_ms().saturating_sub(law.time()));
    let lasts = law.height() > 0 && quiet > wait;
    if !lasts {
        return Ok(None);
    }
    let what_to_do = match is_teller(view, law)? {
        true if law.tellers().len() == 1 => "you are the teller: `folkmoot run` prints on",
        true => "you are one of its tellers: `folkmoot run` prints on with the others",
        false => "if its tellers are gone, the members choose others with `folkmoot recover-tellers`",
    };
    let period = format_duration(wait);
    Ok(Some(format!("no issue of the Gazette has come here for more than {period}: nothing that is signed counts until one does; {what_to_do}")))
}

/// Whether this folder's device prints the Gazette.
fn is_teller(view: View<'_>, law: &State) -> Result<bool, StoreError> {
    let viewer = view.admission()?.map(|credential| view.viewer(credential)).transpose()?.flatten();
    Ok(viewer.is_some_and(|viewer| law.tellers().contains(&viewer.device)))
}
