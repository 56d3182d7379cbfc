use super::*;

/// A message that is being put together, within the bounds of one message.
pub(super) struct Reply<'a> {
    tips: &'a Tips,
    salt: Short,
    list: Vec<Range>,
    /// Whether the last range was put off, so that the next one that is can join it.
    putting_off: bool,
    /// Chains that may still be named.
    chains: usize,
    /// Ranges that the rest of the message needs at least.
    pub(super) rest: usize,
    pub(super) differences: Vec<Difference>,
}

/// The chains of both sides that have one tag.
#[derive(Default)]
struct Group<'a> {
    mine: Vec<(DeviceId, Tip)>,
    theirs: Vec<&'a Sketch>,
}

impl<'a> Reply<'a> {
    /// `asked`: chains that the message asks for, for which room is kept.
    pub(super) fn new(tips: &'a Tips, asked: usize) -> Self {
        let chains = limits::TIPS_PER_MESSAGE.saturating_sub(asked);
        Self { tips, salt: short(tips.digest()), list: Vec::new(), putting_off: false, chains, rest: 0, differences: Vec::new() }
    }

    /// The message; empty where there is nothing left to say.
    pub(super) fn finish(mut self) -> Ranges {
        if self.list.iter().all(|range| range.content == Content::Same) {
            self.list.clear();
        }
        let mut message = Ranges { salt: self.salt, list: self.list };
        let spans: Vec<_> = message.spans().map(|(span, _)| span).collect();
        for (range, span) in message.list.iter_mut().zip(spans) {
            if let Content::Fingerprint(hash) = &mut range.content {
                *hash = fingerprint(self.tips, &self.salt, span);
            }
        }
        message
    }

    /// Ranges that may still be added.
    pub(super) fn room(&self) -> usize {
        limits::RANGES_PER_MESSAGE.saturating_sub(self.list.len() + self.rest)
    }

    /// Adds a range, or widens the last one where the two can be one.
    fn push(&mut self, upper: Option<Tag>, content: Content) {
        self.putting_off = false;
        let Some(last) = self.list.last_mut() else { return self.list.push(Range { upper, content }) };
        match (&mut last.content, content) {
            (Content::Same | Content::Settled(_), Content::Same) => {}
            (same @ Content::Same, settled @ Content::Settled(_)) => *same = settled,
            (Content::Settled(settled), Content::Settled(more)) => {
                settled.items.extend(more.items);
                settled.asks.extend(more.asks);
            }
            (Content::Outline(sketches), Content::Outline(more)) => sketches.extend(more),
            (_, content) => return self.list.push(Range { upper, content }),
        }
        last.upper = upper;
    }

    pub(super) fn same(&mut self, span: Span) {
        self.push(span.upper, Content::Same);
    }

    /// Leaves a range for a later message: a fingerprint stands for it, and for its neighbours put off too.
    fn put_off(&mut self, span: Span) {
        match self.list.last_mut() {
            Some(last) if self.putting_off => last.upper = span.upper,
            _ => self.push(span.upper, Content::Fingerprint([0; 8])),
        }
        self.putting_off = true;
    }

    /// Describes a range that differs: each chain where these are at most `outlined`, else fingerprints of parts.
    pub(super) fn describe(&mut self, span: Span, outlined: usize) {
        let chains: Vec<_> = chains_in(self.tips, span).collect();
        let cuts = if chains.len() > outlined { cuts(&chains, parts_of(chains.len()).min(self.room())) } else { vec![] };
        if !cuts.is_empty() {
            let uppers = cuts.into_iter().map(Some).chain([span.upper]);
            uppers.for_each(|upper| self.push(upper, Content::Fingerprint([0; 8])));
        } else if chains.len() <= self.chains && self.room() > 0 {
            self.chains -= chains.len();
            let sketches = chains.into_iter().map(|(device, tip)| self.sketch(device, tip)).collect();
            self.push(span.upper, Content::Outline(sketches));
        } else {
            self.put_off(span);
        }
    }

    fn sketch(&self, device: &DeviceId, tip: &Tip) -> Sketch {
        Sketch { tag: Tag::of(device), check: check_of(&self.salt, &tip.id), seq: tip.seq, closed: tip.closed }
    }

    /// Compares an outline with the chains held here, as far as the answer fits.
    pub(super) fn settle(&mut self, span: Span, sketches: &[Sketch], salt: Short) {
        if self.room() < 2 {
            return self.put_off(span);
        }
        let mut groups: BTreeMap<Tag, Group<'_>> = BTreeMap::new();
        for (device, tip) in chains_in(self.tips, span) {
            groups.entry(Tag::of(device)).or_default().mine.push((*device, *tip));
        }
        for sketch in sketches {
            groups.entry(sketch.tag).or_default().theirs.push(sketch);
        }
        let mut settled = Settled::default();
        for (tag, group) in groups {
            if settled.len() + group.mine.len() + 1 > self.chains {
                if tag > span.lower {
                    self.push_settled(Some(tag), settled);
                }
                return self.put_off(Span { lower: tag, ..span });
            }
            self.settle_group(tag, &group, salt, &mut settled);
        }
        self.push_settled(span.upper, settled);
    }

    fn push_settled(&mut self, upper: Option<Tag>, settled: Settled) {
        self.chains = self.chains.saturating_sub(settled.len());
        self.push(upper, settled.into_content());
    }

    fn settle_group(&mut self, tag: Tag, group: &Group<'_>, salt: Short, settled: &mut Settled) {
        match (group.mine.as_slice(), group.theirs.as_slice()) {
            ([(device, tip)], [sketch]) => {
                let claim = Claim { seq: sketch.seq, closed: sketch.closed, id: ClaimedId::Hashed { salt, check: sketch.check } };
                if claim.is(tip) {
                    return;
                }
                self.differences.push(Difference { device: *device, mine: Some(*tip), theirs: Some(claim) });
            }
            (mine, []) => self.differences.extend(mine.iter().map(|(device, tip)| Difference { device: *device, mine: Some(*tip), theirs: None })),
            // An unknown device, or several of one tag: compared in full when the peer has told its own.
            _ => settled.asks.push(tag),
        }
        settled.items.extend(group.mine.iter().map(|(device, tip)| Item::new(*device, *tip)));
    }

    /// Takes in what the peer has, and tells what it asks for. Of a tag that it names, its items are all it has.
    pub(super) fn conclude(&mut self, span: Span, settled: &Settled) {
        let named = settled.items.iter().map(|item| Tag::of(&item.device));
        let named: BTreeSet<_> = named.chain(settled.asks.iter().copied()).collect();
        let mut told = Settled::default();
        for tag in named {
            let mine: Vec<_> = chains_of(self.tips, tag).map(|(device, tip)| Item::new(*device, *tip)).collect();
            self.compare(&mine, settled.items_of(tag));
            if settled.asks.binary_search(&tag).is_ok() && self.keep(mine.len().saturating_sub(1)) {
                told.items.extend(mine);
            }
        }
        self.push(span.upper, told.into_content());
    }

    /// Notes what differs between two full lists, both in the order of devices.
    fn compare(&mut self, mine: &[Item], theirs: &[Item]) {
        let find = |items: &[Item], device| items.binary_search_by_key(&device, |item| item.device).ok().map(|at| items[at].tip());
        let devices: BTreeSet<_> = mine.iter().chain(theirs).map(|item| item.device).collect();
        for device in devices {
            let (mine, theirs) = (find(mine, device), find(theirs, device));
            if mine != theirs {
                self.differences.push(Difference { device, mine, theirs: theirs.map(Claim::from) });
            }
        }
    }

    /// Takes chains off those that may still be named, if there are as many.
    fn keep(&mut self, chains: usize) -> bool {
        let left = self.chains.checked_sub(chains);
        self.chains = left.unwrap_or(self.chains);
        left.is_some()
    }
}

/// How many parts to fingerprint. A fingerprint takes 11 bytes and a chain in an outline 19, so with one to
/// five differences the fewest bytes are sent with 1.3 to 2.9 times the square root; more differences bring
/// so many operations with them that the outlines hardly matter.
fn parts_of(chains: usize) -> usize {
    (2 * chains.isqrt()).clamp(2, PARTS)
}

/// Where to cut into at most so many parts of about the same number of chains. Devices of one tag stay
/// together; none where all of them would.
fn cuts(chains: &[(&DeviceId, &Tip)], parts: usize) -> Vec<Tag> {
    let least = chains.len().div_ceil(parts.max(1));
    let (mut cuts, mut size) = (Vec::new(), 0);
    for pair in chains.windows(2) {
        size += 1;
        let [below, above] = [pair[0], pair[1]].map(|(device, _)| Tag::of(device));
        if let Some(cut) = Tag::separator(below, above).filter(|_| size >= least) {
            cuts.push(cut);
            size = 0;
        }
    }
    cuts
}
