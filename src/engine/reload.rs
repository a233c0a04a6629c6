//! Putting another rulebook in force, and going back to an earlier one.

use std::sync::Arc;

use super::compiled::CompiledRulebook;
use super::{BuildError, Engine, UnknownVersion, self_test};
use crate::message::RulebookVersion;
use crate::rulebook::Rulebook;

/// How many rulebooks an engine keeps ready to serve: the one in force and those before it.
///
/// Each costs its compiled size: some megabytes for the shipped pack, at most some hundred for the largest that the loader
/// takes.
pub const KEPT_RULEBOOKS: usize = 5;

impl Engine {
    /// The version of the rulebook that serves now.
    pub fn rulebook_version(&self) -> RulebookVersion {
        self.compiled().rulebook.version.clone()
    }

    /// The versions that can serve at once: the one in force first, then those that were in force before it, the latest
    /// first. At most [`KEPT_RULEBOOKS`].
    pub fn rulebook_versions(&self) -> Vec<RulebookVersion> {
        self.inner.rulebooks.read().versions()
    }

    /// Puts another rulebook in force. A message that is being handled goes on with the old one, whole; none waits for the
    /// new one to be compiled. What was learnt from the FAQ is used again where its entries and the synonyms are those of a
    /// rulebook that is kept, so that a change of rules alone is in force at once.
    ///
    /// # Errors
    ///
    /// The rulebook can't be compiled, or breaks its own examples
    /// ([`EngineBuilder::check_examples`](super::EngineBuilder::check_examples)). The old one keeps serving.
    pub fn reload(&self, rulebook: Rulebook) -> Result<(), BuildError> {
        let kept = self.inner.rulebooks.read().all();
        let compiled = CompiledRulebook::build(rulebook, &self.inner.faq, &self.inner.closed, &kept)?;
        drop(kept);
        if self.inner.check_examples {
            self_test::hold(&compiled, self.inner.clock.now())?;
        }
        let dropped = self.inner.rulebooks.write().put(Arc::new(compiled));
        // Taking a large rulebook apart takes long; the lock is free by now.
        drop(dropped);
        Ok(())
    }

    /// Puts an earlier rulebook in force again, one of [`rulebook_versions`](Self::rulebook_versions). It is ready: nothing
    /// is compiled or checked. What it replaces is kept, so that going forward again is one call too.
    ///
    /// # Errors
    ///
    /// None of this version is kept. What serves goes on serving.
    pub fn rollback(&self, version: &RulebookVersion) -> Result<(), UnknownVersion> {
        let mut rulebooks = self.inner.rulebooks.write();
        if rulebooks.put_back(version) {
            return Ok(());
        }
        Err(UnknownVersion {
            version: version.clone(),
            kept: rulebooks.versions(),
        })
    }
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]
mod tests {
    use super::*;
    use crate::MemoryStore;

    #[test]
    fn only_another_faq_is_learnt_anew() {
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
