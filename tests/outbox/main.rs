//! The outbox, on a store in memory and in a file: what goes out to citizens without a message of theirs, once, in order, and within
//! what the channel allows; and what becomes of what does not arrive.
#![cfg(feature = "sqlite")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

#[path = "../rulebook/base.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod base;
mod channel;
mod leaving;
mod letters;
mod office;
mod promises;
mod silence;
