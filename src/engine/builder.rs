//! Building an engine.

use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::RwLock;

use super::availability::{Availability, AvailabilityLookup};
use super::compiled::{CompiledRulebook, FaqSetup};
use super::duplicates::SamePerson;
use super::rulebook_history::RulebookHistory;
use super::{BuildError, Engine, Inner, self_test};
use crate::faq::Reranker;
use crate::message::{AccountId, CitizenId, DepartmentId};
use crate::route::TrainingExample;
use crate::rulebook::Rulebook;
use crate::store::Store;
use crate::time::{Clock, SystemClock};

/// Gathers what an [`Engine`] is made of.
pub struct EngineBuilder {
    rulebook: Rulebook,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    closed: Vec<TrainingExample>,
    same_person: Option<SamePerson>,
    availability: Option<AvailabilityLookup>,
    check_examples: bool,
    faq: FaqSetup,
}

impl EngineBuilder {
    pub(super) fn new(rulebook: Rulebook, store: Arc<dyn Store>) -> Self {
        Self {
            rulebook,
            store,
            clock: Arc::new(SystemClock),
            closed: Vec::new(),
            same_person: None,
            availability: None,
            check_examples: true,
            faq: FaqSetup::default(),
        }
    }

    /// Another clock than the machine's: for tests, trials and replays.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Lets routing learn from closed cases too, here and at each [reload](Engine::reload): what citizens wrote, and the
    /// departments that answered. A message that no rule speaks of and the FAQ does not know goes by what was learnt; with the
    /// rulebook's own phrasings alone it does so less often.
    ///
    /// Cases of departments that the rulebook does not have teach nothing. Learning from 1,000 letters of 400 characters takes
    /// some seconds.
    #[must_use]
    pub fn learn_from(mut self, closed: impl IntoIterator<Item = TrainingExample>) -> Self {
        self.closed.extend(closed);
        self
    }

    /// Names the ids by which other accounts know a citizen, where a channel names one person differently on each account (on
    /// WeChat, the OpenIDs of one UnionID). Whoever asks several accounts the same within
    /// [`same_matter_hours`](crate::rulebook::Thresholds::same_matter_hours) then has one case, whose answer goes out by each of
    /// them ([`Case::recipients`](crate::Case::recipients)). Without it, only the same id is the same person.
    ///
    /// It is asked for each message that brings a person, so it should answer from memory.
    #[must_use]
    pub fn same_person(
        mut self,
        ids: impl Fn(&AccountId, &CitizenId) -> Vec<CitizenId> + Send + Sync + 'static,
    ) -> Self {
        self.same_person = Some(Arc::new(ids));
        self
    }

    /// Says whether agents of a department are at work, as the host's desk knows it. Whoever gets a case, or goes on with one, then hears honestly that nobody
    /// is there, and when somebody is back (`absent` and `absent_until` of `[follow_up.texts]`). Without it, only the opening hours of
    /// the calendar are known.
    ///
    /// It is asked for each message that brings a person or goes on with a case, so it should answer from memory.
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
        self.availability = Some(Arc::new(availability));
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

    /// A folder in which what was learnt from the FAQ's phrasings is kept, so that the next start and a reload of the same FAQ need
    /// not learn it again. Without one nothing is written.
    #[must_use]
    pub fn faq_cache(mut self, folder: impl Into<PathBuf>) -> Self {
        self.faq.options.cache_dir = Some(folder.into());
        self
    }

    /// A model of the host's own that looks over the FAQ's candidates: it can make them less sure and put them in another order.
    #[must_use]
    pub fn reranker(mut self, reranker: impl Reranker + 'static) -> Self {
        self.faq.reranker = Some(Arc::new(reranker));
        self
    }

    /// Compiles the rulebook and builds the engine.
    ///
    /// # Errors
    ///
    /// The rulebook can't be compiled, or breaks its own examples.
    pub fn build(self) -> Result<Engine, BuildError> {
        let compiled = CompiledRulebook::build(self.rulebook, &self.faq, &self.closed, &[])?;
        if self.check_examples {
            self_test::hold(&compiled, self.clock.now())?;
        }
        let inner = Inner {
            rulebooks: RwLock::new(RulebookHistory::new(compiled)),
            store: self.store,
            clock: self.clock,
            closed: self.closed,
            same_person: self.same_person,
            availability: self.availability,
            check_examples: self.check_examples,
            faq: self.faq,
        };
        Ok(Engine {
            inner: Arc::new(inner),
        })
    }
}
