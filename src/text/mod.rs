//! Text: folding with the way back to the original, and tokens.

/// How many characters of a message are read, before and after folding. The longest of 7,121 real messages has 9,016.
pub const MAX_CHARS: usize = 10_000;
