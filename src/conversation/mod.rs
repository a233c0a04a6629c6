//! The conversation between two messages: follow-ups, open menus, and the next state.

mod follow_up;
mod menu_choice;
mod next_state;

pub(crate) use follow_up::{FollowUpInput, FollowUpMatch, FollowUpWords, case_named, match_follow_up};
pub(crate) use menu_choice::{MenuChoice, read_choice};
pub(crate) use next_state::{ConversationUpdate, next_conversation, times_sent};
