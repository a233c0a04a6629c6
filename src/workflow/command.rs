//! The commands: each move with its arguments.

use jiff::Timestamp;

use super::answer::Answer;
use super::move_table::Move;
use crate::case::{Amount, Case, CaseId, Claim, ClaimToken, ClockKind, Ending, ReturnReason};
use crate::message::{AgentId, DepartmentId, ThemeId};
use crate::time::Reset;

/// More time for one of a case's clocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoreTime {
    /// The clock.
    pub clock: ClockKind,
    /// The time to add, in the unit of the policy's extensions and at most as much as one of them.
    pub amount: Amount,
    /// The reason.
    pub reason: String,
    /// The approving agent.
    pub approver: AgentId,
}

/// A move with its arguments. Texts have 1 to [`MAX_CHARS`](crate::message::MAX_CHARS) characters.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Command {
    /// Claim the case.
    Claim(Claim),
    /// Extend the lease to the claim's new end.
    Renew(Claim),
    /// Return the case to the queue.
    Release(ClaimToken),
    /// Answer the citizen.
    Answer {
        /// The token of the current claim.
        token: ClaimToken,
        /// The answer, with the text that the agent started from.
        answer: Answer,
    },
    /// Ask the citizen a question.
    Ask {
        /// The token of the current claim.
        token: ClaimToken,
        /// The question.
        text: String,
    },
    /// Add the citizen's words.
    Write {
        /// The words.
        text: String,
        /// The time at which they were written; a time after `now` counts as `now`.
        at: Timestamp,
        /// The writer's index in [`Case::recipients`]: 0 for the citizen who opened the case.
        from: usize,
    },
    /// Count the citizen's request to hurry.
    Chase {
        /// The time at which it was written; a time after `now` counts as `now`.
        at: Timestamp,
    },
    /// Stop waiting for the citizen.
    Resume {
        /// Whether the reason is the citizen's silence, which is refused before the time for the reply has
        /// passed.
        silent: bool,
    },
    /// Grant more time, within the limits of the policy.
    Extend {
        /// The token of the current claim.
        token: ClaimToken,
        /// The extension.
        more: MoreTime,
    },
    /// Promise the citizen a time.
    Promise {
        /// The token of the current claim.
        token: ClaimToken,
        /// The promising agent.
        by: AgentId,
        /// The time.
        until: Timestamp,
    },
    /// Restart a clock.
    Reset {
        /// The clock.
        clock: ClockKind,
        /// The new start, with the permission and the reason.
        wish: Reset,
    },
    /// Save a draft of the answer.
    Draft {
        /// The token of the current claim.
        token: ClaimToken,
        /// The draft.
        text: String,
    },
    /// Leave a note for the other agents. It overwrites nothing, so it needs no claim.
    Note {
        /// The writing agent.
        by: AgentId,
        /// The note.
        text: String,
    },
    /// Offer the case to another department.
    Transfer {
        /// The token of the current claim.
        token: ClaimToken,
        /// The offering agent.
        by: AgentId,
        /// The department and the reason.
        offer: Transfer,
    },
    /// Accept the offer.
    Accept {
        /// Whether the department was silent, which is refused before its time for returning the offer has
        /// passed.
        silent: bool,
    },
    /// Return the offer, before its time has passed.
    Return {
        /// The returning agent.
        by: AgentId,
        /// The kind of reason.
        reason: ReturnReason,
        /// The reason in words.
        text: String,
    },
    /// Assign the case for good, after as many offers as the policy says.
    Decide {
        /// The deciding agent.
        owner: AgentId,
        /// The department that gets the case and can't return it.
        department: DepartmentId,
        /// The new theme; `None` keeps the theme.
        theme: Option<ThemeId>,
        /// The reason.
        reason: String,
    },
    /// Go to the next level of supervision.
    Supervise {
        /// The supervisor.
        by: AgentId,
        /// The words to the department.
        text: String,
    },
    /// Merge the case into another one.
    Merge {
        /// The token of the current claim.
        token: ClaimToken,
        /// The case that goes on.
        into: CaseId,
    },
    /// Merge the case into another one before an agent has seen it: the citizen asked the same there.
    Join {
        /// The case that goes on.
        into: CaseId,
    },
    /// Take in a case that is merged into this one, with its citizens and its earlier deadlines.
    Absorb {
        /// The other case as it is before the merger.
        other: Box<Case>,
        /// The agent who merges; `None` for the engine.
        by: Option<AgentId>,
    },
    /// Confirm that the holder has seen what was merged into the case.
    SeeMerger(ClaimToken),
    /// Give a second matter a case of its own.
    Split {
        /// The token of the current claim.
        token: ClaimToken,
        /// The number of the new case.
        part: CaseId,
    },
    /// Give a part of the matter to another department.
    CoHandle {
        /// The token of the current claim.
        token: ClaimToken,
        /// The number of the part.
        part: CaseId,
        /// The department.
        department: DepartmentId,
    },
    /// Take the answer of a part.
    TakePart {
        /// The number of the part.
        part: CaseId,
        /// The answer.
        text: String,
    },
    /// Record that citizens of the case say that the matter is settled.
    Confirm {
        /// Indexes in [`Case::recipients`].
        by: Vec<usize>,
    },
    /// End the case.
    Close {
        /// The kind of ending.
        how: Ending,
    },
    /// Put the case back into the queue.
    Reopen {
        /// The reason, for example the citizen's words.
        reason: String,
        /// The start of its new clocks: the case's arrival or now, as the policy says. Clocks whose time would
        /// be over by now count from now.
        since: Timestamp,
        /// The citizens for whom the answer settled nothing, by their indexes in [`Case::recipients`]. Empty if
        /// the case goes on for every citizen.
        by: Vec<usize>,
    },
}

/// An offer of a case to another department.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// The department that is to take it.
    pub to: DepartmentId,
    /// The new theme; `None` keeps the theme.
    pub theme: Option<ThemeId>,
    /// The reason.
    pub reason: String,
    /// Whether the matter is complex, which may give the department longer to return it.
    pub complex: bool,
}

impl Command {
    /// The move that the command makes.
    pub fn kind(&self) -> Move {
        match self {
            Self::Claim(_) => Move::Claim,
            Self::Renew(_) => Move::Renew,
            Self::Release(_) => Move::Release,
            Self::Answer { .. } => Move::Answer,
            Self::Ask { .. } => Move::Ask,
            Self::Write { .. } => Move::Write,
            Self::Chase { .. } => Move::Chase,
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
            Self::SeeMerger(_) => Move::SeeMerger,
            Self::Split { .. } => Move::Split,
            Self::CoHandle { .. } => Move::CoHandle,
            Self::TakePart { .. } => Move::TakePart,
            Self::Confirm { .. } => Move::Confirm,
            Self::Close { .. } => Move::Close,
            Self::Reopen { .. } => Move::Reopen,
        }
    }

    /// The token of the claim that the command needs; `None` if it needs none.
    pub(super) fn token(&self) -> Option<&ClaimToken> {
        match self {
            Self::Renew(claim) => Some(&claim.token),
            Self::Release(token)
            | Self::SeeMerger(token)
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
            | Self::Chase { .. }
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
            | Self::Confirm { .. }
            | Self::Close { .. }
            | Self::Reopen { .. } => None,
        }
    }
}
