use crate::limits;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "lowercase")]
pub enum DocumentKind {
    /// How a person presents themselves; one each, in the hall.
    #[n(0)]
    Profile,
    /// Title, sidebar and rules of a community; one each, in its own space.
    #[n(1)]
    Community,
    /// A post.
    #[n(2)]
    Post,
    /// A comment.
    #[n(3)]
    Comment,
    /// A text that several people write together.
    #[n(4)]
    Page,
    /// A bill: its text, and lines that say what it does. In the hall.
    #[n(5)]
    Bill,
    /// How a person votes on a bill or in an election; one each, in the hall.
    #[n(6)]
    Ballot,
}

/// A key of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum Key {
    /// Title of a post, community or page.
    #[n(0)]
    Title,
    /// Body.
    #[n(1)]
    Text,
    /// Link of a post.
    #[n(2)]
    Url,
    /// The post that a comment stands under.
    #[n(3)]
    Post,
    /// The comment that a comment answers.
    #[n(4)]
    Parent,
    /// Name of a person, or short name of a page.
    #[n(5)]
    Name,
    /// A person about themselves.
    #[n(6)]
    Bio,
    /// A community's sidebar.
    #[n(7)]
    Sidebar,
    /// A community's rules.
    #[n(8)]
    Rules,
    /// Who may edit a page besides its founder; absent: everybody in the co-op.
    #[n(9)]
    Writers,
    /// Who wrote it elsewhere: the address of a remote actor.
    #[n(10)]
    OriginActor,
    /// What it is elsewhere: the address of a remote object.
    #[n(11)]
    OriginObject,
    /// When it was published elsewhere, in ms since 1970.
    #[n(12)]
    OriginPublished,
    /// What a bill does, a line for each effect.
    #[n(13)]
    Effects,
    /// The act that opened the bill on which a ballot is, or the election in which it is.
    #[n(14)]
    Bill,
    /// What a ballot on a bill says.
    #[n(15)]
    Choice,
    /// What a ballot in an election says: the candidates, the first choice first.
    #[n(16)]
    Ranking,
}

impl Key {
    /// Every key.
    pub const ALL: [Self; 17] = [
        Self::Title,
        Self::Text,
        Self::Url,
        Self::Post,
        Self::Parent,
        Self::Name,
        Self::Bio,
        Self::Sidebar,
        Self::Rules,
        Self::Writers,
        Self::OriginActor,
        Self::OriginObject,
        Self::OriginPublished,
        Self::Effects,
        Self::Bill,
        Self::Choice,
        Self::Ranking,
    ];

    /// The name used inside Automerge documents and in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Text => "text",
            Self::Url => "url",
            Self::Post => "post",
            Self::Parent => "parent",
            Self::Name => "name",
            Self::Bio => "bio",
            Self::Sidebar => "sidebar",
            Self::Rules => "rules",
            Self::Writers => "writers",
            Self::OriginActor => "origin_actor",
            Self::OriginObject => "origin_object",
            Self::OriginPublished => "origin_published",
            Self::Effects => "effects",
            Self::Bill => "bill",
            Self::Choice => "choice",
            Self::Ranking => "ranking",
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl DocumentKind {
    /// Every kind.
    pub const ALL: [Self; 7] = [Self::Profile, Self::Community, Self::Post, Self::Comment, Self::Page, Self::Bill, Self::Ballot];

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Profile => "profile",
            Self::Community => "community",
            Self::Post => "post",
            Self::Comment => "comment",
            Self::Page => "page",
            Self::Bill => "bill",
            Self::Ballot => "ballot",
        }
    }

    /// Its number in the encoding.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// Whether its id is fixed by its owner or space, so that it has no single founding edit.
    pub fn is_keyed(self) -> bool {
        matches!(self, Self::Profile | Self::Community | Self::Ballot)
    }
}

impl fmt::Display for DocumentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a key holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueType {
    /// One line of at most so many characters.
    Line(usize),
    /// A text of several lines, set as a whole.
    Body,
    /// A text of several lines that people splice together.
    SharedText,
    /// A short name.
    Slug,
    /// A link.
    Url,
    /// A document's id.
    Document,
    /// An integer.
    Integer,
    /// Persons.
    Persons,
    /// An operation's id.
    Operation,
    /// Persons in an order of somebody's choosing, each once.
    Ranking,
}

/// One row of a kind's schema.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    pub(crate) key: Key,
    pub(crate) value: ValueType,
    pub(crate) required: bool,
    pub(crate) founding_only: bool,
}

const fn field_of(key: Key, value: ValueType) -> Field {
    Field { key, value, required: false, founding_only: false }
}

const fn required(key: Key, value: ValueType) -> Field {
    Field { required: true, ..field_of(key, value) }
}

const fn fixed(field: Field) -> Field {
    Field { founding_only: true, ..field }
}

const ORIGIN: [Field; 3] = [
    fixed(field_of(Key::OriginActor, ValueType::Url)),
    fixed(field_of(Key::OriginObject, ValueType::Url)),
    fixed(field_of(Key::OriginPublished, ValueType::Integer)),
];

const PROFILE: &[Field] = &[field_of(Key::Name, ValueType::Line(limits::NAME_CHARS)), field_of(Key::Bio, ValueType::Body)];
const COMMUNITY: &[Field] =
    &[field_of(Key::Title, ValueType::Line(limits::TITLE_CHARS)), field_of(Key::Sidebar, ValueType::Body), field_of(Key::Rules, ValueType::Body)];
const POST: &[Field] = &[
    required(Key::Title, ValueType::Line(limits::TITLE_CHARS)),
    field_of(Key::Text, ValueType::Body),
    field_of(Key::Url, ValueType::Url),
    ORIGIN[0],
    ORIGIN[1],
    ORIGIN[2],
];
const COMMENT: &[Field] = &[
    fixed(required(Key::Post, ValueType::Document)),
    fixed(field_of(Key::Parent, ValueType::Document)),
    required(Key::Text, ValueType::Body),
    ORIGIN[0],
    ORIGIN[1],
    ORIGIN[2],
];
const PAGE: &[Field] = &[
    fixed(required(Key::Name, ValueType::Slug)),
    required(Key::Title, ValueType::Line(limits::TITLE_CHARS)),
    field_of(Key::Text, ValueType::SharedText),
    fixed(field_of(Key::Writers, ValueType::Persons)),
];

const BILL: &[Field] = &[
    required(Key::Title, ValueType::Line(limits::TITLE_CHARS)),
    field_of(Key::Text, ValueType::SharedText),
    fixed(field_of(Key::Writers, ValueType::Persons)),
    field_of(Key::Effects, ValueType::Body),
];
// On a bill it has a choice, in an election a ranking: the law looks which.
const BALLOT: &[Field] = &[required(Key::Bill, ValueType::Operation), field_of(Key::Choice, ValueType::Slug), field_of(Key::Ranking, ValueType::Ranking)];

/// The schema of a kind.
pub(crate) fn fields(kind: DocumentKind) -> &'static [Field] {
    match kind {
        DocumentKind::Profile => PROFILE,
        DocumentKind::Community => COMMUNITY,
        DocumentKind::Post => POST,
        DocumentKind::Comment => COMMENT,
        DocumentKind::Page => PAGE,
        DocumentKind::Bill => BILL,
        DocumentKind::Ballot => BALLOT,
    }
}

/// One key of a kind's schema.
pub(crate) fn field(kind: DocumentKind, key: Key) -> Option<Field> {
    fields(kind).iter().copied().find(|field| field.key == key)
}
