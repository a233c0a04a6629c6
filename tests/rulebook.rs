//! Loading rulebooks: what is taken, what is refused, and what is said about it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "rulebook/arbitrary.rs"]
mod arbitrary;
#[path = "rulebook/base.rs"]
mod base;
#[path = "rulebook/folders.rs"]
mod folders;
#[path = "rulebook/golden.rs"]
mod golden;
#[path = "rulebook/hostile.rs"]
mod hostile;
#[path = "rulebook/versions.rs"]
mod versions;
#[cfg(feature = "watch")]
#[path = "rulebook/watch.rs"]
mod watch;
