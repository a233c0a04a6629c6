//! Claims, inside the writer's transaction.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, ToSql, params};

use super::chain;
use super::filter::Scope;
use super::read::{self, skipped};
use super::rows::{QueueClass, backend, from_body, update_case};
use crate::case::{Case, CaseId, Claim, ClaimToken, Record, State};
use crate::message::AgentId;
use crate::store::case_columns::CaseRow;
use crate::store::codec::unreadable;
use crate::store::hash_chain::RecordRow;
use crate::store::{ClaimQuery, JournalKey, StoreError, queue};

/// Moves claimed cases with an ended lease to their own queue class.
pub(super) const LAPSE: &str = "UPDATE cases INDEXED BY cases_leased SET queue_class = 1
    WHERE queue_class = 2 AND lease_ends_at <= ?1";

/// Gives the agent the first claimable case in the order of the query.
pub(super) fn claim_next(
    db: &Connection,
    key: Option<&JournalKey>,
    query: &ClaimQuery,
    agent: &AgentId,
    lease: Duration,
    now: Timestamp,
) -> Result<Option<Case>, StoreError> {
    if let Some(capacity) = query.capacity {
        let held = count_claims(db, agent, now).map_err(backend("count an agent's claims"))?;
        if held >= capacity {
            return Ok(None);
        }
    }
    let found = first(db, query, now).map_err(backend("look for a case to claim"))?;
    let claimed = found.map(|case| give(db, key, case, agent, lease, now));
    claimed.transpose()
}

/// Gives the agent this case, if it is claimable.
pub(super) fn claim(
    db: &Connection,
    key: Option<&JournalKey>,
    id: &CaseId,
    agent: &AgentId,
    lease: Duration,
    now: Timestamp,
) -> Result<Option<Case>, StoreError> {
    let found = read::case(db, id)?.filter(|case| queue::is_claimable(case, now));
    let claimed = found.map(|case| give(db, key, case, agent, lease, now));
    claimed.transpose()
}

/// Extends a claim's lease, if the token holds the case.
pub(super) fn renew(
    db: &Connection,
    key: Option<&JournalKey>,
    id: &CaseId,
    token: &ClaimToken,
    lease: Duration,
    now: Timestamp,
) -> Result<Option<Claim>, StoreError> {
    let renewed = read::case(db, id)?.and_then(|case| queue::renewed(case, token, lease, now));
    let Some((case, claim, record)) = renewed else {
        return Ok(None);
    };
    put(db, key, case, &record)?;
    Ok(Some(claim))
}

/// Counts the running claims of an agent.
pub(super) const RUNNING_CLAIMS: &str =
    "SELECT count(*) FROM cases INDEXED BY cases_claimed WHERE claimed_by = ?1 AND lease_ends_at > ?2";

fn count_claims(db: &Connection, agent: &AgentId, now: Timestamp) -> rusqlite::Result<usize> {
    let running = params![agent.as_str(), queue::micros(now)];
    let count: i64 = db
        .prepare_cached(RUNNING_CLAIMS)?
        .query_row(running, |row| row.get(0))?;
    Ok(usize::try_from(count).unwrap_or(usize::MAX))
}

fn first(db: &Connection, query: &ClaimQuery, now: Timestamp) -> rusqlite::Result<Option<Case>> {
    let wanted = QueueClass::of_states(&query.among.states);
    let classes: Vec<_> = wanted
        .into_iter()
        .filter(|class| matches!(class, QueueClass::Of(State::Waiting) | QueueClass::Lapsed))
        .collect();
    if classes.is_empty() {
        return Ok(None);
    }
    let now = queue::micros(now);
    // The end of each lease is processed once, so that a search never steps over claimed cases.
    db.prepare_cached(LAPSE)?.execute([now])?;
    let scope = Scope::claiming(query);
    let mut values = scope.bound();
    if classes.contains(&QueueClass::Lapsed) {
        values.push((":now", &now as &dyn ToSql));
    }
    let mut body = db.prepare_cached("SELECT id, body FROM cases WHERE row_id = ?1")?;
    for statement in scope.claimable(&classes) {
        let mut queue = db.prepare_cached(&statement)?;
        let mut found = queue.query(values.as_slice())?;
        while let Some(row) = found.next()? {
            let row_id: i64 = row.get(0)?;
            let case = body.query_row([row_id], |row| match from_body(row, 1) {
                Ok(case) => Ok(Some(case)),
                Err(reason) => skipped(row, &reason).map(|_| None),
            })?;
            if case.is_some() {
                return Ok(case);
            }
        }
    }
    Ok(None)
}

fn give(
    db: &Connection,
    key: Option<&JournalKey>,
    case: Case,
    agent: &AgentId,
    lease: Duration,
    now: Timestamp,
) -> Result<Case, StoreError> {
    let (case, record) = queue::claimed(case, agent, lease, now);
    put(db, key, case, &record)
}

/// Stores a case after one record, together with that record.
pub(super) fn put(
    db: &Connection,
    key: Option<&JournalKey>,
    case: Case,
    record: &Record,
) -> Result<Case, StoreError> {
    let row = CaseRow::new(case, record.at)?;
    let record = RecordRow::new(record, None, None, key)?;
    let before = row.case.version.saturating_sub(1);
    let updated = update_case(db, &row, before).map_err(backend("store a claim"))?;
    if !updated {
        let reason = "its version is not the one in its row".to_owned();
        return Err(unreadable("case", row.case.id.as_str(), reason));
    }
    chain::append(db, key, &[record]).map_err(backend("store a claim"))?;
    Ok(row.case)
}
