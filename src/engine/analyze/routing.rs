//! Predicts the department of a message that goes to a person when no rule matches.

use super::analysis::Analysis;
use crate::decide::{Decision, Verdict};
use crate::engine::compiled::CompiledRulebook;
use crate::message::{DepartmentId, EntryId, ThemeId};
use crate::reply::{DecidedBy, Reason};
use crate::route::{Likely, Routing};

/// The least confidence at which a message gets the theme of its nearest entry, once its department is known.
const NEIGHBOUR_FLOOR: f64 = 0.05;

/// Predicts the department of `text` where nothing else names one.
pub(super) fn route_text(
    compiled: &CompiledRulebook,
    analysis: &Analysis<'_>,
    text: &str,
    decision: &mut Decision,
) {
    if needs_routing(decision, analysis) {
        route(compiled, analysis, compiled.router.route(text), decision);
    }
}

/// The theme as the last reason.
pub(super) fn set_theme(decision: &mut Decision, theme: Option<ThemeId>) {
    if matches!(
        decision.reasons.last(),
        Some(Reason::Theme { .. } | Reason::NoTheme)
    ) {
        decision.reasons.pop();
    }
    decision.reasons.push(match &theme {
        Some(theme) => Reason::Theme { theme: theme.clone() },
        None => Reason::NoTheme,
    });
    decision.theme = theme;
}

/// Whether at most the FAQ's best entry has named a department. Emergencies stay at the account's own desk,
/// which sees them at once. A request for a person says nothing about the matter.
fn needs_routing(decision: &Decision, analysis: &Analysis<'_>) -> bool {
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

/// Sets the likeliest department if its probability reaches the threshold and exceeds the FAQ's confidence in
/// its own theme. Adds the reason.
fn route(compiled: &CompiledRulebook, analysis: &Analysis<'_>, routing: Routing, decision: &mut Decision) {
    let threshold = compiled.rulebook.thresholds.route;
    let Some(best) = routing.departments.first().cloned() else {
        return;
    };
    let lead_department =
        |theme: &ThemeId| compiled.rulebook.themes.get(theme).map(|theme| &theme.department);
    let known = decision.theme.as_ref().and_then(lead_department);
    if known == Some(&best.department) {
        return;
    }
    let confidence = decision.confidence.unwrap_or(0.0);
    // The theme is the last reason; the reasons from here go before it.
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

/// The likeliest FAQ entry among the themes that the department leads.
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
