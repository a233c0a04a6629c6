//! Reads the journal without skipping records that are still being committed.

use std::sync::atomic::{AtomicI64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tokio_postgres::error::SqlState;

use super::error::ServerError;
use super::pool::ConnectionPool;
use super::read::all;
use super::rows::{get, record};
use super::tables::Tables;
use crate::store::codec::{row_count, unreadable};
use crate::store::{JournalPage, Seq, StoreError};

const ACTION: &str = "read the journal";

/// How long a reader waits for the commit lock. Commits queue up behind it, so it then pauses before it tries
/// again.
const LOCK_WAIT: Duration = Duration::from_millis(100);
const PAUSE: Duration = Duration::from_millis(20);

/// The position up to which the journal is known to be complete: no record appears below it any more.
#[derive(Debug, Default)]
pub(super) struct Watermark(AtomicI64);

impl Watermark {
    /// Advances to the end of the journal, and gives that position.
    ///
    /// Transactions draw their positions in one order and end in another, so records may still appear below
    /// the last visible position. They cannot while this transaction holds the commit lock alone.
    pub(super) fn advance(
        &self,
        pool: &ConnectionPool,
        tables: &Tables,
        patience: Duration,
    ) -> Result<i64, StoreError> {
        let begun = Instant::now();
        loop {
            let limit = format!("SET LOCAL lock_timeout = {}", LOCK_WAIT.as_millis());
            // Nothing is written, so an upgrade by another node does not matter.
            let pipeline = tables.write_any_version().then(tables.statement(&limit));
            let pipeline = pipeline.then(tables.statement("LOCK TABLE @.commit_lock IN EXCLUSIVE MODE"));
            let drawn =
                "SELECT CASE WHEN is_called THEN (last_value + 1) * 65536 ELSE 0 END FROM @.commit_numbers";
            match pool
                .session()
                .send(pipeline.then(tables.statement(drawn)).committing())
            {
                Ok(answers) => {
                    let row = answers.get(2).and_then(|rows| rows.first());
                    let end = row.map_or(Ok(0), |row| get(row, 0));
                    let end = end.map_err(|reason| unreadable("end of", "the journal", reason))?;
                    self.0.fetch_max(end, Ordering::Relaxed);
                    return Ok(end);
                }
                Err(ServerError::Server { code, .. })
                    if code == SqlState::LOCK_NOT_AVAILABLE && begun.elapsed() < patience =>
                {
                    thread::sleep(PAUSE);
                }
                Err(failure) => return Err(failure.at(ACTION)),
            }
        }
    }
}

/// A page after `after`. Only a page that reaches the watermark advances it.
pub(super) fn page(
    pool: &ConnectionPool,
    tables: &Tables,
    watermark: &Watermark,
    patience: Duration,
    after: Option<Seq>,
    limit: usize,
) -> Result<JournalPage, StoreError> {
    let after = after.map_or(0, |Seq(position)| i64::try_from(position).unwrap_or(i64::MAX));
    let known = watermark.0.load(Ordering::Relaxed);
    if after < known {
        let page = up_to(pool, tables, after, known, limit)?;
        if page.next.is_some() {
            return Ok(page);
        }
    }
    let end = watermark.advance(pool, tables, patience)?;
    up_to(pool, tables, after, end, limit)
}

fn up_to(
    pool: &ConnectionPool,
    tables: &Tables,
    after: i64,
    end: i64,
    limit: usize,
) -> Result<JournalPage, StoreError> {
    let sql = "SELECT seq, body, personal, personal_digest IS NOT NULL AND personal IS NULL FROM @.journal
               WHERE seq > $1 AND seq < $2 AND body <> '' ORDER BY seq LIMIT $3";
    let one_more = row_count(limit).saturating_add(1);
    let rows = all(pool, tables, ACTION, &|| {
        tables.statement(sql).number(after).number(end).number(one_more)
    })?;
    let mut page = JournalPage {
        records: Vec::new(),
        unreadable: Vec::new(),
        erased: Vec::new(),
        next: None,
    };
    let mut last = None;
    for row in rows.iter().take(limit) {
        let position: i64 = get(row, 0).map_err(|reason| unreadable("journal record", "?", reason))?;
        let position = Seq(position.unsigned_abs());
        last = Some(position);
        if get(row, 3).unwrap_or(false) {
            page.erased.push(position);
        }
        match record(row, 1) {
            Ok(record) => page.records.push((position, record)),
            Err(reason) => {
                tracing::error!(position = position.0, reason, "a journal record is unreadable");
                page.unreadable.push(position);
            }
        }
    }
    if rows.len() > limit {
        page.next = last;
    }
    Ok(page)
}
