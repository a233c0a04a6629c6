//! Text processing: folding with offsets into the original, tokens, and safe display.
//!
//! Keywords, FAQ phrasings and citizens' messages all go through [`fold`], so that spellings that read the
//! same match.

#![cfg_attr(
    not(feature = "testing"),
    allow(
        unreachable_pub,
        unused_imports,
        dead_code,
        reason = "tests and benches reach more with the feature `testing`"
    )
)]

mod clean;
mod fill;
mod fold;
mod negation;
mod normalizer;
mod offset_map;
mod other_words;
mod phrases;
mod redact;
mod segments;
mod split;
mod synonyms;
mod table;
mod tokens;
mod word_boundary;
mod work;

pub use clean::clean_line;
pub(crate) use fold::may_stand_folded;
pub(crate) use negation::{NegationWords, Negations};
pub(crate) use other_words::{OtherWords, OwnWords};
pub use redact::redact;
pub(crate) use segments::InDoubt;
pub use split::split_bytes;
pub(crate) use synonyms::Synonyms;
pub(crate) use word_boundary::is_whole_word;
pub(crate) use work::count;

// Only tests, benches and the measuring examples reach these.
testing_use! {
    pub use clean::clean;
    pub use fill::fill;
    pub use fold::{Folded, fold};
    pub use table::is_ignorable;
    pub use tokens::{TokenKind, Tokens};
}
#[cfg(feature = "testing")]
pub use work::count_steps;
