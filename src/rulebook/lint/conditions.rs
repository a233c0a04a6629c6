//! Rules with the same condition, and rules without examples.

use std::collections::HashMap;

use super::share_an_account;
use crate::catalogue::{text, wording};
use crate::rulebook::diagnostic::{Code, Diagnostic, Problems};
use crate::rulebook::shapes::{ConversationCondition, Hours, Rule, RuleOutcome, When};
use crate::text::{Synonyms, fold};

/// Reports rules without examples, rules with the same condition, and contradicting answers.
pub(in crate::rulebook) fn rules(rules: &[Rule], synonyms: &Synonyms, problems: &mut Problems) {
    let mut seen: HashMap<Condition, Vec<&Rule>> = HashMap::new();
    for rule in rules {
        if rule.examples.is_empty() {
            problems.push(
                Diagnostic::warning(Code::NoExamples, wording!("no-examples", rule = rule.id))
                    .at(rule.location.clone()),
            );
        }
        let same = seen.entry(condition(&rule.when, synonyms)).or_default();
        for first in same.iter() {
            same_condition(first, rule, problems);
        }
        // Comparing each of many equal rules with each other would take quadratic time.
        if same.len() < 8 {
            same.push(rule);
        }
    }
}

fn same_condition(first: &Rule, rule: &Rule, problems: &mut Problems) {
    let (one, other) = (&first.valid, &rule.valid);
    let apart_in_time = one
        .until
        .zip(other.from)
        .is_some_and(|(until, from)| until < from)
        || other
            .until
            .zip(one.from)
            .is_some_and(|(until, from)| until < from);
    if apart_in_time {
        return;
    }
    if share_an_account(&first.accounts, &rule.accounts) {
        problems.push(
            Diagnostic::warning(
                Code::SameCondition,
                wording!("same-condition", first = first.id, second = rule.id),
            )
            .at(rule.location.clone())
            .related(first.location.clone(), text!("other-rule")),
        );
    } else if let (RuleOutcome::Reply(content), RuleOutcome::Reply(answer)) = (&first.outcome, &rule.outcome)
        && content.text != answer.text
    {
        problems.push(
            Diagnostic::warning(
                Code::ContradictingAnswers,
                wording!("contradicting-rules", first = first.id, second = rule.id),
            )
            .at(rule.location.clone())
            .related(first.location.clone(), text!("other-answer")),
        );
    }
}

/// A condition with its words folded, in all spellings that synonyms give them, and sorted. Two conditions
/// that match the same messages by their words are equal.
#[derive(PartialEq, Eq, Hash)]
struct Condition {
    exact: Vec<String>,
    /// `any` is one group more.
    all: Vec<Vec<String>>,
    none: Vec<String>,
    regex: Option<String>,
    near: Option<(Vec<String>, Vec<String>, usize)>,
    hours: Option<Hours>,
    talk: ConversationCondition,
    max_chars: Option<usize>,
}

fn condition(when: &When, synonyms: &Synonyms) -> Condition {
    let unique = |mut words: Vec<String>| {
        words.sort();
        words.dedup();
        words
    };
    let spellings = |words: &[String]| words.iter().flat_map(|word| synonyms.spellings(word)).collect();
    let sorted = |words: &[String]| unique(spellings(words));
    let exact: Vec<String> = spellings(&when.exact);
    let any = Some(&when.any).filter(|any| !any.is_empty());
    let mut all: Vec<Vec<String>> = when.all.iter().chain(any).map(|group| sorted(group)).collect();
    all.sort();
    all.dedup();
    Condition {
        // Punctuation does not count here.
        exact: unique(exact.iter().map(|message| fold(message).bare()).collect()),
        all,
        none: sorted(&when.none),
        regex: when.regex.clone(),
        near: when
            .near
            .as_ref()
            .map(|near| (sorted(&near.one), sorted(&near.other), near.within)),
        hours: when.hours.clone(),
        talk: when.talk,
        max_chars: when.max_chars,
    }
}
