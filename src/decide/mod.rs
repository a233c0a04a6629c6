//! Evidence in, decision out. Pure; in doubt, a person.

mod decision;
mod evidence;
#[cfg(test)]
#[allow(clippy::indexing_slicing, reason = "tests fail by panicking")]
mod tests;

pub use decision::{Decision, Verdict, decide};
pub use evidence::{AutomaticAnswers, Choice, Evidence, FaqEvidence, Limits};
