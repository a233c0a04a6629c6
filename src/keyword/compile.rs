//! Compiles the keyword rules of a rulebook into one automaton and a table of the uses of each keyword.

use std::collections::HashMap;

use regex::{Regex, RegexBuilder};
use thiserror::Error;

use super::patterns::{Meanings, Patterns, Slot, Use};
use super::person_words::ListNegations;
use super::scan::Scanner;
use crate::rulebook::{PersonWords, Rule, RuleOutcome, Validity};

/// The maximum size of one compiled pattern, in bytes. The loader also limits the total of all patterns of a
/// rulebook.
const REGEX_SIZE: usize = 1 << 18;

/// The error of [`KeywordIndex::build`]. A rulebook that was loaded without errors compiles.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum KeywordError {
    /// The automaton could not be built.
    #[error("the keywords can't be compiled: {0}")]
    Automaton(#[from] aho_corasick::BuildError),
    /// A rule's pattern is not a valid regular expression, or its compiled form exceeds 256 KiB.
    #[error("rule `{rule}`: the pattern can't be compiled: {source}")]
    Pattern {
        /// The id of the rule.
        rule: String,
        /// The error of the `regex` crate.
        source: Box<regex::Error>,
    },
}

/// All keyword rules and person words of a rulebook, compiled for matching.
///
/// The index is immutable and `Send + Sync`, so threads can share it.
#[derive(Debug)]
pub struct KeywordIndex {
    pub(super) scanner: Scanner,
    /// The keywords and their uses, indexed by the scanner's pattern numbers.
    pub(super) patterns: Meanings,
    pub(super) rules: Vec<CompiledRule>,
    pub(super) negations: ListNegations,
    /// The rules that no keyword can trigger: their only positive conditions are patterns, lengths or `exact`
    /// messages.
    pub(super) unanchored: Vec<usize>,
    /// For the bare form of each `exact` message, the rules that list it.
    pub(super) exact: HashMap<String, Vec<usize>>,
    /// For the bare form of each message that asks for a person, its spellings in the rulebook.
    pub(super) hand_off_exact: HashMap<String, Vec<String>>,
    /// The length in bytes of the longest bare form in `exact` and `hand_off_exact`. Longer messages need no
    /// lookup.
    pub(super) longest_exact: usize,
}

#[derive(Debug)]
pub(super) struct CompiledRule {
    pub(super) needs_any: bool,
    pub(super) exact: bool,
    /// Whether the rule applies to every account at any time. If so, matching need not read the rule itself,
    /// which saves a cache miss.
    pub(super) always: bool,
    pub(super) groups: u32,
    /// The maximum number of characters between the two words of `near`.
    pub(super) near: Option<usize>,
    pub(super) regex: Option<Box<Regex>>,
    pub(super) max_chars: usize,
    /// Whether it replies: a negated keyword then does not count.
    pub(super) replies: bool,
}

impl KeywordIndex {
    /// Compiles rules and person words.
    ///
    /// `synonyms` are groups of words with the same meaning; each keyword also matches in the spellings that
    /// they give. `rule_chars` is the maximum length of a message, in folded characters, for rules without a
    /// `max_chars` of their own.
    ///
    /// # Errors
    ///
    /// [`KeywordError::Pattern`] if a rule's regular expression is invalid or too large, and
    /// [`KeywordError::Automaton`] if the keywords exceed the automaton's limits.
    pub fn build(
        rules: &[Rule],
        words: &PersonWords,
        synonyms: &[Vec<String>],
        rule_chars: usize,
    ) -> Result<Self, KeywordError> {
        let mut patterns = Patterns::new(synonyms)?;
        for (kind, emergency) in (0..).zip(&words.emergencies) {
            patterns.add_all(&emergency.any, Use::Emergency { kind });
            patterns.add_all(&emergency.none, Use::EmergencyUnless { kind });
        }
        patterns.add_all(&words.hand_off, Use::HandOff);
        patterns.add_all(&words.personal, Use::Personal);
        patterns.add_all(&words.elsewhere, Use::Elsewhere);
        patterns.add_all(&words.longer, Use::Longer);

        let mut compiled = Vec::with_capacity(rules.len());
        let mut exact: HashMap<String, Vec<usize>> = HashMap::new();
        let mut unanchored = Vec::new();
        for (place, rule) in rules.iter().enumerate() {
            let when = &rule.when;
            let n = place as u32;
            patterns.add_whole(&when.exact, &mut exact, |_| place);
            patterns.add_all(
                &when.any,
                Use::Rule {
                    rule: n,
                    slot: Slot::Any,
                },
            );
            for (group, keywords) in (0..).zip(&when.all) {
                patterns.add_all(
                    keywords,
                    Use::Rule {
                        rule: n,
                        slot: Slot::Group(group),
                    },
                );
            }
            patterns.add_all(
                &when.none,
                Use::Rule {
                    rule: n,
                    slot: Slot::None,
                },
            );
            if let Some(near) = &when.near {
                for (words, slot) in [(&near.one, Slot::One), (&near.other, Slot::Other)] {
                    patterns.add_all(words, Use::Rule { rule: n, slot });
                }
            }
            if when.any.is_empty() && when.all.is_empty() && when.exact.is_empty() && when.near.is_none() {
                unanchored.push(place);
            }
            compiled.push(CompiledRule {
                needs_any: !when.any.is_empty(),
                groups: when.all.len() as u32,
                exact: !when.exact.is_empty(),
                near: when.near.as_ref().map(|near| near.within),
                regex: when
                    .regex
                    .as_deref()
                    .map(|pattern| compile_regex(rule, pattern).map(Box::new))
                    .transpose()?,
                max_chars: when.max_chars.unwrap_or(rule_chars),
                replies: matches!(rule.outcome, RuleOutcome::Reply(_)),
                always: rule.accounts.is_empty()
                    && rule.valid == Validity::default()
                    && when.hours.is_none()
                    && when.talk.is_any(),
            });
        }
        let mut hand_off_exact: HashMap<String, Vec<String>> = HashMap::new();
        patterns.add_whole(&words.hand_off_exact, &mut hand_off_exact, str::to_owned);
        let patterns = patterns.finish();
        Ok(Self {
            scanner: Scanner::new(patterns.texts())?,
            patterns,
            rules: compiled,
            negations: ListNegations::of(words),
            unanchored,
            longest_exact: exact
                .keys()
                .chain(hand_off_exact.keys())
                .map(String::len)
                .max()
                .unwrap_or(0),
            exact,
            hand_off_exact,
        })
    }

    /// The number of different keywords in the automaton, including synonyms.
    pub fn keywords(&self) -> usize {
        self.patterns.len()
    }
}

fn compile_regex(rule: &Rule, pattern: &str) -> Result<Regex, KeywordError> {
    RegexBuilder::new(pattern)
        .size_limit(REGEX_SIZE)
        .build()
        .map_err(|source| KeywordError::Pattern {
            rule: rule.id.to_string(),
            source: Box::new(source),
        })
}
