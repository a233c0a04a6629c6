//! The examples and counterexamples of rules.

use super::trial::{Trial, on};
use crate::decide::Decision;
use crate::engine::explain;
use crate::engine::findings::{Findings, Scene};
use crate::keyword::Moment;
use crate::reply::{Beaten, By, Reason};
use crate::rulebook::{Code, Diagnostic, Rule};

/// Everything that rules do against their own examples.
pub(super) fn check(trial: &Trial<'_>) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for (place, rule) in trial.serving.rulebook.rules.iter().enumerate() {
        for text in &rule.examples {
            findings.extend(
                trial
                    .scenes(&rule.accounts, rule.valid, Moment::of(&rule.when))
                    .find_map(|scene| example(trial, place, rule, text, scene)),
            );
        }
        for text in &rule.counterexamples {
            findings.extend(
                trial
                    .scenes(&rule.accounts, rule.valid, Moment::of(&rule.when))
                    .find_map(|scene| counterexample(trial, place, rule, text, scene)),
            );
        }
    }
    findings
}

fn example(trial: &Trial<'_>, place: usize, rule: &Rule, text: &str, scene: Scene<'_>) -> Option<Diagnostic> {
    let serving = trial.serving;
    let mut findings = Findings::without_faq(serving, text, scene);
    let own = By::Rule(rule.id.clone());
    // Where a rule decides, the FAQ is not asked: most examples are done here.
    if findings.decide().by() == own {
        return None;
    }
    findings.ask_faq(serving, scene);
    let decision = findings.decide();
    let rulebook = &serving.rulebook;
    let at = rulebook.place_in_list(&rule.location, "examples", text);
    let fired = findings.matches.fired.iter().any(|fired| fired.rule == place);
    let winner = findings.ruling.as_ref().filter(|ruling| ruling.rule != rule.id);
    if let Some((winner, ruling)) = winner
        .filter(|_| fired)
        .and_then(|ruling| Some((rulebook.rules.get(ruling.place)?, ruling)))
    {
        let why = ruling.beaten.iter().find(|(other, _)| *other == rule.id);
        // Said of the rule that is beaten, whose example is marked.
        let why = why.map_or_else(String::new, |(_, why)| match why {
            Beaten::Priority => format!(": `{}` has the lower priority", rule.id),
            Beaten::Specificity => format!(": `{}` matches less of the message", rule.id),
            Beaten::Order => format!(": both match as much, and the id `{}` comes later", rule.id),
        });
        return Some(
            Diagnostic::error(
                Code::ShadowedExample,
                format!("the rule `{}` is beaten on its example `{text}`{}", rule.id, on(scene)),
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
            on(scene)
        ),
    )
    .at(at);
    let label = format!("instead {}", instead(&decision));
    Some(if fired {
        finding
            .label(label)
            .help("words that bring a person come before rules: take such words out of the example, or name them in the rule")
    } else {
        let failed = explain::lacking(serving, place, &findings, scene).unwrap_or_default();
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
    text: &str,
    scene: Scene<'_>,
) -> Option<Diagnostic> {
    let findings = Findings::without_faq(trial.serving, text, scene);
    let fired = findings.matches.fired.iter().find(|fired| fired.rule == place)?;
    let words: Vec<String> = fired
        .hits
        .iter()
        .map(|hit| format!("`{}`", hit.keyword))
        .collect();
    let at = trial
        .serving
        .rulebook
        .place_in_list(&rule.location, "counterexamples", text);
    Some(
        Diagnostic::error(
            Code::HitCounterexample,
            format!(
                "the rule `{}` fires on its counterexample `{text}`{}",
                rule.id,
                on(scene)
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
