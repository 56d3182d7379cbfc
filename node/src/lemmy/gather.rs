//! Brings the entries of all pages together: every number once, in its newest form.

use super::page::Page;
use super::view::{CommentView, Listed, PostView, View};
use super::{LeftOut, LemmyError};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// Everything that was listed.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub(super) posts: BTreeMap<i64, Listed<PostView>>,
    pub(super) comments: BTreeMap<i64, Listed<CommentView>>,
    pub(super) left_out: Vec<LeftOut>,
}

impl Gathered {
    pub(super) fn add(&mut self, file: &str, page: Page) -> Result<(), LemmyError> {
        keep_newest(&mut self.posts, page.posts)?;
        keep_newest(&mut self.comments, page.comments)?;
        self.left_out.extend(page.malformed);
        if page.strange > 0 {
            let reason = format!("holds {} entries that are neither posts nor comments; the others were read", page.strange);
            self.left_out.push(LeftOut { what: file.into(), reason });
        }
        Ok(())
    }
}

fn keep_newest<V: View>(kept: &mut BTreeMap<i64, Listed<V>>, views: Vec<Listed<V>>) -> Result<(), LemmyError> {
    for view in views {
        match kept.entry(view.state.id) {
            Entry::Vacant(free) => drop(free.insert(view)),
            Entry::Occupied(mut taken) => {
                same_lemmy(taken.get(), &view)?;
                if view.state.newness() > taken.get().state.newness() {
                    taken.insert(view);
                }
            }
        }
    }
    Ok(())
}

/// The address is the same everywhere and for good; the number is one Lemmy's own.
fn same_lemmy<V: View>(one: &Listed<V>, other: &Listed<V>) -> Result<(), LemmyError> {
    match (&one.state.ap_id, &other.state.ap_id) {
        (Some(a), Some(b)) if a != b => Err(LemmyError::TwoLemmys { what: one.what(), one: a.clone(), other: b.clone() }),
        _ => Ok(()),
    }
}
