//! What Lemmy 0.19 says of a post and of a comment, as far as it is imported.

use super::{LeftOut, page};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error as _};
use serde_json::Value;

/// A post or comment, and what both have.
#[derive(Debug)]
pub(super) struct Listed<V> {
    pub(super) state: State,
    pub(super) view: V,
}

/// What posts and comments have in common.
#[derive(Debug, Deserialize)]
pub(super) struct State {
    pub(super) id: i64,
    pub(super) published: Moment,
    updated: Option<Moment>,
    pub(super) ap_id: Option<String>,
    deleted: Option<bool>,
    removed: Option<bool>,
}

impl State {
    /// Why it is not shown any more.
    pub(super) fn gone(&self) -> Option<&'static str> {
        match (self.removed, self.deleted) {
            (Some(true), _) => Some("it was removed by a moderator"),
            (_, Some(true)) => Some("it was deleted by its author"),
            _ => None,
        }
    }

    /// Orders what several pages say of one thing. Removing does not touch `updated`, so that of two that are equally
    /// old the one that is gone counts as the newer: nothing comes back by an old page.
    pub(super) fn newness(&self) -> (Moment, bool) {
        (self.updated.unwrap_or(self.published), self.gone().is_some())
    }
}

/// What is listed: named by its kind, which is also the key that it has inside its view.
pub(super) trait View: DeserializeOwned {
    const KIND: &'static str;
}

#[derive(Debug, Deserialize)]
pub(super) struct PostView {
    pub(super) post: Post,
    pub(super) creator: Person,
    pub(super) community: Community,
}

#[derive(Debug, Deserialize)]
pub(super) struct Post {
    pub(super) name: String,
    pub(super) url: Option<String>,
    pub(super) body: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct CommentView {
    pub(super) comment: Comment,
    pub(super) creator: Person,
}

#[derive(Debug, Deserialize)]
pub(super) struct Comment {
    pub(super) post_id: i64,
    pub(super) content: String,
    /// `0`, the numbers of the comments above it, and its own, with dots between.
    pub(super) path: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Person {
    pub(super) name: String,
    pub(super) display_name: Option<String>,
    pub(super) actor_id: Option<String>,
}

/// A community. The same short name may stand for several, each on its own server.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(super) struct Community {
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) title: Option<String>,
    pub(super) actor_id: Option<String>,
}

impl View for PostView {
    const KIND: &'static str = "post";
}

impl View for CommentView {
    const KIND: &'static str = "comment";
}

impl<V: View> Listed<V> {
    /// Its name in a report, as `post 7`.
    pub(super) fn what(&self) -> String {
        format!("{} {}", V::KIND, self.state.id)
    }

    pub(super) fn from_value(value: Value) -> Result<Self, LeftOut> {
        let id = value.get(V::KIND).and_then(|of| of.get("id")).and_then(Value::as_i64);
        Self::parse(value).map_err(|fault| LeftOut {
            what: id.map_or_else(|| format!("a {} without a number", V::KIND), |id| format!("{} {id}", V::KIND)),
            reason: format!("it is not as Lemmy 0.19 lists it: {}", page::brief(&fault)),
        })
    }

    fn parse(value: Value) -> serde_json::Result<Self> {
        let state = match value.get(V::KIND) {
            Some(of) => State::deserialize(of)?,
            None => return Err(serde::de::Error::missing_field(V::KIND)),
        };
        Ok(Self { state, view: serde_json::from_value(value)? })
    }
}

/// A point in time. Lemmy writes the zone since 0.19; before, all dates were UTC and said no zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment(Timestamp);

impl Moment {
    /// In ms since 1970.
    pub(super) fn ms(self) -> i64 {
        self.0.as_millisecond()
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let zoned = text.parse::<Timestamp>().ok();
        let moment = zoned.or_else(|| text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok().map(|at| at.timestamp()));
        moment.map(Self).ok_or_else(|| D::Error::custom(format_args!("{text:?} is no date")))
    }
}
