//! The store for tests and trials: it keeps everything in memory, and loses it on demand.

mod erasure;
mod prune;
mod tables;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use parking_lot::Mutex;

use self::tables::Tables;
use super::cursor::Reading;
use super::{
    CaseChange, CaseFilter, CaseOrder, CasePage, ChangeSet, ClaimOrder, ClaimQuery, Conflict, Erasure,
    JournalPage, Pruning, QueueCount, Seq, Store, StoreError, TurnPage, queue,
};
use crate::case::{Case, CaseId, Claim, ClaimToken};
use crate::message::{AccountId, AgentId, CitizenId, Conversation, MessageKey};
use crate::reply::Handled;
use crate::time::{Clock, SystemClock};

/// A store that ends with its process: for tests and trials.
///
/// It keeps the whole contract except durability. [`sync`](Self::sync) and [`crash`](Self::crash) simulate a
/// loss of power: a crash takes back everything since the last sync, acknowledged or not, so that a test can
/// check how its host copes with such a loss.
///
/// ```
/// use civic_reply::store::{MemoryStore, Store};
///
/// let store = MemoryStore::new();
/// assert!(store.journal(None, 10)?.records.is_empty());
/// # Ok::<(), civic_reply::StoreError>(())
/// ```
pub struct MemoryStore {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    now: Tables,
    synced: Tables,
}

impl MemoryStore {
    /// An empty store on the machine's clock.
    pub fn new() -> Self {
        Self::with_clock(Arc::new(SystemClock))
    }

    /// An empty store with leases that end on `clock`.
    pub fn with_clock(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            state: Mutex::default(),
        }
    }

    /// Makes everything committed so far survive the next [`crash`](Self::crash).
    pub fn sync(&self) {
        let mut state = self.state.lock();
        state.synced = state.now.clone();
    }

    /// Takes back every commit and claim since the last [`sync`](Self::sync); without one, all.
    pub fn crash(&self) {
        let mut state = self.state.lock();
        state.now = state.synced.clone();
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").finish_non_exhaustive()
    }
}

impl Store for MemoryStore {
    fn handled(&self, key: &MessageKey) -> Result<Option<Handled>, StoreError> {
        Ok(self.state.lock().now.handled.get(key).cloned())
    }

    fn conversation(&self, account: &AccountId, citizen: &CitizenId) -> Result<Conversation, StoreError> {
        Ok(self.state.lock().now.conversation(account, citizen))
    }

    fn case(&self, id: &CaseId) -> Result<Option<Case>, StoreError> {
        Ok(self.state.lock().now.case(id).cloned())
    }

    fn cases(&self, filter: &CaseFilter) -> Result<CasePage, StoreError> {
        let state = self.state.lock();
        let citizen = filter.citizen.as_ref();
        let named = |case: &&Case| filter.names(case);
        let total = state.now.after(citizen, None).filter(named).count();
        let mut reading = Reading::of(filter)?;
        let mut page = CasePage {
            cases: Vec::new(),
            unreadable: Vec::new(),
            total,
            next: None,
        };
        match filter.order {
            CaseOrder::Number => {
                let after = state.now.by_number(citizen, reading.number());
                let rows = after.into_iter().filter(named);
                page.cases
                    .extend(rows.filter(|case| reading.takes(&case.id, None)).cloned());
            }
            CaseOrder::Urgent => {
                let place = reading.queue_place();
                let ahead = state.now.after(citizen, place).filter(named);
                page.cases.extend(
                    ahead
                        .filter(|case| reading.takes(&case.id, Some(tables::place(case))))
                        .cloned(),
                );
                let behind = state.now.up_to(citizen, place).filter(named);
                page.cases
                    .extend(behind.filter(|case| reading.takes(&case.id, None)).cloned());
            }
        }
        page.next = reading.next(filter.order);
        Ok(page)
    }

    fn counts(&self, now: Timestamp) -> Result<Vec<QueueCount>, StoreError> {
        let state = self.state.lock();
        let mut counts: HashMap<_, (i64, i64)> = HashMap::new();
        for case in state.now.in_order() {
            let overdue = queue::open_due(case).is_some_and(|due| due < queue::micros(now));
            let key = (case.department.as_str(), case.state, case.priority);
            let count = counts.entry(key).or_default();
            *count = (count.0 + 1, count.1 + i64::from(overdue));
        }
        let counts = counts.into_iter();
        let counts = counts.map(|((department, state, priority), numbers)| {
            queue::queue_count(department, (state, priority), numbers)
        });
        let mut counts: Vec<_> = counts.collect();
        queue::sort_counts(&mut counts);
        Ok(counts)
    }

    fn commit(&self, change: ChangeSet) -> Result<(), StoreError> {
        change.check()?;
        let tables = &mut self.state.lock().now;
        if let Some(conflict) = conflict(tables, &change) {
            return Err(conflict.into());
        }
        if let Some(handled) = change.handled {
            tables.handled.insert(handled.key.clone(), handled);
        }
        if let Some(conversation) = change.conversation {
            tables.put_conversation(Conversation {
                version: conversation.version + 1,
                ..conversation
            });
        }
        for CaseChange { case, .. } in change.cases {
            tables.put_case(case);
        }
        tables.append(change.records);
        Ok(())
    }

    fn claim_picked(
        &self,
        query: &ClaimQuery,
        agent: &AgentId,
        lease: Duration,
    ) -> Result<Option<Case>, StoreError> {
        let tables = &mut self.state.lock().now;
        let now = self.clock.now();
        let mine = |case: &&Case| {
            let running = queue::lease_end(case).is_some_and(|end| end > queue::micros(now));
            running && queue::claimed_by(case) == Some(agent)
        };
        if query
            .capacity
            .is_some_and(|most| tables.queued().filter(mine).count() >= most)
        {
            return Ok(None);
        }
        let next = {
            let mut free = tables
                .queued()
                .filter(|case| queue::is_claimable(case, now) && query.names(case));
            let next = match query.first {
                // The queue has this order.
                ClaimOrder::Urgent => free.next(),
                ClaimOrder::Due | ClaimOrder::Oldest => free.min_by_key(|case| query.sort_key(case)),
            };
            next.cloned()
        };
        Ok(next.map(|case| tables.moved(queue::claimed(case, agent, lease, now))))
    }

    fn claim(&self, id: &CaseId, agent: &AgentId, lease: Duration) -> Result<Option<Case>, StoreError> {
        let tables = &mut self.state.lock().now;
        let now = self.clock.now();
        let case = tables.case(id).filter(|case| queue::is_claimable(case, now));
        Ok(case
            .cloned()
            .map(|case| tables.moved(queue::claimed(case, agent, lease, now))))
    }

    fn renew(&self, id: &CaseId, token: &ClaimToken, lease: Duration) -> Result<Option<Claim>, StoreError> {
        let tables = &mut self.state.lock().now;
        let case = tables.case(id).cloned();
        let held = case.and_then(|case| queue::renewed(case, token, lease, self.clock.now()));
        Ok(held.map(|(case, claim, record)| {
            tables.moved((case, record));
            claim
        }))
    }

    fn due(&self, before: Timestamp, limit: usize) -> Result<Vec<Case>, StoreError> {
        let state = self.state.lock();
        Ok(state
            .now
            .due_before(queue::micros(before))
            .take(limit)
            .cloned()
            .collect())
    }

    fn alarms(&self, until: Timestamp, limit: usize) -> Result<Vec<Case>, StoreError> {
        let state = self.state.lock();
        let alarms = state.now.alarms_until(queue::micros(until));
        Ok(alarms.take(limit).cloned().collect())
    }

    fn sending(&self, until: Timestamp, limit: usize) -> Result<Vec<Case>, StoreError> {
        let state = self.state.lock();
        let sending = state.now.sending_until(queue::micros(until));
        Ok(sending.take(limit).cloned().collect())
    }

    fn stuck(&self, limit: usize) -> Result<Vec<Case>, StoreError> {
        let state = self.state.lock();
        Ok(state.now.stuck().take(limit).cloned().collect())
    }

    fn now(&self) -> Result<Timestamp, StoreError> {
        Ok(self.clock.now())
    }

    fn journal(&self, after: Option<Seq>, limit: usize) -> Result<JournalPage, StoreError> {
        Ok(self.state.lock().now.journal_page(after, limit))
    }

    fn turns(
        &self,
        account: &AccountId,
        citizen: &CitizenId,
        before: Option<Seq>,
        limit: usize,
    ) -> Result<TurnPage, StoreError> {
        Ok(self.state.lock().now.turns(account, citizen, before, limit))
    }

    fn erase(&self, citizen: &CitizenId) -> Result<Erasure, StoreError> {
        let now = self.clock.now();
        self.state.lock().now.erase(citizen, now)
    }

    fn prune(&self, before: Timestamp, limit: usize) -> Result<Pruning, StoreError> {
        let now = self.clock.now();
        Ok(self.state.lock().now.prune(before, limit, now))
    }
}

/// The first assumption of the set that does not hold.
fn conflict(tables: &Tables, change: &ChangeSet) -> Option<Conflict> {
    if change
        .handled
        .as_ref()
        .is_some_and(|handled| tables.handled.contains_key(&handled.key))
    {
        return Some(Conflict::Handled);
    }
    if let Some(next) = &change.conversation
        && tables.conversation(&next.account, &next.citizen).version != next.version
    {
        return Some(Conflict::Conversation);
    }
    let moved = change
        .cases
        .iter()
        .find(|next| tables.case(&next.case.id).map(|case| case.version) != next.expected);
    moved.map(|next| Conflict::Case(next.case.id.clone()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::case::Priority;
    use crate::store::contract::{self, Subject, sample};
    use crate::time::ManualClock;

    #[test]
    fn keeps_the_contract() -> Result<(), contract::Violations> {
        contract::run_all(&|| {
            let clock = ManualClock::new(sample::START);
            Subject::on_clock(MemoryStore::with_clock(Arc::new(clock.clone())), clock)
        })
    }

    #[test]
    fn a_crash_takes_back_what_was_not_synced() {
        let store = MemoryStore::new();
        let case = |id| sample::case(id, "ann", Priority::Normal, 10);
        let (kept, lost) = (case("A"), case("B"));
        store.commit(sample::queueing(&kept)).unwrap();
        store.sync();
        store.commit(sample::queueing(&lost)).unwrap();
        let claimed = store
            .claim(&kept.id, &AgentId::new("eve"), Duration::from_secs(60))
            .unwrap();
        assert!(claimed.is_some());

        store.crash();
        assert_eq!(store.case(&kept.id).unwrap(), Some(kept));
        assert_eq!(store.case(&lost.id).unwrap(), None);
        assert_eq!(store.handled(&lost.key).unwrap(), None);
        assert_eq!(store.journal(None, 10).unwrap().records.len(), 2);

        store.commit(sample::queueing(&lost)).unwrap();
        assert_eq!(store.cases(&CaseFilter::default()).unwrap().total, 2);
    }

    #[test]
    fn a_crash_without_a_sync_takes_back_everything() {
        let store = MemoryStore::new();
        let message = sample::key("ann", "1");
        store.commit(sample::answering(&message)).unwrap();
        store.crash();
        assert_eq!(store.handled(&message).unwrap(), None);
    }
}
