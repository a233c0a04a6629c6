//! Synonyms: every word of a group is replaced by the group's first.

use std::borrow::Cow;

use aho_corasick::{AhoCorasick, MatchKind};

use super::FaqError;
use crate::text::fold;

/// Compiled groups of synonyms.
#[derive(Debug, Default)]
pub(super) struct Synonyms {
    matcher: Option<AhoCorasick>,
    /// The replacement of each of the matcher's words.
    heads: Vec<String>,
}

impl Synonyms {
    /// Compiles the groups. A word in two groups belongs to the first one. Words without readable
    /// characters are skipped.
    pub(super) fn new(groups: &[Vec<String>]) -> Result<Self, FaqError> {
        let mut words: Vec<String> = Vec::new();
        let mut heads = Vec::new();
        for group in groups {
            let mut folded = group.iter().map(|word| fold(word).as_str().to_owned());
            let Some(head) = folded.next().filter(|head| !head.is_empty()) else {
                continue;
            };
            // The first word is a pattern too, so that a shorter synonym inside it is not replaced.
            for word in std::iter::once(head.clone()).chain(folded) {
                if !word.is_empty() && !words.contains(&word) {
                    words.push(word);
                    heads.push(head.clone());
                }
            }
        }
        if words.is_empty() {
            return Ok(Self::default());
        }
        let matcher = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(&words)
            .map_err(|error| FaqError::Synonyms(error.to_string()))?;
        Ok(Self {
            matcher: Some(matcher),
            heads,
        })
    }

    /// Replaces every synonym by the first word of its group.
    pub(super) fn replace<'t>(&self, folded: &'t str) -> Cow<'t, str> {
        let Some(matcher) = &self.matcher else {
            return Cow::Borrowed(folded);
        };
        let mut out = String::new();
        let mut copied = 0;
        for found in matcher.find_iter(folded) {
            if !stands_alone(folded, found.start(), found.end()) {
                continue;
            }
            out.push_str(folded.get(copied..found.start()).unwrap_or_default());
            out.push_str(
                self.heads
                    .get(found.pattern().as_usize())
                    .map_or("", String::as_str),
            );
            copied = found.end();
        }
        if copied == 0 {
            return Cow::Borrowed(folded);
        }
        out.push_str(folded.get(copied..).unwrap_or_default());
        Cow::Owned(out)
    }
}

/// Whether a match does not split a word of Latin letters or digits, as `id` would in `paid`.
fn stands_alone(text: &str, start: usize, end: usize) -> bool {
    let joins = |a: Option<char>, b: Option<char>| {
        a.is_some_and(|c| c.is_ascii_alphanumeric()) && b.is_some_and(|c| c.is_ascii_alphanumeric())
    };
    let before = text.get(..start).unwrap_or_default().chars().next_back();
    let inside = text.get(start..end).unwrap_or_default();
    let after = text.get(end..).unwrap_or_default().chars().next();
    !joins(before, inside.chars().next()) && !joins(inside.chars().next_back(), after)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    fn synonyms(groups: &[&[&str]]) -> Synonyms {
        let groups: Vec<Vec<String>> = groups
            .iter()
            .map(|group| group.iter().map(|&word| word.to_owned()).collect())
            .collect();
        Synonyms::new(&groups).unwrap()
    }

    #[test]
    fn the_longest_synonym_is_replaced_by_the_first_word() {
        let synonyms = synonyms(&[&["身份证", "二代证", "居民身份证", "ID"]]);
        assert_eq!(synonyms.replace("居民身份证丢了"), "身份证丢了");
        assert_eq!(synonyms.replace("补办id和二代证"), "补办身份证和身份证");
        assert_eq!(synonyms.replace("have you paid"), "have you paid");
    }

    #[test]
    fn empty_words_replace_nothing() {
        let synonyms = synonyms(&[&["", "户口"], &["公积金", "\u{200B}"], &[]]);
        assert_eq!(synonyms.replace("户口和公积金"), "户口和公积金");
    }
}
