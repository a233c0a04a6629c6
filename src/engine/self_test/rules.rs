//! The examples and counterexamples of rules.

use super::trial::{Trial, on};
use crate::decide::Decision;
use crate::engine::analysis::{Analysis, MessageContext};
use crate::engine::explain;
use crate::keyword::MatchState;
use crate::reply::{Beaten, DecidedBy, Reason};
use crate::rulebook::{Code, Diagnostic, Rule, TextList};

/// Everything that rules do against their own examples.
pub(super) fn check(trial: &Trial<'_>) -> Vec<Diagnostic> {
    let mut analysis = Vec::new();
    for (place, rule) in trial.compiled.rulebook.rules.iter().enumerate() {
        for (index, text) in rule.examples.iter().enumerate() {
            analysis.extend(
                trial
                    .contexts(&rule.accounts, rule.valid, MatchState::of(&rule.when))
                    .find_map(|context| example(trial, place, rule, (index, text), context)),
            );
        }
        for (index, text) in rule.counterexamples.iter().enumerate() {
            analysis.extend(
                trial
                    .contexts(&rule.accounts, rule.valid, MatchState::of(&rule.when))
                    .find_map(|context| counterexample(trial, place, rule, (index, text), context)),
            );
        }
    }
    analysis
}

fn example(
    trial: &Trial<'_>,
    place: usize,
    rule: &Rule,
    (index, text): (usize, &str),
    context: MessageContext<'_>,
) -> Option<Diagnostic> {
    let compiled = trial.compiled;
    let mut analysis = Analysis::without_faq(compiled, text, context);
    let own = DecidedBy::Rule(rule.id.clone());
    // Where a rule decides, the FAQ is not asked: most examples are done here.
    if analysis.decide().by() == own {
        return None;
    }
    analysis.ask_faq(compiled, context);
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
        // Said of the rule that is beaten, whose example is marked.
        let why = why.map_or_else(String::new, |(_, why)| match why {
            Beaten::Priority => format!(": `{}` has the lower priority", rule.id),
            Beaten::Specificity => format!(": `{}` matches less of the message", rule.id),
            Beaten::Order => format!(": both match as much, and the id `{}` comes later", rule.id),
        });
        return Some(
            Diagnostic::error(
                Code::ShadowedExample,
                format!("the rule `{}` is beaten on its example `{text}`{}", rule.id, on(context)),
            )
            .at(at)
            .label(format!("`{}` wins{why}", winner.id))
            .help(format!(
                "raise the rule's `priority`, make its words more specific, or put the example's words into `none` of `{}`",
                winner.id
            ))
            .related(winner.location.clone(), "the winner"),
        );
    }
    let finding = Diagnostic::error(
        Code::LostExample,
        format!(
            "the rule `{}` does not decide about its example `{text}`{}",
            rule.id,
            on(context)
        ),
    )
    .at(at);
    let label = format!("instead {}", instead(&decision));
    Some(if fired {
        finding
            .label(label)
            .help("words that bring a person come before rules: take such words out of the example, or name them in the rule")
    } else {
        let failed = explain::lacking(compiled, place, &analysis, context).unwrap_or_default();
        let failed: Vec<String> = failed.iter().map(ToString::to_string).collect();
        finding.label(label).help(format!(
            "the rule does not fire: {}; change its `when` or the example",
            failed.join("; ")
        ))
    })
}

fn counterexample(
    trial: &Trial<'_>,
    place: usize,
    rule: &Rule,
    (index, text): (usize, &str),
    context: MessageContext<'_>,
) -> Option<Diagnostic> {
    let analysis = Analysis::without_faq(trial.compiled, text, context);
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
    Some(
        Diagnostic::error(
            Code::HitCounterexample,
            format!(
                "the rule `{}` fires on its counterexample `{text}`{}",
                rule.id,
                on(context)
            ),
        )
        .at(at)
        .label(format!("fires on {}", words.join(", ")))
        .help("add a word of the counterexample to `none`, or make the rule's words more specific"),
    )
}

/// What happened, in the words of the weighing.
pub(super) fn instead(decision: &Decision) -> String {
    let weighed = decision.reasons.iter().filter(|reason| {
        !matches!(
            reason,
            Reason::Theme { .. } | Reason::NoTheme | Reason::FaqCandidates { .. }
        )
    });
    let weighed: Vec<String> = weighed.map(ToString::to_string).collect();
    format!("{}: {}", explain::in_short(decision), weighed.join("; "))
}
