mod form;

use super::{Closed, Item, tips::is_possible};
use crate::{cbor, id::*, limits, wire::list};
use minicbor::{Decode, Decoder, Encode, Encoder, data::Type, decode, encode, encode::Write};

/// Why a reconciliation message is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReconcileError {
    /// Ranges that overlap, leave something out or are out of order.
    #[error("its ranges do not cover the devices once, in order")]
    Cover,
    /// Chains outside their range or out of order.
    #[error("a range names chains outside of it, or out of order")]
    Order,
    /// A chain's end that cannot exist.
    #[error("a range names a chain's end that cannot exist")]
    Tip,
    /// More ranges or chains than allowed.
    #[error("more than {ranges} ranges or {chains} chains", ranges = limits::RANGES_PER_MESSAGE, chains = limits::TIPS_PER_MESSAGE)]
    TooMany,
}

/// One message of a reconciliation: consecutive ranges of devices that together cover all devices.
///
/// A flat CBOR array of a salt and, for each range, its end and its content; empty where there is nothing
/// left to say. Hashes in it are of 8 bytes: they are salted with the sender's digest, so that a collision
/// cannot be prepared, and a wrong match by chance (1 in 2^64) lasts only until either side changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ranges {
    pub(super) salt: Short,
    pub(super) list: Vec<Range>,
}

/// Eight bytes of a hash or of a device's id.
pub(super) type Short = [u8; 8];

/// The start of a device's id. Two devices that share one (somebody searched for such a pair of keys) are
/// compared in full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Tag(pub(super) Short);

/// The devices from `lower` to before `upper`, or to the end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub(super) lower: Tag,
    pub(super) upper: Option<Tag>,
}

/// What is said of the devices from the previous range's end to before `upper` (none: the rest).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) upper: Option<Tag>,
    pub(super) content: Content,
}

/// What is said of a range, and what the other side answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Content {
    /// Nothing left to do here. Answered with the same.
    Same,
    /// A hash over the chains. Where it differs: answered with an outline, or with fingerprints of parts.
    Fingerprint(Short),
    /// Every chain of the sender's, abbreviated, in the order of tags. Answered with what differs.
    Outline(Vec<Sketch>),
    /// The sender's chains that differ, in full. Answered with what it asks for, and then no more.
    Settled(Settled),
}

/// A chain's end, abbreviated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sketch {
    pub(super) tag: Tag,
    /// Salted hash of the operation's id.
    pub(super) check: Short,
    pub(super) seq: u64,
    pub(super) closed: Option<Closed>,
}

/// The end of the comparison of a range. Of a tag that it names, the items hold all devices of the sender's.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(super) struct Settled {
    /// The sender's chains that differ, or were asked for.
    #[cbor(n(0), decode_with = "list::<{ limits::TIPS_PER_MESSAGE }, _, _>")]
    pub(super) items: Vec<Item>,
    /// Tags in the receiver's outline that the sender knows no device for, or several.
    #[cbor(n(1), decode_with = "list::<{ limits::TIPS_PER_MESSAGE }, _, _>")]
    pub(super) asks: Vec<Tag>,
}

impl Settled {
    pub(super) fn len(&self) -> usize {
        self.items.len() + self.asks.len()
    }

    /// The items of one tag: neighbours, as the items are in the order of devices.
    pub(super) fn items_of(&self, tag: Tag) -> &[Item] {
        let start = self.items.partition_point(|item| Tag::of(&item.device) < tag);
        let length = self.items[start..].partition_point(|item| Tag::of(&item.device) == tag);
        &self.items[start..start + length]
    }

    pub(super) fn into_content(self) -> Content {
        if self.len() == 0 { Content::Same } else { Content::Settled(self) }
    }
}

impl Tag {
    pub(super) const FIRST: Self = Self([0; 8]);

    pub(super) fn of(device: &DeviceId) -> Self {
        let mut tag = [0; 8];
        tag.copy_from_slice(&device.0[..8]);
        Self(tag)
    }

    /// The first device that can have the tag.
    pub(super) fn device(self) -> DeviceId {
        let mut device = [0; 32];
        device[..8].copy_from_slice(&self.0);
        DeviceId(device)
    }

    /// The shortest tag that separates two in ascending order: above the one, not above the other.
    pub(super) fn separator(below: Self, above: Self) -> Option<Self> {
        let differ = below.0.iter().zip(above.0).position(|(a, b)| *a != b)?;
        let mut tag = [0; 8];
        tag[..=differ].copy_from_slice(&above.0[..=differ]);
        Some(Self(tag))
    }
}

impl Span {
    pub(super) fn contains(&self, tag: Tag) -> bool {
        self.lower <= tag && self.upper.is_none_or(|upper| tag < upper)
    }
}

impl Content {
    fn chains(&self) -> usize {
        match self {
            Self::Same | Self::Fingerprint(_) => 0,
            Self::Outline(sketches) => sketches.len(),
            Self::Settled(settled) => settled.len(),
        }
    }

    fn check(&self, span: Span) -> Result<(), ReconcileError> {
        match self {
            Self::Same | Self::Fingerprint(_) => Ok(()),
            Self::Outline(sketches) => {
                let possible = sketches.iter().all(|sketch| is_possible(sketch.seq, sketch.closed.as_ref()));
                in_order(sketches.iter().map(|sketch| sketch.tag), span)?;
                if possible { Ok(()) } else { Err(ReconcileError::Tip) }
            }
            Self::Settled(Settled { items, asks }) => {
                in_order(items.iter().map(|item| Tag::of(&item.device)), span)?;
                in_order(asks.iter().copied(), span)?;
                let distinct = items.is_sorted_by(|a, b| a.device < b.device) && asks.is_sorted_by(|a, b| a < b);
                match items.iter().all(Item::is_possible) {
                    true if distinct => Ok(()),
                    true => Err(ReconcileError::Order),
                    false => Err(ReconcileError::Tip),
                }
            }
        }
    }
}

fn in_order(tags: impl Iterator<Item = Tag> + Clone, span: Span) -> Result<(), ReconcileError> {
    if tags.clone().is_sorted() && tags.clone().all(|tag| span.contains(tag)) { Ok(()) } else { Err(ReconcileError::Order) }
}

impl Ranges {
    /// How many ranges and chains it names.
    pub fn len(&self) -> usize {
        self.list.len() + self.list.iter().map(|range| range.content.chains()).sum::<usize>()
    }

    /// Whether there is nothing to send: everything is equal or has been told.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Each range with the devices it is about.
    pub(super) fn spans(&self) -> impl Iterator<Item = (Span, &Content)> {
        let lowers = std::iter::once(Some(Tag::FIRST)).chain(self.list.iter().map(|range| range.upper));
        // A range behind the last one (whose end is open) does not pass `check`.
        let lowers = lowers.map(|lower| lower.unwrap_or(Tag::FIRST));
        lowers.zip(&self.list).map(|(lower, range)| (Span { lower, upper: range.upper }, &range.content))
    }

    /// Checks all that the message itself shows.
    pub(super) fn check(&self) -> Result<(), ReconcileError> {
        let chains: usize = self.list.iter().map(|range| range.content.chains()).sum();
        if self.list.len() > limits::RANGES_PER_MESSAGE || chains > limits::TIPS_PER_MESSAGE {
            return Err(ReconcileError::TooMany);
        }
        let (last, before) = self.list.split_last().ok_or(ReconcileError::Cover)?;
        let ends = before.iter().map(|range| range.upper);
        if last.upper.is_some() || ends.clone().any(|end| end.is_none_or(|end| end == Tag::FIRST)) || !ends.is_sorted_by(|a, b| a < b) {
            return Err(ReconcileError::Cover);
        }
        self.spans().try_for_each(|(span, content)| content.check(span))
    }
}
