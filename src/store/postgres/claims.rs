//! Claims, in two round trips: one finds and locks a case, one stores the claim.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use parking_lot::Mutex;
use sha2::{Digest as _, Sha256};
use tokio_postgres::Row;

use super::commit::{append, update_claimed_case};
use super::filter::Scope;
use super::pipeline::Pipeline;
use super::pool::{ConnectionPool, Session};
use super::retry::{TransactionError, with_retries};
use super::rows::{self, skipped};
use super::tables::{Tables, clock};
use crate::case::{Case, CaseId, Claim, ClaimToken, Record};
use crate::message::AgentId;
use crate::store::codec::unreadable;
use crate::store::{ClaimQuery, StoreError, queue};

const ACTION: &str = "claim a case";

/// How long searches skip an unreadable case before one looks at it again.
const RECHECK: Duration = Duration::from_secs(60);

/// The unreadable rows that searches have found, so that each of them rarely costs a search. They are known
/// by their ids as stored, because an id may be damaged, too.
#[derive(Debug, Default)]
pub(super) struct UnreadableCases(Mutex<HashMap<Vec<u8>, Instant>>);

impl UnreadableCases {
    /// Every search looks at further ones again.
    const MOST: usize = 10_000;

    fn insert(&self, id: Vec<u8>) {
        let mut found = self.0.lock();
        if found.len() < Self::MOST {
            found.insert(id, Instant::now());
        }
    }

    fn ids(&self) -> Vec<Vec<u8>> {
        let mut found = self.0.lock();
        found.retain(|_, at| at.elapsed() < RECHECK);
        found.keys().cloned().collect()
    }
}

/// Gives the agent the first claimable case in the order of the query.
pub(super) fn claim_next(
    pool: &ConnectionPool,
    tables: &Tables,
    unreadable: &UnreadableCases,
    query: &ClaimQuery,
    agent: &AgentId,
    lease: Duration,
) -> Result<Option<Case>, StoreError> {
    let Some(scope) = Scope::claiming(query) else {
        return Ok(None);
    };
    with_retries(ACTION, || {
        let mut skip = unreadable.ids();
        let mut session = pool.session();
        let mut pipeline = tables.write();
        loop {
            pipeline = pipeline
                .then(scope.first_claimable(tables, &skip))
                .then(clock(tables));
            if query.capacity.is_some() {
                pipeline = counting_claims(tables, pipeline, agent);
            }
            let found = session.send(pipeline)?;
            let Some((row, now)) = found_at(&found)? else {
                roll_back(&mut session);
                return Ok(None);
            };
            if query.capacity.is_some_and(|most| claims_in(&found) >= most) {
                roll_back(&mut session);
                return Ok(None);
            }
            let id = rows::id(row).to_vec();
            match rows::case(row) {
                Ok(case) => match give(&mut session, tables, case, agent, lease, now) {
                    Err(TransactionError::Store(StoreError::Unreadable { reason, .. })) => {
                        skipped(row, &reason);
                        // The failed pipeline has ended the transaction.
                        pipeline = tables.write();
                    }
                    given => return given.map(Some),
                },
                Err(reason) => {
                    skipped(row, &reason);
                    pipeline = Pipeline::continuing();
                }
            }
            unreadable.insert(id.clone());
            skip.push(id);
        }
    })
}

/// Adds statements that count an agent's running claims. Concurrent claims of one agent wait for each other:
/// otherwise each would miss the claim of the other.
fn counting_claims(tables: &Tables, pipeline: Pipeline, agent: &AgentId) -> Pipeline {
    let mut hash = Sha256::new();
    hash.update(tables.sql("@"));
    hash.update(agent.as_str());
    let name = hash.finalize();
    let name = name
        .iter()
        .take(8)
        .fold(0_i64, |name, byte| name << 8 | i64::from(*byte));
    let alone = tables.statement("SELECT pg_advisory_xact_lock($1)").number(name);
    let sql = "SELECT count(*) FROM @.cases
               WHERE claimed_by = $1
                   AND claimable_at > (extract(epoch FROM clock_timestamp()) * 1000000)::bigint";
    pipeline
        .then(alone)
        .then(tables.statement(sql).name(agent.as_str()))
}

/// The number that [`counting_claims`] counted.
fn claims_in(answers: &[Vec<Row>]) -> usize {
    let counted = answers.get(3).and_then(|rows| rows.first());
    let counted: Option<i64> = counted.and_then(|row| rows::get(row, 0).ok());
    counted.map_or(usize::MAX, |count| usize::try_from(count).unwrap_or(usize::MAX))
}

/// Gives the agent this case, if it is claimable.
pub(super) fn claim(
    pool: &ConnectionPool,
    tables: &Tables,
    id: &CaseId,
    agent: &AgentId,
    lease: Duration,
) -> Result<Option<Case>, StoreError> {
    with_retries(ACTION, || {
        let mut session = pool.session();
        match lock(&mut session, tables, id)? {
            Some((case, now)) if queue::is_claimable(&case, now) => {
                give(&mut session, tables, case, agent, lease, now).map(Some)
            }
            _ => {
                roll_back(&mut session);
                Ok(None)
            }
        }
    })
}

/// Extends a claim's lease, if the token holds the case.
pub(super) fn renew(
    pool: &ConnectionPool,
    tables: &Tables,
    id: &CaseId,
    token: &ClaimToken,
    lease: Duration,
) -> Result<Option<Claim>, StoreError> {
    with_retries(ACTION, || {
        let mut session = pool.session();
        let locked = lock(&mut session, tables, id)?;
        let renewed = locked.and_then(|(case, now)| {
            let next = queue::renewed(case.clone(), token, lease, now)?;
            Some((case, next))
        });
        let Some((before, (case, claim, record))) = renewed else {
            roll_back(&mut session);
            return Ok(None);
        };
        put(&mut session, tables, &before, &case, record)?;
        Ok(Some(claim))
    })
}

/// Reads a case, locks it until the end of the transaction, and reads the server's clock.
fn lock(
    session: &mut Session<'_>,
    tables: &Tables,
    id: &CaseId,
) -> Result<Option<(Case, Timestamp)>, TransactionError> {
    let sql = "SELECT id, version, body FROM @.cases WHERE id = $1 FOR UPDATE";
    let pipeline = tables.write().then(tables.statement(sql).name(id.as_str()));
    let found = session.send(pipeline.then(clock(tables)))?;
    let Some((row, now)) = found_at(&found)? else {
        return Ok(None);
    };
    let case = rows::case(row).map_err(|reason| unreadable("case", id.as_str(), reason))?;
    Ok(Some((case, now)))
}

/// The row that a pipeline found, if any, and the time that it read after it.
fn found_at(answers: &[Vec<Row>]) -> Result<Option<(&Row, Timestamp)>, StoreError> {
    let (Some(found), Some(time)) = (answers.first(), answers.get(1).and_then(|rows| rows.first())) else {
        return Ok(None);
    };
    let now = rows::instant(time)?;
    Ok(found.first().map(|row| (row, now)))
}

fn give(
    session: &mut Session<'_>,
    tables: &Tables,
    before: Case,
    agent: &AgentId,
    lease: Duration,
    now: Timestamp,
) -> Result<Case, TransactionError> {
    let (case, record) = queue::claimed(before.clone(), agent, lease, now);
    put(session, tables, &before, &case, record)?;
    Ok(case)
}

/// Stores a case after one record, together with that record, and commits.
fn put(
    session: &mut Session<'_>,
    tables: &Tables,
    before: &Case,
    case: &Case,
    record: Record,
) -> Result<(), TransactionError> {
    let pipeline = Pipeline::continuing().then(update_claimed_case(tables, before, case, &record)?);
    let pipeline = append(tables, pipeline, &[record], None)?.committing();
    match session.send(pipeline) {
        Ok(_) => Ok(()),
        // The row was locked, so its columns contradict its body.
        Err(failure) if failure.failed_assertion() == Some(0) => {
            let reason = "its state or its claim is not the one in its row".to_owned();
            Err(unreadable("case", case.id.as_str(), reason).into())
        }
        Err(failure) => Err(failure.into()),
    }
}

/// Rolls back. If that fails, the connection is not used again, and the server rolls back.
fn roll_back(session: &mut Session<'_>) {
    let _ = session.send(Pipeline::rolling_back());
}
