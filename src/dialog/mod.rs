//! The conversation between two messages: menus that are open, and what is remembered next.

mod menu;
mod step;

pub use menu::{Pick, pick};
pub use step::{Opened, step};
