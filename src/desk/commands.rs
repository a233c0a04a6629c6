//! What agents do: find work, hold it, answer, close.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use thiserror::Error;

use crate::case::{Actor, Case, CaseId, Claim, ClaimToken, ClockKind, Ending};
use crate::message::AgentId;
use crate::store::{
    CaseFilter, CasePage, ChangeSet, ClaimQuery, Conflict, MaybeConflict, QueueCount, Store, StoreError,
    retry_on_conflict,
};
use crate::time::{Clock, Reset, explain_due};
use crate::workflow::{Command, CommandError, DeskConfig, MoreTime, close_answered_part, transition};

/// How long a claim lasts without a sign of life: 15 minutes. Renew it at a third of that.
pub const DEFAULT_LEASE: Duration = Duration::from_secs(15 * 60);

/// How often a command is tried again when somebody else changed the case at the same moment.
pub(super) const ATTEMPTS: usize = 8;

/// Why a command at the desk failed. Nothing was changed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DeskError {
    /// There is no case of this number.
    #[error("there is no case `{0}`")]
    NoSuchCase(CaseId),
    /// The case does not allow it.
    #[error(transparent)]
    Refused(#[from] CommandError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl MaybeConflict for DeskError {
    fn conflict(&self) -> Option<&Conflict> {
        match self {
            Self::Store(error) => error.conflict(),
            _ => None,
        }
    }
}

/// The human side: the queue of cases and what agents may do with them. Cheap to clone.
#[derive(Clone)]
pub struct Desk {
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<dyn Clock>,
    config: Arc<dyn Fn() -> Arc<DeskConfig> + Send + Sync>,
}

impl Desk {
    /// A desk on a store; the engine's `desk()` gives the engine's own. `config` gives the calendar and the policies that are
    /// in force at the moment.
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

    /// One page of cases, the most urgent first.
    pub fn cases(&self, filter: &CaseFilter) -> Result<CasePage, DeskError> {
        Ok(self.store.cases(filter)?)
    }

    /// One case as it stands. Where the channel's window closes before the office's due time,
    /// [`window_closes_first`](crate::time::window_closes_first) says so of its deadlines: the agent is to be told.
    pub fn case(&self, id: &CaseId) -> Result<Case, DeskError> {
        self.store
            .case(id)?
            .ok_or_else(|| DeskError::NoSuchCase(id.clone()))
    }

    /// How many cases each queue has, and how many of them still owe something that is overdue.
    pub fn counts(&self) -> Result<Vec<QueueCount>, DeskError> {
        Ok(self.store.counts(self.clock.now())?)
    }

    /// Takes the case that comes next for this agent, for [`DEFAULT_LEASE`]: by a filter the most urgent one, by a
    /// [`ClaimQuery`] the one that it puts first of those that the agent can do. `None` when none waits, or when the agent holds as many
    /// as the pick allows.
    pub fn claim_next(
        &self,
        query: impl Into<ClaimQuery>,
        agent: &AgentId,
    ) -> Result<Option<Case>, DeskError> {
        Ok(self.store.claim_picked(&query.into(), agent, DEFAULT_LEASE)?)
    }

    /// Takes this case, for [`DEFAULT_LEASE`]. `None` when somebody holds it, or it is past answering.
    pub fn claim(&self, id: &CaseId, agent: &AgentId) -> Result<Option<Case>, DeskError> {
        Ok(self.store.claim(id, agent, DEFAULT_LEASE)?)
    }

    /// Makes the lease end [`DEFAULT_LEASE`] from now.
    pub fn renew(&self, id: &CaseId, token: &ClaimToken) -> Result<Claim, DeskError> {
        Ok(self
            .store
            .renew(id, token, DEFAULT_LEASE)?
            .ok_or(CommandError::NotHolder)?)
    }

    /// Gives a case back to the queue.
    pub fn release(&self, id: &CaseId, agent: &AgentId, token: &ClaimToken) -> Result<Case, DeskError> {
        self.run(id, agent, &Command::Release(token.clone()))
    }

    /// Answers a case: its first-reply deadline is met, and the text is the case's answer. The host sends it.
    pub fn answer(
        &self,
        id: &CaseId,
        agent: &AgentId,
        token: &ClaimToken,
        text: impl Into<String>,
    ) -> Result<Case, DeskError> {
        self.run(
            id,
            agent,
            &Command::Answer {
                token: token.clone(),
                text: text.into(),
            },
        )
    }

    /// Asks the citizen for something. The claim ends, and the clocks that can stand still do until
    /// [`write`](Self::write) tells of the citizen's words. The host sends the question.
    ///
    /// A citizen who is silent is reminded and, after the stated time (a week where the rulebook has no `[letters]`), waited for no
    /// longer: a [sweep](Self::sweep) puts the case back into the queue, and an agent decides how to go on.
    pub fn ask(
        &self,
        id: &CaseId,
        agent: &AgentId,
        token: &ClaimToken,
        text: impl Into<String>,
    ) -> Result<Case, DeskError> {
        let (token, text) = (token.clone(), text.into());
        self.run(id, agent, &Command::Ask { token, text })
    }

    /// Adds to a case what the citizen wrote at `at`. A case that waited for it is back in the queue, and its clocks go on.
    pub fn write(&self, id: &CaseId, text: impl Into<String>, at: Timestamp) -> Result<Case, DeskError> {
        let command = Command::Write {
            text: text.into(),
            at,
        };
        self.run_as(id, &Actor::Citizen, &command)
    }

    /// Waits for the citizen no longer: the case is in the queue again without their reply, and its clocks go on. Nobody holds a case
    /// that waits, so it needs no claim.
    pub fn resume(&self, id: &CaseId, agent: &AgentId) -> Result<Case, DeskError> {
        self.run(id, agent, &Command::Resume { silent: false })
    }

    /// Grants more time to one of the case's clocks, as the policy allows: asked for before it is due, with a reason and the
    /// name of the one who approved it.
    pub fn extend(
        &self,
        id: &CaseId,
        agent: &AgentId,
        token: &ClaimToken,
        more: MoreTime,
    ) -> Result<Case, DeskError> {
        let token = token.clone();
        self.run(id, agent, &Command::Extend { token, more })
    }

    /// Records the time that was told to the citizen, as a clock of its own.
    pub fn promise(
        &self,
        id: &CaseId,
        agent: &AgentId,
        token: &ClaimToken,
        until: Timestamp,
    ) -> Result<Case, DeskError> {
        let command = Command::Promise {
            token: token.clone(),
            by: agent.clone(),
            until,
        };
        self.run(id, agent, &command)
    }

    /// Lets a clock start anew: refused without permission and without a reason, and on record with both due times.
    pub fn reset(&self, id: &CaseId, clock: ClockKind, wish: Reset) -> Result<Case, DeskError> {
        let agent = wish.by.clone();
        self.run(id, &agent, &Command::Reset { clock, wish })
    }

    /// How each of a case's deadlines was derived, step by step, from the record alone: what [`explain_due`] says of
    /// it, years later too.
    pub fn explain_due(&self, id: &CaseId) -> Result<Vec<(ClockKind, Vec<String>)>, DeskError> {
        let case = self.case(id)?;
        let lines = case
            .deadlines
            .iter()
            .map(|deadline| (deadline.clock, explain_due(deadline)));
        Ok(lines.collect())
    }

    /// Ends a case that is answered, or whose citizen was asked and is silent. Whatever it still owed is settled.
    pub fn close(&self, id: &CaseId, agent: &AgentId) -> Result<Case, DeskError> {
        self.run(id, agent, &Command::Close { how: Ending::Done })
    }

    /// Makes any move that [`MOVES`](crate::workflow::MOVES) lists, in the name of `actor`; what the other methods are made of.
    ///
    /// It moves this case, and the whole of which it is a part when that ends. A merger takes `Merge` on the one and `Absorb` on
    /// the other, and a matter that is taken out its own case: [`merge`](Self::merge), [`split`](Self::split) and
    /// [`co_handle`](Self::co_handle) make both sides in one commit.
    pub fn command(&self, id: &CaseId, actor: &Actor, command: &Command) -> Result<Case, DeskError> {
        self.run_as(id, actor, command)
    }

    pub(super) fn run(&self, id: &CaseId, agent: &AgentId, command: &Command) -> Result<Case, DeskError> {
        self.run_as(id, &Actor::Agent(agent.clone()), command)
    }

    pub(super) fn run_as(&self, id: &CaseId, actor: &Actor, command: &Command) -> Result<Case, DeskError> {
        // A conflict means that the case moved in between: it is read again and the command judged again, so that a
        // stale holder is refused.
        retry_on_conflict(ATTEMPTS, |_| {
            let before = self.case(id)?;
            let now = self.clock.now();
            let config = self.config();
            let mut events = transition(&before, command, &config, now)?;
            events.extend(close_answered_part(&before, &events, &config, now)?);
            let mut change = ChangeSet::default();
            let case = change.apply(before, events, actor, now);
            self.join(&case, actor, now, &mut change)?;
            self.store.commit(change)?;
            Ok(case)
        })
    }
}
