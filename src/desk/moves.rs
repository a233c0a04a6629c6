//! The legal moves of a case, as one table, and what is asked for with each.

use jiff::Timestamp;

use crate::case::{Amount, Claim, ClaimToken, ClockKind, State};
use crate::message::AgentId;
use crate::time::Reset;

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
    /// The agent asks the citizen for something; the clocks that can stand still do.
    Ask,
    /// The citizen writes more; what stood still goes on.
    Write,
    /// More time is granted to one of the clocks.
    Extend,
    /// A time is told to the citizen.
    Promise,
    /// A clock starts anew.
    Reset,
    /// The matter is over.
    Close,
}

/// From which state a move leads to which. A pair that is not listed is refused.
pub const MOVES: &[(State, Move, State)] = &[
    (State::Waiting, Move::Claim, State::Claimed),
    (State::Waiting, Move::Write, State::Waiting),
    (State::Waiting, Move::Reset, State::Waiting),
    (State::Claimed, Move::Claim, State::Claimed),
    (State::Claimed, Move::Renew, State::Claimed),
    (State::Claimed, Move::Release, State::Waiting),
    (State::Claimed, Move::Answer, State::Answered),
    (State::Claimed, Move::Ask, State::AwaitingCitizen),
    (State::Claimed, Move::Write, State::Claimed),
    (State::Claimed, Move::Extend, State::Claimed),
    (State::Claimed, Move::Promise, State::Claimed),
    (State::Claimed, Move::Reset, State::Claimed),
    (State::AwaitingCitizen, Move::Write, State::Waiting),
    (State::AwaitingCitizen, Move::Reset, State::AwaitingCitizen),
    (State::AwaitingCitizen, Move::Close, State::Closed),
    (State::Answered, Move::Close, State::Closed),
];

/// More time for one of a case's clocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoreTime {
    /// The clock.
    pub clock: ClockKind,
    /// How much, in the unit of the policy's extensions and at most as much as one of them.
    pub amount: Amount,
    /// Why.
    pub reason: String,
    /// Who approved it.
    pub approver: AgentId,
}

/// What somebody wants to do with a case.
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
        /// What to tell the citizen, at most [`MAX_CHARS`](crate::message::MAX_CHARS) characters.
        text: String,
    },
    /// Ask the citizen for something.
    Ask {
        /// Proof that the agent still holds the case.
        token: ClaimToken,
        /// What to ask, at most [`MAX_CHARS`](crate::message::MAX_CHARS) characters.
        text: String,
    },
    /// Take what the citizen adds.
    Write {
        /// Their words, at most [`MAX_CHARS`](crate::message::MAX_CHARS) characters.
        text: String,
        /// When they wrote them.
        at: Timestamp,
    },
    /// Grant more time, within the limits of the policy.
    Extend {
        /// Proof that the agent still holds the case.
        token: ClaimToken,
        /// How much, and why.
        more: MoreTime,
    },
    /// Owe the citizen something by the time that they were told.
    Promise {
        /// Proof that the agent still holds the case.
        token: ClaimToken,
        /// Who told it.
        by: AgentId,
        /// The time.
        until: Timestamp,
    },
    /// Let a clock start anew.
    Reset {
        /// Which one.
        clock: ClockKind,
        /// Who wishes it, whether they may, and why.
        wish: Reset,
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
            Self::Ask { .. } => Move::Ask,
            Self::Write { .. } => Move::Write,
            Self::Extend { .. } => Move::Extend,
            Self::Promise { .. } => Move::Promise,
            Self::Reset { .. } => Move::Reset,
            Self::Close => Move::Close,
        }
    }

    /// The claim that it rests on, where it needs one.
    pub(super) fn token(&self) -> Option<&ClaimToken> {
        match self {
            Self::Renew(claim) => Some(&claim.token),
            Self::Release(token)
            | Self::Answer { token, .. }
            | Self::Ask { token, .. }
            | Self::Extend { token, .. }
            | Self::Promise { token, .. } => Some(token),
            Self::Claim(_) | Self::Write { .. } | Self::Reset { .. } | Self::Close => None,
        }
    }
}
