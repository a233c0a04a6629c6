//! Building an engine.

use std::sync::Arc;

use parking_lot::RwLock;

use super::serving::Serving;
use super::shelf::Shelf;
use super::{BuildError, Engine, Inner, examples};
use crate::rulebook::Rulebook;
use crate::store::Store;
use crate::time::{Clock, SystemClock};

/// Gathers what an [`Engine`] is made of.
pub struct EngineBuilder {
    rulebook: Rulebook,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    check_examples: bool,
}

impl EngineBuilder {
    pub(super) fn new(rulebook: Rulebook, store: Arc<dyn Store>) -> Self {
        Self {
            rulebook,
            store,
            clock: Arc::new(SystemClock),
            check_examples: true,
        }
    }

    /// Another clock than the machine's: for tests, trials and replays.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Whether a rulebook must do what its own examples and counterexamples say to come into force, here and at each
    /// [reload](Engine::reload). It must, by default: a rule that another one shadows answers nobody, and an operator learns of
    /// it before citizens do.
    ///
    /// Each example costs what deciding about a message costs. Without the check, [`Engine::check_examples`] gives the
    /// same findings when it is asked.
    #[must_use]
    pub fn check_examples(mut self, check: bool) -> Self {
        self.check_examples = check;
        self
    }

    /// Compiles the rulebook and builds the engine.
    ///
    /// # Errors
    ///
    /// The rulebook can't be compiled, or breaks its own examples.
    pub fn build(self) -> Result<Engine, BuildError> {
        let serving = Serving::build(self.rulebook)?;
        if self.check_examples {
            examples::hold(&serving, self.clock.now())?;
        }
        let inner = Inner {
            shelf: RwLock::new(Shelf::new(serving)),
            store: self.store,
            clock: self.clock,
            check_examples: self.check_examples,
        };
        Ok(Engine {
            inner: Arc::new(inner),
        })
    }
}
