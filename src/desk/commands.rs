//! What agents do: find work, hold it, answer, close.

use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;

use super::transition::{Command, Refused, transition};
use crate::case::{Actor, Case, CaseId, Claim, ClaimToken, Record};
use crate::message::AgentId;
use crate::store::{CaseChange, CaseFilter, CasePage, ChangeSet, Conflict, Store, StoreError};
use crate::time::Clock;

/// How long a claim lasts without a sign of life: 15 minutes. Renew it at a third of that.
pub const DEFAULT_LEASE: Duration = Duration::from_secs(15 * 60);

/// How often a command is tried again when somebody else changed the case at the same moment.
const ATTEMPTS: usize = 8;

/// Why a command at the desk failed. Nothing was changed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DeskError {
    /// There is no case of this number.
    #[error("there is no case `{0}`")]
    NoSuchCase(CaseId),
    /// The case does not allow it.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The human side: the queue of cases and what agents may do with them. Cheap to clone.
#[derive(Clone)]
pub struct Desk {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
}

impl Desk {
    /// A desk on a store; The engine's `desk()` gives the engine's own.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// One page of cases, the most urgent first.
    pub fn cases(&self, filter: &CaseFilter) -> Result<CasePage, DeskError> {
        Ok(self.store.cases(filter)?)
    }

    /// One case as it stands.
    pub fn case(&self, id: &CaseId) -> Result<Case, DeskError> {
        self.store
            .case(id)?
            .ok_or_else(|| DeskError::NoSuchCase(id.clone()))
    }

    /// Takes the most urgent case that nobody holds, for [`DEFAULT_LEASE`]. `None` when none waits.
    pub fn claim_next(&self, filter: &CaseFilter, agent: &AgentId) -> Result<Option<Case>, DeskError> {
        Ok(self.store.claim_next(filter, agent, DEFAULT_LEASE)?)
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
            .ok_or(Refused::NotHolder)?)
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

    /// Ends an answered case.
    pub fn close(&self, id: &CaseId, agent: &AgentId) -> Result<Case, DeskError> {
        self.run(id, agent, &Command::Close)
    }

    fn run(&self, id: &CaseId, agent: &AgentId, command: &Command) -> Result<Case, DeskError> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            let before = self.case(id)?;
            let now = self.clock.now();
            let expected = Some(before.version);
            let events = transition(&before, command, now)?;
            let case = events.iter().fold(before, Case::apply);
            let record = |event| Record::new(now, Actor::Agent(agent.clone()), Some(id.clone()), event);
            let change = ChangeSet {
                records: events.into_iter().map(record).collect(),
                cases: vec![CaseChange {
                    expected,
                    case: case.clone(),
                }],
                ..ChangeSet::default()
            };
            match self.store.commit(change) {
                Ok(()) => return Ok(case),
                // The case is read again and the command judged again: a stale holder is refused there.
                Err(StoreError::Conflict(Conflict::Case(_))) if attempt < ATTEMPTS => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}
