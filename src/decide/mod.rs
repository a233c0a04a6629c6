//! Evidence in, decision out. Pure; in doubt, a person.

mod evidence;
mod policy;
#[cfg(test)]
#[allow(clippy::indexing_slicing, reason = "tests fail by panicking")]
mod tests;

pub use evidence::{Automatic, Choice, Evidence, Limits, Offer};
pub use policy::{Decision, Verdict, decide};
