//! Sample messages, conversations and cases.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::case::{
    Author, Case, CaseId, ClockKind, Deadline, DeadlineStatus, Due, Event, Handling, History, Priority,
    Record, State, TransferOffer,
};
use crate::message::{AccountId, CitizenId, DepartmentId, MessageKey, PolicyId, RulebookVersion, ThemeId};
use crate::reply::{
    Action, CaseSummary, DecidedBy, Feedback, Handled, Judgement, Outcome, Reason, Reply, ScoredEntry,
};
use crate::store::{CaseChange, ChangeSet};

/// The start of the samples: 2026-11-23 09:00 in Shanghai.
pub const START: Timestamp = Timestamp::constant(1_795_395_600, 0);

/// Text that a store must return unchanged.
pub const AWKWARD: &str = "'; DROP TABLE cases; --\0\"%_\\`\u{202e}\u{feff}𠮷\r\n\t?1 :id {{x}}";

/// `minutes` after [`START`].
pub fn at(minutes: i64) -> Timestamp {
    let later = START.saturating_add(SignedDuration::from_mins(minutes));
    later.unwrap_or(Timestamp::MAX)
}

/// A message of `citizen` to the account `city`.
pub fn key(citizen: &str, id: &str) -> MessageKey {
    MessageKey::new(AccountId::new("city"), CitizenId::new(citizen), id)
}

/// An automatic answer to a message.
pub fn handled(key: &MessageKey) -> Handled {
    let confidence = 0.1 + 0.2;
    Handled {
        key: key.clone(),
        at: START,
        action: Action::Answer,
        by: DecidedBy::Faq("opening-hours".into()),
        confidence: Some(confidence),
        theme: Some("household".into()),
        outcome: Outcome::Replied(Reply::new(format!("answer to {key}: {AWKWARD}"))),
        reasons: vec![Reason::FaqCandidates {
            candidates: vec![ScoredEntry {
                entry: "opening-hours".into(),
                confidence,
            }],
        }],
        rulebook: RulebookVersion::new("0".repeat(64)),
    }
}

/// A waiting case of `citizen`, due `due` minutes after [`START`], with theme `household` at department
/// `police`.
pub fn case(id: &str, citizen: &str, priority: Priority, due: i64) -> Case {
    Case {
        id: CaseId::new(id),
        version: 0,
        key: key(citizen, id),
        sender_name: Some("王小明".into()),
        text: format!("新生儿怎么上户口? {AWKWARD}"),
        earlier: Vec::new(),
        transcript: Vec::new(),
        transcript_left_out: 0,
        handling: Handling::default(),
        arrived: START,
        state: State::Waiting,
        priority,
        theme: Some(ThemeId::new("household")),
        department: DepartmentId::new("police"),
        deadlines: vec![Deadline {
            clock: ClockKind::FirstReply,
            policy: PolicyId::new("next-day"),
            due: Due::new(at(due).to_zoned_datetime(TimeZone::UTC)),
            derivation: Vec::new(),
            status: DeadlineStatus::Open,
            history: History::default(),
        }],
        claim: None,
        answer: None,
        note: None,
        reasons: vec![Reason::NoTheme],
        rulebook: RulebookVersion::new("0".repeat(64)),
    }
}

/// The record that opens a case.
pub fn opened(case: &Case) -> Record {
    record(
        case,
        Event::Opened {
            case: Box::new(case.clone()),
        },
    )
}

/// A record of a case, by the engine.
pub fn record(case: &Case, event: Event) -> Record {
    Record::new(START, Author::Engine, Some(case.id.clone()), event)
}

/// The set that opens a case.
pub fn opening(case: &Case) -> ChangeSet {
    ChangeSet {
        cases: vec![CaseChange {
            expected: None,
            case: case.clone(),
        }],
        records: vec![opened(case)],
        ..ChangeSet::default()
    }
}

/// The set that moves a case as it was read, and the case afterwards.
pub fn moving(case: &Case, events: &[Event]) -> (ChangeSet, Case) {
    let next = events.iter().fold(case.clone(), Case::apply);
    let change = ChangeSet {
        cases: vec![CaseChange {
            expected: Some(case.version),
            case: next.clone(),
        }],
        records: events.iter().map(|event| record(case, event.clone())).collect(),
        ..ChangeSet::default()
    };
    (change, next)
}

/// The set of a message that is answered: its outcome and the record of it.
pub fn answering(key: &MessageKey) -> ChangeSet {
    let handled = handled(key);
    let event = Event::Handled {
        key: key.clone(),
        action: handled.action,
        by: handled.by.clone(),
        text: Some(format!("question {key}: {AWKWARD}")),
        written: Some(START),
        theme: handled.theme.clone(),
        rulebook: Some(handled.rulebook.clone()),
        case: None,
        withheld: false,
    };
    ChangeSet {
        handled: Some(handled),
        records: vec![Record::new(START, Author::Engine, None, event)],
        ..ChangeSet::default()
    }
}

/// The set of feedback on a message, `minutes` after [`START`]: the record of it.
pub fn judging(key: &MessageKey, text: &str, minutes: i64) -> ChangeSet {
    let feedback = Feedback {
        key: key.clone(),
        text: text.to_owned(),
        judgement: Judgement::NoneOfThese {
            shown: vec!["a".into(), "b".into()],
        },
    };
    ChangeSet {
        records: vec![Record::new(
            at(minutes),
            Author::Citizen,
            None,
            Event::Feedback { feedback },
        )],
        ..ChangeSet::default()
    }
}

/// The set of a message that goes to a person: its outcome, its case, and a record of each.
pub fn queueing(case: &Case) -> ChangeSet {
    let mut change = answering(&case.key);
    let opening = opening(case);
    change.cases = opening.cases;
    change.records.extend(opening.records);
    change
}

/// The set of a message that goes to a person, as the engine makes it: its outcome names the case.
pub fn sent_to(case: &Case) -> ChangeSet {
    let mut change = queueing(case);
    if let (Some(handled), Some(deadline)) = (&mut change.handled, case.next_deadline()) {
        handled.outcome = Outcome::Queued {
            reply: Reply::new("received"),
            case: CaseSummary {
                id: case.id.clone(),
                due: deadline.due.clone(),
                department: case.department.clone(),
                theme: case.theme.clone(),
                priority: case.priority,
            },
        };
    }
    change
}

/// An offer to another department.
pub(super) fn offered() -> Event {
    Event::Transferred {
        offer: TransferOffer {
            by: "eve".into(),
            at: at(1),
            to: "fund".into(),
            theme: None,
            reason: AWKWARD.to_owned(),
            until: at(60),
        },
    }
}
