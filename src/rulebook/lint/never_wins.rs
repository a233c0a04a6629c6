//! Rules that can never win, whatever is written.
//!
//! Only what is certain is reported: a rule with more priority fires on every message on which this one does. Where synonyms, other
//! hours or a pattern leave it open, nothing is said; its examples still show at load who takes them.

use std::collections::{BTreeSet, HashMap};

use crate::rulebook::diagnostic::{Code, Diagnostic, Problems};
use crate::rulebook::shapes::{Rule, Talk};
use crate::text::Synonyms;

/// How many rules one rule is compared with.
const MAX_COMPARED: usize = 100;

/// How many characters of a word are looked at for words in it.
const MAX_WORD_CHARS: usize = 40;

/// Reports the rules that can never win.
pub(in crate::rulebook) fn never_wins(rules: &[Rule], synonyms: &Synonyms, problems: &mut Problems) {
    let read: Vec<Words<'_>> = rules.iter().map(|rule| Words::of(rule, synonyms)).collect();
    let lowest = rules.iter().map(|rule| rule.priority).min().unwrap_or_default();
    // Each word with the rules above the lowest that ask for it.
    let mut asked: HashMap<&str, Vec<usize>> = HashMap::new();
    for (n, words) in read
        .iter()
        .enumerate()
        .filter(|(_, words)| words.rule.priority > lowest)
    {
        for word in words.groups.iter().chain([&words.exact]).flatten() {
            asked.entry(&word.text).or_default().push(n);
        }
    }
    for words in &read {
        if let Some(why) = words.never_fires() {
            problems.push(
                warning(words.rule, "can fire on no message")
                    .label(why)
                    .help("change its condition, or remove the rule"),
            );
        } else if let Some(other) = words.beaten_by(&read, &asked) {
            problems.push(
                warning(words.rule, "can never win")
                    .label(format!("`{}` fires whenever this one does, and has more priority", other.id))
                    .help("give this rule the higher priority, or let the other leave out what is meant for this one by `none`")
                    .related(other.location.clone(), "the rule that always wins"),
            );
        }
    }
}

fn warning(rule: &Rule, what: &str) -> Diagnostic {
    Diagnostic::warning(Code::NeverWins, format!("the rule `{}` {what}", rule.id)).at(rule.location.clone())
}

/// A word of a condition.
#[derive(PartialEq, Eq)]
struct Word {
    text: String,
    /// Synonyms give it no other spelling: the matcher looks for this word only.
    plain: bool,
}

impl Word {
    fn of(word: &str, synonyms: &Synonyms) -> Self {
        let mut spellings = synonyms.spellings(word).into_iter();
        let text = spellings.next().unwrap_or_default();
        let plain = spellings.next().is_none();
        Self { text, plain }
    }

    /// Whether a message with this word surely has the other one. Letters and digits are words of their own in a message.
    fn brings(&self, other: &Self) -> bool {
        let spelt = other.text.chars().any(|c| c.is_ascii_alphanumeric());
        self == other || (self.plain && !spelt && self.text.contains(&other.text))
    }
}

/// A rule with the words of its condition.
struct Words<'r> {
    rule: &'r Rule,
    /// The message has a word of each.
    groups: Vec<Vec<Word>>,
    exact: Vec<Word>,
    none: Vec<Word>,
}

impl<'r> Words<'r> {
    fn of(rule: &'r Rule, synonyms: &Synonyms) -> Self {
        let words = |words: &[String]| words.iter().map(|word| Word::of(word, synonyms)).collect();
        let when = &rule.when;
        let any = Some(&when.any).filter(|any| !any.is_empty());
        Self {
            rule,
            groups: when.all.iter().chain(any).map(|group| words(group)).collect(),
            exact: words(&when.exact),
            none: words(&when.none),
        }
    }

    /// Why it can't fire, where it can't.
    fn never_fires(&self) -> Option<String> {
        let barred = |word: &Word| word.plain && self.none.iter().any(|none| word.brings(none));
        if self
            .groups
            .iter()
            .any(|group| !group.is_empty() && group.iter().all(barred))
        {
            return Some("its own `none` takes every word of a group".to_owned());
        }
        let most = self.rule.when.max_chars?;
        let long = |word: &Word| word.plain && word.text.chars().count() > most;
        let too_long = self
            .groups
            .iter()
            .any(|group| !group.is_empty() && group.iter().all(long));
        too_long.then(|| format!("a message of {most} characters has no room for a word of each group"))
    }

    /// A rule that fires whenever this one does and wins.
    fn beaten_by(&self, all: &[Words<'r>], asked: &HashMap<&str, Vec<usize>>) -> Option<&'r Rule> {
        let mut compared = BTreeSet::<usize>::new();
        // A rule that asks for less has, for each of its groups, a group of this one whose first word brings a word of it.
        let firsts = self
            .groups
            .iter()
            .chain([&self.exact])
            .filter_map(|group| group.first());
        for word in firsts {
            let ends: Vec<usize> = word
                .text
                .char_indices()
                .map(|(at, c)| at + c.len_utf8())
                .take(MAX_WORD_CHARS)
                .collect();
            for (from, _) in word.text.char_indices().take(MAX_WORD_CHARS) {
                for part in ends.iter().filter_map(|&end| word.text.get(from..end)) {
                    let found = asked.get(part).into_iter().flatten().copied();
                    compared.extend(found.take(MAX_COMPARED.saturating_sub(compared.len())));
                }
            }
        }
        compared
            .into_iter()
            .filter_map(|n| all.get(n))
            .find(|other| self.always_loses_to(other))
            .map(|other| other.rule)
    }

    fn always_loses_to(&self, other: &Self) -> bool {
        let (own, when) = (&self.rule.when, &other.rule.when);
        let accounts = &other.rule.accounts;
        let (valid, lasts) = (&self.rule.valid, &other.rule.valid);
        let covers = |group: &Vec<Word>| {
            self.groups.iter().any(|own| {
                !own.is_empty()
                    && own
                        .iter()
                        .all(|word| group.iter().any(|other| word.brings(other)))
            })
        };
        other.rule.priority > self.rule.priority
            && (accounts.is_empty()
                || !self.rule.accounts.is_empty()
                    && self
                        .rule
                        .accounts
                        .iter()
                        .all(|account| accounts.contains(account)))
            && lasts
                .from
                .is_none_or(|first| valid.from.is_some_and(|from| from >= first))
            && lasts
                .until
                .is_none_or(|last| valid.until.is_some_and(|until| until <= last))
            && (other.exact.is_empty()
                || !self.exact.is_empty() && self.exact.iter().all(|word| other.exact.contains(word)))
            && other.groups.iter().all(covers)
            && other
                .none
                .iter()
                .all(|none| self.none.iter().any(|own| none.brings(own)))
            && (when.near.is_none() || when.near == own.near)
            && (when.regex.is_none() || when.regex == own.regex)
            && (when.hours.is_none() || when.hours == own.hours)
            && (when.talk == Talk::default() || when.talk == own.talk)
            && match (when.max_chars, own.max_chars) {
                (Some(most), Some(own)) => own <= most,
                (None, None) => true,
                _ => false,
            }
    }
}
