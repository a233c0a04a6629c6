//! Why a command is refused.

use jiff::Timestamp;
use thiserror::Error;

use super::moves::Move;
use crate::case::{CaseId, ClockKind, State};
use crate::message::{AgentId, DepartmentId, MAX_CHARS};
use crate::time::DeadlineError;

/// Why a command was refused. The case is as it was.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CommandError {
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
    /// The citizen still has time to reply.
    #[error("the citizen still has time to reply, until {0}")]
    ReplyTime(Timestamp),
    /// It was sent around: the one who is named for it decides.
    #[error("the case was offered `{0}` times: the one who is named for it decides where it belongs")]
    OwnerDecides(u32),
    /// The policy names somebody else for deciding.
    #[error("`{0}` is named for deciding where the case belongs")]
    OtherOwner(AgentId),
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
    /// It is a part whose answer went into another case.
    #[error("the answer of this part was joined with others: open the whole case again")]
    JoinedPart,
    /// It is a part, which no citizen hears of: a question would reach nobody.
    #[error(
        "this part is joined with others: answer what is missing, and whoever has the whole case asks the citizen"
    )]
    PartAsks,
    /// The case has no letter of this number.
    #[error("the case has no letter `{0}`")]
    NoLetter(u32),
    /// Another sender has the letter, or none.
    #[error("the claim on this letter has ended; what became of it can't be said by it")]
    NotSender,
    /// The letter does not wait for a person.
    #[error("the letter is {0}: there is nothing to decide about it")]
    LetterNotStuck(&'static str),
    /// The case has no such clock that is still owed.
    #[error("the case owes nothing by the clock `{0}`")]
    NoClock(ClockKind),
    /// The clock does not allow it.
    #[error(transparent)]
    Clock(#[from] DeadlineError),
}
