//! The desk: what agents see, claim and answer, and what time does to open cases.

mod bad_inputs;
mod canned_replies;
mod danger;
mod mergers;
mod naive_model;
mod own_judgements;
#[cfg(feature = "sqlite")]
mod reported_bugs;
#[cfg(feature = "sqlite")]
mod sweep;
mod waiting_times;
