//! What is asked of the file, on a connection that only reads.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};

use super::filter::Scope;
use super::rows::{QueueClass, backend, from_body, priority_of, state_of, text, unreadable};
use crate::case::{Case, CaseId, Priority, Record, State};
use crate::message::{AccountId, CitizenId, Conversation, MessageKey};
use crate::reply::Handled;
use crate::store::hash_chain::join;
use crate::store::{CaseFilter, CasePage, JournalPage, QueueCount, Seq, StoreError, queue};

pub(super) fn handled(db: &Connection, key: &MessageKey) -> Result<Option<Handled>, StoreError> {
    let read = || {
        db.prepare_cached("SELECT body FROM handled WHERE account = ?1 AND sender = ?2 AND id = ?3")?
            .query_row(
                params![key.account().as_str(), key.sender().as_str(), key.id()],
                |row| Ok(from_body(row, 0)),
            )
            .optional()
    };
    let found = read().map_err(backend("read a message's outcome"))?;
    found
        .transpose()
        .map_err(|reason| unreadable("outcome of message", &key.to_string(), reason))
}

pub(super) fn conversation(
    db: &Connection,
    account: &AccountId,
    citizen: &CitizenId,
) -> Result<Conversation, StoreError> {
    let read = || {
        db.prepare_cached("SELECT body FROM conversations WHERE account = ?1 AND citizen = ?2")?
            .query_row(params![account.as_str(), citizen.as_str()], |row| {
                Ok(from_body(row, 0))
            })
            .optional()
    };
    match read().map_err(backend("read a conversation"))? {
        None => Ok(Conversation::new(account.clone(), citizen.clone())),
        Some(found) => {
            found.map_err(|reason| unreadable("conversation", &format!("{account}/{citizen}"), reason))
        }
    }
}

pub(super) fn case(db: &Connection, id: &CaseId) -> Result<Option<Case>, StoreError> {
    let read = || {
        db.prepare_cached("SELECT body FROM cases WHERE id = ?1")?
            .query_row([id.as_str()], |row| Ok(from_body(row, 0)))
            .optional()
    };
    let found = read().map_err(backend("read a case"))?;
    found
        .transpose()
        .map_err(|reason| unreadable("case", id.as_str(), reason))
}

/// The rows of a page: its places come from the index alone, and only they are looked up.
pub(super) fn page(scope: &Scope<'_>, lanes: &[QueueClass]) -> String {
    format!(
        "WITH page AS ({} LIMIT :limit OFFSET :offset)
         SELECT cases.id, cases.body FROM page CROSS JOIN cases ON cases.place = page.place
         ORDER BY page.key_1, page.key_2, page.id",
        scope.in_order(lanes),
    )
}

/// The page and its total, as of one moment.
pub(super) fn cases(db: &Connection, filter: &CaseFilter) -> Result<CasePage, StoreError> {
    let scope = Scope::of(filter);
    let lanes = &QueueClass::of_states(&filter.states);
    let limit = bounded(filter.limit.unwrap_or(queue::PAGE));
    let offset = bounded(filter.offset);
    let sql = page(&scope, lanes);
    let read = || -> rusqlite::Result<CasePage> {
        let moment = db.unchecked_transaction()?;
        let mut values = scope.bound();
        let total: i64 = moment
            .prepare_cached(&scope.count(lanes))?
            .query_row(values.as_slice(), |row| row.get(0))?;
        values.extend([(":limit", &limit as &dyn ToSql), (":offset", &offset)]);
        let mut page = CasePage {
            cases: Vec::new(),
            unreadable: Vec::new(),
            total: usize::try_from(total).unwrap_or(0),
        };
        let mut statement = moment.prepare_cached(&sql)?;
        let mut rows = statement.query(values.as_slice())?;
        while let Some(row) = rows.next()? {
            match from_body(row, 1) {
                Ok(case) => page.cases.push(case),
                Err(reason) => page.unreadable.push(CaseId::new(passed_over(row, &reason)?)),
            }
        }
        Ok(page)
    };
    read().map_err(backend("read a page of cases"))
}

/// How many cases each department has in each lane with each priority, and how many of them were due before an instant.
pub(super) const TALLY: &str =
    "SELECT department, lane, rank, sum(cases) FROM tally GROUP BY department, lane, rank";
pub(super) const OVERDUE: &str = "SELECT department, lane, rank, count(*) FROM cases INDEXED BY cases_owing
    WHERE owing IS NOT NULL AND owing < ?1 GROUP BY department, lane, rank";

pub(super) fn counts(db: &Connection, before: i64) -> Result<Vec<QueueCount>, StoreError> {
    let mut queues: HashMap<(String, State, Priority), (i64, i64)> = HashMap::new();
    let mut read = || -> rusqlite::Result<()> {
        let moment = db.unchecked_transaction()?;
        for (sql, overdue) in [(TALLY, false), (OVERDUE, true)] {
            let mut statement = moment.prepare_cached(sql)?;
            let mut rows = if overdue {
                statement.query([before])?
            } else {
                statement.query([])?
            };
            while let Some(row) = rows.next()? {
                let (lane, rank): (i64, i64) = (row.get(1)?, row.get(2)?);
                let (Some(state), Some(priority)) = (state_of(lane), priority_of(rank)) else {
                    continue;
                };
                let queue = queues.entry((text(row, 0)?, state, priority)).or_default();
                let count: i64 = row.get(3)?;
                if overdue {
                    queue.1 += count;
                } else {
                    queue.0 += count;
                }
            }
        }
        Ok(())
    };
    read().map_err(backend("count the queues"))?;
    let queues = queues.into_iter().filter(|(_, (cases, _))| *cases > 0);
    let counts = queues.map(|((department, state, priority), numbers)| {
        queue::counted(&department, (state, priority), numbers)
    });
    let mut counts: Vec<_> = counts.collect();
    queue::sort_counts(&mut counts);
    Ok(counts)
}

/// The rows of the cases that owe something before an instant.
pub(super) const DUE: &str = "SELECT id, body FROM cases INDEXED BY cases_owing
    WHERE owing IS NOT NULL AND owing < ?1 ORDER BY owing, id";

pub(super) fn due(db: &Connection, before: i64, limit: usize) -> Result<Vec<Case>, StoreError> {
    readable(db, DUE, before, limit).map_err(backend("read the cases that are due"))
}

/// The rows of the cases of which an alarm is to be raised at an instant or before.
pub(super) const ALARMS: &str = "SELECT id, body FROM cases INDEXED BY cases_sounding
    WHERE sounds IS NOT NULL AND sounds <= ?1 ORDER BY sounds, id";

pub(super) fn alarms(db: &Connection, until: i64, limit: usize) -> Result<Vec<Case>, StoreError> {
    readable(db, ALARMS, until, limit).map_err(backend("read the cases whose alarms are to be raised"))
}

/// The rows of the cases that have a letter to be sent at an instant or before.
pub(super) const SENDING: &str = "SELECT id, body FROM cases INDEXED BY cases_sending
    WHERE sends IS NOT NULL AND sends <= ?1 ORDER BY sends, id";

pub(super) fn sending(db: &Connection, until: i64, limit: usize) -> Result<Vec<Case>, StoreError> {
    readable(db, SENDING, until, limit).map_err(backend("read the cases that have letters to be sent"))
}

/// The rows of the cases that have a letter which waits for a person since an instant or before.
pub(super) const STUCK: &str = "SELECT id, body FROM cases INDEXED BY cases_stuck
    WHERE stuck IS NOT NULL AND stuck <= ?1 ORDER BY stuck, id";

pub(super) fn stuck(db: &Connection, limit: usize) -> Result<Vec<Case>, StoreError> {
    readable(db, STUCK, i64::MAX, limit).map_err(backend("read the cases whose letters wait for a person"))
}

/// The first `limit` cases of a statement that can be read.
fn readable(db: &Connection, sql: &str, at: i64, limit: usize) -> rusqlite::Result<Vec<Case>> {
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query([at])?;
    let mut cases = Vec::new();
    while cases.len() < limit
        && let Some(row) = rows.next()?
    {
        match from_body(row, 1) {
            Ok(case) => cases.push(case),
            Err(reason) => passed_over(row, &reason).map(drop)?,
        }
    }
    Ok(cases)
}

pub(super) fn journal(db: &Connection, after: Option<Seq>, limit: usize) -> Result<JournalPage, StoreError> {
    let after = after.map_or(0, |Seq(place)| i64::try_from(place).unwrap_or(i64::MAX));
    let read = || -> rusqlite::Result<JournalPage> {
        let mut statement = db.prepare_cached(
            "SELECT seq, body, personal, digest IS NOT NULL FROM journal
                 WHERE seq > ?1 AND body <> '' ORDER BY seq LIMIT ?2",
        )?;
        let mut rows = statement.query([after, bounded(limit).saturating_add(1)])?;
        let mut page = JournalPage {
            records: Vec::new(),
            unreadable: Vec::new(),
            erased: Vec::new(),
            next: None,
        };
        let mut last = None;
        while let Some(row) = rows.next()? {
            if page.records.len() + page.unreadable.len() == limit {
                page.next = last;
                break;
            }
            let place = Seq(row.get::<_, i64>(0)?.unsigned_abs());
            last = Some(place);
            if row.get(3)?
                && row
                    .get_ref(2)?
                    .as_bytes_or_null()
                    .is_ok_and(|personal| personal.is_none())
            {
                page.erased.push(place);
            }
            match record(row, 1) {
                Ok(record) => page.records.push((place, record)),
                Err(reason) => {
                    tracing::error!(place = place.0, reason, "a journal record can't be read");
                    page.unreadable.push(place);
                }
            }
        }
        Ok(page)
    };
    read().map_err(backend("read the journal"))
}

/// The record of a row that has its body and its personal part from `column` on.
pub(super) fn record(row: &Row<'_>, column: usize) -> Result<Record, String> {
    let bytes = |column| row.get_ref(column).map_err(|error| error.to_string());
    let body = bytes(column)?;
    let body = body.as_bytes().map_err(|error| error.to_string())?;
    let personal = bytes(column + 1)?;
    let personal = personal.as_bytes_or_null().map_err(|error| error.to_string())?;
    join(body, personal)
}

/// Says that a case is left out because its row can't be read, and which one it is.
pub(super) fn passed_over(row: &Row<'_>, reason: &str) -> rusqlite::Result<String> {
    let id = text(row, 0)?;
    tracing::error!(
        case = id,
        reason,
        "a stored case can't be read and is passed over"
    );
    Ok(id)
}

/// A number of rows as SQLite counts.
fn bounded(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}
