//! The hash chain of the journal. It is extended after the commits, so that these do not wait for each other.
//!
//! A record has its own keyed hash from its commit on. A thread of the store appends the hashes to the chain
//! in the order of the journal, up to the watermark. Every node has such a thread; a lock lets one work at a
//! time.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::{Duration, Instant};

use tokio_postgres::Row;

use super::PostgresOptions;
use super::commit::nonce;
use super::journal::Watermark;
use super::pipeline::Pipeline;
use super::pool::{ConnectionPool, Session};
use super::retry::{TransactionError, with_retries};
use super::rows::{JOURNAL, get, journal_row, text};
use super::tables::Tables;
use crate::message::MessageKey;
use crate::store::codec::{row_count, unreadable};
use crate::store::hash_chain::{Digest, JournalRow, hash_of_conversation, hash_of_outcome};
use crate::store::{JournalHead, JournalKey, StoreError};

const ACTION: &str = "extend the hash chain";

/// The time from a commit until its records join the chain, so that the records of many commits join at once.
const PACE: Duration = Duration::from_millis(500);

/// The most records that join the chain at once.
const BATCH: usize = 2_000;

/// The distance of the stored heads of the chain, in records. Of closer heads only the last is stored.
const HEAD_DISTANCE: i64 = 1_000;

/// The limit of one statement while a journal gets its first key.
const LIMIT: Duration = Duration::from_secs(600);

/// The thread that extends the chain. It ends with the store.
#[derive(Debug)]
pub(super) struct ChainThread {
    wake: SyncSender<()>,
}

impl ChainThread {
    pub(super) fn start(
        pool: Arc<ConnectionPool>,
        tables: Arc<Tables>,
        watermark: Arc<Watermark>,
        patience: Duration,
    ) -> Result<Self, StoreError> {
        let (wake, woken) = mpsc::sync_channel(1);
        // Records that another node has left behind join first.
        let _ = wake.try_send(());
        thread::Builder::new()
            .name("civic-reply-chain".into())
            .spawn(move || {
                while woken.recv().is_ok() {
                    let begun = Instant::now();
                    // Further wake-ups belong to the same round. The end of the store ends the wait.
                    while let Some(left) = PACE.checked_sub(begun.elapsed()) {
                        if woken.recv_timeout(left) == Err(RecvTimeoutError::Disconnected) {
                            break;
                        }
                    }
                    if let Err(error) = extend(&pool, &tables, &watermark, patience) {
                        tracing::warn!(%error, "the hash chain is not extended until the next commit");
                    }
                }
            })
            .map_err(|error| StoreError::Backend {
                action: "start the thread of the hash chain",
                source: Box::new(error),
            })?;
        Ok(Self { wake })
    }

    /// Tells the thread that there are new records.
    pub(super) fn wake(&self) {
        // A full channel means that the thread is awake.
        let _ = self.wake.try_send(());
    }
}

/// Extends the chain to the end of the journal.
pub(super) fn extend(
    pool: &ConnectionPool,
    tables: &Tables,
    watermark: &Watermark,
    patience: Duration,
) -> Result<(), StoreError> {
    let Some(key) = tables.key() else { return Ok(()) };
    let end = watermark.advance(pool, tables, patience)?;
    while with_retries(ACTION, || extend_by_batch(pool, tables, key, end))? {}
    Ok(())
}

/// Extends the chain by a batch of the records before `end`. Gives whether there may be more.
fn extend_by_batch(
    pool: &ConnectionPool,
    tables: &Tables,
    key: &JournalKey,
    end: i64,
) -> Result<bool, TransactionError> {
    let mut session = pool.session();
    let lock = tables.statement("LOCK TABLE @.chain_heads IN EXCLUSIVE MODE");
    let answers = session.send(tables.write().then(lock).then(head_statement(tables)))?;
    let last = head_of(answers.get(1).and_then(|rows| rows.first()))?;
    let before = last.as_ref().map_or(0, |(position, _)| *position);
    let sql = format!("SELECT {JOURNAL} FROM @.journal WHERE seq > $1 AND seq < $2 ORDER BY seq LIMIT $3");
    let batch = tables.statement(&sql).number(before).number(end);
    let answers = session.send(Pipeline::continuing().then(batch.number(row_count(BATCH))))?;
    let rows = answers.first().map(Vec::as_slice).unwrap_or_default();
    let (mut count, mut chain) = match &last {
        Some((_, head)) => (record_count(head), *head.hash()),
        None => (0, key.genesis()),
    };
    let mut position = before;
    for row in rows {
        let row = journal_row(row).map_err(|reason| unreadable("journal record", "?", reason))?;
        chain = key.link(
            &chain,
            row.position,
            row.at,
            row.case.as_deref(),
            &hash_of(key, &row),
        );
        (position, count) = (row.position, count + 1);
    }
    let more = rows.len() == BATCH;
    let mut pipeline = Pipeline::continuing();
    if !rows.is_empty() {
        let sql = "INSERT INTO @.chain_heads (seq, record_count, chain_hash) VALUES ($1, $2, $3)";
        let put = tables.statement(sql).number(position).number(count);
        pipeline = pipeline.then(put.bytes(chain.to_vec()));
        if let Some((position, head)) = &last
            && record_count(head) / HEAD_DISTANCE == count / HEAD_DISTANCE
        {
            pipeline = pipeline.then(
                tables
                    .statement("DELETE FROM @.chain_heads WHERE seq = $1")
                    .number(*position),
            );
        }
    }
    session.send(pipeline.committing())?;
    Ok(more)
}

/// The stored hash of a record. A record without one was not written by a store that has the key.
fn hash_of(key: &JournalKey, row: &JournalRow) -> Digest {
    let stored = row.hash.as_deref().and_then(|hash| hash.try_into().ok());
    stored.unwrap_or_else(|| key.record(&row.content()))
}

fn record_count(head: &JournalHead) -> i64 {
    i64::try_from(head.count()).unwrap_or(i64::MAX)
}

fn head_statement(tables: &Tables) -> super::pipeline::Statement {
    // After retention has cut everything off, the chain continues from its base.
    tables.statement(
        "SELECT seq, record_count, chain_hash FROM @.chain_heads
         UNION ALL SELECT base_seq, base_count, base_hash FROM @.journal_state WHERE base_hash IS NOT NULL
         ORDER BY seq DESC LIMIT 1",
    )
}

/// The position and the head of a row `seq, record_count, chain_hash`.
pub(super) fn head_of(row: Option<&Row>) -> Result<Option<(i64, JournalHead)>, StoreError> {
    let Some(row) = row else { return Ok(None) };
    let parse = || -> Result<(i64, JournalHead), String> {
        let (position, count): (i64, i64) = (get(row, 0)?, get(row, 1)?);
        let hash: Vec<u8> = get(row, 2)?;
        let hash: Digest = hash
            .try_into()
            .map_err(|_| "its hash does not have 32 bytes".to_owned())?;
        Ok((position, JournalHead::new(count.unsigned_abs(), hash)))
    };
    parse()
        .map(Some)
        .map_err(|reason| unreadable("hash chain of", "the journal", reason))
}

/// The head of the chain, after it was extended to the end of the journal.
pub(super) fn head(
    pool: &ConnectionPool,
    tables: &Tables,
    watermark: &Watermark,
    patience: Duration,
) -> Result<Option<JournalHead>, StoreError> {
    let Some(key) = tables.key() else { return Ok(None) };
    extend(pool, tables, watermark, patience)?;
    let answers = pool.read(|| tables.read().then(head_statement(tables)).committing());
    let answers = answers.map_err(|failure| failure.at("read the journal's head"))?;
    let head = head_of(answers.first().and_then(|rows| rows.first()))?;
    let head = head.map(|(_, head)| head);
    Ok(Some(head.unwrap_or_else(|| JournalHead::new(0, key.genesis()))))
}

/// Checks that the journal's key is this one. The first key for a journal without one becomes its key, and
/// the whole journal is hashed with it.
pub(super) fn unlock(pool: &ConnectionPool, options: &PostgresOptions) -> Result<(), StoreError> {
    let schema = &options.schema;
    let tables = &Tables::new(options);
    let known = |answers: &[Vec<Row>]| -> Result<Option<Vec<u8>>, StoreError> {
        let row = answers.last().and_then(|rows| rows.first());
        let known = row.map_or(Ok(None), |row| get(row, 0));
        known.map_err(|reason| unreadable("key of", "the journal", reason))
    };
    let ask = || tables.statement("SELECT key_check FROM @.journal_state");
    let answers = pool.read(|| tables.read().then(ask()).committing());
    let answers = answers.map_err(|failure| failure.at(ACTION))?;
    let refused = |what: &str| Err(StoreError::Refused(format!("schema `{schema}` {what}")));
    match (known(&answers)?, tables.key()) {
        (None, None) => Ok(()),
        (Some(_), None) => refused("has a journal with a key: connect with that key"),
        (Some(known), Some(key)) if known == key.check() => Ok(()),
        (Some(_), Some(_)) => refused("has a journal with another key"),
        (None, Some(key)) => {
            let slow = Tables::new(&PostgresOptions {
                statement_timeout: LIMIT,
                lock_timeout: LIMIT,
                ..options.clone()
            });
            let mut session = pool.long_session(LIMIT);
            // Under this lock no commit is under way, and none begins before the end of the transaction.
            let pipeline = slow.write();
            let pipeline = pipeline.then(slow.statement("LOCK TABLE @.commit_lock IN EXCLUSIVE MODE"));
            let pipeline = pipeline.then(slow.statement(
                "LOCK TABLE @.journal, @.outcomes, @.conversations, @.journal_state
                 IN SHARE ROW EXCLUSIVE MODE",
            ));
            let answers = session
                .send(pipeline.then(ask()))
                .map_err(|failure| failure.at(ACTION))?;
            if known(&answers)?.is_some() {
                // Another node was faster.
                drop(session);
                return unlock(pool, options);
            }
            hash_all(&mut session, &slow, key)
        }
    }
}

/// Hashes every record, outcome and conversation.
fn hash_all(session: &mut Session<'_>, tables: &Tables, key: &JournalKey) -> Result<(), StoreError> {
    each_batch(session, tables, "journal", &["seq"], JOURNAL, |row| {
        let mut record = journal_row(row)?;
        record.nonce = Some(nonce());
        let hash = key.record(&record.content()).to_vec();
        let sql = "UPDATE @.journal SET nonce = $2, record_hash = $3 WHERE seq = $1";
        let put = tables.statement(sql).number(record.position);
        Ok(put.number_or_null(record.nonce).bytes(hash))
    })?;
    let names = ["account", "sender", "id"];
    each_batch(
        session,
        tables,
        "outcomes",
        &names,
        "account, sender, id, body",
        |row| {
            let message = MessageKey::new(text(row, 0)?.into(), text(row, 1)?.into(), text(row, 2)?);
            let hash = hash_of_outcome(key, &message, get(row, 3)?);
            let sql = "UPDATE @.outcomes SET row_hash = $4 WHERE account = $1 AND sender = $2 AND id = $3";
            let put = tables.statement(sql).bytes(get(row, 0)?).bytes(get(row, 1)?);
            Ok(put.bytes(get(row, 2)?).bytes(hash.to_vec()))
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
            let hash = hash_of_conversation(key, account, citizen, get(row, 2)?, get(row, 3)?);
            let sql = "UPDATE @.conversations SET row_hash = $3 WHERE account = $1 AND citizen = $2";
            let put = tables.statement(sql).bytes(get(row, 0)?).bytes(get(row, 1)?);
            Ok(put.bytes(hash.to_vec()))
        },
    )?;
    // From now on a store without the key cannot append to the journal.
    let guard = "ALTER TABLE @.journal ADD CONSTRAINT is_sealed CHECK (record_hash IS NOT NULL)";
    let mark = tables
        .statement("UPDATE @.journal_state SET key_check = $1")
        .bytes(key.check().to_vec());
    let pipeline = Pipeline::continuing().then(tables.statement(guard)).then(mark);
    let done = session.send(pipeline.committing());
    done.map(drop).map_err(|failure| failure.at(ACTION))
}

/// Updates a table's rows in the order of their keys, with one statement for each row.
fn each_batch(
    session: &mut Session<'_>,
    tables: &Tables,
    table: &str,
    names: &[&str],
    columns: &str,
    put: impl Fn(&Row) -> Result<super::pipeline::Statement, String>,
) -> Result<(), StoreError> {
    let order = names.join(", ");
    // A cursor keeps its position while rows are updated.
    let cursor = format!("DECLARE rows_{table} CURSOR FOR SELECT {columns} FROM @.{table} ORDER BY {order}");
    let mut pipeline = Pipeline::continuing().then(tables.statement(&cursor));
    loop {
        pipeline = pipeline.then(tables.statement(&format!("FETCH 500 FROM rows_{table}")));
        let answers = session.send(pipeline).map_err(|failure| failure.at(ACTION))?;
        let rows = answers.last().map(Vec::as_slice).unwrap_or_default();
        if rows.is_empty() {
            let close = tables.statement(&format!("CLOSE rows_{table}"));
            let closed = session.send(Pipeline::continuing().then(close));
            return closed.map(drop).map_err(|failure| failure.at(ACTION));
        }
        pipeline = Pipeline::continuing();
        for row in rows {
            match put(row) {
                Ok(statement) => pipeline = pipeline.then(statement),
                Err(reason) => tracing::error!(table, reason, "a row is unreadable and gets no hash"),
            }
        }
    }
}
