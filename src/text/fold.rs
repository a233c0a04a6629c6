//! Folding: one spelling for everything that a reader takes for the same, with the way back to the original.

use std::ops::Range;

use super::table::{Fold, TABLE};
use crate::message::MAX_CHARS;
use crate::reply::Span;

/// A text folded for matching: NFKC, lower case, simplified characters, no invisible ones.
///
/// Line ends stay; other white space is one space, and none beside a Chinese character. Punctuation stays, in its
/// half-width form where it has one, so that no word is seen across the end of a sentence.
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

    /// How many characters the folded text has, at most [`MAX_CHARS`].
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
        self.text.chars().filter(|c| c.is_alphanumeric()).collect()
    }

    /// The bytes of the original that folded into `range`'s bytes of the folded text.
    ///
    /// Invisible characters inside the range belong to it, those at its ends do not. The original is walked again, since few
    /// places are ever asked for.
    pub fn original_span(&self, range: Range<usize>) -> Span {
        let mut walk = Walk::new(self.original);
        let mut span = Span {
            start: self.original.len(),
            end: self.original.len(),
        };
        let mut found = false;
        while let Some(from) = walk.step() {
            // A space that gave way to the wide character after it leads nowhere.
            found &= walk.gave_way.take() != Some(range.start);
            if walk.out.len() > range.start && !found {
                span.start = from;
                found = true;
            }
            if walk.out.len() >= range.end {
                span.end = walk.at;
                return span;
            }
        }
        span
    }
}

/// Folds a text. At most [`MAX_CHARS`] characters are read, and at most as many come out.
pub fn fold(text: &str) -> Folded<'_> {
    let mut walk = Walk::new(text);
    walk.out.reserve(text.len().min(MAX_CHARS * 4));
    while walk.step().is_some() {}
    let truncated = walk.at < text.len();
    let kept = walk.out.trim_end_matches(' ').len();
    let dropped = walk.out.len() - kept;
    walk.out.truncate(kept);
    Folded {
        original: text,
        chars: walk.chars - dropped,
        text: walk.out,
        truncated,
    }
}

/// The walk over the original: each step takes one character, with the marks that join it, and writes what it
/// becomes.
struct Walk<'a> {
    text: &'a str,
    /// The byte of the original up to which was read.
    at: usize,
    read: usize,
    out: String,
    chars: usize,
    last: Option<char>,
    /// Where a space was taken back, since no space stands beside a wide character.
    gave_way: Option<usize>,
}

impl<'a> Walk<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            read: 0,
            out: String::new(),
            chars: 0,
            last: None,
            gave_way: None,
        }
    }

    /// Takes one step and gives the byte where it began; `None` at the end or at the cap.
    fn step(&mut self) -> Option<usize> {
        let from = self.at;
        let rest = self.text.get(from..)?;
        let mut chars = rest.chars();
        let c = chars.next()?;
        if self.read >= MAX_CHARS || self.chars >= MAX_CHARS {
            return None;
        }
        let table = &*TABLE;
        self.at += c.len_utf8();
        self.read += 1;
        let fold = table.get(c);
        if fold == Fold::Joins || chars.next().is_some_and(|next| table.get(next) == Fold::Joins) {
            self.join(from);
            return Some(from);
        }
        match fold {
            Fold::Drop | Fold::Joins => {}
            Fold::Space => self.push(' '),
            Fold::One(c) => self.push(c),
            Fold::Many(n) => {
                for c in table.sequence(n).chars() {
                    self.push(c);
                }
            }
        }
        Some(from)
    }

    fn join(&mut self, from: usize) {
        let table = &*TABLE;
        let rest = self.text.get(self.at..).unwrap_or("");
        for c in rest.chars().take_while(|&c| table.get(c) == Fold::Joins) {
            if self.read >= MAX_CHARS {
                break;
            }
            self.at += c.len_utf8();
            self.read += 1;
        }
        let joined = table.fold_joined(self.text.get(from..self.at).unwrap_or(""));
        for c in joined.chars() {
            self.push(c);
        }
    }

    fn push(&mut self, c: char) {
        if self.chars >= MAX_CHARS {
            return;
        }
        let keep = match c {
            ' ' => self
                .last
                .is_some_and(|last| last != ' ' && last != '\n' && !is_wide(last)),
            _ => true,
        };
        if !keep {
            return;
        }
        if self.last == Some(' ') && (is_wide(c) || c == '\n') {
            self.out.pop();
            self.gave_way = Some(self.out.len());
            self.chars -= 1;
        }
        self.out.push(c);
        self.chars += 1;
        self.last = Some(c);
    }
}

/// Whether a character is written without spaces around it: Chinese characters and their punctuation, kana.
fn is_wide(c: char) -> bool {
    matches!(c, '\u{2E80}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{FE30}'..='\u{FE4F}' | '\u{20000}'..='\u{3FFFF}')
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
    fn bad_input_10_the_cap_holds_after_a_character_that_grows() {
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

    #[test]
    fn a_space_that_folding_drops_belongs_to_no_word() {
        for (text, word) in [("ABC 户口", "户口"), ("户口 abc", "abc"), ("户 口", "户口")] {
            let folded = fold(text);
            let at = folded.as_str().find(word).unwrap();
            let span = folded.original_span(at..at + word.len());
            let original = &text[span.start..span.end];
            assert_eq!(original.trim(), original, "{text}");
            assert_eq!(fold(original).as_str(), word);
        }
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
