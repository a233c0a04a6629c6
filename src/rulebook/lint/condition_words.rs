//! The words of a rule's condition, as the checks of rules that never win read them.

use crate::rulebook::shapes::Rule;
use crate::text::{Synonyms, fold};

/// A word of a condition.
pub(super) struct Word {
    pub(super) text: String,
    /// Synonyms give it no other spelling: the matcher looks for this word only.
    pub(super) plain: bool,
    /// The characters of its shortest spelling.
    pub(super) least: usize,
}

impl Word {
    fn of(word: &str, synonyms: &Synonyms) -> Self {
        let spellings = synonyms.spellings(word);
        let least = spellings.iter().map(|text| text.chars().count()).min();
        Self {
            plain: spellings.len() == 1,
            least: least.unwrap_or_default(),
            text: spellings.into_iter().next().unwrap_or_default(),
        }
    }

    /// Whether every message with this word also has the other one.
    pub(super) fn brings(&self, other: &Self) -> bool {
        self.text == other.text || (self.plain && !other.is_spelt() && self.text.contains(&other.text))
    }

    /// Whether letters or digits are in it, which are words of their own in a message.
    pub(super) fn is_spelt(&self) -> bool {
        self.text.chars().any(|c| c.is_ascii_alphanumeric())
    }

    /// Its bare form, which `exact` compares.
    pub(super) fn bare(&self) -> String {
        fold(&self.text).bare()
    }
}

/// A rule with the words of its condition.
pub(super) struct Words<'r> {
    pub(super) rule: &'r Rule,
    /// The message has a word of each.
    pub(super) groups: Vec<Vec<Word>>,
    /// And one of each of these, which `near` names.
    pub(super) near: Vec<Vec<Word>>,
    pub(super) exact: Vec<Word>,
    pub(super) none: Vec<Word>,
    /// The most characters that a message may have.
    pub(super) most: usize,
}

impl<'r> Words<'r> {
    pub(super) fn of(rule: &'r Rule, rule_chars: usize, synonyms: &Synonyms) -> Self {
        let words =
            |words: &[String]| -> Vec<Word> { words.iter().map(|word| Word::of(word, synonyms)).collect() };
        let when = &rule.when;
        let any = Some(&when.any).filter(|any| !any.is_empty());
        let near = when.near.iter().flat_map(|near| [&near.one, &near.other]);
        Self {
            rule,
            groups: when.all.iter().chain(any).map(|group| words(group)).collect(),
            near: near.map(|group| words(group)).collect(),
            exact: words(&when.exact),
            none: words(&when.none),
            most: when.max_chars.unwrap_or(rule_chars),
        }
    }

    /// The groups of which a message has a word each.
    pub(super) fn needed(&self) -> impl Iterator<Item = &Vec<Word>> {
        self.groups
            .iter()
            .chain(&self.near)
            .filter(|group| !group.is_empty())
    }
}
