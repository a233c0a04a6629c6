//! The sweep on a store that rejects commits.

use std::sync::Arc;
use std::time::Duration;

use civic_reply::case::{Case, CaseId, Claim, ClaimToken};
use civic_reply::message::{AccountId, AgentId, CitizenId, Conversation, MessageKey};
use civic_reply::reply::Handled;
use civic_reply::store::{
    CaseFilter, CasePage, ChangeSet, ClaimQuery, Erasure, JournalPage, Pruning, QueueCount, Seq, Store,
    TurnPage,
};
use civic_reply::{MemoryStore, StoreError};
use jiff::Timestamp;

use super::{at, desk, office, open};

#[test]
fn one_case_that_cannot_be_committed_blocks_no_other() {
    let (store, clock, _) = office("2026-11-26T09:00");
    for n in 0..150 {
        open(&*store, &format!("C-{n}"), "2026-11-24T10:00");
    }
    let poisoned = Arc::new(Poisoned {
        store,
        id: CaseId::new("C-7"),
    });
    let desk = desk(poisoned, &clock);
    let sweep = desk.sweep(at("2026-11-26T09:00")).unwrap();
    assert_eq!(sweep.crossings.len(), 2 * 149);
    let failed: Vec<_> = sweep.failed.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(failed, ["C-7"]);
}

#[test]
fn a_failing_store_ends_the_sweep_and_the_next_sweep_continues() {
    let (store, clock, well) = office("2026-11-26T09:00");
    for n in 0..450 {
        open(&*store, &format!("C-{n}"), "2026-11-24T10:00");
    }
    let full = desk(
        Arc::new(Poisoned {
            store,
            id: CaseId::new(EVERY_CASE),
        }),
        &clock,
    );
    let sweep = full.sweep(at("2026-11-26T09:00")).unwrap();
    assert!(sweep.crossings.is_empty());
    let ended = sweep.ended.unwrap().to_string();
    assert_eq!(ended, "the store failed at `commit`: disk full");
    assert_eq!(sweep.failed.len(), 99, "only one page was tried");

    let sweep = well.sweep(at("2026-11-26T09:00")).unwrap();
    assert_eq!((sweep.crossings.len(), sweep.failed.len()), (2 * 450, 0));
    assert!(sweep.ended.is_none());
}

/// The case id that stands for a store that accepts no commit at all, as on a full disk.
const EVERY_CASE: &str = "every case";

/// A store that rejects commits of one case.
struct Poisoned {
    store: Arc<MemoryStore>,
    id: CaseId,
}

impl Store for Poisoned {
    fn commit(&self, change: ChangeSet) -> Result<(), StoreError> {
        if self.id.as_str() == EVERY_CASE {
            return Err(StoreError::Backend {
                action: "commit",
                source: "disk full".into(),
            });
        }
        if change.cases.iter().any(|next| next.case.id == self.id) {
            return Err(StoreError::Refused("a poisoned row".into()));
        }
        self.store.commit(change)
    }

    fn alarms(&self, until: Timestamp, limit: usize) -> Result<Vec<Case>, StoreError> {
        self.store.alarms(until, limit)
    }

    fn sending(&self, until: Timestamp, limit: usize) -> Result<Vec<Case>, StoreError> {
        self.store.sending(until, limit)
    }

    fn stuck(&self, limit: usize) -> Result<Vec<Case>, StoreError> {
        self.store.stuck(limit)
    }

    fn now(&self) -> Result<Timestamp, StoreError> {
        self.store.now()
    }

    fn case(&self, id: &CaseId) -> Result<Option<Case>, StoreError> {
        self.store.case(id)
    }

    fn handled(&self, key: &MessageKey) -> Result<Option<Handled>, StoreError> {
        self.store.handled(key)
    }

    fn conversation(&self, account: &AccountId, citizen: &CitizenId) -> Result<Conversation, StoreError> {
        self.store.conversation(account, citizen)
    }

    fn cases(&self, filter: &CaseFilter) -> Result<CasePage, StoreError> {
        self.store.cases(filter)
    }

    fn counts(&self, now: Timestamp) -> Result<Vec<QueueCount>, StoreError> {
        self.store.counts(now)
    }

    fn claim_picked(
        &self,
        pick: &ClaimQuery,
        agent: &AgentId,
        lease: Duration,
    ) -> Result<Option<Case>, StoreError> {
        self.store.claim_picked(pick, agent, lease)
    }

    fn claim(&self, id: &CaseId, agent: &AgentId, lease: Duration) -> Result<Option<Case>, StoreError> {
        self.store.claim(id, agent, lease)
    }

    fn renew(&self, id: &CaseId, token: &ClaimToken, lease: Duration) -> Result<Option<Claim>, StoreError> {
        self.store.renew(id, token, lease)
    }

    fn due(&self, before: Timestamp, limit: usize) -> Result<Vec<Case>, StoreError> {
        self.store.due(before, limit)
    }

    fn journal(&self, after: Option<Seq>, limit: usize) -> Result<JournalPage, StoreError> {
        self.store.journal(after, limit)
    }

    fn turns(
        &self,
        account: &AccountId,
        citizen: &CitizenId,
        before: Option<Seq>,
        limit: usize,
    ) -> Result<TurnPage, StoreError> {
        self.store.turns(account, citizen, before, limit)
    }

    fn erase(&self, citizen: &CitizenId) -> Result<Erasure, StoreError> {
        self.store.erase(citizen)
    }

    fn prune(&self, before: Timestamp, limit: usize) -> Result<Pruning, StoreError> {
        self.store.prune(before, limit)
    }
}
