//! Plain data for screens, the command line and bridges: public fields, nothing to call.
//! Times are in ms since 1970.

mod challenge;
mod election;
mod inbox;
mod law;
mod moderation;
mod petition;
mod priorities;
mod rank;

pub use challenge::ChallengeView;
pub use election::{CandidateView, ElectionView, OutcomeView, StageView};
pub use inbox::{InboxItem, ReplyView};
pub use law::{BallotView, BillView, BodyView, EffectView, PledgeView};
pub use moderation::{BanView, Deed, ModerationView, PersonDeed, ReportView, RulingView};
pub use petition::{PetitionView, RecallResultView, RecallView};
pub use priorities::{FeatureView, PrioritiesView, RankedView, SharesView};
pub use rank::{FeedSort, RankInput, ThreadSort, active_at, controversy, hot, scaled};

use crate::{act::Mark, document::DocumentKind, id::*};
use serde::{Deserialize, Serialize};

/// A person, by id and the name they go by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonView {
    /// Id.
    pub id: PersonId,
    /// Name.
    pub name: String,
}

/// A community, by id and short name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommunityRef {
    /// Its space.
    pub id: SpaceId,
    /// Short name.
    pub name: String,
}

/// A community.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommunityView {
    /// Its space.
    pub id: SpaceId,
    /// Short name.
    pub name: String,
    /// Title.
    pub title: String,
    /// Sidebar.
    pub sidebar: String,
    /// Rules.
    pub rules: String,
    /// Who opened it.
    pub opened_by: PersonView,
    /// Whether this node keeps it.
    pub followed: bool,
    /// Posts held here.
    pub posts: u64,
    /// Comments held here.
    pub comments: u64,
}

/// Where something came from outside the co-op.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OriginView {
    /// Address of who wrote it there.
    pub actor: String,
    /// Address of what it is there.
    pub object: String,
}

/// Where a thing is known to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Whereabouts {
    /// Written here, and not known to be held by another node.
    OnThisDevice,
    /// Held by another node too.
    WithPeers,
}

/// Why a post is not shown that others answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Missing {
    /// Its author erased it.
    Erased,
    /// A moderator removed it, and what it said is gone.
    Removed,
    /// It has not come in yet.
    NotHere,
}

/// A post in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PostView {
    /// Document.
    pub id: DocumentId,
    /// Where.
    pub community: CommunityRef,
    /// Title.
    pub title: String,
    /// Body.
    pub text: String,
    /// Link, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Who.
    pub author: PersonView,
    /// From elsewhere, if so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<OriginView>,
    /// When, by the author's clock, clamped.
    pub created: u64,
    /// Ups less downs, the author's own up included.
    pub score: i64,
    /// Ups.
    pub up: u64,
    /// Downs.
    pub down: u64,
    /// Comments.
    pub comments: u64,
    /// Edits after the first.
    pub edits: u32,
    /// Whether concurrent edits disagree and one has to be chosen.
    pub conflict: bool,
    /// This person's own mark.
    pub mine: Mark,
    /// Whether this person saved it.
    pub saved: bool,
    /// Where it is known to be.
    pub state: Whereabouts,
    /// Why nothing is known of it but its comments, if so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub missing: Option<Missing>,
    /// The removal, where a moderator removed it; then it says nothing here.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub removed: Option<RulingView>,
    /// The lock, where comments under it have ended.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub locked: Option<RulingView>,
    /// Whether it stands first in its community's feed.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub pinned: bool,
}

/// A page of a feed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeedView {
    /// Posts in order.
    pub posts: Vec<PostView>,
    /// Token of the next page, where there is one.
    pub next: Option<String>,
}

/// A comment and what answers it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CommentView {
    /// Document.
    pub id: DocumentId,
    /// Who; none where it was erased and only answers keep its place.
    pub author: Option<PersonView>,
    /// Body; empty where it was erased.
    pub text: String,
    /// Whether it was erased.
    pub erased: bool,
    /// The removal, where a moderator removed it; then it says nothing here.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub removed: Option<RulingView>,
    /// Whether it was written after its post was locked.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub after_lock: bool,
    /// From elsewhere, if so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<OriginView>,
    /// When, by the author's clock, clamped.
    pub created: u64,
    /// Ups less downs, the author's own up included.
    pub score: i64,
    /// Ups.
    pub up: u64,
    /// Downs.
    pub down: u64,
    /// Edits after the first.
    pub edits: u32,
    /// Whether concurrent edits disagree.
    pub conflict: bool,
    /// This person's own mark.
    pub mine: Mark,
    /// Where it is known to be.
    pub state: Whereabouts,
    /// Answers, in order.
    pub children: Vec<CommentView>,
}

/// One of the versions among which somebody has to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConflictView {
    /// The edit, as `edit --choose` takes it.
    pub op: OpId,
    /// The key on which they differ.
    pub key: String,
    /// Its value there.
    pub text: String,
}

/// A post with its comments.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ThreadView {
    /// The post.
    pub post: PostView,
    /// The versions to choose from, where edits disagree.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub conflicts: Vec<ConflictView>,
    /// Comments as a tree.
    pub comments: Vec<CommentView>,
}

/// A page that people write together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageView {
    /// Document.
    pub id: DocumentId,
    /// Where.
    pub community: CommunityRef,
    /// Short name.
    pub name: String,
    /// Title.
    pub title: String,
    /// Text as merged.
    pub text: String,
    /// Who founded it.
    pub author: PersonView,
    /// Who else may edit it; none: everybody in the co-op.
    pub writers: Option<Vec<PersonView>>,
    /// Edits after the first.
    pub edits: u32,
}

/// One version of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionView {
    /// The edit.
    pub op: OpId,
    /// The edits it was made on top of.
    pub at: Vec<OpId>,
    /// Who.
    pub author: PersonView,
    /// Device.
    pub device: DeviceId,
    /// When, by the author's clock, clamped.
    pub created: u64,
    /// Title or name at that version, where there is one.
    pub title: String,
    /// Text at that version.
    pub text: String,
    /// Why it has no effect, if so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_effect: Option<String>,
}

/// All versions of a document, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryView {
    /// Document.
    pub id: DocumentId,
    /// What it is.
    pub kind: DocumentKind,
    /// Versions in causal order.
    pub versions: Vec<VersionView>,
    /// The current heads.
    pub heads: Vec<OpId>,
}

/// One find of a search.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchHit {
    /// Document.
    pub id: DocumentId,
    /// Post, comment or page.
    pub kind: DocumentKind,
    /// The post it belongs to, for `thread`.
    pub post: DocumentId,
    /// Where.
    pub community: CommunityRef,
    /// Title of the post or page.
    pub title: String,
    /// The removal of the post, where a moderator removed it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub removed: Option<RulingView>,
    /// The words around the find.
    pub excerpt: String,
    /// Who.
    pub author: PersonView,
    /// From elsewhere, if so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<OriginView>,
    /// When, by the author's clock, clamped.
    pub created: u64,
}

/// A page of the finds of a search, best first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchView {
    /// Finds.
    pub hits: Vec<SearchHit>,
    /// Token of the next page, if there is one.
    pub next: Option<String>,
}

/// One of a person's devices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceView {
    /// Device.
    pub id: DeviceId,
    /// What its owner calls it.
    pub name: String,
    /// Whether it is the one asked.
    pub this: bool,
    /// Whether it may tie and close others.
    pub may_grant: bool,
    /// Whether it was closed.
    pub revoked: bool,
}
