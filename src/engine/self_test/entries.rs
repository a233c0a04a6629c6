//! The examples and counterexamples of FAQ entries.

use super::rules::instead;
use super::trial::{Trial, on};
use crate::decide::Verdict;
use crate::engine::analysis::{Analysis, MessageContext};
use crate::keyword::MatchState;
use crate::rulebook::{Code, Diagnostic, FaqEntry, TextList};

/// Everything that entries do against their own examples.
pub(super) fn check(trial: &Trial<'_>) -> Vec<Diagnostic> {
    let mut analysis = Vec::new();
    for entry in &trial.compiled.rulebook.faq {
        for (index, text) in entry.examples.iter().enumerate() {
            analysis.extend(
                trial
                    .contexts(&entry.accounts, entry.valid, MatchState::default())
                    .find_map(|context| example(trial, entry, index, text, context)),
            );
        }
        for (index, text) in entry.counterexamples.iter().enumerate() {
            analysis.extend(
                trial
                    .contexts(&entry.accounts, entry.valid, MatchState::default())
                    .find_map(|context| counterexample(trial, entry, index, text, context)),
            );
        }
    }
    analysis
}

fn example(
    trial: &Trial<'_>,
    entry: &FaqEntry,
    index: usize,
    text: &str,
    context: MessageContext<'_>,
) -> Option<Diagnostic> {
    let compiled = trial.compiled;
    let decision = Analysis::gather(compiled, text, context).decide();
    let on = on(context);
    let at = || {
        compiled
            .rulebook
            .text_location(&entry.location, TextList::Examples, index)
    };
    match &decision.verdict {
        Verdict::Entry { entry: other, .. } if *other == entry.id => None,
        Verdict::Entry { entry: other, .. } => {
            let finding = Diagnostic::error(
                Code::ShadowedExample,
                format!("the example `{text}` of `{}` gets another entry's answer{on}", entry.id),
            )
            .at(at())
            .label(format!("answered by `{other}`"))
            .help("add the example's words to the entry's phrasings, or take phrasings like it from the other entry");
            Some(match compiled.entry(other) {
                Some(other) => finding.related(other.location.clone(), "the other entry"),
                None => finding,
            })
        }
        Verdict::Rule { rule, place, .. } => {
            let winner = compiled.rulebook.rules.get(*place)?;
            // A rule and an entry of one theme are two ways to the same answer.
            if winner.theme == entry.theme {
                return None;
            }
            let finding = Diagnostic::warning(
                Code::ShadowedExample,
                format!("the example `{text}` of `{}` gets a rule's answer{on}", entry.id),
            )
            .at(at())
            .label(format!("answered by `{rule}`, of another theme"))
            .help("rules come before the FAQ: add a word of the example to the rule's `none`");
            Some(finding.related(winner.location.clone(), "the rule"))
        }
        Verdict::Menu { entries } => {
            let shown = if entries.contains(&entry.id) {
                "the menu has the entry"
            } else {
                "the menu does not even have the entry"
            };
            Some(
                Diagnostic::warning(
                    Code::LostExample,
                    format!(
                        "the example `{text}` of `{}` is only asked back about{on}",
                        entry.id
                    ),
                )
                .at(at())
                .label(shown)
                .help("add a phrasing that is closer to the example"),
            )
        }
        Verdict::Person { .. } | Verdict::Silent => Some(
            Diagnostic::warning(
                Code::LostExample,
                format!("the example `{text}` of `{}` is not answered{on}", entry.id),
            )
            .at(at())
            .label(format!("instead {}", instead(&decision)))
            .help(
                "add a phrasing that is closer to the example; words that bring a person come before the FAQ",
            ),
        ),
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
    let decision = Analysis::gather(compiled, text, context).decide();
    match &decision.verdict {
        Verdict::Entry { entry: other, .. } if *other == entry.id => Some(
            Diagnostic::error(
                Code::HitCounterexample,
                format!("`{}` answers its counterexample `{text}`{}", entry.id, on(context)),
            )
            .at(compiled
                .rulebook
                .text_location(&entry.location, TextList::Counterexamples, index))
            .label(format!("answered with {:.2}", decision.confidence.unwrap_or_default()))
            .help("take away the phrasing that is like it, or give the counterexample an entry or a rule of its own"),
        ),
        _ => None,
    }
}
