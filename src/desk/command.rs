//! What is asked for with each move.

use jiff::Timestamp;

use super::moves::Move;
use crate::case::{Amount, Case, CaseId, Claim, ClaimToken, ClockKind, Ending, ReturnReason};
use crate::message::{AgentId, DepartmentId, ThemeId};
use crate::time::Reset;

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
#[derive(Clone, Debug, PartialEq)]
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
    /// Wait for the citizen no longer.
    Resume {
        /// Whether that is because they were silent: then only after the stated time.
        silent: bool,
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
    /// Keep an answer in the making.
    Draft {
        /// Proof that the agent still holds the case.
        token: ClaimToken,
        /// The draft.
        text: String,
    },
    /// Write something for the others. It overwrites nothing, so it needs no claim.
    Note {
        /// Who writes.
        by: AgentId,
        /// What.
        text: String,
    },
    /// Offer it to another department.
    Transfer {
        /// Proof that the agent still holds the case.
        token: ClaimToken,
        /// Who offers it.
        by: AgentId,
        /// Where to, and why.
        offer: Transfer,
    },
    /// Take an offered case. By silence only after the time for giving it back.
    Accept {
        /// Whether nobody said so.
        silent: bool,
    },
    /// Give an offered case back, within its time.
    Return {
        /// Who gives it back.
        by: AgentId,
        /// Why, in general.
        reason: ReturnReason,
        /// Why, in words.
        text: String,
    },
    /// Decide where it belongs; only after it was sent around as often as the policy says.
    Decide {
        /// Who decides.
        owner: AgentId,
        /// The department that gets it and can't give it back.
        department: DepartmentId,
        /// Its theme from then on; `None` leaves it.
        theme: Option<ThemeId>,
        /// Why.
        reason: String,
    },
    /// Climb one rung of the ladder.
    Supervise {
        /// Who.
        by: AgentId,
        /// In which words.
        text: String,
    },
    /// Let it go on as part of another case.
    Merge {
        /// Proof that the agent still holds the case.
        token: ClaimToken,
        /// The other case.
        into: CaseId,
    },
    /// The citizen asked the same by another account: it goes on there, before any agent has seen it.
    Join {
        /// The other case.
        into: CaseId,
    },
    /// Take another case in: its citizens get the answer too, and what was owed to them earlier is owed then.
    Absorb {
        /// The other case as it is before it is merged.
        other: Box<Case>,
    },
    /// Give a second matter a case of its own.
    Split {
        /// Proof that the agent still holds the case.
        token: ClaimToken,
        /// The new case's number.
        part: CaseId,
    },
    /// Give a part of it to another department.
    CoHandle {
        /// Proof that the agent still holds the case.
        token: ClaimToken,
        /// The part's number.
        part: CaseId,
        /// The department.
        department: DepartmentId,
    },
    /// Take what the other department says about its part.
    TakePart {
        /// The part's number.
        part: CaseId,
        /// What it says.
        text: String,
    },
    /// End it.
    Close {
        /// How it ends.
        how: Ending,
    },
    /// Put it back into the queue with its history.
    Reopen {
        /// Why: what the citizen said.
        reason: String,
        /// What its clocks count from: the case's arrival, or now, as the policy has it.
        since: Timestamp,
    },
}

/// A wish to hand a case over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// The department that is to take it.
    pub to: DepartmentId,
    /// Its theme from then on; `None` leaves it.
    pub theme: Option<ThemeId>,
    /// Why.
    pub reason: String,
    /// Whether the matter is complex: the department may have longer to give it back.
    pub complex: bool,
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
            Self::Resume { .. } => Move::Resume,
            Self::Extend { .. } => Move::Extend,
            Self::Promise { .. } => Move::Promise,
            Self::Reset { .. } => Move::Reset,
            Self::Draft { .. } => Move::Draft,
            Self::Note { .. } => Move::Note,
            Self::Transfer { .. } => Move::Transfer,
            Self::Accept { .. } => Move::Accept,
            Self::Return { .. } => Move::Return,
            Self::Decide { .. } => Move::Decide,
            Self::Supervise { .. } => Move::Supervise,
            Self::Merge { .. } => Move::Merge,
            Self::Join { .. } => Move::Join,
            Self::Absorb { .. } => Move::Absorb,
            Self::Split { .. } => Move::Split,
            Self::CoHandle { .. } => Move::CoHandle,
            Self::TakePart { .. } => Move::TakePart,
            Self::Close { .. } => Move::Close,
            Self::Reopen { .. } => Move::Reopen,
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
            | Self::Promise { token, .. }
            | Self::Draft { token, .. }
            | Self::Transfer { token, .. }
            | Self::Merge { token, .. }
            | Self::Split { token, .. }
            | Self::CoHandle { token, .. } => Some(token),
            Self::Claim(_)
            | Self::Write { .. }
            | Self::Resume { .. }
            | Self::Reset { .. }
            | Self::Note { .. }
            | Self::Accept { .. }
            | Self::Return { .. }
            | Self::Decide { .. }
            | Self::Supervise { .. }
            | Self::Join { .. }
            | Self::Absorb { .. }
            | Self::TakePart { .. }
            | Self::Close { .. }
            | Self::Reopen { .. } => None,
        }
    }
}
