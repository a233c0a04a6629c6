//! Retention, in one transaction: what ended long ago goes, and the chain stays whole.

use std::collections::BTreeSet;

use jiff::Timestamp;
use tokio_postgres::Row;

use super::commit::append;
use super::forget::{ask, counted, heir};
use super::pipeline::{Pipeline, Statement};
use super::pool::{ConnectionPool, Session};
use super::retry::{Problem, retried};
use super::rows::{self, bounded, from_body, get, instant};
use super::tables::{Tables, clock};
use crate::case::{Case, CaseId, Event};
use crate::message::{Conversation, MessageKey};
use crate::reply::Handled;
use crate::store::forget::{bookkeeping, case_of};
use crate::store::hash_chain::join;
use crate::store::{Pruning, StoreError, queue};

/// How many cases are looked at in one turn.
const BATCH: usize = 200;

/// How many records are looked at in one turn where the journal's beginning is cut off.
const AHEAD: usize = 500;

pub(super) fn prune(
    link: &ConnectionPool,
    tables: &Tables,
    before: Timestamp,
    limit: usize,
) -> Result<Pruning, StoreError> {
    retried("remove what has ended", || {
        let mut session = link.session();
        // One node at a time: where the walk was left stands in that row.
        let place = tables.statement("SELECT pruned FROM @.chain FOR UPDATE");
        let answers = session.pipeline(tables.write().then(place).then(clock(tables)))?;
        let first = |n: usize| answers.get(n).and_then(|rows: &Vec<Row>| rows.first());
        let left: i64 = first(0).and_then(|row| get(row, 0).ok()).unwrap_or_default();
        let now = first(1).map(instant).transpose()?;
        let mut pruner = Pruner {
            session,
            tables,
            before: queue::micros(before),
            done: Pruning::default(),
            messages: BTreeSet::new(),
        };
        pruner.cases(limit)?;
        pruner.older_messages(left, limit)?;
        pruner.forget_messages()?;
        let Pruner {
            mut session, done, ..
        } = pruner;
        let mut pipeline = Pipeline::going_on();
        if done.records > 0 || !done.cases.is_empty() {
            if tables.key().is_some() {
                cut_off(&mut session, tables, queue::micros(before))?;
            }
            let cases = done.cases.clone();
            let now = now.unwrap_or(before);
            let record = bookkeeping(Event::Pruned { before, cases }, now);
            pipeline = append(tables, pipeline, &[record], None)?;
        }
        session.pipeline(pipeline.committing())?;
        Ok(done)
    })
}

struct Pruner<'a> {
    session: Session<'a>,
    tables: &'a Tables,
    before: i64,
    done: Pruning,
    /// Whose outcomes go.
    messages: BTreeSet<MessageKey>,
}

impl Pruner<'_> {
    fn ask(&mut self, statement: Statement) -> Result<Vec<Row>, Problem> {
        ask(&mut self.session, statement)
    }

    fn cases(&mut self, limit: usize) -> Result<(), Problem> {
        let sql = "SELECT id, version, body, ended FROM @.cases
                   WHERE ended IS NOT NULL AND ended < $1 AND (ended, id) > ($2, $3)
                   ORDER BY ended, id LIMIT $4 FOR UPDATE";
        let (mut ended, mut id) = (i64::MIN, Vec::new());
        let mut gone = Vec::new();
        loop {
            let batch = self.tables.statement(sql).number(self.before).number(ended);
            let rows = self.ask(batch.bytes(id.clone()).number(bounded(BATCH)))?;
            for row in &rows {
                // A row that can't be read is for a person to look at; one whose column errs is live work.
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

    fn has_ended(&mut self, case: &Case) -> Result<bool, Problem> {
        let ended = case.has_ended();
        Ok(ended && heir(&mut self.session, self.tables, case)?.is_none_or(|heir| heir.has_ended()))
    }

    fn remove_cases(&mut self, gone: Vec<Case>) -> Result<(), Problem> {
        if gone.is_empty() {
            return Ok(());
        }
        let bytes = |name: &str| Some(name.as_bytes().to_vec());
        let ids = || gone.iter().map(|case| bytes(case.id.as_str())).collect();
        let remove = self.tables.statement("DELETE FROM @.cases WHERE id = ANY ($1)");
        self.ask(remove.names(ids()))?;
        let of_cases = self.remove_records("case_id = ANY ($1)");
        self.done.records += counted(&self.ask(of_cases.names(ids()))?);
        // The record of the message that opened a case names no case; the walk over older messages may have passed it by.
        let sql = "SELECT place, body, personal FROM @.journal WHERE citizen = ANY ($1) AND at < $2";
        let citizens: BTreeSet<_> = gone
            .iter()
            .map(|case| bytes(case.key.sender().as_str()))
            .collect();
        let of_citizens = self.tables.statement(sql).names(citizens.into_iter().collect());
        let rows = self.ask(of_citizens.number(self.before))?;
        let keys: BTreeSet<_> = gone.iter().map(|case| &case.key).collect();
        let own = rows.iter().filter(|row| {
            let record = rows::record(row, 1);
            record.is_ok_and(|record| record.event.message().is_some_and(|key| keys.contains(key)))
        });
        let own = own.filter_map(|row| get(row, 0).ok()).collect();
        self.remove_places(own)?;
        for case in gone {
            self.messages.insert(case.key);
            self.done.cases.push(case.id);
        }
        Ok(())
    }

    /// Removes records. In a sealed journal their places and hashes stay, so that the chain goes on over them.
    fn remove_records(&self, which: &str) -> Statement {
        let sql = if self.tables.key().is_some() {
            format!(
                "WITH gone AS (
                     UPDATE @.journal SET body = '', personal = NULL, salt = NULL, digest = NULL, citizen = NULL,
                         talk = NULL, nonce = NULL
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

    fn remove_places(&mut self, places: Vec<i64>) -> Result<(), Problem> {
        if !places.is_empty() {
            let gone = self.ask(self.remove_records("place = ANY ($1)").numbers(places))?;
            self.done.records += counted(&gone);
        }
        Ok(())
    }

    /// Removes the records of older messages that opened no case, along the journal from where it was left.
    fn older_messages(&mut self, left: i64, limit: usize) -> Result<(), Problem> {
        let sql = "SELECT place, body, personal, at FROM @.journal
                   WHERE place > $1 AND case_id IS NULL AND body <> '' ORDER BY place LIMIT $2";
        let statement = self.tables.statement(sql).number(left);
        let rows = self.ask(statement.number(bounded(limit).saturating_add(1)))?;
        let (mut older, mut last) = (Vec::new(), left);
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
        let places = older.iter().map(|(place, _)| *place).collect();
        self.remove_places(places)?;
        self.messages.extend(older.into_iter().map(|(_, key)| key));
        if last > left {
            self.ask(
                self.tables
                    .statement("UPDATE @.chain SET pruned = $1")
                    .number(last),
            )?;
        }
        Ok(())
    }

    /// Those of the messages whose outcome speaks of a case that is still there, or can't be read.
    fn with_cases<'k>(
        &mut self,
        keys: impl Iterator<Item = &'k MessageKey> + Clone,
    ) -> Result<BTreeSet<MessageKey>, Problem> {
        let sql = "SELECT handled.account, handled.sender, handled.id, body FROM unnest($1, $2, $3)
                       AS named (account, sender, id)
                   JOIN @.handled USING (account, sender, id)";
        let rows = self.ask(named(self.tables.statement(sql), keys))?;
        let (mut kept, mut sent) = (BTreeSet::new(), Vec::new());
        for row in &rows {
            let Ok(key) = super::forget::message(row) else {
                continue;
            };
            let handled: Result<Handled, String> = from_body(row, 3);
            match handled.as_ref().map(case_of) {
                Ok(Some(case)) => sent.push((key, case.clone())),
                Ok(None) => {}
                // For a person to look at.
                Err(_) => drop(kept.insert(key)),
            }
        }
        let ids = sent
            .iter()
            .map(|(_, case)| Some(case.as_str().as_bytes().to_vec()));
        let there = self
            .tables
            .statement("SELECT id FROM @.cases WHERE id = ANY ($1)");
        let there = self.ask(there.names(ids.collect()))?;
        let there: BTreeSet<_> = there.iter().map(|row| CaseId::new(rows::name(row))).collect();
        kept.extend(
            sent.into_iter()
                .filter(|(_, case)| there.contains(case))
                .map(|(key, _)| key),
        );
        Ok(kept)
    }

    /// Removes the outcomes of the messages, and their conversations when nothing newer and no case is left of them.
    fn forget_messages(&mut self) -> Result<(), Problem> {
        if self.messages.is_empty() {
            return Ok(());
        }
        let messages = std::mem::take(&mut self.messages);
        let sql =
            "WITH gone AS (DELETE FROM @.handled USING unnest($1, $2, $3) AS named (account, sender, id)
                       WHERE handled.account = named.account AND handled.sender = named.sender
                           AND handled.id = named.id RETURNING 1)
                   SELECT count(*) FROM gone";
        let gone = self.ask(named(self.tables.statement(sql), messages.iter()))?;
        self.done.messages += counted(&gone);
        let sql = "SELECT DISTINCT talk.account, talk.citizen, talk.version, talk.body
                   FROM unnest($1, $2, $3) AS named (account, sender, id)
                   JOIN @.conversations talk ON talk.account = named.account AND talk.citizen = named.sender
                   WHERE NOT EXISTS (SELECT FROM @.cases
                       WHERE cases.citizen = talk.citizen AND cases.account = talk.account)";
        let rows = self.ask(named(self.tables.statement(sql), messages.iter()))?;
        let before = self.before;
        let ended = rows.iter().filter(|row| {
            let talk: Result<Conversation, String> = from_body(row, 3);
            talk.is_ok_and(|talk| talk.last_at.is_some_and(|last| queue::micros(last) < before))
        });
        let ended: Vec<_> = ended.collect();
        let names = |column| ended.iter().map(|row| get(row, column).ok()).collect();
        let versions = ended.iter().map(|row| get(row, 2).unwrap_or_default()).collect();
        let sql = "WITH gone AS (DELETE FROM @.conversations talk USING unnest($1, $2, $3) AS named (account, citizen, v)
                       WHERE talk.account = named.account AND talk.citizen = named.citizen
                           AND talk.version = named.v RETURNING 1)
                   SELECT count(*) FROM gone";
        let remove = self.tables.statement(sql).names(names(0)).names(names(1));
        let gone = self.ask(remove.numbers(versions))?;
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

/// Cuts off the journal's beginning up to the last kept end of the chain before the first record that is still there.
///
/// What says that older records were erased or removed goes with those.
fn cut_off(session: &mut Session<'_>, tables: &Tables, before: i64) -> Result<(), Problem> {
    let mut place = 0;
    let first = 'found: loop {
        let sql =
            "SELECT place, at, body FROM @.journal WHERE place > $1 AND body <> '' ORDER BY place LIMIT $2";
        let rows = ask(
            session,
            tables.statement(sql).number(place).number(bounded(AHEAD)),
        )?;
        for row in &rows {
            place = get(row, 0).unwrap_or(i64::MAX);
            let body: &str = get(row, 2).unwrap_or_default();
            let said = join(body.as_bytes(), None).is_ok_and(|record| record.event.is_bookkeeping());
            if get(row, 1).unwrap_or(i64::MAX) >= before || !said {
                break 'found place;
            }
        }
        if rows.len() < AHEAD {
            break i64::MAX;
        }
    };
    let sql = "UPDATE @.chain SET base_place = seal.place, base_count = seal.count, base_link = seal.link
               FROM (SELECT place, count, link FROM @.seals WHERE place < $1 ORDER BY place DESC LIMIT 1) seal
               WHERE seal.place > base_place RETURNING base_place";
    let cut = ask(session, tables.statement(sql).number(first))?;
    if let Some(place) = cut.first().and_then(|row| get::<i64>(row, 0).ok()) {
        let records = tables
            .statement("DELETE FROM @.journal WHERE place <= $1")
            .number(place);
        let seals = tables
            .statement("DELETE FROM @.seals WHERE place <= $1")
            .number(place);
        session.pipeline(Pipeline::going_on().then(records).then(seals))?;
    }
    Ok(())
}
