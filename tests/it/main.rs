//! The integration tests, in one program: a folder for each subject, `support` for the helpers that
//! subjects share.
//!
//! A test that needs a process of its own is a program of its own beside this folder.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod architecture;
mod calendar;
mod conversation;
mod deadline;
mod desk;
mod engine;
mod faq;
mod keyword;
#[cfg(feature = "sqlite")]
mod outbox;
mod programs;
mod rulebook;
mod shipped_rules;
mod store;
mod support;
