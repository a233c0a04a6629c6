//! Replacing the rulebook in force, and returning to an earlier one.

use std::sync::Arc;

use super::open_cases::{CaseMoves, OpenCases};
use super::self_test;
use super::{CompiledRulebook, require_examples};
use crate::engine::Engine;
use crate::engine::error::{BuildError, UnknownVersion};
use crate::message::RulebookVersion;
use crate::rulebook::{Diagnostics, Rulebook};

impl Engine {
    /// The version of the rulebook in force.
    pub fn rulebook_version(&self) -> RulebookVersion {
        self.compiled().rulebook.version.clone()
    }

    /// The versions that are kept ready: the one in force first, then the earlier ones, the latest first. At
    /// most [`KEPT_RULEBOOKS`](super::super::KEPT_RULEBOOKS).
    pub fn rulebook_versions(&self) -> Vec<RulebookVersion> {
        self.inner.rulebooks.read().versions()
    }

    /// Puts another rulebook in force.
    ///
    /// A message that is being handled is finished with the old rulebook. No message waits for the new one to
    /// be compiled. A FAQ index or router that was trained on the same entries and synonyms is reused, so
    /// that a change of rules alone is in force at once.
    ///
    /// # Errors
    ///
    /// The rulebook cannot be compiled, or breaks its own examples
    /// ([`EngineBuilder::check_examples`](super::super::EngineBuilder::check_examples)). The old one stays in
    /// force. [`BuildError::OpenCases`] if it drops a department, a theme, an account or a policy that open
    /// cases have: no agent would see them any more. [`reload_moving`](Self::reload_moving) says where they
    /// go.
    pub fn reload(&self, rulebook: Rulebook) -> Result<(), BuildError> {
        self.reload_moving(rulebook, &CaseMoves::default())
    }

    /// Puts another rulebook in force, and gives the open cases of dropped departments and themes to others.
    /// Each case that moves has a record of it.
    ///
    /// With several nodes, call it on one node first and reload the others afterwards.
    ///
    /// # Errors
    ///
    /// As [`reload`](Self::reload), if a department or theme that open cases have is dropped and `moves` does
    /// not name its successor, or names one that the new rulebook does not have.
    ///
    /// ```
    /// use civic_reply::engine::CaseMoves;
    /// # use civic_reply::{Engine, MemoryStore, Rulebook};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let engine = Engine::builder(Rulebook::from_dir("rules")?, MemoryStore::new())
    /// #     .check_examples(false)
    /// #     .build()?;
    /// # let next = Rulebook::from_dir("rules")?;
    /// let moves = CaseMoves::default().department("old-bureau", "service-centre");
    /// engine.reload_moving(next, &moves)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn reload_moving(&self, rulebook: Rulebook, moves: &CaseMoves) -> Result<(), BuildError> {
        let old = self.compiled();
        let kept = self.inner.rulebooks.read().all();
        let compiled = CompiledRulebook::build(rulebook, &self.inner.faq, &self.inner.closed, &kept)?;
        drop(kept);
        if self.inner.check_examples {
            require_examples(&compiled, self.now())?;
        }
        let compiled = Arc::new(compiled);
        let open = OpenCases::new(&old.rulebook, &compiled.rulebook, moves);
        let without = open.without_destinations(self.store())?;
        if !without.is_empty() {
            return Err(BuildError::OpenCases(without));
        }
        open.move_all(self.store(), self.now())?;
        let dropped = self.inner.rulebooks.write().put(Arc::clone(&compiled));
        // Freeing a large rulebook takes long. The lock is released by now.
        drop(dropped);
        // A message that was handled meanwhile may have opened a case by the old rulebook.
        open.move_all(self.store(), self.now())?;
        Ok(())
    }

    /// Puts an earlier rulebook in force again, one of [`rulebook_versions`](Self::rulebook_versions),
    /// without compiling or checking it again. The rulebook that it replaces is kept, so that another call
    /// undoes the rollback.
    ///
    /// # Errors
    ///
    /// No rulebook of this version is kept. The rulebook in force stays.
    pub fn rollback(&self, version: &RulebookVersion) -> Result<(), UnknownVersion> {
        let mut rulebooks = self.inner.rulebooks.write();
        if rulebooks.restore(version) {
            return Ok(());
        }
        Err(UnknownVersion {
            version: version.clone(),
            kept: rulebooks.versions(),
        })
    }

    /// Runs the examples and counterexamples of the rulebook in force against the whole rulebook, on the day
    /// of the engine's clock, and reports each one with another result than written.
    ///
    /// - Errors: a rule that does not decide its own example, a rule that fires on its counterexample, a FAQ
    ///   entry that answers its counterexample, an entry's example that another entry answers.
    /// - Warnings: an entry's example that leads to a menu or a person, or that a rule of another theme
    ///   decides.
    ///
    /// Each text is run as the first message of a new citizen: on the accounts of its rule or entry; if that
    /// serves all accounts, on every account that the rulebook names. Expired rules and entries are left out;
    /// future ones are run on their first day.
    pub fn check_examples(&self) -> Diagnostics {
        self_test::run(&self.compiled(), self.now())
    }
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]
mod tests {
    use crate::{Engine, MemoryStore, Rulebook};

    #[test]
    fn only_a_changed_faq_is_trained_again() {
        let mut rulebook = Rulebook::from_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/rules")).unwrap();
        rulebook.faq.truncate(3);
        let builder = Engine::builder(rulebook.clone(), MemoryStore::new());
        let engine = builder.check_examples(false).build().unwrap();
        let first = engine.compiled();

        let mut fewer = rulebook.clone();
        fewer.rules.pop();
        fewer.version = "fewer".into();
        engine.reload(fewer).unwrap();
        assert!(engine.compiled().shares_faq(&first));

        let mut other = rulebook.clone();
        other.faq[0].phrasings.push("another way to ask".to_owned());
        other.version = "other".into();
        engine.reload(other).unwrap();
        assert!(!engine.compiled().shares_faq(&first));

        let mut synonyms = rulebook;
        synonyms.synonyms.pop();
        synonyms.version = "synonyms".into();
        engine.reload(synonyms).unwrap();
        assert!(!engine.compiled().shares_faq(&first));
    }
}
