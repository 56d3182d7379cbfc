//! Range-based set reconciliation over the tips of one space (Meyer, "Range-Based Set Reconciliation", 2023).
//!
//! The `negentropy` crate does the same for bare ids. Here the items are (device, seq, id), so that a side
//! knows at once which numbers of which chains the other lacks, and outlines name a chain in 19 bytes.

mod reply;

use super::{
    Closed, Item, Tip, Tips,
    ranges::{Content, Range, Ranges, ReconcileError, Settled, Short, Sketch, Span, Tag},
    tips::bytes_of,
};
use crate::{id::*, limits};
use reply::Reply;
use std::collections::{BTreeMap, BTreeSet};

/// Chains that an opening lists at once instead of fingerprints: about 350 bytes, and half a round trip less.
const OUTLINED_AT_OPENING: usize = 16;
/// Chains of a differing range that are listed instead of splitting it once more.
const OUTLINED: usize = 64;
/// Most parts that a range is split into.
const PARTS: usize = 256;

/// A chain that ends otherwise on the two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Difference {
    /// Whose chain.
    pub device: DeviceId,
    /// Its end here; none where it is unknown here.
    pub mine: Option<Tip>,
    /// Its end at the peer; none where it is unknown there.
    pub theirs: Option<Claim>,
}

/// What a peer says of a chain's end. Of the operation's id it may have sent no more than a salted hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// The number of the last operation; 0 where a fork left nothing.
    pub seq: u64,
    /// The fork that closed the chain, if one did.
    pub closed: Option<Closed>,
    id: ClaimedId,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ClaimedId {
    Whole(OpId),
    Hashed { salt: Short, check: Short },
}

impl Claim {
    /// Whether this is the operation that the peer has at the end of the chain.
    pub fn names(&self, id: &OpId) -> bool {
        match &self.id {
            ClaimedId::Whole(whole) => whole == id,
            ClaimedId::Hashed { salt, check } => check_of(salt, id) == *check,
        }
    }

    /// Whether the peer has this very tip.
    pub fn is(&self, tip: &Tip) -> bool {
        self.seq == tip.seq && self.closed == tip.closed && self.names(&tip.id)
    }
}

impl From<Tip> for Claim {
    fn from(tip: Tip) -> Self {
        Self { seq: tip.seq, closed: tip.closed, id: ClaimedId::Whole(tip.id) }
    }
}

/// What comes of a peer's message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Goes back to the peer, unless it is empty.
    pub reply: Ranges,
    /// Learned from this message: each chain comes up once in a reconciliation.
    pub differences: Vec<Difference>,
}

/// Begins a reconciliation: describes all chains of a space.
pub fn open(tips: &Tips) -> Ranges {
    let mut reply = Reply::new(tips, 0);
    reply.describe(Span { lower: Tag::FIRST, upper: None }, OUTLINED_AT_OPENING);
    reply.finish()
}

/// Answers a message, whether an opening or a reply.
///
/// Each range comes to its end on its own: a fingerprint that differs is answered with fingerprints of
/// smaller parts or an outline, an outline with what differs, and that with what it asks for. A peer that
/// does otherwise makes this side do work in the order of its message and of the chains held here, once for
/// each message; how many it may send is [`limits::RECONCILE_ROUNDS`].
pub fn answer(tips: &Tips, message: &Ranges) -> Result<Answer, ReconcileError> {
    message.check()?;
    let asked = message.list.iter().map(|range| if let Content::Settled(settled) = &range.content { settled.asks.len() } else { 0 });
    let mut reply = Reply::new(tips, asked.sum());
    for ((span, content), rest) in message.spans().zip(least_after(&message.list)) {
        reply.rest = rest;
        match content {
            Content::Same => reply.same(span),
            Content::Fingerprint(hash) if reply.room() > 0 && *hash == fingerprint(tips, &message.salt, span) => reply.same(span),
            Content::Fingerprint(_) => reply.describe(span, OUTLINED),
            Content::Outline(sketches) => reply.settle(span, sketches, message.salt),
            Content::Settled(settled) => reply.conclude(span, settled),
        }
    }
    let differences = std::mem::take(&mut reply.differences);
    Ok(Answer { reply: reply.finish(), differences })
}

/// For each range, how many ranges the answer to the later ones needs at least: neighbours that are put off
/// become one, and so do neighbours that are done.
fn least_after(list: &[Range]) -> Vec<usize> {
    let done = |range: &Range| matches!(range.content, Content::Same | Content::Settled(_));
    let mut least = vec![0; list.len()];
    for i in (1..list.len()).rev() {
        let continues = list.get(i + 1).is_some_and(|next| done(next) == done(&list[i]));
        least[i - 1] = least[i] + usize::from(!continues);
    }
    least
}

fn chains_in(tips: &Tips, span: Span) -> impl Iterator<Item = (&DeviceId, &Tip)> {
    tips.range(span.lower.device(), span.upper.map(Tag::device))
}

fn chains_of(tips: &Tips, tag: Tag) -> impl Iterator<Item = (&DeviceId, &Tip)> {
    tips.range(tag.device(), None).take_while(move |(device, _)| Tag::of(device) == tag)
}

fn fingerprint(tips: &Tips, salt: &Short, span: Span) -> Short {
    short(tagged_hash("folkmoot/range/1", &[salt, &bytes_of(chains_in(tips, span))]))
}

fn check_of(salt: &Short, id: &OpId) -> Short {
    short(tagged_hash("folkmoot/sketch/1", &[salt, &id.0]))
}

fn short(hash: [u8; 32]) -> Short {
    let mut short = [0; 8];
    short.copy_from_slice(&hash[..8]);
    short
}

#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod tests;
