//! Routing: which department a message belongs to that no rule speaks of.
//!
//! A [`Router`] learns from [`TrainingExample`]s: the rulebook's own phrasings and, where the office has them, closed cases. It gives
//! each department a probability that was calibrated on lessons it had not seen. Whether the best one is sure enough is for the
//! caller to say; who is not sure leaves the message to the account's own desk.

mod calibration;
mod router;
mod training_example;
mod vocabulary;

pub use router::{Likely, Router, Routing};
pub use training_example::TrainingExample;
