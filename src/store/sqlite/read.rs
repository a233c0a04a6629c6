//! Queries, on a connection that only reads.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};

use super::filter::{Part, Scope};
use super::rows::{QueueClass, backend, from_body, record, text};
use crate::case::{Case, CaseId, Priority, State};
use crate::message::{AccountId, CitizenId, Conversation, MessageKey};
use crate::reply::Handled;
use crate::store::codec::{conversation_of, priority_of, row_count, unreadable};
use crate::store::cursor::{QueuePlace, Reading};
use crate::store::{
    CaseFilter, CaseOrder, CasePage, JournalPage, QueueCount, Seq, StoreError, TurnCollector, TurnPage, queue,
};

pub(super) fn handled(db: &Connection, key: &MessageKey) -> Result<Option<Handled>, StoreError> {
    let read = || {
        db.prepare_cached("SELECT body FROM outcomes WHERE account = ?1 AND sender = ?2 AND id = ?3")?
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
        db.prepare_cached("SELECT body, version FROM conversations WHERE account = ?1 AND citizen = ?2")?
            .query_row(params![account.as_str(), citizen.as_str()], |row| {
                let body = row.get_ref(0)?.as_bytes().unwrap_or_default();
                Ok(conversation_of(body, row.get(1)?, account, citizen))
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

/// The rows of a page: the index alone finds them, and only the bodies of the page are read.
pub(super) fn page(scope: &Scope<'_>, classes: &[QueueClass], part: &Part<'_>) -> String {
    format!(
        "WITH page AS ({} LIMIT :rows)
         SELECT cases.id, cases.body, page.key_1, page.key_2
         FROM page CROSS JOIN cases ON cases.row_id = page.row_id
         ORDER BY page.key_1, page.key_2, page.id",
        scope.in_order(classes, part),
    )
}

/// The rows of a page in the order of the numbers.
pub(super) fn numbered_page(scope: &Scope<'_>, classes: &[QueueClass]) -> String {
    format!(
        "WITH page AS ({} LIMIT :rows)
         SELECT cases.id, cases.body FROM page CROSS JOIN cases ON cases.row_id = page.row_id
         ORDER BY page.id",
        scope.by_number(classes),
    )
}

/// The page and its total, from one snapshot.
pub(super) fn cases(db: &Connection, filter: &CaseFilter) -> Result<CasePage, StoreError> {
    let scope = Scope::of(filter);
    let classes = &QueueClass::of_states(&filter.states);
    let reading = Reading::of(filter)?;
    let read = || -> rusqlite::Result<CasePage> {
        let snapshot = db.unchecked_transaction()?;
        let total: i64 = snapshot
            .prepare_cached(&scope.count(classes))?
            .query_row(scope.bound().as_slice(), |row| row.get(0))?;
        let mut found = Found {
            page: CasePage {
                cases: Vec::new(),
                unreadable: Vec::new(),
                total: usize::try_from(total).unwrap_or(0),
                next: None,
            },
            reading,
        };
        match (filter.order, found.reading.queue_place()) {
            (CaseOrder::Number, _) => {
                let after = found.reading.number().map_or("", |id| id.as_str());
                let mut values = scope.bound();
                values.push((":after", &after));
                found.take(&snapshot, &numbered_page(&scope, classes), values, false)?;
            }
            (CaseOrder::Urgent, None) => {
                let sql = page(&scope, classes, &Part::ALL);
                found.take(&snapshot, &sql, scope.bound(), true)?;
            }
            (CaseOrder::Urgent, Some(place)) => {
                let ahead = Part::after(place, filter.priority);
                let behind = Part::up_to(place, filter.priority);
                for (part, goes_on) in [(ahead, true), (behind, false)] {
                    let own = part.values();
                    let mut values = scope.bound();
                    values.extend(own.iter().map(|(name, value)| (*name, value.as_ref())));
                    found.take(&snapshot, &page(&scope, classes, &part), values, goes_on)?;
                }
            }
        }
        Ok(CasePage {
            next: found.reading.next(filter.order),
            ..found.page
        })
    };
    read().map_err(backend("read a page of cases"))
}

/// A page while it is read.
struct Found<'a> {
    page: CasePage,
    reading: Reading<'a>,
}

impl Found<'_> {
    /// Adds the rows of a statement that the page has room for. `goes_on` where the next page goes on after
    /// them in the order of the queue.
    fn take(
        &mut self,
        db: &Connection,
        sql: &str,
        values: Vec<(&str, &dyn ToSql)>,
        goes_on: bool,
    ) -> rusqlite::Result<()> {
        if self.reading.is_complete() {
            return Ok(());
        }
        let most = row_count(self.reading.rows().saturating_add(self.reading.seen().len()));
        let mut values: Vec<(&str, &dyn ToSql)> = values;
        values.push((":rows", &most));
        let mut statement = db.prepare_cached(sql)?;
        let mut rows = statement.query(values.as_slice())?;
        while !self.reading.is_complete()
            && let Some(row) = rows.next()?
        {
            let id = CaseId::new(text(row, 0)?);
            let place = if goes_on { Some(place(row, &id)?) } else { None };
            if self.reading.takes(&id, place) {
                match from_body(row, 1) {
                    Ok(case) => self.page.cases.push(case),
                    Err(reason) => self.page.unreadable.push(CaseId::new(skipped(row, &reason)?)),
                }
            }
        }
        Ok(())
    }
}

/// The place of a row `id, body, priority, next_due_at` in the order of the queue. A damaged priority counts
/// as the lowest.
fn place(row: &Row<'_>, id: &CaseId) -> rusqlite::Result<QueuePlace> {
    Ok(QueuePlace {
        priority: priority_of(row.get(2)?).unwrap_or_default(),
        due: row.get(3)?,
        id: id.clone(),
    })
}

/// Counts the cases of each department, class and priority, and those of them that were due before an
/// instant.
pub(super) const COUNTS: &str = "SELECT department, queue_class, priority, sum(cases) FROM case_counts
    GROUP BY department, queue_class, priority";
pub(super) const OVERDUE: &str = "SELECT department, queue_class, priority, count(*)
    FROM cases INDEXED BY cases_by_open_due
    WHERE open_due_at IS NOT NULL AND open_due_at < ?1 GROUP BY department, queue_class, priority";

pub(super) fn counts(db: &Connection, before: i64) -> Result<Vec<QueueCount>, StoreError> {
    let mut queues: HashMap<(String, State, Priority), (i64, i64)> = HashMap::new();
    let mut read = || -> rusqlite::Result<()> {
        let snapshot = db.unchecked_transaction()?;
        for (sql, overdue) in [(COUNTS, false), (OVERDUE, true)] {
            let mut statement = snapshot.prepare_cached(sql)?;
            let mut rows = if overdue {
                statement.query([before])?
            } else {
                statement.query([])?
            };
            while let Some(row) = rows.next()? {
                let (class, priority): (i16, i16) = (row.get(1)?, row.get(2)?);
                let place = QueueClass::state_of(class).zip(priority_of(priority));
                let Some((state, priority)) = place else {
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
        queue::queue_count(&department, (state, priority), numbers)
    });
    let mut counts: Vec<_> = counts.collect();
    queue::sort_counts(&mut counts);
    Ok(counts)
}

/// The cases with an open deadline before an instant.
pub(super) const DUE: &str = "SELECT id, body FROM cases INDEXED BY cases_by_open_due
    WHERE open_due_at IS NOT NULL AND open_due_at < ?1 ORDER BY open_due_at, id";

pub(super) fn due(db: &Connection, before: i64, limit: usize) -> Result<Vec<Case>, StoreError> {
    readable(db, DUE, before, limit).map_err(backend("read the cases that are due"))
}

/// The cases with an alarm to be raised at an instant or before.
pub(super) const ALARMS: &str = "SELECT id, body FROM cases INDEXED BY cases_by_next_alarm
    WHERE next_alarm_at IS NOT NULL AND next_alarm_at <= ?1 ORDER BY next_alarm_at, id";

pub(super) fn alarms(db: &Connection, until: i64, limit: usize) -> Result<Vec<Case>, StoreError> {
    readable(db, ALARMS, until, limit).map_err(backend("read the cases whose alarms are to be raised"))
}

/// The cases with a letter to be sent at an instant or before.
pub(super) const SENDING: &str = "SELECT id, body FROM cases INDEXED BY cases_by_next_send
    WHERE next_send_at IS NOT NULL AND next_send_at <= ?1 ORDER BY next_send_at, id";

pub(super) fn sending(db: &Connection, until: i64, limit: usize) -> Result<Vec<Case>, StoreError> {
    readable(db, SENDING, until, limit).map_err(backend("read the cases that have letters to be sent"))
}

/// The cases with a letter that has waited for a person since an instant or before.
pub(super) const STUCK: &str = "SELECT id, body FROM cases INDEXED BY cases_stuck
    WHERE stuck_since IS NOT NULL AND stuck_since <= ?1 ORDER BY stuck_since, id";

pub(super) fn stuck(db: &Connection, limit: usize) -> Result<Vec<Case>, StoreError> {
    readable(db, STUCK, i64::MAX, limit).map_err(backend("read the cases whose letters wait for a person"))
}

/// The first `limit` readable cases of a statement.
fn readable(db: &Connection, sql: &str, at: i64, limit: usize) -> rusqlite::Result<Vec<Case>> {
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query([at])?;
    let mut cases = Vec::new();
    while cases.len() < limit
        && let Some(row) = rows.next()?
    {
        match from_body(row, 1) {
            Ok(case) => cases.push(case),
            Err(reason) => skipped(row, &reason).map(drop)?,
        }
    }
    Ok(cases)
}

pub(super) fn journal(db: &Connection, after: Option<Seq>, limit: usize) -> Result<JournalPage, StoreError> {
    let after = after.map_or(0, |Seq(place)| i64::try_from(place).unwrap_or(i64::MAX));
    let read = || -> rusqlite::Result<JournalPage> {
        let mut statement = db.prepare_cached(
            "SELECT seq, body, personal, personal_digest IS NOT NULL FROM journal
                 WHERE seq > ?1 AND body <> '' ORDER BY seq LIMIT ?2",
        )?;
        let mut rows = statement.query([after, row_count(limit).saturating_add(1)])?;
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
                    tracing::error!(place = place.0, reason, "a journal record is unreadable");
                    page.unreadable.push(place);
                }
            }
        }
        Ok(page)
    };
    read().map_err(backend("read the journal"))
}

/// The records of a citizen before a position, the newest first.
pub(super) const TURNS: &str = "SELECT seq, body, personal FROM journal INDEXED BY journal_of_citizen
    WHERE citizen = ?1 AND seq < ?2 ORDER BY seq DESC";

pub(super) fn turns(
    db: &Connection,
    account: &AccountId,
    citizen: &CitizenId,
    before: Option<Seq>,
    limit: usize,
) -> Result<TurnPage, StoreError> {
    let before = before.map_or(i64::MAX, |Seq(place)| i64::try_from(place).unwrap_or(i64::MAX));
    let read = || -> rusqlite::Result<TurnPage> {
        let mut statement = db.prepare_cached(TURNS)?;
        let mut rows = statement.query(params![citizen.as_str(), before])?;
        let mut page = TurnCollector::new(account, limit);
        while let Some(row) = rows.next()? {
            if !page.add(Seq(row.get::<_, i64>(0)?.unsigned_abs()), record(row, 1)) {
                break;
            }
        }
        Ok(page.finish())
    };
    read().map_err(backend("read a conversation's turns"))
}

/// Logs that an unreadable case is skipped, and gives its number.
pub(super) fn skipped(row: &Row<'_>, reason: &str) -> rusqlite::Result<String> {
    let id = text(row, 0)?;
    tracing::error!(case = id, reason, "a stored case is unreadable and is skipped");
    Ok(id)
}
