//! What is asked of the tables: each in one turn.

use jiff::Timestamp;
use tokio_postgres::Row;

use super::filter::Scope;
use super::pipeline::Statement;
use super::pool::ConnectionPool;
use super::rows::{self, bounded, from_body, get, instant, passed_over, unreadable};
use super::tables::{Tables, clock};
use crate::case::{Case, CaseId};
use crate::message::{AccountId, CitizenId, Conversation, MessageKey};
use crate::reply::Handled;
use crate::store::{Arrival, CaseFilter, CasePage, QueueCount, StoreError, queue};

/// How many cases a search by an instant reads at once.
const BATCH: usize = 500;

pub(super) fn handled(
    pool: &ConnectionPool,
    tables: &Tables,
    key: &MessageKey,
) -> Result<Option<Handled>, StoreError> {
    let found = one(pool, tables, "read a message's outcome", &|| {
        of_message(tables, key)
    })?;
    outcome(found.as_ref(), key)
}

fn of_message(tables: &Tables, key: &MessageKey) -> Statement {
    let sql = "SELECT body FROM @.handled WHERE account = $1 AND sender = $2 AND id = $3";
    let (account, sender) = (key.account().as_str(), key.sender().as_str());
    tables.statement(sql).name(account).name(sender).name(key.id())
}

fn outcome(found: Option<&Row>, key: &MessageKey) -> Result<Option<Handled>, StoreError> {
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
        talk(tables, account, citizen)
    })?;
    talked(found.as_ref(), account, citizen)
}

fn talk(tables: &Tables, account: &AccountId, citizen: &CitizenId) -> Statement {
    let sql = "SELECT body FROM @.conversations WHERE account = $1 AND citizen = $2";
    tables
        .statement(sql)
        .name(account.as_str())
        .name(citizen.as_str())
}

fn talked(found: Option<&Row>, account: &AccountId, citizen: &CitizenId) -> Result<Conversation, StoreError> {
    match found {
        None => Ok(Conversation::new(account.clone(), citizen.clone())),
        Some(row) => from_body(row, 0)
            .map_err(|reason| unreadable("conversation", &format!("{account}/{citizen}"), reason)),
    }
}

/// Everything that a message is judged by, in one turn.
pub(super) fn arrival(
    pool: &ConnectionPool,
    tables: &Tables,
    key: &MessageKey,
) -> Result<Arrival, StoreError> {
    const ACTION: &str = "read what a message is judged by";
    let filter = Arrival::cases_of(key.sender());
    let scope = Scope::of(&filter);
    let pipeline = || {
        let pipeline = tables.read().then(of_message(tables, key));
        pipeline
            .then(talk(tables, key.account(), key.sender()))
            .then(scope.page(tables))
    };
    let answers = pool.read(|| pipeline().committing());
    let answers = answers.map_err(|failure| failure.at(ACTION))?;
    let first = |place: usize| answers.get(place).and_then(|rows: &Vec<Row>| rows.first());
    let readable = |row: &Row| rows::case(row).map_err(|reason| passed_over(row, &reason)).ok();
    let cases = answers.get(2).into_iter().flatten().filter_map(readable);
    Ok(Arrival {
        handled: outcome(first(0), key)?,
        conversation: talked(first(1), key.account(), key.sender())?,
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

/// The page and its total, as of one moment.
pub(super) fn cases(
    pool: &ConnectionPool,
    tables: &Tables,
    filter: &CaseFilter,
) -> Result<CasePage, StoreError> {
    const ACTION: &str = "read a page of cases";
    let scope = Scope::of(filter);
    let pipeline = || tables.read().then(scope.count(tables)).then(scope.page(tables));
    let answers = pool.read(|| pipeline().committing());
    let answers = answers.map_err(|failure| failure.at(ACTION))?;
    let total = answers.first().and_then(|rows| rows.first());
    let total: i64 = total.map_or(Ok(0), |row| get(row, 0)).unwrap_or_default();
    let mut page = CasePage {
        cases: Vec::new(),
        unreadable: Vec::new(),
        total: usize::try_from(total).unwrap_or(0),
    };
    for row in answers.get(1).into_iter().flatten() {
        match rows::case(row) {
            Ok(case) => page.cases.push(case),
            Err(reason) => page.unreadable.push(passed_over(row, &reason)),
        }
    }
    Ok(page)
}

/// How many cases each department has in each state with each priority, and how many of them were due before an instant.
pub(super) fn counts(
    pool: &ConnectionPool,
    tables: &Tables,
    before: i64,
) -> Result<Vec<QueueCount>, StoreError> {
    let sql = "SELECT department, state, rank, count(*), count(*) FILTER (WHERE owing < $1)
               FROM @.cases GROUP BY department, state, rank";
    let found = all(pool, tables, "count the queues", &|| {
        tables.statement(sql).number(before)
    })?;
    let count = |row: &Row| -> Result<QueueCount, String> {
        let department = String::from_utf8_lossy(get(row, 0)?).into_owned();
        let place = rows::state_of(get(row, 1)?).zip(rows::priority_of(get(row, 2)?));
        let place = place.ok_or("it has a state or a priority of its own")?;
        Ok(queue::counted(&department, place, (get(row, 3)?, get(row, 4)?)))
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
    let sql = "SELECT id, version, body, owing FROM @.cases
               WHERE owing IS NOT NULL AND owing < $1 AND (owing, id) > ($2, $3)
               ORDER BY owing, id LIMIT $4";
    readable(pool, tables, "read the cases that are due", sql, before, limit)
}

pub(super) fn alarms(
    pool: &ConnectionPool,
    tables: &Tables,
    until: i64,
    limit: usize,
) -> Result<Vec<Case>, StoreError> {
    const ACTION: &str = "read the cases whose alarms are to be raised";
    let sql = "SELECT id, version, body, sounds FROM @.cases
               WHERE sounds IS NOT NULL AND sounds <= $1 AND (sounds, id) > ($2, $3)
               ORDER BY sounds, id LIMIT $4";
    readable(pool, tables, ACTION, sql, until, limit)
}

pub(super) fn sending(
    pool: &ConnectionPool,
    tables: &Tables,
    until: i64,
    limit: usize,
) -> Result<Vec<Case>, StoreError> {
    const ACTION: &str = "read the cases that have letters to be sent";
    let sql = "SELECT id, version, body, sends FROM @.cases
               WHERE sends IS NOT NULL AND sends <= $1 AND (sends, id) > ($2, $3)
               ORDER BY sends, id LIMIT $4";
    readable(pool, tables, ACTION, sql, until, limit)
}

pub(super) fn stuck(pool: &ConnectionPool, tables: &Tables, limit: usize) -> Result<Vec<Case>, StoreError> {
    const ACTION: &str = "read the cases whose letters wait for a person";
    let sql = "SELECT id, version, body, stuck FROM @.cases
               WHERE stuck IS NOT NULL AND stuck <= $1 AND (stuck, id) > ($2, $3)
               ORDER BY stuck, id LIMIT $4";
    readable(pool, tables, ACTION, sql, i64::MAX, limit)
}

/// The time on the server's clock.
pub(super) fn now(pool: &ConnectionPool, tables: &Tables) -> Result<Timestamp, StoreError> {
    let found = one(pool, tables, "read the time", &|| clock(tables))?;
    let row = found.ok_or_else(|| unreadable("time of", "the server", "there is none".to_owned()))?;
    instant(&row)
}

/// The first `limit` cases of a statement that can be read. Its rows are `id, version, body` and the instant that they are
/// ordered by; `$1` is `at`, and `$2` and `$3` the row that it goes on behind.
fn readable(
    pool: &ConnectionPool,
    tables: &Tables,
    action: &'static str,
    sql: &str,
    at: i64,
    limit: usize,
) -> Result<Vec<Case>, StoreError> {
    let mut cases = Vec::new();
    // Each batch goes on behind the last row of the one before, which may be one that can't be read.
    let (mut instant, mut id) = (i64::MIN, Vec::new());
    while cases.len() < limit {
        let batch = BATCH.min(limit - cases.len());
        let statement = || tables.statement(sql).number(at).number(instant);
        let statement = || statement().bytes(id.clone()).number(bounded(batch));
        let found = all(pool, tables, action, &statement)?;
        for row in &found {
            match rows::case(row) {
                Ok(case) => cases.push(case),
                Err(reason) => drop(passed_over(row, &reason)),
            }
        }
        match found.last() {
            Some(last) if found.len() == batch => {
                let place = || Ok((get(last, 3)?, get(last, 0)?));
                (instant, id) = place().map_err(|reason| unreadable("case", &rows::name(last), reason))?;
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
