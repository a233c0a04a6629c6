//! Erasing a citizen, in one transaction.

use std::collections::BTreeSet;

use jiff::Timestamp;
use tokio_postgres::Row;

use super::chain::text;
use super::commit::{append, move_case};
use super::pipeline::{Pipeline, Statement};
use super::pool::{ConnectionPool, Session};
use super::retry::{Problem, retried};
use super::rows::{self, from_body, get, instant, name, unreadable};
use super::tables::{Tables, clock};
use crate::case::{Case, CaseId, Event, Record};
use crate::message::{CitizenId, MessageKey};
use crate::reply::Handled;
use crate::store::forget::{bookkeeping, came_along, case_of, goes_on_as, moved};
use crate::store::{Erasure, StoreError};

/// The accounts, found by a jump each.
const ACCOUNTS: &str = "WITH RECURSIVE accounts (account) AS (
    (SELECT account FROM @.TABLE ORDER BY account LIMIT 1)
    UNION ALL SELECT (SELECT t.account FROM @.TABLE t WHERE t.account > accounts.account ORDER BY t.account LIMIT 1)
    FROM accounts WHERE account IS NOT NULL)";

pub(super) fn erase(
    link: &ConnectionPool,
    tables: &Tables,
    citizen: &CitizenId,
) -> Result<Erasure, StoreError> {
    retried("erase a citizen", || {
        let mut session = link.session();
        let begin = tables.write().then(clock(tables));
        let answers = session.pipeline(begin)?;
        let now = answers
            .first()
            .and_then(|rows| rows.first())
            .map(instant)
            .transpose()?;
        let mut eraser = Eraser {
            session,
            tables,
            citizen,
            now: now.unwrap_or(Timestamp::UNIX_EPOCH),
            records: Vec::new(),
        };
        let done = eraser.run()?;
        let end = append(tables, Pipeline::going_on(), &eraser.records, None)?;
        eraser.session.pipeline(end.committing())?;
        Ok(done)
    })
}

struct Eraser<'a> {
    session: Session<'a>,
    tables: &'a Tables,
    citizen: &'a CitizenId,
    now: Timestamp,
    /// What the journal is told at the end.
    records: Vec<Record>,
}

impl Eraser<'_> {
    fn run(&mut self) -> Result<Erasure, Problem> {
        let mut done = Erasure::default();
        let mut followed = BTreeSet::new();
        let (mut over, mut open) = (Vec::new(), BTreeSet::new());
        for case in self.cases()? {
            let heir = heir(&mut self.session, self.tables, &case)?;
            if !case.has_ended() || heir.as_ref().is_some_and(|heir| !heir.has_ended()) {
                open.insert(case.id);
            } else {
                followed.extend(heir.map(|heir| heir.id));
                over.push(case);
            }
        }
        for case in over {
            followed.remove(&case.id);
            done.cases.push(case.id.clone());
            let places = self.places(&case.id, |_| true)?;
            self.forget(places)?;
            self.put(case, Event::Erased { at: self.now })?;
        }
        for id in followed {
            let heir = locked(&mut self.session, self.tables, &id)?;
            if let Some(heir) = heir.filter(|heir| came_along(heir, self.citizen)) {
                let places = self.places(&id, |record| matches!(record.event, Event::Absorbed { .. }))?;
                self.forget(places)?;
                self.put(heir, Event::RecipientsErased { at: self.now })?;
            }
        }
        let kept = self.outcomes(&open, &mut done)?;
        self.messages(&kept)?;
        if open.is_empty() {
            let sql = ACCOUNTS.replace("TABLE", "conversations")
                + ", gone AS (DELETE FROM @.conversations
                       WHERE citizen = $1 AND account IN (SELECT account FROM accounts) RETURNING 1)
                   SELECT count(*) FROM gone";
            let gone = self.ask(self.tables.statement(&sql).name(self.citizen.as_str()))?;
            done.conversations = counted(&gone);
        }
        done.open = open.into_iter().collect();
        Ok(done)
    }

    fn ask(&mut self, statement: Statement) -> Result<Vec<Row>, Problem> {
        ask(&mut self.session, statement)
    }

    fn cases(&mut self) -> Result<Vec<Case>, Problem> {
        let sql = "SELECT id, version, body FROM @.cases WHERE citizen = $1 ORDER BY id FOR UPDATE";
        let rows = self.ask(self.tables.statement(sql).name(self.citizen.as_str()))?;
        let read = |row: &Row| rows::case(row).map_err(|reason| unreadable("case", &name(row), reason));
        Ok(rows.iter().map(read).collect::<Result<_, StoreError>>()?)
    }

    /// The places of those of a case's records that have a personal part and are meant.
    fn places(&mut self, id: &CaseId, meant: impl Fn(&Record) -> bool) -> Result<Vec<i64>, Problem> {
        let sql = "SELECT place, body, personal FROM @.journal WHERE case_id = $1 AND personal IS NOT NULL";
        let rows = self.ask(self.tables.statement(sql).name(id.as_str()))?;
        let meant = rows
            .iter()
            .filter(|row| rows::record(row, 1).is_ok_and(|record| meant(&record)));
        Ok(meant.filter_map(|row| get(row, 0).ok()).collect())
    }

    fn forget(&mut self, places: Vec<i64>) -> Result<(), Problem> {
        let sql = "UPDATE @.journal SET personal = NULL, salt = NULL, citizen = NULL WHERE place = ANY ($1)";
        self.ask(self.tables.statement(sql).numbers(places)).map(drop)
    }

    fn put(&mut self, before: Case, event: Event) -> Result<(), Problem> {
        let (case, record) = moved(before.clone(), event, self.now);
        self.ask(move_case(self.tables, &before, &case, &record)?)?;
        self.records.push(record);
        Ok(())
    }

    /// Removes the outcomes of the citizen's messages but of those that opened a case that is still open; the keys of these.
    fn outcomes(
        &mut self,
        open: &BTreeSet<CaseId>,
        done: &mut Erasure,
    ) -> Result<BTreeSet<MessageKey>, Problem> {
        let sql = ACCOUNTS.replace("TABLE", "handled")
            + " SELECT handled.account, handled.id, body FROM accounts
                JOIN @.handled ON handled.account = accounts.account AND sender = $1";
        let rows = self.ask(self.tables.statement(&sql).name(self.citizen.as_str()))?;
        let mut kept = BTreeSet::new();
        let (mut accounts, mut ids) = (Vec::new(), Vec::new());
        for row in &rows {
            let handled: Result<Handled, String> = from_body(row, 2);
            match handled {
                Ok(handled) if case_of(&handled).is_some_and(|case| open.contains(case)) => {
                    kept.insert(handled.key);
                }
                _ => {
                    accounts.push(get(row, 0).ok());
                    ids.push(get(row, 1).ok());
                }
            }
        }
        let sql = "WITH gone AS (DELETE FROM @.handled USING unnest($2, $3) AS named (account, id)
                       WHERE handled.account = named.account AND sender = $1 AND handled.id = named.id RETURNING 1)
                   SELECT count(*) FROM gone";
        let remove = self.tables.statement(sql).name(self.citizen.as_str());
        let gone = self.ask(remove.names(accounts).names(ids))?;
        done.messages = counted(&gone);
        Ok(kept)
    }

    /// Erases the records of the citizen's messages, and says so in the journal.
    fn messages(&mut self, kept: &BTreeSet<MessageKey>) -> Result<(), Problem> {
        let sql = "SELECT place, body, personal FROM @.journal WHERE citizen = $1 ORDER BY place";
        let rows = self.ask(self.tables.statement(sql).name(self.citizen.as_str()))?;
        let stays = |row: &Row| {
            let record = rows::record(row, 1);
            record.is_ok_and(|record| record.event.message().is_some_and(|key| kept.contains(key)))
        };
        let gone = rows.iter().filter(|row| !stays(row));
        let places: Vec<i64> = gone.filter_map(|row| get(row, 0).ok()).collect();
        if places.is_empty() {
            return Ok(());
        }
        self.forget(places.clone())?;
        let places = places.into_iter().map(i64::unsigned_abs).collect();
        self.records
            .push(bookkeeping(Event::Forgotten { places }, self.now));
        Ok(())
    }
}

/// The rows of one statement in the transaction that goes on.
pub(super) fn ask(session: &mut Session<'_>, statement: Statement) -> Result<Vec<Row>, Problem> {
    let answers = session.pipeline(Pipeline::going_on().then(statement))?;
    Ok(answers.into_iter().next().unwrap_or_default())
}

/// The number that a statement counted.
pub(super) fn counted(rows: &[Row]) -> u64 {
    let count: i64 = rows.first().and_then(|row| get(row, 0).ok()).unwrap_or_default();
    count.unsigned_abs()
}

/// A case, kept from others until the end.
fn locked(session: &mut Session<'_>, tables: &Tables, id: &CaseId) -> Result<Option<Case>, Problem> {
    let sql = "SELECT id, version, body FROM @.cases WHERE id = $1 FOR UPDATE";
    let rows = ask(session, tables.statement(sql).name(id.as_str()))?;
    let case = rows.first().map(rows::case).transpose();
    Ok(case.map_err(|reason| unreadable("case", id.as_str(), reason))?)
}

/// The case in which another goes on at last; one that is not there any more has none.
pub(super) fn heir(session: &mut Session<'_>, tables: &Tables, case: &Case) -> Result<Option<Case>, Problem> {
    let mut met = BTreeSet::from([case.id.clone()]);
    let (mut heir, mut next) = (None, goes_on_as(case).cloned());
    while let Some(id) = next.filter(|id| met.insert(id.clone())) {
        heir = locked(session, tables, &id)?.or(heir);
        next = heir.as_ref().and_then(|heir: &Case| goes_on_as(heir).cloned());
    }
    Ok(heir)
}

/// The message that a row `account, sender, id` names.
pub(super) fn message(row: &Row) -> Result<MessageKey, String> {
    Ok(MessageKey::new(
        text(row, 0)?.into(),
        text(row, 1)?.into(),
        text(row, 2)?,
    ))
}
