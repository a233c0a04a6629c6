//! The engine: the only room that knows all others. It reads, lets the pure stages decide, and commits.

mod builder;
mod doors;
mod error;
mod examples;
mod explain;
mod feedback;
mod findings;
mod follow_up;
mod learn;
mod number;
mod opening;
mod plan;
mod presence;
mod queue;
mod receive;
mod related;
mod reload;
mod routing;
mod serving;
mod shelf;
mod speak;
#[cfg(feature = "watch")]
mod watch;

use std::sync::Arc;

use parking_lot::RwLock;

pub use builder::EngineBuilder;
pub use error::{BuildError, Error, InvalidFeedback, InvalidMessage, UnknownVersion};
pub use explain::{
    Change, Explanation, Failed, FaqTrace, GoesOn, Measure, RuleState, RuleTrace, Then, WhatIf, WordHit,
    WordKind,
};
pub use learn::{LABELS_TO_RECALIBRATE, Learned, Proposal, Stealing};
pub use presence::Attendance;
pub use reload::KEPT_RULEBOOKS;
#[cfg(feature = "watch")]
pub use watch::ReloadError;

use crate::desk::{Desk, Outbox};
use crate::message::MessageKey;
use crate::reply::Handled;
use crate::route::Lesson;
use crate::rulebook::Rulebook;
use crate::store::Store;
use crate::time::Clock;
use doors::SamePerson;
use presence::Presence;
use serving::{FaqSetup, Serving};
use shelf::Shelf;

/// Answers citizens: give it messages, and it answers, asks back, or opens a case with a due time.
///
/// Cheap to clone, `Send + Sync`, synchronous: the work is microseconds of computing and one commit. An async host
/// calls [`receive`](Engine::receive) in its blocking pool.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    shelf: RwLock<Shelf>,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    /// What the router learns from besides the rulebook.
    closed: Vec<Lesson>,
    /// Under which ids other accounts know a citizen.
    same_person: Option<SamePerson>,
    /// Whether agents are at work.
    presence: Option<Presence>,
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
        let terms = move || Arc::clone(&inner.shelf.read().serving().terms);
        Desk::new(
            Arc::clone(&self.inner.store),
            Arc::clone(&self.inner.clock),
            terms,
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

    fn serving(&self) -> Arc<Serving> {
        self.inner.shelf.read().serving()
    }
}
