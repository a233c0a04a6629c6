//! Claims, inside the writer's transaction.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, ToSql, params};

use super::chain;
use super::filter::Scope;
use super::read::{self, passed_over};
use super::rows::{CaseRow, QueueClass, backend, from_body, unreadable};
use crate::case::{Case, CaseId, Claim, ClaimToken, Record};
use crate::message::AgentId;
use crate::store::hash_chain::RecordRow;
use crate::store::{ClaimQuery, JournalKey, StoreError, queue};

/// Moves the claims whose lease has ended to a lane of their own.
pub(super) const LAPSE: &str =
    "UPDATE cases INDEXED BY cases_leased SET lane = 1 WHERE lane = 2 AND lease <= ?1";

/// Gives the agent the first case in the pick's order that can be had.
pub(super) fn claim_next(
    db: &Connection,
    key: Option<&JournalKey>,
    query: &ClaimQuery,
    agent: &AgentId,
    lease: Duration,
    now: Timestamp,
) -> Result<Option<Case>, StoreError> {
    if let Some(most) = query.capacity {
        let held = holds(db, agent, now).map_err(backend("count what an agent holds"))?;
        if held >= most {
            return Ok(None);
        }
    }
    let found = first(db, query, now).map_err(backend("look for a case to claim"))?;
    let taken = found.map(|case| take(db, key, case, agent, lease, now));
    taken.transpose()
}

/// Gives the agent this case, when it can be had.
pub(super) fn claim(
    db: &Connection,
    key: Option<&JournalKey>,
    id: &CaseId,
    agent: &AgentId,
    lease: Duration,
    now: Timestamp,
) -> Result<Option<Case>, StoreError> {
    let found = read::case(db, id)?.filter(|case| queue::is_claimable(case, now));
    let taken = found.map(|case| take(db, key, case, agent, lease, now));
    taken.transpose()
}

/// Makes a claim's lease longer, when the token holds the case.
pub(super) fn renew(
    db: &Connection,
    key: Option<&JournalKey>,
    id: &CaseId,
    token: &ClaimToken,
    lease: Duration,
    now: Timestamp,
) -> Result<Option<Claim>, StoreError> {
    let held = read::case(db, id)?.and_then(|case| queue::hold_on(case, token, lease, now));
    let Some((case, claim, record)) = held else {
        return Ok(None);
    };
    put(db, key, case, &record)?;
    Ok(Some(claim))
}

/// How many claims of an agent have not ended.
pub(super) const HELD: &str =
    "SELECT count(*) FROM cases INDEXED BY cases_held WHERE holder = ?1 AND lease > ?2";

fn holds(db: &Connection, agent: &AgentId, now: Timestamp) -> rusqlite::Result<usize> {
    let held = params![agent.as_str(), queue::micros(now)];
    let held: i64 = db.prepare_cached(HELD)?.query_row(held, |row| row.get(0))?;
    Ok(usize::try_from(held).unwrap_or(usize::MAX))
}

fn first(db: &Connection, query: &ClaimQuery, now: Timestamp) -> rusqlite::Result<Option<Case>> {
    let wanted = QueueClass::of_states(&query.among.states);
    let lanes: Vec<_> = wanted
        .into_iter()
        .filter(|lane| matches!(lane, QueueClass::Waiting | QueueClass::Lapsed))
        .collect();
    if lanes.is_empty() {
        return Ok(None);
    }
    let now = queue::micros(now);
    // Each lease's end is met once, so that looking for a case never steps over those that others hold.
    db.prepare_cached(LAPSE)?.execute([now])?;
    let scope = Scope::picking(query);
    let mut values = scope.bound();
    if lanes.contains(&QueueClass::Lapsed) {
        values.push((":now", &now as &dyn ToSql));
    }
    let mut body = db.prepare_cached("SELECT id, body FROM cases WHERE place = ?1")?;
    for statement in scope.claimable(&lanes) {
        let mut queue = db.prepare_cached(&statement)?;
        let mut places = queue.query(values.as_slice())?;
        while let Some(row) = places.next()? {
            let place: i64 = row.get(0)?;
            let case = body.query_row([place], |row| match from_body(row, 1) {
                Ok(case) => Ok(Some(case)),
                Err(reason) => passed_over(row, &reason).map(|_| None),
            })?;
            if case.is_some() {
                return Ok(case);
            }
        }
    }
    Ok(None)
}

fn take(
    db: &Connection,
    key: Option<&JournalKey>,
    case: Case,
    agent: &AgentId,
    lease: Duration,
    now: Timestamp,
) -> Result<Case, StoreError> {
    let (case, record) = queue::take(case, agent, lease, now);
    put(db, key, case, &record)
}

/// Stores a case after one move with the move's record.
pub(super) fn put(
    db: &Connection,
    key: Option<&JournalKey>,
    case: Case,
    record: &Record,
) -> Result<Case, StoreError> {
    let row = CaseRow::new(case, record.at)?;
    let record = RecordRow::new(record, None, None, key)?;
    let before = row.case.version.saturating_sub(1);
    let stored = row.update(db, before).map_err(backend("store a claim"))?;
    if !stored {
        let reason = "its version is not the one that its row names".to_owned();
        return Err(unreadable("case", row.case.id.as_str(), reason));
    }
    chain::append(db, key, &[record]).map_err(backend("store a claim"))?;
    Ok(row.case)
}
