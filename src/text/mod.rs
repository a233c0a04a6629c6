//! Text processing: folding with offsets into the original, tokens, and safe display.
//!
//! Keywords, FAQ phrasings and citizens' messages all go through [`fold`], so that spellings that read the
//! same match.

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
