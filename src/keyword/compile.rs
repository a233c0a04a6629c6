//! Compiling a rulebook's rules into one automaton and, behind it, what each keyword means to which rule.

use std::collections::HashMap;

use regex::{Regex, RegexBuilder};
use thiserror::Error;

use super::patterns::{Meanings, Patterns, Slot, Use};
use super::scan::Scanner;
use crate::rulebook::{PersonWords, Rule, Validity};

/// The size that one compiled pattern may have, in bytes. The loader holds all patterns of a rulebook to a budget.
const REGEX_SIZE: usize = 1 << 18;

/// Why rules could not be compiled. A rulebook that was loaded without errors compiles.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum KeywordError {
    /// The automaton could not be built.
    #[error("the keywords can't be compiled: {0}")]
    Automaton(#[from] aho_corasick::BuildError),
    /// A rule's pattern could not be compiled.
    #[error("rule `{rule}`: the pattern can't be compiled: {source}")]
    Pattern {
        /// The rule.
        rule: String,
        /// What is wrong with it.
        source: Box<regex::Error>,
    },
}

/// All keyword rules and person words of a rulebook, ready to match. Immutable; share it freely.
#[derive(Debug)]
pub struct KeywordIndex {
    pub(super) scanner: Scanner,
    /// What the scanner looks for, in its order.
    pub(super) patterns: Meanings,
    pub(super) rules: Vec<CompiledRule>,
    /// Rules that the automaton can't lead to: their only positive conditions are patterns, lengths or whole messages.
    pub(super) unanchored: Vec<usize>,
    /// Whole messages that rules name, by their bare form.
    pub(super) exact: HashMap<String, Vec<usize>>,
    /// Whole messages that ask for a person, by their bare form, each with its spellings in the rulebook.
    pub(super) hand_off_exact: HashMap<String, Vec<String>>,
    /// The bytes of the longest whole message that is named: a longer one need not be looked up.
    pub(super) longest_exact: usize,
}

#[derive(Debug)]
pub(super) struct CompiledRule {
    pub(super) needs_any: bool,
    pub(super) exact: bool,
    /// Whether it serves every account at any time: then the rule itself, which lies elsewhere, need not be looked at.
    pub(super) always: bool,
    pub(super) groups: u32,
    /// The most characters between the two words of `near`.
    pub(super) near: Option<usize>,
    pub(super) regex: Option<Box<Regex>>,
    pub(super) max_chars: usize,
}

impl KeywordIndex {
    /// Compiles rules and person words. `rule_chars` is the longest message for a rule that names no length.
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

    /// How many different keywords the automaton looks for, synonyms included.
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
