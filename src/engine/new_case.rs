//! Opening a case: who has it, and by when it is owed.

use jiff::Timestamp;

use super::case_number::case_number;
use super::compiled::CompiledRulebook;
use crate::case::{Case, ClockKind, Deadline, Due, Handling, Priority, Starts, State};
use crate::decide::{Decision, Verdict};
use crate::message::{AccountId, DepartmentId, Message};
use crate::rulebook::Rulebook;
use crate::text::clean_line;
use crate::time::{Policy, deadline};

/// How many characters of a sender's name a case keeps.
const NAME_CHARS: usize = 60;

/// What the citizen asked, and when: the message itself, or the one that an open menu was about.
#[derive(Clone)]
pub(super) struct Asked {
    pub(super) text: String,
    pub(super) at: Timestamp,
}

/// The case that a message opens, and the deadline that the citizen may be told. `written` is when the
/// message itself was written; `attempt` rises when a number was taken.
pub(super) fn open_case(
    compiled: &CompiledRulebook,
    message: &Message,
    decision: &Decision,
    asked: Asked,
    written: Timestamp,
    attempt: usize,
) -> (Case, Due) {
    let rulebook = &compiled.rulebook;
    let (priority, note) = match &decision.verdict {
        Verdict::Person { priority, note, .. } => (*priority, note.clone()),
        _ => (Priority::Normal, None),
    };
    let mut case = Case {
        id: case_number(rulebook.calendar.date_of(asked.at), message.key(), attempt),
        version: 0,
        key: message.key().clone(),
        sender_name: message.sender_name().map(|name| clean_line(name, NAME_CHARS)),
        text: asked.text,
        transcript: Vec::new(),
        handling: Handling::default(),
        arrived: asked.at,
        state: State::Waiting,
        priority,
        theme: decision.theme.clone(),
        department: department_of(compiled, message, decision),
        deadlines: Vec::new(),
        claim: None,
        answer: None,
        note,
        reasons: decision.reasons.clone(),
        rulebook: rulebook.version.clone(),
    };
    let first = first_reply(rulebook, &case);
    let due = first.due.clone();
    case.deadlines = std::iter::once(first)
        .chain(others(rulebook, &case, written))
        .collect();
    (case, due)
}

/// The other clocks that start with the citizen's message: those that count from the case's arrival, and those that count from
/// the last message, which may be later where a menu lay in between.
fn others(rulebook: &Rulebook, case: &Case, written: Timestamp) -> Vec<Deadline> {
    let Some(policy) = policy_of(rulebook, case) else {
        return Vec::new();
    };
    let clocks = policy
        .clocks
        .iter()
        .filter(|time_limit| time_limit.clock != ClockKind::FirstReply);
    let started = clocks.filter_map(|time_limit| {
        let start = match time_limit.starts {
            Starts::Received => case.arrived,
            Starts::LastMessage => written,
            _ => return None,
        };
        deadline(&rulebook.calendar, policy, time_limit.clock, start)
    });
    started.collect()
}

/// The department that gets a message: the one that a rule or routing names, else that of the desk it belongs to.
pub(super) fn department_of(
    compiled: &CompiledRulebook,
    message: &Message,
    decision: &Decision,
) -> DepartmentId {
    let (named, forward) = match &decision.verdict {
        Verdict::Person {
            department, forward, ..
        } => (department.clone(), forward.as_ref()),
        _ => (None, None),
    };
    let door = forward.unwrap_or(message.account());
    named.unwrap_or_else(|| desk_of(&compiled.rulebook, door, decision))
}

/// The department of the theme; without a theme, the account's own desk, and in the end the office's.
fn desk_of(rulebook: &Rulebook, door: &AccountId, decision: &Decision) -> DepartmentId {
    let theme = decision
        .theme
        .as_ref()
        .and_then(|theme| rulebook.themes.get(theme));
    let account = rulebook.accounts.get(door);
    theme
        .map(|theme| theme.department.clone())
        .or_else(|| account.and_then(|account| account.department.clone()))
        .unwrap_or_else(|| rulebook.office.department.clone())
}

/// The policy of a case: the urgent one for danger, else its theme's, else the office's.
fn policy_of<'a>(rulebook: &'a Rulebook, case: &Case) -> Option<&'a Policy> {
    let office = &rulebook.office;
    let theme = case.theme.as_ref().and_then(|theme| rulebook.themes.get(theme));
    let id = match case.priority {
        Priority::Urgent => &office.urgent_policy,
        _ => theme
            .and_then(|theme| theme.policy.as_ref())
            .unwrap_or(&office.policy),
    };
    rulebook.policies.get(id)
}

/// The deadline that every case has. A policy that sets no first reply leaves it to the crate's own.
fn first_reply(rulebook: &Rulebook, case: &Case) -> Deadline {
    let start = |policy: &Policy| deadline(&rulebook.calendar, policy, ClockKind::FirstReply, case.arrived);
    let own = Policy::next_working_day();
    policy_of(rulebook, case)
        .and_then(start)
        .or_else(|| start(&own))
        .unwrap_or_else(|| {
            // Never later than what is owed: at once.
            let due = Due::new(rulebook.calendar.local(case.arrived));
            Deadline::fixed(ClockKind::FirstReply, own.id, due)
        })
}
