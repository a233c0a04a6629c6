//! Compiling a rulebook's rules into one automaton and, behind it, what each keyword means to which rule.

use std::collections::HashMap;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use regex::{Regex, RegexBuilder};
use thiserror::Error;

use crate::rulebook::{PersonWords, Rule};
use crate::text::fold;

/// The most variants that synonyms make of one keyword; what is over it is left out.
const MAX_VARIANTS: usize = 64;

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
    pub(super) automaton: AhoCorasick,
    /// For each pattern of the automaton, in order.
    pub(super) patterns: Vec<Pattern>,
    pub(super) rules: Vec<CompiledRule>,
    /// Rules that the automaton can't lead to: their only positive conditions are patterns, lengths or whole messages.
    pub(super) unanchored: Vec<usize>,
    /// Whole messages that rules name, by their bare form.
    pub(super) exact: HashMap<String, Vec<usize>>,
    pub(super) hand_off_exact: HashMap<String, String>,
}

#[derive(Debug)]
pub(super) struct Pattern {
    pub(super) text: String,
    pub(super) uses: Vec<Use>,
}

/// What finding a keyword means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Use {
    Emergency { kind: usize },
    EmergencyUnless { kind: usize },
    HandOff,
    Personal,
    Rule { rule: usize, slot: Slot },
}

/// Which of a rule's conditions a keyword serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Slot {
    Any,
    Group(usize),
    None,
}

#[derive(Debug)]
pub(super) struct CompiledRule {
    pub(super) needs_any: bool,
    pub(super) groups: usize,
    pub(super) exact: bool,
    pub(super) regex: Option<Regex>,
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
        let mut patterns = Patterns::new(synonyms);
        for (kind, emergency) in words.emergencies.iter().enumerate() {
            patterns.add_all(&emergency.any, Use::Emergency { kind });
            patterns.add_all(&emergency.none, Use::EmergencyUnless { kind });
        }
        patterns.add_all(&words.hand_off, Use::HandOff);
        patterns.add_all(&words.personal, Use::Personal);

        let mut compiled = Vec::with_capacity(rules.len());
        let mut exact: HashMap<String, Vec<usize>> = HashMap::new();
        let mut unanchored = Vec::new();
        for (n, rule) in rules.iter().enumerate() {
            let when = &rule.when;
            for word in &when.exact {
                exact.entry(fold(word).bare()).or_default().push(n);
            }
            patterns.add_all(
                &when.any,
                Use::Rule {
                    rule: n,
                    slot: Slot::Any,
                },
            );
            for (group, keywords) in when.all.iter().enumerate() {
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
            if when.any.is_empty() && when.all.is_empty() && when.exact.is_empty() {
                unanchored.push(n);
            }
            compiled.push(CompiledRule {
                needs_any: !when.any.is_empty(),
                groups: when.all.len(),
                exact: !when.exact.is_empty(),
                regex: when
                    .regex
                    .as_deref()
                    .map(|pattern| compile_regex(rule, pattern))
                    .transpose()?,
                max_chars: when.max_chars.unwrap_or(rule_chars),
            });
        }
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(patterns.patterns.iter().map(|pattern| &pattern.text))?;
        let hand_off_exact = words
            .hand_off_exact
            .iter()
            .map(|word| (fold(word).bare(), fold(word).as_str().to_owned()))
            .collect();
        Ok(Self {
            automaton,
            patterns: patterns.patterns,
            rules: compiled,
            unanchored,
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

/// The automaton's patterns while they are gathered: each folded keyword once, with all its uses.
struct Patterns {
    patterns: Vec<Pattern>,
    places: HashMap<String, usize>,
    /// Each synonym, folded, with the other words of its group.
    synonyms: Vec<(String, Vec<String>)>,
}

impl Patterns {
    fn new(groups: &[Vec<String>]) -> Self {
        let mut synonyms = Vec::new();
        for group in groups {
            let words: Vec<String> = group.iter().map(|word| fold(word).as_str().to_owned()).collect();
            for word in &words {
                let others = words.iter().filter(|other| *other != word).cloned().collect();
                synonyms.push((word.clone(), others));
            }
        }
        Self {
            patterns: Vec::new(),
            places: HashMap::new(),
            synonyms,
        }
    }

    fn add_all(&mut self, keywords: &[String], usage: Use) {
        for keyword in keywords {
            for variant in self.variants(fold(keyword).as_str()) {
                self.add(variant, usage);
            }
        }
    }

    fn add(&mut self, text: String, usage: Use) {
        // An empty pattern would match between any two bytes; the loader refuses it, and this keeps it out for good.
        if text.is_empty() {
            return;
        }
        let place = *self.places.entry(text.clone()).or_insert_with(|| {
            self.patterns.push(Pattern {
                text,
                uses: Vec::new(),
            });
            self.patterns.len() - 1
        });
        if let Some(pattern) = self.patterns.get_mut(place)
            && !pattern.uses.contains(&usage)
        {
            pattern.uses.push(usage);
        }
    }

    /// The keyword and, for each synonym in it, the keyword with that one put in its place.
    fn variants(&self, keyword: &str) -> Vec<String> {
        let mut variants = vec![keyword.to_owned()];
        for (word, others) in &self.synonyms {
            if !keyword.contains(word.as_str()) {
                continue;
            }
            for other in others {
                // `医保` in `基本医保` may become `医疗保险`; a word that already stands there may not be doubled.
                if variants.len() < MAX_VARIANTS && !keyword.contains(other.as_str()) {
                    variants.push(keyword.replacen(word.as_str(), other, 1));
                }
            }
        }
        variants
    }
}
