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
    Ok(lasts.then(|| {
        format!(
            "no issue of the Gazette has come here for more than {}: nothing that is signed counts until one does; if its tellers are gone, the members choose others with `folkmoot recover-tellers`",
            format_duration(wait)
        )
    }))
}
