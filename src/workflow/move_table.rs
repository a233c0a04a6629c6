//! The legal moves of a case, as one table.

use crate::case::State;

/// A kind of command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Move {
    /// An agent claims the case. A claimed case can be claimed only after the lease has ended, by the store's
    /// clock.
    Claim,
    /// The holder extends the lease.
    Renew,
    /// The holder returns the case to the queue.
    Release,
    /// The holder answers the citizen.
    Answer,
    /// The holder asks the citizen a question; the clocks that can pause do.
    Ask,
    /// The citizen writes; paused clocks resume.
    Write,
    /// The citizen asks to hurry; no clock moves.
    Chase,
    /// The case no longer waits for the citizen: the time for the reply has passed, or an agent needs no
    /// reply.
    Resume,
    /// The holder grants more time to a clock.
    Extend,
    /// The holder promises the citizen a time.
    Promise,
    /// A clock starts again.
    Reset,
    /// The holder saves a draft of the answer.
    Draft,
    /// An agent leaves a note for the other agents.
    Note,
    /// The holder offers the case to another department.
    Transfer,
    /// The department accepts the offer, or does not return it in time.
    Accept,
    /// The department returns the offer.
    Return,
    /// The designated owner assigns the case for good, after several offers.
    Decide,
    /// A supervisor reminds, urges, or reports to the level above.
    Supervise,
    /// The holder merges the case into another one.
    Merge,
    /// The case is merged into another one before an agent has seen it, because the citizen asked the same
    /// there.
    Join,
    /// The case takes in a case that is merged into it.
    Absorb,
    /// The holder has seen the content of the merged case.
    SeeMerger,
    /// The holder gives a second matter a case of its own.
    Split,
    /// The holder gives a part of the matter to another department.
    CoHandle,
    /// The case takes the answer of one of its parts.
    TakePart,
    /// A citizen says that the answer settled the matter; other citizens of the case have not yet.
    Confirm,
    /// The case ends.
    Close,
    /// The answer did not settle the matter, and the case is back in the queue.
    Reopen,
}

impl Move {
    /// The name of the move, as in DESIGN.md and in error texts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Claim => "claim",
            Self::Renew => "renew",
            Self::Release => "release",
            Self::Answer => "answer",
            Self::Ask => "ask",
            Self::Write => "write",
            Self::Chase => "chase",
            Self::Resume => "resume",
            Self::Extend => "extend",
            Self::Promise => "promise",
            Self::Reset => "reset",
            Self::Draft => "draft",
            Self::Note => "note",
            Self::Transfer => "transfer",
            Self::Accept => "accept",
            Self::Return => "return",
            Self::Decide => "decide",
            Self::Supervise => "supervise",
            Self::Merge => "merge",
            Self::Join => "join",
            Self::Absorb => "absorb",
            Self::SeeMerger => "see merger",
            Self::Split => "split",
            Self::CoHandle => "co-handle",
            Self::TakePart => "take part",
            Self::Confirm => "confirm",
            Self::Close => "close",
            Self::Reopen => "reopen",
        }
    }
}

/// Each legal move: the state before, the move, and the state after. [`transition`](super::transition)
/// refuses every pair that is not listed.
pub const MOVES: &[(State, Move, State)] = &[
    (State::Waiting, Move::Claim, State::Claimed),
    (State::Waiting, Move::Write, State::Waiting),
    (State::Waiting, Move::Chase, State::Waiting),
    (State::Waiting, Move::Reset, State::Waiting),
    (State::Waiting, Move::Note, State::Waiting),
    (State::Waiting, Move::Decide, State::Waiting),
    (State::Waiting, Move::Supervise, State::Waiting),
    (State::Waiting, Move::Join, State::Merged),
    (State::Waiting, Move::Absorb, State::Waiting),
    (State::Waiting, Move::TakePart, State::Waiting),
    (State::Claimed, Move::Claim, State::Claimed),
    (State::Claimed, Move::Renew, State::Claimed),
    (State::Claimed, Move::Release, State::Waiting),
    (State::Claimed, Move::Draft, State::Claimed),
    (State::Claimed, Move::Answer, State::Answered),
    (State::Claimed, Move::Ask, State::AwaitingCitizen),
    (State::Claimed, Move::Write, State::Claimed),
    (State::Claimed, Move::Chase, State::Claimed),
    (State::Claimed, Move::Extend, State::Claimed),
    (State::Claimed, Move::Promise, State::Claimed),
    (State::Claimed, Move::Reset, State::Claimed),
    (State::Claimed, Move::Note, State::Claimed),
    (State::Claimed, Move::Transfer, State::Offered),
    (State::Claimed, Move::Decide, State::Waiting),
    (State::Claimed, Move::Supervise, State::Claimed),
    (State::Claimed, Move::Merge, State::Merged),
    (State::Claimed, Move::Absorb, State::Claimed),
    (State::Claimed, Move::SeeMerger, State::Claimed),
    (State::Claimed, Move::Split, State::Claimed),
    (State::Claimed, Move::CoHandle, State::Claimed),
    (State::Claimed, Move::TakePart, State::Claimed),
    (State::AwaitingCitizen, Move::Write, State::Waiting),
    (State::AwaitingCitizen, Move::Chase, State::AwaitingCitizen),
    (State::AwaitingCitizen, Move::Resume, State::Waiting),
    (State::AwaitingCitizen, Move::Reset, State::AwaitingCitizen),
    (State::AwaitingCitizen, Move::Note, State::AwaitingCitizen),
    (State::AwaitingCitizen, Move::Supervise, State::AwaitingCitizen),
    (State::AwaitingCitizen, Move::Absorb, State::Waiting),
    (State::AwaitingCitizen, Move::TakePart, State::AwaitingCitizen),
    (State::AwaitingCitizen, Move::Close, State::Closed),
    (State::Offered, Move::Accept, State::Waiting),
    (State::Offered, Move::Return, State::Waiting),
    (State::Offered, Move::Decide, State::Waiting),
    (State::Offered, Move::Write, State::Offered),
    (State::Offered, Move::Chase, State::Offered),
    (State::Offered, Move::Reset, State::Offered),
    (State::Offered, Move::Note, State::Offered),
    (State::Offered, Move::Supervise, State::Offered),
    (State::Offered, Move::Absorb, State::Offered),
    (State::Offered, Move::TakePart, State::Offered),
    (State::Answered, Move::Write, State::Answered),
    (State::Answered, Move::Note, State::Answered),
    (State::Answered, Move::Confirm, State::Answered),
    (State::Answered, Move::Close, State::Closed),
    (State::Answered, Move::Reopen, State::Waiting),
    (State::Closed, Move::Reopen, State::Waiting),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chart_in_design_is_the_table() {
        let design = include_str!("../../DESIGN.md");
        let states = State::ALL.map(State::name);
        let rows = design.lines().filter_map(|line| {
            let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
            match cells.as_slice() {
                [from, by, to, sentence] if states.contains(from) && states.contains(to) => {
                    assert!(sentence.ends_with('.'), "each row has a sentence: {line}");
                    Some((*from, *by, *to))
                }
                _ => None,
            }
        });
        let table = MOVES
            .iter()
            .map(|&(from, by, to)| (from.name(), by.name(), to.name()));
        assert_eq!(rows.collect::<Vec<_>>(), table.collect::<Vec<_>>());
    }
}
