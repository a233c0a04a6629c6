//! Queries, each in one round trip.

use jiff::Timestamp;
use tokio_postgres::Row;

use super::filter::Scope;
use super::pipeline::Statement;
use super::pool::ConnectionPool;
use super::rows::{self, from_body, get, instant, skipped};
use super::set_aside;
use super::tables::{Tables, clock};
use crate::case::{Case, CaseId};
use crate::message::{AccountId, CitizenId, Conversation, MessageKey};
use crate::reply::Handled;
use crate::store::codec::{conversation_of, priority_of, row_count, state_of, unreadable};
use crate::store::cursor::{QueuePlace, Reading};
use crate::store::{
    Arrival, CaseFilter, CasePage, QueueCount, Seq, StoreError, TurnCollector, TurnPage, queue,
};

/// How many cases a query by an instant reads at once.
const BATCH: usize = 500;

pub(super) fn handled(
    pool: &ConnectionPool,
    tables: &Tables,
    key: &MessageKey,
) -> Result<Option<Handled>, StoreError> {
    let found = one(pool, tables, "read a message's outcome", &|| {
        outcome_statement(tables, key)
    })?;
    outcome_in(found.as_ref(), key)
}

fn outcome_statement(tables: &Tables, key: &MessageKey) -> Statement {
    let sql = "SELECT body FROM @.outcomes WHERE account = $1 AND sender = $2 AND id = $3";
    let (account, sender) = (key.account().as_str(), key.sender().as_str());
    tables.statement(sql).name(account).name(sender).name(key.id())
}

fn outcome_in(found: Option<&Row>, key: &MessageKey) -> Result<Option<Handled>, StoreError> {
    let outcome = found.map(|row| from_body(row, 0)).transpose();
    outcome.map_err(|reason| unreadable("outcome of message", &key.to_string(), reason))
}

pub(super) fn conversation(
    pool: &ConnectionPool,
    tables: &Tables,
    account: &AccountId,
    citizen: &CitizenId,
) -> Result<Conversation, StoreError> {
    let found = one(pool, tables, "read a conversation", &|| {
        conversation_statement(tables, account, citizen)
    })?;
    let stored = conversation_in(found.as_ref(), account, citizen);
    or_begin_again(pool, tables, account, citizen, stored)
}

/// The stored conversation, or a new one in the place of an unreadable one.
fn or_begin_again(
    pool: &ConnectionPool,
    tables: &Tables,
    account: &AccountId,
    citizen: &CitizenId,
    stored: Result<Conversation, StoreError>,
) -> Result<Conversation, StoreError> {
    match stored {
        Err(StoreError::Unreadable { .. }) => set_aside::begin_again(pool, tables, account, citizen),
        stored => stored,
    }
}

/// The row of a conversation, as [`conversation_in`] reads it.
pub(super) fn conversation_statement(tables: &Tables, account: &AccountId, citizen: &CitizenId) -> Statement {
    let sql = "SELECT body, version FROM @.conversations WHERE account = $1 AND citizen = $2";
    tables
        .statement(sql)
        .name(account.as_str())
        .name(citizen.as_str())
}

pub(super) fn conversation_in(
    found: Option<&Row>,
    account: &AccountId,
    citizen: &CitizenId,
) -> Result<Conversation, StoreError> {
    match found {
        None => Ok(Conversation::new(account.clone(), citizen.clone())),
        Some(row) => {
            let read = || conversation_of(get::<&str>(row, 0)?.as_bytes(), get(row, 1)?, account, citizen);
            read().map_err(|reason| unreadable("conversation", &format!("{account}/{citizen}"), reason))
        }
    }
}

/// Everything that the handling of a message depends on, in one round trip.
pub(super) fn arrival(
    pool: &ConnectionPool,
    tables: &Tables,
    key: &MessageKey,
) -> Result<Arrival, StoreError> {
    const ACTION: &str = "read the situation of a message";
    let filter = Arrival::cases_of(key.sender());
    let scope = Scope::of(&filter);
    let pipeline = || {
        let pipeline = tables.read().then(outcome_statement(tables, key));
        pipeline
            .then(conversation_statement(tables, key.account(), key.sender()))
            .then(scope.page(tables, Arrival::OF_CITIZEN))
    };
    let answers = pool.read(|| pipeline().committing());
    let answers = answers.map_err(|failure| failure.at(ACTION))?;
    let first = |n: usize| answers.get(n).and_then(|rows: &Vec<Row>| rows.first());
    let readable = |row: &Row| rows::case(row).map_err(|reason| skipped(row, &reason)).ok();
    let cases = answers.get(2).into_iter().flatten().filter_map(readable);
    let (account, citizen) = (key.account(), key.sender());
    let conversation = conversation_in(first(1), account, citizen);
    Ok(Arrival {
        handled: outcome_in(first(0), key)?,
        conversation: or_begin_again(pool, tables, account, citizen, conversation)?,
        cases: Some(cases.collect()),
    })
}

pub(super) fn case(pool: &ConnectionPool, tables: &Tables, id: &CaseId) -> Result<Option<Case>, StoreError> {
    let sql = "SELECT id, version, body FROM @.cases WHERE id = $1";
    let found = one(pool, tables, "read a case", &|| {
        tables.statement(sql).name(id.as_str())
    })?;
    let case = found.map(|row| rows::case(&row)).transpose();
    case.map_err(|reason| unreadable("case", id.as_str(), reason))
}

/// The page and its total, from one snapshot.
pub(super) fn cases(
    pool: &ConnectionPool,
    tables: &Tables,
    filter: &CaseFilter,
) -> Result<CasePage, StoreError> {
    const ACTION: &str = "read a page of cases";
    let scope = Scope::of(filter);
    let mut reading = Reading::of(filter)?;
    let rows = || scope.page_of(tables, &reading);
    let pipeline = || tables.read().then(scope.count(tables)).then(rows());
    let answers = pool.read(|| pipeline().committing());
    let answers = answers.map_err(|failure| failure.at(ACTION))?;
    let total = answers.first().and_then(|rows| rows.first());
    let total: i64 = total.map_or(Ok(0), |row| get(row, 0)).unwrap_or_default();
    let mut page = CasePage {
        cases: Vec::new(),
        unreadable: Vec::new(),
        total: usize::try_from(total).unwrap_or(0),
        next: None,
    };
    for row in answers.get(1).into_iter().flatten() {
        if reading.takes(&CaseId::new(rows::name(row)), place(row)) {
            match rows::case(row) {
                Ok(case) => page.cases.push(case),
                Err(reason) => page.unreadable.push(skipped(row, &reason)),
            }
        }
    }
    page.next = reading.next(filter.order);
    Ok(page)
}

/// The place of a page's row in the order of the queue, after which the next page can go on; `None` for a row
/// behind the page's own place. A damaged priority counts as the lowest.
fn place(row: &Row) -> Option<QueuePlace> {
    let is_behind: bool = get(row, 5).ok()?;
    let priority = priority_of(get(row, 3).ok()?).unwrap_or_default();
    let due = get(row, 4).ok()?;
    let id = CaseId::new(rows::name(row));
    (!is_behind).then_some(QueuePlace { priority, due, id })
}

/// Counts the cases of each department, state and priority, and those of them that were due before an
/// instant.
pub(super) fn counts(
    pool: &ConnectionPool,
    tables: &Tables,
    before: i64,
) -> Result<Vec<QueueCount>, StoreError> {
    let sql = "SELECT department, state, priority, count(*), count(*) FILTER (WHERE open_due_at < $1)
               FROM @.cases GROUP BY department, state, priority";
    let found = all(pool, tables, "count the queues", &|| {
        tables.statement(sql).number(before)
    })?;
    let count = |row: &Row| -> Result<QueueCount, String> {
        let department = String::from_utf8_lossy(get(row, 0)?).into_owned();
        let place = state_of(get(row, 1)?).zip(priority_of(get(row, 2)?));
        let place = place.ok_or("its state or its priority is unknown")?;
        Ok(queue::queue_count(
            &department,
            place,
            (get(row, 3)?, get(row, 4)?),
        ))
    };
    let counts = found
        .iter()
        .map(|row| count(row).map_err(|reason: String| unreadable("count of", "a queue", reason)));
    let mut counts: Vec<_> = counts.collect::<Result<_, _>>()?;
    queue::sort_counts(&mut counts);
    Ok(counts)
}

pub(super) fn due(
    pool: &ConnectionPool,
    tables: &Tables,
    before: i64,
    limit: usize,
) -> Result<Vec<Case>, StoreError> {
    let sql = "SELECT id, version, body, open_due_at FROM @.cases
               WHERE open_due_at IS NOT NULL AND open_due_at < $1 AND (open_due_at, id) > ($2, $3)
               ORDER BY open_due_at, id LIMIT $4";
    readable(pool, tables, "read the cases that are due", sql, before, limit)
}

pub(super) fn alarms(
    pool: &ConnectionPool,
    tables: &Tables,
    until: i64,
    limit: usize,
) -> Result<Vec<Case>, StoreError> {
    const ACTION: &str = "read the cases whose alarms are to be raised";
    let sql = "SELECT id, version, body, next_alarm_at FROM @.cases
               WHERE next_alarm_at IS NOT NULL AND next_alarm_at <= $1 AND (next_alarm_at, id) > ($2, $3)
               ORDER BY next_alarm_at, id LIMIT $4";
    readable(pool, tables, ACTION, sql, until, limit)
}

pub(super) fn sending(
    pool: &ConnectionPool,
    tables: &Tables,
    until: i64,
    limit: usize,
) -> Result<Vec<Case>, StoreError> {
    const ACTION: &str = "read the cases that have letters to be sent";
    let sql = "SELECT id, version, body, next_send_at FROM @.cases
               WHERE next_send_at IS NOT NULL AND next_send_at <= $1 AND (next_send_at, id) > ($2, $3)
               ORDER BY next_send_at, id LIMIT $4";
    readable(pool, tables, ACTION, sql, until, limit)
}

pub(super) fn stuck(pool: &ConnectionPool, tables: &Tables, limit: usize) -> Result<Vec<Case>, StoreError> {
    const ACTION: &str = "read the cases whose letters wait for a person";
    let sql = "SELECT id, version, body, stuck_since FROM @.cases
               WHERE stuck_since IS NOT NULL AND stuck_since <= $1 AND (stuck_since, id) > ($2, $3)
               ORDER BY stuck_since, id LIMIT $4";
    readable(pool, tables, ACTION, sql, i64::MAX, limit)
}

/// The records of a citizen before a position, the newest first.
const TURNS: &str = "SELECT seq, body, personal FROM @.journal
    WHERE citizen = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3";

pub(super) fn turns(
    pool: &ConnectionPool,
    tables: &Tables,
    account: &AccountId,
    citizen: &CitizenId,
    before: Option<Seq>,
    limit: usize,
) -> Result<TurnPage, StoreError> {
    const ACTION: &str = "read a conversation's turns";
    let mut before = before.map_or(i64::MAX, |Seq(place)| i64::try_from(place).unwrap_or(i64::MAX));
    // One more, to see whether there is a next page. Other records of the citizen may need more batches.
    let batch = limit.saturating_add(1).min(BATCH);
    let mut page = TurnCollector::new(account, limit);
    loop {
        let found = all(pool, tables, ACTION, &|| {
            let statement = tables.statement(TURNS).name(citizen.as_str());
            statement.number(before).number(row_count(batch))
        })?;
        for row in &found {
            before = get(row, 0).map_err(|reason| unreadable("journal record", "?", reason))?;
            if !page.add(Seq(before.unsigned_abs()), rows::record(row, 1)) {
                return Ok(page.finish());
            }
        }
        if found.len() < batch {
            return Ok(page.finish());
        }
    }
}

/// The time on the server's clock.
pub(super) fn now(pool: &ConnectionPool, tables: &Tables) -> Result<Timestamp, StoreError> {
    let found = one(pool, tables, "read the time", &|| clock(tables))?;
    let row = found.ok_or_else(|| unreadable("time of", "the server", "there is none".to_owned()))?;
    instant(&row)
}

/// The first `limit` readable cases of a statement. Its rows are `id, version, body` and the instant that
/// orders them; `$1` is `at`, and `$2` and `$3` are the instant and the id of the last row before.
fn readable(
    pool: &ConnectionPool,
    tables: &Tables,
    action: &'static str,
    sql: &str,
    at: i64,
    limit: usize,
) -> Result<Vec<Case>, StoreError> {
    let mut cases = Vec::new();
    // Each batch begins after the last row of the batch before, which may be unreadable.
    let (mut instant, mut id) = (i64::MIN, Vec::new());
    while cases.len() < limit {
        let batch = BATCH.min(limit - cases.len());
        let statement = || tables.statement(sql).number(at).number(instant);
        let statement = || statement().bytes(id.clone()).number(row_count(batch));
        let found = all(pool, tables, action, &statement)?;
        for row in &found {
            match rows::case(row) {
                Ok(case) => cases.push(case),
                Err(reason) => drop(skipped(row, &reason)),
            }
        }
        match found.last() {
            Some(last) if found.len() == batch => {
                let key = || Ok((get(last, 3)?, get(last, 0)?));
                (instant, id) = key().map_err(|reason| unreadable("case", &rows::name(last), reason))?;
            }
            _ => break,
        }
    }
    Ok(cases)
}

/// The rows of one statement.
pub(super) fn all(
    pool: &ConnectionPool,
    tables: &Tables,
    action: &'static str,
    statement: &dyn Fn() -> Statement,
) -> Result<Vec<Row>, StoreError> {
    let answers = pool.read(|| tables.read().then(statement()).committing());
    let answers = answers.map_err(|failure| failure.at(action))?;
    Ok(answers.into_iter().next().unwrap_or_default())
}

/// The first row of one statement.
fn one(
    pool: &ConnectionPool,
    tables: &Tables,
    action: &'static str,
    statement: &dyn Fn() -> Statement,
) -> Result<Option<Row>, StoreError> {
    Ok(all(pool, tables, action, statement)?.into_iter().next())
}
