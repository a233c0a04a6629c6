//! The queue: which moves a case may make, the commands by which agents make them, and the sweep that watches deadlines.

mod clocks;
mod commands;
mod moves;
mod recompute;
mod sweep;
mod transition;

pub use commands::{DEFAULT_LEASE, Desk, DeskError};
pub use moves::{Command, MOVES, MoreTime, Move};
pub use recompute::Recomputed;
pub use sweep::{Crossing, SWEEP_MOST, Sweep};
pub use transition::{Refused, transition};
