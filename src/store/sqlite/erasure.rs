//! The steps of an erasure in a SQLite file, inside the writer's transaction.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::chain;
use super::claims::put;
use super::read;
use super::rows::{self, backend, from_body, text};
use crate::case::{Case, CaseId, Record};
use crate::message::CitizenId;
use crate::reply::Handled;
use crate::store::codec::unreadable;
use crate::store::erasure::{self, ErasureTransaction};
use crate::store::hash_chain::RecordRow;
use crate::store::{Erasure, JournalKey, StoreError};

/// The accounts of a table, each found by one search of its index.
const ACCOUNTS: &str = "WITH RECURSIVE accounts (account) AS (
    SELECT min(account) FROM @
    UNION ALL SELECT (SELECT min(account) FROM @ WHERE account > accounts.account) FROM accounts
    WHERE account IS NOT NULL)";

const READ: &str = "read the data of a citizen";
const ERASE: &str = "erase a citizen";

pub(super) fn erase(
    db: &Connection,
    key: Option<&JournalKey>,
    citizen: &CitizenId,
    now: Timestamp,
) -> Result<Erasure, StoreError> {
    erasure::erase(&mut Transaction { db, key }, citizen, now)
}

struct Transaction<'a> {
    db: &'a Connection,
    key: Option<&'a JournalKey>,
}

impl Transaction<'_> {
    /// The records of a statement with one parameter; its rows are `seq, body, personal`.
    fn records(&self, sql: &str, value: &str) -> Result<Vec<(u64, Option<Record>)>, StoreError> {
        let read = || -> rusqlite::Result<_> {
            let mut statement = self.db.prepare_cached(sql)?;
            let rows = statement.query_map([value], |row| {
                Ok((row.get::<_, i64>(0)?.unsigned_abs(), rows::record(row, 1).ok()))
            })?;
            rows.collect()
        };
        read().map_err(backend(READ))
    }
}

impl ErasureTransaction for Transaction<'_> {
    type Error = StoreError;
    type Row = i64;

    fn cases_of(&mut self, citizen: &CitizenId) -> Result<Vec<Case>, StoreError> {
        let read = || -> rusqlite::Result<Vec<(String, Result<Case, String>)>> {
            let mut statement = self.db.prepare_cached(
                "SELECT id, body FROM cases INDEXED BY queue_of_citizen WHERE citizen = ?1 ORDER BY id",
            )?;
            let rows =
                statement.query_map([citizen.as_str()], |row| Ok((text(row, 0)?, from_body(row, 1))))?;
            rows.collect()
        };
        let cases = read().map_err(backend(READ))?.into_iter();
        cases
            .map(|(id, case)| case.map_err(|reason| unreadable("case", &id, reason)))
            .collect()
    }

    fn case(&mut self, id: &CaseId) -> Result<Option<Case>, StoreError> {
        read::case(self.db, id)
    }

    fn records_of_case(&mut self, id: &CaseId) -> Result<Vec<(u64, Record)>, StoreError> {
        let sql = "SELECT seq, body, personal FROM journal WHERE case_id = ?1 AND personal IS NOT NULL";
        let records = self.records(sql, id.as_str())?.into_iter();
        Ok(records
            .filter_map(|(position, record)| Some((position, record?)))
            .collect())
    }

    fn records_of_messages(&mut self, citizen: &CitizenId) -> Result<Vec<(u64, Option<Record>)>, StoreError> {
        let sql = "SELECT seq, body, personal FROM journal
                   WHERE citizen = ?1 AND case_id IS NULL ORDER BY seq";
        self.records(sql, citizen.as_str())
    }

    fn erase_personal_parts(&mut self, positions: &[u64]) -> Result<(), StoreError> {
        let sql = "UPDATE journal SET personal = NULL, personal_salt = NULL, citizen = NULL WHERE seq = ?1";
        let erase = || -> rusqlite::Result<()> {
            let mut statement = self.db.prepare_cached(sql)?;
            for position in positions {
                statement.execute([position.cast_signed()])?;
            }
            Ok(())
        };
        erase().map_err(backend(ERASE))
    }

    fn store_case(&mut self, _before: Case, after: Case, record: Record) -> Result<(), StoreError> {
        put(self.db, self.key, after, &record).map(drop)
    }

    fn append(&mut self, record: Record) -> Result<(), StoreError> {
        let record = RecordRow::new(&record, None, None, self.key)?;
        chain::append(self.db, self.key, &[record]).map_err(backend(ERASE))
    }

    fn outcomes_of(&mut self, citizen: &CitizenId) -> Result<Vec<(i64, Option<Handled>)>, StoreError> {
        let sql = ACCOUNTS.replace('@', "outcomes")
            + " SELECT outcomes.rowid, body FROM accounts
                JOIN outcomes ON outcomes.account = accounts.account AND sender = ?1";
        let read = || -> rusqlite::Result<_> {
            let mut statement = self.db.prepare_cached(&sql)?;
            let rows = statement.query_map([citizen.as_str()], |row| {
                Ok((row.get(0)?, from_body(row, 1).ok()))
            })?;
            rows.collect()
        };
        read().map_err(backend(READ))
    }

    fn remove_outcomes(&mut self, _citizen: &CitizenId, rows: Vec<i64>) -> Result<u64, StoreError> {
        let remove = || -> rusqlite::Result<u64> {
            let mut statement = self.db.prepare_cached("DELETE FROM outcomes WHERE rowid = ?1")?;
            let mut removed = 0;
            for row in rows {
                removed += statement.execute([row])? as u64;
            }
            Ok(removed)
        };
        remove().map_err(backend(ERASE))
    }

    fn remove_conversations(&mut self, citizen: &CitizenId) -> Result<u64, StoreError> {
        let sql = ACCOUNTS.replace('@', "conversations")
            + " DELETE FROM conversations WHERE citizen = ?1 AND account IN (SELECT account FROM accounts)";
        let aside = "DELETE FROM unreadable_conversations WHERE citizen = ?1";
        let remove = || {
            self.db.execute(aside, [citizen.as_str()])?;
            self.db.prepare_cached(&sql)?.execute(params![citizen.as_str()])
        };
        Ok(remove().map_err(backend(ERASE))? as u64)
    }
}
