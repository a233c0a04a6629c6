//! The conversation between two messages: what a message goes on with, menus that are open, and what is remembered next.

mod follow_up;
mod menu;
mod next_state;

pub use follow_up::{FollowUpInput, FollowUpMatch, FollowUpWords, case_named, is_held, match_follow_up};
pub use menu::{MenuChoice, read_choice};
pub use next_state::{Opened, next_conversation, times_sent};
