//! The steps of an erasure in PostgreSQL, in one transaction.

use jiff::Timestamp;
use tokio_postgres::Row;

use super::commit::{append, update_claimed_case};
use super::pipeline::{Pipeline, Statement};
use super::pool::{ConnectionPool, Session};
use super::retry::{TransactionError, with_retries};
use super::rows::{self, from_body, get, instant, name};
use super::tables::{Tables, clock};
use crate::case::{Case, CaseId, Record};
use crate::message::CitizenId;
use crate::reply::Handled;
use crate::store::codec::unreadable;
use crate::store::erasure::{self, ErasureTransaction};
use crate::store::{Erasure, StoreError};

/// The accounts of a table, each found by one search of its index.
const ACCOUNTS: &str = "WITH RECURSIVE accounts (account) AS (
    (SELECT account FROM @.TABLE ORDER BY account LIMIT 1)
    UNION ALL SELECT (SELECT t.account FROM @.TABLE t WHERE t.account > accounts.account
                      ORDER BY t.account LIMIT 1)
    FROM accounts WHERE account IS NOT NULL)";

pub(super) fn erase(
    pool: &ConnectionPool,
    tables: &Tables,
    citizen: &CitizenId,
) -> Result<Erasure, StoreError> {
    with_retries("erase a citizen", || {
        let mut session = pool.session();
        let answers = session.send(tables.write().then(clock(tables)))?;
        let now = answers
            .first()
            .and_then(|rows| rows.first())
            .map(instant)
            .transpose()?;
        let mut transaction = Transaction {
            session,
            tables,
            records: Vec::new(),
        };
        let done = erasure::erase(&mut transaction, citizen, now.unwrap_or(Timestamp::UNIX_EPOCH))?;
        let end = append(tables, Pipeline::continuing(), &transaction.records, None)?;
        transaction.session.send(end.committing())?;
        Ok(done)
    })
}

struct Transaction<'a> {
    session: Session<'a>,
    tables: &'a Tables,
    /// Appended to the journal at the end: a transaction that holds the commit lock must not wait for
    /// another.
    records: Vec<Record>,
}

impl Transaction<'_> {
    fn query(&mut self, statement: Statement) -> Result<Vec<Row>, TransactionError> {
        query(&mut self.session, statement)
    }
}

impl ErasureTransaction for Transaction<'_> {
    type Error = TransactionError;
    /// The account and the id of the message.
    type Row = (Option<Vec<u8>>, Option<Vec<u8>>);

    fn cases_of(&mut self, citizen: &CitizenId) -> Result<Vec<Case>, TransactionError> {
        let sql = "SELECT id, version, body FROM @.cases WHERE citizen = $1 ORDER BY id FOR UPDATE";
        let rows = self.query(self.tables.statement(sql).name(citizen.as_str()))?;
        let read = |row: &Row| rows::case(row).map_err(|reason| unreadable("case", &name(row), reason));
        Ok(rows.iter().map(read).collect::<Result<_, StoreError>>()?)
    }

    fn case(&mut self, id: &CaseId) -> Result<Option<Case>, TransactionError> {
        locked_case(&mut self.session, self.tables, id)
    }

    fn records_of_case(&mut self, id: &CaseId) -> Result<Vec<(u64, Record)>, TransactionError> {
        let sql = "SELECT seq, body, personal FROM @.journal WHERE case_id = $1 AND personal IS NOT NULL";
        let rows = self.query(self.tables.statement(sql).name(id.as_str()))?;
        let records = rows
            .iter()
            .filter_map(|row| Some((position(row)?, rows::record(row, 1).ok()?)));
        Ok(records.collect())
    }

    fn records_of_messages(
        &mut self,
        citizen: &CitizenId,
    ) -> Result<Vec<(u64, Option<Record>)>, TransactionError> {
        let sql = "SELECT seq, body, personal FROM @.journal
                   WHERE citizen = $1 AND case_id IS NULL ORDER BY seq";
        let rows = self.query(self.tables.statement(sql).name(citizen.as_str()))?;
        let records = rows
            .iter()
            .filter_map(|row| Some((position(row)?, rows::record(row, 1).ok())));
        Ok(records.collect())
    }

    fn erase_personal_parts(&mut self, positions: &[u64]) -> Result<(), TransactionError> {
        let sql =
            "UPDATE @.journal SET personal = NULL, personal_salt = NULL, citizen = NULL WHERE seq = ANY ($1)";
        let positions = positions.iter().map(|position| position.cast_signed()).collect();
        self.query(self.tables.statement(sql).numbers(positions))
            .map(drop)
    }

    fn store_case(&mut self, before: Case, after: Case, record: Record) -> Result<(), TransactionError> {
        self.query(update_claimed_case(self.tables, &before, &after, &record)?)?;
        self.records.push(record);
        Ok(())
    }

    fn append(&mut self, record: Record) -> Result<(), TransactionError> {
        self.records.push(record);
        Ok(())
    }

    fn outcomes_of(
        &mut self,
        citizen: &CitizenId,
    ) -> Result<Vec<(Self::Row, Option<Handled>)>, TransactionError> {
        let sql = ACCOUNTS.replace("TABLE", "outcomes")
            + " SELECT outcomes.account, outcomes.id, body FROM accounts
                JOIN @.outcomes ON outcomes.account = accounts.account AND sender = $1";
        let rows = self.query(self.tables.statement(&sql).name(citizen.as_str()))?;
        let outcomes = rows
            .iter()
            .map(|row| ((get(row, 0).ok(), get(row, 1).ok()), from_body(row, 2).ok()));
        Ok(outcomes.collect())
    }

    fn remove_outcomes(
        &mut self,
        citizen: &CitizenId,
        rows: Vec<Self::Row>,
    ) -> Result<u64, TransactionError> {
        let (accounts, ids) = rows.into_iter().unzip();
        let sql = "WITH removed AS (DELETE FROM @.outcomes USING unnest($2, $3) AS named (account, id)
                       WHERE outcomes.account = named.account AND sender = $1 AND outcomes.id = named.id
                       RETURNING 1)
                   SELECT count(*) FROM removed";
        let remove = self.tables.statement(sql).name(citizen.as_str());
        Ok(counted(&self.query(remove.names(accounts).names(ids))?))
    }

    fn remove_conversations(&mut self, citizen: &CitizenId) -> Result<u64, TransactionError> {
        let aside = "DELETE FROM @.unreadable_conversations WHERE citizen = $1";
        self.query(self.tables.statement(aside).name(citizen.as_str()))?;
        let sql = ACCOUNTS.replace("TABLE", "conversations")
            + ", removed AS (DELETE FROM @.conversations
                   WHERE citizen = $1 AND account IN (SELECT account FROM accounts) RETURNING 1)
               SELECT count(*) FROM removed";
        let removed = self.query(self.tables.statement(&sql).name(citizen.as_str()))?;
        Ok(counted(&removed))
    }
}

/// The position in a row `seq, …`.
fn position(row: &Row) -> Option<u64> {
    get::<i64>(row, 0).ok().map(i64::unsigned_abs)
}

/// The rows of one statement in the open transaction.
pub(super) fn query(session: &mut Session<'_>, statement: Statement) -> Result<Vec<Row>, TransactionError> {
    let answers = session.send(Pipeline::continuing().then(statement))?;
    Ok(answers.into_iter().next().unwrap_or_default())
}

/// The number that a statement counted.
pub(super) fn counted(rows: &[Row]) -> u64 {
    let count: i64 = rows.first().and_then(|row| get(row, 0).ok()).unwrap_or_default();
    count.unsigned_abs()
}

/// A case, locked until the end of the transaction.
pub(super) fn locked_case(
    session: &mut Session<'_>,
    tables: &Tables,
    id: &CaseId,
) -> Result<Option<Case>, TransactionError> {
    let sql = "SELECT id, version, body FROM @.cases WHERE id = $1 FOR UPDATE";
    let rows = query(session, tables.statement(sql).name(id.as_str()))?;
    let case = rows.first().map(rows::case).transpose();
    Ok(case.map_err(|reason| unreadable("case", id.as_str(), reason))?)
}
