//! The legal moves of a case, as one table.

use crate::case::State;

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
    /// The case waits for the citizen no longer: they were silent for the stated time, or an agent needs no reply any more.
    Resume,
    /// More time is granted to one of the clocks.
    Extend,
    /// A time is told to the citizen.
    Promise,
    /// A clock starts anew.
    Reset,
    /// The agent writes an answer that is not given yet.
    Draft,
    /// An agent writes something for the others.
    Note,
    /// The case is offered to another department.
    Transfer,
    /// The department takes it, or was silent for too long.
    Accept,
    /// The department gives it back.
    Return,
    /// The one who was named for it decides where it belongs, after it was sent around.
    Decide,
    /// A supervisor climbs one rung: remind, urge, report.
    Supervise,
    /// It goes on as part of another case.
    Merge,
    /// It goes on as part of another, by which the citizen asked the same.
    Join,
    /// Another case is merged into it.
    Absorb,
    /// A second matter in it becomes a case of its own.
    Split,
    /// Another department is given a part of it.
    CoHandle,
    /// The other department answered its part.
    TakePart,
    /// The matter is over.
    Close,
    /// The answer did not settle it.
    Reopen,
}

impl Move {
    /// The move's name, as shown.
    pub fn name(self) -> &'static str {
        match self {
            Self::Claim => "claim",
            Self::Renew => "renew",
            Self::Release => "release",
            Self::Answer => "answer",
            Self::Ask => "ask",
            Self::Write => "write",
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
            Self::Split => "split",
            Self::CoHandle => "co-handle",
            Self::TakePart => "take part",
            Self::Close => "close",
            Self::Reopen => "reopen",
        }
    }
}

/// From which state a move leads to which. A pair that is not listed is refused.
pub const MOVES: &[(State, Move, State)] = &[
    (State::Waiting, Move::Claim, State::Claimed),
    (State::Waiting, Move::Write, State::Waiting),
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
    (State::Claimed, Move::Extend, State::Claimed),
    (State::Claimed, Move::Promise, State::Claimed),
    (State::Claimed, Move::Reset, State::Claimed),
    (State::Claimed, Move::Note, State::Claimed),
    (State::Claimed, Move::Transfer, State::Offered),
    (State::Claimed, Move::Decide, State::Waiting),
    (State::Claimed, Move::Supervise, State::Claimed),
    (State::Claimed, Move::Merge, State::Merged),
    (State::Claimed, Move::Absorb, State::Claimed),
    (State::Claimed, Move::Split, State::Claimed),
    (State::Claimed, Move::CoHandle, State::Claimed),
    (State::Claimed, Move::TakePart, State::Claimed),
    (State::AwaitingCitizen, Move::Write, State::Waiting),
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
    (State::Offered, Move::Reset, State::Offered),
    (State::Offered, Move::Note, State::Offered),
    (State::Offered, Move::Supervise, State::Offered),
    (State::Offered, Move::Absorb, State::Offered),
    (State::Offered, Move::TakePart, State::Offered),
    (State::Answered, Move::Write, State::Answered),
    (State::Answered, Move::Note, State::Answered),
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
                    assert!(sentence.ends_with('.'), "a sentence an arrow: {line}");
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
