//! Payment references: what a member writes on a payment, so that it is known to be theirs.
//!
//! `FM-7K3Q-9XJD-38`: eight letters that are derived from the person and two that check them, in Crockford's base 32
//! (no I, L, O, U). The ten letters are a word of a Reed-Solomon code over 32 elements, whose words differ in three
//! places at least: one or two wrong letters, or two that changed places, never make another valid reference.

use crate::id::{CoopId, PersonId, tagged_hash};

/// Digits and letters in the order of their values (Crockford, <https://www.crockford.com/base32.html>).
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const PREFIX: [char; 2] = ['F', 'M'];
/// Letters that say who.
const NAMING: usize = 8;
/// With the two that check them.
const LETTERS: usize = NAMING + 2;

/// What a person writes on payments to a co-op.
pub fn payment_reference(coop: CoopId, person: PersonId) -> String {
    let hash = tagged_hash("folkmoot/payment-reference/1", &[&coop.0, &person.0]);
    let mut letters = [0; LETTERS];
    for (letter, bits) in letters.iter_mut().zip(hash) {
        *letter = bits & 31;
    }
    written(&with_checks(letters))
}

/// The payment references in a text, each once, in their usual form. Small letters, other or no dashes, blanks and line
/// breaks anywhere, and O for 0 or I and L for 1 make no difference.
pub fn find_references(text: &str) -> Vec<String> {
    let signs: Vec<char> = text.chars().filter(|c| c.is_alphanumeric()).map(|c| c.to_ascii_uppercase()).collect();
    let mut found = Vec::new();
    for window in signs.windows(PREFIX.len() + LETTERS).filter(|window| window.starts_with(&PREFIX)) {
        let mut letters = [0; LETTERS];
        let known = letters.iter_mut().zip(&window[PREFIX.len()..]).all(|(letter, sign)| value(*sign).map(|value| *letter = value).is_some());
        if known && syndromes(&letters) == (0, 0) {
            let reference = written(&letters);
            if !found.contains(&reference) {
                found.push(reference);
            }
        }
    }
    found
}

fn value(sign: char) -> Option<u8> {
    let sign = match sign {
        'O' => '0',
        'I' | 'L' => '1',
        sign => sign,
    };
    ALPHABET.iter().position(|letter| char::from(*letter) == sign).map(|value| value as u8)
}

fn written(letters: &[u8; LETTERS]) -> String {
    let letters: String = letters.iter().map(|letter| char::from(ALPHABET[usize::from(letter & 31)])).collect();
    format!("FM-{}-{}-{}", &letters[..4], &letters[4..8], &letters[8..])
}

/// Sets the last two letters so that both sums of the code are 0.
fn with_checks(mut letters: [u8; LETTERS]) -> [u8; LETTERS] {
    letters[NAMING..].fill(0);
    let (plain, weighted) = syndromes(&letters);
    let (first, second) = (power(NAMING), power(NAMING + 1));
    letters[NAMING + 1] = times(weighted ^ times(first, plain), inverse(first ^ second));
    letters[NAMING] = plain ^ letters[NAMING + 1];
    letters
}

/// The sum of the letters, and the sum of each times 2 to the power of its place.
fn syndromes(letters: &[u8; LETTERS]) -> (u8, u8) {
    letters.iter().enumerate().fold((0, 0), |(plain, weighted), (place, letter)| (plain ^ letter, weighted ^ times(*letter, power(place))))
}

/// Multiplies in the field of 32 elements: polynomials over bits modulo x^5 + x^2 + 1.
fn times(a: u8, b: u8) -> u8 {
    const MODULUS: u8 = 0b10_0101;
    let mut product = 0;
    for bit in (0..5).rev() {
        product <<= 1;
        if product & 32 != 0 {
            product ^= MODULUS;
        }
        if b >> bit & 1 == 1 {
            product ^= a;
        }
    }
    product
}

fn power(exponent: usize) -> u8 {
    (0..exponent).fold(1, |power, _| times(power, 2))
}

/// What makes 1 with it: its 30th power, since its 31st is 1.
fn inverse(element: u8) -> u8 {
    (0..30).fold(1, |power, _| times(power, element))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn reference(n: u8) -> String {
        payment_reference(CoopId([1; 32]), PersonId([n; 32]))
    }

    #[test]
    fn a_reference_is_the_persons_in_this_co_op_alone() {
        let alice = reference(1);
        assert_eq!(alice, payment_reference(CoopId([1; 32]), PersonId([1; 32])));
        assert_ne!(alice, reference(2));
        assert_ne!(alice, payment_reference(CoopId([2; 32]), PersonId([1; 32])));
        assert_eq!(alice.len(), "FM-7K3Q-9XJD-38".len());
    }

    #[test]
    fn a_reference_is_found_however_a_bank_writes_it() {
        let alice = reference(1);
        let bare = alice.replace('-', "");
        let texts = [
            alice.clone(),
            alice.to_lowercase(),
            format!("Dues Nov. {alice}, thanks"),
            format!("SVWZ+{bare}EREF+NOTPROVIDED"),
            alice.replace('-', " – "),
            format!("membership {}\r\n{}", &alice[..9], &alice[9..]),
            bare.chars().flat_map(|c| [c, ' ']).collect(),
            alice.replace('0', "O").replace('1', "l"),
            format!("FM {alice} FM"),
        ];
        for text in texts {
            assert_eq!(find_references(&text), [alice.as_str()], "{text}");
        }
    }

    #[test]
    fn several_references_are_found_once_each() {
        let (alice, bob) = (reference(1), reference(2));
        assert_eq!(find_references(&format!("{alice} {bob}/{}", alice.to_lowercase())), [alice, bob]);
        assert_eq!(find_references(""), Vec::<String>::new());
        assert_eq!(find_references("dues of FM-1234"), Vec::<String>::new());
    }

    #[test]
    fn every_element_has_its_inverse() {
        assert!((1..32).all(|element| times(element, inverse(element)) == 1));
        assert_eq!((0..31).map(power).collect::<std::collections::BTreeSet<u8>>().len(), 31);
    }

    proptest! {
        #[test]
        fn a_typo_makes_no_other_reference(person: [u8; 32], first in 0..LETTERS, second in 0..LETTERS, change in 1..32u8, other in 0..32u8) {
            let good = payment_reference(CoopId([1; 32]), PersonId(person));
            let signs: Vec<char> = good.chars().filter(|c| *c != '-').skip(2).collect();
            let mut letters = [0; LETTERS];
            letters.iter_mut().zip(&signs).for_each(|(letter, sign)| *letter = value(*sign).unwrap());
            prop_assert_eq!(syndromes(&letters), (0, 0));
            let mut wrong = letters;
            wrong[first] ^= change;
            if second != first {
                wrong[second] ^= other;
            }
            prop_assert_ne!(syndromes(&wrong), (0, 0));
            let mut swapped = letters;
            swapped.swap(first, second);
            prop_assert!(swapped == letters || syndromes(&swapped) != (0, 0));
        }

        #[test]
        fn any_text_is_searched(text: String) {
            for reference in find_references(&text) {
                prop_assert_eq!(find_references(&reference), [reference.clone()]);
            }
        }
    }
}
