//! Why a listed word in a message does not count.

use serde::Serialize;

/// Why a word of a list, such as an emergency word, does not count where it stands in a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "why", rename_all = "snake_case")]
#[non_exhaustive]
pub enum WhyNot {
    /// The characters belong to another word.
    PartOf {
        /// The other word, folded.
        word: String,
    },
    /// Another word of its clause negates it.
    Negated {
        /// The negation, folded.
        word: String,
    },
}
