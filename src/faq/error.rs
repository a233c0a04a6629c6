//! Errors of the FAQ index.

use thiserror::Error;

use crate::message::EntryId;

/// An index that can't be built or searched.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FaqError {
    /// Two entries have one id.
    #[error("two FAQ entries have the id `{0}`: give one of them another")]
    DuplicateEntry(EntryId),
    /// No phrasing of an entry contains a letter, a digit or a Chinese character.
    #[error("FAQ entry `{0}` has no phrasing with a letter, a digit or a Chinese character")]
    NoPhrasing(EntryId),
    /// The bank is larger than the index can number.
    #[error("the FAQ has {found} {what}, and at most {limit} fit")]
    TooLarge {
        /// The items that are limited.
        what: &'static str,
        /// The number found.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// A group of synonyms can't be used.
    #[error("the synonyms can't be used: {0}")]
    Synonyms(String),
    /// The host's reranker failed.
    #[error("the reranker failed: {0}")]
    Reranker(String),
    /// tantivy failed.
    #[error("the FAQ index can't be built: {0}")]
    Index(String),
}

impl From<tantivy::TantivyError> for FaqError {
    fn from(error: tantivy::TantivyError) -> Self {
        Self::Index(error.to_string())
    }
}

impl From<std::io::Error> for FaqError {
    fn from(error: std::io::Error) -> Self {
        Self::Index(error.to_string())
    }
}
