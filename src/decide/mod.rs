//! Evidence in, decision out. Pure; in doubt, a person.

mod evidence;
mod policy;
#[cfg(test)]
mod tests;

pub use evidence::{Choice, Evidence, Limits, Offer};
pub use policy::{Decision, Verdict, decide};
