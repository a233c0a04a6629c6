//! The input and output of the index.

use super::Measures;
use crate::message::EntryId;

/// An entry to index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its id, unique in the bank.
    pub id: EntryId,
    /// The phrasings of its question, the main one first. At least one contains a letter, a digit or a
    /// Chinese character.
    pub phrasings: Vec<String>,
    /// The text of its answer. It adds words on the subject that the phrasings may lack.
    pub answer: Option<String>,
}

/// An entry that may answer the message.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The entry's position in the slice that the index was built from.
    pub entry: usize,
    /// The entry's id.
    pub id: EntryId,
    /// The probability that the entry answers the message, in `0..=1`.
    pub confidence: f64,
    /// The position of the phrasing that is most similar to the message, in the entry's list.
    pub phrasing: usize,
    /// The measures from which the confidence was computed.
    pub measures: Measures,
}
