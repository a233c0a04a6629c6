//! The example programs and an embedding crate, run as processes.

mod console;
mod consumer;
mod diff_rules;
mod examples_surface;
mod lint;
mod replay;
mod simulations;
mod survival;
