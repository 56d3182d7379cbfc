//! The shortest list that still fails.

use super::{
    list::Deed,
    run::{Failure, check_deeds},
};

/// Drops deeds, many at once and then one by one, as long as what is left still fails.
pub fn shortest(mut failure: Failure) -> Failure {
    let mut size = failure.deeds.len() / 2;
    while size > 0 {
        let mut from = 0;
        let mut shrunk = false;
        while from < failure.deeds.len() {
            let rest: Vec<Deed> = failure.deeds.iter().enumerate().filter(|(at, _)| !(from..from + size).contains(at)).map(|(_, deed)| *deed).collect();
            match check_deeds(failure.seed, &rest) {
                Some(shorter) => {
                    failure = shorter;
                    shrunk = true;
                }
                None => from += size,
            }
        }
        if !shrunk || size > 1 {
            size /= 2;
        }
    }
    failure
}
