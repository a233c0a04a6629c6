//! The numbers that decide when the FAQ answers and when it asks back.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::message::{PolicyId, ThemeId};

/// When to answer, when to ask back (`[thresholds]`).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Thresholds {
    /// The least confidence at which a FAQ entry answers, in `0..=1`.
    pub answer: f64,
    /// The least confidence at which the engine asks back, in `0..=1`, at most `answer`.
    pub menu: f64,
    /// How long a rule's message may be where the rule does not say, in folded characters.
    pub rule_chars: usize,
    /// How long a message may be for the FAQ to answer or ask back, in folded characters.
    pub faq_chars: usize,
    /// How long a menu can be chosen from, in minutes.
    pub menu_minutes: u32,
    /// The least probability at which a message without a matching rule is routed to the likeliest department
    /// instead of the account's own desk, in `0..=1`. Default: 0.85.
    #[serde(skip_serializing_if = "is_usual_route")]
    pub route: f64,
    /// Hours in which the same question to another account joins the citizen's open case instead of opening a
    /// second one, at most 720; 0 for never. Default: 24.
    #[serde(skip_serializing_if = "is_usual_window")]
    pub same_matter_hours: u32,
    /// How many messages of a citizen in a row may stay unanswered, in `1..=10`. The last of them goes to a
    /// person instead of a menu, so 1 never asks back. Default: 2.
    pub misses: u32,
    /// Whether a certain FAQ entry answers automatically (`automatic`).
    #[serde(skip_serializing_if = "Automatic::is_sure")]
    pub automatic: Automatic,
    /// The correction of the confidence that was learnt and accepted (`[thresholds.recalibration]`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recalibration: Option<Correction>,
    /// The certificate that was accepted (`[thresholds.certificate]`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<AcceptedCertificate>,
    /// Overrides for a theme (`[thresholds.theme.ID]`). They take precedence over those of its policy.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub themes: BTreeMap<ThemeId, ThresholdOverride>,
    /// Overrides for all themes with a deadline policy (`[thresholds.policy.ID]`).
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub policies: BTreeMap<PolicyId, ThresholdOverride>,
}

/// Whether a certain FAQ entry answers automatically.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Automatic {
    /// It does.
    #[default]
    Sure,
    /// Only at the threshold of a certificate for this exact FAQ, or at `answer` if that is stricter. Without
    /// a certificate the entry is at most offered in a menu.
    Certified,
    /// It is at most offered in a menu.
    Never,
}

impl Automatic {
    fn is_sure(&self) -> bool {
        *self == Self::Sure
    }
}

/// Thresholds that replace the general ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ThresholdOverride {
    /// The least confidence at which an entry answers, in `0..=1`.
    pub answer: Option<f64>,
    /// The least confidence at which the engine asks back, in `0..=1`.
    pub menu: Option<f64>,
}

/// A correction of the FAQ's confidence: its logit z becomes `slope · z + shift`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Correction {
    /// The factor of the logit, above 0.
    pub slope: f64,
    /// The shift that is added.
    pub shift: f64,
}

/// A certificate as it was accepted.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct AcceptedCertificate {
    /// The least confidence that answers, before any correction, in `0..=1`.
    pub threshold: f64,
    /// The certified share of correct answers.
    pub precision: f64,
    /// The confidence level of the certificate.
    pub confidence: f64,
    /// The number of labelled messages it is based on.
    pub labels: usize,
    /// The FAQ that it was made for. It says nothing about another one.
    pub bank: String,
}

/// A rulebook without the key keeps the version that it had before the key existed.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_usual_route(route: &f64) -> bool {
    route.total_cmp(&Thresholds::ROUTE).is_eq()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_usual_window(hours: &u32) -> bool {
    *hours == Thresholds::SAME_MATTER_HOURS
}

impl Thresholds {
    /// With it, fewer than 5 in 100 real letters to seven departments are misrouted. The figure is from
    /// `examples/evaluate.rs --routing`.
    pub(in crate::rulebook) const ROUTE: f64 = 0.85;
    /// One day: a citizen usually writes to several accounts in one sitting.
    pub(in crate::rulebook) const SAME_MATTER_HOURS: u32 = 24;
    /// One menu may fail; a second one in a row does not help the citizen.
    pub(in crate::rulebook) const MISSES: u32 = 2;

    /// The `answer` and `menu` thresholds for an entry of this theme under the deadline policy `policy`.
    pub fn of(&self, theme: &ThemeId, policy: &PolicyId) -> (f64, f64) {
        let instead = [self.themes.get(theme), self.policies.get(policy)];
        let first = |of: fn(&ThresholdOverride) -> Option<f64>| instead.into_iter().flatten().find_map(of);
        let answer = first(|instead| instead.answer).unwrap_or(self.answer);
        let menu = first(|instead| instead.menu).unwrap_or(self.menu);
        // A theme that answers sooner asks back no later.
        (answer, menu.min(answer))
    }
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            answer: 0.80,
            menu: 0.45,
            rule_chars: 40,
            faq_chars: 60,
            menu_minutes: 30,
            route: Self::ROUTE,
            same_matter_hours: Self::SAME_MATTER_HOURS,
            misses: Self::MISSES,
            automatic: Automatic::Sure,
            recalibration: None,
            certificate: None,
            themes: BTreeMap::new(),
            policies: BTreeMap::new(),
        }
    }
}
