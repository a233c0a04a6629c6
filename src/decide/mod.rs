//! From evidence to a decision. Pure. In doubt, a person decides.

mod decision;
mod evidence;
#[cfg(test)]
#[allow(clippy::indexing_slicing, reason = "tests fail by panicking")]
mod tests;

pub(crate) use decision::{Decision, Verdict, decide};
pub(crate) use evidence::{AutomaticAnswers, Choice, ChosenEntry, Evidence, FaqEvidence, Limits};
