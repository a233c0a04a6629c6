//! The rulebook in force and the earlier ones that are kept for a rollback.

use std::sync::Arc;

use super::CompiledRulebook;
use crate::message::RulebookVersion;

/// The number of rulebooks that an engine keeps ready: the one in force and those before it.
///
/// Each costs its compiled size: some megabytes for the shipped rulebook, and at most some hundred megabytes
/// for the largest rulebook that the loader accepts.
pub const KEPT_RULEBOOKS: usize = 5;

pub(crate) struct RulebookHistory {
    compiled: Arc<CompiledRulebook>,
    /// The latest first. Each version once, without the one in force.
    earlier: Vec<Arc<CompiledRulebook>>,
}

impl RulebookHistory {
    pub(crate) fn new(compiled: CompiledRulebook) -> Self {
        Self {
            compiled: Arc::new(compiled),
            earlier: Vec::new(),
        }
    }

    /// The rulebook in force.
    pub(crate) fn compiled(&self) -> Arc<CompiledRulebook> {
        Arc::clone(&self.compiled)
    }

    /// All kept rulebooks, the one in force first.
    pub(crate) fn all(&self) -> Vec<Arc<CompiledRulebook>> {
        let all = std::iter::once(&self.compiled).chain(&self.earlier);
        all.map(Arc::clone).collect()
    }

    /// Puts `next` in force and returns the rulebooks that are no longer kept, so that the caller can drop
    /// them after it has released the lock.
    #[must_use]
    pub(crate) fn put(&mut self, next: Arc<CompiledRulebook>) -> Vec<Arc<CompiledRulebook>> {
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

    /// Puts the kept rulebook of this version in force again. `false` if none is kept.
    pub(crate) fn restore(&mut self, version: &RulebookVersion) -> bool {
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
        let restored = self.earlier.remove(place);
        self.earlier
            .insert(0, std::mem::replace(&mut self.compiled, restored));
        true
    }

    /// The kept versions: the one in force first, then the earlier ones, the latest first.
    pub(crate) fn versions(&self) -> Vec<RulebookVersion> {
        std::iter::once(&self.compiled)
            .chain(&self.earlier)
            .map(|compiled| compiled.rulebook.version.clone())
            .collect()
    }
}
