//! The words that keys of the charter take, as types.

use std::fmt;

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$about:meta])* $variant:ident = $word:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$about])* $variant,)*
        }

        impl $name {
            /// All of them, as they are written.
            pub const WORDS: &'static [&'static str] = &[$($word),*];

            /// The one that is written so.
            pub fn of(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$variant => $word,)* })
            }
        }
    )*};
}

words! {
    /// How ballots are made.
    BallotMode {
        /// Signed, and shown with the voter's name once the vote is closed.
        Open = "open",
    }

    /// What becomes of the ballots of people whom a bill names as its beneficiaries.
    ConflictRule {
        /// They are shown but not counted.
        Shown = "shown",
        /// They are counted like any other.
        Counted = "counted",
    }

    /// Of what a fraction is taken.
    Denominator {
        /// Of the ballots for and against.
        Cast = "cast",
        /// Of everybody on the body's roll.
        Body = "body",
    }

    /// Where the one ballot of a worker counts who also pays dues.
    DualBallots {
        /// In both bodies.
        Both = "both",
        /// Among consumers only.
        Consumers = "consumers",
        /// Among workers only.
        Workers = "workers",
    }

    /// What a body does in which nobody is.
    EmptyBody {
        /// It cannot approve, so that only the override passes anything.
        Override = "override",
        /// The other body decides alone.
        Waived = "waived",
    }

    /// Who elects and recalls the moderators of a community.
    ModeratorVoters {
        /// Those who take part in it.
        Participants = "participants",
        /// Everybody who may vote on bills.
        Members = "members",
    }

    /// Who may propose a bill.
    Proposers {
        /// Everybody in either body.
        Members = "members",
        /// Consumers only.
        Consumers = "consumers",
        /// Workers only.
        Workers = "workers",
    }
}
