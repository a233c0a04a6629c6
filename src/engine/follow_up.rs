//! A message that goes on with what went before: about a case, or about an automatic answer.

use jiff::{SignedDuration, Timestamp};

use super::compiled::CompiledRulebook;
use super::feedback::of_judgement;
use super::plan::{Context, concluded, written};
use super::render::Renderer;
use crate::case::{Author, Case, Ending, Event, Record};
use crate::conversation::{FollowUpMatch, Opened, next_conversation, times_sent};
use crate::decide::{Decision, Verdict};
use crate::message::{Conversation, MAX_CHARS, Message, UnratedAnswer};
use crate::reply::{
    Action, CaseSummary, DecidedBy, FollowedUp, Handled, Outcome, Reason, Reply, SilentReason,
};
use crate::rulebook::FollowUp;
use crate::store::{CaseChange, ChangeSet};
use crate::text::clean;
use crate::workflow::{Command, CommandError, transition};

/// Adds to `change` what `events` make of a case that was read at the version `expected`, and gives that.
pub(super) fn moved(
    change: &mut ChangeSet,
    case: &Case,
    expected: Option<u64>,
    events: Vec<Event>,
    actor: &Author,
    now: Timestamp,
) -> Case {
    let next = events.iter().fold(case.clone(), Case::apply);
    let record = |event| Record::new(now, actor.clone(), Some(case.id.clone()), event);
    change.records.extend(events.into_iter().map(record));
    change.cases.push(CaseChange {
        expected,
        case: next.clone(),
    });
    next
}

/// A refused automatic answer: a person takes the question that it was for, with the time at which that was asked.
///
/// A request for a person, by which it may have been refused, stays among the reasons.
pub(super) fn refused(mut decision: Decision, unrated: &UnratedAnswer) -> Decision {
    decision.verdict = Verdict::Person {
        by: DecidedBy::Talk,
        department: None,
        forward: None,
        priority: crate::case::Priority::Normal,
        note: None,
        emergency: None,
    };
    decision.theme.clone_from(&unrated.theme);
    let asked = |reason: &Reason| matches!(reason, Reason::HandOff { .. });
    decision.reasons.retain(asked);
    decision.reasons.push(Reason::FollowUp {
        how: FollowedUp::Refused,
        case: None,
    });
    decision
}

/// The change set of a message that goes on with what went before, and what the host will be told.
///
/// # Errors
///
/// The case does not allow the move any more: the message is then a matter of its own.
pub(super) fn plan(
    context: &Context<'_>,
    follow_up: &FollowUp,
    goes_on: FollowUpMatch<'_>,
) -> Result<(ChangeSet, Handled), CommandError> {
    let &Context {
        compiled,
        message,
        conversation,
        now,
        availability,
        ..
    } = context;
    let renderer = Renderer {
        rulebook: &compiled.rulebook,
    };
    let texts = &follow_up.texts;
    let FollowUpMatch { how, case } = goes_on;
    let mut change = ChangeSet::default();
    let at = written(message, now);
    let after = match (case, command(follow_up, how, case, message, at, now)) {
        (Some(case), Some(command)) => Some(moving(case, &command, compiled, now, &mut change)?),
        _ => None,
    };
    // Who replied to a question hears by when an answer comes now.
    let replied = case.is_some_and(Case::lacks_reply);
    let case = after.as_ref().or(case);

    let id = case.map_or("", |case| case.id.as_str());
    let (what, silence) = match how {
        FollowedUp::Held => (Some(format!("held {id}")), Some(SilentReason::Held)),
        FollowedUp::Added => (Some(format!("added {id}")), Some(SilentReason::Added)),
        FollowedUp::Thanks => (Some("welcome".to_owned()), Some(SilentReason::Repeated)),
        _ => (None, None),
    };
    let again = what.as_deref().is_some_and(|what| match how {
        // Once for as long as a person holds the talk.
        FollowedUp::Held => conversation
            .last_notice
            .as_ref()
            .is_some_and(|told| told.what == what),
        _ => said_before(follow_up, conversation, what, now) > 0,
    });
    let with_case = |reply: Reply| match case {
        Some(case) => summary(case).map_or_else(
            || Outcome::Replied(reply.clone()),
            |case| Outcome::Queued {
                reply: reply.clone(),
                case,
            },
        ),
        None => Outcome::Replied(reply.clone()),
    };
    let queue = |template, again| {
        let reply = renderer.in_the_queue(template, texts, case, again, now);
        let nobody = case.and_then(|case| renderer.nobody_there(follow_up, case, availability, now));
        match nobody {
            Some(nobody) => with_case(reply.followed_by(&nobody)),
            None => with_case(reply),
        }
    };
    let outcome = match (how, silence.filter(|_| again)) {
        (_, Some(reason)) => Outcome::Silent { reason },
        (FollowedUp::Held, _) => with_case(renderer.of_case(&texts.held, case)),
        (FollowedUp::Added, _) => queue(&texts.added, replied),
        (FollowedUp::Unsolved, _) => queue(&texts.reopened, true),
        (FollowedUp::Progress, _) => Outcome::Replied(renderer.progress(follow_up, case)),
        (FollowedUp::Thanks, _) => Outcome::Replied(Reply::new(texts.welcome.clone())),
        _ => Outcome::Replied(Reply::new(texts.confirmed.clone())),
    };
    let outcome = match how {
        FollowedUp::Held => outcome,
        _ => after_person(follow_up, conversation, outcome),
    };

    let handled = Handled {
        key: message.key().clone(),
        at: now,
        action: match outcome {
            Outcome::Silent { .. } => Action::Silent,
            _ => Action::FollowUp,
        },
        by: DecidedBy::Talk,
        confidence: None,
        theme: case.and_then(|case| case.theme.clone()),
        outcome,
        reasons: vec![Reason::FollowUp {
            how,
            case: case.map(|case| case.id.clone()),
        }],
        rulebook: compiled.rulebook.version.clone(),
    };
    let opened = match (how, case) {
        (FollowedUp::Confirmed, _) => Opened::Settled,
        (FollowedUp::Thanks | FollowedUp::Progress, _) | (_, None) => Opened::Nothing,
        (_, Some(case)) => Opened::Case {
            case: case.id.clone(),
            written: at,
            refuses: false,
        },
    };
    let feedback = of_judgement(compiled, message, conversation, how);
    let next = next_conversation(conversation, opened, what, repeats(Some(follow_up)), now);
    Ok((concluded(change, &handled, feedback, next), handled))
}

/// What the message does to the case.
fn command(
    follow_up: &FollowUp,
    how: FollowedUp,
    case: Option<&Case>,
    message: &Message,
    at: Timestamp,
    now: Timestamp,
) -> Option<Command> {
    let text = || clean(message.body()).chars().take(MAX_CHARS).collect();
    Some(match how {
        FollowedUp::Added | FollowedUp::Held => Command::Write { text: text(), at },
        FollowedUp::Solved => Command::Close { how: Ending::Solved },
        FollowedUp::Unsolved => Command::Reopen {
            reason: text(),
            since: match follow_up.from_arrival {
                true => case.map_or(now, |case| case.arrived),
                false => now,
            },
        },
        _ => return None,
    })
}

/// The case after the command, which `change` makes true.
fn moving(
    case: &Case,
    command: &Command,
    compiled: &CompiledRulebook,
    now: Timestamp,
    change: &mut ChangeSet,
) -> Result<Case, CommandError> {
    let events = transition(case, command, &compiled.desk_config, now)?;
    Ok(moved(
        change,
        case,
        Some(case.version),
        events,
        &Author::Citizen,
        now,
    ))
}

/// The receipt of a case that was joined; a case without any deadline, which the engine never makes, has none.
fn summary(case: &Case) -> Option<CaseSummary> {
    Some(CaseSummary {
        id: case.id.clone(),
        due: case.next_deadline()?.due.clone(),
        department: case.department.clone(),
        theme: case.theme.clone(),
        priority: case.priority,
    })
}

/// How often `what` was said within the time in which it is not said again: in a row, or, since two who answer each other by
/// machine may take turns with several texts, for the third time with others in between.
pub(super) fn said_before(
    follow_up: &FollowUp,
    conversation: &Conversation,
    what: &str,
    now: Timestamp,
) -> u32 {
    let times = times_sent(conversation, what, repeats(Some(follow_up)), now);
    let last = conversation
        .last_notice
        .as_ref()
        .is_some_and(|told| told.what == what);
    if last { times } else { times.saturating_sub(1) }
}

/// The time in which the same text is not said again.
pub(super) fn repeats(follow_up: Option<&FollowUp>) -> SignedDuration {
    follow_up.map_or(SignedDuration::ZERO, |follow_up| {
        SignedDuration::from_mins(i64::from(follow_up.repeat_minutes))
    })
}

/// The first automatic reply after a person held the talk says that it is one.
pub(super) fn after_person(follow_up: &FollowUp, conversation: &Conversation, outcome: Outcome) -> Outcome {
    let held = |what: &str| what.starts_with("held ");
    if !conversation
        .last_notice
        .as_ref()
        .is_some_and(|told| held(&told.what))
    {
        return outcome;
    }
    let text = &follow_up.texts.handed_back;
    match outcome {
        Outcome::Replied(reply) => Outcome::Replied(reply.preceded_by(text)),
        Outcome::Queued { reply, case } => Outcome::Queued {
            reply: reply.preceded_by(text),
            case,
        },
        silent @ Outcome::Silent { .. } => silent,
    }
}
