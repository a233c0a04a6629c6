//! A rulebook held to its own examples and counterexamples, each run against the whole of it.

mod entries;
mod rules;
mod trial;

use jiff::Timestamp;

use super::compiled::CompiledRulebook;
use super::{BuildError, Engine};
use crate::rulebook::Diagnostics;
use trial::Trial;

impl Engine {
    /// Runs the examples and counterexamples of the rulebook in force against the whole of it, on the day of the engine's
    /// clock, and gives everything that does not come out as they say.
    ///
    /// - Errors: a rule that does not decide about its own example, a rule that fires on its counterexample, a FAQ entry that
    ///   answers its counterexample, an entry's example that another entry answers.
    /// - Warnings: an entry's example that is only asked back about or goes to a person, or that a rule of another
    ///   theme decides.
    ///
    /// Each is run as the only message of a citizen never seen before: on the accounts of its rule or entry, and, where that
    /// serves all, on every account that others single out. What has expired is left out; what is not yet in
    /// force is run on its first day.
    pub fn check_examples(&self) -> Diagnostics {
        run(&self.compiled(), self.inner.clock.now())
    }
}

/// Refuses a rulebook that breaks its own examples. Warnings are only logged: they refuse nothing.
pub(super) fn hold(compiled: &CompiledRulebook, now: Timestamp) -> Result<(), BuildError> {
    let found = run(compiled, now);
    if found.has_errors() {
        return Err(BuildError::Examples(found));
    }
    if !found.is_empty() {
        let (version, warnings) = (&compiled.rulebook.version, found.len() + found.omitted());
        tracing::debug!(%version, warnings, "examples are not answered as written");
    }
    Ok(())
}

fn run(compiled: &CompiledRulebook, now: Timestamp) -> Diagnostics {
    let trial = Trial::new(compiled, now);
    let mut analysis = rules::check(&trial);
    analysis.extend(entries::check(&trial));
    compiled.rulebook.diagnostics(analysis)
}
