//! The numbers that decide when the FAQ answers and when it asks back.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::message::{PolicyId, ThemeId};

/// When to answer, when to ask back (`[thresholds]`).
#[derive(Clone, Debug, PartialEq, Serialize)]
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
    /// The least probability at which a message that no rule speaks of goes to the likeliest department instead of the account's
    /// own desk, in `0..=1`. 0.85 where the rulebook does not say.
    #[serde(skip_serializing_if = "is_usual_route")]
    pub route: f64,
    /// For how many hours a citizen who asks another account the same joins the open case instead of opening another, at most
    /// 720; 0 for never. 24 where the rulebook does not say.
    #[serde(skip_serializing_if = "is_usual_window")]
    pub same_matter_hours: u32,
    /// How many messages of a citizen in a row may miss, in `1..=10`: the last of them reaches a person instead of another
    /// menu, so 1 never asks back. 2 where the rulebook does not say.
    pub misses: u32,
    /// Whether a sure FAQ entry answers by itself (`automatic`).
    #[serde(skip_serializing_if = "Automatic::is_sure")]
    pub automatic: Automatic,
    /// What was learnt about the confidence and accepted (`[thresholds.recalibration]`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recalibration: Option<Correction>,
    /// The certificate that was accepted (`[thresholds.certificate]`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<AcceptedCertificate>,
    /// What holds for a theme instead (`[thresholds.theme.ID]`); it goes before its policy's.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub themes: BTreeMap<ThemeId, ThresholdOverride>,
    /// What holds for the themes of a deadline policy instead (`[thresholds.policy.ID]`).
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub policies: BTreeMap<PolicyId, ThresholdOverride>,
}

/// Whether a sure FAQ entry answers by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Automatic {
    /// It does.
    #[default]
    Sure,
    /// Only at the threshold of a certificate for this very FAQ, and at `answer` where that is stricter; without one it is
    /// offered in a menu at best.
    Certified,
    /// It is offered in a menu at best.
    Never,
}

impl Automatic {
    fn is_sure(&self) -> bool {
        *self == Self::Sure
    }
}

/// Thresholds that hold instead of the general ones, where given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct ThresholdOverride {
    /// The least confidence at which an entry answers, in `0..=1`.
    pub answer: Option<f64>,
    /// The least confidence at which the engine asks back, in `0..=1`.
    pub menu: Option<f64>,
}

/// A correction of the FAQ's confidence: its logit z becomes `slope · z + shift`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Correction {
    /// What the logit is multiplied by, above 0.
    pub slope: f64,
    /// What is added.
    pub shift: f64,
}

/// A certificate as it was accepted.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AcceptedCertificate {
    /// The least confidence that answers, before any correction, in `0..=1`.
    pub threshold: f64,
    /// The share of the answers that is right, as promised.
    pub precision: f64,
    /// How sure the promise is.
    pub confidence: f64,
    /// How many labelled messages it rests on.
    pub labels: usize,
    /// The FAQ that it was made for; it promises nothing about another.
    pub bank: String,
}

/// Rulebooks that do not say it keep the version that they had before it could be said.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_usual_route(route: &f64) -> bool {
    route.total_cmp(&Thresholds::ROUTE).is_eq()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_usual_window(hours: &u32) -> bool {
    *hours == Thresholds::SAME_MATTER_HOURS
}

impl Thresholds {
    /// Of real letters to seven departments fewer than 5 in 100 go wrong with it (`examples/evaluate.rs --routing`).
    pub(in crate::rulebook) const ROUTE: f64 = 0.85;
    /// A day: who writes to several accounts does it in one sitting.
    pub(in crate::rulebook) const SAME_MATTER_HOURS: u32 = 24;
    /// One menu may fail: who is asked back twice in a row has not been helped.
    pub(in crate::rulebook) const MISSES: u32 = 2;

    /// The least confidences at which an entry of this theme, whose deadlines follow `policy`, answers and is asked back
    /// about.
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
