//! Whether what is stored is sound.

use rusqlite::{Connection, params};
use serde::de::DeserializeOwned;

use super::chain::{COLUMNS, Ends, sealed};
use super::file::findings;
use super::read;
use super::rows::{QueueClass, backend, from_body, rank, text, version};
use crate::case::{Case, CaseId, ERASED, Event, Record};
use crate::message::{Conversation, MessageKey};
use crate::reply::Handled;
use crate::store::hash_chain::{Digest, Walk, seal_of_conversation, seal_of_outcome};
use crate::store::integrity::replayed;
use crate::store::{IntegrityReport, JournalHead, JournalKey, StoreError, Tampering, queue};

/// Checks the file as it is at one moment, and against an exported head.
pub(super) fn report(
    db: &Connection,
    key: Option<&JournalKey>,
    exported: Option<&JournalHead>,
) -> Result<IntegrityReport, StoreError> {
    let failed = backend("read the file");
    let moment = db.unchecked_transaction().map_err(&failed)?;
    let mut report = IntegrityReport {
        damage: findings(&moment, "PRAGMA integrity_check(100)")?,
        ..IntegrityReport::default()
    };
    if report.damage.is_empty() {
        let base = Ends::read(&moment).map_err(&failed)?.base();
        check_exported(key, base.as_ref(), exported)?;
        report.tally(&moment).map_err(&failed)?;
        report
            .read(&moment, Walk::new(key, base.as_ref(), exported, true), key)
            .map_err(&failed)?;
    }
    Ok(report)
}

/// A head that speaks of what is gone can't be compared.
fn check_exported(
    key: Option<&JournalKey>,
    base: Option<&JournalHead>,
    exported: Option<&JournalHead>,
) -> Result<(), StoreError> {
    let Some(exported) = exported else { return Ok(()) };
    if key.is_none() {
        return Err(StoreError::Refused(
            "the journal is not sealed: there is no chain to compare with".into(),
        ));
    }
    if base.is_some_and(|base| base.count() > exported.count()) {
        let message =
            "the exported head is older than what retention has left: export a new one after each removal";
        return Err(StoreError::Refused(message.into()));
    }
    Ok(())
}

impl IntegrityReport {
    fn read(&mut self, db: &Connection, walk: Walk<'_>, key: Option<&JournalKey>) -> rusqlite::Result<()> {
        self.outcomes(db, key)?;
        self.conversations(db, key)?;
        self.records(db, walk)?;
        self.cases(db)
    }

    /// The totals of pages are those of the cases.
    fn tally(&mut self, db: &Connection) -> rusqlite::Result<()> {
        let wrong: i64 = db.query_row(
            "SELECT count(*) FROM (
                 SELECT account, department, themed, theme, lane, rank, cases FROM tally WHERE cases <> 0
                 EXCEPT
                 SELECT account, department, theme IS NOT NULL, ifnull(theme, ''), lane, rank, count(*)
                 FROM cases GROUP BY 1, 2, 3, 4, 5, 6
             )",
            [],
            |row| row.get(0),
        )?;
        let counted: i64 = db.query_row("SELECT ifnull(sum(cases), 0) FROM tally", [], |row| row.get(0))?;
        let there: i64 = db.query_row("SELECT count(*) FROM cases", [], |row| row.get(0))?;
        if wrong > 0 || counted != there {
            self.damage.push(format!(
                "{counted} cases are counted where {there} are, {wrong} counts are wrong"
            ));
        }
        Ok(())
    }

    fn outcomes(&mut self, db: &Connection, key: Option<&JournalKey>) -> rusqlite::Result<()> {
        let mut statement =
            db.prepare("SELECT id, body, account, sender, seal FROM handled ORDER BY account, sender, id")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let name = format!("{}/{}/{}", text(row, 2)?, text(row, 3)?, text(row, 0)?);
            let sealed = key.map(|key| {
                let (account, sender) = (text(row, 2)?.as_str().into(), text(row, 3)?.as_str().into());
                let message = MessageKey::new(account, sender, text(row, 0)?);
                let seal = seal_of_outcome(key, &message, &text(row, 1)?);
                Ok::<_, rusqlite::Error>(row.get::<_, Option<Digest>>(4) == Ok(Some(seal)))
            });
            if sealed.transpose()? == Some(false) {
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
            "SELECT citizen, body, account, version, seal FROM conversations ORDER BY account, citizen",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let name = format!("{}/{}", text(row, 2)?, text(row, 0)?);
            let stored: i64 = row.get(3)?;
            let sealed = key.map(|key| {
                let seal = seal_of_conversation(key, &text(row, 2)?, &text(row, 0)?, stored, &text(row, 1)?);
                Ok::<_, rusqlite::Error>(row.get::<_, Option<Digest>>(4) == Ok(Some(seal)))
            });
            if sealed.transpose()? == Some(false) {
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

    /// Every record can be read and stands where it was put, and what one says was stored is there.
    fn records(&mut self, db: &Connection, mut walk: Walk<'_>) -> rusqlite::Result<()> {
        let mut statement = db.prepare(&format!("SELECT {COLUMNS} FROM journal ORDER BY seq"))?;
        let mut rows = statement.query([])?;
        let mut missing = Vec::new();
        while let Some(row) = rows.next()? {
            let row = sealed(row)?;
            match walk.step(&row) {
                Some(Ok(record)) if walk.is_sealed() => {
                    let lost = answered_for(db, &record, row.talk)?;
                    missing.extend(lost.into_iter().map(|lost| (row.at, lost)));
                }
                Some(Err(reason)) => self.note("journal record", &row.place.to_string(), reason),
                _ => {}
            }
        }
        let pruned_before = walk.pruned_before();
        let missing = missing.into_iter().filter(|(at, _)| *at >= pruned_before);
        self.tampered.extend(missing.map(|(_, lost)| lost));
        if let Some(head) = Ends::read(db)?.head() {
            walk.ends_at(&head);
        }
        (self.records, self.erased, self.removed) = (walk.records, walk.erased, walk.removed);
        self.tampered.extend(walk.end());
        let mut statement = db.prepare(
            "SELECT DISTINCT case_id FROM journal
             WHERE case_id IS NOT NULL AND body <> '' AND NOT EXISTS (SELECT 1 FROM cases WHERE cases.id = journal.case_id)
             ORDER BY case_id",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            self.diverged.push(CaseId::new(text(row, 0)?));
        }
        Ok(())
    }

    /// Every case is what its records make of it, and is found where it belongs.
    fn cases(&mut self, db: &Connection) -> rusqlite::Result<()> {
        let mut statement = db.prepare(
            "SELECT id, body, version, rank, due, owing, lease, account, citizen, department, theme, lane, sounds, arrived, holder,
                 offered, said, ended, sends, stuck
             FROM cases ORDER BY id",
        )?;
        let mut history =
            db.prepare("SELECT body, personal FROM journal WHERE case_id = ?1 AND body <> '' ORDER BY seq")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            self.cases += 1;
            let id = text(row, 0)?;
            let stored: Option<Case> = self.keep("case", &id, from_body(row, 1));
            let Some(stored) = stored else {
                continue;
            };
            let placed = row.get::<_, i64>(2)? == version(stored.version)
                && row.get::<_, i64>(3)? == rank(stored.priority)
                && row.get::<_, i64>(4)? == queue::next_due(&stored)
                && row.get::<_, Option<i64>>(5)? == queue::open_due(&stored)
                && row.get::<_, Option<i64>>(6)? == queue::lease_end(&stored)
                && text(row, 7)? == stored.key.account().as_str()
                && text(row, 8)? == stored.key.sender().as_str()
                && text(row, 9)? == stored.department.as_str()
                && row.get::<_, Option<String>>(10)?.as_deref()
                    == stored.theme.as_ref().map(|theme| theme.as_str())
                && row.get::<_, Option<i64>>(12)? == queue::next_alarm(&stored)
                && row.get::<_, i64>(13)? == queue::arrived(&stored)
                && row.get::<_, Option<String>>(14)?.as_deref()
                    == queue::holder(&stored).map(|agent| agent.as_str())
                && row.get::<_, Option<String>>(15)?.as_deref()
                    == queue::offered_to(&stored).map(|department| department.as_str())
                && row.get::<_, Vec<u8>>(16)? == queue::said(&stored).into_bytes()
                && row.get::<_, Option<i64>>(17)?.is_some() == stored.state.is_over()
                && row.get::<_, Option<i64>>(18)? == queue::sends(&stored)
                && row.get::<_, Option<i64>>(19)? == queue::stuck(&stored)
                && QueueClass::holding(stored.state)
                    .iter()
                    .any(|lane| row.get(11) == Ok(*lane as i64));
            let mut records = history.query(params![id])?;
            let mut rebuilt = None;
            while let Some(record) = records.next()? {
                // One that can't be read was noted when the journal was read.
                if let Ok(Record { event, .. }) = read::record(record, 0) {
                    rebuilt = replayed(rebuilt, &event);
                }
            }
            if !placed || rebuilt.as_ref() != Some(&stored) {
                self.diverged.push(stored.id);
            }
        }
        Ok(())
    }

    /// A row's value; where it can't be read, that is noted.
    fn keep<T: DeserializeOwned>(
        &mut self,
        what: &'static str,
        id: &str,
        value: Result<T, String>,
    ) -> Option<T> {
        value.map_err(|reason| self.note(what, id, reason)).ok()
    }
}

/// What a record of a message says was stored with it and is not there.
fn answered_for(db: &Connection, record: &Record, talk: Option<i64>) -> rusqlite::Result<Option<Tampering>> {
    let Event::Handled { key, .. } = &record.event else {
        return Ok(None);
    };
    let (account, sender) = (key.account().as_str(), key.sender().as_str());
    if sender == ERASED {
        return Ok(None);
    }
    let mut outcome =
        db.prepare_cached("SELECT 1 FROM handled WHERE account = ?1 AND sender = ?2 AND id = ?3")?;
    if !outcome.exists(params![account, sender, key.id()])? {
        return Ok(Some(Tampering::Outcome(key.to_string())));
    }
    let Some(version) = talk else { return Ok(None) };
    let mut stored = db.prepare_cached(
        "SELECT 1 FROM conversations WHERE account = ?1 AND citizen = ?2 AND version >= ?3",
    )?;
    if stored.exists(params![account, sender, version])? {
        return Ok(None);
    }
    Ok(Some(Tampering::Conversation(format!("{account}/{sender}"))))
}
