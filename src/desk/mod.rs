//! The queue: which moves a case may make, the commands by which agents make them, and the sweep that watches deadlines.

mod clocks;
mod command;
mod commands;
mod handling;
mod handover;
mod kin;
#[cfg(test)]
mod kit;
mod letters;
mod moves;
mod outbox;
mod parts;
mod post;
mod question;
mod recompute;
mod refused;
mod suggest;
mod sweep;
mod swept;
mod terms;
mod transition;

pub use command::{Command, MoreTime, Transfer};
pub use commands::{DEFAULT_LEASE, Desk, DeskError};
pub use letters::promise;
pub use moves::{MOVES, Move};
pub use outbox::Outbox;
pub use parts::Matter;
pub use post::{Outgoing, SEND_ATTEMPTS, Settlement, StuckLetter};
pub use recompute::Recomputed;
pub use refused::Refused;
pub use suggest::{EarlierAnswer, Suggestions};
pub use sweep::SWEEP_MOST;
pub use swept::{Crossing, Sweep, Taken};
pub use terms::Terms;
pub use transition::transition;
