//! Changes of the evidence that would change a decision: each is made alone, and the decision is made again.

use serde::Serialize;

use super::rules::{FailedCondition, RuleState, RuleTrace};
use crate::decide::{Decision, Evidence, FaqEvidence, decide};
use crate::engine::analyze::{Analysis, MessageContext};
use crate::engine::compiled::CompiledRulebook;
use crate::keyword::{Fired, KeywordError, KeywordIndex, Matches, resolve};
use crate::message::{EntryId, MAX_CHARS, RuleId};
use crate::reply::{Action, DecidedBy, Hit, Reason};
use crate::rulebook::{ConversationCondition, PersonWords, Rule, Validity};

/// The most rules with one failed condition that are tried.
const NEAR_RULES: usize = 20;

/// A change of the evidence, and the decision that it leads to.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct WhatIf {
    /// The change.
    #[serde(flatten)]
    pub change: EvidenceChange,
    /// The decision.
    pub then: DecisionSummary,
}

/// A decision in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DecisionSummary {
    /// The action.
    pub action: Action,
    /// The rule, entry or word that decides.
    pub by: DecidedBy,
}

/// A change of one point of the evidence. Words that are ignored stay in the message.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "change", rename_all = "snake_case")]
#[non_exhaustive]
pub enum EvidenceChange {
    /// These emergency words are ignored.
    NoEmergency {
        /// The words.
        hits: Vec<Hit>,
    },
    /// No menu is open.
    NoMenu,
    /// These words are no request for a person.
    NoHandOff {
        /// The words.
        hit: Hit,
    },
    /// These words are no complaint or personal matter.
    NotPersonal {
        /// The words.
        hits: Vec<Hit>,
    },
    /// The winning rule is removed.
    WithoutRule {
        /// The rule.
        rule: RuleId,
    },
    /// The rule that answers another part of the message is removed.
    WithoutOther {
        /// The rule.
        rule: RuleId,
    },
    /// The only failed condition of a rule holds.
    Condition {
        /// The rule.
        rule: RuleId,
        /// The condition.
        failed: FailedCondition,
    },
    /// The best entry is surer.
    Surer {
        /// The entry.
        entry: EntryId,
        /// Its confidence.
        confidence: f64,
        /// The difference to the threshold.
        missing: f64,
        /// The least confidence for an answer.
        threshold: f64,
    },
    /// The best entry is less sure.
    LessSure {
        /// The entry.
        entry: EntryId,
        /// Its confidence.
        confidence: f64,
        /// The difference to the threshold, exceeded by the change.
        spare: f64,
        /// The least confidence for an answer.
        threshold: f64,
    },
    /// The best three entries together are surer.
    SurerTogether {
        /// The probability that one of them answers.
        any: f64,
        /// The difference to the threshold.
        missing: f64,
        /// The least probability for a menu.
        threshold: f64,
    },
    /// The message is short enough for an automatic answer.
    Shorter {
        /// The number of folded characters.
        chars: usize,
        /// The limit.
        limit: usize,
    },
    /// No message before it led to a menu.
    FirstMiss,
}

/// The changes that lead to another decision, in the order of the weighing.
pub(super) fn what_if(
    compiled: &CompiledRulebook,
    analysis: &Analysis<'_>,
    decision: &Decision,
    traces: &[RuleTrace],
    context: MessageContext<'_>,
) -> Result<Vec<WhatIf>, KeywordError> {
    let mut tried = Tried {
        now: summary(decision),
        list: Vec::new(),
    };
    words(analysis, &mut tried);
    rules(compiled, analysis, &mut tried);
    near_rules(compiled, analysis, traces, context, &mut tried)?;
    confidence(analysis, decision, &mut tried);
    Ok(tried.list)
}

struct Tried {
    now: DecisionSummary,
    list: Vec<WhatIf>,
}

impl Tried {
    /// Keeps the change if it leads to another decision.
    fn weigh(&mut self, change: EvidenceChange, evidence: &Evidence<'_>) {
        let then = summary(&decide(evidence));
        if then != self.now {
            self.list.push(WhatIf { change, then });
        }
    }
}

pub(super) fn summary(decision: &Decision) -> DecisionSummary {
    DecisionSummary {
        action: decision.action(),
        by: decision.by(),
    }
}

fn words(analysis: &Analysis<'_>, tried: &mut Tried) {
    let matches = &analysis.matches;
    let mut without = |change: EvidenceChange, matches: &Matches| {
        let evidence = Evidence {
            matches,
            ..analysis.evidence()
        };
        tried.weigh(change, &evidence);
    };
    if !matches.emergencies.is_empty() {
        let hits = matches.emergencies.iter().map(|(_, hit)| hit.clone()).collect();
        let calm = Matches {
            emergencies: Vec::new(),
            ..matches.clone()
        };
        without(EvidenceChange::NoEmergency { hits }, &calm);
    }
    if let Some(hit) = matches.hand_off.first() {
        let alone = Matches {
            hand_off: Vec::new(),
            ..matches.clone()
        };
        without(EvidenceChange::NoHandOff { hit: hit.clone() }, &alone);
    }
    if !matches.personal.is_empty() {
        let calm = Matches {
            personal: Vec::new(),
            ..matches.clone()
        };
        let hits = matches.personal.clone();
        without(EvidenceChange::NotPersonal { hits }, &calm);
    }
    if analysis.choice.is_some() {
        let evidence = Evidence {
            choice: None,
            ..analysis.evidence()
        };
        tried.weigh(EvidenceChange::NoMenu, &evidence);
    }
}

fn rules(compiled: &CompiledRulebook, analysis: &Analysis<'_>, tried: &mut Tried) {
    let Some(winner) = &analysis.winner else {
        return;
    };
    let mut without = |rule: &RuleId, change: EvidenceChange| {
        let rules = &compiled.rulebook.rules;
        let is_it = |fired: &Fired| rules.get(fired.rule).is_some_and(|other| other.id == *rule);
        let mut fired = analysis.matches.fired.clone();
        fired.retain(|fired| !is_it(fired));
        let winner = resolve(&fired, rules);
        let evidence = analysis.with_winner(compiled, winner.as_ref());
        tried.weigh(change, &evidence);
    };
    let rule = winner.rule.clone();
    without(&winner.rule, EvidenceChange::WithoutRule { rule });
    if let Some(other) = &winner.apart {
        let rule = other.clone();
        without(other, EvidenceChange::WithoutOther { rule });
    }
}

/// Rules with one failed condition that would win if it held.
fn near_rules(
    compiled: &CompiledRulebook,
    analysis: &Analysis<'_>,
    traces: &[RuleTrace],
    context: MessageContext<'_>,
    tried: &mut Tried,
) -> Result<(), KeywordError> {
    let near = traces.iter().filter_map(|trace| match &trace.state {
        RuleState::NotFired { failed } => match failed.as_slice() {
            // A rule with one word found and another missing is hardly nearer than any rule of its theme.
            [FailedCondition::Any { .. } | FailedCondition::Group { .. }] if trace.found.len() < 2 => None,
            [one] => Some((&trace.rule, one)),
            _ => None,
        },
        _ => None,
    });
    let rules = &compiled.rulebook.rules;
    for (id, failed) in near.take(NEAR_RULES) {
        let Some(place) = rules.iter().position(|rule| rule.id == *id) else {
            continue;
        };
        let Some(eased) = rules.get(place).and_then(|rule| eased(rule, failed)) else {
            continue;
        };
        let eased = [eased];
        let index = KeywordIndex::build(
            &eased,
            &PersonWords::default(),
            &compiled.rulebook.synonyms,
            compiled.rulebook.thresholds.rule_chars,
        )?;
        let context = context.match_context(compiled);
        let Some(fired) = index.matches(analysis.text.folded(), &eased, context).fired.pop() else {
            continue;
        };
        let mut all = analysis.matches.fired.clone();
        all.push(Fired { rule: place, ..fired });
        let winner = resolve(&all, rules);
        let evidence = analysis.with_winner(compiled, winner.as_ref());
        if decide(&evidence).by() == DecidedBy::Rule(id.clone()) {
            let (rule, failed) = (id.clone(), failed.clone());
            tried.weigh(EvidenceChange::Condition { rule, failed }, &evidence);
        }
    }
    Ok(())
}

/// The rule without the failed condition. `None` if no condition would be left.
fn eased(rule: &Rule, failed: &FailedCondition) -> Option<Rule> {
    let mut rule = rule.clone();
    let when = &mut rule.when;
    match failed {
        FailedCondition::Exact => return None,
        FailedCondition::Any { .. } => when.any.clear(),
        FailedCondition::Group { number, .. } => {
            when.all
                .remove(number.checked_sub(1).filter(|place| *place < when.all.len())?);
        }
        FailedCondition::Forbidden { .. } => when.none.clear(),
        FailedCondition::Near { .. } => when.near = None,
        FailedCondition::Hours => when.hours = None,
        FailedCondition::Talk => when.talk = ConversationCondition::default(),
        FailedCondition::Pattern { .. } => when.regex = None,
        FailedCondition::TooLong { .. } => when.max_chars = Some(MAX_CHARS),
        FailedCondition::Account => rule.accounts.clear(),
        FailedCondition::NotInForce { .. } => rule.valid = Validity::default(),
    }
    Some(rule)
}

fn confidence(analysis: &Analysis<'_>, decision: &Decision, tried: &mut Tried) {
    let evidence = analysis.evidence();
    let limits = evidence.limits;
    let Some(best) = analysis.offers.as_ref().ok().and_then(|offers| offers.first()) else {
        return;
    };
    let (entry, confidence, threshold) = (best.entry.clone(), best.confidence, limits.answer);
    let with_best = |confidence: f64| -> Vec<FaqEvidence> {
        let mut offers = analysis.offers.clone().unwrap_or_default();
        if let Some(best) = offers.first_mut() {
            best.confidence = confidence;
        }
        offers
    };
    if confidence >= threshold {
        let offers = with_best(threshold.next_down());
        let spare = confidence - threshold;
        let change = EvidenceChange::LessSure {
            entry,
            confidence,
            spare,
            threshold,
        };
        tried.weigh(
            change,
            &Evidence {
                faq: Ok(&offers),
                ..evidence.clone()
            },
        );
    } else {
        let offers = with_best(threshold);
        let missing = threshold - confidence;
        let change = EvidenceChange::Surer {
            entry,
            confidence,
            missing,
            threshold,
        };
        tried.weigh(
            change,
            &Evidence {
                faq: Ok(&offers),
                ..evidence.clone()
            },
        );
    }
    for reason in &decision.reasons {
        let mut eased = evidence.clone();
        let change = match *reason {
            Reason::Unsure { any, menu_threshold } => {
                eased.limits.menu = any;
                EvidenceChange::SurerTogether {
                    any,
                    missing: menu_threshold - any,
                    threshold: menu_threshold,
                }
            }
            Reason::TooLong { chars, limit } => {
                eased.limits.chars = chars;
                EvidenceChange::Shorter { chars, limit }
            }
            Reason::Misses { .. } => {
                eased.misses = 0;
                EvidenceChange::FirstMiss
            }
            _ => continue,
        };
        tried.weigh(change, &eased);
    }
}
