//! Retention, in one transaction: removes old cases and messages, and keeps the hash chain intact.

use std::collections::BTreeSet;

use jiff::Timestamp;
use tokio_postgres::Row;

use super::commit::append;
use super::erasure::{counted, locked_case, query};
use super::pipeline::{Pipeline, Statement};
use super::pool::{ConnectionPool, Session};
use super::retry::{TransactionError, with_retries};
use super::rows::{self, from_body, get, instant};
use super::tables::{Tables, clock};
use crate::case::{Case, CaseId, Event};
use crate::message::{Conversation, MessageKey};
use crate::reply::Handled;
use crate::store::codec::row_count;
use crate::store::follow_mergers::last_successor;
use crate::store::hash_chain::join;
use crate::store::own_records::{case_of, store_record};
use crate::store::{Pruning, StoreError, queue};

/// How many cases are read at once.
const BATCH: usize = 200;

/// How many records are read at once to cut off the beginning of the journal.
const CUT_BATCH: usize = 500;

pub(super) fn prune(
    pool: &ConnectionPool,
    tables: &Tables,
    before: Timestamp,
    limit: usize,
) -> Result<Pruning, StoreError> {
    with_retries("remove what has ended", || {
        let mut session = pool.session();
        // One node at a time: the row holds the position up to which messages were removed.
        let position = tables.statement("SELECT pruned_to FROM @.journal_state FOR UPDATE");
        let answers = session.send(tables.write().then(position).then(clock(tables)))?;
        let first = |n: usize| answers.get(n).and_then(|rows: &Vec<Row>| rows.first());
        let pruned_to: i64 = first(0).and_then(|row| get(row, 0).ok()).unwrap_or_default();
        let now = first(1).map(instant).transpose()?;
        let mut pruner = Pruner {
            session,
            tables,
            before: queue::micros(before),
            done: Pruning::default(),
            messages: BTreeSet::new(),
        };
        pruner.cases(limit)?;
        pruner.older_messages(pruned_to, limit)?;
        pruner.remove_messages()?;
        let aside = "DELETE FROM @.unreadable_conversations WHERE set_aside_at < $1";
        pruner.query(tables.statement(aside).number(queue::micros(before)))?;
        let Pruner {
            mut session, done, ..
        } = pruner;
        let mut pipeline = Pipeline::continuing();
        if done.records > 0 || !done.cases.is_empty() {
            if tables.key().is_some() {
                cut_off(&mut session, tables, queue::micros(before))?;
            }
            let cases = done.cases.clone();
            let now = now.unwrap_or(before);
            let record = store_record(Event::Pruned { before, cases }, now);
            pipeline = append(tables, pipeline, &[record], None)?;
        }
        session.send(pipeline.committing())?;
        Ok(done)
    })
}

struct Pruner<'a> {
    session: Session<'a>,
    tables: &'a Tables,
    before: i64,
    done: Pruning,
    /// The messages to be removed with their outcomes.
    messages: BTreeSet<MessageKey>,
}

impl Pruner<'_> {
    fn query(&mut self, statement: Statement) -> Result<Vec<Row>, TransactionError> {
        query(&mut self.session, statement)
    }

    fn cases(&mut self, limit: usize) -> Result<(), TransactionError> {
        let sql = "SELECT id, version, body, ended_at FROM @.cases
                   WHERE ended_at IS NOT NULL AND ended_at < $1 AND (ended_at, id) > ($2, $3)
                   ORDER BY ended_at, id LIMIT $4 FOR UPDATE";
        let (mut ended, mut id) = (i64::MIN, Vec::new());
        let mut gone = Vec::new();
        loop {
            let batch = self.tables.statement(sql).number(self.before).number(ended);
            let rows = self.query(batch.bytes(id.clone()).number(row_count(BATCH)))?;
            for row in &rows {
                // A person must look at an unreadable row. A case that has not ended is live work even
                // if its column says otherwise.
                let Ok(case) = rows::case(row) else { continue };
                if !self.has_ended(&case)? {
                    continue;
                }
                if gone.len() == limit {
                    self.done.more = true;
                    break;
                }
                gone.push(case);
            }
            match rows.last() {
                Some(last) if rows.len() == BATCH && !self.done.more => {
                    ended = get(last, 3).unwrap_or(i64::MAX);
                    id = rows::id(last).to_vec();
                }
                _ => break,
            }
        }
        self.remove_cases(gone)
    }

    fn has_ended(&mut self, case: &Case) -> Result<bool, TransactionError> {
        let (session, tables) = (&mut self.session, self.tables);
        let successor = last_successor(case, |id| locked_case(session, tables, id))?;
        Ok(case.has_ended() && successor.is_none_or(|successor| successor.has_ended()))
    }

    fn remove_cases(&mut self, gone: Vec<Case>) -> Result<(), TransactionError> {
        if gone.is_empty() {
            return Ok(());
        }
        let bytes = |name: &str| Some(name.as_bytes().to_vec());
        let ids = || gone.iter().map(|case| bytes(case.id.as_str())).collect();
        let remove = self.tables.statement("DELETE FROM @.cases WHERE id = ANY ($1)");
        self.query(remove.names(ids()))?;
        let of_cases = self.remove_records("case_id = ANY ($1)");
        self.done.records += counted(&self.query(of_cases.names(ids()))?);
        // The record of the message that opened a case names no case, and the scan of older messages may be
        // past it.
        let sql = "SELECT seq, body, personal FROM @.journal
                   WHERE citizen = ANY ($1) AND case_id IS NULL AND recorded_at < $2";
        let citizens: BTreeSet<_> = gone
            .iter()
            .map(|case| bytes(case.key.sender().as_str()))
            .collect();
        let of_citizens = self.tables.statement(sql).names(citizens.into_iter().collect());
        let rows = self.query(of_citizens.number(self.before))?;
        let keys: BTreeSet<_> = gone.iter().map(|case| &case.key).collect();
        let own = rows.iter().filter(|row| {
            let record = rows::record(row, 1);
            record.is_ok_and(|record| record.event.message().is_some_and(|key| keys.contains(key)))
        });
        let own = own.filter_map(|row| get(row, 0).ok()).collect();
        self.remove_positions(own)?;
        for case in gone {
            self.messages.insert(case.key);
            self.done.cases.push(case.id);
        }
        Ok(())
    }

    /// Removes records. In a journal with a key, their positions and hashes stay: the chain needs them.
    fn remove_records(&self, which: &str) -> Statement {
        let sql = if self.tables.key().is_some() {
            format!(
                "WITH gone AS (
                     UPDATE @.journal SET body = '', personal = NULL, personal_salt = NULL,
                         personal_digest = NULL, citizen = NULL, conversation_version = NULL, nonce = NULL
                     WHERE body <> '' AND {which} RETURNING 1)
                 SELECT count(*) FROM gone"
            )
        } else {
            format!(
                "WITH gone AS (DELETE FROM @.journal WHERE {which} RETURNING 1) SELECT count(*) FROM gone"
            )
        };
        self.tables.statement(&sql)
    }

    fn remove_positions(&mut self, positions: Vec<i64>) -> Result<(), TransactionError> {
        if !positions.is_empty() {
            let gone = self.query(self.remove_records("seq = ANY ($1)").numbers(positions))?;
            self.done.records += counted(&gone);
        }
        Ok(())
    }

    /// Removes the records of older messages that opened no case. Continues along the journal after
    /// `pruned_to`.
    fn older_messages(&mut self, pruned_to: i64, limit: usize) -> Result<(), TransactionError> {
        let sql = "SELECT seq, body, personal, recorded_at FROM @.journal
                   WHERE seq > $1 AND case_id IS NULL AND body <> '' ORDER BY seq LIMIT $2";
        let statement = self.tables.statement(sql).number(pruned_to);
        let rows = self.query(statement.number(row_count(limit).saturating_add(1)))?;
        let (mut older, mut last) = (Vec::new(), pruned_to);
        for (n, row) in rows.iter().enumerate() {
            let at: i64 = get(row, 3).unwrap_or(i64::MAX);
            if at >= self.before {
                break;
            }
            if n == limit {
                self.done.more = true;
                break;
            }
            last = get(row, 0).unwrap_or(last);
            if let Some(key) = rows::record(row, 1)
                .ok()
                .and_then(|record| record.event.message().cloned())
            {
                older.push((last, key));
            }
        }
        let with_cases = self.with_cases(older.iter().map(|(_, key)| key))?;
        older.retain(|(_, key)| !with_cases.contains(key));
        let positions = older.iter().map(|(position, _)| *position).collect();
        self.remove_positions(positions)?;
        self.messages.extend(older.into_iter().map(|(_, key)| key));
        if last > pruned_to {
            self.query(
                self.tables
                    .statement("UPDATE @.journal_state SET pruned_to = $1")
                    .number(last),
            )?;
        }
        Ok(())
    }

    /// The messages with an unreadable outcome, or with one that names a case that is still stored.
    fn with_cases<'k>(
        &mut self,
        keys: impl Iterator<Item = &'k MessageKey> + Clone,
    ) -> Result<BTreeSet<MessageKey>, TransactionError> {
        let sql = "SELECT outcomes.account, outcomes.sender, outcomes.id, body FROM unnest($1, $2, $3)
                       AS named (account, sender, id)
                   JOIN @.outcomes USING (account, sender, id)";
        let rows = self.query(named(self.tables.statement(sql), keys))?;
        let (mut kept, mut sent) = (BTreeSet::new(), Vec::new());
        for row in &rows {
            let Ok(key) = rows::message(row) else {
                continue;
            };
            let handled: Result<Handled, String> = from_body(row, 3);
            match handled.as_ref().map(case_of) {
                Ok(Some(case)) => sent.push((key, case.clone())),
                Ok(None) => {}
                // A person must look at it.
                Err(_) => drop(kept.insert(key)),
            }
        }
        let ids = sent
            .iter()
            .map(|(_, case)| Some(case.as_str().as_bytes().to_vec()));
        let stored = self
            .tables
            .statement("SELECT id FROM @.cases WHERE id = ANY ($1)");
        let stored = self.query(stored.names(ids.collect()))?;
        let stored: BTreeSet<_> = stored.iter().map(|row| CaseId::new(rows::name(row))).collect();
        kept.extend(
            sent.into_iter()
                .filter(|(_, case)| stored.contains(case))
                .map(|(key, _)| key),
        );
        Ok(kept)
    }

    /// Removes the outcomes of the messages, and their conversations unless these have something newer or a
    /// case.
    fn remove_messages(&mut self) -> Result<(), TransactionError> {
        if self.messages.is_empty() {
            return Ok(());
        }
        let messages = std::mem::take(&mut self.messages);
        let sql =
            "WITH gone AS (DELETE FROM @.outcomes USING unnest($1, $2, $3) AS named (account, sender, id)
                       WHERE outcomes.account = named.account AND outcomes.sender = named.sender
                           AND outcomes.id = named.id RETURNING 1)
                   SELECT count(*) FROM gone";
        let gone = self.query(named(self.tables.statement(sql), messages.iter()))?;
        self.done.messages += counted(&gone);
        let sql = "SELECT DISTINCT c.account, c.citizen, c.version, c.body
                   FROM unnest($1, $2, $3) AS named (account, sender, id)
                   JOIN @.conversations c ON c.account = named.account AND c.citizen = named.sender
                   WHERE NOT EXISTS (SELECT FROM @.cases
                       WHERE cases.citizen = c.citizen AND cases.account = c.account)";
        let rows = self.query(named(self.tables.statement(sql), messages.iter()))?;
        let before = self.before;
        let ended = rows.iter().filter(|row| {
            let conversation: Result<Conversation, String> = from_body(row, 3);
            let last_at = conversation.ok().and_then(|conversation| conversation.last_at);
            last_at.is_some_and(|last| queue::micros(last) < before)
        });
        let ended: Vec<_> = ended.collect();
        let names = |column| ended.iter().map(|row| get(row, column).ok()).collect();
        let versions = ended.iter().map(|row| get(row, 2).unwrap_or_default()).collect();
        let sql = "WITH gone AS (DELETE FROM @.conversations c
                       USING unnest($1, $2, $3) AS named (account, citizen, v)
                       WHERE c.account = named.account AND c.citizen = named.citizen
                           AND c.version = named.v RETURNING 1)
                   SELECT count(*) FROM gone";
        let remove = self.tables.statement(sql).names(names(0)).names(names(1));
        let gone = self.query(remove.numbers(versions))?;
        self.done.conversations += counted(&gone);
        Ok(())
    }
}

/// Binds messages to the next three values.
fn named<'k>(statement: Statement, keys: impl Iterator<Item = &'k MessageKey> + Clone) -> Statement {
    let bytes = |name: &str| Some(name.as_bytes().to_vec());
    statement
        .names(keys.clone().map(|key| bytes(key.account().as_str())).collect())
        .names(keys.clone().map(|key| bytes(key.sender().as_str())).collect())
        .names(keys.map(|key| bytes(key.id())).collect())
}

/// Cuts off the beginning of the journal, up to the last stored head before the first record that is not
/// removed.
///
/// Records of old erasures and removals are cut off together with the records that they are about.
fn cut_off(session: &mut Session<'_>, tables: &Tables, before: i64) -> Result<(), TransactionError> {
    let mut position = 0;
    let first = 'found: loop {
        let sql = "SELECT seq, recorded_at, body FROM @.journal 
                   WHERE seq > $1 AND body <> '' ORDER BY seq LIMIT $2";
        let rows = query(
            session,
            tables
                .statement(sql)
                .number(position)
                .number(row_count(CUT_BATCH)),
        )?;
        for row in &rows {
            position = get(row, 0).unwrap_or(i64::MAX);
            let body: &str = get(row, 2).unwrap_or_default();
            let is_bookkeeping =
                join(body.as_bytes(), None).is_ok_and(|record| record.event.is_bookkeeping());
            if get(row, 1).unwrap_or(i64::MAX) >= before || !is_bookkeeping {
                break 'found position;
            }
        }
        if rows.len() < CUT_BATCH {
            break i64::MAX;
        }
    };
    let sql = "UPDATE @.journal_state
               SET base_seq = head.seq, base_count = head.record_count, base_hash = head.chain_hash
               FROM (SELECT seq, record_count, chain_hash FROM @.chain_heads WHERE seq < $1
                     ORDER BY seq DESC LIMIT 1) head
               WHERE head.seq > base_seq RETURNING base_seq";
    let cut = query(session, tables.statement(sql).number(first))?;
    if let Some(position) = cut.first().and_then(|row| get::<i64>(row, 0).ok()) {
        let records = tables
            .statement("DELETE FROM @.journal WHERE seq <= $1")
            .number(position);
        let heads = tables
            .statement("DELETE FROM @.chain_heads WHERE seq <= $1")
            .number(position);
        session.send(Pipeline::continuing().then(records).then(heads))?;
    }
    Ok(())
}
