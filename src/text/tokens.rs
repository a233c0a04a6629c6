//! Tokens: the units of a folded text by which texts are compared.

use std::sync::LazyLock;

use frostem::{Algorithm, Stemmer};
use jieba_rs::Jieba;

use super::count;

/// The maximum length of a word for grams, in characters. Longer words are cut here, because no real word is
/// longer.
const GRAM_WORD_CHARS: usize = 32;
const GRAM_MIN: usize = 2;
const GRAM_MAX: usize = 4;

/// The dictionary takes about 0.15 s and 34 MB to load, so all texts of the process share one.
pub(super) static JIEBA: LazyLock<Jieba> = LazyLock::new(Jieba::new);
static STEMMER: LazyLock<Stemmer> = LazyLock::new(|| Stemmer::new(Algorithm::English));

/// The kind of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TokenKind {
    /// A Chinese character, or a word of letters and digits. English words are stemmed.
    Unit,
    /// Two adjacent units.
    Pair,
    /// A Chinese word, and the shorter words inside it.
    Word,
    /// Two to four adjacent letters of a word, with `^` before the first letter and `$` after the last.
    Gram,
}

impl TokenKind {
    /// All kinds, in the order in which [`Tokens`] gives them.
    pub const ALL: [Self; 4] = [Self::Unit, Self::Pair, Self::Word, Self::Gram];
}

/// The tokens of one text, of every kind, in the order of the text and with repetitions.
///
/// Punctuation and spaces are ignored: `政务公开？（怎么办）` has the same tokens as `政务公开怎么办`.
///
/// ```
/// use civic_reply::text::{TokenKind, Tokens, fold};
///
/// let tokens = Tokens::of(fold("补办 A4 证？").as_str());
/// assert_eq!(tokens.of_kind(TokenKind::Unit).collect::<Vec<_>>(), ["补", "办", "a4", "证"]);
/// assert_eq!(tokens.of_kind(TokenKind::Pair).collect::<Vec<_>>(), ["补办", "办 a4", "a4 证"]);
/// assert_eq!(tokens.of_kind(TokenKind::Word).collect::<Vec<_>>(), ["补办", "证"]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Tokens {
    lists: [TokenList; TokenKind::ALL.len()],
}

/// Tokens, concatenated in one string.
#[derive(Clone, Debug, Default)]
struct TokenList {
    text: String,
    ends: Vec<usize>,
}

impl TokenList {
    fn push(&mut self, parts: &[&str]) {
        for part in parts {
            self.text.push_str(part);
        }
        self.ends.push(self.text.len());
    }

    fn iter(&self) -> impl Iterator<Item = &str> {
        let mut start = 0;
        self.ends.iter().filter_map(move |&end| {
            let token = self.text.get(start..end);
            start = end;
            token
        })
    }
}

impl Tokens {
    /// Splits `folded`, the text of a [`Folded`](super::Folded), into tokens.
    pub fn of(folded: &str) -> Self {
        count(folded.len());
        let mut reader = Reader::default();
        for c in folded.chars() {
            if is_ideograph(c) {
                reader.end_word();
                reader.run.push(c);
                reader.unit(c.encode_utf8(&mut [0; 4]));
            } else if c.is_alphanumeric() {
                reader.end_run();
                reader.word.push(c);
            } else if !matches!(c, '\'' | '\u{2019}') {
                reader.end_word();
            }
        }
        reader.end_word();
        reader.end_run();
        reader.out
    }

    /// The tokens of one kind.
    pub fn of_kind(&self, kind: TokenKind) -> impl Iterator<Item = &str> {
        let [unit, pair, word, gram] = &self.lists;
        match kind {
            TokenKind::Unit => unit,
            TokenKind::Pair => pair,
            TokenKind::Word => word,
            TokenKind::Gram => gram,
        }
        .iter()
    }

    /// All tokens with their kinds, ordered by kind.
    pub fn iter(&self) -> impl Iterator<Item = (TokenKind, &str)> {
        TokenKind::ALL
            .into_iter()
            .zip(&self.lists)
            .flat_map(|(kind, list)| list.iter().map(move |token| (kind, token)))
    }

    /// The number of units: Chinese characters and other words.
    pub fn units(&self) -> usize {
        let [unit, ..] = &self.lists;
        unit.ends.len()
    }

    /// Whether the text has no letter, no digit and no Chinese character.
    pub fn is_empty(&self) -> bool {
        self.units() == 0
    }
}

#[derive(Default)]
struct Reader {
    out: Tokens,
    /// The letters and digits since the last word ended.
    word: String,
    /// The Chinese characters since the last word of letters or digits.
    run: String,
    /// The previous unit; empty at the start of the text.
    last: String,
}

impl Reader {
    fn unit(&mut self, unit: &str) {
        let [units, pairs, ..] = &mut self.out.lists;
        units.push(&[unit]);
        if !self.last.is_empty() {
            let joined = [&self.last, unit]
                .iter()
                .all(|unit| unit.chars().all(is_ideograph));
            pairs.push(&[&self.last, if joined { "" } else { " " }, unit]);
        }
        self.last.clear();
        self.last.push_str(unit);
    }

    fn end_word(&mut self) {
        if self.word.is_empty() {
            return;
        }
        let word = std::mem::take(&mut self.word);
        if word.bytes().all(|b| b.is_ascii_lowercase()) {
            self.unit(&STEMMER.stem(&word));
        } else {
            self.unit(&word);
        }
        let [.., grams] = &mut self.out.lists;
        let mut marked = String::with_capacity(word.len() + 2);
        marked.push('^');
        marked.extend(word.chars().take(GRAM_WORD_CHARS));
        marked.push('$');
        let mut starts: Vec<usize> = marked.char_indices().map(|(at, _)| at).collect();
        starts.push(marked.len());
        for length in GRAM_MIN..=GRAM_MAX {
            for window in starts.windows(length + 1) {
                if let (Some(&from), Some(&to)) = (window.first(), window.last()) {
                    grams.push(&[marked.get(from..to).unwrap_or_default()]);
                }
            }
        }
        self.word = word;
        self.word.clear();
    }

    fn end_run(&mut self) {
        if self.run.is_empty() {
            return;
        }
        let [_, _, words, _] = &mut self.out.lists;
        for token in JIEBA.cut_for_search(&self.run, true) {
            words.push(&[token.word]);
        }
        self.run.clear();
    }
}

/// Whether a character is a unit by itself: Chinese characters and kana.
pub(super) fn is_ideograph(c: char) -> bool {
    matches!(c,
        '\u{2E80}'..='\u{2FDF}' | '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{30FF}' | '\u{3400}'..='\u{4DBF}'
        | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}'
    ) && c.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::fold;

    fn tokens(text: &str, kind: TokenKind) -> Vec<String> {
        Tokens::of(fold(text).as_str())
            .of_kind(kind)
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn punctuation_leaves_no_trace_in_chinese() {
        let plain: Vec<_> = TokenKind::ALL.map(|kind| tokens("政务公开怎么办", kind)).into();
        for text in ["政务公开？（怎么办）", "政务公开?(怎么办)", "政务 公开\n怎么办!!"]
        {
            let other: Vec<_> = TokenKind::ALL.map(|kind| tokens(text, kind)).into();
            assert_eq!(other, plain, "{text}");
        }
    }

    #[test]
    fn english_words_are_stemmed_and_apostrophes_do_not_count() {
        assert_eq!(
            tokens("What’s my card's limit?", TokenKind::Unit),
            tokens("whats my cards limits", TokenKind::Unit)
        );
        assert_eq!(tokens("lost cards", TokenKind::Pair), ["lost card"]);
        assert_eq!(
            tokens("id", TokenKind::Gram),
            ["^i", "id", "d$", "^id", "id$", "^id$"]
        );
    }

    #[test]
    fn numbers_are_units_of_their_own() {
        assert_eq!(
            tokens("2024年3.5万元", TokenKind::Unit),
            ["2024", "年", "3", "5", "万", "元"]
        );
    }

    #[test]
    fn text_without_words_has_no_tokens() {
        for text in ["", "   ", "(((", "*", "？！。", "🙂"] {
            assert!(Tokens::of(fold(text).as_str()).is_empty(), "{text:?}");
        }
    }

    #[test]
    fn a_word_of_ten_thousand_letters_stays_small() {
        let tokens = Tokens::of(&"a".repeat(10_000));
        assert_eq!(tokens.units(), 1);
        assert!(tokens.of_kind(TokenKind::Gram).count() < 100);
    }
}
