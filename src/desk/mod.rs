//! The queue: which moves a case may make, the commands by which agents make them, and the sweep that watches deadlines.

mod clocks;
mod command;
mod commands;
mod handling;
mod handover;
mod kin;
mod moves;
mod recompute;
mod sweep;
mod transition;

pub use command::{Command, MoreTime, Transfer};
pub use commands::{DEFAULT_LEASE, Desk, DeskError};
pub use moves::{MOVES, Move};
pub use recompute::Recomputed;
pub use sweep::{Crossing, SWEEP_MOST, Sweep};
pub use transition::{Refused, transition};
