//! That the Gazette does not go on, where that lasts: said wherever somebody may look.

use crate::store::{StoreError, View, wants_printing};
use folkmoot_protocol::{
    agreement,
    law::{State, value::duration_in_words},
};

/// So many times `inclusion.delay` what is to be printed may take before it is late: tellers who fail have their turns in it.
const TURNS: u64 = 10;
/// What the charter of a co-op of developers makes shorter than machines are quick.
const LEAST_MS: u64 = 60_000;

/// Why nothing is printed at a time of this machine's, and what the members can do; none where the Gazette goes on, or nothing
/// was printed yet. A node that is behind says so too: it cannot tell.
pub fn standstill(view: View<'_>, law: &State, now: u64) -> Result<Option<String>, StoreError> {
    if let Some(two) = view.two_issues()? {
        return Ok(Some(format!("{}; `folkmoot recover-tellers` is how they do", two.banner())));
    }
    let charter = law.charter();
    if law.height() == 0 {
        return Ok(None);
    }
    if now.saturating_sub(law.time()) > charter.recovery_wait_ms {
        let (who, period) = (who_prints(view, law)?, duration_in_words(charter.recovery_wait_ms));
        return Ok(Some(format!("no issue of the Gazette has come here for more than {period}: nothing that is signed counts until one does; {who}")));
    }
    let late_ms = charter.inclusion_delay_ms.saturating_mul(TURNS).max(LEAST_MS);
    if now <= due(view, law)?.saturating_add(late_ms) {
        return Ok(None);
    }
    let (who, period) = (who_prints(view, law)?, duration_in_words(late_ms));
    Ok(Some(format!("no issue of the Gazette has come here, and one is late by more than {period}: what is signed waits for it; {who}")))
}

/// When the next issue is to come out: by what waits here, by what time changes, or as a sign of life.
fn due(view: View<'_>, law: &State) -> Result<u64, StoreError> {
    let waits = view.unprinted(law)?.iter().filter(|held| wants_printing(held)).map(|held| held.received_at).min();
    let alive = law.time().saturating_add(law.charter().heartbeat_period_ms);
    Ok(waits.into_iter().chain(law.next_due()).fold(alive, u64::min))
}

/// Whose nodes have to run, and what there is to do where they do not.
fn who_prints(view: View<'_>, law: &State) -> Result<String, StoreError> {
    let (tellers, is_teller) = (law.tellers().len(), is_teller(view, law)?);
    let needed = match (tellers, is_teller) {
        (1, true) => return Ok("you are the teller: `folkmoot run` prints on".into()),
        (1, false) => "its one teller prints with `folkmoot run`".into(),
        (_, true) => format!("you are one of its {tellers} tellers, and with `folkmoot run` {} of them have to be connected", agreement::quorum(tellers)),
        (_, false) => format!("{} of its {tellers} tellers have to be connected", agreement::quorum(tellers)),
    };
    Ok(format!("{needed} (`folkmoot offices`); if they are gone, the members choose others with `folkmoot recover-tellers`"))
}

/// Whether this folder's device prints the Gazette.
fn is_teller(view: View<'_>, law: &State) -> Result<bool, StoreError> {
    let viewer = view.admission()?.map(|credential| view.viewer(credential)).transpose()?.flatten();
    Ok(viewer.is_some_and(|viewer| law.tellers().contains(&viewer.device)))
}
