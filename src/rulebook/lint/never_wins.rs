//! Rules that can never win.
//!
//! Only certain cases are reported: the winning rule fires on every message on which this rule fires.
//! Synonyms, different hours or a pattern can leave this open; then nothing is reported, and the examples of
//! the rule show at load which rule takes them.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap};

use super::condition_words::{Word, Words};
use super::never_fires::{Blockers, asks_for_a_person, never_fires};
use crate::catalogue::{Wording, text, wording};
use crate::rulebook::diagnostic::{Code, Diagnostic, Problems};
use crate::rulebook::shapes::{ConversationCondition, PersonWords, Rule, Thresholds};
use crate::text::Synonyms;

/// How many rules one rule is compared with.
const MAX_COMPARED: usize = 100;

/// How many characters of a word are looked at for words in it.
const MAX_WORD_CHARS: usize = 40;

/// Reports the rules that can never win.
pub(in crate::rulebook) fn never_wins(
    rules: &[Rule],
    words: &PersonWords,
    thresholds: &Thresholds,
    synonyms: &Synonyms,
    problems: &mut Problems,
) {
    let blockers = Blockers::of(thresholds, words, synonyms);
    let mut read: Vec<Words<'_>> = rules
        .iter()
        .map(|rule| Words::of(rule, thresholds.rule_chars, synonyms))
        .collect();
    // Those that are likelier to win are compared first.
    read.sort_by_key(|words| std::cmp::Reverse(words.rule.priority));
    // Each word with the rules that ask for it.
    let mut asked: HashMap<&str, Vec<usize>> = HashMap::new();
    for (n, words) in read.iter().enumerate() {
        for word in words.groups.iter().chain([&words.exact]).flatten() {
            asked.entry(&word.text).or_default().push(n);
        }
    }
    for words in &read {
        if let Some(why) = never_fires(words, &blockers) {
            let wording = wording!("rule-never-fires", rule = words.rule.id, reason = why);
            problems.push(warning(words.rule, wording));
        } else if asks_for_a_person(words, &blockers) {
            let wording = wording!("rule-asks-for-person", rule = words.rule.id);
            problems.push(warning(words.rule, wording));
        } else if let Some(other) = beaten_by(words, &read, &asked) {
            let (rule, winner) = (&words.rule.id, &other.id);
            let wording = if other.priority == words.rule.priority {
                wording!("rule-beaten-by-id", rule = rule, winner = winner)
            } else {
                wording!("rule-beaten-by-priority", rule = rule, winner = winner)
            };
            let finding = warning(words.rule, wording);
            problems.push(finding.related(other.location.clone(), text!("always-wins")));
        }
    }
}

fn warning(rule: &Rule, wording: Wording) -> Diagnostic {
    Diagnostic::warning(Code::NeverWins, wording).at(rule.location.clone())
}

/// A rule that fires whenever this one does and wins.
fn beaten_by<'r>(
    words: &Words<'r>,
    all: &[Words<'r>],
    asked: &HashMap<&str, Vec<usize>>,
) -> Option<&'r Rule> {
    let mut compared = BTreeSet::<usize>::new();
    // For each of its groups, a rule with a weaker condition has a word that is part of a word of this rule.
    for word in words
        .needed()
        .chain([&words.exact])
        .filter_map(|group| group.first())
    {
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
        .find(|other| always_beaten(words, other))
        .map(|other| other.rule)
}

fn always_beaten(words: &Words<'_>, other: &Words<'_>) -> bool {
    let wins = match other.rule.priority.cmp(&words.rule.priority) {
        Ordering::Greater => true,
        // Two conditions that are the same are another finding.
        Ordering::Equal => {
            other.rule.id < words.rule.id && covers_as_much(other, words) && !fires_whenever(words, other)
        }
        Ordering::Less => false,
    };
    wins && serves_whenever(other, words) && fires_whenever(other, words)
}

/// Whether `other` surely covers as much of a message as the rule of `words`, where both fire.
fn covers_as_much(other: &Words<'_>, words: &Words<'_>) -> bool {
    let (own, when) = (&words.rule.when, &other.rule.when);
    let among = |word: &Word| other.groups.iter().flatten().any(|other| other.text == word.text);
    !other.exact.is_empty()
        || (words.exact.is_empty()
            && words.groups.iter().flatten().all(among)
            && (own.near.is_none() || own.near == when.near)
            && (own.regex.is_none() || own.regex == when.regex))
}

/// Whether `other` serves every account and day that the rule of `words` does.
fn serves_whenever(other: &Words<'_>, words: &Words<'_>) -> bool {
    let (own, accounts) = (&words.rule.accounts, &other.rule.accounts);
    let (valid, lasts) = (&words.rule.valid, &other.rule.valid);
    (accounts.is_empty() || !own.is_empty() && own.iter().all(|account| accounts.contains(account)))
        && lasts
            .from
            .is_none_or(|first| valid.from.is_some_and(|from| from >= first))
        && lasts
            .until
            .is_none_or(|last| valid.until.is_some_and(|until| until <= last))
}

/// Whether the condition of `other` surely holds whenever that of `words` does.
fn fires_whenever(other: &Words<'_>, words: &Words<'_>) -> bool {
    let (own, when) = (&words.rule.when, &other.rule.when);
    let covers = |group: &Vec<Word>| {
        words.needed().any(|own| {
            own.iter()
                .all(|word| group.iter().any(|other| word.brings(other)))
        })
    };
    let named = |word: &Word| other.exact.iter().any(|other| other.text == word.text);
    (other.exact.is_empty() || !words.exact.is_empty() && words.exact.iter().all(named))
        && other.groups.iter().all(covers)
        && other
            .none
            .iter()
            .all(|none| words.none.iter().any(|own| none.brings(own)))
        && (when.near.is_none() || when.near == own.near)
        && (when.regex.is_none() || when.regex == own.regex)
        && (when.hours.is_none() || when.hours == own.hours)
        && (when.talk == ConversationCondition::default() || when.talk == own.talk)
        && words.most <= other.most
}
