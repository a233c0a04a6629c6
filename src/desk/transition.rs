//! The records that a move leaves.

use jiff::Timestamp;
use thiserror::Error;

use super::clocks;
use super::command::Command;
use super::handover;
use super::moves::{MOVES, Move};
use crate::case::{Case, CaseId, ClockKind, Duplicate, Event, Note, Rung, State, Supervision};
use crate::message::{AgentId, DepartmentId, MAX_CHARS};
use crate::time::{ClockRefused, Terms};

/// Why a command was refused. The case is as it was.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refused {
    /// The case is in a state that knows no such move.
    #[error("a case that is {state} knows no `{}`", .wanted.name())]
    State {
        /// The case's state.
        state: State,
        /// The move.
        wanted: Move,
    },
    /// Another claim holds the case, or none: the lease ended and the case went on.
    #[error("the claim on this case has ended; claim it again before going on")]
    NotHolder,
    /// The text says nothing.
    #[error("the text is empty")]
    EmptyText,
    /// The text is too long.
    #[error("the text has {chars} characters, more than {MAX_CHARS}")]
    LongText {
        /// Its characters.
        chars: usize,
    },
    /// The case was not offered to any department.
    #[error("the case is not offered to a department")]
    NoOffer,
    /// It is offered to the department that has it, and the theme stays the same.
    #[error("department `{0}` has the case already")]
    SameDepartment(DepartmentId),
    /// The time for giving it back has passed.
    #[error("the case could be given back until {0}: silence was acceptance")]
    ReturnTooLate(Timestamp),
    /// The department still has time to give it back.
    #[error("the department may still give the case back, until {0}")]
    TimeLeft(Timestamp),
    /// It was sent around: the one who is named for it decides.
    #[error("the case was offered `{0}` times: the one who is named for it decides where it belongs")]
    OwnerDecides(u32),
    /// It was not sent around yet.
    #[error("the case was offered only `{0}` times: its departments settle it between them")]
    NotSentAround(u32),
    /// Somebody decided where it belongs.
    #[error("`{0}` decided where the case belongs: it can't be passed on any more")]
    Decided(AgentId),
    /// The ladder ends here.
    #[error("the case was reported already: there is no rung above")]
    LadderEnds,
    /// A case can't be merged into itself.
    #[error("a case can't be merged into itself")]
    Itself,
    /// It is part of another case or has parts, so it can't be merged.
    #[error("a case with parts, or that is a part, can't be merged")]
    HasKin,
    /// Another department still works on a part.
    #[error("part `{0}` is not answered yet: the answer joins all parts")]
    PartOpen(CaseId),
    /// It has no part of this number that is still open.
    #[error("the case waits for no part `{0}`")]
    NoPart(CaseId),
    /// The case has no such clock that is still owed.
    #[error("the case owes nothing by the clock `{0}`")]
    NoClock(ClockKind),
    /// The clock does not allow it.
    #[error(transparent)]
    Clock(#[from] ClockRefused),
}

/// The records that `command` leaves on `case`, in order; [`Case::apply`] makes them true. Pure: the clocks follow `terms`.
///
/// # Errors
///
/// The state knows no such move, the claim has ended, a text is empty or too long, or a clock does not allow it.
pub fn transition(
    case: &Case,
    command: &Command,
    terms: &Terms,
    now: Timestamp,
) -> Result<Vec<Event>, Refused> {
    let wanted = command.kind();
    if !MOVES
        .iter()
        .any(|&(from, by, _)| from == case.state && by == wanted)
    {
        return Err(Refused::State {
            state: case.state,
            wanted,
        });
    }
    let holder = case.claim.as_ref().map(|claim| &claim.token);
    if command.token().is_some() && command.token() != holder {
        return Err(Refused::NotHolder);
    }
    let then = |first: Event, clocks: Vec<Event>| std::iter::once(first).chain(clocks).collect();
    Ok(match command {
        Command::Claim(claim) => vec![Event::Claimed { claim: claim.clone() }],
        Command::Renew(claim) => vec![Event::Renewed { claim: claim.clone() }],
        Command::Release(_) => vec![Event::Released],
        Command::Draft { text, .. } => vec![Event::Drafted { text: said(text)? }],
        Command::Answer { text, .. } => {
            let text = said(text)?;
            if let Some(open) = case.handling.parts.iter().find(|part| part.said.is_none()) {
                return Err(Refused::PartOpen(open.case.clone()));
            }
            then(Event::Answered { text }, clocks::answered(case, terms, now))
        }
        Command::Ask { text, .. } => {
            let text = said(text)?;
            then(Event::Asked { text }, clocks::stop(case, terms, now))
        }
        Command::Write { text, at } => {
            // A channel's clock that runs ahead may not move a deadline away.
            let at = now.min(*at);
            let text = said(text)?;
            then(
                Event::CitizenWrote { text, at },
                clocks::wrote(case, terms, at, now),
            )
        }
        Command::Extend { more, .. } => vec![clocks::extended(case, terms, more, now)?],
        Command::Promise { by, until, .. } => vec![clocks::promised(case, terms, by, now, *until)?],
        Command::Reset { clock, wish } => vec![clocks::reset(case, terms, *clock, wish)?],
        Command::Note { by, text } => vec![Event::Noted {
            note: Note {
                by: by.clone(),
                at: now,
                text: said(text)?,
            },
        }],
        Command::Transfer { by, offer, .. } => vec![handover::offered(case, terms, by, offer, now)?],
        Command::Accept { silent } => handover::accepted(case, terms, *silent, now)?,
        Command::Return { by, reason, text } => vec![handover::returned(case, by, *reason, text, now)?],
        Command::Decide {
            owner,
            department,
            theme,
            reason,
        } => {
            let place = (department, theme.as_ref());
            let decided = handover::decided(case, terms, owner, place, reason)?;
            then(decided, clocks::accepted(case, terms, now))
        }
        Command::Supervise { by, text } => vec![Event::Supervised {
            sent: Supervision {
                by: by.clone(),
                at: now,
                rung: Rung::after(case.handling.rung()).ok_or(Refused::LadderEnds)?,
                text: said(text)?,
            },
        }],
        Command::Merge { into, .. } => {
            alone(case)?;
            if *into == case.id {
                return Err(Refused::Itself);
            }
            then(Event::Merged { into: into.clone() }, clocks::closed(case, now))
        }
        Command::Absorb { other } => {
            if other.id == case.id {
                return Err(Refused::Itself);
            }
            let own = Duplicate {
                case: other.id.clone(),
                key: other.key.clone(),
            };
            let theirs = other.handling.merged.iter().cloned();
            let duplicates = std::iter::once(own).chain(theirs).collect();
            then(Event::Absorbed { duplicates }, clocks::absorbed(case, other))
        }
        Command::Split { part, .. } => vec![Event::SplitOff { part: part.clone() }],
        Command::CoHandle { part, department, .. } => {
            if case.handling.parent.as_ref().is_some_and(|parent| parent.joined) {
                return Err(Refused::HasKin);
            }
            vec![Event::PartGiven {
                part: part.clone(),
                department: department.clone(),
            }]
        }
        Command::TakePart { part, text } => {
            let mut parts = case.handling.parts.iter();
            let known = parts.find(|known| known.case == *part && known.said.is_none());
            let known = known.ok_or_else(|| Refused::NoPart(part.clone()))?;
            vec![Event::PartAnswered {
                part: known.case.clone(),
                text: said(text)?,
            }]
        }
        Command::Close { how } => {
            let clocks = clocks::closed(case, now);
            let ended = then(Event::Ended { how: *how }, clocks);
            ended.into_iter().chain([Event::Closed]).collect()
        }
        Command::Reopen { reason, since } => {
            let reason = said(reason)?;
            let mut events = clocks::closed(case, now);
            events.push(Event::Reopened { reason });
            events.extend(clocks::reopened(case, terms, now.min(*since)));
            events
        }
    })
}

/// Refuses a case that others are tied to.
fn alone(case: &Case) -> Result<(), Refused> {
    let handling = &case.handling;
    let part = handling.parent.as_ref().is_some_and(|parent| parent.joined);
    if part || !handling.parts.is_empty() {
        return Err(Refused::HasKin);
    }
    Ok(())
}

/// A text that somebody is to read.
pub(super) fn said(text: &str) -> Result<String, Refused> {
    if text.trim().is_empty() {
        return Err(Refused::EmptyText);
    }
    let chars = text.chars().count();
    if chars > MAX_CHARS {
        return Err(Refused::LongText { chars });
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::panic,
        clippy::indexing_slicing,
        reason = "tests fail by panicking"
    )]

    use super::*;
    use crate::case::{
        Amount, CaseId, Claim, ClaimToken, ClockKind, Ending, Handling, Offer, Part, Priority, ReturnReason,
    };
    use crate::desk::{MoreTime, Transfer};
    use crate::message::MessageKey;
    use crate::time::{self, Calendar, ExtensionRule, Policy, Reset};

    fn terms() -> Terms {
        let open: Vec<_> = vec!["09:00-17:00".parse().unwrap()];
        let mut calendar = Calendar::builder("Asia/Shanghai").year(2026);
        for day in [jiff::civil::Weekday::Monday, jiff::civil::Weekday::Tuesday] {
            calendar = calendar.week(day, open.clone());
        }
        let policy = Policy {
            extension: Some(ExtensionRule {
                times: 1,
                amount: Amount::one_working_day(),
            }),
            ..Policy::next_working_day()
        };
        Terms {
            rulebook: "0".into(),
            calendar: calendar.build().unwrap(),
            policies: [(policy.id.clone(), policy)].into(),
        }
    }

    fn now() -> Timestamp {
        "2026-11-23T10:00+08:00".parse().unwrap()
    }

    fn claim() -> Claim {
        Claim {
            agent: "agent".into(),
            token: ClaimToken::new("token"),
            until: now(),
        }
    }

    fn case(state: State) -> Case {
        Case {
            id: CaseId::new("20261123-0000-0000"),
            version: 0,
            key: MessageKey::new("gov".into(), "citizen".into(), "1"),
            sender_name: None,
            text: "text".to_owned(),
            talk: Vec::new(),
            handling: Handling {
                offer: (state == State::Offered).then(offer),
                ..Handling::default()
            },
            arrived: now(),
            state,
            priority: Priority::Normal,
            theme: None,
            department: "desk".into(),
            deadlines: time::deadline(
                &terms().calendar,
                &Policy::next_working_day(),
                ClockKind::FirstReply,
                now(),
            )
            .into_iter()
            .collect(),
            claim: (state == State::Claimed).then(claim),
            answer: None,
            note: None,
            reasons: Vec::new(),
            rulebook: "0".into(),
        }
    }

    fn offer() -> Offer {
        Offer {
            by: "agent".into(),
            at: now(),
            to: "fund".into(),
            theme: None,
            reason: "theirs".to_owned(),
            until: "2026-11-24T17:00+08:00".parse().unwrap(),
        }
    }

    fn part() -> Part {
        Part {
            case: CaseId::new("part"),
            department: "fund".into(),
            said: None,
        }
    }

    /// A case in this state, as `command` needs it.
    fn ready(state: State, command: &Command) -> Case {
        let mut ready = case(state);
        match command {
            Command::Decide { .. } => ready.handling.dispatches = 3,
            Command::TakePart { .. } => ready.handling.parts.push(part()),
            _ => {}
        }
        ready
    }

    fn transfer() -> Command {
        Command::Transfer {
            token: claim().token,
            by: "agent".into(),
            offer: Transfer {
                to: "fund".into(),
                theme: None,
                reason: "theirs".to_owned(),
                complex: false,
            },
        }
    }

    fn give_back() -> Command {
        Command::Return {
            by: "clerk".into(),
            reason: ReturnReason::NotOurs,
            text: "the land is the county's".to_owned(),
        }
    }

    fn decide() -> Command {
        Command::Decide {
            owner: "chief".into(),
            department: "police".into(),
            theme: None,
            reason: "nobody else is left".to_owned(),
        }
    }

    fn commands() -> Vec<Command> {
        let token = claim().token;
        vec![
            Command::Claim(claim()),
            Command::Renew(claim()),
            Command::Release(token.clone()),
            Command::Answer {
                token: token.clone(),
                text: "an answer".to_owned(),
            },
            Command::Ask {
                token: token.clone(),
                text: "which house?".to_owned(),
            },
            Command::Write {
                text: "number 3".to_owned(),
                at: now(),
            },
            Command::Extend {
                token: token.clone(),
                more: MoreTime {
                    clock: ClockKind::FirstReply,
                    amount: Amount::one_working_day(),
                    reason: "a visit".to_owned(),
                    approver: "chief".into(),
                },
            },
            Command::Promise {
                token,
                by: "agent".into(),
                until: "2026-11-24T12:00+08:00".parse().unwrap(),
            },
            Command::Reset {
                clock: ClockKind::FirstReply,
                wish: Reset {
                    at: now(),
                    by: "chief".into(),
                    permitted: true,
                    reason: "sent to the wrong city".to_owned(),
                },
            },
            Command::Draft {
                token: claim().token,
                text: "perhaps".to_owned(),
            },
            Command::Note {
                by: "agent".into(),
                text: "called twice".to_owned(),
            },
            transfer(),
            Command::Accept { silent: false },
            give_back(),
            decide(),
            Command::Supervise {
                by: "chief".into(),
                text: "please".to_owned(),
            },
            Command::Merge {
                token: claim().token,
                into: CaseId::new("other"),
            },
            Command::Absorb {
                other: Box::new(Case {
                    id: CaseId::new("other"),
                    ..case(State::Waiting)
                }),
            },
            Command::Split {
                token: claim().token,
                part: CaseId::new("second"),
            },
            Command::CoHandle {
                token: claim().token,
                part: CaseId::new("part"),
                department: "fund".into(),
            },
            Command::TakePart {
                part: CaseId::new("part"),
                text: "our part is done".to_owned(),
            },
            Command::Close { how: Ending::Lapsed },
            Command::Reopen {
                reason: "still dark".to_owned(),
                since: now(),
            },
        ]
    }

    fn apply(case: Case, command: &Command, now: Timestamp) -> Result<Case, Refused> {
        Ok(transition(&case, command, &terms(), now)?
            .iter()
            .fold(case, Case::apply))
    }

    #[test]
    fn every_state_and_command_pair_does_what_the_table_says() {
        for state in State::ALL {
            for command in commands() {
                let listed = MOVES
                    .iter()
                    .find(|&&(from, by, _)| from == state && by == command.kind());
                match (
                    transition(&ready(state, &command), &command, &terms(), now()),
                    listed,
                ) {
                    (Ok(events), Some(&(_, _, to))) => {
                        let after = events.iter().fold(ready(state, &command), Case::apply);
                        assert_eq!(after.state, to, "{state} {command:?}");
                        assert_eq!(after.version, events.len() as u64);
                    }
                    (Err(Refused::State { .. }), None) => {}
                    (result, _) => panic!("{state} {command:?}: {result:?}"),
                }
            }
        }
    }

    #[test]
    fn a_stale_holder_is_refused() {
        let stale = ClaimToken::new("older");
        for command in [
            Command::Release(stale.clone()),
            Command::Answer {
                token: stale.clone(),
                text: "late".to_owned(),
            },
            Command::Renew(Claim {
                token: stale,
                ..claim()
            }),
        ] {
            assert_eq!(
                transition(&case(State::Claimed), &command, &terms(), now()),
                Err(Refused::NotHolder)
            );
        }
    }

    #[test]
    fn an_empty_or_endless_answer_is_refused() {
        let answer = |text: String| Command::Answer {
            token: claim().token,
            text,
        };
        let refused = |text| transition(&case(State::Claimed), &answer(text), &terms(), now()).unwrap_err();
        assert_eq!(refused(" \n".to_owned()), Refused::EmptyText);
        assert_eq!(
            refused("长".repeat(MAX_CHARS + 1)),
            Refused::LongText { chars: MAX_CHARS + 1 }
        );
    }

    #[test]
    fn every_move_of_the_table_has_a_command() {
        for &(from, by, to) in MOVES {
            assert!(
                commands().iter().any(|command| command.kind() == by),
                "{from} {by:?} {to}"
            );
        }
    }

    #[test]
    fn the_first_receiver_stays_the_lead_until_the_other_accepts() {
        let offered = apply(case(State::Claimed), &transfer(), now()).unwrap();
        assert_eq!(offered.department, "desk".into());
        assert_eq!(
            offered.handling.offer.as_ref().unwrap().until,
            "2026-11-24T17:00+08:00".parse().unwrap()
        );
        let accepted = apply(offered.clone(), &Command::Accept { silent: false }, now()).unwrap();
        assert_eq!(
            (accepted.department, accepted.handling.offer),
            ("fund".into(), None)
        );

        let returned = apply(offered, &give_back(), now()).unwrap();
        assert_eq!(
            (&returned.department, returned.state),
            (&"desk".into(), State::Waiting)
        );
        assert_eq!(returned.handling.returns[0].reason, ReturnReason::NotOurs);
        assert_eq!(returned.deadlines, case(State::Claimed).deadlines);
    }

    #[test]
    fn silence_after_the_limit_is_acceptance() {
        let offered = apply(case(State::Claimed), &transfer(), now()).unwrap();
        let silence = Command::Accept { silent: true };
        let until = offer().until;
        let refused = apply(offered.clone(), &silence, now()).unwrap_err();
        assert_eq!(refused, Refused::TimeLeft(until));
        let refused = apply(offered.clone(), &give_back(), until).unwrap_err();
        assert_eq!(refused, Refused::ReturnTooLate(until));
        assert_eq!(apply(offered, &silence, until).unwrap().department, "fund".into());
    }

    #[test]
    fn after_the_third_offer_the_one_who_is_named_decides() {
        let mut sent = case(State::Claimed);
        for round in 0..3 {
            assert_eq!(
                apply(sent.clone(), &decide(), now()).unwrap_err(),
                Refused::NotSentAround(round)
            );
            sent = apply(sent, &transfer(), now()).unwrap();
            sent = apply(sent, &give_back(), now()).unwrap();
            sent = apply(sent, &Command::Claim(claim()), now()).unwrap();
        }
        assert_eq!(
            apply(sent.clone(), &transfer(), now()).unwrap_err(),
            Refused::OwnerDecides(3)
        );
        let decided = apply(sent, &decide(), now()).unwrap();
        assert_eq!(
            (&decided.department, decided.state),
            (&"police".into(), State::Waiting)
        );
        let again = apply(decided, &Command::Claim(claim()), now()).unwrap();
        assert_eq!(
            apply(again, &transfer(), now()).unwrap_err(),
            Refused::Decided("chief".into())
        );
    }

    #[test]
    fn the_ladder_is_climbed_rung_by_rung() {
        let supervise = Command::Supervise {
            by: "chief".into(),
            text: "please".to_owned(),
        };
        let mut case = case(State::Waiting);
        for rung in [Rung::Remind, Rung::Urge, Rung::Report] {
            case = apply(case, &supervise, now()).unwrap();
            assert_eq!(case.handling.rung(), Some(rung));
        }
        assert_eq!(apply(case, &supervise, now()).unwrap_err(), Refused::LadderEnds);
    }

    #[test]
    fn an_answer_joins_all_parts() {
        let answer = &commands()[3];
        let mut whole = case(State::Claimed);
        whole.handling.parts.push(part());
        assert_eq!(
            apply(whole.clone(), answer, now()).unwrap_err(),
            Refused::PartOpen(part().case)
        );
        let said = Command::TakePart {
            part: part().case,
            text: "done".to_owned(),
        };
        let whole = apply(whole, &said, now()).unwrap();
        assert_eq!(
            apply(whole.clone(), &said, now()).unwrap_err(),
            Refused::NoPart(part().case)
        );
        assert_eq!(apply(whole, answer, now()).unwrap().state, State::Answered);
    }

    #[test]
    fn what_was_owed_earlier_to_a_merged_case_is_owed_then() {
        let mut other = case(State::Waiting);
        other.id = CaseId::new("other");
        let mut late = case(State::Claimed);
        late.deadlines = time::deadline(
            &terms().calendar,
            &Policy::next_working_day(),
            ClockKind::FirstReply,
            "2026-11-24T10:00+08:00".parse().unwrap(),
        )
        .into_iter()
        .collect();
        assert!(late.deadlines[0].due.instant() > other.deadlines[0].due.instant());
        let both = apply(
            late,
            &Command::Absorb {
                other: Box::new(other.clone()),
            },
            now(),
        )
        .unwrap();
        assert_eq!(both.deadlines, other.deadlines);
        let keys: Vec<_> = both.recipients().into_iter().cloned().collect();
        assert_eq!(keys, [both.key.clone(), other.key]);
    }

    #[test]
    fn a_case_that_is_opened_again_keeps_its_answer_and_owes_another() {
        let answered = apply(case(State::Claimed), &commands()[3], now()).unwrap();
        assert!(
            answered
                .deadlines
                .iter()
                .all(|deadline| !deadline.status.is_open())
        );
        let again = Command::Reopen {
            reason: "still dark".to_owned(),
            since: now(),
        };
        let again = apply(answered, &again, now()).unwrap();
        assert_eq!(
            (again.state, again.answer.as_deref(), again.talk.len()),
            (State::Waiting, None, 1)
        );
        assert!(again.next_deadline().unwrap().status.is_open());
    }
}
