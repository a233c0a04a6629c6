//! Whether a word in a text is negated, by lists of negations and of the words around them.

use std::ops::Range;

use super::{count, fold, is_whole_word};

/// The characters of a clause that are read on each side of a word, so that the work on a word does not grow
/// with the text.
const CLAUSE: usize = 24;

/// Negations, and the words that may stand around them. Folded when they are compiled.
#[derive(Clone, Debug, Default)]
pub(crate) struct NegationWords {
    /// Negations before the word.
    pub(crate) before: Vec<String>,
    /// The only words that may stand between.
    pub(crate) between: Vec<String>,
    /// Negations right after the word.
    pub(crate) after: Vec<String>,
    /// Words that leave it in doubt, anywhere in the clause outside the word.
    pub(crate) unless: Vec<String>,
    /// The most characters between a negation and the word.
    pub(crate) within: usize,
}

/// All lists of negations for one kind of words.
#[derive(Clone, Debug, Default)]
pub(crate) struct Negations {
    lists: Vec<NegationWords>,
}

impl Negations {
    pub(crate) fn new(lists: impl Iterator<Item = NegationWords>) -> Self {
        let folded = |words: Vec<String>| {
            let mut words: Vec<String> = words.iter().map(|word| fold(word).as_str().to_owned()).collect();
            words.retain(|word| !word.trim().is_empty());
            // The longest is tried first.
            words.sort_by(|one, other| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
            words
        };
        let lists = lists.map(|list| NegationWords {
            before: folded(list.before),
            between: folded(list.between),
            after: folded(list.after),
            unless: folded(list.unless),
            within: list.within,
        });
        Self {
            lists: lists.collect(),
        }
    }

    /// The bytes of the negation of the word at `place`; `None` if nothing negates it surely.
    pub(crate) fn of_word(&self, text: &str, place: &Range<usize>) -> Option<Range<usize>> {
        if self.lists.is_empty() {
            return None;
        }
        let clause = Clause::around(text, place);
        self.lists.iter().find_map(|list| clause.negation(list))
    }
}

/// The part of a clause around a word.
struct Clause<'t> {
    text: &'t str,
    word: &'t Range<usize>,
    /// The bytes that are read, with the mark that ends the clause.
    bytes: Range<usize>,
}

impl<'t> Clause<'t> {
    fn around(text: &'t str, word: &'t Range<usize>) -> Self {
        // Folding leaves a space only between words that are written with spaces.
        let ends = |c: char| !c.is_alphanumeric() && !matches!(c, ' ' | '\'' | '\u{2019}' | '-');
        let before = text.get(..word.start).unwrap_or_default().char_indices().rev();
        let before = before.take(CLAUSE).take_while(|(_, c)| !ends(*c)).last();
        let after = text.get(word.end..).unwrap_or_default();
        let mut until = word.end;
        for c in after.chars().take(CLAUSE) {
            until += c.len_utf8();
            if ends(c) {
                break;
            }
        }
        let bytes = before.map_or(word.start, |(at, _)| at)..until;
        count(bytes.len());
        Self { text, word, bytes }
    }

    fn negation(&self, list: &NegationWords) -> Option<Range<usize>> {
        let after = self.text.get(self.word.end..self.bytes.end)?;
        let follows = |word: &&String| after.trim_start().starts_with(word.as_str());
        let found = match self.before(list, self.word.start, true) {
            Found::Negation(range) => range,
            Found::Doubt => return None,
            Found::Nothing => {
                let word = list.after.iter().find(follows)?;
                let start = self.bytes.end - after.trim_start().len();
                start..start + word.len()
            }
        };
        let before = self.text.get(self.bytes.start..self.word.start)?;
        let doubted = |word: &String| before.contains(word.as_str()) || after.contains(word.as_str());
        count((before.len() + after.len()) * usize::from(!list.unless.is_empty()));
        (!list.unless.iter().any(doubted)).then_some(found)
    }

    /// The negation that reaches `end`, where the word or another negation begins. The nearest counts, and of
    /// several that end together the longest.
    fn before(&self, list: &NegationWords, end: usize, of_word: bool) -> Found {
        let mut places = vec![end];
        let mut next = 0;
        while let Some(&place) = places.get(next) {
            next += 1;
            let text = self.text.get(self.bytes.start..place).unwrap_or_default();
            let text = text.trim_end();
            let stop = self.bytes.start + text.len();
            count(text.len());
            for word in &list.before {
                let start = match text.strip_suffix(word.as_str()) {
                    Some(rest) => Some(self.bytes.start + rest.len()),
                    // 不要 in 不要人工服务 ends within the word 要人工服务.
                    None if of_word && place == end => self.overlapping(text, word),
                    None => None,
                };
                let Some(start) = start else { continue };
                let range = start..start + word.len();
                if !is_whole_word(self.text, range.start, range.end) {
                    continue;
                }
                let again = self.before(list, start, false);
                if self.asks(start) || !matches!(again, Found::Nothing) {
                    return Found::Doubt;
                }
                return Found::Negation(range);
            }
            for word in &list.between {
                let Some(rest) = text.strip_suffix(word.as_str()) else {
                    continue;
                };
                let start = self.bytes.start + rest.len();
                let chars = self
                    .text
                    .get(start..end)
                    .map_or(0, |between| between.chars().count());
                if is_whole_word(self.text, start, stop) && chars <= list.within && !places.contains(&start) {
                    places.push(start);
                }
            }
        }
        Found::Nothing
    }

    /// The start of a negation whose end is the beginning of the word.
    fn overlapping(&self, before: &str, negation: &str) -> Option<usize> {
        let word = self.text.get(self.word.clone())?;
        let cuts = negation
            .char_indices()
            .skip(1)
            .map(|(at, _)| negation.split_at(at));
        let mut cuts = cuts.filter(|(_, end)| end.len() < word.len() && word.starts_with(end));
        cuts.find_map(|(start, _)| Some(self.bytes.start + before.strip_suffix(start)?.len()))
    }

    /// Whether a question is asked with a word and its negation, as in 有没有 or 要不要.
    fn asks(&self, start: usize) -> bool {
        let before = self.text.get(self.bytes.start..start).unwrap_or_default();
        let last = before.chars().next_back();
        let after = self.text.get(start..).unwrap_or_default();
        last.is_some() && last == after.chars().nth(1)
    }
}

enum Found {
    Negation(Range<usize>),
    /// A question, or a negation of a negation.
    Doubt,
    Nothing,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    fn negation<'t>(text: &'t str, word: &str) -> Option<&'t str> {
        let words = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect();
        let list = NegationWords {
            before: words(&["没有", "没", "不是", "不要", "not", "no"]),
            between: words(&["闻到", "再", "a"]),
            after: words(&["就算了"]),
            unless: words(&["吗", "难道"]),
            within: 3,
        };
        let start = text.find(word).unwrap();
        let negations = Negations::new([list].into_iter());
        let found = negations.of_word(text, &(start..start + word.len()))?;
        text.get(found)
    }

    #[test]
    fn a_negation_reaches_a_word_over_the_listed_words_of_its_clause() {
        assert_eq!(negation("家里没有煤气味", "煤气味"), Some("没有"));
        assert_eq!(negation("没闻到煤气味", "煤气味"), Some("没"));
        assert_eq!(negation("不要人工服务", "要人工服务"), Some("不要"));
        assert_eq!(negation("转人工就算了", "转人工"), Some("就算了"));
        assert_eq!(negation("not a leak", "leak"), Some("not"));
        for (text, word) in [
            ("没有,煤气味", "煤气味"),
            ("没人管煤气味", "煤气味"),
            ("没闻到再闻到煤气味", "煤气味"),
            ("casino leak", "leak"),
        ] {
            assert_eq!(negation(text, word), None, "{text}");
        }
    }

    #[test]
    fn a_question_a_double_negation_and_a_doubt_negate_nothing() {
        for text in [
            "有没有煤气味",
            "是不是煤气味",
            "不是没有煤气味",
            "没有煤气味吗",
            "难道没有煤气味",
        ] {
            assert_eq!(negation(text, "煤气味"), None, "{text}");
        }
    }
}
