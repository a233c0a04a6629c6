//! Whether what is stored is sound.

use rusqlite::{Connection, params};
use serde::de::DeserializeOwned;

use super::file::findings;
use super::rows::{Lane, backend, from_body, rank, text, version};
use crate::case::{Case, CaseId, Event, Record};
use crate::message::Conversation;
use crate::reply::Handled;
use crate::store::{StoreError, queue};

/// What was found when everything that is stored was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IntegrityReport {
    /// What SQLite finds wrong with the file's own structure, at most 100 findings. Where there is any, the rows were
    /// not read.
    pub damage: Vec<String>,
    /// Rows that can't be read, in the order of their tables.
    pub unreadable: Vec<UnreadableRow>,
    /// Cases that the journal's replay does not rebuild, or that their own columns contradict.
    pub diverged: Vec<CaseId>,
    /// How many cases were read and compared with their records.
    pub cases: u64,
    /// How many records the journal has.
    pub records: u64,
}

/// A row that can't be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadableRow {
    /// The kind of row.
    pub what: &'static str,
    /// Which one.
    pub id: String,
    /// What is wrong with it.
    pub reason: String,
}

impl IntegrityReport {
    /// Whether nothing was found.
    pub fn is_sound(&self) -> bool {
        self.damage.is_empty() && self.unreadable.is_empty() && self.diverged.is_empty()
    }
}

/// Checks the file as it is at one moment.
pub(super) fn report(db: &Connection) -> Result<IntegrityReport, StoreError> {
    let moment = db.unchecked_transaction().map_err(backend("read the file"))?;
    let mut report = IntegrityReport {
        damage: findings(&moment, "PRAGMA integrity_check(100)")?,
        ..IntegrityReport::default()
    };
    if report.damage.is_empty() {
        report.tally(&moment).map_err(backend("read the file"))?;
        report.read(&moment).map_err(backend("read the file"))?;
    }
    Ok(report)
}

impl IntegrityReport {
    fn read(&mut self, db: &Connection) -> rusqlite::Result<()> {
        self.outcomes(db)?;
        self.conversations(db)?;
        self.records(db)?;
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

    fn outcomes(&mut self, db: &Connection) -> rusqlite::Result<()> {
        let mut statement =
            db.prepare("SELECT id, body, account, sender FROM handled ORDER BY account, sender, id")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let name = format!("{}/{}/{}", text(row, 2)?, text(row, 3)?, text(row, 0)?);
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

    fn conversations(&mut self, db: &Connection) -> rusqlite::Result<()> {
        let mut statement = db
            .prepare("SELECT citizen, body, account, version FROM conversations ORDER BY account, citizen")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let name = format!("{}/{}", text(row, 2)?, text(row, 0)?);
            let stored: i64 = row.get(3)?;
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

    /// Every record can be read, and every case that one names is there.
    fn records(&mut self, db: &Connection) -> rusqlite::Result<()> {
        let mut statement = db.prepare("SELECT seq, body FROM journal ORDER BY seq")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let name = row.get::<_, i64>(0)?.to_string();
            self.keep::<Record>("journal record", &name, from_body(row, 1));
            self.records += 1;
        }
        let mut statement = db.prepare(
            "SELECT DISTINCT case_id FROM journal
             WHERE case_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM cases WHERE cases.id = journal.case_id)
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
                 offered, said
             FROM cases ORDER BY id",
        )?;
        let mut history = db.prepare("SELECT body FROM journal WHERE case_id = ?1 ORDER BY seq")?;
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
                && Lane::holding(stored.state)
                    .iter()
                    .any(|lane| row.get(11) == Ok(*lane as i64));
            let mut records = history.query(params![id])?;
            let mut rebuilt = None;
            while let Some(record) = records.next()? {
                // One that can't be read was noted when the journal was read.
                if let Ok(Record { event, .. }) = from_body(record, 0) {
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

    fn note(&mut self, what: &'static str, id: &str, reason: String) {
        self.unreadable.push(UnreadableRow {
            what,
            id: id.to_owned(),
            reason,
        });
    }
}

/// A case after one more of its records; the first opens it.
fn replayed(case: Option<Case>, event: &Event) -> Option<Case> {
    match (case, event) {
        (_, Event::Opened { case }) => Some((**case).clone()),
        (case, event) => case.map(|case| case.apply(event)),
    }
}
