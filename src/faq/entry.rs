//! What goes into the index and what comes out.

use super::Measures;
use crate::message::EntryId;

/// An entry as the index reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its id, one of its kind in the bank.
    pub id: EntryId,
    /// The ways to ask it, the question first. At least one holds a letter, a digit or a Chinese character.
    pub phrasings: Vec<String>,
    /// The text of its answer; it says what the entry is about where the phrasings do not.
    pub answer: Option<String>,
}

/// An entry that may answer the message.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The entry's place in the slice that the index was built from.
    pub entry: usize,
    /// The entry's id.
    pub id: EntryId,
    /// The probability that the entry answers the message, in `0..=1`.
    pub confidence: f64,
    /// Which of the entry's phrasings is nearest to the message.
    pub phrasing: usize,
    /// What the confidence was made from.
    pub measures: Measures,
}
