//! The examples and counterexamples of FAQ entries.

use super::rules::describe;
use super::trial::{Trial, on};
use crate::catalogue::{text, wording};
use crate::decide::{Decision, Verdict};
use crate::engine::analyze::{Analysis, MessageContext};
use crate::engine::compiled::CompiledRulebook;
use crate::engine::incoming::FoldedText;
use crate::keyword::MatchState;
use crate::rulebook::{Code, Diagnostic, FaqEntry, TextList};

/// Tests the examples and counterexamples of every entry.
pub(super) fn check(trial: &Trial<'_>) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for entry in &trial.compiled.rulebook.faq {
        for (index, text) in entry.examples.iter().enumerate() {
            findings.extend(
                trial
                    .contexts(&entry.accounts, entry.valid, MatchState::default())
                    .find_map(|context| example(trial, entry, index, text, context)),
            );
        }
        for (index, text) in entry.counterexamples.iter().enumerate() {
            findings.extend(
                trial
                    .contexts(&entry.accounts, entry.valid, MatchState::default())
                    .find_map(|context| counterexample(trial, entry, index, text, context)),
            );
        }
    }
    findings
}

fn example(
    trial: &Trial<'_>,
    entry: &FaqEntry,
    index: usize,
    text: &str,
    context: MessageContext<'_>,
) -> Option<Diagnostic> {
    let compiled = trial.compiled;
    let decision = decide(compiled, text, context);
    let on = on(context);
    let at = || {
        compiled
            .rulebook
            .text_location(&entry.location, TextList::Examples, index)
    };
    match &decision.verdict {
        Verdict::Entry { entry: other, .. } if *other == entry.id => None,
        Verdict::Entry { entry: other, .. } => {
            let wording = wording!(
                "example-of-other-entry",
                example = text,
                entry = entry.id,
                on = on,
                winner = other,
            );
            let finding = Diagnostic::error(Code::ShadowedExample, wording).at(at());
            Some(match compiled.entry(other) {
                Some(other) => finding.related(other.location.clone(), text!("other-entry")),
                None => finding,
            })
        }
        Verdict::Rule { rule, place, .. } => {
            let winner = compiled.rulebook.rules.get(*place)?;
            // A rule and an entry of one theme are two ways to the same answer.
            if winner.theme == entry.theme {
                return None;
            }
            let wording = wording!(
                "example-of-rule",
                example = text,
                entry = entry.id,
                on = on,
                rule = rule
            );
            let finding = Diagnostic::warning(Code::ShadowedExample, wording).at(at());
            Some(finding.related(winner.location.clone(), text!("the-rule")))
        }
        Verdict::Menu { entries } => {
            let wording = if entries.contains(&entry.id) {
                wording!("example-in-menu", example = text, entry = entry.id, on = on)
            } else {
                wording!("example-not-in-menu", example = text, entry = entry.id, on = on)
            };
            Some(Diagnostic::warning(Code::LostExample, wording).at(at()))
        }
        Verdict::Person { .. } | Verdict::Silent | Verdict::Entries { .. } => {
            let wording = wording!(
                "example-unanswered",
                example = text,
                entry = entry.id,
                on = on,
                outcome = describe(&decision),
            );
            Some(Diagnostic::warning(Code::LostExample, wording).at(at()))
        }
    }
}

fn counterexample(
    trial: &Trial<'_>,
    entry: &FaqEntry,
    index: usize,
    text: &str,
    context: MessageContext<'_>,
) -> Option<Diagnostic> {
    let compiled = trial.compiled;
    let decision = decide(compiled, text, context);
    match &decision.verdict {
        Verdict::Entry { entry: other, .. } if *other == entry.id => {
            let wording = wording!(
                "counterexample-answered",
                example = text,
                entry = entry.id,
                on = on(context),
                confidence = format!("{:.2}", decision.confidence.unwrap_or_default()),
            );
            let rulebook = &compiled.rulebook;
            let place = rulebook.text_location(&entry.location, TextList::Counterexamples, index);
            Some(Diagnostic::error(Code::HitCounterexample, wording).at(place))
        }
        _ => None,
    }
}

fn decide(compiled: &CompiledRulebook, text: &str, context: MessageContext<'_>) -> Decision {
    Analysis::of(compiled, &FoldedText::of(text), context).decide()
}
