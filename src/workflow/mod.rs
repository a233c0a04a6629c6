//! The rules of a case's life: which moves it may make, and the records that each move leaves.
//!
//! Everything here is pure. A function takes the case as a value, the [`DeskConfig`] in force and the current
//! time, and returns events or a refusal. Reading cases and committing events is the work of
//! [`desk`](crate::desk).

mod agent_presence;
mod answer;
pub(crate) mod canned_replies;
mod clocks;
pub(crate) mod command;
mod command_error;
mod config;
mod confirmation;
pub(crate) mod delivery;
mod letters;
mod move_table;
mod overdue;
mod promise;
mod question;
pub(crate) mod split;
mod transfer;
mod transition;

pub use answer::Answer;
pub use canned_replies::{CannedReplies, STOCK_PASSAGE};
pub(crate) use clocks::recomputed;
pub use command::Command;
pub use command_error::CommandError;
pub use config::DeskConfig;
pub(crate) use confirmation::close_confirmed;
pub(crate) use delivery::{
    Settlement, admit, check_stuck, find_letter, is_ripe, letter_moved, lost, settled, uncounted,
};
pub(crate) use letters::ENGINE;
pub use move_table::{MOVES, Move};
pub(crate) use overdue::{Finding, due_work};
pub use promise::promise;
pub(crate) use split::{close_answered_part, new_part, take_part};
pub use transition::transition;
