//! Folding: one spelling for everything that a reader takes for the same, with the way back to the original.

use std::ops::Range;
use std::sync::OnceLock;

use super::normalizer::normalize_text;
use super::offset_map::OffsetMap;
use super::phrases::PHRASES;
use super::table::TABLE;
use crate::reply::Span;

/// A text folded for matching: NFKC, lower case, simplified characters, no invisible ones.
///
/// Line ends stay; other white space is one space, and none beside a Chinese character. Punctuation stays, in its
/// half-width form where it has one, so that no word is seen across the end of a sentence. A traditional character
/// becomes what the phrase it stands in asks for, as OpenCC's phrases have it.
///
/// ```
/// use civic_reply::text::fold;
///
/// let folded = fold("  ＡＢＣ 戶\u{200B}口?");
/// assert_eq!(folded.as_str(), "abc户口?");
/// let span = folded.original_span(3..9);
/// assert_eq!(&folded.original()[span.start..span.end], "戶\u{200B}口");
/// ```
#[derive(Clone, Debug)]
pub struct Folded<'a> {
    original: &'a str,
    text: String,
    chars: usize,
    truncated: bool,
    /// Made when the first place is asked for: few texts ever are.
    way: OnceLock<OffsetMap>,
}

impl<'a> Folded<'a> {
    /// The folded text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The text that was folded.
    pub fn original(&self) -> &'a str {
        self.original
    }

    /// How many characters the folded text has, at most [`MAX_CHARS`](crate::message::MAX_CHARS).
    pub fn chars(&self) -> usize {
        self.chars
    }

    /// Whether the original was longer than what was read of it.
    pub fn is_truncated(&self) -> bool {
        self.truncated
    }

    /// Whether nothing readable is left: no letter, no digit, no symbol.
    pub fn is_blank(&self) -> bool {
        self.text.chars().all(char::is_whitespace)
    }

    /// The folded text's letters and digits alone: what is left when punctuation and spaces do not count.
    pub fn bare(&self) -> String {
        self.text.chars().filter(|&c| is_bare(c)).collect()
    }

    /// [`bare`](Self::bare), unless it has more than `max` bytes: then it is not read to its end.
    pub(crate) fn bare_within(&self, max: usize) -> Option<String> {
        let mut bare = String::new();
        for c in self.text.chars().filter(|&c| is_bare(c)) {
            if bare.len() + c.len_utf8() > max {
                return None;
            }
            bare.push(c);
        }
        Some(bare)
    }

    /// The bytes of the original that folded into `range`'s bytes of the folded text.
    ///
    /// Invisible characters inside the range belong to it, those at its ends do not. A range that cuts a character means
    /// all of it; an empty one, or one past the end, gives the end of the original.
    pub fn original_span(&self, range: Range<usize>) -> Span {
        let nowhere = Span {
            start: self.original.len(),
            end: self.original.len(),
        };
        let start = self.text.floor_char_boundary(range.start);
        let end = self.text.ceil_char_boundary(range.end);
        if start >= end {
            return nowhere;
        }
        self.way
            .get_or_init(|| self.way())
            .span(start, end)
            .unwrap_or(nowhere)
    }

    /// Walks the original again, this time with a trail.
    fn way(&self) -> OffsetMap {
        let mut way = OffsetMap::default();
        if normalize_text(self.original, &mut way, false).is_some() {
            return way;
        }
        let mut way = OffsetMap::default();
        match normalize_text(self.original, &mut way, true) {
            Some(normalized) => way.onto(&normalized.text, &self.text),
            None => way,
        }
    }
}

/// Folds a text. At most [`MAX_CHARS`](crate::message::MAX_CHARS) characters are read, and at most as many come out; a
/// character keeps at most 30 marks.
pub fn fold(text: &str) -> Folded<'_> {
    let mut folded = Folded {
        original: text,
        text: String::new(),
        chars: 0,
        truncated: false,
        way: OnceLock::new(),
    };
    let (normalized, phrases) = match normalize_text(text, &mut (), false) {
        Some(normalized) => (Some(normalized), false),
        None => (normalize_text(text, &mut (), true), true),
    };
    if let Some(normalized) = normalized {
        folded.chars = normalized.chars;
        folded.truncated = normalized.read < text.len();
        folded.text = if phrases {
            PHRASES.resolve(&normalized.text, |c| TABLE.alone(c))
        } else {
            normalized.text
        };
    }
    folded
}

/// Whether a folded text may hold `c`, on its own or kept by a phrase.
pub(crate) fn may_stand_folded(c: char) -> bool {
    // At the ends of a text white space is taken off.
    let alone = format!("a{c}a");
    fold(&alone).as_str() == alone || PHRASES.keeps(c)
}

/// Whether a character counts when punctuation and spaces do not.
fn is_bare(c: char) -> bool {
    // Most of a message: the table behind `is_alphanumeric` takes several times longer to ask.
    matches!(c, '\u{4E00}'..='\u{9FFF}') || c.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "tests fail by panicking"
    )]

    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization;

    use super::*;
    use crate::message::MAX_CHARS;

    #[test]
    fn spellings_of_one_word_become_one() {
        for text in [
            "戶口",
            "⼾口",
            "户\u{AD}口",
            "户 口",
            "\u{202E}户口\u{2069}",
            "户\u{FE0F}口",
        ] {
            assert_eq!(fold(text).as_str(), "户口", "{text:?}");
        }
        assert_eq!(fold("Ｅ－Ｍａｉｌ　ＡＤＤＲＥＳＳ").as_str(), "e-mail address");
        assert_eq!(fold("公\u{200B}积\u{AD}金").as_str(), "公积金");
        assert_eq!(fold("cafe\u{301}").as_str(), "café");
        assert_eq!(fold("①号").as_str(), "1号");
    }

    #[test]
    fn a_cyrillic_letter_is_not_a_latin_one() {
        assert_ne!(fold("v\u{0430}t").as_str(), "vat");
    }

    #[test]
    fn the_length_limit_holds_after_a_character_that_expands() {
        let folded = fold_owned(&"\u{FDFA}".repeat(MAX_CHARS));
        assert!(folded.chars().count() <= MAX_CHARS);
        let many = "\u{FDFA}".repeat(1000);
        assert!(fold(&many).chars() <= MAX_CHARS);
        assert!(fold(&many).is_truncated());
    }

    #[test]
    fn a_long_run_of_marks_stays_bounded() {
        let text = format!("e{}", "\u{301}".repeat(200_000));
        assert!(fold(&text).chars() <= MAX_CHARS);
    }

    #[test]
    fn spans_lead_back_to_the_original() {
        let text = "我要 戶\u{200B}口，謝謝";
        let folded = fold(text);
        let at = folded.as_str().find("户口").unwrap();
        let span = folded.original_span(at..at + "户口".len());
        assert_eq!(&text[span.start..span.end], "戶\u{200B}口");
    }

    fn fold_owned(text: &str) -> String {
        fold(text).as_str().to_owned()
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in any::<String>()) {
            let once = fold_owned(&text);
            prop_assert_eq!(fold_owned(&once), once);
        }

        #[test]
        fn every_span_is_a_range_of_the_original(text in any::<String>()) {
            let folded = fold(&text);
            for (at, c) in folded.as_str().char_indices() {
                let span = folded.original_span(at..at + c.len_utf8());
                prop_assert!(text.get(span.start..span.end).is_some());
            }
        }

        #[test]
        fn chinese_text_folds_like_nfkc_and_lower_case(text in "[\u{4E00}-\u{4E20}a-zA-ZＡ-Ｚ０-９。，]{0,40}") {
            let nfkc: String = text.nfkc().flat_map(char::to_lowercase).collect();
            let simplified = hanconv::t2s(&nfkc);
            prop_assert_eq!(fold_owned(&text), simplified);
        }
    }
}
