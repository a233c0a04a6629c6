//! Loading rulebooks: what is accepted, what is refused, and which diagnostics it gives.

mod arbitrary_text;
mod canned_replies;
mod diagnostics;
mod folders;
mod hostile_files;
mod own_examples;
mod urgent_policies;
mod versions;
mod waiting_times;
#[cfg(feature = "watch")]
mod watch;
