//! The conversation between two messages: follow-ups, menus, and the next state.

mod choice_words;
mod composed;
mod emoticons;
mod follow_up;
mod follow_up_words;
mod menu_choice;
mod next_state;

pub(crate) use choice_words::ChoiceWords;
pub(crate) use composed::Composed;
pub(crate) use emoticons::Emoticons;
pub(crate) use follow_up::{FollowUpInput, FollowUpMatch, case_named, heard_here, is_close, match_follow_up};
pub(crate) use follow_up_words::{FollowUpWords, Saying};
pub(crate) use menu_choice::{ChoiceText, MenuChoice, MenuUse, read_choice};
pub(crate) use next_state::{ConversationUpdate, next_conversation, times_sent, unsettled};
