//! The queue: which moves a case may make, the commands by which agents make them, and the sweep that watches deadlines.

mod clocks;
mod command;
mod command_error;
mod commands;
mod config;
mod delivery;
mod handling;
mod letters;
mod merge;
mod moves;
mod outbox;
mod question;
mod recompute;
mod split;
mod suggest;
mod sweep;
mod sweep_report;
#[cfg(test)]
mod test_support;
mod transfer;
mod transition;

pub use command::{Command, MoreTime, Transfer};
pub use command_error::CommandError;
pub use commands::{DEFAULT_LEASE, Desk, DeskError};
pub use config::DeskConfig;
pub use delivery::{ClaimedLetter, SEND_ATTEMPTS, Settlement, StuckLetter};
pub use letters::promise;
pub use moves::{MOVES, Move};
pub use outbox::Outbox;
pub use recompute::Recomputed;
pub use split::Matter;
pub use suggest::{EarlierAnswer, Suggestions};
pub use sweep::SWEEP_MOST;
pub use sweep_report::{Crossing, SilentAcceptance, SweepReport};
pub use transition::transition;
