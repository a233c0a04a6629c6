//! Checks everything that the tables hold, in one snapshot.

use std::collections::{HashMap, HashSet};

use tokio_postgres::Row;

use super::chain::head_of;
use super::error::ServerError;
use super::pipeline::{Pipeline, Statement};
use super::pool::{ConnectionPool, Session};
use super::rows::{self, JOURNAL, columns, columns_agree, from_body, get, journal_row, message, name, text};
use super::tables::Tables;
use crate::case::{Case, CaseId, ERASED, Event};
use crate::message::{Conversation, MessageKey};
use crate::reply::Handled;
use crate::store::case_columns;
use crate::store::codec::{conversation_of, row_count, unreadable, version};
use crate::store::hash_chain::{ChainVerifier, hash_of_conversation, hash_of_outcome};
use crate::store::integrity::{SET_ASIDE, replayed};
use crate::store::{IntegrityReport, JournalHead, Seq, StoreError, Tampering, queue};

const ACTION: &str = "read everything";

/// How many rows are read at once.
const BATCH: usize = 500;

pub(super) fn report(
    pool: &ConnectionPool,
    tables: &Tables,
    exported: Option<&JournalHead>,
) -> Result<IntegrityReport, StoreError> {
    // The first folding prepares its tables. It runs before the transaction, because the server ends a
    // transaction that is idle for too long.
    let _ = queue::folded_query("\u{5b57}");
    let mut session = pool.session();
    let sql = "SELECT base_seq, base_count, base_hash FROM @.journal_state WHERE base_hash IS NOT NULL";
    let base = session.send(tables.read().then(tables.statement(sql)));
    let base = base.map_err(|failure| failure.at(ACTION))?;
    let base = head_of(base.first().and_then(|rows| rows.first()))?.map(|(_, head)| head);
    if let Some(exported) = exported {
        if tables.key().is_none() {
            let message = "the journal has no key: there is no hash chain to compare with";
            return Err(StoreError::Refused(message.into()));
        }
        if base.as_ref().is_some_and(|base| base.count() > exported.count()) {
            let message =
                "the exported head is older than the last removal: export a new head after each removal";
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
    reader.set_aside()?;
    reader.records(ChainVerifier::new(tables.key(), base.as_ref(), exported, false))?;
    reader.cases()?;
    let Reader {
        mut session, report, ..
    } = reader;
    let ended = session.send(Pipeline::continuing().committing());
    ended.map_err(|failure: ServerError| failure.at(ACTION))?;
    Ok(report)
}

struct Reader<'a> {
    session: Session<'a>,
    tables: &'a Tables,
    report: IntegrityReport,
}

impl Reader<'_> {
    fn query(&mut self, statement: Statement) -> Result<Vec<Row>, StoreError> {
        let answers = self.session.send(Pipeline::continuing().then(statement));
        let answers = answers.map_err(|failure| failure.at(ACTION))?;
        Ok(answers.into_iter().next().unwrap_or_default())
    }

    fn outcomes(&mut self) -> Result<(), StoreError> {
        let sql = "SELECT account, sender, id, body, row_hash FROM @.outcomes
                   WHERE (account, sender, id) > ($1, $2, $3) ORDER BY account, sender, id LIMIT $4";
        let mut last: [Vec<u8>; 3] = Default::default();
        loop {
            let [account, sender, id] = last.clone();
            let page = self.tables.statement(sql).bytes(account).bytes(sender).bytes(id);
            let rows = self.query(page.number(row_count(BATCH)))?;
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
            let hash: Option<Vec<u8>> = get(row, 4)?;
            let secret = self.tables.key();
            let intact =
                secret.is_none_or(|secret| hash.as_deref() == Some(&hash_of_outcome(secret, &key, body)[..]));
            Ok((key, from_body(row, 3)?, intact))
        };
        match found() {
            Ok((key, handled, intact)) => {
                if !intact {
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
        let sql = "SELECT account, citizen, version, body, row_hash FROM @.conversations
                   WHERE (account, citizen) > ($1, $2) ORDER BY account, citizen LIMIT $3";
        let mut last: [Vec<u8>; 2] = Default::default();
        loop {
            let [account, citizen] = last.clone();
            let page = self.tables.statement(sql).bytes(account).bytes(citizen);
            let rows = self.query(page.number(row_count(BATCH)))?;
            for row in &rows {
                self.conversation(row);
            }
            match rows.last() {
                Some(row) if rows.len() == BATCH => last = [0, 1].map(|n| get(row, n).unwrap_or_default()),
                _ => return Ok(()),
            }
        }
    }

    /// Reports the conversations that were set aside.
    fn set_aside(&mut self) -> Result<(), StoreError> {
        let sql = "SELECT account, citizen, body, version FROM @.unreadable_conversations
                   ORDER BY account, citizen, set_aside_at";
        for row in &self.query(self.tables.statement(sql))? {
            let read = || -> Result<Conversation, String> {
                let (account, citizen) = (text(row, 0)?.into(), text(row, 1)?.into());
                conversation_of(get::<&str>(row, 2)?.as_bytes(), get(row, 3)?, &account, &citizen)
            };
            let reason = read().err().unwrap_or_default();
            let name = format!("{}/{}", name(row), text(row, 1).unwrap_or_default());
            self.report.note(SET_ASIDE, &name, reason);
        }
        Ok(())
    }

    fn conversation(&mut self, row: &Row) {
        let name_of = match (text(row, 0), text(row, 1)) {
            (Ok(account), Ok(citizen)) => format!("{account}/{citizen}"),
            _ => name(row),
        };
        let found = || -> Result<(bool, bool), String> {
            let (account, citizen, stored) = (text(row, 0)?, text(row, 1)?, get::<i64>(row, 2)?);
            let hash: Option<Vec<u8>> = get(row, 4)?;
            let body = get::<&str>(row, 3)?;
            let intact = self.tables.key().is_none_or(|key| {
                hash.as_deref() == Some(&hash_of_conversation(key, account, citizen, stored, body)[..])
            });
            let conversation: Conversation = from_body(row, 3)?;
            Ok((intact, version(conversation.version) == stored))
        };
        match found() {
            Ok((intact, same)) => {
                if !intact {
                    self.report
                        .tampered
                        .push(Tampering::Conversation(name_of.clone()));
                }
                if !same {
                    let reason = "its version is not the one in its row".to_owned();
                    self.report.note("conversation", &name_of, reason);
                }
            }
            Err(reason) => self.report.note("conversation", &name_of, reason),
        }
    }

    /// Checks that every record is readable and in its position, and that the rows which it was stored with
    /// are there.
    fn records(&mut self, mut verifier: ChainVerifier<'_>) -> Result<(), StoreError> {
        let mut last = 0;
        let mut missing = Vec::new();
        let sql = "SELECT max(seq) FROM @.chain_heads";
        let rows = self.query(self.tables.statement(sql))?;
        let chained_to: Option<i64> = rows.first().and_then(|row| get(row, 0).ok()).flatten();
        loop {
            let sql = format!("SELECT {JOURNAL} FROM @.journal WHERE seq > $1 ORDER BY seq LIMIT $2");
            let rows = self.query(self.tables.statement(&sql).number(last).number(row_count(BATCH)))?;
            let full = rows.len() == BATCH;
            let end = if full {
                rows.last().and_then(|row| get(row, 0).ok())
            } else {
                None
            };
            let sql = "SELECT seq, record_count, chain_hash FROM @.chain_heads 
                       WHERE seq > $1 AND seq <= $2 ORDER BY seq";
            let heads = self
                .tables
                .statement(sql)
                .number(last)
                .number(end.unwrap_or(i64::MAX));
            let heads = self.query(heads)?;
            let mut heads = heads
                .iter()
                .filter_map(|row| head_of(Some(row)).ok().flatten())
                .peekable();
            let mut messages = Vec::new();
            for row in &rows {
                let row = journal_row(row).map_err(|reason| unreadable("journal record", "?", reason))?;
                while let Some((position, head)) = heads.next_if(|(position, _)| *position < row.position) {
                    verifier.compare_head(position, &head);
                }
                let read = if chained_to.is_some_and(|end| row.position <= end) {
                    verifier.verify(&row)
                } else {
                    verifier.verify_unchained(&row)
                };
                match read {
                    Some(Ok(record)) => {
                        if let Event::Handled { key, .. } = record.event {
                            messages.push((row.at, key, row.conversation_version));
                        }
                    }
                    Some(Err(reason)) => {
                        self.report
                            .note("journal record", &row.position.to_string(), reason)
                    }
                    None => {}
                }
                last = row.position;
            }
            for (position, head) in heads {
                verifier.compare_head(position, &head);
            }
            if verifier.has_key() {
                missing.extend(self.missing_rows(messages)?);
            }
            if !full {
                break;
            }
        }
        self.repeated_records(verifier.has_key())?;
        let pruned_before = verifier.pruned_before();
        let missing = missing.into_iter().filter(|(at, _)| *at >= pruned_before);
        let report = &mut self.report;
        report.tampered.extend(missing.map(|(_, lost)| lost));
        (report.records, report.erased, report.removed) =
            (verifier.records, verifier.erased, verifier.removed);
        report.tampered.extend(verifier.finish());
        Ok(())
    }

    /// Finds copies of records: a copy has the hash of its original.
    fn repeated_records(&mut self, has_key: bool) -> Result<(), StoreError> {
        if !has_key {
            return Ok(());
        }
        let sql = "SELECT max(seq) FROM @.journal GROUP BY record_hash HAVING count(*) > 1";
        let rows = self.query(self.tables.statement(sql))?;
        let positions = rows.iter().filter_map(|row| get::<i64>(row, 0).ok());
        let repeated = positions.map(|position| Tampering::Twice(Seq(position.unsigned_abs())));
        self.report.tampered.extend(repeated);
        Ok(())
    }

    /// The rows that the commits of these messages' records stored and that are missing, each with the
    /// record's time.
    fn missing_rows(
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
                   JOIN @.outcomes USING (account, sender, id)";
        let outcomes = self.tables.statement(sql).names(accounts()).names(senders());
        let outcomes = self.query(outcomes.names(ids))?;
        let outcomes: HashSet<_> = outcomes.iter().filter_map(|row| message(row).ok()).collect();
        let sql = "SELECT DISTINCT account, citizen, version FROM unnest($1, $2) AS named (account, citizen)
                   JOIN @.conversations USING (account, citizen)";
        let conversations = self.query(self.tables.statement(sql).names(accounts()).names(senders()))?;
        let versions: HashMap<(&str, &str), i64> = conversations
            .iter()
            .filter_map(|row| Some(((text(row, 0).ok()?, text(row, 1).ok()?), get(row, 2).ok()?)))
            .collect();
        let mut missing = Vec::new();
        for (at, key, version) in known {
            let party = (key.account().as_str(), key.sender().as_str());
            if !outcomes.contains(key) {
                missing.push((*at, Tampering::Outcome(key.to_string())));
            } else if version
                .is_some_and(|version| versions.get(&party).is_none_or(|stored| *stored < version))
            {
                let (account, citizen) = party;
                missing.push((*at, Tampering::Conversation(format!("{account}/{citizen}"))));
            }
        }
        Ok(missing)
    }

    /// Checks that every case is the result of its records, and that its columns agree with it.
    fn cases(&mut self) -> Result<(), StoreError> {
        let sql = &format!(
            "SELECT id, version, body, {} FROM @.cases WHERE id > $1 ORDER BY id LIMIT $2",
            case_columns::names(columns())
        );
        let mut last = Vec::new();
        loop {
            let page = self
                .tables
                .statement(sql)
                .bytes(last.clone())
                .number(row_count(BATCH));
            let rows = self.query(page)?;
            let ids = rows.iter().map(|row| Some(rows::id(row).to_vec())).collect();
            let mut rebuilt = self.replay(ids)?;
            for row in &rows {
                self.report.cases += 1;
                match rows::case(row) {
                    Err(reason) => self.report.note("case", &name(row), reason),
                    Ok(stored) => {
                        let id = stored.id.clone();
                        let rebuilt = rebuilt.remove(&id);
                        if rebuilt.as_ref() != Some(&stored)
                            || !columns_agree(row, 3, stored).unwrap_or(false)
                        {
                            self.report.diverged.push(id);
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
        let gone = self.query(self.tables.statement(sql))?;
        let gone = gone.iter().map(|row| CaseId::new(name(row)));
        self.report.diverged.extend(gone);
        Ok(())
    }

    fn replay(&mut self, ids: Vec<Option<Vec<u8>>>) -> Result<HashMap<CaseId, Case>, StoreError> {
        let sql = "SELECT case_id, body, personal FROM @.journal
                   WHERE case_id = ANY ($1) AND body <> '' ORDER BY case_id, seq";
        let records = self.query(self.tables.statement(sql).names(ids))?;
        let mut cases: HashMap<CaseId, Case> = HashMap::new();
        for row in &records {
            let id = CaseId::new(name(row));
            // The check of the journal has reported an unreadable one.
            if let Ok(record) = rows::record(row, 1)
                && let Some(case) = replayed(cases.remove(&id), &record.event)
            {
                cases.insert(id, case);
            }
        }
        Ok(cases)
    }
}
