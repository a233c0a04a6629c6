//! The queue: which moves a case may make, the commands by which agents make them, and the sweep that watches deadlines.

mod clocks;
mod command;
mod commands;
mod handling;
mod handover;
mod kin;
#[cfg(test)]
mod kit;
mod moves;
mod parts;
mod recompute;
mod refused;
mod suggest;
mod sweep;
mod transition;

pub use command::{Command, MoreTime, Transfer};
pub use commands::{DEFAULT_LEASE, Desk, DeskError};
pub use moves::{MOVES, Move};
pub use parts::Matter;
pub use recompute::Recomputed;
pub use refused::Refused;
pub use suggest::{EarlierAnswer, Suggestions};
pub use sweep::{Crossing, SWEEP_MOST, Sweep, Taken};
pub use transition::transition;
