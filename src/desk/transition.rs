//! The records that a move leaves.

use jiff::Timestamp;
use thiserror::Error;

use super::clocks;
use super::moves::{Command, MOVES, Move};
use crate::case::{Case, ClockKind, Event, State};
use crate::message::MAX_CHARS;
use crate::time::{ClockRefused, Terms};

/// Why a command was refused. The case is as it was.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refused {
    /// The case is in a state that knows no such move.
    #[error("a case that is {state} can't do this: {wanted:?}")]
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
        Command::Answer { text, .. } => {
            let text = said(text)?;
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
        Command::Close => then(Event::Closed, clocks::closed(case, now)),
    })
}

/// A text that somebody is to read.
fn said(text: &str) -> Result<String, Refused> {
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
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

    use super::*;
    use crate::case::{Amount, CaseId, Claim, ClaimToken, ClockKind, Priority};
    use crate::desk::MoreTime;
    use crate::message::MessageKey;
    use crate::time::{self, Calendar, ExtensionRule, Policy, Reset};

    const STATES: [State; 5] = [
        State::Waiting,
        State::Claimed,
        State::AwaitingCitizen,
        State::Answered,
        State::Closed,
    ];

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

    fn commands() -> [Command; 10] {
        let token = claim().token;
        [
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
            Command::Close,
        ]
    }

    #[test]
    fn every_state_and_command_pair_does_what_the_table_says() {
        for state in STATES {
            for command in commands() {
                let listed = MOVES
                    .iter()
                    .find(|&&(from, by, _)| from == state && by == command.kind());
                match (transition(&case(state), &command, &terms(), now()), listed) {
                    (Ok(events), Some(&(_, _, to))) => {
                        let after = events.iter().fold(case(state), Case::apply);
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
}
