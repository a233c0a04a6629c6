//! Building an engine.

use std::sync::Arc;

use parking_lot::RwLock;

use super::serving::Serving;
use super::{BuildError, Engine, Inner};
use crate::rulebook::Rulebook;
use crate::store::Store;
use crate::time::{Clock, SystemClock};

/// Gathers what an [`Engine`] is made of.
pub struct EngineBuilder {
    rulebook: Rulebook,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
}

impl EngineBuilder {
    pub(super) fn new(rulebook: Rulebook, store: Arc<dyn Store>) -> Self {
        Self {
            rulebook,
            store,
            clock: Arc::new(SystemClock),
        }
    }

    /// Another clock than the machine's: for tests, trials and replays.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Compiles the rulebook and builds the engine.
    pub fn build(self) -> Result<Engine, BuildError> {
        let serving = Serving::build(self.rulebook)?;
        let inner = Inner {
            serving: RwLock::new(Arc::new(serving)),
            store: self.store,
            clock: self.clock,
        };
        Ok(Engine {
            inner: Arc::new(inner),
        })
    }
}
