//! The compiled rulebooks that can serve: the one in force, and those that were in force before it.

use std::sync::Arc;

use super::KEPT_RULEBOOKS;
use super::compiled::CompiledRulebook;
use crate::message::RulebookVersion;

pub(super) struct RulebookHistory {
    compiled: Arc<CompiledRulebook>,
    /// The latest first, each version once, never the one in force.
    earlier: Vec<Arc<CompiledRulebook>>,
}

impl RulebookHistory {
    pub(super) fn new(compiled: CompiledRulebook) -> Self {
        Self {
            compiled: Arc::new(compiled),
            earlier: Vec::new(),
        }
    }

    /// The one in force.
    pub(super) fn compiled(&self) -> Arc<CompiledRulebook> {
        Arc::clone(&self.compiled)
    }

    /// All that can serve, the one in force first.
    pub(super) fn all(&self) -> Vec<Arc<CompiledRulebook>> {
        let all = std::iter::once(&self.compiled).chain(&self.earlier);
        all.map(Arc::clone).collect()
    }

    /// Puts `next` in force and gives back what is no longer kept, so that the caller drops it when the lock is free.
    #[must_use]
    pub(super) fn put(&mut self, next: Arc<CompiledRulebook>) -> Vec<Arc<CompiledRulebook>> {
        let before = std::mem::replace(&mut self.compiled, next);
        self.earlier.insert(0, before);
        let version = &self.compiled.rulebook.version;
        let (mut dropped, mut kept): (Vec<_>, Vec<_>) = std::mem::take(&mut self.earlier)
            .into_iter()
            .partition(|other| other.rulebook.version == *version);
        dropped.extend(kept.drain(kept.len().min(KEPT_RULEBOOKS - 1)..));
        self.earlier = kept;
        dropped
    }

    /// Puts the kept rulebook of this version in force again; `false` where none is kept.
    pub(super) fn put_back(&mut self, version: &RulebookVersion) -> bool {
        if self.compiled.rulebook.version == *version {
            return true;
        }
        let place = self
            .earlier
            .iter()
            .position(|other| other.rulebook.version == *version);
        let Some(place) = place else {
            return false;
        };
        let back = self.earlier.remove(place);
        self.earlier
            .insert(0, std::mem::replace(&mut self.compiled, back));
        true
    }

    /// The versions, the one in force first, then those before it, the latest first.
    pub(super) fn versions(&self) -> Vec<RulebookVersion> {
        std::iter::once(&self.compiled)
            .chain(&self.earlier)
            .map(|compiled| compiled.rulebook.version.clone())
            .collect()
    }
}
