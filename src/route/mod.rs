//! Routing predicts the department of a message that no rule matches.
//!
//! A [`Router`] learns from [`TrainingExample`]s: the phrasings of the rulebook and, if the office provides
//! them, closed cases. It gives each department a probability, which is calibrated on held-out examples. The
//! caller sets the least probability for a prediction ([`Routing::sure`]); below it, the message goes to the
//! account's own desk.

#![cfg_attr(
    not(feature = "testing"),
    allow(
        unreachable_pub,
        unused_imports,
        dead_code,
        reason = "tests and benches reach more with the feature `testing`"
    )
)]

mod calibration;
mod router;
mod training_example;
mod vocabulary;

pub use training_example::TrainingExample;

// Only tests, benches and the measuring examples reach these.
testing_use! {
    pub use router::{Likely, Router, Routing};
}
