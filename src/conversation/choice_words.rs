//! The words in which a citizen chooses from a menu.

use super::composed::Composed;

/// Words of a choice, folded to letters and digits.
#[derive(Clone, Debug, Default)]
pub(crate) struct ChoiceWords {
    /// Words that may stand beside a number, the longest first.
    beside: Vec<String>,
    /// The numerals of the language, from the one for 1.
    numerals: Vec<String>,
    /// Messages that mean "none of these".
    none: Composed,
}

/// A part of a choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// A number, from 1.
    Number(usize),
    /// A word beside a number.
    Beside,
}

impl ChoiceWords {
    pub(crate) fn new(mut beside: Vec<String>, numerals: Vec<String>, none: Composed) -> Self {
        beside.retain(|word| !word.is_empty());
        beside.sort_by_key(|word| std::cmp::Reverse(word.len()));
        Self {
            beside,
            numerals,
            none,
        }
    }

    /// Whether the message means "none of these".
    pub(super) fn is_none(&self, bare: &str) -> bool {
        self.none.has(bare)
    }

    /// The part at the beginning of `text`, and its length in bytes. A word of several characters goes
    /// before a number, which goes before a word of one: a numeral may begin a word.
    pub(super) fn part(&self, text: &str) -> Option<(Part, usize)> {
        let word = self
            .beside
            .iter()
            .find(|word| text.starts_with(word.as_str()))
            .map(|word| (Part::Beside, word.len()));
        let is_long = |word: &(Part, usize)| {
            let chars = text.get(..word.1).map(str::chars);
            chars.is_some_and(|mut chars| chars.nth(1).is_some())
        };
        word.filter(is_long).or_else(|| self.number(text)).or(word)
    }

    fn number(&self, text: &str) -> Option<(Part, usize)> {
        if let Some(digit @ b'1'..=b'9') = text.bytes().next() {
            return Some((Part::Number(usize::from(digit - b'0')), 1));
        }
        let place = self
            .numerals
            .iter()
            .position(|numeral| text.starts_with(numeral.as_str()))?;
        Some((Part::Number(place + 1), self.numerals.get(place)?.len()))
    }

    /// `bare` without the words at its ends that may stand beside a number.
    pub(super) fn without_ends<'a>(&self, bare: &'a str) -> &'a str {
        let mut rest = bare;
        while let Some(shorter) = self.beside.iter().find_map(|word| {
            rest.strip_prefix(word.as_str())
                .or_else(|| rest.strip_suffix(word.as_str()))
        }) {
            rest = shorter;
        }
        rest
    }
}
