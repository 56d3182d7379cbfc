//! What voters have left, and what they pay: exact fractions.

use num_bigint::BigUint;
use std::cmp::Ordering;

/// A fraction; its denominator is not zero.
#[derive(Debug, Clone)]
pub(super) struct Fraction(BigUint, BigUint);

impl Ord for Fraction {
    fn cmp(&self, other: &Self) -> Ordering {
        (&self.0 * &other.1).cmp(&(&other.0 * &self.1))
    }
}

impl PartialOrd for Fraction {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Fraction {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Fraction {}

/// The voters' purses. Many hold the same, so that each different content is kept once.
#[derive(Debug)]
pub(super) struct Purses {
    /// As what an amount of 1 is counted.
    one: BigUint,
    /// The different contents, the smallest first.
    contents: Vec<BigUint>,
    /// The place of each voter's content among them.
    of_voter: Vec<usize>,
}

/// What supporters pay for something: each the same, or all that they have where it is less.
#[derive(Debug)]
pub(super) struct Price {
    /// What they pay who have enough, all together,
    rest: BigUint,
    /// and how many they are.
    payers: usize,
}

impl Purses {
    /// An amount in equal parts.
    pub(super) fn filled(amount: u128, voters: usize) -> Self {
        Self { one: BigUint::from(voters), contents: vec![BigUint::from(amount)], of_voter: vec![0; voters] }
    }

    /// The price at which supporters can pay a cost, if they can.
    pub(super) fn price(&self, cost: u128, supporters: &[usize]) -> Option<Price> {
        let mut purses: Vec<usize> = supporters.iter().map(|voter| self.of_voter[*voter]).collect();
        purses.sort_unstable();
        let mut rest = &self.one * cost;
        let mut payers = purses.len();
        for alike in purses.chunk_by(|a, b| a == b) {
            let content = &self.contents[alike[0]];
            if content * payers >= rest {
                return Some(Price { rest, payers });
            }
            rest -= content * alike.len();
            payers -= alike.len();
        }
        None
    }

    /// What each pays at the most, for each unit of a cost.
    pub(super) fn rate(&self, price: &Price, cost: u128) -> Fraction {
        Fraction(price.rest.clone(), &self.one * price.payers * cost)
    }

    /// Supporters pay.
    pub(super) fn pay(&mut self, price: &Price, supporters: &[usize]) {
        let factor = price.payers / common_divisor(&price.rest, price.payers);
        self.one *= factor;
        self.contents.iter_mut().for_each(|content| *content *= factor);
        let each = &price.rest * factor / price.payers;
        let before = self.contents.len();
        // What is left of a content once it has paid stands so many places behind it, until all are put in order.
        let left = |content: &BigUint| if *content > each { content - &each } else { BigUint::ZERO };
        let after: Vec<BigUint> = self.contents.iter().map(left).collect();
        self.contents.extend(after);
        supporters.iter().for_each(|voter| self.of_voter[*voter] += before);
        self.put_in_order();
    }

    fn put_in_order(&mut self) {
        let mut held = vec![false; self.contents.len()];
        self.of_voter.iter().for_each(|place| held[*place] = true);
        let mut order: Vec<usize> = (0..held.len()).filter(|place| held[*place]).collect();
        order.sort_by(|a, b| self.contents[*a].cmp(&self.contents[*b]));
        let mut places = vec![0; held.len()];
        let mut contents: Vec<BigUint> = Vec::new();
        for old in order {
            if contents.last() != Some(&self.contents[old]) {
                contents.push(std::mem::take(&mut self.contents[old]));
            }
            places[old] = contents.len() - 1;
        }
        self.of_voter.iter_mut().for_each(|place| *place = places[*place]);
        self.contents = contents;
    }
}

/// The greatest; of 0 and a number the number.
fn common_divisor(large: &BigUint, small: usize) -> usize {
    let rest = usize::try_from(large % small).unwrap_or(0);
    let (mut a, mut b) = (small, rest);
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A purse's content in sixths.
    fn sixths(purses: &Purses, voter: usize) -> BigUint {
        let content: BigUint = &purses.contents[purses.of_voter[voter]] * 6u32;
        assert_eq!(&content % &purses.one, BigUint::ZERO);
        content / &purses.one
    }

    #[test]
    fn those_who_have_less_pay_what_they_have() {
        let mut purses = Purses::filled(30, 3);
        // 0 and 1 pay 8 each.
        purses.pay(&purses.price(16, &[0, 1]).unwrap(), &[0, 1]);
        assert_eq!([0, 1, 2].map(|voter| sixths(&purses, voter)), [12u32, 12, 60].map(BigUint::from));
        // 1 has 2 only, 2 pays 7.
        let price = purses.price(9, &[1, 2]).unwrap();
        assert_eq!(purses.rate(&price, 9), Fraction(BigUint::from(7u32), BigUint::from(9u32)));
        purses.pay(&price, &[1, 2]);
        assert_eq!([0, 1, 2].map(|voter| sixths(&purses, voter)), [12u32, 0, 18].map(BigUint::from));
        assert!(purses.price(6, &[0, 1, 2]).is_none());
        // 5/3 each would be too much for nobody: 0 pays 2, 2 pays 3.
        purses.pay(&purses.price(5, &[0, 1, 2]).unwrap(), &[0, 1, 2]);
        assert_eq!(purses.contents, [BigUint::ZERO]);
    }

    #[test]
    fn thirds_are_exact() {
        let mut purses = Purses::filled(10, 1);
        purses.pay(&Price { rest: &purses.one * 1u32, payers: 3 }, &[0]);
        assert_eq!(sixths(&purses, 0), BigUint::from(58u32));
    }
}
