//! The reasons for refusing a command.

use jiff::Timestamp;
use thiserror::Error;

use super::move_table::Move;
use crate::case::{CaseId, ClockKind, State};
use crate::message::{AgentId, CannedReplyId, DepartmentId, MAX_CHARS, ThemeId};
use crate::time::DeadlineError;

/// The reason for refusing a command. The case is unchanged.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CommandError {
    /// [`MOVES`](super::MOVES) does not list the move for the case's state.
    #[error("a case that is {state} does not allow `{}`", .wanted.name())]
    State {
        /// The case's state.
        state: State,
        /// The move.
        wanted: Move,
    },
    /// The token is not that of the case's current claim: the lease ended, and the case moved on.
    #[error("the claim on this case has ended; claim it again before going on")]
    NotHolder,
    /// The text is empty.
    #[error("the text is empty")]
    EmptyText,
    /// The text is too long.
    #[error("the text has {chars} characters, more than {MAX_CHARS}")]
    LongText {
        /// The number of characters.
        chars: usize,
    },
    /// The rulebook in force has no such canned reply.
    #[error("the rulebook has no canned reply `{0}`; read the canned replies of the case again")]
    UnknownCannedReply(CannedReplyId),
    /// The answer from a canned reply still shows one of its slots.
    #[error("the answer still shows `{{{slot}}}`; replace it before sending")]
    OpenSlot {
        /// The name of the slot.
        slot: String,
    },
    /// The case answers no message with this index in [`Case::recipients`](crate::Case::recipients).
    #[error("the case has no recipient {0}")]
    NoRecipient(usize),
    /// The case is not offered to any department.
    #[error("the case is not offered to a department")]
    NoOffer,
    /// The rulebook in force has no such department, so that no agent would see the case.
    #[error("the rulebook has no department `{0}`; name one of its `[[department]]` tables")]
    UnknownDepartment(DepartmentId),
    /// The rulebook in force has no such theme.
    #[error("the rulebook has no theme `{0}`; name one of its `[[theme]]` tables")]
    UnknownTheme(ThemeId),
    /// The transfer names the case's own department, and does not change the theme.
    #[error("department `{0}` has the case already")]
    SameDepartment(DepartmentId),
    /// The time for returning the offer has passed.
    #[error("the offer could be returned until {0}; it now counts as accepted")]
    ReturnTooLate(Timestamp),
    /// The department still has time to return the offer.
    #[error("the department may still return the offer, until {0}")]
    TimeLeft(Timestamp),
    /// The citizen still has time to reply.
    #[error("the citizen still has time to reply, until {0}")]
    ReplyTime(Timestamp),
    /// The case was offered as often as the policy allows.
    #[error("the case was offered `{0}` times; only the designated owner can decide where it belongs")]
    TooManyOffers(u32),
    /// The policy designates another owner.
    #[error("only the designated owner `{0}` can decide where the case belongs")]
    NotDesignatedOwner(AgentId),
    /// The departments have not used up their offers.
    #[error("the case was offered only `{0}` times; the owner decides after further offers")]
    TooFewOffers(u32),
    /// The owner assigned the case for good.
    #[error("`{0}` decided where the case belongs; it can't be transferred any more")]
    Decided(AgentId),
    /// The case was reported to the level above already.
    #[error("the case was reported already; there is no higher level of supervision")]
    NoHigherLevel,
    /// A case can't be merged into itself.
    #[error("a case can't be merged into itself")]
    MergedIntoItself,
    /// The case is a part of another case, or has parts, which forbids merging it and giving it parts.
    #[error("a case with parts, or that is a part, can't be merged")]
    HasParts,
    /// A case was merged into this one while its holder worked on it, and the holder has not seen it yet.
    #[error(
        "case `{0}` was merged into this one meanwhile; read it, and confirm that you have seen the merger"
    )]
    UnseenMerger(CaseId),
    /// Another department has not answered its part.
    #[error("part `{0}` is not answered yet; the answer joins all parts")]
    PartOpen(CaseId),
    /// The case has no unanswered part of this number.
    #[error("the case has no open part `{0}`")]
    NoPart(CaseId),
    /// The case is a part, and its answer went into the whole case.
    #[error("the answer of this part was joined with others; reopen the whole case")]
    JoinedPart,
    /// The case is a part, and the citizen receives no letters of parts.
    #[error(
        "a part can't ask the citizen; answer it with the question, and the holder of the whole case asks"
    )]
    PartAsks,
    /// The case has no letter of this number.
    #[error("the case has no letter `{0}`")]
    NoLetter(u32),
    /// The token is not that of the letter's current or last send lease.
    #[error("this send lease has expired")]
    NotSender,
    /// The letter needs no decision of an agent.
    #[error("the letter is {0}; no agent has to decide about it")]
    LetterNotStuck(&'static str),
    /// The case has no open or paused deadline of this clock.
    #[error("the case has no open deadline of the clock `{0}`")]
    NoClock(ClockKind),
    /// The rules of the deadline refuse it.
    #[error(transparent)]
    Clock(#[from] DeadlineError),
}
