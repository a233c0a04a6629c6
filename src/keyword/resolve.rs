//! Chooses the winner among the rules that fired, and records why each other rule lost.

use std::cmp::Reverse;

use super::Fired;
use crate::case::Priority;
use crate::message::{AccountId, DepartmentId, RuleId, ThemeId};
use crate::reply::{Beaten, Hit};
use crate::rulebook::{Rule, RuleOutcome};

/// The winning rule, its action, and the rules that lost to it.
#[derive(Clone, Debug, PartialEq)]
pub struct WinningRule {
    /// The id of the rule that wins.
    pub rule: RuleId,
    /// Its index in the rulebook.
    pub place: usize,
    /// Its theme.
    pub theme: ThemeId,
    /// The action of its outcome.
    pub action: RuleAction,
    /// The keywords that triggered it and the match of its pattern.
    pub hits: Vec<Hit>,
    /// The named captures of its pattern, as the citizen wrote them.
    pub captures: Vec<(String, String)>,
    /// The other rules that fired, each with the criterion by which it lost.
    pub beaten: Vec<(RuleId, Beaten)>,
    /// The first other rule of the same priority with a different answer and no hit that overlaps the
    /// winner's hits. The message then asks about several things, and one answer is not enough.
    pub apart: Option<RuleId>,
}

/// The action of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleAction {
    /// Answer with the rule's reply or form.
    Reply,
    /// Open a case for a person.
    Escalate {
        /// The department; `None` for the department of the theme.
        department: Option<DepartmentId>,
        /// The priority of the case.
        priority: Priority,
        /// A note for the agent.
        note: Option<String>,
    },
    /// Open a case for the department of this theme.
    ForwardTheme(ThemeId),
    /// Open a case at the desk of this account.
    ForwardAccount(AccountId),
}

/// Chooses the winner among the rules that fired. The highest priority wins, then the highest specificity,
/// then the lowest id. `None` if no rule fired.
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

/// Whether both rules have hits and none of them overlap.
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
