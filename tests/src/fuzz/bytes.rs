use arbitrary::Unstructured;

/// Bytes that values are built from. Where they end, everything is 0: any bytes build something.
pub struct Bytes<'a>(Unstructured<'a>);

impl<'a> Bytes<'a> {
    /// Begins at the first byte.
    pub fn new(data: &'a [u8]) -> Self {
        Self(Unstructured::new(data))
    }

    /// Whether all are used up.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One byte.
    pub fn byte(&mut self) -> u8 {
        self.0.arbitrary().unwrap_or(0)
    }

    /// One time in two.
    pub fn coin(&mut self) -> bool {
        self.byte() & 1 == 1
    }

    /// A number below `n`, which is at least 1.
    pub fn below(&mut self, n: usize) -> usize {
        self.0.int_in_range(0..=n.max(1) - 1).unwrap_or(0)
    }

    /// Any number, small ones and those at the ends more often.
    pub fn number(&mut self) -> u64 {
        match self.byte() {
            n @ 0..=199 => n.into(),
            200..=219 => self.0.arbitrary::<u16>().unwrap_or(0).into(),
            220..=229 => u64::MAX - u64::from(self.byte()),
            230..=239 => (1u64 << 53).wrapping_add_signed(i64::from(self.byte() as i8)),
            _ => self.0.arbitrary().unwrap_or(0),
        }
    }

    /// So many bytes.
    pub fn array<const N: usize>(&mut self) -> [u8; N] {
        let mut array = [0; N];
        let _ = self.0.fill_buffer(&mut array);
        array
    }

    /// A piece of the bytes, of at most 255.
    pub fn piece(&mut self) -> &'a [u8] {
        let most = self.0.len().min(usize::from(self.byte()));
        let most = most.min(self.0.len());
        self.0.bytes(most).unwrap_or_default()
    }

    /// All that is left.
    pub fn rest(self) -> &'a [u8] {
        self.0.take_rest()
    }

    /// A text: any one, or one that is likely to pass the rules.
    pub fn text(&mut self) -> String {
        let piece = self.piece();
        match std::str::from_utf8(piece) {
            Ok(text) => text.to_owned(),
            Err(_) => piece.iter().map(|byte| char::from(b'a' + byte % 26)).collect(),
        }
    }

    /// One of several.
    pub fn pick<'b, T>(&mut self, from: &'b [T]) -> Option<&'b T> {
        let n = self.below(from.len());
        from.get(n)
    }
}
