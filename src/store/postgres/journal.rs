//! The journal: read so that nothing that is still being committed is ever skipped.

use std::sync::atomic::{AtomicI64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tokio_postgres::error::SqlState;

use super::error::ServerError;
use super::pool::ConnectionPool;
use super::read::all;
use super::rows::{bounded, get, record, unreadable};
use super::tables::Tables;
use crate::store::{JournalPage, Seq, StoreError};

const ACTION: &str = "read the journal";

/// How long a reader stands at the gate before he lets those behind him pass, and how long he then stays away.
const AT_THE_GATE: Duration = Duration::from_millis(100);
const AWAY: Duration = Duration::from_millis(20);

/// How far the journal is known to be whole: below this place nothing is still to come.
#[derive(Debug, Default)]
pub(super) struct Horizon(AtomicI64);

impl Horizon {
    /// Where the journal is whole now.
    ///
    /// Places are drawn in the order of the commits but are seen in the order in which these end, so the last place that
    /// is seen says nothing about those below it. A moment in which no commit is between the two does.
    pub(super) fn move_up(
        &self,
        pool: &ConnectionPool,
        tables: &Tables,
        patience: Duration,
    ) -> Result<i64, StoreError> {
        let begun = Instant::now();
        loop {
            let limit = format!("SET LOCAL lock_timeout = {}", AT_THE_GATE.as_millis());
            // Nothing is written: a node of an older version reads on.
            let pipeline = tables.write_unfenced().then(tables.statement(&limit));
            let pipeline = pipeline.then(tables.statement("LOCK TABLE @.gate IN EXCLUSIVE MODE"));
            let drawn = "SELECT CASE WHEN is_called THEN (last_value + 1) * 65536 ELSE 0 END FROM @.commits";
            match pool
                .session()
                .pipeline(pipeline.then(tables.statement(drawn)).committing())
            {
                Ok(answers) => {
                    let row = answers.get(2).and_then(|rows| rows.first());
                    let whole = row.map_or(Ok(0), |row| get(row, 0));
                    let whole = whole.map_err(|reason| unreadable("end of", "the journal", reason))?;
                    self.0.fetch_max(whole, Ordering::Relaxed);
                    return Ok(whole);
                }
                Err(ServerError::Server { code, .. })
                    if code == SqlState::LOCK_NOT_AVAILABLE && begun.elapsed() < patience =>
                {
                    thread::sleep(AWAY);
                }
                Err(failure) => return Err(failure.at(ACTION)),
            }
        }
    }
}

/// A page behind `after`. Only a page that reaches the end of what is known to be whole asks how far that is now.
pub(super) fn page(
    pool: &ConnectionPool,
    tables: &Tables,
    horizon: &Horizon,
    patience: Duration,
    after: Option<Seq>,
    limit: usize,
) -> Result<JournalPage, StoreError> {
    let after = after.map_or(0, |Seq(place)| i64::try_from(place).unwrap_or(i64::MAX));
    let known = horizon.0.load(Ordering::Relaxed);
    if after < known {
        let page = up_to(pool, tables, after, known, limit)?;
        if page.next.is_some() {
            return Ok(page);
        }
    }
    let whole = horizon.move_up(pool, tables, patience)?;
    up_to(pool, tables, after, whole, limit)
}

fn up_to(
    pool: &ConnectionPool,
    tables: &Tables,
    after: i64,
    end: i64,
    limit: usize,
) -> Result<JournalPage, StoreError> {
    let sql = "SELECT place, body, personal, digest IS NOT NULL AND personal IS NULL FROM @.journal
               WHERE place > $1 AND place < $2 AND body <> '' ORDER BY place LIMIT $3";
    let one_more = bounded(limit).saturating_add(1);
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
        let place: i64 = get(row, 0).map_err(|reason| unreadable("journal record", "?", reason))?;
        let place = Seq(place.unsigned_abs());
        last = Some(place);
        if get(row, 3).unwrap_or(false) {
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
    if rows.len() > limit {
        page.next = last;
    }
    Ok(page)
}
