//! The desk: the queue of cases, the commands of agents, the outbox, and the sweep that watches deadlines.
//!
//! Each call reads the case, asks [`workflow`](crate::workflow) for the events of the command, and commits them. If
//! another call changes the case in between, the command is judged again on the new state.

mod commands;
mod handling;
mod letter;
mod merge;
mod outbox;
mod recompute;
mod split;
mod suggest;
mod sweep;
mod sweep_report;
#[cfg(test)]
mod test_support;

pub use crate::workflow::command::{MoreTime, Transfer};
pub use crate::workflow::delivery::{SEND_ATTEMPTS, Settlement};
pub use crate::workflow::split::Matter;
pub use commands::{DEFAULT_LEASE, Desk, DeskError};
pub use letter::{ClaimedLetter, StuckLetter};
pub use outbox::Outbox;
pub use recompute::Recomputed;
pub use suggest::{EarlierAnswer, Suggestions};
pub use sweep::SWEEP_MOST;
pub use sweep_report::{Crossing, SilentAcceptance, SweepReport};
