//! The example programs and an embedding crate, run as processes.

mod consumer;
mod examples;
mod examples_surface;
mod survival;
