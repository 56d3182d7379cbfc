//! What a command line, a desktop or a bridge may ask of a node: the same words in-process and over the
//! control socket.

mod books;
mod law;
mod private;

pub use books::BooksDraft;
pub use law::LawDraft;
pub use private::{InboxRead, PrivateMark};

use folkmoot_protocol::{
    act::Mark,
    document::{DocumentKind, Key},
    id::*,
    identity::SignatureBytes,
    view::PersonView,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Something that a member means to do; the node resolves, signs and admits it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "draft", rename_all = "kebab-case")]
pub enum Draft {
    /// Founds a co-op; only on a folder that belongs to none.
    Found {
        /// Its name.
        name: String,
        /// The keys of the law that do not begin as the preset cast has them, with their values' text forms.
        #[serde(default)]
        charter: BTreeMap<String, String>,
    },
    /// Opens a community and follows it.
    OpenCommunity {
        /// Short name.
        name: String,
        /// Title.
        title: String,
        /// Sidebar.
        sidebar: String,
        /// Rules.
        rules: String,
    },
    /// Writes a post.
    Post {
        /// Where.
        community: SpaceId,
        /// Title.
        title: String,
        /// Body.
        text: String,
        /// Link.
        url: Option<String>,
        /// From elsewhere.
        origin: Option<Origin>,
    },
    /// Answers a post or a comment.
    Comment {
        /// The post or comment.
        on: DocumentId,
        /// Body.
        text: String,
        /// From elsewhere.
        origin: Option<Origin>,
    },
    /// Begins a page that people write together.
    CreatePage {
        /// Where.
        community: SpaceId,
        /// Short name.
        name: String,
        /// Title.
        title: String,
        /// Text.
        text: String,
        /// Who else may edit it; none: everybody in the co-op.
        writers: Option<Vec<PersonId>>,
    },
    /// Changes a document. The text of a page is compared with the present one and only the difference is written.
    Edit {
        /// The document.
        document: DocumentId,
        /// The edits it was made on top of; none: the present heads.
        at: Option<Vec<OpId>>,
        /// New values.
        fields: BTreeMap<Key, String>,
    },
    /// Where concurrent edits disagree: takes the values of one of them.
    Choose {
        /// The document.
        document: DocumentId,
        /// The edit whose values stand.
        op: OpId,
    },
    /// Erases a document of one's own on every node.
    Erase {
        /// The document.
        document: DocumentId,
    },
    /// Sets or takes back a mark.
    React {
        /// The document.
        document: DocumentId,
        /// The mark.
        mark: Mark,
    },
    /// Changes how this person presents themselves.
    Profile {
        /// Name.
        name: Option<String>,
        /// About them.
        bio: Option<String>,
    },
    /// Closes one of this person's devices, as far as its operations are known here.
    RevokeDevice {
        /// The device.
        device: DeviceId,
        /// The person's own signature over the device's id, where this device may not close others by itself.
        authority: Option<SignatureBytes>,
    },
    /// Takes part in the co-op's law.
    Law(LawDraft),
}

/// Where something came from outside the co-op.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Address of who wrote it there.
    pub actor: Option<String>,
    /// Address of what it is there.
    pub object: Option<String>,
    /// When it was published there, in ms.
    pub published: Option<u64>,
}

/// What was written: the document or thing, and the operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// The document, community, device or co-op, as 64 hex digits.
    pub id: DocumentId,
    /// The operation.
    pub op: OpId,
}

/// What may be asked of a node.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "kebab-case")]
pub enum Request {
    /// Writes drafts, all or none. Answer: [`Response::Written`].
    Submit {
        /// The drafts, at most 512.
        drafts: Vec<Draft>,
    },
    /// Makes an invitation. Answer: [`Response::Invited`].
    Invite {
        /// For guests.
        guest: bool,
        /// How long it holds, in ms.
        expires_in_ms: u64,
        /// How many people it lets in.
        uses: u32,
    },
    /// Joins with an invitation, or as a further device with a welcome. Answer: [`Response::Joined`].
    Join {
        /// The ticket.
        ticket: String,
    },
    /// Takes a further device of this person in. Answer: [`Response::Welcomed`].
    AddDevice {
        /// The device's offer.
        ticket: String,
        /// The person's own signature over the device's id, where this device may not tie others by itself.
        authority: Option<SignatureBytes>,
    },
    /// Begins or ends keeping a community. Answer: [`Response::Done`].
    Follow {
        /// The community.
        space: SpaceId,
        /// Begin or end.
        on: bool,
    },
    /// Remembers what of the inbox was read. Answer: [`Response::Done`].
    Read(InboxRead),
    /// Sets or takes back a private mark. Answer: [`Response::Done`].
    Mark {
        /// The document.
        document: DocumentId,
        /// The mark.
        mark: PrivateMark,
        /// Set or take back.
        on: bool,
    },
    /// How things stand. Answer: [`Response::Status`].
    Status,
    /// Refuses these devices, and no others, from now on: a developer's partition. Answer: [`Response::Done`].
    Refuse {
        /// The devices.
        devices: Vec<DeviceId>,
    },
    /// Has the only teller print what waits now. Answer: [`Response::Done`].
    Print,
    /// Takes operations from a file. Answer: [`Response::Imported`].
    Import {
        /// The file, as an absolute path.
        path: std::path::PathBuf,
    },
    /// Ends the node cleanly. Answer: [`Response::Done`].
    Shutdown,
}

/// A node's answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "response", rename_all = "kebab-case")]
pub enum Response {
    /// Nothing to add.
    Done,
    /// What was written, in the order of the drafts.
    Written {
        /// One for each draft.
        written: Vec<Written>,
    },
    /// An invitation.
    Invited {
        /// The ticket.
        ticket: String,
        /// When it ends, in ms since 1970.
        expires: u64,
    },
    /// This device is in.
    Joined {
        /// The co-op.
        coop: CoopId,
        /// Its name.
        name: String,
        /// This person.
        person: PersonId,
        /// Whose device let them in.
        admitted_by: PersonView,
    },
    /// A further device was taken in; the ticket tells it where to go.
    Welcomed {
        /// The device.
        device: DeviceId,
        /// The grant.
        op: OpId,
        /// The ticket for the new device.
        ticket: String,
    },
    /// How things stand.
    Status(Box<Status>),
    /// What an import did.
    Imported(Imported),
}

/// What an import did with the operations of a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    /// New here.
    pub taken: u64,
    /// Held already.
    pub held: u64,
    /// Of spaces that are not followed here.
    pub not_followed: u64,
    /// Resting on operations that are not here.
    pub waiting: u64,
    /// Not sound: altered, or resting on what admits nobody.
    pub refused: u64,
    /// Of another co-op.
    pub foreign: u64,
    /// Beyond the fork that closed their chain.
    pub closed: u64,
}

impl Imported {
    /// Adds another part of the same file.
    pub fn add(&mut self, other: &Self) {
        self.taken += other.taken;
        self.held += other.held;
        self.not_followed += other.not_followed;
        self.waiting = other.waiting;
        self.refused += other.refused;
        self.foreign += other.foreign;
        self.closed += other.closed;
    }
}

/// How a node stands.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Status {
    /// Whether a node runs on the folder (or a command looked into it).
    pub running: bool,
    /// This device.
    pub device: DeviceId,
    /// This person.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// The co-op, if any.
    pub coop: Option<CoopId>,
    /// Its name.
    pub coop_name: String,
    /// Why this device cannot write now, if so.
    pub cannot_write: Option<String>,
    /// What the disk refused last, until it takes something again.
    #[serde(default)]
    pub trouble: Option<String>,
    /// Where this node listens.
    pub addresses: Vec<String>,
    /// Spaces kept here.
    pub spaces: Vec<SpaceStatus>,
    /// Other nodes.
    pub peers: Vec<PeerStatus>,
    /// Devices refused by order.
    pub refused: Vec<DeviceId>,
    /// Operations that wait for what they rest on.
    pub pending: usize,
    /// What happened since the start.
    pub counters: Counters,
}

/// How a space stands.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SpaceStatus {
    /// The space.
    pub id: SpaceId,
    /// `hall`, or the community's short name.
    pub name: String,
    /// Operations held.
    pub operations: u64,
    /// Chains that a fork closed.
    pub closed: usize,
    /// Connected peers that had the same when last compared.
    pub agree: usize,
    /// Connected peers that keep it.
    pub kept_by: usize,
}

/// How another node stands to this one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PeerStatus {
    /// Its device.
    pub device: DeviceId,
    /// Whose it is, where known.
    pub person: Option<PersonView>,
    /// Whether it is connected.
    pub connected: bool,
    /// Which side dialled.
    pub dialled: bool,
    /// How it is reached.
    pub addresses: Vec<String>,
    /// Spaces in which it has the same operations.
    pub agree: usize,
    /// Spaces kept on both sides.
    pub shared: usize,
    /// Chains still to be sent to it.
    pub backlog: usize,
    /// Its clock less ours, in ms, when it connected.
    pub clock_ahead_ms: Option<i64>,
    /// When it was last connected, in ms; 0: never.
    pub seen_at: u64,
    /// Why it was dropped last, if it was.
    pub note: String,
}

/// What happened since a node started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Operations taken in, own ones included.
    pub admitted: u64,
    /// Operations that were held already.
    pub duplicates: u64,
    /// Operations refused.
    pub refused: u64,
    /// Operations sent.
    pub sent: u64,
    /// Forks found.
    pub forks: u64,
    /// Payloads erased.
    pub erased: u64,
    /// Messages received.
    pub messages: u64,
    /// Transactions committed.
    pub commits: u64,
}

/// Something that happened, for those who subscribed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// The node listens.
    Ready {
        /// This device.
        device: DeviceId,
        /// Where.
        addresses: Vec<String>,
    },
    /// Operations were taken in.
    Changed {
        /// The space.
        space: SpaceId,
        /// How many.
        operations: u64,
    },
    /// A peer is connected.
    Connected {
        /// Its device.
        device: DeviceId,
    },
    /// A peer is gone.
    Disconnected {
        /// Its device.
        device: DeviceId,
        /// Why.
        reason: String,
    },
    /// The disk refuses what is written. The node goes on, and tries again.
    Trouble {
        /// What is wrong.
        error: String,
    },
    /// A fork closed a device's chain.
    ForkFound {
        /// The space.
        space: SpaceId,
        /// The device.
        device: DeviceId,
    },
    /// An issue of the Gazette is here.
    Printed {
        /// Its number.
        height: u64,
        /// How many operations it prints.
        operations: u64,
    },
    /// The node ends.
    Stopped {
        /// Why, if not by order.
        error: Option<String>,
    },
}

/// Why something was refused or failed: what was wrong, a short code, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{error}")]
pub struct Failure {
    /// What was wrong.
    pub error: String,
    /// A short code for programs.
    pub code: String,
    /// What to do.
    pub hint: String,
    /// What something typed may have meant, where it may have meant several things.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<Candidate>,
}

/// One of several things that may have been meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// Its id, as 64 hex digits.
    pub id: String,
    /// What people tell it by.
    pub label: String,
}

impl Failure {
    /// A failure with a code and a hint.
    pub fn new(code: &str, error: impl ToString, hint: &str) -> Self {
        Self { error: error.to_string(), code: code.into(), hint: hint.into(), candidates: vec![] }
    }
}

impl Failure {
    /// Why somebody cannot erase what another one wrote.
    pub fn not_yours_to_delete(kind: DocumentKind) -> Self {
        let error = format!("this {kind} is somebody else's: only its author can delete it");
        Self::new("not-yours", error, "`folkmoot report ID --reason R` tells the moderators of its community")
    }

    /// What the store's failure means to a person.
    pub fn from_ref(error: &crate::store::StoreError) -> Self {
        Self::new("store", error, error.hint())
    }
}

impl From<crate::store::StoreError> for Failure {
    fn from(error: crate::store::StoreError) -> Self {
        Self::from_ref(&error)
    }
}
