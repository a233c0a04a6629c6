//! The engine: the only room that knows all others. It reads, lets the pure stages decide, and commits.

mod analysis;
mod availability;
mod builder;
mod case_number;
mod compiled;
mod duplicates;
mod error;
mod explain;
mod feedback;
mod follow_up;
mod learn;
mod new_case;
mod plan;
mod queue_estimate;
mod receive;
mod related;
mod reload;
mod render;
mod routing;
mod rulebook_history;
mod self_test;
#[cfg(feature = "watch")]
mod watch;

use std::sync::Arc;

use parking_lot::RwLock;

pub use availability::Availability;
pub use builder::EngineBuilder;
pub use error::{BuildError, Error, InvalidFeedback, InvalidMessage, UnknownVersion};
pub use explain::{
    EvidenceChange, Explanation, Failed, FaqTrace, FollowUpTrace, Measure, RuleState, RuleTrace, Then,
    WhatIf, WordHit, WordKind,
};
pub use learn::{Confusion, LABELS_TO_RECALIBRATE, Learned, Proposal};
pub use reload::KEPT_RULEBOOKS;
#[cfg(feature = "watch")]
pub use watch::ReloadError;

use crate::desk::{Desk, Outbox};
use crate::message::MessageKey;
use crate::reply::Handled;
use crate::route::TrainingExample;
use crate::rulebook::Rulebook;
use crate::store::Store;
use crate::time::Clock;
use availability::AvailabilityLookup;
use compiled::{CompiledRulebook, FaqSetup};
use duplicates::SamePerson;
use rulebook_history::RulebookHistory;

/// Answers citizens: give it messages, and it answers, asks back, or opens a case with a due time.
///
/// Cheap to clone, `Send + Sync`, synchronous: the work is microseconds of computing and one commit. An async host
/// calls [`receive`](Engine::receive) in its blocking pool.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    rulebooks: RwLock<RulebookHistory>,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    /// What the router learns from besides the rulebook.
    closed: Vec<TrainingExample>,
    /// Under which ids other accounts know a citizen.
    same_person: Option<SamePerson>,
    /// Whether agents are at work.
    availability: Option<AvailabilityLookup>,
    /// Whether a rulebook must hold its own examples to come into force.
    check_examples: bool,
    /// What a reload builds the FAQ with.
    faq: FaqSetup,
}

impl Engine {
    /// A builder from what the engine can't do without.
    pub fn builder(rulebook: Rulebook, store: impl Store + 'static) -> EngineBuilder {
        EngineBuilder::new(rulebook, Arc::new(store))
    }

    /// The human side: the queue of cases.
    pub fn desk(&self) -> Desk {
        let inner = Arc::clone(&self.inner);
        let desk_config = move || Arc::clone(&inner.rulebooks.read().compiled().desk_config);
        Desk::new(
            Arc::clone(&self.inner.store),
            Arc::clone(&self.inner.clock),
            desk_config,
        )
    }

    /// The messages that the host sends: what agents answer and ask, and what the engine tells by itself.
    pub fn outbox(&self) -> Outbox {
        self.desk().outbox()
    }

    /// The store that the engine was built with.
    pub fn store(&self) -> &dyn Store {
        &*self.inner.store
    }

    /// The stored record of a message: its outcome and every reason for it. `None` when it was never handled.
    pub fn handled(&self, key: &MessageKey) -> Result<Option<Handled>, Error> {
        Ok(self.inner.store.handled(key)?)
    }

    fn compiled(&self) -> Arc<CompiledRulebook> {
        self.inner.rulebooks.read().compiled()
    }
}
