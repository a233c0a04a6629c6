//! A message that goes on with what went before: about a case, or about an automatic answer.

use std::cell::OnceCell;

use jiff::{SignedDuration, Timestamp};

use super::feedback::of_judgement;
use super::plan::{Context, concluded, written};
use super::serving::Serving;
use super::speak::Speaker;
use crate::case::{Actor, Case, CaseId, Ending, Event, Letter, LetterStatus, Priority, Record, State};
use crate::decide::{Decision, Verdict};
use crate::desk::{Command, Refused, transition};
use crate::dialog::{GoesOn, Opened, Seen, case_named, followed_up, step, told_lately};
use crate::message::{CitizenId, Conversation, Debt, MAX_CHARS, Message, MessageKey};
use crate::reply::{Action, By, CaseSummary, FollowedUp, Handled, Outcome, Reason, Reply, SilentReason};
use crate::rulebook::FollowUp;
use crate::store::{Arrival, CaseChange, ChangeSet, Store, StoreError};
use crate::text::{clean, fold};

/// How many mergers are followed to the case that goes on.
const MERGERS: usize = 8;

/// What a message may have to do with.
#[derive(Clone, Debug, Default)]
pub(super) struct Related {
    /// The number in the message, whosever case it is.
    named: Option<CaseId>,
    /// The case of that number, or else the citizen's last one; only one of theirs.
    case: Option<Case>,
    /// Their other cases on this account that have not ended.
    others: Vec<Case>,
    /// Those of all their cases, ended ones too, that have a letter for them which is held back.
    holding: Vec<Case>,
}

impl Related {
    /// Finds the cases that the message may be about among those `of_citizen`, and reads what is missing. A case that can't be
    /// read is none: the message must not be lost for it.
    pub(super) fn read(
        store: &dyn Store,
        serving: &Serving,
        message: &Message,
        conversation: &Conversation,
        of_citizen: &OfCitizen<'_>,
    ) -> Result<Self, StoreError> {
        let named = case_named(fold(message.body()).as_str());
        let Some(first) = named.clone().or_else(|| conversation.last_case.clone()) else {
            return Ok(Self::default());
        };
        let mut others = of_citizen.cases()?.to_vec();
        let holding = others
            .iter()
            .filter(|case| held_for(case, message).next().is_some());
        let holding = holding.cloned().collect();
        if serving.cues.is_none() {
            return Ok(Self {
                holding,
                ..Self::default()
            });
        }
        let mut next = Some(first);
        let mut found = None;
        for merger in 0..=MERGERS {
            let Some(id) = next.take() else { break };
            let known = others.iter().find(|case| case.id == id);
            let case = match known.map_or_else(|| store.case(&id), |case| Ok(Some(case.clone()))) {
                Ok(case) => case,
                Err(StoreError::Unreadable { .. }) => None,
                Err(error) => return Err(error),
            };
            // The case that another went into answers its citizen too.
            let theirs = |case: &Case| merger > 0 || is_theirs(case, message);
            let Some(case) = case.filter(theirs) else { break };
            if case.state == State::Merged {
                next.clone_from(&case.handling.goes_on_as);
            } else if case.is_joined_part() {
                // What the office owes is told of the whole.
                next = case.handling.parent.as_ref().map(|parent| parent.case.clone());
            }
            found = Some(case);
        }
        let id = found.as_ref().map(|case: &Case| &case.id);
        others.retain(|case| {
            let open = !case.state.is_over() && !case.is_joined_part();
            open && Some(&case.id) != id && is_theirs(case, message)
        });
        Ok(Self {
            named,
            case: found,
            others,
            holding,
        })
    }

    /// How the message goes on, and with which case; `None` for a new matter.
    pub(super) fn followed_up(
        &self,
        serving: &Serving,
        message: &Message,
        conversation: &Conversation,
        decision: &Decision,
        now: Timestamp,
    ) -> Option<GoesOn<'_>> {
        let bare = fold(message.body()).bare();
        let seen = Seen {
            bare: &bare,
            decision,
            conversation,
            case: self.case.as_ref(),
            repeats: self
                .case
                .as_ref()
                .is_some_and(|case| fold(&case.text).bare() == bare),
            others: &self.others,
            named: self.named.as_ref(),
            written: written(message, now),
            now,
        };
        followed_up(serving.cues.as_ref()?, &seen)
    }

    /// Lets what was held back for this citizen be sent: they wrote, whatever about, and with that the channel's window is open
    /// again.
    pub(super) fn release_held(&self, change: &mut ChangeSet, message: &Message, now: Timestamp) {
        // The case that another one went into is none of the citizen's own.
        for case in self.case.iter().chain(&self.holding) {
            let already = change.cases.iter().position(|moved| moved.case.id == case.id);
            let already = already.map(|place| change.cases.remove(place));
            let (case, expected) = match &already {
                Some(moved) => (&moved.case, moved.expected),
                None => (case, Some(case.version)),
            };
            let events: Vec<Event> = held_for(case, message)
                .map(|letter| Event::LetterMoved {
                    number: letter.number,
                    status: LetterStatus::Waiting { from: None },
                })
                .collect();
            if !events.is_empty() {
                moved(change, case, expected, events, &Actor::Engine, now);
            } else {
                change.cases.extend(already);
            }
        }
    }
}

/// The letters of a case for the message's sender that are held back.
fn held_for<'a>(case: &'a Case, message: &'a Message) -> impl Iterator<Item = &'a Letter> {
    case.handling.letters.iter().filter(move |letter| {
        let to = case.addressee(letter).filter(|to| is_to(to, message));
        to.is_some() && matches!(letter.status, LetterStatus::Held { .. })
    })
}

/// A citizen's cases on every account: read with the message, or when they are first asked for.
pub(super) struct OfCitizen<'a> {
    store: &'a dyn Store,
    citizen: &'a CitizenId,
    cases: OnceCell<Vec<Case>>,
}

impl<'a> OfCitizen<'a> {
    pub(super) fn new(store: &'a dyn Store, citizen: &'a CitizenId, read: Option<Vec<Case>>) -> Self {
        let cases = OnceCell::new();
        if let Some(read) = read {
            // It is empty.
            drop(cases.set(read));
        }
        Self {
            store,
            citizen,
            cases,
        }
    }

    pub(super) fn cases(&self) -> Result<&[Case], StoreError> {
        if let Some(cases) = self.cases.get() {
            return Ok(cases);
        }
        let read = self.store.cases(&Arrival::cases_of(self.citizen))?.cases;
        Ok(self.cases.get_or_init(|| read))
    }
}

/// Adds to `change` what `events` make of a case that was read at the version `expected`, and gives that.
pub(super) fn moved(
    change: &mut ChangeSet,
    case: &Case,
    expected: Option<u64>,
    events: Vec<Event>,
    actor: &Actor,
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

fn is_to(key: &MessageKey, message: &Message) -> bool {
    key.account() == message.account() && key.sender() == message.sender()
}

/// Whether the message's sender gets the case's answer on the message's account.
fn is_theirs(case: &Case, message: &Message) -> bool {
    let merged = case.handling.merged.iter().map(|duplicate| &duplicate.key);
    let mut keys = std::iter::once(&case.key).chain(merged);
    keys.any(|key| is_to(key, message))
}

/// A refused automatic answer: a person takes the question that it was for, with the time at which that was asked.
///
/// A request for a person, by which it may have been refused, stays among the reasons.
pub(super) fn refused(mut decision: Decision, debt: &Debt) -> Decision {
    decision.verdict = Verdict::Person {
        by: By::Talk,
        department: None,
        forward: None,
        priority: crate::case::Priority::Normal,
        note: None,
        emergency: None,
    };
    decision.theme.clone_from(&debt.theme);
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
    goes_on: GoesOn<'_>,
) -> Result<(ChangeSet, Handled), Refused> {
    let &Context {
        serving,
        message,
        conversation,
        now,
        attendance,
        ..
    } = context;
    let speaker = Speaker {
        rulebook: &serving.rulebook,
    };
    let texts = &follow_up.texts;
    let GoesOn { how, case } = goes_on;
    let mut change = ChangeSet::default();
    let at = written(message, now);
    let after = match (case, command(follow_up, how, case, message, at, now)) {
        (Some(case), Some(command)) => Some(moving(case, &command, serving, now, &mut change)?),
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
        FollowedUp::Held => conversation.told.as_ref().is_some_and(|told| told.what == what),
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
        let reply = speaker.in_the_queue(template, texts, case, again, now);
        // Of danger somebody is told at any hour.
        let waits = case.is_some_and(|case| case.priority != Priority::Urgent);
        let nobody = speaker.nobody_there(follow_up, attendance, now);
        match nobody.filter(|_| waits) {
            Some(nobody) => with_case(reply.followed_by(&nobody)),
            None => with_case(reply),
        }
    };
    let outcome = match (how, silence.filter(|_| again)) {
        (_, Some(reason)) => Outcome::Silent { reason },
        (FollowedUp::Held, _) => with_case(speaker.of_case(&texts.held, case)),
        (FollowedUp::Added, _) => queue(&texts.added, replied),
        (FollowedUp::Unsolved, _) => queue(&texts.reopened, true),
        (FollowedUp::Progress, _) => Outcome::Replied(speaker.progress(follow_up, case)),
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
        by: By::Talk,
        confidence: None,
        theme: case.and_then(|case| case.theme.clone()),
        outcome,
        reasons: vec![Reason::FollowUp {
            how,
            case: case.map(|case| case.id.clone()),
        }],
        rulebook: serving.rulebook.version.clone(),
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
    let feedback = of_judgement(serving, message, conversation, how);
    let next = step(conversation, opened, what, repeats(Some(follow_up)), now);
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
    serving: &Serving,
    now: Timestamp,
    change: &mut ChangeSet,
) -> Result<Case, Refused> {
    let events = transition(case, command, &serving.terms, now)?;
    Ok(moved(
        change,
        case,
        Some(case.version),
        events,
        &Actor::Citizen,
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
    let times = told_lately(conversation, what, repeats(Some(follow_up)), now);
    let last = conversation.told.as_ref().is_some_and(|told| told.what == what);
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
    if !conversation.told.as_ref().is_some_and(|told| held(&told.what)) {
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
