//! Whether what is stored is sound: everything is read, as it is at one moment.

use std::collections::{HashMap, HashSet};

use tokio_postgres::Row;

use super::chain::{head_of, text};
use super::error::ServerError;
use super::forget::message;
use super::pipeline::{Pipeline, Statement};
use super::pool::{ConnectionPool, Session};
use super::rows::{self, COLUMNS, bounded, from_body, get, name, sealed, unreadable};
use super::tables::Tables;
use crate::case::{Case, CaseId, ERASED, Event};
use crate::message::{Conversation, MessageKey};
use crate::reply::Handled;
use crate::store::hash_chain::{Walk, seal_of_conversation, seal_of_outcome};
use crate::store::integrity::replayed;
use crate::store::{IntegrityReport, JournalHead, Seq, StoreError, Tampering, queue};

const ACTION: &str = "read everything";

/// How many rows are read at once.
const BATCH: usize = 500;

pub(super) fn report(
    link: &ConnectionPool,
    tables: &Tables,
    exported: Option<&JournalHead>,
) -> Result<IntegrityReport, StoreError> {
    let mut session = link.session();
    let sql = "SELECT base_place, base_count, base_link FROM @.chain WHERE base_link IS NOT NULL";
    let base = session.pipeline(tables.read().then(tables.statement(sql)));
    let base = base.map_err(|failure| failure.at(ACTION))?;
    let base = head_of(base.first().and_then(|rows| rows.first()))?.map(|(_, head)| head);
    if let Some(exported) = exported {
        if tables.key().is_none() {
            let message = "the journal is not sealed: there is no chain to compare with";
            return Err(StoreError::Refused(message.into()));
        }
        if base.as_ref().is_some_and(|base| base.count() > exported.count()) {
            let message = "the exported head is older than what retention has left: export a new one after each removal";
            return Err(StoreError::Refused(message.into()));
        }
    }
    let mut reader = Reader {
        session,
        tables,
        report: IntegrityReport::default(),
    };
    reader.outcomes()?;
    reader.conversations()?;
    reader.records(Walk::new(tables.key(), base.as_ref(), exported, false))?;
    reader.cases()?;
    let Reader {
        mut session, report, ..
    } = reader;
    let ended = session.pipeline(Pipeline::going_on().committing());
    ended.map_err(|failure: ServerError| failure.at(ACTION))?;
    Ok(report)
}

struct Reader<'a> {
    session: Session<'a>,
    tables: &'a Tables,
    report: IntegrityReport,
}

impl Reader<'_> {
    fn ask(&mut self, statement: Statement) -> Result<Vec<Row>, StoreError> {
        let answers = self.session.pipeline(Pipeline::going_on().then(statement));
        let answers = answers.map_err(|failure| failure.at(ACTION))?;
        Ok(answers.into_iter().next().unwrap_or_default())
    }

    fn outcomes(&mut self) -> Result<(), StoreError> {
        let sql = "SELECT account, sender, id, body, seal FROM @.handled
                   WHERE (account, sender, id) > ($1, $2, $3) ORDER BY account, sender, id LIMIT $4";
        let mut last: [Vec<u8>; 3] = Default::default();
        loop {
            let [account, sender, id] = last.clone();
            let page = self.tables.statement(sql).bytes(account).bytes(sender).bytes(id);
            let rows = self.ask(page.number(bounded(BATCH)))?;
            for row in &rows {
                self.outcome(row);
            }
            match rows.last() {
                Some(row) if rows.len() == BATCH => last = [0, 1, 2].map(|n| get(row, n).unwrap_or_default()),
                _ => return Ok(()),
            }
        }
    }

    fn outcome(&mut self, row: &Row) {
        let found = || -> Result<(MessageKey, Handled, bool), String> {
            let (key, body) = (message(row)?, get::<&str>(row, 3)?);
            let seal: Option<Vec<u8>> = get(row, 4)?;
            let secret = self.tables.key();
            let sealed =
                secret.is_none_or(|secret| seal.as_deref() == Some(&seal_of_outcome(secret, &key, body)[..]));
            Ok((key, from_body(row, 3)?, sealed))
        };
        match found() {
            Ok((key, handled, sealed)) => {
                if !sealed {
                    self.report.tampered.push(Tampering::Outcome(key.to_string()));
                }
                if handled.key != key {
                    let reason = "it is the outcome of another message".to_owned();
                    self.report.note("outcome of message", &key.to_string(), reason);
                }
            }
            Err(reason) => {
                let id = message(row).map_or_else(|_| name(row), |key| key.to_string());
                self.report.note("outcome of message", &id, reason);
            }
        }
    }

    fn conversations(&mut self) -> Result<(), StoreError> {
        let sql = "SELECT account, citizen, version, body, seal FROM @.conversations
                   WHERE (account, citizen) > ($1, $2) ORDER BY account, citizen LIMIT $3";
        let mut last: [Vec<u8>; 2] = Default::default();
        loop {
            let [account, citizen] = last.clone();
            let page = self.tables.statement(sql).bytes(account).bytes(citizen);
            let rows = self.ask(page.number(bounded(BATCH)))?;
            for row in &rows {
                self.conversation(row);
            }
            match rows.last() {
                Some(row) if rows.len() == BATCH => last = [0, 1].map(|n| get(row, n).unwrap_or_default()),
                _ => return Ok(()),
            }
        }
    }

    fn conversation(&mut self, row: &Row) {
        let who = match (text(row, 0), text(row, 1)) {
            (Ok(account), Ok(citizen)) => format!("{account}/{citizen}"),
            _ => name(row),
        };
        let found = || -> Result<(bool, bool), String> {
            let (account, citizen, version) = (text(row, 0)?, text(row, 1)?, get::<i64>(row, 2)?);
            let seal: Option<Vec<u8>> = get(row, 4)?;
            let body = get::<&str>(row, 3)?;
            let sealed = self.tables.key().is_none_or(|key| {
                seal.as_deref() == Some(&seal_of_conversation(key, account, citizen, version, body)[..])
            });
            let talk: Conversation = from_body(row, 3)?;
            Ok((sealed, rows::version(talk.version) == version))
        };
        match found() {
            Ok((sealed, same)) => {
                if !sealed {
                    self.report.tampered.push(Tampering::Conversation(who.clone()));
                }
                if !same {
                    let reason = "its version is not the one that its row names".to_owned();
                    self.report.note("conversation", &who, reason);
                }
            }
            Err(reason) => self.report.note("conversation", &who, reason),
        }
    }

    /// Every record can be read and stands where it was put, and what one says was stored is there.
    fn records(&mut self, mut walk: Walk<'_>) -> Result<(), StoreError> {
        let mut last = 0;
        let mut missing = Vec::new();
        let sql = "SELECT max(place) FROM @.seals";
        let rows = self.ask(self.tables.statement(sql))?;
        let sealed_to: Option<i64> = rows.first().and_then(|row| get(row, 0).ok()).flatten();
        loop {
            let sql = format!("SELECT {COLUMNS} FROM @.journal WHERE place > $1 ORDER BY place LIMIT $2");
            let rows = self.ask(self.tables.statement(&sql).number(last).number(bounded(BATCH)))?;
            let full = rows.len() == BATCH;
            let end = if full {
                rows.last().and_then(|row| get(row, 0).ok())
            } else {
                None
            };
            let sql =
                "SELECT place, count, link FROM @.seals WHERE place > $1 AND place <= $2 ORDER BY place";
            let kept = self
                .tables
                .statement(sql)
                .number(last)
                .number(end.unwrap_or(i64::MAX));
            let kept = self.ask(kept)?;
            let mut kept = kept
                .iter()
                .filter_map(|row| head_of(Some(row)).ok().flatten())
                .peekable();
            let mut messages = Vec::new();
            for row in &rows {
                let row = sealed(row).map_err(|reason| unreadable("journal record", "?", reason))?;
                while let Some((place, head)) = kept.next_if(|(place, _)| *place < row.place) {
                    walk.kept(place, &head);
                }
                let read = if sealed_to.is_some_and(|end| row.place <= end) {
                    walk.step(&row)
                } else {
                    walk.step_unsealed(&row)
                };
                match read {
                    Some(Ok(record)) => {
                        if let Event::Handled { key, .. } = record.event {
                            messages.push((row.at, key, row.talk));
                        }
                    }
                    Some(Err(reason)) => self.report.note("journal record", &row.place.to_string(), reason),
                    None => {}
                }
                last = row.place;
            }
            for (place, head) in kept {
                walk.kept(place, &head);
            }
            if walk.is_sealed() {
                missing.extend(self.answered_for(messages)?);
            }
            if !full {
                break;
            }
        }
        self.twice(walk.is_sealed())?;
        let pruned_before = walk.pruned_before();
        let missing = missing.into_iter().filter(|(at, _)| *at >= pruned_before);
        let report = &mut self.report;
        report.tampered.extend(missing.map(|(_, lost)| lost));
        (report.records, report.erased, report.removed) = (walk.records, walk.erased, walk.removed);
        report.tampered.extend(walk.end());
        Ok(())
    }

    /// A record that was put in a second time has the hash of the first.
    fn twice(&mut self, sealed: bool) -> Result<(), StoreError> {
        if !sealed {
            return Ok(());
        }
        let sql = "SELECT max(place) FROM @.journal GROUP BY hash HAVING count(*) > 1";
        let rows = self.ask(self.tables.statement(sql))?;
        let places = rows.iter().filter_map(|row| get::<i64>(row, 0).ok());
        let twice = places.map(|place| Tampering::Twice(Seq(place.unsigned_abs())));
        self.report.tampered.extend(twice);
        Ok(())
    }

    /// What records of messages say was stored with them and is not there, each with the record's time.
    fn answered_for(
        &mut self,
        messages: Vec<(i64, MessageKey, Option<i64>)>,
    ) -> Result<Vec<(i64, Tampering)>, StoreError> {
        let known = messages
            .iter()
            .filter(|(_, key, _)| key.sender().as_str() != ERASED);
        let bytes = |name: &str| Some(name.as_bytes().to_vec());
        let accounts = || {
            known
                .clone()
                .map(|(_, key, _)| bytes(key.account().as_str()))
                .collect()
        };
        let senders = || {
            known
                .clone()
                .map(|(_, key, _)| bytes(key.sender().as_str()))
                .collect()
        };
        let ids = known.clone().map(|(_, key, _)| bytes(key.id())).collect();
        let sql = "SELECT account, sender, id FROM unnest($1, $2, $3) AS named (account, sender, id)
                   JOIN @.handled USING (account, sender, id)";
        let outcomes = self.tables.statement(sql).names(accounts()).names(senders());
        let outcomes = self.ask(outcomes.names(ids))?;
        let outcomes: HashSet<_> = outcomes.iter().filter_map(|row| message(row).ok()).collect();
        let sql = "SELECT DISTINCT account, citizen, version FROM unnest($1, $2) AS named (account, citizen)
                   JOIN @.conversations USING (account, citizen)";
        let talks = self.ask(self.tables.statement(sql).names(accounts()).names(senders()))?;
        let talks: HashMap<(&str, &str), i64> = talks
            .iter()
            .filter_map(|row| Some(((text(row, 0).ok()?, text(row, 1).ok()?), get(row, 2).ok()?)))
            .collect();
        let mut missing = Vec::new();
        for (at, key, talk) in known {
            let party = (key.account().as_str(), key.sender().as_str());
            if !outcomes.contains(key) {
                missing.push((*at, Tampering::Outcome(key.to_string())));
            } else if talk.is_some_and(|version| talks.get(&party).is_none_or(|stored| *stored < version)) {
                let (account, citizen) = party;
                missing.push((*at, Tampering::Conversation(format!("{account}/{citizen}"))));
            }
        }
        Ok(missing)
    }

    /// Every case is what its records make of it, and is found where it belongs.
    fn cases(&mut self) -> Result<(), StoreError> {
        let sql = "SELECT id, version, body, state, rank, due, owing, free_at, token, account, citizen, department, theme,
                       sounds, ended IS NOT NULL, sends, stuck
                   FROM @.cases WHERE id > $1 ORDER BY id LIMIT $2";
        let mut last = Vec::new();
        loop {
            let page = self
                .tables
                .statement(sql)
                .bytes(last.clone())
                .number(bounded(BATCH));
            let rows = self.ask(page)?;
            let ids = rows.iter().map(|row| Some(rows::id(row).to_vec())).collect();
            let mut rebuilt = self.replay(ids)?;
            for row in &rows {
                self.report.cases += 1;
                match rows::case(row) {
                    Err(reason) => self.report.note("case", &name(row), reason),
                    Ok(stored) => {
                        let rebuilt = rebuilt.remove(&stored.id);
                        if rebuilt.as_ref() != Some(&stored) || !placed(row, &stored).unwrap_or(false) {
                            self.report.diverged.push(stored.id);
                        }
                    }
                }
            }
            match rows.last() {
                Some(row) if rows.len() == BATCH => last = rows::id(row).to_vec(),
                _ => break,
            }
        }
        let sql = "SELECT DISTINCT case_id FROM @.journal
                   WHERE case_id IS NOT NULL AND body <> ''
                       AND NOT EXISTS (SELECT FROM @.cases WHERE cases.id = journal.case_id)
                   ORDER BY case_id";
        let gone = self.ask(self.tables.statement(sql))?;
        let gone = gone.iter().map(|row| CaseId::new(name(row)));
        self.report.diverged.extend(gone);
        Ok(())
    }

    fn replay(&mut self, ids: Vec<Option<Vec<u8>>>) -> Result<HashMap<CaseId, Case>, StoreError> {
        let sql = "SELECT case_id, body, personal FROM @.journal
                   WHERE case_id = ANY ($1) AND body <> '' ORDER BY case_id, place";
        let records = self.ask(self.tables.statement(sql).names(ids))?;
        let mut cases: HashMap<CaseId, Case> = HashMap::new();
        for row in &records {
            let id = CaseId::new(name(row));
            // One that can't be read was noted when the journal was read.
            if let Ok(record) = rows::record(row, 1)
                && let Some(case) = replayed(cases.remove(&id), &record.event)
            {
                cases.insert(id, case);
            }
        }
        Ok(cases)
    }
}

/// Whether a case's columns say what its body says.
fn placed(row: &Row, case: &Case) -> Result<bool, String> {
    let names = |column, is: &str| get::<&[u8]>(row, column).map(|stored| stored == is.as_bytes());
    let maybe = |column, is: Option<&str>| {
        get::<Option<&[u8]>>(row, column).map(|stored| stored == is.map(str::as_bytes))
    };
    Ok(get::<i16>(row, 3)? == rows::state(case.state)
        && get::<i16>(row, 4)? == rows::rank(case.priority)
        && get::<i64>(row, 5)? == queue::next_due(case)
        && get::<Option<i64>>(row, 6)? == queue::open_due(case)
        && get::<Option<i64>>(row, 7)? == rows::free_at(case)
        && maybe(8, case.claim.as_ref().map(|claim| claim.token.as_str()))?
        && names(9, case.key.account().as_str())?
        && names(10, case.key.sender().as_str())?
        && names(11, case.department.as_str())?
        && maybe(12, case.theme.as_ref().map(|theme| theme.as_str()))?
        && get::<Option<i64>>(row, 13)? == queue::next_alarm(case)
        && get::<bool>(row, 14)? == case.state.is_over()
        && get::<Option<i64>>(row, 15)? == queue::sends(case)
        && get::<Option<i64>>(row, 16)? == queue::stuck(case))
}
