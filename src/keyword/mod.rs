//! Keyword rules, which are compiled once and matched in one pass over a message.

mod alphabet;
mod compile;
mod context;
mod evaluate;
mod near;
mod patterns;
mod person_words;
mod resolve;
mod scan;
#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]
mod tests;

pub use compile::{KeywordError, KeywordIndex};
pub use context::MatchState;
pub use evaluate::{Fired, MatchContext, Matches};
pub use person_words::{NotMeant, WordList};
pub use resolve::{RuleAction, WinningRule, resolve};
