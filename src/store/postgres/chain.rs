//! The chain that seals the journal: made behind the commits, so that these need not wait for each other.
//!
//! A record carries its own keyed hash from its commit on. A thread of the store joins the hashes to the chain, in the order
//! of the journal, as far as the journal is whole; any node does it, one at a time.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::{Duration, Instant};

use tokio_postgres::Row;

use super::PostgresOptions;
use super::commit::nonce;
use super::journal::Horizon;
use super::pipeline::Pipeline;
use super::pool::{ConnectionPool, Session};
use super::retry::{Problem, retried};
use super::rows::{COLUMNS, bounded, get, sealed, unreadable};
use super::tables::Tables;
use crate::message::MessageKey;
use crate::store::hash_chain::{Digest, Sealed, seal_of_conversation, seal_of_outcome};
use crate::store::{JournalHead, JournalKey, StoreError};

const ACTION: &str = "seal the journal";

/// How long after a commit its records are sealed, so that those of many commits are sealed at once.
const PACE: Duration = Duration::from_millis(500);

/// The most records that are sealed at once.
const BATCH: usize = 2_000;

/// About how many records the kept seals are apart: of those that are nearer only the last is kept.
const APART: i64 = 1_000;

/// How long it may take to seal a journal that was not sealed before.
const LIMIT: Duration = Duration::from_secs(600);

/// The thread that seals; it ends with the store.
#[derive(Debug)]
pub(super) struct Sealer {
    wake: SyncSender<()>,
}

impl Sealer {
    pub(super) fn start(
        link: Arc<ConnectionPool>,
        tables: Arc<Tables>,
        horizon: Arc<Horizon>,
        patience: Duration,
    ) -> Result<Self, StoreError> {
        let (wake, woken) = mpsc::sync_channel(1);
        // What another node has left unsealed is sealed first.
        let _ = wake.try_send(());
        thread::Builder::new()
            .name("civic-reply-seal".into())
            .spawn(move || {
                while woken.recv().is_ok() {
                    let begun = Instant::now();
                    // More wake-ups in between belong to the same turn; the store's end does not wait for it.
                    while let Some(left) = PACE.checked_sub(begun.elapsed()) {
                        if woken.recv_timeout(left) == Err(RecvTimeoutError::Disconnected) {
                            break;
                        }
                    }
                    if let Err(error) = seal(&link, &tables, &horizon, patience) {
                        tracing::warn!(%error, "the journal could not be sealed now, and will be later");
                    }
                }
            })
            .map_err(|error| StoreError::Backend {
                action: "start the thread that seals the journal",
                source: Box::new(error),
            })?;
        Ok(Self { wake })
    }

    /// Says that there are new records.
    pub(super) fn wake(&self) {
        // A full channel is a thread that is awake.
        let _ = self.wake.try_send(());
    }
}

/// Joins to the chain what is whole and not sealed yet.
pub(super) fn seal(
    link: &ConnectionPool,
    tables: &Tables,
    horizon: &Horizon,
    patience: Duration,
) -> Result<(), StoreError> {
    let Some(key) = tables.key() else { return Ok(()) };
    let whole = horizon.move_up(link, tables, patience)?;
    while retried(ACTION, || seal_batch(link, tables, key, whole))? {}
    Ok(())
}

/// Whether there may be more.
fn seal_batch(link: &ConnectionPool, tables: &Tables, key: &JournalKey, whole: i64) -> Result<bool, Problem> {
    let mut session = link.session();
    let lock = tables.statement("LOCK TABLE @.seals IN EXCLUSIVE MODE");
    let answers = session.pipeline(tables.write().then(lock).then(head_statement(tables)))?;
    let last = head_of(answers.get(1).and_then(|rows| rows.first()))?;
    let before = last.as_ref().map_or(0, |(place, _)| *place);
    let sql =
        format!("SELECT {COLUMNS} FROM @.journal WHERE place > $1 AND place < $2 ORDER BY place LIMIT $3");
    let batch = tables.statement(&sql).number(before).number(whole);
    let answers = session.pipeline(Pipeline::going_on().then(batch.number(bounded(BATCH))))?;
    let rows = answers.first().map(Vec::as_slice).unwrap_or_default();
    let (mut count, mut chain) = match &last {
        Some((_, head)) => (bounded_count(head), *head.link()),
        None => (0, key.genesis()),
    };
    let mut place = before;
    for row in rows {
        let row = sealed(row).map_err(|reason| unreadable("journal record", "?", reason))?;
        chain = key.link(
            &chain,
            row.place,
            row.at,
            row.case.as_deref(),
            &hash_of(key, &row),
        );
        (place, count) = (row.place, count + 1);
    }
    let more = rows.len() == BATCH;
    let mut pipeline = Pipeline::going_on();
    if !rows.is_empty() {
        let sql = "INSERT INTO @.seals (place, count, link) VALUES ($1, $2, $3)";
        let put = tables.statement(sql).number(place).number(count);
        pipeline = pipeline.then(put.bytes(chain.to_vec()));
        if let Some((place, head)) = &last
            && bounded_count(head) / APART == count / APART
        {
            pipeline = pipeline.then(
                tables
                    .statement("DELETE FROM @.seals WHERE place = $1")
                    .number(*place),
            );
        }
    }
    session.pipeline(pipeline.committing())?;
    Ok(more)
}

/// The hash that a record carries; one that carries none was not written by a store that knows the key.
fn hash_of(key: &JournalKey, row: &Sealed) -> Digest {
    let carried = row.hash.as_deref().and_then(|hash| hash.try_into().ok());
    carried.unwrap_or_else(|| key.record(&row.content()))
}

fn bounded_count(head: &JournalHead) -> i64 {
    i64::try_from(head.count()).unwrap_or(i64::MAX)
}

fn head_statement(tables: &Tables) -> super::pipeline::Statement {
    // Where nothing is left to be sealed, the chain goes on where its beginning was cut off.
    tables.statement(
        "SELECT place, count, link FROM @.seals
         UNION ALL SELECT base_place, base_count, base_link FROM @.chain WHERE base_link IS NOT NULL
         ORDER BY place DESC LIMIT 1",
    )
}

/// A row `place, count, link`.
pub(super) fn head_of(row: Option<&Row>) -> Result<Option<(i64, JournalHead)>, StoreError> {
    let Some(row) = row else { return Ok(None) };
    let parse = || -> Result<(i64, JournalHead), String> {
        let (place, count): (i64, i64) = (get(row, 0)?, get(row, 1)?);
        let link: Vec<u8> = get(row, 2)?;
        let link: Digest = link.try_into().map_err(|_| "its link is too short".to_owned())?;
        Ok((place, JournalHead::new(count.unsigned_abs(), link)))
    };
    parse()
        .map(Some)
        .map_err(|reason| unreadable("seal of", "the journal", reason))
}

/// The journal's head, with everything sealed that is there now.
pub(super) fn head(
    link: &ConnectionPool,
    tables: &Tables,
    horizon: &Horizon,
    patience: Duration,
) -> Result<Option<JournalHead>, StoreError> {
    let Some(key) = tables.key() else { return Ok(None) };
    seal(link, tables, horizon, patience)?;
    let answers = link.read(|| tables.read().then(head_statement(tables)).committing());
    let answers = answers.map_err(|failure| failure.at("read the journal's head"))?;
    let head = head_of(answers.first().and_then(|rows| rows.first()))?;
    let head = head.map(|(_, head)| head);
    Ok(Some(head.unwrap_or_else(|| JournalHead::new(0, key.genesis()))))
}

/// Makes sure that the key is the one that the journal is sealed with. A journal that was not sealed before is sealed whole
/// with the first key that comes.
pub(super) fn unlock(link: &ConnectionPool, options: &PostgresOptions) -> Result<(), StoreError> {
    let schema = &options.schema;
    let tables = &Tables::new(options);
    let known = |answers: &[Vec<Row>]| -> Result<Option<Vec<u8>>, StoreError> {
        let row = answers.last().and_then(|rows| rows.first());
        let known = row.map_or(Ok(None), |row| get(row, 0));
        known.map_err(|reason| unreadable("key of", "the journal", reason))
    };
    let ask = || tables.statement("SELECT key FROM @.chain");
    let answers = link.read(|| tables.read().then(ask()).committing());
    let answers = answers.map_err(|failure| failure.at(ACTION))?;
    let refused = |what: &str| Err(StoreError::Refused(format!("schema `{schema}` {what}")));
    match (known(&answers)?, tables.key()) {
        (None, None) => Ok(()),
        (Some(_), None) => refused("has a sealed journal: connect with its key"),
        (Some(known), Some(key)) if known == key.check() => Ok(()),
        (Some(_), Some(_)) => refused("has a journal that is sealed with another key"),
        (None, Some(key)) => {
            let slow = Tables::new(&PostgresOptions {
                statement_timeout: LIMIT,
                lock_timeout: LIMIT,
                ..options.clone()
            });
            let mut session = link.long_session(LIMIT);
            // No commit is under way beyond this lock, and none begins before the end.
            let pipeline = slow.write();
            let pipeline = pipeline.then(slow.statement("LOCK TABLE @.gate IN EXCLUSIVE MODE"));
            let pipeline = pipeline.then(slow.statement(
                "LOCK TABLE @.journal, @.handled, @.conversations, @.chain IN SHARE ROW EXCLUSIVE MODE",
            ));
            let answers = session
                .pipeline(pipeline.then(ask()))
                .map_err(|failure| failure.at(ACTION))?;
            if known(&answers)?.is_some() {
                // Another node was faster.
                drop(session);
                return unlock(link, options);
            }
            seal_whole(&mut session, &slow, key)
        }
    }
}

/// Gives every row that is there its hash.
fn seal_whole(session: &mut Session<'_>, tables: &Tables, key: &JournalKey) -> Result<(), StoreError> {
    each_batch(session, tables, "journal", &["place"], COLUMNS, |row| {
        let mut record = sealed(row)?;
        record.nonce = Some(nonce());
        let hash = key.record(&record.content()).to_vec();
        let sql = "UPDATE @.journal SET nonce = $2, hash = $3 WHERE place = $1";
        let put = tables.statement(sql).number(record.place);
        Ok(put.number_or_null(record.nonce).bytes(hash))
    })?;
    let names = ["account", "sender", "id"];
    each_batch(
        session,
        tables,
        "handled",
        &names,
        "account, sender, id, body",
        |row| {
            let message = MessageKey::new(text(row, 0)?.into(), text(row, 1)?.into(), text(row, 2)?);
            let seal = seal_of_outcome(key, &message, get(row, 3)?);
            let sql = "UPDATE @.handled SET seal = $4 WHERE account = $1 AND sender = $2 AND id = $3";
            let put = tables.statement(sql).bytes(get(row, 0)?).bytes(get(row, 1)?);
            Ok(put.bytes(get(row, 2)?).bytes(seal.to_vec()))
        },
    )?;
    let columns = "account, citizen, version, body";
    each_batch(
        session,
        tables,
        "conversations",
        &["account", "citizen"],
        columns,
        |row| {
            let (account, citizen) = (text(row, 0)?, text(row, 1)?);
            let seal = seal_of_conversation(key, account, citizen, get(row, 2)?, get(row, 3)?);
            let sql = "UPDATE @.conversations SET seal = $3 WHERE account = $1 AND citizen = $2";
            let put = tables.statement(sql).bytes(get(row, 0)?).bytes(get(row, 1)?);
            Ok(put.bytes(seal.to_vec()))
        },
    )?;
    // From now on a store without the key can write nothing.
    let guard = "ALTER TABLE @.journal ADD CONSTRAINT is_sealed CHECK (hash IS NOT NULL)";
    let mark = tables
        .statement("UPDATE @.chain SET key = $1")
        .bytes(key.check().to_vec());
    let pipeline = Pipeline::going_on().then(tables.statement(guard)).then(mark);
    let done = session.pipeline(pipeline.committing());
    done.map(drop).map_err(|failure| failure.at(ACTION))
}

/// A name as the tables have it.
pub(super) fn text(row: &Row, column: usize) -> Result<&str, String> {
    std::str::from_utf8(get(row, column)?).map_err(|error| error.to_string())
}

/// Changes a table's rows in the order of their names, one statement a row.
fn each_batch(
    session: &mut Session<'_>,
    tables: &Tables,
    table: &str,
    names: &[&str],
    columns: &str,
    put: impl Fn(&Row) -> Result<super::pipeline::Statement, String>,
) -> Result<(), StoreError> {
    let order = names.join(", ");
    // A cursor keeps its place among the rows that are changed.
    let cursor = format!("DECLARE rows_{table} CURSOR FOR SELECT {columns} FROM @.{table} ORDER BY {order}");
    let mut pipeline = Pipeline::going_on().then(tables.statement(&cursor));
    loop {
        pipeline = pipeline.then(tables.statement(&format!("FETCH 500 FROM rows_{table}")));
        let answers = session.pipeline(pipeline).map_err(|failure| failure.at(ACTION))?;
        let rows = answers.last().map(Vec::as_slice).unwrap_or_default();
        if rows.is_empty() {
            let close = tables.statement(&format!("CLOSE rows_{table}"));
            let closed = session.pipeline(Pipeline::going_on().then(close));
            return closed.map(drop).map_err(|failure| failure.at(ACTION));
        }
        pipeline = Pipeline::going_on();
        for row in rows {
            match put(row) {
                Ok(statement) => pipeline = pipeline.then(statement),
                Err(reason) => tracing::error!(table, reason, "a row can't be sealed"),
            }
        }
    }
}
