//! Building an engine.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::RwLock;

use super::compiled::{CompiledRulebook, FaqSetup, RulebookHistory, require_examples};
use super::destination::Availability;
use super::error::BuildError;
use super::host_lookups::HostLookups;
use super::{Engine, Inner};
use crate::faq::Reranker;
use crate::message::{AccountId, CitizenId, DepartmentId};
use crate::route::TrainingExample;
use crate::rulebook::Rulebook;
use crate::store::Store;
use crate::time::{Clock, SystemClock};

impl Engine {
    /// A builder with the two parts that every engine needs.
    pub fn builder(rulebook: Rulebook, store: impl Store + 'static) -> EngineBuilder {
        EngineBuilder::new(rulebook, Arc::new(store))
    }
}

/// Configures and builds an [`Engine`].
///
/// ```
/// use civic_reply::route::TrainingExample;
/// use civic_reply::{Engine, ManualClock, MemoryStore, Rulebook};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let closed = [TrainingExample::new("楼上漏水半年没人处理", "housing".into())];
/// let engine = Engine::builder(Rulebook::from_dir("rules")?, MemoryStore::new())
///     .clock(ManualClock::new("2026-11-24T09:00+08:00".parse()?))
///     .learn_from(closed)
///     .check_examples(false)
///     .build()?;
/// assert_eq!(engine.rulebook_versions().len(), 1);
/// # Ok(())
/// # }
/// ```
pub struct EngineBuilder {
    rulebook: Rulebook,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    closed: Vec<TrainingExample>,
    lookups: HostLookups,
    check_examples: bool,
    faq: FaqSetup,
}

impl fmt::Debug for EngineBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EngineBuilder")
            .field("rulebook", &self.rulebook.version)
            .finish_non_exhaustive()
    }
}

impl EngineBuilder {
    fn new(rulebook: Rulebook, store: Arc<dyn Store>) -> Self {
        Self {
            rulebook,
            store,
            clock: Arc::new(SystemClock),
            closed: Vec::new(),
            lookups: HostLookups::default(),
            check_examples: true,
            faq: FaqSetup::default(),
        }
    }

    /// Replaces the system clock: for tests, trials and replays.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Trains routing on closed cases too, here and at each [reload](Engine::reload): citizens' texts with
    /// the departments that answered them. Routing predicts the department of a message that matches no rule
    /// and no FAQ entry; trained on the rulebook's own phrasings alone it is sure less often.
    ///
    /// Examples of departments that the rulebook does not have are ignored. Training on 1,000 texts of 400
    /// characters takes some seconds.
    #[must_use]
    pub fn learn_from(mut self, closed: impl IntoIterator<Item = TrainingExample>) -> Self {
        self.closed.extend(closed);
        self
    }

    /// Sets the lookup for the ids of one person on other accounts, for channels that name a person
    /// differently on each account (on WeChat, the OpenIDs of one UnionID). Without the lookup, only equal ids
    /// are the same person.
    ///
    /// What holds of a person's case on one account then holds on the others: it can be asked for, added to,
    /// judged, and found by its number. The same question to several accounts within
    /// [`same_matter_hours`](crate::rulebook::Thresholds::same_matter_hours) opens one case, and its answer
    /// goes to each account ([`Case::recipients`](crate::Case::recipients)).
    ///
    /// The lookup is trusted: whoever it names may read where the case stands. It is called for each message,
    /// so it should answer from memory; each other id costs one more read of the store.
    #[must_use]
    pub fn same_person(
        mut self,
        ids: impl Fn(&AccountId, &CitizenId) -> Vec<CitizenId> + Send + Sync + 'static,
    ) -> Self {
        self.lookups.same_person = Some(Arc::new(ids));
        self
    }

    /// Sets the lookup for whether agents of a department are at work. While none is, the reply to a new case
    /// or a follow-up says so and names the time of their return (`absent` and `absent_until` of
    /// `[follow_up.texts]`). Without the lookup, only the opening hours of the calendar are known.
    ///
    /// Called for each message that opens or follows up a case, so it should answer from memory.
    ///
    /// ```
    /// use civic_reply::engine::Availability;
    /// use civic_reply::{Engine, MemoryStore, Rulebook};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let lunch = jiff::Timestamp::now() + jiff::SignedDuration::from_mins(30);
    /// let builder = Engine::builder(Rulebook::from_dir("rules")?, MemoryStore::new());
    /// let engine = builder.availability(move |_| Availability::Unavailable { back: Some(lunch) }).build()?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn availability(
        mut self,
        availability: impl Fn(&DepartmentId) -> Availability + Send + Sync + 'static,
    ) -> Self {
        self.lookups.availability = Some(Arc::new(availability));
        self
    }

    /// Whether a rulebook must pass its own examples and counterexamples to come into force, here and at each
    /// [reload](Engine::reload). On by default: operators then learn before citizens do that one rule shadows
    /// another.
    ///
    /// Each example costs one decision. Without the check, [`Engine::check_examples`] reports the same
    /// findings on request.
    #[must_use]
    pub fn check_examples(mut self, check: bool) -> Self {
        self.check_examples = check;
        self
    }

    /// Sets a folder for the FAQ's index and model, so that the next start does not make them again, and a
    /// reload indexes only entries that are new in the folder. Without one, nothing is written. See
    /// [`FaqOptions::cache_dir`](crate::faq::FaqOptions::cache_dir).
    #[must_use]
    pub fn faq_cache(mut self, folder: impl Into<PathBuf>) -> Self {
        self.faq.options.cache_dir = Some(folder.into());
        self
    }

    /// Sets the host's own model that reranks the FAQ's candidates. It can lower their confidence and reorder
    /// them.
    #[must_use]
    pub fn reranker(mut self, reranker: impl Reranker + 'static) -> Self {
        self.faq.reranker = Some(Arc::new(reranker));
        self
    }

    /// Compiles the rulebook and builds the engine.
    ///
    /// # Errors
    ///
    /// [`BuildError`] if the rulebook cannot be compiled, or breaks its own examples.
    pub fn build(self) -> Result<Engine, BuildError> {
        let compiled = CompiledRulebook::build(self.rulebook, &self.faq, &self.closed, &[])?;
        if self.check_examples {
            require_examples(&compiled, self.clock.now())?;
        }
        let inner = Inner {
            rulebooks: RwLock::new(RulebookHistory::new(compiled)),
            store: self.store,
            clock: self.clock,
            closed: self.closed,
            lookups: self.lookups,
            check_examples: self.check_examples,
            faq: self.faq,
        };
        Ok(Engine {
            inner: Arc::new(inner),
        })
    }
}
