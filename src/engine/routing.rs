//! Who gets a message that a person is to answer and no rule speaks of: the FAQ's neighbours and the router say.

use sha2::{Digest, Sha256};

use super::analysis::{Analysis, MessageContext};
use super::compiled::CompiledRulebook;
use crate::decide::{Decision, Verdict};
use crate::message::{DepartmentId, EntryId, ThemeId};
use crate::reply::{DecidedBy, Reason};
use crate::route::{Likely, Routing, TrainingExample};
use crate::rulebook::{RuleOutcome, Rulebook};

/// The least confidence at which a neighbour's theme is taken for the message's, once its department is known.
const NEIGHBOUR_FLOOR: f64 = 0.05;

/// Decides about a message, and who gets it.
pub(super) fn decide(
    compiled: &CompiledRulebook,
    analysis: &Analysis<'_>,
    context: MessageContext<'_>,
) -> Decision {
    let mut decision = analysis.decide();
    if is_open(&decision, analysis) {
        let of_menu = decision.reasons.iter().any(Reason::is_none_of_these);
        let menu = context.conversation.menu.as_ref().filter(|_| of_menu);
        let text = menu.map_or(analysis.folded.original(), |menu| &menu.asked);
        place(compiled, analysis, compiled.router.route(text), &mut decision);
    }
    decision
}

/// Whether nothing but the FAQ's best entry may have said who gets it. Danger is not routed by likelihood: who watches the
/// account sees it at once. A typed request for a person says nothing of the matter.
fn is_open(decision: &Decision, analysis: &Analysis<'_>) -> bool {
    match &decision.verdict {
        Verdict::Person {
            by,
            department: None,
            forward: None,
            ..
        } => {
            let chosen = analysis.choice.is_some() && decision.theme.is_some();
            analysis.winner.is_none() && !matches!(by, DecidedBy::Emergency | DecidedBy::HandOff) && !chosen
        }
        _ => false,
    }
}

/// Puts the likeliest department into the decision where it is sure enough, and surer than the FAQ of its theme; and says why.
fn place(compiled: &CompiledRulebook, analysis: &Analysis<'_>, routing: Routing, decision: &mut Decision) {
    let threshold = compiled.rulebook.thresholds.route;
    let Some(best) = routing.departments.first().cloned() else {
        return;
    };
    let lead = |theme: &ThemeId| compiled.rulebook.themes.get(theme).map(|theme| &theme.department);
    let known = decision.theme.as_ref().and_then(lead);
    if known == Some(&best.department) {
        return;
    }
    let confidence = decision.confidence.unwrap_or(0.0);
    // The theme comes last among the reasons, and what was found here goes before it.
    let theme = decision.reasons.pop();
    match routing.sure(threshold) {
        Some(sure) if known.is_none() || sure.probability > confidence => {
            let neighbour = neighbour(compiled, analysis, &sure.department);
            decision.theme = neighbour.as_ref().map(|(_, theme)| theme.clone());
            decision.reasons.push(Reason::Routed {
                department: sure.department.clone(),
                probability: sure.probability,
                threshold,
                neighbour: neighbour.map(|(entry, _)| entry),
            });
            decision.reasons.push(match &decision.theme {
                Some(theme) => Reason::Theme { theme: theme.clone() },
                None => Reason::NoTheme,
            });
            if let Verdict::Person { department, .. } = &mut decision.verdict {
                *department = Some(sure.department.clone());
            }
        }
        _ => {
            if known.is_none() {
                let Likely {
                    department,
                    probability,
                } = best;
                decision.reasons.push(Reason::RouteUnsure {
                    department,
                    probability,
                    threshold,
                    strange: routing.strange,
                });
            }
            decision.reasons.extend(theme);
        }
    }
}

/// The likeliest FAQ entry whose theme the department leads.
fn neighbour(
    compiled: &CompiledRulebook,
    analysis: &Analysis<'_>,
    department: &DepartmentId,
) -> Option<(EntryId, ThemeId)> {
    let themes = &compiled.rulebook.themes;
    let offers = analysis.offers.as_deref().unwrap_or_default().iter();
    let mut near = offers.filter(|offer| {
        let led = themes.get(&offer.theme).map(|theme| &theme.department) == Some(department);
        led && offer.confidence >= NEIGHBOUR_FLOOR
    });
    near.next()
        .map(|offer| (offer.entry.clone(), offer.theme.clone()))
}

/// The most texts of the rulebook that are learnt from: a large bank says the same in many ways, and learning takes its time.
const MAX_RULEBOOK_EXAMPLES: usize = 6_000;

/// What the router learns: how the rulebook itself asks for each theme, then what the host knows from closed cases. Lessons of
/// departments that the rulebook does not have teach nothing.
pub(super) fn training_examples(rulebook: &Rulebook, closed: &[TrainingExample]) -> Vec<TrainingExample> {
    let mut own: Vec<(&ThemeId, String, &str)> = Vec::new();
    for entry in &rulebook.faq {
        let group = format!("faq {}", entry.id);
        let asked = std::iter::once(&entry.question).chain(&entry.phrasings);
        let texts = asked.chain(&entry.examples);
        own.extend(texts.map(|text| (&entry.theme, group.clone(), text.as_str())));
    }
    for rule in &rulebook.rules {
        let theme = match &rule.outcome {
            RuleOutcome::ForwardTheme(theme) => theme,
            // A desk that takes it from wherever it comes says nothing of the theme.
            RuleOutcome::ForwardAccount(_) | RuleOutcome::Escalate { .. } => continue,
            RuleOutcome::Reply(_) | RuleOutcome::Form(_) => &rule.theme,
        };
        let group = format!("rule {}", rule.id);
        own.extend(
            rule.examples
                .iter()
                .map(|text| (theme, group.clone(), text.as_str())),
        );
    }
    // Every n-th, so that each entry keeps some of its phrasings.
    let step = own.len().div_ceil(MAX_RULEBOOK_EXAMPLES).max(1);
    let own = own.into_iter().step_by(step).filter_map(|(theme, group, text)| {
        let department = rulebook.themes.get(theme)?.department.clone();
        Some(TrainingExample::new(text, department).in_group(group))
    });
    let known = closed
        .iter()
        .filter(|example| rulebook.departments.contains_key(&example.department));
    own.chain(known.cloned()).collect()
}

/// A hash of what is learnt: the same lessons in the same order teach the same.
pub(super) fn hash(training_examples: &[TrainingExample]) -> [u8; 32] {
    let mut hash = Sha256::new();
    let mut add = |text: &str| {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    };
    for example in training_examples {
        add(&example.text);
        add(example.department.as_str());
        add(example.group.as_deref().unwrap_or_default());
    }
    hash.finalize().into()
}
