//! Retention, inside the writer's transaction: what ended long ago goes, and the chain stays whole.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::chain::{self, COLUMNS, Ends, sealed};
use super::forget::heir;
use super::read;
use super::rows::{backend, from_body};
use crate::case::{Case, CaseId, Event};
use crate::message::{Conversation, MessageKey};
use crate::reply::Handled;
use crate::store::forget::{bookkeeping, case_of};
use crate::store::hash_chain::{RecordRow, join};
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
    let done = pruner.done;
    if done.records > 0 || !done.cases.is_empty() {
        let cases = done.cases.clone();
        let record = bookkeeping(Event::Pruned { before, cases }, now);
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
                 WHERE ended IS NOT NULL AND ended < ?1 ORDER BY ended, id",
            )
            .map_err(&failed)?;
        let mut rows = statement.query([self.before]).map_err(&failed)?;
        let mut gone = Vec::new();
        while let Some(row) = rows.next().map_err(&failed)? {
            let case: Result<Case, String> = from_body(row, 1);
            // A row that can't be read is for a person to look at; one whose column errs is live work.
            let Ok(case) = case else { continue };
            if !case.has_ended() || heir(self.db, &case)?.is_some_and(|heir| !heir.has_ended()) {
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
        let of_case = self.places(
            "SELECT seq FROM journal WHERE case_id = ?1 AND body <> ''",
            &case.id,
        )?;
        for place in of_case {
            self.remove_record(place)?;
        }
        // The record of the message that opened it names no case; the walk over older messages may have passed it by.
        let mut statement = self
            .db
            .prepare_cached("SELECT seq, body, personal FROM journal WHERE citizen = ?1 AND at < ?2")?;
        let mut rows = statement.query(params![case.key.sender().as_str(), self.before])?;
        let mut own = Vec::new();
        while let Some(row) = rows.next()? {
            if read::record(row, 1).is_ok_and(|record| record.event.message() == Some(&case.key)) {
                own.push(row.get(0)?);
            }
        }
        drop(rows);
        for place in own {
            self.remove_record(place)?;
        }
        self.remove_outcome(&case.key)?;
        self.remove_conversation(&case.key)
    }

    fn places(&self, sql: &str, id: &CaseId) -> rusqlite::Result<Vec<i64>> {
        let mut statement = self.db.prepare_cached(sql)?;
        let places = statement.query_map([id.as_str()], |row| row.get(0))?;
        places.collect()
    }

    /// Removes the outcomes of older messages that opened no case, along the journal from where it was left.
    fn messages(&mut self, limit: usize) -> rusqlite::Result<()> {
        let sql = format!(
            "SELECT {COLUMNS} FROM journal WHERE seq > ?1 AND case_id IS NULL AND body <> '' ORDER BY seq"
        );
        let mut statement = self.db.prepare_cached(&sql)?;
        let mut rows = statement.query([Ends::read(self.db)?.pruned])?;
        let (mut gone, mut last) = (Vec::new(), None);
        while let Some(row) = rows.next()? {
            let row = sealed(row)?;
            if row.at >= self.before {
                break;
            }
            if gone.len() == limit {
                self.done.more = true;
                break;
            }
            last = Some(row.place);
            let Ok(record) = join(&row.body, row.personal.as_deref()) else {
                continue;
            };
            if let Some(key) = record.event.message() {
                gone.push((row.place, key.clone()));
            }
        }
        drop(rows);
        for (place, key) in gone {
            if self.has_a_case(&key)? {
                continue;
            }
            self.remove_record(place)?;
            self.remove_outcome(&key)?;
            self.remove_conversation(&key)?;
        }
        if let Some(last) = last {
            self.db
                .prepare_cached("UPDATE chain SET pruned = ?1")?
                .execute([last])?;
        }
        Ok(())
    }

    /// Whether the message's outcome speaks of a case that is still there.
    fn has_a_case(&self, key: &MessageKey) -> rusqlite::Result<bool> {
        let mut statement = self
            .db
            .prepare_cached("SELECT body FROM handled WHERE account = ?1 AND sender = ?2 AND id = ?3")?;
        let place = params![key.account().as_str(), key.sender().as_str(), key.id()];
        let handled: Option<Result<Handled, String>> = statement
            .query_row(place, |row| Ok(from_body(row, 0)))
            .optional()?;
        let mut there = self.db.prepare_cached("SELECT 1 FROM cases WHERE id = ?1")?;
        match handled {
            None => Ok(false),
            // For a person to look at.
            Some(Err(_)) => Ok(true),
            Some(Ok(handled)) => match case_of(&handled) {
                Some(case) => there.exists([case.as_str()]),
                None => Ok(false),
            },
        }
    }

    /// Removes a record. In a sealed journal its place and its hash stay, so that the chain goes on over it.
    fn remove_record(&mut self, place: i64) -> rusqlite::Result<()> {
        self.done.records += 1;
        let Some(key) = self.key else {
            return self
                .db
                .prepare_cached("DELETE FROM journal WHERE seq = ?1")?
                .execute([place])
                .map(drop);
        };
        let sql = format!("SELECT {COLUMNS} FROM journal WHERE seq = ?1");
        let row = self.db.prepare_cached(&sql)?.query_row([place], sealed)?;
        self.db
            .prepare_cached(
                "UPDATE journal SET body = '', personal = NULL, salt = NULL, digest = NULL, citizen = NULL,
                     talk = NULL, hash = ?2
                 WHERE seq = ?1",
            )?
            .execute(params![place, key.record(&row.content())])
            .map(drop)
    }

    fn remove_outcome(&mut self, key: &MessageKey) -> rusqlite::Result<()> {
        let mut statement = self
            .db
            .prepare_cached("DELETE FROM handled WHERE account = ?1 AND sender = ?2 AND id = ?3")?;
        let gone = statement.execute(params![key.account().as_str(), key.sender().as_str(), key.id()])?;
        self.done.messages += gone as u64;
        Ok(())
    }

    /// Removes the conversation that a message belongs to, when nothing newer and no case is left of it.
    fn remove_conversation(&mut self, key: &MessageKey) -> rusqlite::Result<()> {
        let (account, citizen) = (key.account().as_str(), key.sender().as_str());
        let mut statement = self
            .db
            .prepare_cached("SELECT body FROM conversations WHERE account = ?1 AND citizen = ?2")?;
        let talk: Option<Result<Conversation, String>> = statement
            .query_row(params![account, citizen], |row| Ok(from_body(row, 0)))
            .optional()?;
        let Some(Ok(talk)) = talk else { return Ok(()) };
        let recent = talk.last_at.is_none_or(|last| queue::micros(last) >= self.before);
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

/// Cuts off the journal's beginning up to the first record that is still there, and keeps where the chain stood.
///
/// What says that older records were erased or removed goes with those.
fn cut_off(db: &Connection, before: i64) -> rusqlite::Result<()> {
    let sql = format!("SELECT {COLUMNS} FROM journal ORDER BY seq");
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query([])?;
    let (mut last, mut cut) = (None, 0);
    while let Some(row) = rows.next()? {
        let row = sealed(row)?;
        let said = || join(&row.body, None).is_ok_and(|record| record.event.is_bookkeeping());
        if !row.is_removed() && (row.at >= before || !said()) {
            break;
        }
        cut += 1;
        last = Some((row.place, row.link));
    }
    drop(rows);
    if let Some((place, link)) = last {
        db.prepare_cached("DELETE FROM journal WHERE seq <= ?1")?
            .execute([place])?;
        db.prepare_cached("UPDATE chain SET base_count = base_count + ?1, base_link = ?2")?
            .execute(params![cut, link])?;
    }
    Ok(())
}
