//! Which of several fired rules wins, and why the others do not.

use std::cmp::Reverse;

use super::Fired;
use crate::case::Priority;
use crate::message::{AccountId, DepartmentId, RuleId, ThemeId};
use crate::reply::{Beaten, Hit};
use crate::rulebook::{Rule, RuleOutcome};

/// What the keyword rules say about a message: the rule that wins, and what it asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct WinningRule {
    /// The rule that wins.
    pub rule: RuleId,
    /// Its place in the rulebook.
    pub place: usize,
    /// Its theme.
    pub theme: ThemeId,
    /// What it asks for.
    pub action: RuleAction,
    /// The keywords that fired it, and what its pattern matched.
    pub hits: Vec<Hit>,
    /// The named captures of its pattern, as the citizen wrote them.
    pub captures: Vec<(String, String)>,
    /// The other rules that fired, each with what settled it.
    pub beaten: Vec<(RuleId, Beaten)>,
    /// A beaten rule of the same priority that answers something else and stands on other words of the message: the
    /// message asks several things, and one answer would not do.
    pub apart: Option<RuleId>,
}

/// What a rule asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleAction {
    /// To answer with its reply or its form.
    Reply,
    /// To give the message to a person.
    Escalate {
        /// To this department; without it, the theme's.
        department: Option<DepartmentId>,
        /// So urgent.
        priority: Priority,
        /// A hint for the agent.
        note: Option<String>,
    },
    /// To give the message to a person of this theme's department.
    ForwardTheme(ThemeId),
    /// To give the message to the desk of this account.
    ForwardAccount(AccountId),
}

/// Settles an overlap: the higher priority wins, then the rule that matched more folded characters, then the one whose id
/// comes first. `None` when no rule fired.
pub fn resolve(fired: &[Fired], rules: &[Rule]) -> Option<WinningRule> {
    let ranked = |fired: &Fired| {
        let rule = rules.get(fired.rule)?;
        Some((Reverse(rule.priority), Reverse(fired.specificity), &rule.id))
    };
    let winner = fired
        .iter()
        .filter(|fired| fired.rule < rules.len())
        .min_by_key(|fired| ranked(fired))?;
    let rule = rules.get(winner.rule)?;
    let mut beaten = Vec::new();
    let mut apart = None;
    for other in fired.iter().filter(|other| other.rule != winner.rule) {
        let Some(loser) = rules.get(other.rule) else {
            continue;
        };
        let why = if loser.priority != rule.priority {
            Beaten::Priority
        } else if other.specificity != winner.specificity {
            Beaten::Specificity
        } else {
            Beaten::Order
        };
        if why != Beaten::Priority && answers_differ(rule, loser) && stand_apart(winner, other) {
            apart.get_or_insert_with(|| loser.id.clone());
        }
        beaten.push((loser.id.clone(), why));
    }
    Some(WinningRule {
        rule: rule.id.clone(),
        place: winner.rule,
        theme: rule.theme.clone(),
        action: action(&rule.outcome),
        hits: winner.hits.clone(),
        captures: winner.captures.clone(),
        beaten,
        apart,
    })
}

fn action(outcome: &RuleOutcome) -> RuleAction {
    match outcome {
        RuleOutcome::Reply(_) | RuleOutcome::Form(_) => RuleAction::Reply,
        RuleOutcome::ForwardTheme(theme) => RuleAction::ForwardTheme(theme.clone()),
        RuleOutcome::ForwardAccount(account) => RuleAction::ForwardAccount(account.clone()),
        RuleOutcome::Escalate {
            department,
            priority,
            note,
        } => RuleAction::Escalate {
            department: department.clone(),
            priority: *priority,
            note: note.clone(),
        },
    }
}

fn answers_differ(one: &Rule, other: &Rule) -> bool {
    let answers = |rule: &Rule| matches!(rule.outcome, RuleOutcome::Reply(_) | RuleOutcome::Form(_));
    match (&one.outcome, &other.outcome) {
        (RuleOutcome::Reply(content), RuleOutcome::Reply(other)) => content.text != other.text,
        (first, second) => answers(one) && answers(other) && first != second,
    }
}

/// Whether no hit of one overlaps a hit of the other.
fn stand_apart(one: &Fired, other: &Fired) -> bool {
    !one.hits.is_empty()
        && !other.hits.is_empty()
        && one.hits.iter().all(|hit| {
            other
                .hits
                .iter()
                .all(|other| hit.span.end <= other.span.start || other.span.end <= hit.span.start)
        })
}
