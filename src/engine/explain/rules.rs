//! The rules with a keyword in a message: fired, beaten, or with the conditions that failed.

use jiff::civil::Date;
use serde::Serialize;

use crate::engine::analyze::{Analysis, MessageContext};
use crate::engine::compiled::{CompiledRulebook, Condition, ProbeHits};
use crate::message::{RuleId, ThemeId};
use crate::reply::{Beaten, Hit};
use crate::rulebook::Rule;

/// A rule with a keyword in the message, or with the whole message in `exact`. A rule without words is
/// included if its pattern matches.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RuleTrace {
    /// The rule.
    pub rule: RuleId,
    /// Its theme.
    pub theme: ThemeId,
    /// Its priority.
    pub priority: i32,
    /// Its words in the message, in order, without those of `none`.
    pub found: Vec<Hit>,
    /// Its state.
    #[serde(flatten)]
    pub state: RuleState,
}

/// The state of a traced rule.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
#[non_exhaustive]
pub enum RuleState {
    /// It fired and no other rule beats it. Emergencies and complaints may still come first.
    Won {
        /// The number of folded characters that its words cover.
        specificity: usize,
    },
    /// It fired and was beaten.
    Beaten {
        /// The number of folded characters that its words cover.
        specificity: usize,
        /// The winner.
        by: RuleId,
        /// The criterion.
        why: Beaten,
    },
    /// It did not fire.
    NotFired {
        /// The conditions that did not hold.
        failed: Vec<FailedCondition>,
    },
}

/// A condition of a rule that did not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "condition", rename_all = "snake_case")]
#[non_exhaustive]
pub enum FailedCondition {
    /// `exact`: the whole message is none of its texts.
    Exact,
    /// `any`: none of its words was found.
    Any {
        /// The words.
        words: Vec<String>,
    },
    /// `all`: no word of one of its groups was found.
    Group {
        /// The group's number, from 1.
        number: usize,
        /// Its words.
        words: Vec<String>,
    },
    /// `none`: these of its words were found.
    Forbidden {
        /// The words.
        hits: Vec<Hit>,
    },
    /// `near`: no two words of its groups are close enough.
    Near {
        /// The words of one group.
        one: Vec<String>,
        /// The words of the other.
        other: Vec<String>,
        /// The most characters between them.
        within: usize,
    },
    /// `regex`: the folded message does not match.
    Pattern {
        /// The pattern.
        pattern: String,
    },
    /// `max_chars`, or the rulebook's limit for rules: the message is longer.
    TooLong {
        /// The number of folded characters.
        chars: usize,
        /// The most that the rule allows.
        limit: usize,
    },
    /// `accounts`: the message was written to another account.
    Account,
    /// `hours`: the message came in at another time.
    Hours,
    /// `talk`: the state of the conversation is another.
    Talk,
    /// `valid`: the rule is not in force on the day.
    NotInForce {
        /// Its first day.
        from: Option<Date>,
        /// Its last day.
        until: Option<Date>,
    },
}

/// The traced rules: the winner, the beaten ones, then the others, the nearest to firing first.
pub(super) fn trace(
    compiled: &CompiledRulebook,
    analysis: &Analysis<'_>,
    found: &ProbeHits,
    context: MessageContext<'_>,
) -> Vec<RuleTrace> {
    let rules = &compiled.rulebook.rules;
    let mut traces: Vec<RuleTrace> = found
        .rules
        .iter()
        .filter_map(|(&place, parts)| {
            let rule = rules.get(place)?;
            let state = match fired(analysis, rule, place) {
                Some(state) => state,
                None if touched(rule, parts) => RuleState::NotFired {
                    failed: failed(compiled, place, analysis, found, context),
                },
                None => return None,
            };
            Some(RuleTrace {
                rule: rule.id.clone(),
                theme: rule.theme.clone(),
                priority: rule.priority,
                found: words(parts),
                state,
            })
        })
        .collect();
    traces.sort_by_key(|trace| {
        let distance = match &trace.state {
            RuleState::Won { .. } => (0, 0),
            RuleState::Beaten { .. } => (1, 0),
            RuleState::NotFired { failed } => (2, failed.len()),
        };
        (distance, std::cmp::Reverse(trace.found.len()), trace.rule.clone())
    });
    traces
}

fn fired(analysis: &Analysis<'_>, rule: &Rule, place: usize) -> Option<RuleState> {
    let fired = analysis.matches.fired.iter().find(|fired| fired.rule == place)?;
    let winner = analysis.winner.as_ref()?;
    let specificity = fired.specificity;
    let beaten = winner.beaten.iter().find(|(other, _)| *other == rule.id);
    Some(match beaten {
        Some((_, why)) => RuleState::Beaten {
            specificity,
            by: winner.rule.clone(),
            why: *why,
        },
        None => RuleState::Won { specificity },
    })
}

fn touched(rule: &Rule, parts: &[(Condition, Vec<Hit>)]) -> bool {
    let when = &rule.when;
    let wordless = when.exact.is_empty() && when.any.is_empty() && when.all.is_empty() && when.near.is_none();
    parts.iter().any(|(part, _)| match part {
        Condition::Exact | Condition::Any | Condition::Group(_) | Condition::Near | Condition::NearWord => {
            true
        }
        Condition::Pattern => wordless,
        Condition::None => false,
    })
}

fn words(parts: &[(Condition, Vec<Hit>)]) -> Vec<Hit> {
    let wanted = parts.iter().filter(|(part, _)| *part != Condition::None);
    let mut words: Vec<Hit> = wanted.flat_map(|(_, hits)| hits.iter().cloned()).collect();
    words.sort_by(|a, b| (a.span, &a.keyword).cmp(&(b.span, &b.keyword)));
    words.dedup();
    words
}

/// The conditions of the rule at `place` that did not hold.
pub(super) fn failed(
    compiled: &CompiledRulebook,
    place: usize,
    analysis: &Analysis<'_>,
    found: &ProbeHits,
    context: MessageContext<'_>,
) -> Vec<FailedCondition> {
    let Some(rule) = compiled.rulebook.rules.get(place) else {
        return Vec::new();
    };
    let parts = found.rules.get(&place).map_or(&[][..], Vec::as_slice);
    let holds = |wanted: Condition| parts.iter().any(|(part, _)| *part == wanted);
    let when = &rule.when;
    let mut failed = Vec::new();
    if !when.exact.is_empty() && !holds(Condition::Exact) {
        failed.push(FailedCondition::Exact);
    }
    if !when.any.is_empty() && !holds(Condition::Any) {
        let words = when.any.clone();
        failed.push(FailedCondition::Any { words });
    }
    for (group, words) in when.all.iter().enumerate() {
        if !holds(Condition::Group(group)) {
            let (number, words) = (group + 1, words.clone());
            failed.push(FailedCondition::Group { number, words });
        }
    }
    if let Some((_, hits)) = parts.iter().find(|(part, _)| *part == Condition::None) {
        let hits = hits.clone();
        failed.push(FailedCondition::Forbidden { hits });
    }
    if let Some(near) = when.near.as_ref().filter(|_| !holds(Condition::Near)) {
        failed.push(FailedCondition::Near {
            one: near.one.clone(),
            other: near.other.clone(),
            within: near.within,
        });
    }
    if let Some(pattern) = when.regex.as_ref().filter(|_| !holds(Condition::Pattern)) {
        let pattern = pattern.clone();
        failed.push(FailedCondition::Pattern { pattern });
    }
    let (chars, limit) = (
        analysis.text.folded().chars(),
        when.max_chars.unwrap_or(compiled.rulebook.thresholds.rule_chars),
    );
    if chars > limit {
        failed.push(FailedCondition::TooLong { chars, limit });
    }
    if !rule.accounts.is_empty() && !rule.accounts.contains(context.account) {
        failed.push(FailedCondition::Account);
    }
    let state = context.match_context(compiled).state;
    if !state.is_within(when.hours.as_ref()) {
        failed.push(FailedCondition::Hours);
    }
    if !state.fits(&when.talk) {
        failed.push(FailedCondition::Talk);
    }
    if !rule.valid.holds_on(context.today) {
        let (from, until) = (rule.valid.from, rule.valid.until);
        failed.push(FailedCondition::NotInForce { from, until });
    }
    failed
}
