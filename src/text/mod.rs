//! Text: folding with the way back to the original, tokens, and what is safe to show.
//!
//! Keywords, FAQ phrasings and citizens' messages go through the same [`fold`], so that two spellings that a
//! reader takes for one are one.

mod clean;
mod fill;
mod fold;
mod normalizer;
mod offset_map;
mod phrases;
mod redact;
mod split;
mod synonyms;
mod table;
mod tokens;
mod word_boundary;

pub use clean::{clean, clean_line};
pub use fill::fill;
pub(crate) use fold::may_stand_folded;
pub use fold::{Folded, fold};
pub use redact::redact;
pub use split::split_bytes;
pub(crate) use synonyms::Synonyms;
pub use table::is_ignorable;
pub use tokens::{TokenKind, Tokens};
pub(crate) use word_boundary::is_whole_word;
