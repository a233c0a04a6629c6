//! The desk's cases and sweep reports, translated into the model's types.

use civic_reply::case::{
    AlarmKind, Case, CaseId, ClaimToken, ClockKind, DeadlineStatus, DerivationStep, Ending, HeldBack, Letter,
    LetterKind, LetterStatus, State,
};
use civic_reply::desk::SweepReport;
use civic_reply::store::contract::sample;

use super::letters::{Kind, LetterState, ModelLetter, Promised};
use super::model::{MAX_TRANSCRIPT, Matter, MatterState, ReplyClock};
use super::sweep::ExpectedSweep;
use super::window::{FALLBACK, HoldReason};

/// A case in the model's types. The due time of a paused clock, which the model does not follow, is taken
/// from the model.
pub(crate) fn as_matter(case: &Case, known: &Matter) -> Matter {
    let at = |instant: jiff::Timestamp| (instant.as_second() - sample::START.as_second()) / 60;
    let number = |name: &str| name.rsplit('-').next().unwrap().parse().unwrap();
    let handling = &case.handling;
    let texts = |ids: &[CaseId]| ids.iter().map(CaseId::to_string).collect();
    let open = |clock| {
        let mut deadlines = case.deadlines.iter().filter(move |one| one.clock == clock);
        deadlines.find(|one| !matches!(one.status, DeadlineStatus::Done { .. }))
    };
    let reply_clock = open(ClockKind::FirstReply);
    let reply_clock = reply_clock.map(|deadline| {
        let paused = match deadline.status {
            DeadlineStatus::Paused { since } => Some(at(since)),
            _ => None,
        };
        let due = at(deadline.due.instant());
        let raised = deadline
            .history
            .alarms
            .iter()
            .filter(|alarm| alarm.raised.is_some());
        ReplyClock {
            due: paused
                .and(known.reply_clock)
                .map_or(due, |reply_clock| reply_clock.due),
            paused,
            extended: !deadline.history.extensions.is_empty(),
            raised: raised.map(|alarm| at(alarm.threshold)).max(),
        }
    });
    Matter {
        id: case.id.to_string(),
        arrived: at(case.arrived),
        priority: case.priority as u8,
        department: number(case.department.as_str()),
        state: match case.state {
            State::Waiting => MatterState::Waiting,
            State::Claimed => MatterState::Claimed,
            State::AwaitingCitizen => MatterState::Asked,
            State::Offered => MatterState::Offered,
            State::Answered => MatterState::Answered,
            State::Closed => MatterState::Closed,
            State::Merged => MatterState::Merged,
            other => panic!("{other:?} is a state of its own"),
        },
        claim: case.claim.as_ref().map(|claim| {
            let by = number(claim.agent.as_str());
            (by, claim.token.as_str().to_owned(), at(claim.until))
        }),
        answer: case.answer.clone(),
        draft: handling.internal.draft.clone(),
        talk: entries(case),
        notes: handling.internal.notes.len(),
        offers: handling.transfers.offer_count as usize,
        offer: handling
            .transfers
            .offer
            .as_ref()
            .map(|offer| (number(offer.to.as_str()), at(offer.until))),
        returns: handling.transfers.returns.len(),
        decided: handling.transfers.decided_by.is_some(),
        escalations: handling.internal.supervision.len(),
        merged: handling
            .relations
            .merged
            .iter()
            .map(|merged| merged.case.to_string())
            .collect(),
        kept: handling
            .relations
            .merged
            .iter()
            .map(|merged| {
                let content = merged.content.as_ref().unwrap();
                let (transcript, notes) = (content.transcript.len(), content.notes.len());
                (merged.case.to_string(), transcript, notes, content.draft.clone())
            })
            .collect(),
        confirmed: handling.contact.confirmed.iter().copied().collect(),
        unseen: handling.relations.unseen_merger,
        goes_on_as: handling.relations.merged_into.as_ref().map(CaseId::to_string),
        split: texts(&handling.relations.split_off),
        parts: handling
            .relations
            .parts
            .iter()
            .map(|part| (part.case.to_string(), part.answer.clone()))
            .collect(),
        parent: handling
            .relations
            .parent
            .as_ref()
            .map(|parent| (parent.case.to_string(), parent.joined)),
        ending: handling.ending.map(Ending::name),
        reopened: handling.reopened.len(),
        reply_clock,
        promised: open(ClockKind::Promise).map(|promise| {
            let raised = |wanted: fn(&AlarmKind) -> bool| {
                let mut alarms = promise.history.alarms.iter();
                alarms.any(|alarm| wanted(&alarm.kind) && alarm.raised.is_some())
            };
            let engine = |step: &DerivationStep| {
                matches!(step, DerivationStep::Told { by, .. } if by.as_str() == "engine")
            };
            Promised {
                due: at(promise.due.instant()),
                told: at(promise.history.started.unwrap()),
                by_engine: promise.derivation.iter().any(engine),
                warned: raised(|kind| matches!(kind, AlarmKind::Warning(_))),
                broken: raised(|kind| *kind == AlarmKind::Breach),
            }
        }),
        citizens: std::iter::once(&case.key)
            .chain(handling.relations.merged.iter().map(|merged| &merged.key))
            .map(|key| number(key.sender().as_str()))
            .collect(),
        letters: (1..)
            .zip(&handling.contact.letters)
            .map(|(number, letter)| {
                assert_eq!(letter.number, number, "each letter has a number of its own");
                model_letter(letter, &at)
            })
            .collect(),
        idle: handling.contact.idle_from.filter(|_| handling.contact.agent_announced).map(at),
        awaited_reply: handling
            .contact
            .awaited_reply
            .map(|awaited_reply| (awaited_reply.reminder.map(at), at(awaited_reply.until))),
        unreplied: handling.contact.unreplied,
        chasers: handling.contact.chasers,
        lapses: handling.contact.confirm_until.map(at),
    }
}

fn model_letter(letter: &Letter, at: &dyn Fn(jiff::Timestamp) -> i64) -> ModelLetter {
    let token_text = |token: &ClaimToken| token.as_str().to_owned();
    ModelLetter {
        to: letter.to,
        kind: match letter.kind {
            LetterKind::Answer => Kind::Answer,
            LetterKind::Question => Kind::Question,
            LetterKind::Reminder => Kind::Reminder,
            LetterKind::Extension => Kind::Extension,
            LetterKind::Promise => Kind::Promise,
            LetterKind::HandBack => Kind::HandBack,
            other => panic!("{other:?} is a kind of its own"),
        },
        posted: at(letter.posted),
        given: letter.attempts,
        state: match &letter.status {
            LetterStatus::Waiting { from } => LetterState::Waiting { from: from.map(at) },
            LetterStatus::Leased {
                token,
                until,
                counted,
            } => LetterState::Sent {
                token_text: token_text(token),
                until: at(*until),
                window: at(counted.unwrap()),
            },
            LetterStatus::Delivered { .. } => LetterState::Arrived,
            LetterStatus::Unknown { token, counted, .. } => LetterState::Unknown {
                token_text: token_text(token),
                window: at(counted.unwrap()),
            },
            LetterStatus::Held { why, fallback, .. } => {
                assert_eq!(fallback.as_deref(), Some(FALLBACK));
                LetterState::Held(match why {
                    HeldBack::WindowClosed => HoldReason::Closed,
                    HeldBack::QuotaUsed => HoldReason::Used,
                    HeldBack::KeptForAnswer => HoldReason::Kept,
                    other => panic!("{other:?} is a reason of its own"),
                })
            }
            LetterStatus::Failed { .. } => LetterState::Dead,
            LetterStatus::Dismissed { .. } => LetterState::Withdrawn,
            other => panic!("{other:?} is a way of its own"),
        },
    }
}

pub(crate) fn report(sweep: &SweepReport) -> ExpectedSweep {
    let crossed = |clock, kind| {
        let crossings = sweep.crossings.iter();
        let crossings = crossings.filter(move |one| one.clock == clock && one.alarm.kind == kind);
        crossings.map(|one| one.case.to_string()).collect()
    };
    let names = |ids: &[CaseId]| ids.iter().map(CaseId::to_string).collect();
    ExpectedSweep {
        breached: crossed(ClockKind::FirstReply, AlarmKind::Breach),
        broken: crossed(ClockKind::Promise, AlarmKind::Breach),
        postponed: names(&sweep.postponed),
        overdue: names(&sweep.overdue),
        accepted: sweep.accepted.iter().map(|one| one.case.to_string()).collect(),
        left: names(&sweep.handed_back),
        lapsed: names(&sweep.lapsed),
        unread: names(&sweep.unread),
        reminded: names(&sweep.reminded),
        resumed: names(&sweep.resumed),
    }
}

pub(crate) fn sorted(mut report: ExpectedSweep) -> ExpectedSweep {
    let ExpectedSweep {
        breached,
        broken,
        postponed,
        overdue,
        accepted,
        left,
        lapsed,
        unread,
        reminded,
        resumed,
    } = &mut report;
    for list in [
        breached, broken, postponed, overdue, accepted, left, lapsed, unread, reminded, resumed,
    ] {
        list.sort();
    }
    report
}

/// The number of entries that the transcript ever had. The case keeps the latest of them.
fn entries(case: &Case) -> usize {
    let all = case.transcript.len() + case.transcript_left_out as usize;
    assert_eq!(case.transcript.len(), all.min(MAX_TRANSCRIPT));
    all
}
