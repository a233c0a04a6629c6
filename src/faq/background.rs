//! Background sentences: everyday sentences that no entry answers.

use std::sync::LazyLock;

/// One sentence a line; `#` begins a comment.
static SENTENCES: LazyLock<Vec<&str>> = LazyLock::new(|| {
    include_str!("background.txt")
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect()
});

/// The sentences: small talk, opinions, chores, sights; half of them Chinese, half English.
pub(crate) fn sentences() -> &'static [&'static str] {
    &SENTENCES
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Tokens, fold};

    #[test]
    fn every_sentence_has_words_and_none_stands_twice() {
        let mut seen = std::collections::BTreeSet::new();
        for sentence in sentences() {
            assert!(!Tokens::of(fold(sentence).as_str()).is_empty(), "{sentence}");
            assert!(seen.insert(sentence), "{sentence}");
        }
        assert!(seen.len() >= 290, "{}", seen.len());
    }
}
