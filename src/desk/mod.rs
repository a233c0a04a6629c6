//! The desk: the queue of cases, the commands of agents, the outbox, and the sweep that watches deadlines.
//!
//! Each call reads the case, asks [`workflow`](crate::workflow) for the events of the command, and commits
//! them. If another call changes the case in between, the command is judged again on the new state.

mod actor;
mod canned_replies;
mod claimed_case;
mod claimed_letter;
mod commands;
mod error;
mod merge;
mod outbox;
mod recompute;
mod split;
mod suggest;
mod sweep;
mod sweep_report;
#[cfg(test)]
mod test_support;
mod transcript;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub use crate::workflow::command::{MoreTime, Transfer};
pub use crate::workflow::delivery::{SEND_ATTEMPTS, Settlement};
pub use crate::workflow::split::Matter;
pub use actor::{Actor, Role};
pub use canned_replies::PreparedReply;
pub use claimed_case::ClaimedCase;
pub use claimed_letter::{ClaimedLetter, LetterReceipt, StuckLetter};
pub use error::DeskError;
pub use outbox::Outbox;
pub use recompute::Recomputed;
pub use suggest::{EarlierAnswer, Suggestions};
pub use sweep::SWEEP_MOST;
pub use sweep_report::{Crossing, SilentAcceptance, SweepReport};
pub use transcript::{TRANSCRIPT_MOST, Transcript, Turn, TurnKind};

use crate::case::{Case, CaseId, ClaimToken, ClockKind};
use crate::store::{CaseFilter, CasePage, ClaimQuery, QueueCount, Store};
use crate::time::{Clock, explain_due};
use crate::workflow::DeskConfig;

/// The duration of a claim's lease: 15 minutes. Renew it after a third of that time.
pub const DEFAULT_LEASE: Duration = Duration::from_secs(15 * 60);

/// The number of times that a command is tried when other calls change the case at the same moment.
const ATTEMPTS: usize = 8;

/// The human side of the engine: the queue of cases, and the commands of agents. Cheap to clone.
///
/// A command that needs no claim is a method here, and names the case and the [`Actor`].
/// [`claim`](Self::claim) and [`claim_next`](Self::claim_next) give a [`ClaimedCase`] with the commands of
/// its holder.
///
/// ```
/// use civic_reply::case::State;
/// use civic_reply::desk::Actor;
/// use civic_reply::store::ClaimQuery;
/// use civic_reply::{Engine, MemoryStore, Message, Rulebook};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let engine = Engine::builder(Rulebook::from_dir("rules")?, MemoryStore::new()).build()?;
/// engine.receive(Message::text("gov-wechat", "citizen-42", "msg-1", "电梯坏了三天,没人管"))?;
///
/// let (desk, actor) = (engine.desk(), Actor::new("clerk-7"));
/// let case = desk.claim_next(ClaimQuery::default(), &actor)?.ok_or("no case waits")?;
/// let answered = case.answer("A technician comes this afternoon.")?;
/// assert_eq!(answered.state, State::Answered);
///
/// let closed = desk.close(&answered.id, &actor)?;
/// assert_eq!(closed.state, State::Closed);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Desk {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    config: Arc<dyn Fn() -> Arc<DeskConfig> + Send + Sync>,
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk").finish_non_exhaustive()
    }
}

impl Desk {
    /// A desk on a store. [`Engine::desk`](crate::Engine::desk) gives the engine's own.
    ///
    /// `config` gives the calendar, the policies and the letter settings that are in force at the time of the
    /// call.
    pub fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        config: impl Fn() -> Arc<DeskConfig> + Send + Sync + 'static,
    ) -> Self {
        Self {
            store,
            clock,
            config: Arc::new(config),
        }
    }

    /// The calendar, the policies and the letter settings that are in force now.
    pub fn config(&self) -> Arc<DeskConfig> {
        (self.config)()
    }

    /// One page of cases in the filter's order; at most 100 if the filter gives no limit. The next page is the
    /// one after [`CasePage::next`]: read in this way, a list gives each case once while others work on it.
    ///
    /// # Errors
    ///
    /// The cursor belongs to another order, or the store failed.
    pub fn cases(&self, filter: &CaseFilter) -> Result<CasePage, DeskError> {
        Ok(self.store.cases(filter)?)
    }

    /// One case. If the channel's window closes before the office's due time,
    /// [`window_closes_first`](crate::time::window_closes_first) finds that in the deadlines; show it to the
    /// agent.
    ///
    /// # Errors
    ///
    /// [`DeskError::NoSuchCase`], or the store failed.
    pub fn case(&self, id: &CaseId) -> Result<Case, DeskError> {
        self.store
            .case(id)?
            .ok_or_else(|| DeskError::NoSuchCase(id.clone()))
    }

    /// The number of cases in each queue, and the number of those with an overdue deadline.
    ///
    /// # Errors
    ///
    /// The store failed.
    pub fn counts(&self) -> Result<Vec<QueueCount>, DeskError> {
        Ok(self.store.counts(self.clock.now())?)
    }

    /// The derivation of each of a case's deadlines, step by step, as [`explain_due`] gives it. It is read
    /// from the case alone, so it does not change with the rulebook.
    ///
    /// # Errors
    ///
    /// [`DeskError::NoSuchCase`], or the store failed.
    pub fn explain_due(&self, id: &CaseId) -> Result<Vec<(ClockKind, Vec<String>)>, DeskError> {
        let case = self.case(id)?;
        let lines = case
            .deadlines
            .iter()
            .map(|deadline| (deadline.clock, explain_due(deadline)));
        Ok(lines.collect())
    }

    /// Claims the next case for this agent, for [`DEFAULT_LEASE`]. `None` if no case waits, or the agent
    /// holds as many as the query allows.
    ///
    /// A [`CaseFilter`] selects the most urgent case; a [`ClaimQuery`] selects by the agent's departments and
    /// themes, and in its own order. If the query names no departments, the actor's departments apply.
    ///
    /// # Errors
    ///
    /// The store failed.
    pub fn claim_next(
        &self,
        query: impl Into<ClaimQuery>,
        actor: impl Into<Actor>,
    ) -> Result<Option<ClaimedCase>, DeskError> {
        let (mut query, actor) = (query.into(), actor.into());
        if query.departments.is_empty() {
            query.departments.clone_from(&actor.departments);
        }
        let claimed = self.store.claim_picked(&query, &actor.id, DEFAULT_LEASE)?;
        Ok(claimed.and_then(|case| self.held(case, actor)))
    }

    /// Claims this case, for [`DEFAULT_LEASE`]. `None` if another agent holds it, or it does not wait for an
    /// agent.
    ///
    /// # Errors
    ///
    /// The store failed.
    pub fn claim(&self, id: &CaseId, actor: impl Into<Actor>) -> Result<Option<ClaimedCase>, DeskError> {
        let actor = actor.into();
        let claimed = self.store.claim(id, &actor.id, DEFAULT_LEASE)?;
        Ok(claimed.and_then(|case| self.held(case, actor)))
    }

    /// A case that the actor claimed before, by the token of that claim. For hosts that keep no state between
    /// requests.
    ///
    /// The claim is not checked here but by each command, because it can end between the two.
    ///
    /// # Errors
    ///
    /// [`DeskError::NoSuchCase`], or the store failed.
    pub fn claimed(
        &self,
        id: &CaseId,
        actor: impl Into<Actor>,
        token: &ClaimToken,
    ) -> Result<ClaimedCase, DeskError> {
        let case = self.case(id)?;
        Ok(ClaimedCase::new(self.clone(), actor.into(), token.clone(), case))
    }

    /// The claimed case that the store gave; every store sets the claim.
    fn held(&self, case: Case, actor: Actor) -> Option<ClaimedCase> {
        let token = case.claim.as_ref()?.token.clone();
        Some(ClaimedCase::new(self.clone(), actor, token, case))
    }
}
