//! The engine: reads the situation of a message, lets the pure stages decide, and commits. The only module
//! that knows all others.
//!
//! The folders in the order in which a message passes them:
//!
//! - `incoming`: the message, folded once.
//! - `situation`: the first read. The stored outcome, the conversation, the cases that the message may be
//!   about.
//! - `analyze`: rules, FAQ and routing give evidence, evidence gives a decision, and the message is a
//!   follow-up or a new matter. Pure.
//! - `destination`: the second read, for messages that go to a person. An open case about the same matter,
//!   the length of the queue, whether agents are at work.
//! - `plan`: one change set and the record of the outcome. Pure.
//! - `receive`: runs these in a loop and commits.
//!
//! Beside them: `compiled`, a rulebook in force, and `explain` and `learn`, which reuse the stages for
//! operators.

mod analyze;
mod builder;
mod compiled;
mod destination;
mod dropped_in_use;
mod error;
mod explain;
mod host_lookups;
mod incoming;
mod learn;
mod plan;
mod receive;
mod same_matter;
mod situation;

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use parking_lot::RwLock;

pub use builder::EngineBuilder;
#[cfg(feature = "watch")]
pub use compiled::ReloadError;
pub use compiled::{CaseMoves, KEPT_RULEBOOKS};
pub use destination::Availability;
pub use dropped_in_use::{DroppedInUse, DroppedKind};
pub use error::{BuildError, Error, InvalidFeedback, InvalidMessage, UnknownVersion};
pub use explain::{
    DecisionSummary, EvidenceChange, Explanation, FailedCondition, FaqTrace, FollowUpTrace, Measure,
    RuleState, RuleTrace, WhatIf, WordHit, WordKind,
};
pub use learn::{Confusion, LABELS_TO_RECALIBRATE, Learned, Proposal};

use crate::desk::{Desk, Outbox};
use crate::message::MessageKey;
use crate::reply::Handled;
use crate::route::TrainingExample;
use crate::store::Store;
use crate::time::Clock;
use compiled::{CompiledRulebook, FaqSetup, RulebookHistory};
use host_lookups::HostLookups;

/// Answers citizens: takes messages, and answers, asks back, or opens a case with a due time.
///
/// Cheap to clone and `Send + Sync`: clones share everything. All calls block: [`receive`](Engine::receive)
/// takes microseconds of computing and one commit. An async host calls it in its blocking pool.
///
/// ```
/// use civic_reply::{Engine, MemoryStore, Message, Outcome, Rulebook};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let engine = Engine::builder(Rulebook::from_dir("rules")?, MemoryStore::new()).build()?;
/// let outcome = engine.receive(Message::text("gov-wechat", "citizen-42", "msg-1", "转人工"))?;
/// let Outcome::Queued { case, .. } = outcome else { return Err("a person must answer".into()) };
/// assert_eq!(engine.desk().case(case.id())?.id, case.id);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("rulebook", &self.compiled().rulebook.version)
            .finish_non_exhaustive()
    }
}

struct Inner {
    rulebooks: RwLock<RulebookHistory>,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    /// Training examples for the router besides those in the rulebook.
    closed: Vec<TrainingExample>,
    lookups: HostLookups,
    /// Whether a rulebook must pass its own examples to come into force.
    check_examples: bool,
    /// Settings of the FAQ index, reused by every reload.
    faq: FaqSetup,
}

impl Engine {
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

    /// The letters that the host sends: answers and questions of agents, and notices of the engine.
    pub fn outbox(&self) -> Outbox {
        self.desk().outbox()
    }

    /// The store that the engine was built with.
    pub fn store(&self) -> &dyn Store {
        &*self.inner.store
    }

    /// The stored record of a message: its outcome and every reason for it. `None` if it was never handled.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if the store cannot be read.
    pub fn handled(&self, key: &MessageKey) -> Result<Option<Handled>, Error> {
        Ok(self.inner.store.handled(key)?)
    }

    fn compiled(&self) -> Arc<CompiledRulebook> {
        self.inner.rulebooks.read().compiled()
    }

    fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    fn lookups(&self) -> &HostLookups {
        &self.inner.lookups
    }
}
