//! The examples and counterexamples of rules.

use super::trial::{Trial, on};
use crate::catalogue::{text, wording};
use crate::decide::Decision;
use crate::engine::analyze::{Analysis, MessageContext};
use crate::engine::explain;
use crate::engine::incoming::FoldedText;
use crate::keyword::MatchState;
use crate::reply::{Beaten, DecidedBy, Reason};
use crate::rulebook::{Code, Diagnostic, Rule, TextList};

/// Tests the examples and counterexamples of every rule.
pub(super) fn check(trial: &Trial<'_>) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for (place, rule) in trial.compiled.rulebook.rules.iter().enumerate() {
        for (index, text) in rule.examples.iter().enumerate() {
            findings.extend(
                trial
                    .contexts(&rule.accounts, rule.valid, MatchState::of(&rule.when))
                    .find_map(|context| example(trial, place, rule, (index, text), context)),
            );
        }
        for (index, text) in rule.counterexamples.iter().enumerate() {
            findings.extend(
                trial
                    .contexts(&rule.accounts, rule.valid, MatchState::of(&rule.when))
                    .find_map(|context| counterexample(trial, place, rule, (index, text), context)),
            );
        }
    }
    findings
}

fn example(
    trial: &Trial<'_>,
    place: usize,
    rule: &Rule,
    (index, text): (usize, &str),
    context: MessageContext<'_>,
) -> Option<Diagnostic> {
    let compiled = trial.compiled;
    let folded = FoldedText::of(text);
    let mut analysis = Analysis::without_faq(compiled, &folded, context);
    let own = DecidedBy::Rule(rule.id.clone());
    // The FAQ is not searched when the rule decides, as it does for most examples.
    if analysis.decide().by() == own {
        return None;
    }
    analysis.search_faq(compiled, context);
    let decision = analysis.decide();
    let rulebook = &compiled.rulebook;
    let at = rulebook.text_location(&rule.location, TextList::Examples, index);
    let fired = analysis.matches.fired.iter().any(|fired| fired.rule == place);
    let winning = analysis.winner.as_ref().filter(|winning| winning.rule != rule.id);
    if let Some((winner, winning)) = winning
        .filter(|_| fired)
        .and_then(|winning| Some((rulebook.rules.get(winning.place)?, winning)))
    {
        let why = winning.beaten.iter().find(|(other, _)| *other == rule.id);
        // The marked example belongs to the beaten rule, so the reason is about that rule.
        let why = why.map_or_else(String::new, |(_, why)| {
            let why = match why {
                Beaten::Priority => text!("beaten-priority", rule = rule.id),
                Beaten::Specificity => text!("beaten-specificity", rule = rule.id),
                Beaten::Order => text!("beaten-order", rule = rule.id),
            };
            format!(": {why}")
        });
        let wording = wording!(
            "example-beaten",
            example = text,
            rule = rule.id,
            on = on(context),
            winner = winner.id,
            why = why,
        );
        return Some(
            Diagnostic::error(Code::ShadowedExample, wording)
                .at(at)
                .related(winner.location.clone(), text!("the-winner")),
        );
    }
    let (id, on, outcome) = (&rule.id, on(context), describe(&decision));
    let wording = if fired {
        wording!(
            "example-preempted",
            example = text,
            rule = id,
            on = on,
            outcome = outcome
        )
    } else {
        let failed = explain::failed_conditions(compiled, place, &analysis, context).unwrap_or_default();
        let failed: Vec<String> = failed.iter().map(ToString::to_string).collect();
        wording!(
            "example-not-matched",
            example = text,
            rule = id,
            on = on,
            outcome = outcome,
            failed = failed.join("; "),
        )
    };
    Some(Diagnostic::error(Code::LostExample, wording).at(at))
}

fn counterexample(
    trial: &Trial<'_>,
    place: usize,
    rule: &Rule,
    (index, text): (usize, &str),
    context: MessageContext<'_>,
) -> Option<Diagnostic> {
    let folded = FoldedText::of(text);
    let analysis = Analysis::without_faq(trial.compiled, &folded, context);
    let fired = analysis.matches.fired.iter().find(|fired| fired.rule == place)?;
    let words: Vec<String> = fired
        .hits
        .iter()
        .map(|hit| format!("`{}`", hit.keyword))
        .collect();
    let at = trial
        .compiled
        .rulebook
        .text_location(&rule.location, TextList::Counterexamples, index);
    let wording = wording!(
        "counterexample-fires",
        example = text,
        rule = rule.id,
        on = on(context),
        words = words.join(", "),
    );
    Some(Diagnostic::error(Code::HitCounterexample, wording).at(at))
}

/// The decision and its reasons, for a message.
pub(super) fn describe(decision: &Decision) -> String {
    let weighed = decision.reasons.iter().filter(|reason| {
        !matches!(
            reason,
            Reason::Theme { .. } | Reason::NoTheme | Reason::FaqCandidates { .. }
        )
    });
    let weighed: Vec<String> = weighed.map(ToString::to_string).collect();
    format!("{}: {}", explain::summary(decision), weighed.join("; "))
}
