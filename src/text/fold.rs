//! Folding maps spellings that read the same to one spelling, and offsets back to the original.

use std::ops::Range;
use std::sync::OnceLock;

use super::count;
use super::normalizer::normalize_text;
use super::offset_map::OffsetMap;
use super::phrases::PHRASES;
use super::table::TABLE;
use crate::reply::Span;

/// A text folded for matching: NFKC, lower case, simplified Chinese, without invisible characters.
///
/// Line ends stay. Other white space becomes one space, and none next to a Chinese character. Punctuation
/// stays, in its half-width form if it has one, so that no keyword matches across the end of a sentence. A
/// traditional character is simplified according to the phrase that contains it, as in OpenCC's phrase table.
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
    /// Computed on the first call of `original_span`, because few texts need it.
    offset_map: OnceLock<OffsetMap>,
}

impl<'a> Folded<'a> {
    /// The folded text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The text before folding.
    pub fn original(&self) -> &'a str {
        self.original
    }

    /// The number of characters of the folded text, at most [`MAX_CHARS`](crate::message::MAX_CHARS).
    pub fn chars(&self) -> usize {
        self.chars
    }

    /// Whether the original was too long, so that its end was left out.
    pub fn is_truncated(&self) -> bool {
        self.truncated
    }

    /// Whether the folded text is empty or consists of white space.
    pub fn is_blank(&self) -> bool {
        self.text.chars().all(char::is_whitespace)
    }

    /// The letters and digits of the folded text, without punctuation, symbols and spaces.
    pub fn bare(&self) -> String {
        self.text.chars().filter(|&c| is_bare(c)).collect()
    }

    /// Returns [`bare`](Self::bare), or `None` if it has more than `max` bytes. Stops reading there.
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

    /// Returns the byte range of the original that folded into `range`, a byte range of the folded text.
    ///
    /// The result includes invisible characters inside the range, but not those at its ends. A range that
    /// cuts a character is extended to all of it. An empty range, or one past the end, gives the empty range
    /// at the end of the original.
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
        self.offset_map
            .get_or_init(|| self.build_offset_map())
            .span(start, end)
            .unwrap_or(nowhere)
    }

    /// Normalises the original again and records the offsets.
    fn build_offset_map(&self) -> OffsetMap {
        let mut map = OffsetMap::default();
        if normalize_text(self.original, &mut map, false).is_some() {
            return map;
        }
        let mut map = OffsetMap::default();
        match normalize_text(self.original, &mut map, true) {
            Some(normalized) => map.onto(&normalized.text, &self.text),
            None => map,
        }
    }
}

/// Folds a text.
///
/// Reads at most [`MAX_CHARS`](crate::message::MAX_CHARS) characters and returns at most as many. A character
/// keeps at most 30 combining marks.
pub fn fold(text: &str) -> Folded<'_> {
    count(text.len().min(4 * crate::message::MAX_CHARS));
    let mut folded = Folded {
        original: text,
        text: String::new(),
        chars: 0,
        truncated: false,
        offset_map: OnceLock::new(),
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

/// Whether a folded text may contain `c`, either by itself or as part of a phrase.
pub(crate) fn may_stand_folded(c: char) -> bool {
    // The letters around `c` keep white space from being trimmed.
    let alone = format!("a{c}a");
    fold(&alone).as_str() == alone || PHRASES.keeps(c)
}

/// Whether `c` is a letter or digit.
fn is_bare(c: char) -> bool {
    // Most characters are in this range, and the table lookup of `is_alphanumeric` takes several times
    // longer.
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
