//! The legal moves of a case, as one table, and the records that a move leaves.

use jiff::Timestamp;
use thiserror::Error;

use crate::case::{Case, Claim, ClaimToken, ClockKind, Event, State};
use crate::message::MAX_CHARS;

/// A kind of command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Move {
    /// An agent takes the case. From `Claimed` only when the lease has ended, which the store judges on its own clock.
    Claim,
    /// The agent makes the lease longer.
    Renew,
    /// The agent gives the case back.
    Release,
    /// The agent answers.
    Answer,
    /// The matter is over.
    Close,
}

/// From which state a move leads to which. A pair that is not listed is refused.
pub const MOVES: &[(State, Move, State)] = &[
    (State::Waiting, Move::Claim, State::Claimed),
    (State::Claimed, Move::Claim, State::Claimed),
    (State::Claimed, Move::Renew, State::Claimed),
    (State::Claimed, Move::Release, State::Waiting),
    (State::Claimed, Move::Answer, State::Answered),
    (State::Answered, Move::Close, State::Closed),
];

/// What an agent wants to do with a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Take it, under this claim.
    Claim(Claim),
    /// Keep it until the claim's new end.
    Renew(Claim),
    /// Give it back.
    Release(ClaimToken),
    /// Answer the citizen.
    Answer {
        /// Proof that the agent still holds the case.
        token: ClaimToken,
        /// What to tell the citizen, at most [`MAX_CHARS`] characters.
        text: String,
    },
    /// End it.
    Close,
}

impl Command {
    /// The command's kind.
    pub fn kind(&self) -> Move {
        match self {
            Self::Claim(_) => Move::Claim,
            Self::Renew(_) => Move::Renew,
            Self::Release(_) => Move::Release,
            Self::Answer { .. } => Move::Answer,
            Self::Close => Move::Close,
        }
    }

    fn token(&self) -> Option<&ClaimToken> {
        match self {
            Self::Renew(claim) => Some(&claim.token),
            Self::Release(token) | Self::Answer { token, .. } => Some(token),
            Self::Claim(_) | Self::Close => None,
        }
    }
}

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
    /// The answer says nothing.
    #[error("the answer is empty")]
    EmptyAnswer,
    /// The answer is too long.
    #[error("the answer has {chars} characters, more than {MAX_CHARS}")]
    LongAnswer {
        /// Its characters.
        chars: usize,
    },
}

/// The records that `command` leaves on `case`, in order; [`Case::apply`] makes them true. Pure.
pub fn transition(case: &Case, command: &Command, now: Timestamp) -> Result<Vec<Event>, Refused> {
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
    Ok(match command {
        Command::Claim(claim) => vec![Event::Claimed { claim: claim.clone() }],
        Command::Renew(claim) => vec![Event::Renewed { claim: claim.clone() }],
        Command::Release(_) => vec![Event::Released],
        Command::Answer { text, .. } => {
            if text.trim().is_empty() {
                return Err(Refused::EmptyAnswer);
            }
            let chars = text.chars().count();
            if chars > MAX_CHARS {
                return Err(Refused::LongAnswer { chars });
            }
            vec![
                Event::Answered { text: text.clone() },
                Event::DeadlineDone {
                    clock: ClockKind::FirstReply,
                    at: now,
                },
            ]
        }
        Command::Close => vec![Event::Closed],
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

    use super::*;
    use crate::case::{CaseId, Priority};
    use crate::message::MessageKey;

    const STATES: [State; 4] = [State::Waiting, State::Claimed, State::Answered, State::Closed];

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
            arrived: now(),
            state,
            priority: Priority::Normal,
            theme: None,
            department: "desk".into(),
            deadlines: Vec::new(),
            claim: (state == State::Claimed).then(claim),
            answer: None,
            note: None,
            reasons: Vec::new(),
            rulebook: "0".into(),
        }
    }

    fn commands() -> [Command; 5] {
        [
            Command::Claim(claim()),
            Command::Renew(claim()),
            Command::Release(claim().token),
            Command::Answer {
                token: claim().token,
                text: "an answer".to_owned(),
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
                match (transition(&case(state), &command, now()), listed) {
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
                transition(&case(State::Claimed), &command, now()),
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
        let refused = |text| transition(&case(State::Claimed), &answer(text), now()).unwrap_err();
        assert_eq!(refused(" \n".to_owned()), Refused::EmptyAnswer);
        assert_eq!(
            refused("长".repeat(MAX_CHARS + 1)),
            Refused::LongAnswer { chars: MAX_CHARS + 1 }
        );
    }
}
