//! Keyword rules: compiled once, matched in one pass over a message.

mod alphabet;
mod compile;
mod evaluate;
mod moment;
mod near;
mod patterns;
mod scan;
mod settle;
#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]
mod tests;

pub use compile::{KeywordError, KeywordIndex};
pub use evaluate::{Door, Fired, Matches};
pub use moment::Moment;
pub use settle::{Act, Ruling, settle};
