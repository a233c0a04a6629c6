//! Checks everything that the file holds.

use rusqlite::{Connection, params};
use serde::de::DeserializeOwned;

use super::chain::{COLUMNS, JournalState, journal_row};
use super::file::findings;
use super::rows::{self, backend, columns, columns_agree, from_body, text};
use crate::case::{Case, CaseId, ERASED, Event, Record};
use crate::message::{Conversation, MessageKey};
use crate::reply::Handled;
use crate::store::case_columns;
use crate::store::codec::{conversation_of, version};
use crate::store::hash_chain::{ChainVerifier, Digest, hash_of_conversation, hash_of_outcome};
use crate::store::integrity::{SET_ASIDE, replayed};
use crate::store::{IntegrityReport, JournalHead, JournalKey, StoreError, Tampering};

/// Checks one snapshot of the file, and compares it with an exported head.
pub(super) fn report(
    db: &Connection,
    key: Option<&JournalKey>,
    exported: Option<&JournalHead>,
) -> Result<IntegrityReport, StoreError> {
    let failed = backend("read the file");
    let snapshot = db.unchecked_transaction().map_err(&failed)?;
    let mut report = IntegrityReport {
        damage: findings(&snapshot, "PRAGMA integrity_check(100)")?,
        ..IntegrityReport::default()
    };
    if report.damage.is_empty() {
        let base = JournalState::read(&snapshot).map_err(&failed)?.base();
        check_exported(key, base.as_ref(), exported)?;
        report.case_counts(&snapshot).map_err(&failed)?;
        report
            .read(
                &snapshot,
                ChainVerifier::new(key, base.as_ref(), exported, true),
                key,
            )
            .map_err(&failed)?;
    }
    Ok(report)
}

/// Refuses an exported head that cannot be compared with the journal.
fn check_exported(
    key: Option<&JournalKey>,
    base: Option<&JournalHead>,
    exported: Option<&JournalHead>,
) -> Result<(), StoreError> {
    let Some(exported) = exported else { return Ok(()) };
    if key.is_none() {
        return Err(StoreError::Refused(
            "the journal has no key: there is no hash chain to compare with".into(),
        ));
    }
    if base.is_some_and(|base| base.count() > exported.count()) {
        let message =
            "the exported head is older than the last removal: export a new head after each removal";
        return Err(StoreError::Refused(message.into()));
    }
    Ok(())
}

impl IntegrityReport {
    fn read(
        &mut self,
        db: &Connection,
        verifier: ChainVerifier<'_>,
        key: Option<&JournalKey>,
    ) -> rusqlite::Result<()> {
        self.outcomes(db, key)?;
        self.conversations(db, key)?;
        self.set_aside(db)?;
        self.records(db, verifier)?;
        self.cases(db)
    }

    /// Compares `case_counts` with the cases.
    fn case_counts(&mut self, db: &Connection) -> rusqlite::Result<()> {
        let wrong: i64 = db.query_row(
            "SELECT count(*) FROM (
                 SELECT account, department, has_theme, theme, queue_class, priority, cases FROM case_counts
                 WHERE cases <> 0
                 EXCEPT
                 SELECT account, department, theme IS NOT NULL, ifnull(theme, ''), queue_class, priority,
                     count(*)
                 FROM cases GROUP BY 1, 2, 3, 4, 5, 6
             )",
            [],
            |row| row.get(0),
        )?;
        let sum = "SELECT ifnull(sum(cases), 0) FROM case_counts";
        let counted: i64 = db.query_row(sum, [], |row| row.get(0))?;
        let stored: i64 = db.query_row("SELECT count(*) FROM cases", [], |row| row.get(0))?;
        if wrong > 0 || counted != stored {
            self.damage.push(format!(
                "the counts say {counted} cases and {stored} are stored; {wrong} counts are wrong"
            ));
        }
        Ok(())
    }

    fn outcomes(&mut self, db: &Connection, key: Option<&JournalKey>) -> rusqlite::Result<()> {
        let mut statement = db.prepare(
            "SELECT id, body, account, sender, row_hash FROM outcomes ORDER BY account, sender, id",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let name = format!("{}/{}/{}", text(row, 2)?, text(row, 3)?, text(row, 0)?);
            let intact = key.map(|key| {
                let (account, sender) = (text(row, 2)?.as_str().into(), text(row, 3)?.as_str().into());
                let message = MessageKey::new(account, sender, text(row, 0)?);
                let hash = hash_of_outcome(key, &message, &text(row, 1)?);
                Ok::<_, rusqlite::Error>(row.get::<_, Option<Digest>>(4) == Ok(Some(hash)))
            });
            if intact.transpose()? == Some(false) {
                self.tampered.push(Tampering::Outcome(name.clone()));
            }
            let handled: Option<Handled> = self.keep("outcome of message", &name, from_body(row, 1));
            if handled.is_some_and(|handled| handled.key.to_string() != name) {
                self.note(
                    "outcome of message",
                    &name,
                    "it is the outcome of another message".into(),
                );
            }
        }
        Ok(())
    }

    fn conversations(&mut self, db: &Connection, key: Option<&JournalKey>) -> rusqlite::Result<()> {
        let mut statement = db.prepare(
            "SELECT citizen, body, account, version, row_hash FROM conversations ORDER BY account, citizen",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let name = format!("{}/{}", text(row, 2)?, text(row, 0)?);
            let stored: i64 = row.get(3)?;
            let intact = key.map(|key| {
                let hash = hash_of_conversation(key, &text(row, 2)?, &text(row, 0)?, stored, &text(row, 1)?);
                Ok::<_, rusqlite::Error>(row.get::<_, Option<Digest>>(4) == Ok(Some(hash)))
            });
            if intact.transpose()? == Some(false) {
                self.tampered.push(Tampering::Conversation(name.clone()));
            }
            let conversation: Option<Conversation> = self.keep("conversation", &name, from_body(row, 1));
            if conversation.is_some_and(|conversation| version(conversation.version) != stored) {
                self.note(
                    "conversation",
                    &name,
                    "its version is not the one that its row names".into(),
                );
            }
        }
        Ok(())
    }

    /// Reports the conversations that were set aside.
    fn set_aside(&mut self, db: &Connection) -> rusqlite::Result<()> {
        let mut statement = db.prepare(
            "SELECT account, citizen, body, version FROM unreadable_conversations
             ORDER BY account, citizen, set_aside_at",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (account, citizen) = (text(row, 0)?, text(row, 1)?);
            let name = format!("{account}/{citizen}");
            let body = row.get_ref(2)?.as_bytes().unwrap_or_default();
            let read = conversation_of(
                body,
                row.get(3)?,
                &account.as_str().into(),
                &citizen.as_str().into(),
            );
            self.note(SET_ASIDE, &name, read.err().unwrap_or_default());
        }
        Ok(())
    }

    /// Checks that every record is readable and in its position, and that the rows which it was stored with
    /// are there.
    fn records(&mut self, db: &Connection, mut verifier: ChainVerifier<'_>) -> rusqlite::Result<()> {
        let mut statement = db.prepare(&format!("SELECT {COLUMNS} FROM journal ORDER BY seq"))?;
        let mut rows = statement.query([])?;
        let mut missing = Vec::new();
        while let Some(row) = rows.next()? {
            let row = journal_row(row)?;
            match verifier.verify(&row) {
                Some(Ok(record)) if verifier.has_key() => {
                    let lost = missing_row(db, &record, row.conversation_version)?;
                    missing.extend(lost.into_iter().map(|lost| (row.at, lost)));
                }
                Some(Err(reason)) => self.note("journal record", &row.position.to_string(), reason),
                _ => {}
            }
        }
        let pruned_before = verifier.pruned_before();
        let missing = missing.into_iter().filter(|(at, _)| *at >= pruned_before);
        self.tampered.extend(missing.map(|(_, lost)| lost));
        if let Some(head) = JournalState::read(db)?.head() {
            verifier.compare_end(&head);
        }
        (self.records, self.erased, self.removed) = (verifier.records, verifier.erased, verifier.removed);
        self.tampered.extend(verifier.finish());
        let mut statement = db.prepare(
            "SELECT DISTINCT case_id FROM journal
             WHERE case_id IS NOT NULL AND body <> ''
                 AND NOT EXISTS (SELECT 1 FROM cases WHERE cases.id = journal.case_id)
             ORDER BY case_id",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            self.diverged.push(CaseId::new(text(row, 0)?));
        }
        Ok(())
    }

    /// Checks that every case is the result of its records, and that its columns agree with it.
    fn cases(&mut self, db: &Connection) -> rusqlite::Result<()> {
        let sql = format!(
            "SELECT id, body, {} FROM cases ORDER BY id",
            case_columns::names(columns())
        );
        let mut statement = db.prepare(&sql)?;
        let mut history =
            db.prepare("SELECT body, personal FROM journal WHERE case_id = ?1 AND body <> '' ORDER BY seq")?;
        let mut stored_rows = statement.query([])?;
        while let Some(row) = stored_rows.next()? {
            self.cases += 1;
            let id = text(row, 0)?;
            let stored: Option<Case> = self.keep("case", &id, from_body(row, 1));
            let Some(stored) = stored else {
                continue;
            };
            let mut records = history.query(params![id])?;
            let mut rebuilt = None;
            while let Some(record) = records.next()? {
                // The check of the journal has reported an unreadable one.
                if let Ok(Record { event, .. }) = rows::record(record, 0) {
                    rebuilt = replayed(rebuilt, &event);
                }
            }
            let case_id = stored.id.clone();
            if rebuilt.as_ref() != Some(&stored) || !columns_agree(row, 2, stored)? {
                self.diverged.push(case_id);
            }
        }
        Ok(())
    }

    /// The value of a row; an unreadable one is reported.
    fn keep<T: DeserializeOwned>(
        &mut self,
        what: &'static str,
        id: &str,
        value: Result<T, String>,
    ) -> Option<T> {
        value.map_err(|reason| self.note(what, id, reason)).ok()
    }
}

/// The row that the commit of a message's record stored and that is missing.
fn missing_row(
    db: &Connection,
    record: &Record,
    conversation_version: Option<i64>,
) -> rusqlite::Result<Option<Tampering>> {
    let Event::Handled { key, .. } = &record.event else {
        return Ok(None);
    };
    let (account, sender) = (key.account().as_str(), key.sender().as_str());
    if sender == ERASED {
        return Ok(None);
    }
    let mut outcome =
        db.prepare_cached("SELECT 1 FROM outcomes WHERE account = ?1 AND sender = ?2 AND id = ?3")?;
    if !outcome.exists(params![account, sender, key.id()])? {
        return Ok(Some(Tampering::Outcome(key.to_string())));
    }
    let Some(version) = conversation_version else {
        return Ok(None);
    };
    let mut stored = db.prepare_cached(
        "SELECT 1 FROM conversations WHERE account = ?1 AND citizen = ?2 AND version >= ?3",
    )?;
    if stored.exists(params![account, sender, version])? {
        return Ok(None);
    }
    Ok(Some(Tampering::Conversation(format!("{account}/{sender}"))))
}
