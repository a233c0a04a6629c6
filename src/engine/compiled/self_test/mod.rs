//! The examples and counterexamples of a rulebook, run against the whole rulebook.

mod entries;
mod rules;
mod trial;

use jiff::Timestamp;

use super::CompiledRulebook;
use crate::engine::error::BuildError;
use crate::rulebook::Diagnostics;
use trial::Trial;

/// Refuses a rulebook that breaks its own examples. Warnings are logged.
pub(crate) fn require_examples(compiled: &CompiledRulebook, now: Timestamp) -> Result<(), BuildError> {
    let findings = run(compiled, now);
    if findings.has_errors() {
        return Err(BuildError::Examples(findings));
    }
    if !findings.is_empty() {
        let (version, warnings) = (&compiled.rulebook.version, findings.len() + findings.omitted());
        tracing::debug!(%version, warnings, "some examples are not answered as written");
    }
    Ok(())
}

/// Reports every example and counterexample with another result than written.
pub(super) fn run(compiled: &CompiledRulebook, now: Timestamp) -> Diagnostics {
    let trial = Trial::new(compiled, now);
    let mut findings = rules::check(&trial);
    findings.extend(entries::check(&trial));
    compiled.rulebook.diagnostics(findings)
}
