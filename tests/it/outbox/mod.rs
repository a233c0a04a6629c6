//! The outbox, on a memory store and on a file: messages that citizens get without writing first go out
//! once, in order and within the channel's limits; and what happens to those that fail.

mod channel_limits;
mod conversation_end;
mod letters;
mod office;
mod promises;
mod unanswered_questions;
