//! New cases: their department, their deadlines, and the receipt for the citizen.

use jiff::Timestamp;

use super::case_number::case_number;
use super::draft::{Draft, PlanInput, kept_reasons, summary};
use super::due_estimate::estimate_due;
use super::feedback::{of_choice, of_rating};
use super::question::Question;
use super::repetition::announce_handback;
use crate::case::{
    Author, Case, ClockKind, Deadline, Due, EarlierTurn, Handling, MAX_EARLIER_TURNS, Priority, Starts, State,
};
use crate::conversation::ConversationUpdate;
use crate::decide::{Decision, Verdict};
use crate::engine::analyze::{TakenUp, department_of};
use crate::reply::{FollowUpKind, Outcome, Reason};
use crate::rulebook::Rulebook;
use crate::store::ChangeSet;
use crate::text::clean_line;
use crate::time::{Policy, deadline};
use crate::workflow::{Command, promise, transition};

/// The most characters of a sender's name that a case keeps.
const NAME_CHARS: usize = 60;

/// Drafts the plan of a message that opens a case.
pub(super) fn draft(input: &PlanInput<'_>, decision: Decision, taken_up: TakenUp<'_>) -> Draft {
    let (compiled, now) = (input.compiled, input.now);
    let (mut case, due) = new_case(input, &decision, taken_up);
    let estimate = estimate_due(compiled, &case, &due, input.destination.cases_ahead, now);
    // An emergency gets no promise, and a due time that may still move is none.
    if case.priority != Priority::Urgent && !estimate.is_provisional() {
        let promised = promise(&case, &compiled.desk_config, estimate.instant(), now);
        case.deadlines.extend(promised);
    }
    let update = ConversationUpdate::Case {
        case: case.id.clone(),
        written: input.written_at(),
        rates_answer: matches!(taken_up, TakenUp::Answer(_)),
    };
    let mut cases = ChangeSet::default();
    cases.open(case.clone(), &Author::Engine, now);
    let surviving = join_duplicate(input, &mut cases, &case);
    let joined = surviving.as_ref().map(|case| case.id.clone());
    let outcome = match surviving {
        None => receipt(input, &decision, &case, due, &estimate),
        // The surviving case takes over earlier deadlines of the case that joins it.
        Some(case) => {
            let due = case.next_deadline().map_or(due, |deadline| deadline.due.clone());
            let told = input.renderer().due(&case).unwrap_or(&due).clone();
            receipt(input, &decision, &case, due, &told)
        }
    };
    let mut draft = Draft::of_decision(decision, announce_handback(input, outcome), update);
    draft.cases = cases;
    draft.feedback = match taken_up {
        TakenUp::Answer(_) => of_rating(input, FollowUpKind::Refused),
        _ => of_choice(input, &draft.reasons, &draft.by),
    };
    let joined = joined.map(|case| Reason::SameMatter { case });
    draft.reasons.extend(joined);
    draft
}

/// The reply that tells the citizen about the case, with a notice if the department is not staffed.
fn receipt(input: &PlanInput<'_>, decision: &Decision, case: &Case, due: Due, told: &Due) -> Outcome {
    let renderer = input.renderer();
    let reply = renderer.queued(case, told, decision, input.now);
    let availability = input.destination.availability;
    let absence = input
        .follow_up()
        .and_then(|follow_up| renderer.absence(follow_up, case, availability, input.now));
    Outcome::Queued {
        reply: match absence {
            Some(absence) => reply.followed_by(&absence),
            None => reply,
        },
        case: summary(case, due),
    }
}

/// Joins the new case to the citizen's open case about the same matter, and returns that case afterwards.
/// `None` if there is none, or if it cannot take the new case in its state.
fn join_duplicate(input: &PlanInput<'_>, cases: &mut ChangeSet, case: &Case) -> Option<Case> {
    let duplicate = input.destination.duplicate.as_ref()?;
    let config = &input.compiled.desk_config;
    let absorb = Command::Absorb {
        other: Box::new(case.clone()),
        by: None,
    };
    let join = Command::Join {
        into: duplicate.id.clone(),
    };
    let absorbed = transition(duplicate, &absorb, config, input.now).ok()?;
    let joined = transition(case, &join, config, input.now).ok()?;
    cases.apply(case.clone(), joined, &Author::Engine, input.now);
    Some(cases.apply(duplicate.clone(), absorbed, &Author::Engine, input.now))
}

/// The case, and the deadline of its first reply.
fn new_case(input: &PlanInput<'_>, decision: &Decision, taken_up: TakenUp<'_>) -> (Case, Due) {
    let (message, rulebook) = (input.incoming.message, &input.compiled.rulebook);
    let (priority, note) = match &decision.verdict {
        Verdict::Person { priority, note, .. } => (*priority, note.clone()),
        _ => (Priority::Normal, None),
    };
    let question = Question::of(input, decision, taken_up);
    let day = rulebook.calendar.date_of(question.at);
    let mut case = Case {
        id: case_number(day, message.key(), input.numbers_taken),
        version: 0,
        key: message.key().clone(),
        sender_name: message.sender_name().map(|name| clean_line(name, NAME_CHARS)),
        text: question.whole(),
        earlier: Vec::new(),
        transcript: Vec::new(),
        transcript_left_out: 0,
        handling: Handling::default(),
        arrived: question.at,
        state: State::Waiting,
        priority,
        theme: decision.theme.clone(),
        department: department_of(input.compiled, message.account(), decision),
        deadlines: Vec::new(),
        claim: None,
        answer: None,
        note,
        reasons: kept_reasons(input, &decision.reasons),
        rulebook: rulebook.version.clone(),
    };
    case.earlier = earlier(input, decision, &case);
    let first = first_reply(rulebook, &case);
    let due = first.due.clone();
    let others = other_clocks(rulebook, &case, input.written_at());
    case.deadlines = std::iter::once(first).chain(others).collect();
    (case, due)
}

/// The turns that the case's text does not contain: those before the message, and the message itself where the
/// text is the question before it.
fn earlier(input: &PlanInput<'_>, decision: &Decision, case: &Case) -> Vec<EarlierTurn> {
    let own = EarlierTurn {
        text: input.incoming.kept_text(),
        at: input.written_at(),
        action: decision.action(),
        by: decision.by(),
    };
    let whole = format!("\n{}\n", case.text);
    let is_new = |turn: &EarlierTurn| !whole.contains(&format!("\n{}\n", turn.text));
    let before = input.destination.earlier.iter().cloned();
    let mut turns: Vec<_> = before.chain([own]).filter(is_new).collect();
    turns.drain(..turns.len().saturating_sub(MAX_EARLIER_TURNS));
    turns
}

/// The other clocks that start with the message. Some count from the case's arrival, some from the last
/// message, which is later if a menu came in between.
fn other_clocks(rulebook: &Rulebook, case: &Case, written: Timestamp) -> Vec<Deadline> {
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

/// The policy of a case: the urgent policy for an emergency, else that of its theme, else that of the office.
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

/// The deadline that every case has: by its policy, or by the crate's default if the policy has no first
/// reply.
fn first_reply(rulebook: &Rulebook, case: &Case) -> Deadline {
    let start = |policy: &Policy| deadline(&rulebook.calendar, policy, ClockKind::FirstReply, case.arrived);
    let default = Policy::fallback(case.priority);
    policy_of(rulebook, case)
        .and_then(start)
        .or_else(|| start(&default))
        .unwrap_or_else(|| {
            // Without any policy, the case is due at once.
            let due = Due::new(rulebook.calendar.local(case.arrived));
            Deadline::fixed(ClockKind::FirstReply, default.id, due)
        })
}
