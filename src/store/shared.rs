//! Implements the contract for a store behind an [`Arc`], so that the engine and its host can hold the same
//! one.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::{
    Arrival, CaseFilter, CasePage, ChangeSet, ClaimQuery, Erasure, JournalPage, Pruning, QueueCount, Seq,
    Store, StoreError, TurnPage,
};
use crate::case::{Case, CaseId, Claim, ClaimToken};
use crate::message::{AccountId, AgentId, CitizenId, Conversation, MessageKey};
use crate::reply::Handled;

impl<S: Store + ?Sized> Store for Arc<S> {
    fn handled(&self, key: &MessageKey) -> Result<Option<Handled>, StoreError> {
        (**self).handled(key)
    }

    fn conversation(&self, account: &AccountId, citizen: &CitizenId) -> Result<Conversation, StoreError> {
        (**self).conversation(account, citizen)
    }

    fn arrival(&self, key: &MessageKey) -> Result<Arrival, StoreError> {
        (**self).arrival(key)
    }

    fn case(&self, id: &CaseId) -> Result<Option<Case>, StoreError> {
        (**self).case(id)
    }

    fn cases(&self, filter: &CaseFilter) -> Result<CasePage, StoreError> {
        (**self).cases(filter)
    }

    fn counts(&self, now: Timestamp) -> Result<Vec<QueueCount>, StoreError> {
        (**self).counts(now)
    }

    fn commit(&self, change: ChangeSet) -> Result<(), StoreError> {
        (**self).commit(change)
    }

    fn claim_next(
        &self,
        filter: &CaseFilter,
        agent: &AgentId,
        lease: Duration,
    ) -> Result<Option<Case>, StoreError> {
        (**self).claim_next(filter, agent, lease)
    }

    fn claim_picked(
        &self,
        query: &ClaimQuery,
        agent: &AgentId,
        lease: Duration,
    ) -> Result<Option<Case>, StoreError> {
        (**self).claim_picked(query, agent, lease)
    }

    fn claim(&self, id: &CaseId, agent: &AgentId, lease: Duration) -> Result<Option<Case>, StoreError> {
        (**self).claim(id, agent, lease)
    }

    fn renew(&self, id: &CaseId, token: &ClaimToken, lease: Duration) -> Result<Option<Claim>, StoreError> {
        (**self).renew(id, token, lease)
    }

    fn due(&self, before: Timestamp, limit: usize) -> Result<Vec<Case>, StoreError> {
        (**self).due(before, limit)
    }

    fn alarms(&self, until: Timestamp, limit: usize) -> Result<Vec<Case>, StoreError> {
        (**self).alarms(until, limit)
    }

    fn sending(&self, until: Timestamp, limit: usize) -> Result<Vec<Case>, StoreError> {
        (**self).sending(until, limit)
    }

    fn stuck(&self, limit: usize) -> Result<Vec<Case>, StoreError> {
        (**self).stuck(limit)
    }

    fn now(&self) -> Result<Timestamp, StoreError> {
        (**self).now()
    }

    fn journal(&self, after: Option<Seq>, limit: usize) -> Result<JournalPage, StoreError> {
        (**self).journal(after, limit)
    }

    fn turns(
        &self,
        account: &AccountId,
        citizen: &CitizenId,
        before: Option<Seq>,
        limit: usize,
    ) -> Result<TurnPage, StoreError> {
        (**self).turns(account, citizen, before, limit)
    }

    fn erase(&self, citizen: &CitizenId) -> Result<Erasure, StoreError> {
        (**self).erase(citizen)
    }

    fn prune(&self, before: Timestamp, limit: usize) -> Result<Pruning, StoreError> {
        (**self).prune(before, limit)
    }
}
