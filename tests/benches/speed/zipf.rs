//! Text whose words are as unevenly common as those of a language (Zipf: the n-th word comes 1/n as often).

use folkmoot_tests::random::Random;

const WORDS: usize = 20_000;
const SYLLABLES: [&str; 24] =
    ["ba", "ke", "ri", "to", "mun", "sel", "da", "ve", "no", "li", "par", "go", "hen", "tu", "mi", "ras", "lo", "fe", "kan", "wi", "sto", "be", "dru", "al"];

/// Writes texts.
pub(crate) struct Zipf {
    words: Vec<String>,
    /// The sum of the weights up to each word.
    sums: Vec<f64>,
    random: Random,
}

impl Zipf {
    pub(crate) fn new(seed: u64) -> Self {
        let words = (0..WORDS).map(word).collect();
        let mut sum = 0.0;
        let sums = (1..=WORDS).map(|rank| {
            sum += 1.0 / rank as f64;
            sum
        });
        Self { words, sums: sums.collect(), random: Random::new(seed) }
    }

    /// The word of a rank, 0 being the most common.
    pub(crate) fn word(rank: usize) -> String {
        word(rank)
    }

    /// A text of just so many bytes.
    pub(crate) fn text(&mut self, bytes: usize) -> String {
        let mut text = String::with_capacity(bytes + 16);
        while text.len() < bytes {
            if !text.is_empty() {
                text.push(if self.random.one_in(60) { '\n' } else { ' ' });
            }
            let at = self.random.below(1 << 53) as f64 / (1u64 << 53) as f64 * self.sums[WORDS - 1];
            text.push_str(&self.words[self.sums.partition_point(|sum| *sum < at).min(WORDS - 1)]);
        }
        text.truncate(bytes);
        // A line may not end in white space, and a title has one line alone.
        let text = text.trim_end().to_owned();
        if bytes < 100 { text.replace('\n', " ") } else { text }
    }
}

/// Syllables that spell the rank, so that no two words are alike and the common ones are short.
fn word(rank: usize) -> String {
    let mut rest = rank;
    let mut word = String::new();
    loop {
        word.push_str(SYLLABLES[rest % SYLLABLES.len()]);
        rest /= SYLLABLES.len();
        if rest == 0 {
            return word;
        }
        rest -= 1;
    }
}
