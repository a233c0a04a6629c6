//! Retention, inside the writer's transaction: removes old cases and messages, and keeps the hash chain
//! intact.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::chain::{self, COLUMNS, JournalState, journal_row};
use super::read;
use super::rows::{self, backend, from_body};
use crate::case::{Case, CaseId, Event};
use crate::message::{Conversation, MessageKey};
use crate::reply::Handled;
use crate::store::follow_mergers::last_successor;
use crate::store::hash_chain::{RecordRow, join};
use crate::store::own_records::{case_of, store_record};
use crate::store::{JournalKey, Pruning, StoreError, queue};

pub(super) fn prune(
    db: &Connection,
    key: Option<&JournalKey>,
    before: Timestamp,
    limit: usize,
    now: Timestamp,
) -> Result<Pruning, StoreError> {
    let mut pruner = Pruner {
        db,
        key,
        before: queue::micros(before),
        done: Pruning::default(),
    };
    pruner.cases(limit)?;
    let failed = backend("remove what has ended");
    pruner.messages(limit).map_err(&failed)?;
    db.execute(
        "DELETE FROM unreadable_conversations WHERE set_aside_at < ?1",
        [pruner.before],
    )
    .map_err(&failed)?;
    let done = pruner.done;
    if done.records > 0 || !done.cases.is_empty() {
        let cases = done.cases.clone();
        let record = store_record(Event::Pruned { before, cases }, now);
        let record = RecordRow::new(&record, None, None, key)?;
        chain::append(db, key, &[record]).map_err(&failed)?;
        if key.is_some() {
            cut_off(db, queue::micros(before)).map_err(&failed)?;
        }
    }
    Ok(done)
}

struct Pruner<'a> {
    db: &'a Connection,
    key: Option<&'a JournalKey>,
    before: i64,
    done: Pruning,
}

impl Pruner<'_> {
    fn cases(&mut self, limit: usize) -> Result<(), StoreError> {
        let failed = backend("remove cases that have ended");
        let mut statement = self
            .db
            .prepare_cached(
                "SELECT id, body FROM cases INDEXED BY cases_ended
                 WHERE ended_at IS NOT NULL AND ended_at < ?1 ORDER BY ended_at, id",
            )
            .map_err(&failed)?;
        let mut rows = statement.query([self.before]).map_err(&failed)?;
        let mut gone = Vec::new();
        while let Some(row) = rows.next().map_err(&failed)? {
            let case: Result<Case, String> = from_body(row, 1);
            // A person must look at an unreadable row. A case that has not ended is live work even
            // if its column says otherwise.
            let Ok(case) = case else { continue };
            let successor = last_successor(&case, |id| read::case(self.db, id))?;
            if !case.has_ended() || successor.is_some_and(|successor| !successor.has_ended()) {
                continue;
            }
            if gone.len() == limit {
                self.done.more = true;
                break;
            }
            gone.push(case);
        }
        drop(rows);
        for case in gone {
            self.remove_case(&case).map_err(&failed)?;
            self.done.cases.push(case.id);
        }
        Ok(())
    }

    fn remove_case(&mut self, case: &Case) -> rusqlite::Result<()> {
        self.db
            .prepare_cached("DELETE FROM cases WHERE id = ?1")?
            .execute([case.id.as_str()])?;
        let of_case = self.positions(
            "SELECT seq FROM journal WHERE case_id = ?1 AND body <> ''",
            &case.id,
        )?;
        for position in of_case {
            self.remove_record(position)?;
        }
        // The record of the message that opened the case names no case, and the scan of older messages may be
        // past it.
        let mut statement = self.db.prepare_cached(
            "SELECT seq, body, personal FROM journal
             WHERE citizen = ?1 AND case_id IS NULL AND recorded_at < ?2",
        )?;
        let mut found = statement.query(params![case.key.sender().as_str(), self.before])?;
        let mut own = Vec::new();
        while let Some(row) = found.next()? {
            if rows::record(row, 1).is_ok_and(|record| record.event.message() == Some(&case.key)) {
                own.push(row.get(0)?);
            }
        }
        drop(found);
        for position in own {
            self.remove_record(position)?;
        }
        self.remove_outcome(&case.key)?;
        self.remove_conversation(&case.key)
    }

    fn positions(&self, sql: &str, id: &CaseId) -> rusqlite::Result<Vec<i64>> {
        let mut statement = self.db.prepare_cached(sql)?;
        let positions = statement.query_map([id.as_str()], |row| row.get(0))?;
        positions.collect()
    }

    /// Removes the outcomes of older messages that opened no case. Continues along the journal where the last
    /// call stopped.
    fn messages(&mut self, limit: usize) -> rusqlite::Result<()> {
        let sql = format!(
            "SELECT {COLUMNS} FROM journal WHERE seq > ?1 AND case_id IS NULL AND body <> '' ORDER BY seq"
        );
        let mut statement = self.db.prepare_cached(&sql)?;
        let mut rows = statement.query([JournalState::read(self.db)?.pruned_to])?;
        let (mut gone, mut last) = (Vec::new(), None);
        while let Some(row) = rows.next()? {
            let row = journal_row(row)?;
            if row.at >= self.before {
                break;
            }
            if gone.len() == limit {
                self.done.more = true;
                break;
            }
            last = Some(row.position);
            let Ok(record) = join(&row.body, row.personal.as_deref()) else {
                continue;
            };
            if let Some(key) = record.event.message() {
                gone.push((row.position, key.clone()));
            }
        }
        drop(rows);
        for (position, key) in gone {
            if self.has_a_case(&key)? {
                continue;
            }
            self.remove_record(position)?;
            self.remove_outcome(&key)?;
            self.remove_conversation(&key)?;
        }
        if let Some(last) = last {
            self.db
                .prepare_cached("UPDATE journal_state SET pruned_to = ?1")?
                .execute([last])?;
        }
        Ok(())
    }

    /// Whether the message's outcome names a case that is still stored.
    fn has_a_case(&self, key: &MessageKey) -> rusqlite::Result<bool> {
        let mut statement = self
            .db
            .prepare_cached("SELECT body FROM outcomes WHERE account = ?1 AND sender = ?2 AND id = ?3")?;
        let message = params![key.account().as_str(), key.sender().as_str(), key.id()];
        let handled: Option<Result<Handled, String>> = statement
            .query_row(message, |row| Ok(from_body(row, 0)))
            .optional()?;
        let mut stored = self.db.prepare_cached("SELECT 1 FROM cases WHERE id = ?1")?;
        match handled {
            None => Ok(false),
            // A person must look at it.
            Some(Err(_)) => Ok(true),
            Some(Ok(handled)) => match case_of(&handled) {
                Some(case) => stored.exists([case.as_str()]),
                None => Ok(false),
            },
        }
    }

    /// Removes a record. In a journal with a key, its position and its hash stay: the chain needs them.
    fn remove_record(&mut self, position: i64) -> rusqlite::Result<()> {
        self.done.records += 1;
        let Some(key) = self.key else {
            return self
                .db
                .prepare_cached("DELETE FROM journal WHERE seq = ?1")?
                .execute([position])
                .map(drop);
        };
        let sql = format!("SELECT {COLUMNS} FROM journal WHERE seq = ?1");
        let row = self.db.prepare_cached(&sql)?.query_row([position], journal_row)?;
        self.db
            .prepare_cached(
                "UPDATE journal SET body = '', personal = NULL, personal_salt = NULL, personal_digest = NULL,
                     citizen = NULL, conversation_version = NULL, record_hash = ?2
                 WHERE seq = ?1",
            )?
            .execute(params![position, key.record(&row.content())])
            .map(drop)
    }

    fn remove_outcome(&mut self, key: &MessageKey) -> rusqlite::Result<()> {
        let mut statement = self
            .db
            .prepare_cached("DELETE FROM outcomes WHERE account = ?1 AND sender = ?2 AND id = ?3")?;
        let gone = statement.execute(params![key.account().as_str(), key.sender().as_str(), key.id()])?;
        self.done.messages += gone as u64;
        Ok(())
    }

    /// Removes the conversation that a message belongs to, unless it has something newer or a case.
    fn remove_conversation(&mut self, key: &MessageKey) -> rusqlite::Result<()> {
        let (account, citizen) = (key.account().as_str(), key.sender().as_str());
        let mut statement = self
            .db
            .prepare_cached("SELECT body FROM conversations WHERE account = ?1 AND citizen = ?2")?;
        let conversation: Option<Result<Conversation, String>> = statement
            .query_row(params![account, citizen], |row| Ok(from_body(row, 0)))
            .optional()?;
        let Some(Ok(conversation)) = conversation else {
            return Ok(());
        };
        let last_at = conversation.last_at.map(queue::micros);
        let recent = last_at.is_none_or(|last| last >= self.before);
        let mut cases = self.db.prepare_cached(
            "SELECT 1 FROM cases INDEXED BY queue_of_citizen WHERE citizen = ?1 AND account = ?2",
        )?;
        if recent || cases.exists([citizen, account])? {
            return Ok(());
        }
        let mut statement = self
            .db
            .prepare_cached("DELETE FROM conversations WHERE account = ?1 AND citizen = ?2")?;
        self.done.conversations += statement.execute([account, citizen])? as u64;
        Ok(())
    }
}

/// Cuts off the beginning of the journal before the first record that is not removed, and keeps the head of
/// that part of the chain.
///
/// Records of old erasures and removals are cut off together with the records that they are about.
fn cut_off(db: &Connection, before: i64) -> rusqlite::Result<()> {
    let sql = format!("SELECT {COLUMNS} FROM journal ORDER BY seq");
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query([])?;
    let (mut last, mut cut) = (None, 0);
    while let Some(row) = rows.next()? {
        let row = journal_row(row)?;
        let is_bookkeeping = || join(&row.body, None).is_ok_and(|record| record.event.is_bookkeeping());
        if !row.is_removed() && (row.at >= before || !is_bookkeeping()) {
            break;
        }
        cut += 1;
        last = Some((row.position, row.chain_hash));
    }
    drop(rows);
    if let Some((position, chain_hash)) = last {
        db.prepare_cached("DELETE FROM journal WHERE seq <= ?1")?
            .execute([position])?;
        db.prepare_cached("UPDATE journal_state SET base_count = base_count + ?1, base_hash = ?2")?
            .execute(params![cut, chain_hash])?;
    }
    Ok(())
}
