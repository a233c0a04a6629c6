//! The conversation between two messages: what a message goes on with, menus that are open, and what is remembered next.

mod follow_up;
mod menu;
mod step;

pub use follow_up::{Cues, GoesOn, Seen, case_named, followed_up, is_held};
pub use menu::{Pick, pick};
pub use step::{Opened, step, told_lately};
