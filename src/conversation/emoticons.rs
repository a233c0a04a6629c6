//! Emoticons beside the words of a message.

use aho_corasick::{AhoCorasick, MatchKind};

/// The most bytes of a message in which emoticons are looked for. A longer one says more than they do.
const MAX_BYTES: usize = 1_000;

/// The friendly emoticons of a rulebook: emoji, and the codes that a channel writes for its own.
#[derive(Clone, Debug, Default)]
pub(crate) struct Emoticons {
    listed: Option<AhoCorasick>,
}

/// A message without its emoticons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WithoutEmoticons {
    /// The rest of the folded message.
    pub(crate) rest: String,
    /// Whether the message has a listed one.
    pub(crate) listed: bool,
    /// Whether the message has another symbol. It may say the opposite of the words.
    pub(crate) other: bool,
}

impl Emoticons {
    /// `listed` are folded.
    pub(crate) fn new(listed: &[String]) -> Self {
        let listed = listed.iter().filter(|listed| !listed.is_empty());
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(listed);
        Self {
            // A list that is too large for an automaton is no list of emoticons.
            listed: automaton.ok().filter(|listed| listed.patterns_len() > 0),
        }
    }

    /// Takes the listed emoticons out of a folded message.
    pub(crate) fn taken_out(&self, folded: &str) -> WithoutEmoticons {
        let mut rest = String::new();
        let mut found = false;
        let listed = self.listed.as_ref().filter(|_| folded.len() <= MAX_BYTES);
        match listed {
            None => rest.push_str(folded),
            Some(listed) => listed.replace_all_with(folded, &mut rest, |_, _, rest| {
                found = true;
                rest.push(' ');
                true
            }),
        }
        WithoutEmoticons {
            listed: found,
            other: rest.chars().any(is_symbol),
            rest,
        }
    }
}

/// Whether a character is a symbol such as an emoji. The tones of skin after an emoji are none.
fn is_symbol(c: char) -> bool {
    matches!(c, '\u{2190}'..='\u{2BFF}' | '\u{1F000}'..)
        && !matches!(c, '\u{1F3FB}'..='\u{1F3FF}')
        && !c.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::fold;

    #[test]
    fn listed_emoticons_are_taken_out_and_others_stay() {
        let listed = ["[玫瑰]", "/::)", "👍"].map(|listed| fold(listed).as_str().trim().to_owned());
        let emoticons = Emoticons::new(&listed);
        let of = |text: &str| {
            let without = emoticons.taken_out(fold(text).as_str());
            (without.rest.trim().to_owned(), without.listed, without.other)
        };
        assert_eq!(of("谢谢[玫瑰][玫瑰]"), ("谢谢".to_owned(), true, false));
        assert_eq!(of("好/::)"), ("好".to_owned(), true, false));
        assert!(of("👍🏻").1 && !of("👍🏻").2);
        assert!(of("👍😡").2 && of("谢谢😭").2);
        assert_eq!(of("玫瑰"), ("玫瑰".to_owned(), false, false));
    }
}
