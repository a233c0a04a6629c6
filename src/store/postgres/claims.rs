//! Claims: a turn that finds a case and holds it against others, and a turn that makes it the agent's.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use parking_lot::Mutex;
use sha2::{Digest as _, Sha256};
use tokio_postgres::Row;

use super::commit::{append, move_case};
use super::filter::Scope;
use super::pipeline::Pipeline;
use super::pool::{ConnectionPool, Session};
use super::retry::{Problem, retried};
use super::rows::{self, passed_over, unreadable};
use super::tables::{Tables, clock};
use crate::case::{Case, CaseId, Claim, ClaimToken, Record};
use crate::message::AgentId;
use crate::store::{ClaimQuery, StoreError, queue};

const ACTION: &str = "claim a case";

/// How long a case that can't be read is left alone before a search looks at it again.
const RECHECK: Duration = Duration::from_secs(60);

/// The rows that searches met and could not read, so that each of them costs a search only now and then. They are known by
/// their ids as stored: those may be damaged too.
#[derive(Debug, Default)]
pub(super) struct Unreadable(Mutex<HashMap<Vec<u8>, Instant>>);

impl Unreadable {
    /// More than these are looked at again by every search.
    const MOST: usize = 10_000;

    fn note(&self, id: Vec<u8>) {
        let mut met = self.0.lock();
        if met.len() < Self::MOST {
            met.insert(id, Instant::now());
        }
    }

    fn known(&self) -> Vec<Vec<u8>> {
        let mut met = self.0.lock();
        met.retain(|_, at| at.elapsed() < RECHECK);
        met.keys().cloned().collect()
    }
}

/// Gives the agent the first case in the pick's order that can be had.
pub(super) fn claim_next(
    pool: &ConnectionPool,
    tables: &Tables,
    unreadable: &Unreadable,
    query: &ClaimQuery,
    agent: &AgentId,
    lease: Duration,
) -> Result<Option<Case>, StoreError> {
    let Some(scope) = Scope::picking(query) else {
        return Ok(None);
    };
    retried(ACTION, || {
        let mut skip = unreadable.known();
        let mut session = pool.session();
        let mut pipeline = tables.write();
        loop {
            pipeline = pipeline.then(scope.first_free(tables, &skip)).then(clock(tables));
            if query.capacity.is_some() {
                pipeline = holding(tables, pipeline, agent);
            }
            let found = session.pipeline(pipeline)?;
            let Some((row, now)) = found_at(&found)? else {
                undo(&mut session);
                return Ok(None);
            };
            if query.capacity.is_some_and(|most| held(&found) >= most) {
                undo(&mut session);
                return Ok(None);
            }
            let id = rows::id(row).to_vec();
            match rows::case(row) {
                Ok(case) => match take(&mut session, tables, case, agent, lease, now) {
                    Err(Problem::Refused(StoreError::Unreadable { reason, .. })) => {
                        passed_over(row, &reason);
                        // The failed turn has ended the transaction.
                        pipeline = tables.write();
                    }
                    taken => return taken.map(Some),
                },
                Err(reason) => {
                    passed_over(row, &reason);
                    pipeline = Pipeline::going_on();
                }
            }
            unreadable.note(id.clone());
            skip.push(id);
        }
    })
}

/// The turn that also counts the claims of an agent that have not ended. Those who ask in one agent's name take turns, or two at
/// once would each see one less than there are.
fn holding(tables: &Tables, pipeline: Pipeline, agent: &AgentId) -> Pipeline {
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
               WHERE holder = $1 AND free_at > (extract(epoch FROM clock_timestamp()) * 1000000)::bigint";
    pipeline
        .then(alone)
        .then(tables.statement(sql).name(agent.as_str()))
}

/// How many [`holding`] has counted.
fn held(answers: &[Vec<Row>]) -> usize {
    let counted = answers.get(3).and_then(|rows| rows.first());
    let counted: Option<i64> = counted.and_then(|row| rows::get(row, 0).ok());
    counted.map_or(usize::MAX, |held| usize::try_from(held).unwrap_or(usize::MAX))
}

/// Gives the agent this case, when it can be had.
pub(super) fn claim(
    pool: &ConnectionPool,
    tables: &Tables,
    id: &CaseId,
    agent: &AgentId,
    lease: Duration,
) -> Result<Option<Case>, StoreError> {
    retried(ACTION, || {
        let mut session = pool.session();
        match hold(&mut session, tables, id)? {
            Some((case, now)) if queue::is_claimable(&case, now) => {
                take(&mut session, tables, case, agent, lease, now).map(Some)
            }
            _ => {
                undo(&mut session);
                Ok(None)
            }
        }
    })
}

/// Makes a claim's lease longer, when the token holds the case.
pub(super) fn renew(
    pool: &ConnectionPool,
    tables: &Tables,
    id: &CaseId,
    token: &ClaimToken,
    lease: Duration,
) -> Result<Option<Claim>, StoreError> {
    retried(ACTION, || {
        let mut session = pool.session();
        let held = hold(&mut session, tables, id)?;
        let longer = held.and_then(|(case, now)| {
            let next = queue::hold_on(case.clone(), token, lease, now)?;
            Some((case, next))
        });
        let Some((before, (case, claim, record))) = longer else {
            undo(&mut session);
            return Ok(None);
        };
        put(&mut session, tables, &before, &case, record)?;
        Ok(Some(claim))
    })
}

/// Reads a case and keeps it from others until the transaction ends, and says what time it is then.
fn hold(
    session: &mut Session<'_>,
    tables: &Tables,
    id: &CaseId,
) -> Result<Option<(Case, Timestamp)>, Problem> {
    let sql = "SELECT id, version, body FROM @.cases WHERE id = $1 FOR UPDATE";
    let pipeline = tables.write().then(tables.statement(sql).name(id.as_str()));
    let found = session.pipeline(pipeline.then(clock(tables)))?;
    let Some((row, now)) = found_at(&found)? else {
        return Ok(None);
    };
    let case = rows::case(row).map_err(|reason| unreadable("case", id.as_str(), reason))?;
    Ok(Some((case, now)))
}

/// The row that a turn found, if any, and the time that it asked for after it.
fn found_at(answers: &[Vec<Row>]) -> Result<Option<(&Row, Timestamp)>, StoreError> {
    let (Some(found), Some(time)) = (answers.first(), answers.get(1).and_then(|rows| rows.first())) else {
        return Ok(None);
    };
    let now = rows::instant(time)?;
    Ok(found.first().map(|row| (row, now)))
}

fn take(
    session: &mut Session<'_>,
    tables: &Tables,
    before: Case,
    agent: &AgentId,
    lease: Duration,
    now: Timestamp,
) -> Result<Case, Problem> {
    let (case, record) = queue::take(before.clone(), agent, lease, now);
    put(session, tables, &before, &case, record)?;
    Ok(case)
}

/// Stores a case after one move with the move's record, and commits.
fn put(
    session: &mut Session<'_>,
    tables: &Tables,
    before: &Case,
    case: &Case,
    record: Record,
) -> Result<(), Problem> {
    let pipeline = Pipeline::going_on().then(move_case(tables, before, case, &record)?);
    let pipeline = append(tables, pipeline, &[record], None)?.committing();
    match session.pipeline(pipeline) {
        Ok(_) => Ok(()),
        // The row was held: its columns and its body say different things.
        Err(failure) if failure.broken_fence() == Some(0) => {
            let reason = "its state or its claim is not the one that its row names".to_owned();
            Err(unreadable("case", case.id.as_str(), reason).into())
        }
        Err(failure) => Err(failure.into()),
    }
}

/// Lets go of what was held. When that fails the connection is not used again, and the server lets go by itself.
fn undo(session: &mut Session<'_>) {
    let _ = session.pipeline(Pipeline::undoing());
}
