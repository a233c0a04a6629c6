//! The queue: which moves a case may make, and the commands by which agents make them.

mod commands;
mod transition;

pub use commands::{DEFAULT_LEASE, Desk, DeskError};
pub use transition::{Command, MOVES, Move, Refused, transition};
